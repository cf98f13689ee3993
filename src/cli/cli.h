/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The command line `firpath`: one program for everybody. Data goes to `out`, everything else to `chat`, so
 * that output can be piped. A command is one function and one row of the table in commands.c.
 */
#ifndef FIRPATH_CLI_CLI_H
#define FIRPATH_CLI_CLI_H

#include <stdio.h>

#include "base/clock.h"

/* What a run needs from outside; the program gives the real things, tests their own. */
struct cli_env {
	FILE *out;                 /* data; borrowed */
	FILE *chat;                /* progress, notes, errors; borrowed */
	const struct clock *clock; /* borrowed */
};

/* Runs argv and returns the exit status: 0 done, 1 failed, 2 nothing to do or usage, 3 not found or no path,
 * 4 not allowed, 5 ambiguous. Reads the environment: FIRPATH_SERVER, FIRPATH_TOKEN, NO_COLOR, HOME,
 * XDG_CONFIG_HOME. */
int cli_main(int argc, char **argv, const struct cli_env *env);

#endif
