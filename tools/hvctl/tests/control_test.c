// SPDX-License-Identifier: GPL-2.0
/*
 * Test of a guest's socket: requests and answers, and consoles that read late, or type more than
 * the guest takes.
 */
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <json-c/json.h>

#include "../console.h"
#include "../control.h"
#include "../control_socket.h"
#include "../failure.h"
#include "../output.h"
#include "ktap.h"

static char dir[64], path[80];

/* --- the rest of the program ---------------------------------------------------------------- */

static size_t room, typed_count;
static char typed[20000];
static const char *executed;

size_t console_room(struct vm *vm)
{
	(void)vm;
	return room;
}

size_t console_receive(struct vm *vm, const uint8_t *bytes, size_t count)
{
	(void)vm;
	if (count > room)
		count = room;
	memcpy(typed + typed_count, bytes, count);
	typed_count += count;
	room -= count;
	return count;
}

int control_execute(struct vm *vm, struct json_object *request)
{
	(void)vm;
	(void)request;
	executed = "it";
	return 0;
}

const char *control_state(struct vm *vm)
{
	(void)vm;
	return "running";
}

void failure_forget(char *text, size_t size)
{
	snprintf(text, size, "no");
}

struct json_object *output_text(const char *text)
{
	return json_object_new_string(text);
}

/* --- the other end -------------------------------------------------------------------------- */

/* What the control thread does, until there is nothing more to do. */
static void pump(void)
{
	struct pollfd fds[CONTROL_SOCKET_FDS];
	int rounds;

	for (rounds = 0; rounds < 200; rounds++) {
		control_socket_prepare(NULL, fds);
		if (poll(fds, CONTROL_SOCKET_FDS, 0) <= 0)
			return;
		control_socket_serve(NULL, fds);
	}
}

static int dial(void)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	strcpy(address.sun_path, path);
	EXPECT(connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0);
	return fd;
}

static void expect_answer(int fd, const char *answer)
{
	char line[512] = "";
	ssize_t got;

	pump();
	got = recv(fd, line, sizeof(line) - 1, MSG_DONTWAIT);
	EXPECT(got > 0 && strcmp(line, answer) == 0);
}

static int dial_console(void)
{
	int fd = dial();

	EXPECT(send(fd, "{\"command\":\"console\"}\n", 22, 0) == 22);
	expect_answer(fd, "{\"schema\":1,\"result\":{\"state\":\"running\"}}\n");
	return fd;
}

static void test_requests(void)
{
	struct stat st;
	int fd;

	EXPECT(control_socket_open(path) == 0);
	EXPECT(stat(path, &st) == 0 && (st.st_mode & 0777) == 0700);
	fd = dial();
	executed = NULL;
	EXPECT(send(fd, "{\"command\":", 11, 0) == 11);
	pump();
	EXPECT(!executed);
	EXPECT(send(fd, "\"pause\"}\n", 9, 0) == 9);
	expect_answer(fd, "{\"schema\":1,\"result\":{\"state\":\"running\"}}\n");
	EXPECT(executed);
	EXPECT(send(fd, "nonsense\n", 9, 0) == 9);
	expect_answer(fd, "{\"schema\":1,\"error\":{\"message\":\"no\"}}\n");
	close(fd);
	pump();
	control_socket_close();
	EXPECT(access(path, F_OK) < 0);
}

static void test_long_request(void)
{
	static char line[9000];
	int fd;

	EXPECT(control_socket_open(path) == 0);
	fd = dial();
	memset(line, ' ', sizeof(line));
	EXPECT(send(fd, line, sizeof(line), 0) == sizeof(line));
	expect_answer(fd, "{\"schema\":1,\"error\":{\"message\":\"no\"}}\n");
	close(fd);
	control_socket_close();
}

/* A guest sends byte by byte; a console that reads only then has missed nothing. */
static void test_late_reader(void)
{
	static uint8_t got[CONTROL_OUTPUT_SIZE];
	size_t count = 0, i;
	ssize_t n;
	int fd;

	EXPECT(control_socket_open(path) == 0);
	fd = dial_console();
	for (i = 0; i < 60000; i++) {
		uint8_t byte = (uint8_t)(i * 7);

		control_socket_output(&byte, 1);
		if (i % 1000 == 0)
			pump();
	}
	while (count < 60000) {
		pump();
		n = recv(fd, got + count, sizeof(got) - count, MSG_DONTWAIT);
		if (n <= 0)
			break;
		count += (size_t)n;
	}
	EXPECT_EQ(count, 60000);
	for (i = 0; i < count; i++)
		EXPECT(got[i] == (uint8_t)(i * 7));
	close(fd);
	control_socket_close();
}

/* One that never reads is closed, and holds up nobody. */
static void test_no_reader(void)
{
	uint8_t bytes[1024] = { 0 };
	char byte;
	int fd, i;

	EXPECT(control_socket_open(path) == 0);
	fd = dial_console();
	for (i = 0; i < 1024; i++) {
		control_socket_output(bytes, sizeof(bytes));
		pump();
	}
	while (recv(fd, bytes, sizeof(bytes), MSG_DONTWAIT) > 0)
		;
	EXPECT(recv(fd, &byte, 1, MSG_DONTWAIT) == 0);
	close(fd);
	control_socket_close();
}

static void test_more_than_room(void)
{
	static char text[600];
	size_t i;
	int fd;

	EXPECT(control_socket_open(path) == 0);
	fd = dial_console();
	for (i = 0; i < sizeof(text); i++)
		text[i] = (char)('a' + i % 26);
	typed_count = 0;
	room = 100;
	EXPECT(send(fd, text, sizeof(text), 0) == sizeof(text));
	pump();
	EXPECT_EQ(typed_count, 100);
	/* No room at all is no reason to hang up. */
	pump();
	while (typed_count < sizeof(text)) {
		size_t before = typed_count;

		room = 100;
		pump();
		control_socket_output((const uint8_t *)"x", 1);
		pump();
		if (typed_count == before)
			break;
	}
	EXPECT_EQ(typed_count, sizeof(text));
	EXPECT(memcmp(typed, text, sizeof(text)) == 0);
	close(fd);
	pump();
	control_socket_close();
}

int main(void)
{
	int ret;

	snprintf(dir, sizeof(dir), "/tmp/control_test.XXXXXX");
	if (!mkdtemp(dir))
		return 1;
	snprintf(path, sizeof(path), "%s/socket", dir);
	ktap_start();
	ktap_run("control_requests", test_requests);
	ktap_run("control_long_request", test_long_request);
	ktap_run("control_late_reader", test_late_reader);
	ktap_run("control_no_reader", test_no_reader);
	ktap_run("control_more_than_room", test_more_than_room);
	ret = ktap_finish();
	rmdir(dir);
	return ret;
}
