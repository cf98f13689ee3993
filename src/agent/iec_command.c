/* SPDX-License-Identifier: Apache-2.0 */
/* The application behind a program: one run for each question. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent/iec_remote.h"
#include "base/mem.h"

extern char **environ;

struct command_line {
	char program[512];
	pid_t pid;       /* 0 = none runs */
	int in, out;     /* our ends of its pipes, -1 = closed */
	struct str body; /* what it has not read yet */
	size_t sent;
	char said[IEC_WHY_MAX]; /* the beginning of what it says */
	size_t nsaid;
};

static void fd_shut(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

static bool pipes_make(int in[2], int out[2])
{
	if (pipe2(in, O_CLOEXEC))
		return false;
	if (!pipe2(out, O_CLOEXEC))
		return true;
	close(in[0]);
	close(in[1]);
	return false;
}

/* Standard input and output are the pipes; signals are as they are for every program. */
static int spawn(struct command_line *c, const char *ask, int in, int out)
{
	char *argv[] = { c->program, (char *)(uintptr_t)ask, NULL };
	posix_spawn_file_actions_t files;
	posix_spawnattr_t attr;
	sigset_t none, all;
	int rc;

	sigemptyset(&none);
	sigemptyset(&all);
	sigaddset(&all, SIGPIPE);
	sigaddset(&all, SIGTERM);
	sigaddset(&all, SIGINT);
	if (posix_spawn_file_actions_init(&files))
		return -1;
	if (posix_spawnattr_init(&attr)) {
		posix_spawn_file_actions_destroy(&files);
		return -1;
	}
	posix_spawn_file_actions_adddup2(&files, in, STDIN_FILENO);
	posix_spawn_file_actions_adddup2(&files, out, STDOUT_FILENO);
	posix_spawnattr_setsigmask(&attr, &none);
	posix_spawnattr_setsigdefault(&attr, &all);
	posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
	rc = posix_spawn(&c->pid, c->program, &files, &attr, argv, environ);
	posix_spawnattr_destroy(&attr);
	posix_spawn_file_actions_destroy(&files);
	return rc ? -1 : 0;
}

static bool command_begin(void *ctx, enum iec_ask ask, const char *body, size_t len)
{
	struct command_line *c = ctx;
	int in[2], out[2], rc;

	if (!pipes_make(in, out))
		return false;
	rc = spawn(c, iec_ask_text[ask], in[0], out[1]);
	close(in[0]);
	close(out[1]);
	c->in = in[1];
	c->out = out[0];
	if (rc) {
		c->pid = 0;
		fd_shut(&c->in);
		fd_shut(&c->out);
		return false;
	}
	(void)fcntl(c->in, F_SETFL, O_NONBLOCK);
	(void)fcntl(c->out, F_SETFL, O_NONBLOCK);
	str_clear(&c->body);
	str_addn(&c->body, body, len);
	c->sent = c->nsaid = 0;
	return true;
}

/* A program may leave its input unread. */
static void feed(struct command_line *c)
{
	ssize_t n = 1;

	while (c->in >= 0 && c->sent < c->body.len && n > 0) {
		n = write(c->in, c->body.p + c->sent, c->body.len - c->sent);
		if (n > 0)
			c->sent += (size_t)n;
		else if (n < 0 && errno == EINTR)
			n = 1;
		else if (n < 0 && errno != EAGAIN)
			fd_shut(&c->in);
	}
	if (c->sent == c->body.len)
		fd_shut(&c->in);
}

static void listen_to(struct command_line *c)
{
	char more[512];
	ssize_t n;

	while (c->out >= 0 && (n = read(c->out, more, sizeof more)) > 0)
		for (ssize_t i = 0; i < n && c->nsaid + 1 < sizeof c->said; i++)
			c->said[c->nsaid++] = more[i];
}

static bool command_over(void *ctx, enum iec_word *ret_word, char why[IEC_WHY_MAX])
{
	struct command_line *c = ctx;
	int status = 0;
	pid_t pid;

	feed(c);
	listen_to(c);
	pid = waitpid(c->pid, &status, WNOHANG);
	if (!pid || (pid < 0 && errno == EINTR))
		return false;
	listen_to(c);
	fd_shut(&c->in);
	fd_shut(&c->out);
	c->said[c->nsaid] = '\0';
	c->said[strcspn(c->said, "\r\n")] = '\0';
	iec_phrase(c->said, why);
	*ret_word = pid == c->pid && WIFEXITED(status) && WEXITSTATUS(status) <= IEC_SAFE
			? (enum iec_word)WEXITSTATUS(status)
			: IEC_NOTHING;
	c->pid = 0;
	return true;
}

static void command_drop(void *ctx)
{
	struct command_line *c = ctx;

	if (c->pid > 0) {
		kill(c->pid, SIGKILL);
		while (waitpid(c->pid, NULL, 0) < 0 && errno == EINTR)
			;
	}
	c->pid = 0;
	fd_shut(&c->in);
	fd_shut(&c->out);
}

static void command_end(void *ctx)
{
	struct command_line *c = ctx;

	str_done(&c->body);
	free(c);
}

int iec_command(const char *program, const char *name, struct iec *ret, struct err *e)
{
	struct command_line *c;
	struct iec_line line = { command_begin, command_over, command_drop, command_end, NULL };

	if (*program != '/' || access(program, X_OK))
		return err_set(e, ERR_USAGE, "command:%.200s: an absolute path of a program is needed",
			       program);
	c = mem_zalloc(sizeof *c);
	c->in = c->out = -1;
	str_init(&c->body, 16 * KIB);
	line.ctx = c;
	if (!str_copy(c->program, sizeof c->program, program)) {
		command_end(c);
		return err_set(e, ERR_USAGE, "the path of the program is too long");
	}
	iec_remote(&line, name, ret);
	return OK;
}
