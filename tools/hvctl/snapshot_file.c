// SPDX-License-Identifier: GPL-2.0
/*
 * Files with saved guests. See snapshot_file.h.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "failure.h"
#include "snapshot_file.h"

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "files are little-endian");

/* An odd factor with bits all over, and a shift: each step can be undone, so no change is lost. */
#define CHECKSUM_FACTOR	0x9e3779b97f4a7c15ULL
#define CHECKSUM_SHIFT	29

static void add_to_checksum(struct snapshot_file *file, const void *bytes, size_t size)
{
	const uint8_t *at = bytes;
	uint64_t sum = file->checksum, word;
	size_t i;

	for (i = 0; i < size; i += sizeof(word)) {
		memcpy(&word, at + i, sizeof(word));
		sum = (sum ^ word) * CHECKSUM_FACTOR;
		sum ^= sum >> CHECKSUM_SHIFT;
	}
	file->checksum = sum;
}

static int fail_write(const struct snapshot_file *file)
{
	return fail_errno(errno, "cannot write %s", file->part);
}

int snapshot_create(struct snapshot_file *file, const char *name)
{
	struct snapshot_header header = {
		.magic = SNAPSHOT_MAGIC,
		.version = SNAPSHOT_VERSION,
	};
	int fd;

	*file = (struct snapshot_file){ .name = name };
	if (asprintf(&file->part, "%s.part", name) < 0) {
		file->part = NULL;
		return fail_errno(ENOMEM, "cannot save the guest");
	}
	/* One that was left behind is not used again: who knows who can read it. */
	unlink(file->part);
	fd = open(file->part, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0) {
		fail_errno(errno, "cannot create %s", file->part);
		free(file->part);
		file->part = NULL;	/* it is not ours to remove */
		return -1;
	}
	file->stream = fdopen(fd, "w");
	if (!file->stream) {
		close(fd);
		return fail_write(file);
	}
	return snapshot_write(file, &header, sizeof(header));
}

int snapshot_write(struct snapshot_file *file, const void *bytes, size_t size)
{
	add_to_checksum(file, bytes, size);
	if (fwrite(bytes, 1, size, file->stream) != size)
		return fail_write(file);
	return 0;
}

int snapshot_begin(struct snapshot_file *file, uint32_t type, uint32_t index, uint64_t size)
{
	struct snapshot_section section = { .type = type, .index = index, .size = size };

	return snapshot_write(file, &section, sizeof(section));
}

/* On the disk before it has its name, so that what has the name is whole. */
int snapshot_finish(struct snapshot_file *file)
{
	uint64_t checksum;

	if (snapshot_begin(file, SNAPSHOT_END, 0, sizeof(checksum)) < 0)
		return -1;
	checksum = file->checksum;
	if (snapshot_write(file, &checksum, sizeof(checksum)) < 0)
		return -1;
	if (fflush(file->stream) != 0 || fsync(fileno(file->stream)) < 0)
		return fail_write(file);
	if (rename(file->part, file->name) < 0)
		return fail_errno(errno, "cannot rename %s", file->part);
	free(file->part);
	file->part = NULL;
	return 0;
}

int snapshot_damaged(const struct snapshot_file *file, const char *what)
{
	return fail("%s %s", file->name, what);
}

/* Short of bytes that the file's length had promised: it is being changed, or cannot be read. */
static int take(struct snapshot_file *file, void *bytes, size_t size)
{
	if (fread(bytes, 1, size, file->stream) == size) {
		file->left -= size;
		add_to_checksum(file, bytes, size);
		return 0;
	}
	if (ferror(file->stream))
		return fail_errno(errno, "cannot read %s", file->name);
	return snapshot_damaged(file, "is cut short");
}

static int read_header(struct snapshot_file *file)
{
	struct snapshot_header header;

	if (file->left < sizeof(header))
		return snapshot_damaged(file, "is no saved guest");
	if (take(file, &header, sizeof(header)) < 0)
		return -1;
	if (memcmp(header.magic, SNAPSHOT_MAGIC, sizeof(header.magic)) != 0)
		return snapshot_damaged(file, "is no saved guest");
	if (header.version != SNAPSHOT_VERSION || header.reserved)
		return fail("%s has version %u of the format, and this hvctl reads version %u",
			    file->name, header.version, SNAPSHOT_VERSION);
	return 0;
}

int snapshot_open(struct snapshot_file *file, const char *name)
{
	struct stat st;
	int fd = open(name, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

	*file = (struct snapshot_file){ .name = name };
	if (fd < 0)
		return fail_errno(errno, "cannot open %s", name);
	file->stream = fdopen(fd, "r");
	if (!file->stream) {
		close(fd);
		return fail_errno(errno, "cannot read %s", name);
	}
	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
		return fail("%s is not a file", name);
	file->left = (uint64_t)st.st_size;
	return read_header(file);
}

static int check_end(struct snapshot_file *file, const struct snapshot_section *section)
{
	uint64_t expected = file->checksum, checksum;

	if (section->size != sizeof(checksum) || section->index || file->left != sizeof(checksum))
		return snapshot_damaged(file, "is damaged: it does not end where it says");
	if (take(file, &checksum, sizeof(checksum)) < 0)
		return -1;
	if (checksum != expected)
		return snapshot_damaged(file, "is damaged: its checksum is wrong");
	return 0;
}

int snapshot_next(struct snapshot_file *file, struct snapshot_section *section)
{
	if (file->unread)
		return snapshot_damaged(file, "is damaged: a section is longer than it can be");
	if (file->left < sizeof(*section))
		return snapshot_damaged(file, "is cut short");
	if (take(file, section, sizeof(*section)) < 0)
		return -1;
	if (section->size > file->left)
		return snapshot_damaged(file, "is cut short");
	if (section->size % 8)
		return snapshot_damaged(file, "is damaged: a length is odd");
	if (section->type == SNAPSHOT_END)
		return check_end(file, section);
	file->unread = section->size;
	return 0;
}

int snapshot_read(struct snapshot_file *file, void *bytes, size_t size)
{
	if (size > file->unread)
		return snapshot_damaged(file, "is damaged: a section is shorter than it can be");
	file->unread -= size;
	return take(file, bytes, size);
}

void snapshot_close(struct snapshot_file *file)
{
	if (file->part)
		unlink(file->part);
	if (file->stream)
		fclose(file->stream);
	free(file->part);
	*file = (struct snapshot_file){ .name = NULL };
}
