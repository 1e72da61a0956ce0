// SPDX-License-Identifier: GPL-2.0
/*
 * Test of the terminal handling: raw inside, and as it was before after every kind of end.
 */
#include <pty.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "../failure.h"
#include "../term.h"
#include "ktap.h"

int fail_errno(int err, const char *fmt, ...)
{
	(void)err;
	(void)fmt;
	return -1;
}

static void child_returns(void)
{
	term_leave();
	_exit(0);
}

static void child_exits(void)
{
	exit(0);
}

static void child_aborts(void)
{
	raise(SIGABRT);
}

static void child_faults(void)
{
	raise(SIGSEGV);
}

/* Is the terminal raw as seen from the other side? */
static bool is_raw(int master)
{
	struct termios mode;

	return tcgetattr(master, &mode) == 0 && !(mode.c_lflag & (ECHO | ICANON | ISIG));
}

static int run_child(int master, int slave, int hold, int ready, void (*end)(void))
{
	char go;

	close(master);
	dup2(slave, STDIN_FILENO);
	if (term_enter() < 0 || !term_is_raw())
		_exit(99);
	if (write(ready, "r", 1) != 1 || read(hold, &go, 1) != 1)
		_exit(98);
	end();
	_exit(97);
}

/* The child goes raw, says so, waits, and ends; before and after are compared from here. */
static void check_end(void (*end)(void), int signal)
{
	int master, slave, hold[2], ready[2], status;
	struct termios before, after;
	char got;
	pid_t pid;

	EXPECT(openpty(&master, &slave, NULL, NULL, NULL) == 0);
	EXPECT(pipe(hold) == 0 && pipe(ready) == 0);
	EXPECT(tcgetattr(slave, &before) == 0);
	EXPECT(!is_raw(master));
	pid = fork();
	if (pid == 0)
		run_child(master, slave, hold[0], ready[1], end);
	EXPECT(read(ready[0], &got, 1) == 1);
	EXPECT(is_raw(master));
	EXPECT(write(hold[1], "g", 1) == 1);
	EXPECT(waitpid(pid, &status, 0) == pid);
	if (signal)
		EXPECT(WIFSIGNALED(status) && WTERMSIG(status) == signal);
	else
		EXPECT(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	EXPECT(tcgetattr(slave, &after) == 0);
	EXPECT(before.c_lflag == after.c_lflag && before.c_iflag == after.c_iflag &&
	       before.c_oflag == after.c_oflag && before.c_cflag == after.c_cflag);
	close(master);
	close(slave);
}

static void test_return(void)
{
	check_end(child_returns, 0);
}

static void test_exit(void)
{
	check_end(child_exits, 0);
}

static void test_abort(void)
{
	check_end(child_aborts, SIGABRT);
}

static void test_fault(void)
{
	check_end(child_faults, SIGSEGV);
}

static void test_no_terminal(void)
{
	int pipes[2];

	EXPECT(pipe(pipes) == 0);
	dup2(pipes[0], STDIN_FILENO);
	EXPECT(term_enter() == 0);
	EXPECT(!term_is_raw());
	term_leave();
}

int main(void)
{
	ktap_start();
	ktap_run("term_restored_by_leave", test_return);
	ktap_run("term_restored_by_exit", test_exit);
	ktap_run("term_restored_by_abort", test_abort);
	ktap_run("term_restored_by_fault", test_fault);
	ktap_run("term_no_terminal", test_no_terminal);
	return ktap_finish();
}
