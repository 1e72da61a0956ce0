// SPDX-License-Identifier: GPL-2.0-only
/*
 * hvctl run with guests of a few bytes: how each of them ends, with which exit status, and what
 * it saw of the serial port, of ports and addresses that nobody answers, and of the I/O APIC.
 *
 * A guest is a few lines of 32-bit assembly below, put into an ELF file with a PVH note, which
 * is all that hvctl asks of a kernel. What it has to say it says over the serial port.
 */
#include <elf.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <sys/wait.h>
#include <unistd.h>

#include <ktap.h>

#define LOAD_ADDRESS	0x100000
#define FILE_NAME	"/tmp/hvctl-ends.elf"

/*
 * GUEST(name, code) makes guest_NAME and guest_NAME_end. SAY sends AL, OFF powers off. A guest
 * that finds what it expects says k, and else n, by VERDICT after a comparison.
 */
#define GUEST(name, code) \
	extern const unsigned char guest_##name[], guest_##name##_end[]; \
	__asm__(".pushsection .rodata\n.code32\n" \
		".globl guest_" #name ", guest_" #name "_end\n" \
		"guest_" #name ":\n" code "\nguest_" #name "_end:\n" \
		".code64\n.popsection\n")

#define SAY	" mov $0x3f8, %dx\n out %al, %dx\n"
#define OFF	" mov $0x600, %dx\n mov $0x34, %al\n out %al, %dx\n 9: hlt\n jmp 9b\n"
#define VERDICT	" mov $'k', %al\n je 8f\n mov $'n', %al\n 8:\n" SAY

GUEST(off, OFF);
GUEST(reset, " mov $0x602, %dx\n mov $1, %al\n out %al, %dx\n 1: hlt\n jmp 1b\n");
GUEST(keyboard_reset, " mov $0xfe, %al\n out %al, $0x64\n 1: hlt\n jmp 1b\n");
GUEST(triple_fault, " ud2\n");
GUEST(halt, " mov $'r', %al\n" SAY " 1: hlt\n jmp 1b\n");
GUEST(loop, " mov $'r', %al\n" SAY " 1: jmp 1b\n");
GUEST(hello, " mov $'h', %al\n" SAY " mov $'i', %al\n" SAY " mov $10, %al\n" SAY OFF);

/* Polls the line status for input, sends it back, ends after a q. */
#define ECHO_CODE \
	" 1: mov $0x3fd, %dx\n in %dx, %al\n test $1, %al\n jz 1b\n" \
	" mov $0x3f8, %dx\n in %dx, %al\n out %al, %dx\n cmp $'q', %al\n jne 1b\n" OFF
GUEST(echo, ECHO_CODE);

/* An IN replaces just as much of EAX as it is wide. */
#define PORTS_CODE \
	" mov $0x2f8, %dx\n mov $0x12345678, %eax\n in %dx, %al\n cmp $0x123456ff, %eax\n" \
	VERDICT \
	" mov $0x2f8, %dx\n mov $0x12345678, %eax\n in %dx, %ax\n cmp $0x1234ffff, %eax\n" \
	VERDICT \
	" mov $0xcfc, %dx\n mov $0x12345678, %eax\n in %dx, %eax\n cmp $0xffffffff, %eax\n" \
	VERDICT OFF
GUEST(ports, PORTS_CODE);

/* The version register, read by four kinds of instruction; then a register written and read. */
#define IOAPIC_CODE \
	" movl $1, 0xfec00000\n mov 0xfec00010, %ebx\n cmp $0x00170020, %ebx\n" VERDICT \
	" mov $0xfec00000, %esi\n mov 0xfec00010, %eax\n cmp $0x00170020, %eax\n" VERDICT \
	" mov $0x00170020, %ecx\n cmp %ecx, 0x10(%esi)\n" VERDICT \
	" testl $0x20, 0x10(%esi)\n setz %al\n cmp $0, %al\n" VERDICT \
	" movl $0x11, (%esi)\n movl $0x05000000, 0x10(%esi)\n orl $0x02000000, 0x10(%esi)\n" \
	" cmpl $0x07000000, 0x10(%esi)\n" VERDICT \
	" mov $0x03000000, %edi\n xchg %edi, 0x10(%esi)\n cmp $0x07000000, %edi\n" VERDICT \
	" mov 0x10(%esi), %edi\n cmp $0x03000000, %edi\n" VERDICT OFF
GUEST(ioapic, IOAPIC_CODE);

