/* SPDX-License-Identifier: Apache-2.0 */
#include "main/options.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/parse.h"
#include "base/str.h"

#define NAMES_MAX 64

/* "image-dir" or "image_dir", n characters of arg -> the key image_dir; NULL when it is none. */
static const char *key_of(const struct program *p, const char *arg, size_t n)
{
	for (const struct conf_key *k = p->keys; k->name; k++) {
		size_t i = 0;

		while (i < n && k->name[i] && (arg[i] == k->name[i] || (arg[i] == '-' && k->name[i] == '_')))
			i++;
		if (i == n && !k->name[i])
			return k->name;
	}
	return n == strlen("config") && !strncmp(arg, "config", n) ? "config" : NULL;
}

static int unknown_option(const struct program *p, const char *arg, struct err *e)
{
	const char *names[NAMES_MAX] = { "config" }, *near;
	char word[64];
	size_t n = 1;

	for (const char *const *w = p->words; *w && n < NAMES_MAX - 1; w++)
		names[n++] = *w;
	for (const struct conf_key *k = p->keys; k->name && n < NAMES_MAX - 1; k++)
		names[n++] = k->name;
	names[n] = NULL;
	str_copyn(word, sizeof word, arg, strcspn(arg, "="));
	near = parse_nearest(word, names);
	if (near && !strcmp(near, word))
		return err_set(e, ERR_USAGE, "--%s takes no value", word);
	return near ? err_set(e, ERR_USAGE, "there is no option --%s; did you mean --%s?", word, near)
		    : err_set(e, ERR_USAGE, "there is no option --%s", word);
}

int option_read(const struct program *p, int argc, char **argv, int *i, const char **ret_key,
		const char **ret_value, struct err *e)
{
	const char *arg = argv[*i], *key;
	size_t n;

	if (strncmp(arg, "--", 2) || !arg[2])
		return err_set(e, ERR_USAGE, "'%s' is not an option", arg);
	arg += 2;
	n = strcspn(arg, "=");
	key = key_of(p, arg, n);
	if (!key)
		return unknown_option(p, arg, e);
	if (!arg[n] && (*i + 1 >= argc || !strncmp(argv[*i + 1], "--", 2)))
		return err_set(e, ERR_USAGE, "--%s needs a value", arg);
	*ret_key = key;
	*ret_value = arg[n] ? arg + n + 1 : argv[++*i];
	return OK;
}

int level_read(const char *text, enum log_level *ret, struct err *e)
{
	static const struct {
		const char *name;
		enum log_level level;
	} levels[] = { { "error", LOG_ERROR },
		       { "warning", LOG_WARN },
		       { "notice", LOG_NOTICE },
		       { "info", LOG_INFO },
		       { "debug", LOG_DEBUG } };

	for (size_t i = 0; i < sizeof levels / sizeof levels[0]; i++)
		if (!strcmp(levels[i].name, text)) {
			*ret = levels[i].level;
			return OK;
		}
	return err_set(e, ERR_CONFIG, "log_level = %.32s: there are error, warning, notice, info and debug",
		       text);
}

int program_fail(const struct program *p, const struct err *e)
{
	char text[700];

	fprintf(stderr, "%s: %s\n%s\n", p->name, err_text(e, text, sizeof text), err_info(e->code)->next);
	return err_info(e->code)->exit;
}

int program_printed(const struct program *p)
{
	struct err e;

	if (!fflush(stdout) && !ferror(stdout))
		return 0;
	err_errno(&e, errno, "the output cannot be written");
	e.code = ERR_OUTPUT;
	return program_fail(p, &e);
}
