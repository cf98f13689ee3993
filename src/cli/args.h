/* SPDX-License-Identifier: Apache-2.0 */
/* From argv to a struct call, driven by the rows of commands and options. Errors are ERR_USAGE and name what
 * is near. */
#ifndef FIRPATH_CLI_ARGS_H
#define FIRPATH_CLI_ARGS_H

#include "cli/command.h"

/* The command whose words argv begins with; *ret_words = how many these are. ERR_USAGE with the nearest name.
 */
int args_command(int argc, char **argv, const struct command **ret, int *ret_words, struct err *e) MUST_USE;
/* Fills c->option from the command's row and flags. */
void args_options(struct call *c, const struct command *cmd);
/* Options (also before the command: stop_at_word) into c->value; *ret_rest = index of the first word left. */
int args_parse(struct call *c, int argc, char **argv, bool stop_at_word, int *ret_rest,
	       struct err *e) MUST_USE;
/* Whether the number of arguments fits the row. */
int args_count(const struct call *c, struct err *e) MUST_USE;

#endif