#define NO_DEVICE_CODE \
	" mov $0xfed00000, %esi\n movzbl (%esi), %eax\n cmp $0xff, %eax\n" VERDICT \
	" movswl 4(%esi), %eax\n cmp $-1, %eax\n" VERDICT \
	" movb $1, (%esi)\n cmpb $0xff, (%esi)\n" VERDICT OFF
GUEST(no_device, NO_DEVICE_CODE);

GUEST(string_io, " mov $0x100000, %esi\n mov $0x3f8, %dx\n outsb\n" OFF);
GUEST(odd_instruction, " incl 0xfec00000\n" OFF);
GUEST(wild_jump, " mov $0xd0000000, %eax\n jmp *%eax\n");

struct image {
	Elf64_Ehdr ehdr;
	Elf64_Phdr phdr[2];
	Elf64_Nhdr note;
	char note_name[4];
	unsigned int note_entry;
	unsigned char code[256];
};

static int write_image(const unsigned char *code, size_t size)
{
	struct image image = {
		.ehdr = {
			.e_ident = { ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64, ELFDATA2LSB },
			.e_machine = EM_X86_64,
			.e_phoff = offsetof(struct image, phdr),
			.e_phentsize = sizeof(Elf64_Phdr),
			.e_phnum = 2,
		},
		.phdr = {
			{ .p_type = PT_LOAD, .p_offset = offsetof(struct image, code),
			  .p_paddr = LOAD_ADDRESS, .p_filesz = size, .p_memsz = 4096 },
			{ .p_type = PT_NOTE, .p_offset = offsetof(struct image, note),
			  .p_filesz = sizeof(Elf64_Nhdr) + 8 },
		},
		.note = { .n_namesz = 4, .n_descsz = 4, .n_type = 18 },
		.note_name = "Xen",
		.note_entry = LOAD_ADDRESS,
	};
	int fd = open(FILE_NAME, O_WRONLY | O_CREAT | O_TRUNC, 0600), ret;

	memcpy(image.code, code, size);
	ret = write(fd, &image, sizeof(image)) == sizeof(image) ? 0 : -1;
	close(fd);
	return ret;
}

struct end {
	const char *name;
	const unsigned char *code, *code_end;
	const char *args[4];
	const char *input;
	int sig;		/* sent to hvctl with the first output; below 0: it ignores -sig */
	int status;
	const char *out;	/* all of standard output */
	const char *err;	/* to be found on standard error */
};

/* What a run of hvctl left behind. */
struct result {
	int status;		/* as a shell has it */
	char out[4096];
	char err[4096];
};

static void run_child(const struct end *end, const int *in, const int *out, const int *err)
{
	const char *argv[16] = { "hvctl", "run", "-k", FILE_NAME, "-m", "32M" };
	const char *const *args = end->args;
	int n = 6;

	while (*args && n < 15)
		argv[n++] = *args++;
	dup2(in[0], 0);
	dup2(out[1], 1);
	dup2(err[1], 2);
	close(in[1]);
	if (end->sig < 0)
		signal(-end->sig, SIG_IGN);
	execvp("hvctl", (char *const *)argv);
	_exit(127);
}

/*
 * Collect both outputs until they end; with the first of it, @sig is sent to @pid. Returns
 * false if there is nothing for 30 seconds.
 */
static bool collect(struct result *r, int out, int err, pid_t pid, int sig)
{
	struct pollfd fds[2] = { { out, POLLIN, 0 }, { err, POLLIN, 0 } };
	char *to[2] = { r->out, r->err };
	size_t used[2] = { 0, 0 };
	int i, open_fds = 2;

	while (open_fds) {
		if (poll(fds, 2, 30000) <= 0)
			return false;
		for (i = 0; i < 2; i++) {
			ssize_t n;

			if (!fds[i].revents)
				continue;
			n = read(fds[i].fd, to[i] + used[i], sizeof(r->out) - 1 - used[i]);
			if (n > 0) {
				used[i] += (size_t)n;
				if (sig)
					kill(pid, sig);
				sig = 0;
				continue;
			}
			fds[i].fd = -1;
			open_fds--;
		}
	}
	return true;
}

