// SPDX-License-Identifier: GPL-2.0
/*
 * hvctl control and hvctl console: the other end of a guest's socket (control_socket.h).
 */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <json-c/json.h>

#include "cmd.h"
#include "failure.h"
#include "output.h"
#include "term.h"

#define ANSWER_SIZE	4096

static int connect_to(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd;

	if (strlen(path) >= sizeof(address.sun_path))
		return fail_usage("'%s' is too long for a socket's name", path);
	strcpy(address.sun_path, path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return fail_errno(errno, "cannot create a socket");
	if (connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0)
		return fd;
	fail_errno(errno, "cannot connect to %s", path);
	close(fd);
	return -1;
}

static int write_all(int fd, const void *bytes, size_t count)
{
	const uint8_t *at = bytes;
	ssize_t n;

	while (count) {
		n = write(fd, at, count);
		if (n < 0 && errno != EINTR)
			return -1;
		if (n > 0) {
			at += n;
			count -= (size_t)n;
		}
	}
	return 0;
}

/* The VMM may have another folder than we. */
static struct json_object *whole_name(const char *file)
{
	struct json_object *name;
	char *folder = *file == '/' ? NULL : getcwd(NULL, 0);
	char *whole;

	if (!folder)
		return json_object_new_string(file);
	if (asprintf(&whole, "%s/%s", folder, file) < 0)
		abort();
	name = json_object_new_string(whole);
	free(whole);
	free(folder);
	return name;
}

static int send_request(int fd, const char *command, const char *file)
{
	struct json_object *request = json_object_new_object();
	const char *text;
	int ret;

	json_object_object_add(request, "command", json_object_new_string(command));
	if (file)
		json_object_object_add(request, "file", whole_name(file));
	text = json_object_to_json_string_ext(request, JSON_C_TO_STRING_PLAIN);
	ret = write_all(fd, text, strlen(text));
	if (ret == 0)
		ret = write_all(fd, "\n", 1);
	json_object_put(request);
	return ret < 0 ? fail_errno(errno, "cannot ask the guest") : 0;
}

/* A byte at a time: what follows the line is the console's. */
static struct json_object *read_answer(int fd)
{
	struct json_object *answer = NULL;
	char line[ANSWER_SIZE];
	size_t count = 0;

	while (count < sizeof(line) - 1 && read(fd, line + count, 1) == 1)
		if (line[count++] == '\n')
			break;
	line[count] = '\0';
	if (count && line[count - 1] == '\n')
		answer = json_tokener_parse(line);
	if (!answer)
		fail("the guest gives no answer");
	return answer;
}

static const char *text_in(struct json_object *answer, const char *first, const char *second)
{
	struct json_object *object, *value;

	if (!json_object_object_get_ex(answer, first, &object) ||
	    !json_object_object_get_ex(object, second, &value))
		return NULL;
	return json_object_get_string(value);
}

/* What the guest does now, in a string that json_object_put(*answer) frees; NULL after fail(). */
static const char *ask(int fd, const char *command, const char *file, struct json_object **answer)
{
	const char *why, *state;

	*answer = send_request(fd, command, file) < 0 ? NULL : read_answer(fd);
	if (!*answer)
		return NULL;
	why = text_in(*answer, "error", "message");
	state = text_in(*answer, "result", "state");
	if (why || !state)
		fail("%s", why ? why : "the guest gives an answer that makes no sense");
	return why ? NULL : state;
}

static void print_state(const char *state)
{
	struct json_object *result;

	if (!settings.json) {
		if (!settings.quiet)
			printf("%s\n", state);
		return;
	}
	result = json_object_new_object();
	json_object_object_add(result, "state", json_object_new_string(state));
	output_document("result", result);
}

int cmd_control(int count, char **operands)
{
	struct json_object *answer;
	const char *state;
	int fd;

	if (count < 2) {
		fail_usage("'control' wants a socket and what to do");
		return EXIT_USAGE;
	}
	if ((strcmp(operands[1], "save") == 0) != (count == 3)) {
		fail_usage("'save' wants a file, and nothing else does");
		return EXIT_USAGE;
	}
	fd = connect_to(operands[0]);
	if (fd < 0)
		return EXIT_FAILED;
	state = ask(fd, operands[1], count == 3 ? operands[2] : NULL, &answer);
	if (state)
		print_state(state);
	json_object_put(answer);
	close(fd);
	return state ? EXIT_OK : EXIT_FAILED;
}

/* --- console ------------------------------------------------------------------------------- */

/* False at the end of what is typed. */
static bool send_typed(int fd, struct term_escape *escape, bool *quit)
{
	uint8_t bytes[256];
	ssize_t got = read(STDIN_FILENO, bytes, sizeof(bytes));
	size_t count;

	if (got <= 0)
		return got < 0 && errno == EINTR;
	count = (size_t)got;
	if (term_is_raw())
		count = term_filter(escape, bytes, count, quit);
	/* A guest that ended is noticed by who reads. */
	if (send(fd, bytes, count, MSG_NOSIGNAL) < 0)
		return false;
	return true;
}

static bool show(int fd)
{
	uint8_t bytes[4096];
	ssize_t got = read(fd, bytes, sizeof(bytes));

	return got > 0 && write_all(STDOUT_FILENO, bytes, (size_t)got) == 0;
}

static void attach(int fd)
{
	struct term_escape escape = { false };
	bool input = true, quit = false;

	while (!quit) {
		struct pollfd fds[] = {
			{ .fd = fd, .events = POLLIN },
			{ .fd = input ? STDIN_FILENO : -1, .events = POLLIN },
		};

		poll(fds, 2, -1);
		if (fds[1].revents)
			input = send_typed(fd, &escape, &quit);
		if (fds[0].revents && !show(fd))
			return;
	}
}

int cmd_console(int count, char **operands)
{
	struct json_object *answer;
	int fd, status = EXIT_FAILED;

	if (count < 1) {
		fail_usage("'console' wants a socket");
		return EXIT_USAGE;
	}
	fd = connect_to(operands[0]);
	if (fd < 0)
		return EXIT_FAILED;
	if (ask(fd, "console", NULL, &answer) && term_enter() == 0) {
		if (term_is_raw() && !settings.quiet)
			fprintf(stderr, "hvctl: Ctrl-] leaves the console; the guest goes on\r\n");
		attach(fd);
		term_leave();
		status = EXIT_OK;
	}
	json_object_put(answer);
	close(fd);
	return status;
}
