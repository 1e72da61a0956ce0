// SPDX-License-Identifier: GPL-2.0
/*
 * The socket of a guest. See control_socket.h.
 *
 * Locking: @lock covers which connections are consoles and what waits for them, since the guest's
 * output comes from other threads. These at most shut a connection down; all else the control
 * thread does.
 */
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <json-c/json.h>

#include "console.h"
#include "control.h"
#include "control_socket.h"
#include "failure.h"
#include "output.h"

#define LINE_SIZE	8192	/* with a file name of any length */
#define ROOM_POLL_MS	20	/* how soon a console learns that the guest has read its input */

static struct client {
	int fd;			/* -1: nobody */
	bool console;
	size_t count;		/* bytes of @line: of a request, or typed and not taken yet */
	char line[LINE_SIZE];
	size_t head, waiting;	/* of @output: the oldest byte, and how many there are */
	uint8_t output[CONTROL_OUTPUT_SIZE];
} clients[CONTROL_CLIENTS];

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int listen_fd = -1, output_fd = -1;	/* the other: there is output for a console */
static char made[sizeof(((struct sockaddr_un *)0)->sun_path)];	/* the name, once it is ours */

int control_socket_open(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	mode_t old;
	int i, ret;

	for (i = 0; i < CONTROL_CLIENTS; i++)
		clients[i].fd = -1;
	if (strlen(path) >= sizeof(address.sun_path))
		return fail("'%s' is too long for a socket's name", path);
	strcpy(address.sun_path, path);
	output_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	listen_fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (listen_fd < 0 || output_fd < 0)
		return fail_errno(errno, "cannot create a socket");
	old = umask(0077);
	ret = bind(listen_fd, (struct sockaddr *)&address, sizeof(address));
	umask(old);
	if (ret == 0) {
		strcpy(made, path);
		ret = listen(listen_fd, CONTROL_CLIENTS);
	}
	if (ret == 0)
		return 0;
	return fail_errno(errno, "cannot make the socket %s", path);
}

static void drop(struct client *client)
{
	pthread_mutex_lock(&lock);
	close(client->fd);
	client->fd = -1;
	client->console = false;
	client->count = 0;
	client->head = 0;
	client->waiting = 0;
	pthread_mutex_unlock(&lock);
}

/* As much as the connection takes; what it does not is asked about again. */
static void send_output(struct client *client)
{
	size_t part;
	ssize_t sent = 1;

	pthread_mutex_lock(&lock);
	while (client->waiting && sent > 0) {
		part = sizeof(client->output) - client->head;
		if (part > client->waiting)
			part = client->waiting;
		sent = send(client->fd, client->output + client->head, part,
			    MSG_DONTWAIT | MSG_NOSIGNAL);
		if (sent > 0) {
			client->head = (client->head + (size_t)sent) % sizeof(client->output);
			client->waiting -= (size_t)sent;
		}
	}
	pthread_mutex_unlock(&lock);
}

void control_socket_close(void)
{
	int i;

	for (i = 0; listen_fd >= 0 && i < CONTROL_CLIENTS; i++)
		if (clients[i].fd >= 0) {
			send_output(&clients[i]);
			drop(&clients[i]);
		}
	if (listen_fd >= 0)
		close(listen_fd);
	if (output_fd >= 0)
		close(output_fd);
	if (made[0])
		unlink(made);
	made[0] = '\0';
	listen_fd = output_fd = -1;
}

/* A byte or two at a time, which is why they are not sent here. */
static void keep_output(struct client *client, const uint8_t *bytes, size_t count)
{
	size_t i;

	if (count > sizeof(client->output) - client->waiting) {
		shutdown(client->fd, SHUT_RDWR);
		return;
	}
	for (i = 0; i < count; i++)
		client->output[(client->head + client->waiting++) % sizeof(client->output)] =
			bytes[i];
}

void control_socket_output(const uint8_t *bytes, size_t count)
{
	bool wanted = false;
	int i;

	pthread_mutex_lock(&lock);
	for (i = 0; i < CONTROL_CLIENTS; i++)
		if (clients[i].console) {
			keep_output(&clients[i], bytes, count);
			wanted = true;
		}
	pthread_mutex_unlock(&lock);
	if (wanted)
		eventfd_write(output_fd, 1);
}

static bool has_output(struct client *client)
{
	bool waiting;

	pthread_mutex_lock(&lock);
	waiting = client->waiting;
	pthread_mutex_unlock(&lock);
	return waiting;
}

/* A console that the guest takes no more input from now is not read. */
static bool is_full(const struct client *client, struct vm *vm)
{
	return client->console && (client->count || !console_room(vm));
}

