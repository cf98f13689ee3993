/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/args.h"

#include <getopt.h>
#include <string.h>

#include "base/parse.h"

/* Does the command's name begin with these words? Returns how many of them it has. */
static int name_words(const char *name, int argc, char **argv)
{
	int n = 0;

	while (n < argc) {
		size_t len = strlen(argv[n]);

		if (strncmp(name, argv[n], len) != 0 || (name[len] != ' ' && name[len] != '\0'))
			return 0;
		n++;
		if (!name[len])
			return n;
		name += len + 1;
	}
	return 0;
}

/* "import" alone: says which words can follow. */
static int incomplete(const char *word, struct err *e)
{
	STR(list, 512);
	size_t len = strlen(word);

	for (const struct command *c = commands; c->name || c->summary; c++)
		if (c->name && strncmp(c->name, word, len) == 0 && c->name[len] == ' ' &&
		    !(c->flags & COMMAND_HIDDEN))
			str_addf(&list, "%s%s", list.len ? ", " : "", c->name + len + 1);
	if (!list.len)
		return OK;
	return err_set(e, ERR_USAGE, "'%.40s' wants one of these words behind it: %s", word, str_c(&list));
}

int args_command(int argc, char **argv, const struct command **ret, int *ret_words, struct err *e)
{
	const char *names[128], *near;
	char tried[128];
	size_t n = 0;

	for (const struct command *c = commands; c->name || c->summary; c++) {
		int words = c->name ? name_words(c->name, argc, argv) : 0;

		if (words) {
			*ret = c;
			*ret_words = words;
			return OK;
		}
		if (c->name && !(c->flags & COMMAND_HIDDEN) && n + 1 < sizeof names / sizeof *names)
			names[n++] = c->name;
	}
	names[n] = NULL;
	if (argc < 1)
		return err_set(e, ERR_USAGE, "a command is missing");
	if (incomplete(argv[0], e) && argc < 2)
		return (int)e->code;
	snprintf(tried, sizeof tried, "%.60s%s%.60s", argv[0], argc > 1 ? " " : "", argc > 1 ? argv[1] : "");
	near = parse_nearest(tried, names);
	if (!near)
		near = parse_nearest(argv[0], names);
	if (!near && incomplete(argv[0], e))
		return (int)e->code;
	return err_set(e, ERR_USAGE, "there is no command '%.60s'%s%s%s",
		       near && !strchr(near, ' ') ? argv[0] : tried, near ? "; did you mean '" : "",
		       near ? near : "", near ? "'?" : "");
}

void args_options(struct call *c, const struct command *cmd)
{
	size_t n = 0;

	c->command = cmd;
	for (const struct option_row *o = cmd ? cmd->options : NULL; o && o->name && n < OPTIONS_MAX; o++)
		c->option[n++] = o;
	for (const struct option_row *o = common_options; o->name && n < OPTIONS_MAX; o++) {
		bool fits = !cmd || (strcmp(o->name, "db") == 0       ? (cmd->flags & COMMAND_STORE) != 0
				     : strcmp(o->name, "server") == 0 ? (cmd->flags & COMMAND_SERVER) != 0
								      : true);

		for (size_t i = 0; i < n; i++)
			fits = fits &&
			       strcmp(c->option[i]->name, o->name) != 0; /* the command's own comes first */
		if (fits)
			c->option[n++] = o;
	}
	c->option[n] = NULL;
}

static int unknown_option(const struct call *c, const char *word, struct err *e)
{
	const char *names[OPTIONS_MAX + 1], *near;
	char name[64];
	size_t n = 0;

	for (; c->option[n]; n++)
		names[n] = c->option[n]->name;
	names[n] = NULL;
	word += strspn(word, "-");
	str_copyn(name, sizeof name, word, strcspn(word, "="));
	near = parse_nearest(name, names);
	return err_set(e, ERR_USAGE, "there is no option '--%s'%s%s%s", name,
		       near ? "; did you mean '--" : "", near ? near : "", near ? "'?" : "");
}

/* getopt_long takes beginnings of names; scripts that rely on them break with the next new option. */
static bool written_in_full(const char *word, const char *name)
{
	size_t n = strlen(name);

	return strncmp(word, "--", 2) != 0 ||
	       (strncmp(word + 2, name, n) == 0 && (word[2 + n] == '=' || !word[2 + n]));
}

