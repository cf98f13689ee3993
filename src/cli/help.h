/* SPDX-License-Identifier: Apache-2.0 */
/* Help and completion, made from the tables of commands and options. */
#ifndef FIRPATH_CLI_HELP_H
#define FIRPATH_CLI_HELP_H

#include "cli/command.h"

void help_all(struct str *out); /* firpath --help */
/* The commands that begin with that word; false when there are none. firpath user --help */
bool help_group(const char *word, struct str *out);
void help_command(const struct call *c, struct str *out); /* firpath VERB --help */
void completion_bash(struct str *out);                    /* a script for bash to source */

#endif