int control_socket_prepare(struct vm *vm, struct pollfd *fds)
{
	int timeout = -1, i;

	fds[0] = (struct pollfd){ .fd = listen_fd, .events = POLLIN };
	fds[1] = (struct pollfd){ .fd = output_fd, .events = POLLIN };
	for (i = 0; i < CONTROL_CLIENTS; i++) {
		struct client *client = &clients[i];
		short events = has_output(client) ? POLLOUT : 0;

		if (is_full(client, vm))
			timeout = ROOM_POLL_MS;
		else
			events |= POLLIN;
		fds[2 + i] = (struct pollfd){ .fd = listen_fd < 0 ? -1 : client->fd,
					      .events = events };
	}
	return timeout;
}

static void take_client(void)
{
	int fd = accept4(listen_fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK), i;

	for (i = 0; fd >= 0 && i < CONTROL_CLIENTS; i++)
		if (clients[i].fd < 0) {
			clients[i].fd = fd;
			return;
		}
	if (fd >= 0)
		close(fd);
}

/* Takes over @value. An answer that is not taken is of no use: nor is the connection. */
static void answer(struct client *client, const char *name, struct json_object *value)
{
	struct json_object *document = json_object_new_object();
	const char *text;
	size_t size;

	json_object_object_add(document, "schema", json_object_new_int(OUTPUT_SCHEMA));
	json_object_object_add(document, name, value);
	text = json_object_to_json_string_ext(document, JSON_C_TO_STRING_PLAIN);
	size = strlen(text);
	if (send(client->fd, text, size, MSG_NOSIGNAL) != (ssize_t)size ||
	    send(client->fd, "\n", 1, MSG_NOSIGNAL) != 1)
		shutdown(client->fd, SHUT_RDWR);
	json_object_put(document);
}

static void answer_error(struct client *client)
{
	struct json_object *error = json_object_new_object();
	char why[512];

	failure_forget(why, sizeof(why));
	json_object_object_add(error, "message", output_text(why));
	answer(client, "error", error);
}

static void answer_state(struct client *client, struct vm *vm)
{
	struct json_object *result = json_object_new_object();

	json_object_object_add(result, "state", json_object_new_string(control_state(vm)));
	answer(client, "result", result);
}

static bool wants_console(struct json_object *request)
{
	struct json_object *command;

	return json_object_object_get_ex(request, "command", &command) &&
	       strcmp(json_object_get_string(command) ?: "", "console") == 0;
}

static void make_console(struct client *client)
{
	pthread_mutex_lock(&lock);
	client->console = true;
	pthread_mutex_unlock(&lock);
}

static void handle_line(struct client *client, struct vm *vm, const char *line)
{
	struct json_object *request = json_tokener_parse(line);
	bool console = request && wants_console(request);

	if (!request)
		fail("this is no JSON");
	if (console || (request && control_execute(vm, request) == 0))
		answer_state(client, vm);
	else
		answer_error(client);
	/* Only now: the answer comes before anything that the guest says. */
	if (console)
		make_console(client);
	json_object_put(request);
}

/* What the guest has no room for stays, and is offered again. */
static void give_input(struct client *client, struct vm *vm)
{
	size_t taken = console_receive(vm, (uint8_t *)client->line, client->count);

	client->count -= taken;
	memmove(client->line, client->line + taken, client->count);
}

/* Whole lines, until one makes it a console: what comes after that is typed. */
static void take_lines(struct client *client, struct vm *vm)
{
	char *end;

	while (!client->console && (end = memchr(client->line, '\n', client->count))) {
		*end++ = '\0';
		handle_line(client, vm, client->line);
		client->count -= (size_t)(end - client->line);
		memmove(client->line, end, client->count);
	}
	if (client->console)
		give_input(client, vm);
}

static void read_client(struct client *client, struct vm *vm)
{
	ssize_t got = recv(client->fd, client->line + client->count,
			   sizeof(client->line) - client->count, MSG_DONTWAIT);

	if (got < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (got <= 0) {
		drop(client);
		return;
	}
	client->count += (size_t)got;
	take_lines(client, vm);
	if (client->count < sizeof(client->line) || client->console)
		return;
	fail("the request is too long");
	answer_error(client);
	drop(client);
}

static void serve(struct client *client, struct vm *vm, short revents)
{
	if (revents & POLLOUT)
		send_output(client);
	if (client->console && client->count)
		give_input(client, vm);
	/* It may have filled up since it was asked for. */
	if (revents & POLLIN && !is_full(client, vm))
		read_client(client, vm);
	else if (revents & (POLLHUP | POLLERR))
		drop(client);
}

void control_socket_serve(struct vm *vm, const struct pollfd *fds)
{
	eventfd_t ignored;
	int i;

	if (fds[1].revents)
		eventfd_read(output_fd, &ignored);
	for (i = 0; i < CONTROL_CLIENTS; i++)
		if (fds[2 + i].fd >= 0)
			serve(&clients[i], vm, fds[2 + i].revents);
	if (fds[0].revents)
		take_client();
}