static int keep_value(struct call *c, int i, const char *value, struct err *e)
{
	const struct option_row *o = c->option[i];

	/* An option with several rows may be given several times (diff --at A --at B). */
	while (c->value[i] && c->option[i + 1] && !strcmp(c->option[i + 1]->name, o->name))
		i++;
	if (c->value[i] && o->value)
		return err_set(e, ERR_USAGE, "the option '--%s' is given twice", o->name);
	c->value[i] = value ? value : "";
	return OK;
}

/* Tables that getopt_long wants, made from the rows. */
struct spec {
	struct option list[OPTIONS_MAX + 1];
	char letters[2 * OPTIONS_MAX + 3];
};

static void make_spec(const struct call *c, bool stop_at_word, struct spec *s)
{
	char *l = s->letters;
	int n = 0;

	memset(s, 0, sizeof *s);
	if (stop_at_word)
		*l++ = '+';
	*l++ = ':'; /* a missing value is told apart from an unknown option */
	for (; c->option[n]; n++) {
		s->list[n].name = c->option[n]->name;
		s->list[n].has_arg = c->option[n]->value ? required_argument : no_argument;
		s->list[n].val = 1000 + n;
		if (c->option[n]->letter) {
			*l++ = c->option[n]->letter;
			if (c->option[n]->value)
				*l++ = ':';
		}
	}
}

static int option_of_letter(const struct call *c, int letter)
{
	for (int i = 0; c->option[i]; i++)
		if (c->option[i]->letter && c->option[i]->letter == letter)
			return i;
	return -1;
}

int args_parse(struct call *c, int argc, char **argv, bool stop_at_word, int *ret_rest, struct err *e)
{
	struct spec spec;
	int got, i;

	make_spec(c, stop_at_word, &spec);
	optind = 0; /* starts getopt over */
	opterr = 0;
	while ((got = getopt_long(argc, argv, spec.letters, spec.list, NULL)) != -1) {
		const char *word = argv[optind - 1];

		if (got == ':') {
			i = optopt >= 1000 ? optopt - 1000 : option_of_letter(c, optopt);
			return err_set(e, ERR_USAGE, "the option '--%s' wants a value: %s",
				       i >= 0 ? c->option[i]->name : "?", i >= 0 ? c->option[i]->value : "?");
		}
		if (got == '?' && optopt >= 1000)
			return err_set(e, ERR_USAGE, "the option '--%s' takes no value",
				       c->option[optopt - 1000]->name);
		if (got == '?' && optopt)
			return err_set(e, ERR_USAGE, "there is no option '-%c'", optopt);
		if (got == '?')
			return unknown_option(c, word, e);
		i = got >= 1000 ? got - 1000 : option_of_letter(c, got);
		if (i < 0)
			return err_set(e, ERR_INTERNAL, "option without a row");
		if (got >= 1000 && c->option[i]->value && optarg == word && optind >= 2)
			word = argv[optind - 2]; /* "--name value" */
		if (got >= 1000 && !written_in_full(word, c->option[i]->name))
			return unknown_option(c, word, e);
		if (keep_value(c, i, optarg, e))
			return (int)e->code;
	}
	*ret_rest = optind;
	return OK;
}

int args_count(const struct call *c, struct err *e)
{
	const char *s = c->command->args;
	int least = 0, most = 0, n = 0;
	char missing[64] = "";

	for (; *s; n++) {
		size_t len = strcspn(s, " ");

		if (s[0] != '[') {
			least++;
			if (least == c->nargs + 1)
				str_copyn(missing, sizeof missing, s, len);
		}
		most = len >= 3 && strstr(s, "...") && strstr(s, "...") < s + len ? 1000000 : most + 1;
		s += len + (s[len] == ' ');
	}
	if (c->nargs < least)
		return err_set(e, ERR_USAGE, "'firpath %s' wants %s", c->command->name, missing);
	if (c->nargs > most)
		return err_set(e, ERR_USAGE, "'firpath %s' does not know what to do with '%.60s'",
			       c->command->name, c->arg[most]);
	return OK;
}
