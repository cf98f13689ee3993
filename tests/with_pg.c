/* SPDX-License-Identifier: Apache-2.0 */
/* with_pg COMMAND...: runs the command with a private PostgreSQL in FIRPATH_TEST_PG, and gives its status. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "pg.h"

int main(int argc, char **argv)
{
	int status = 0;
	pid_t pid;

	if (argc < 2) {
		fprintf(stderr, "usage: with_pg COMMAND [ARG...]\n");
		return 2;
	}
	if (!pg_start()) {
		pg_stop();
		return 1;
	}
	pid = fork();
	if (pid == 0) {
		setenv("FIRPATH_TEST_PG", pg_address(), 1);
		execvp(argv[1], argv + 1);
		perror(argv[1]);
		_exit(127);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		status = 1;
	pg_stop();
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}
