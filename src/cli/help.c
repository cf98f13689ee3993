/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/help.h"

#include <string.h>

#include "cli/args.h"
#include "cli/cmd.h"

#define NAME_COLUMN 26

static void padded(struct str *out, const char *left, const char *right)
{
	size_t n = strlen(left);

	str_addf(out, "  %s", left);
	if (n > NAME_COLUMN - 1)
		str_addf(out, "\n  %*s", NAME_COLUMN, "");
	else
		str_addf(out, "%*s", (int)(NAME_COLUMN - n), "");
	str_addf(out, "%s\n", right);
}

static void option_line(struct str *out, const struct option_row *o)
{
	char left[80], letter[6] = "";

	if (o->letter)
		snprintf(letter, sizeof letter, "-%c, ", o->letter);
	snprintf(left, sizeof left, "%s--%s%s%s", letter, o->name, o->value ? " " : "",
		 o->value ? o->value : "");
	padded(out, left, o->help);
}

static void command_line(struct str *out, const struct command *c)
{
	char left[80];

	snprintf(left, sizeof left, "%s%s%s", c->name, *c->args ? " " : "", c->args);
	padded(out, left, c->summary);
}

void help_all(struct str *out)
{
	str_add(out, "Usage: firpath COMMAND [ARGUMENT]... [OPTION]...\n\n"
		     "Firmware upgrade paths: which versions, in which order, why, and who says so. Commands "
		     "ask a firpath\n"
		     "service (--server) or, where it makes sense, a store of their own (--db).\n");
	for (const struct command *c = commands; c->name || c->summary; c++) {
		if (!c->name) {
			str_addf(out, "\n%s\n", c->summary);
		} else if (!(c->flags & COMMAND_HIDDEN)) {
			command_line(out, c);
		}
	}
	str_add(out, "\nOptions of every command\n");
	for (const struct option_row *o = common_options; o->name; o++)
		option_line(out, o);
	str_add(
	    out,
	    "\nExit status: 0 done, 1 failed, 2 nothing to do or not understood, 3 not found or no path,\n"
	    "4 not allowed, 5 ambiguous. 'firpath COMMAND --help' tells more about each command.\n");
}

bool help_group(const char *word, struct str *out)
{
	size_t len = strlen(word), found = 0;

	for (const struct command *c = commands; c->name || c->summary; c++) {
		if (!c->name || c->flags & COMMAND_HIDDEN || strncmp(c->name, word, len) != 0 ||
		    c->name[len] != ' ')
			continue;
		if (!found++)
			str_addf(out, "Usage: firpath %s COMMAND [ARGUMENT]... [OPTION]...\n\n", word);
		command_line(out, c);
	}
	if (found)
		str_addf(out, "\n'firpath %s COMMAND --help' tells more about each.\n", word);
	return found > 0;
}

void help_command(const struct call *c, struct str *out)
{
	const struct command *cmd = c->command;
	bool own = cmd->options && cmd->options->name;

	str_addf(out, "Usage: firpath %s%s%s [OPTION]...\n\n%s.\n", cmd->name, *cmd->args ? " " : "",
		 cmd->args, cmd->summary);
	if (own)
		str_add(out, "\nOptions\n");
	for (const struct option_row *o = cmd->options; o && o->name; o++)
		option_line(out, o);
	str_add(out, "\nCommon options\n");
	for (int i = 0; c->option[i]; i++) {
		bool common = true;

		for (const struct option_row *o = cmd->options; o && o->name; o++)
			common = common && o != c->option[i];
		if (common)
			option_line(out, c->option[i]);
	}
	if (cmd->notes)
		str_addf(out, "\n%s", cmd->notes);
}

/* The words that may stand at place n (0 = first) behind the words before, each with its prefix:
 * "import|cpl". */
void completion_bash(struct str *out)
{
	str_add(
	    out,
	    "# bash completion for firpath; load it with: source <(firpath completion bash)\n"
	    "_firpath() {\n"
	    "\tlocal cur=${COMP_WORDS[COMP_CWORD]} words= first=${COMP_WORDS[1]} second=${COMP_WORDS[2]}\n"
	    "\tCOMPREPLY=()\n"
	    "\tcase $COMP_CWORD:$first in\n"
	    "\t1:*) words='");
	for (const struct command *c = commands; c->name || c->summary; c++) {
		const char *end = c->name ? c->name + strcspn(c->name, " ") : NULL;
		bool seen = false;

		if (!end || c->flags & COMMAND_HIDDEN)
			continue;
		for (const struct command *b = commands; b != c; b++)
			seen = seen || (b->name && strncmp(b->name, c->name,
							   (size_t)(end - c->name) + (*end == ' ')) == 0);
		if (!seen)
			str_addf(out, "%.*s ", (int)(end - c->name), c->name);
	}
	str_add(out, "--help --version' ;;\n");
	for (const struct command *c = commands; c->name || c->summary; c++) {
		const char *blank = c->name ? strchr(c->name, ' ') : NULL;

		if (!blank || c->flags & COMMAND_HIDDEN ||
		    (c > commands && c[-1].name &&
		     strncmp(c[-1].name, c->name, (size_t)(blank - c->name) + 1) == 0))
			continue;
		str_addf(out, "\t2:%.*s) words='", (int)(blank - c->name), c->name);
		for (const struct command *b = commands; b->name || b->summary; b++)
			if (b->name && strncmp(b->name, c->name, (size_t)(blank - c->name) + 1) == 0)
				str_addf(out, "%s ", b->name + (blank - c->name) + 1);
		str_add(out, "' ;;\n");
	}
	str_add(out, "\tesac\n\tcase \"$first $second \" in\n");
	for (const struct command *c = commands; c->name || c->summary; c++) {
		struct call call = { .env = NULL };

		if (!c->name || c->flags & COMMAND_HIDDEN)
			continue;
		args_options(&call, c);
		str_addf(out, "\t'%s '*) [[ $cur != -* ]] || words='", c->name);
		for (int i = 0; call.option[i]; i++)
			str_addf(out, "--%s ", call.option[i]->name);
		str_add(out, "' ;;\n");
	}
	str_add(out, "\tesac\n"
		     "\tif [[ -n $words ]]; then COMPREPLY=($(compgen -W \"$words\" -- \"$cur\"))\n"
		     "\telse COMPREPLY=($(compgen -f -- \"$cur\")); fi\n"
		     "}\ncomplete -o filenames -F _firpath firpath\n");
}

int cmd_completion_bash(struct call *c, struct err *e)
{
	STR(text, 256 * 1024);

	completion_bash(&text);
	return call_write(c, str_c(&text), text.len, e);
}
