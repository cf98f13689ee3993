/* SPDX-License-Identifier: Apache-2.0 */
#include "web/dot.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"

struct child {
	pid_t pid; /* 0 = none */
	int in,
	    out; /* our ends: a socket to its standard input, a pipe from its standard output; -1 = closed */
	int64_t give_up; /* monotonic ms */
};

static void fd_close(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

/* Nobody waits for a child of ours but we: kill, then collect. */
static void child_end(struct child *c)
{
	fd_close(&c->in);
	fd_close(&c->out);
	if (c->pid > 0) {
		kill(-c->pid, SIGKILL);
		kill(c->pid, SIGKILL);
		while (waitpid(c->pid, NULL, 0) < 0 && errno == EINTR)
			;
	}
	c->pid = 0;
}
DEFINE_OWN_VAL(struct child, child_end)

static void limit(int what, rlim_t most)
{
	struct rlimit r = { most, most };

	setrlimit(what, &r);
}

/* Between fork and exec of a threaded process: async-signal-safe calls only. */
static _Noreturn void child_main(const struct dot_limits *l, char *const *paths, int in, int out)
{
	char *const argv[] = { (char *)"dot", (char *)"-Tsvg", NULL };
	char *const env[] = { (char *)"PATH=" DOT_PATH, (char *)"LC_ALL=C.UTF-8", NULL };
	int null = open("/dev/null", O_WRONLY);
	sigset_t none;

	setpgid(0, 0);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	if (dup2(in, 0) < 0 || dup2(out, 1) < 0 || dup2(null, 2) < 0)
		_exit(126);
	close_range(3, ~0U, 0);
	signal(SIGXFSZ, SIG_IGN); /* font caches may try to write: that fails, it does not kill */
	limit(RLIMIT_CPU, l->cpu_s);
	limit(RLIMIT_AS, l->memory);
	limit(RLIMIT_FSIZE, 0); /* it writes to a pipe, never to a file */
	limit(RLIMIT_CORE, 0);
	limit(RLIMIT_NOFILE, 32);
	for (size_t i = 0; paths[i]; i++)
		execve(paths[i], argv, env);
	_exit(127);
}

/* The places where the program may be, made before the fork. */
#define PATHS_MAX 8
static void paths_make(const struct dot_limits *l, struct str *hold, char *paths[PATHS_MAX])
{
	const char *p = DOT_PATH;
	size_t n = 0, at[PATHS_MAX];

	if (l->program) {
		at[n++] = 0;
		str_add(hold, l->program);
	}
	while (!l->program && *p && n + 1 < PATHS_MAX) {
		size_t len = strcspn(p, ":");

		at[n++] = hold->len;
		str_addn(hold, p, len);
		str_add(hold, "/" DOT_PROGRAM);
		str_addc(hold, '\0');
		p += len + (p[len] == ':');
	}
	paths[n] = NULL;
	while (n--)
		paths[n] = hold->p + at[n];
}

static int child_start(const struct dot_limits *l, struct child *ret, struct err *e)
{
	STR(hold, 4 * KIB);
	char *paths[PATHS_MAX + 1];
	int in[2], out[2];

	paths_make(l, &hold, paths);
	/* A socket, not a pipe, so that writing to a dead child is an error and not a signal. */
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, in))
		return err_errno(e, errno, "drawing a picture");
	if (pipe2(out, O_CLOEXEC)) {
		close(in[0]);
		close(in[1]);
		return err_errno(e, errno, "drawing a picture");
	}
	ret->pid = fork();
	if (ret->pid == 0)
		child_main(l, paths, in[1], out[1]);
	close(in[1]);
	close(out[1]);
	ret->in = in[0];
	ret->out = out[0];
	if (ret->pid < 0) {
		ret->pid = 0;
		return err_errno(e, errno, "drawing a picture");
	}
	fcntl(ret->in, F_SETFL, O_NONBLOCK);
	fcntl(ret->out, F_SETFL, O_NONBLOCK);
	return OK;
}

static int64_t time_left(const struct child *c)
{
	int64_t left = c->give_up - clock_mono(clock_system());

	return left > 0 ? left : 0;
}

static void give(struct child *c, const char *source, size_t n, size_t *given)
{
	ssize_t w = send(c->in, source + *given, n - *given, MSG_NOSIGNAL);

	if (w > 0)
		*given += (size_t)w;
	if (*given == n || (w < 0 && errno != EAGAIN && errno != EINTR))
		fd_close(&c->in); /* all said, or it does not listen any more */
}

static void take(struct child *c, struct str *out)
{
	char buf[16384];
	ssize_t r = read(c->out, buf, sizeof buf);

	if (r > 0)
		str_addn(out, buf, (size_t)r);
	else if (r == 0 || (errno != EAGAIN && errno != EINTR))
		fd_close(&c->out);
}

/* Feeds and reads until it closed its output; false when time or room ran out. */
static bool converse(struct child *c, const char *source, size_t n, struct str *out)
{
	size_t given = 0;

	while (c->out >= 0 && !out->over) {
		struct pollfd p[2] = { { c->out, POLLIN, 0 }, { c->in, POLLOUT, 0 } };

		if (!time_left(c))
			return false;
		if (poll(p, 2, (int)time_left(c)) <= 0)
			continue;
		if (p[0].revents)
			take(c, out);
		if (c->in >= 0 && p[1].revents)
			give(c, source, n, &given);
	}
	return !out->over;
}

/* Its exit status, or -1 when it did not end in time or by itself. */
static int child_status(struct child *c)
{
	int status = 0;
	pid_t got;

	while ((got = waitpid(c->pid, &status, WNOHANG)) == 0 && time_left(c))
		poll(NULL, 0, 2);
	if (got != c->pid)
		return -1;
	c->pid = 0;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

int dot_run(const struct dot_limits *l, const char *source, size_t n, struct str *out, struct err *e)
{
	OWN(child_end) struct child c = { 0, -1, -1, clock_mono(clock_system()) + l->wall_ms };
	int status;

	if (child_start(l, &c, e))
		return e->code;
	if (!converse(&c, source, n, out)) {
		if (out->over)
			return err_set(e, ERR_PICTURE, "the picture would be larger than %zu bytes",
				       out->max);
		return err_set(e, ERR_PICTURE, "drawing took longer than %lld ms", (long long)l->wall_ms);
	}
	status = child_status(&c);
	if (status == 127)
		return err_set(e, ERR_PICTURE, "Graphviz 'dot' is not installed on the server");
	if (status != 0)
		return err_set(e, ERR_PICTURE, "'dot' failed or reached a limit (%d)", status);
	return OK;
}
