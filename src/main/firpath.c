/* SPDX-License-Identifier: Apache-2.0 */
/* The command line program. */
#include <signal.h>
#include <stdio.h>

#include "base/clock.h"
#include "cli/cli.h"

int main(int argc, char **argv)
{
	struct cli_env env = { stdout, stderr, clock_system() };

	signal(SIGPIPE, SIG_IGN); /* a closed pipe is an error of writing, which says so */
	return cli_main(argc, argv, &env);
}