/* Run hvctl on the image written last; a guest that is to be signalled says when it is there. */
static void run(struct result *r, const struct end *end)
{
	int in[2], out[2], err[2], status;
	pid_t pid;

	memset(r, 0, sizeof(*r));
	r->status = -1;
	if (pipe(in) < 0 || pipe(out) < 0 || pipe(err) < 0)
		return;
	pid = fork();
	if (pid == 0)
		run_child(end, in, out, err);
	close(in[0]);
	close(out[1]);
	close(err[1]);
	if (write(in[1], end->input, strlen(end->input)) < 0)
		ktap_note("hvctl took no input");
	close(in[1]);
	if (!collect(r, out[0], err[0], pid, abs(end->sig))) {
		ktap_note("hvctl hangs");
		kill(pid, SIGKILL);
	}
	close(out[0]);
	close(err[0]);
	waitpid(pid, &status, 0);
	r->status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

#define CODE(name) guest_##name, guest_##name##_end
static const struct end ends[] = {
	{ "power off", CODE(off), { 0 }, "", 0, 0, "", "powered off" },
	{ "reset register", CODE(reset), { 0 }, "", 0, 10, "", "reset itself" },
	{ "reset by keyboard controller", CODE(keyboard_reset), { 0 }, "", 0, 10, "",
	  "reset itself" },
	{ "triple fault", CODE(triple_fault), { 0 }, "", 0, 11, "", "triple fault" },
	{ "time limit, halted", CODE(halt), { "-t", "2" }, "", 0, 4, "r", "out of time" },
	{ "time limit, busy", CODE(loop), { "-t", "2" }, "", 0, 4, "r", "out of time" },
	{ "SIGTERM, halted", CODE(halt), { 0 }, "", SIGTERM, 143, "r", "signal" },
	{ "SIGINT, busy", CODE(loop), { 0 }, "", SIGINT, 130, "r", "signal" },
	{ "SIGHUP, 2 VPs", CODE(loop), { "-n", "2" }, "", SIGHUP, 129, "r", "signal" },
	{ "SIGHUP under nohup", CODE(loop), { "-t", "2" }, "", -SIGHUP, 4, "r", "out of time" },
	{ "4 VPs of which 3 never start", CODE(off), { "-n", "4" }, "", 0, 0, "", "powered off" },
	{ "serial output", CODE(hello), { 0 }, "", 0, 0, "hi\n", "powered off" },
	{ "quiet", CODE(hello), { "-q" }, "", 0, 0, "hi\n", "" },
	{ "serial input", CODE(echo), { 0 }, "abc\1\35xyzq", 0, 0, "abc\1\35xyzq", "powered off" },
	{ "ports nobody answers", CODE(ports), { 0 }, "", 0, 0, "kkk", "powered off" },
	{ "I/O APIC", CODE(ioapic), { 0 }, "", 0, 0, "kkkkkkk", "powered off" },
	{ "addresses nobody answers", CODE(no_device), { 0 }, "", 0, 0, "kkk", "powered off" },
	{ "string I/O", CODE(string_io), { 0 }, "", 0, 1, "", "string I/O on port 0x3f8" },
	{ "unknown instruction", CODE(odd_instruction), { 0 }, "", 0, 1, "",
	  "at RIP 0x100000 accesses 0xfec00000 by an instruction that is not one this VMM knows: "
	  "[ff05" },
	{ "jump out of memory", CODE(wild_jump), { 0 }, "", 0, 1, "", "jumped to 0xd0000000" },
	{ "JSON", CODE(hello), { "-j" }, "", 0, 0, NULL, "hi\n" },
	{ "more memory than there is", CODE(off), { "-m", "64G" }, "", 0, 0, "", "powered off" },
	{ "and after all that", CODE(hello), { 0 }, "", 0, 0, "hi\n", "powered off" },
};
#define COUNT (sizeof(ends) / sizeof(ends[0]))

static bool as_expected(const struct end *end, const struct result *r)
{
	static const char json[] =
		"{\"schema\":1,\"result\":{\"outcome\":\"power_off\",\"exit_status\":0,";

	if (r->status != end->status || !strstr(r->err, end->err))
		return false;
	if (!end->out)
		return strncmp(r->out, json, strlen(json)) == 0 && strchr(r->out, '\n') &&
		       strcmp(strchr(r->out, '\n'), "\n") == 0;
	if (!*end->err && *r->err)
		return false;
	return strcmp(r->out, end->out) == 0;
}

int main(void)
{
	struct result r;
	size_t i;

	ktap_plan(COUNT);
	for (i = 0; i < COUNT; i++) {
		const struct end *end = &ends[i];
		bool ok = write_image(end->code, (size_t)(end->code_end - end->code)) == 0;

		if (ok) {
			run(&r, end);
			ok = as_expected(end, &r);
		}
		if (!ok)
			ktap_note("exit status %d, output \"%s\", errors \"%s\"", r.status, r.out,
				  r.err);
		ktap_ok(ok, "%s", end->name);
	}
	unlink(FILE_NAME);
	return ktap_end();
}
