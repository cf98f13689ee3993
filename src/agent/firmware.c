/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/firmware.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdint.h>
#include <sys/wait.h>

#define LOOK_MS 10

extern char **environ;

/* Its exit status, or -1: it ended otherwise, or not in time. */
static int wait_for(pid_t pid)
{
	int status = 0;

	for (int ms = 0; ms < FIRMWARE_LIMIT_MS; ms += LOOK_MS) {
		pid_t got = waitpid(pid, &status, WNOHANG);

		if (got == pid)
			return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
		if (got < 0 && errno != EINTR)
			return -1;
		poll(NULL, 0, LOOK_MS);
	}
	kill(pid, SIGKILL);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return -1;
}

int firmware_check(const char *program, const char *path, struct err *e)
{
	char *argv[] = { (char *)(uintptr_t)program, (char *)(uintptr_t)path, (char *)(uintptr_t) "software",
			 NULL };
	posix_spawnattr_t attr;
	sigset_t none;
	pid_t pid;
	int rc;

	if (!*program)
		return OK;
	sigemptyset(&none);
	if (posix_spawnattr_init(&attr))
		return err_set(e, ERR_INVALID, "%s cannot be run", program);
	posix_spawnattr_setsigmask(&attr, &none);
	posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSIGMASK);
	rc = posix_spawn(&pid, program, NULL, &attr, argv, environ);
	posix_spawnattr_destroy(&attr);
	if (rc)
		return err_set(e, ERR_INVALID, "%s cannot be run", program);
	rc = wait_for(pid);
	return rc ? err_set(e, ERR_INVALID, "%s says that the signature of %s is not good", program, path)
		  : OK;
}
