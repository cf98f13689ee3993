/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The command line of the programs that run: words of their own, --config FILE, and every key of their
 * configuration as --KEY VALUE or --KEY=VALUE with - or _. Names are written in full; what is not known is
 * refused with the nearest name, and a forgotten value never swallows the next option.
 */
#ifndef FIRPATH_MAIN_OPTIONS_H
#define FIRPATH_MAIN_OPTIONS_H

#include "base/conf.h"
#include "base/log.h"

struct program {
	const char *name;            /* "firpathd" */
	const struct conf_key *keys; /* ends with a row without a name */
	const char *const *words;    /* options without a value, NULL at the end */
};

/* Reads argv[*i], which is none of the words, and its value; *i then stands on the last one read. ret_key:
 * "config" or the name of a row of keys. ERR_USAGE. */
int option_read(const struct program *p, int argc, char **argv, int *i, const char **ret_key,
		const char **ret_value, struct err *e) MUST_USE;
/* The level that log_level names. ERR_CONFIG. */
int level_read(const char *text, enum log_level *ret, struct err *e) MUST_USE;
/* Says on standard error what went wrong and what to do next; gives the exit status. */
int program_fail(const struct program *p, const struct err *e);
/* The exit status after something was printed: 0, or that of an output that cannot be written. */
int program_printed(const struct program *p);

#endif
