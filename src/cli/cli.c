/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/cli.h"

#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/parse.h"
#include "cli/args.h"
#include "cli/client.h"
#include "cli/command.h"
#include "cli/help.h"
#include "cli/page.h"

static const struct conf_key conf_keys[] = {
	{ "server", CONF_TEXT, "http://127.0.0.1:8231", 0, 0, "Address of the firpath service." },
	{ "token", CONF_TEXT, "", 0, 0, "Token that the service asks for." },
	{ "ca_file", CONF_TEXT, "", 0, 0, "Certificates to trust instead of the system's." },
	{ "timeout", CONF_DURATION, "60s", 100, 3600000, "Longest wait for an answer." },
	{ NULL, CONF_TEXT, NULL, 0, 0, NULL },
};

const struct option_row common_options[] = {
	{ "server", 0, "URL", "the service to ask; default $FIRPATH_SERVER or http://127.0.0.1:8231" },
	{ "db", 0, "STORE", "work on this store itself: a file, or postgresql://..." },
	{ "config", 0, "FILE", "configuration; default ~/.config/firpath/firpath.conf when it is there" },
	{ "json", 0, NULL, "JSON instead of text" },
	{ "quiet", 'q', NULL, "no chatter on standard error" },
	{ "help", 'h', NULL, "this help" },
	{ "version", 'V', NULL, "the version of the program" },
	END_OF_OPTIONS,
};

/* A token that others can read is no secret any more. */
static void check_mode(const struct call *c, const char *path)
{
	struct stat st;

	if (*conf_text(c->conf, "token") && stat(path, &st) == 0 && (st.st_mode & 077))
		call_say(c, "firpath: %s holds a token and others can read it; chmod 600 it", path);
}

/* Defaults, then the file, the environment, the options. */
static int read_conf(struct call *c, struct err *e)
{
	const char *path = call_opt(c, "config"), *home = getenv("XDG_CONFIG_HOME"), *s;
	STR(found, 4 * KIB);

	c->conf = conf_new(conf_keys);
	if (!path) {
		if (home && *home)
			str_addf(&found, "%s/firpath/firpath.conf", home);
		else if ((home = getenv("HOME")) != NULL && *home)
			str_addf(&found, "%s/.config/firpath/firpath.conf", home);
		if (found.len && access(str_c(&found), F_OK) == 0) /* unreadable is an error, not absent */
			path = str_c(&found);
	}
	if (path) {
		if (conf_load(c->conf, path, e))
			return (int)e->code;
		check_mode(c, path);
	}
	if ((s = getenv("FIRPATH_SERVER")) != NULL && *s &&
	    conf_set(c->conf, "server", s, "FIRPATH_SERVER", e))
		return (int)e->code;
	if ((s = getenv("FIRPATH_TOKEN")) != NULL && *s && conf_set(c->conf, "token", s, "FIRPATH_TOKEN", e))
		return (int)e->code;
	if ((s = call_opt(c, "server")) != NULL && conf_set(c->conf, "server", s, "--server", e))
		return (int)e->code;
	return OK;
}

static void find_user(struct call *c)
{
	const struct passwd *pw = getpwuid(getuid());

	if (pw)
		snprintf(c->who, sizeof c->who, "cli:%s", pw->pw_name);
	else
		snprintf(c->who, sizeof c->who, "cli:%u", (unsigned)getuid());
}

static int check_connection(const struct call *c, struct err *e)
{
	const char *db = call_opt(c, "db");

	if (db && call_has(c, "server"))
		return err_set(e, ERR_USAGE, "--db and --server exclude each other");
	if (db && !*db)
		return err_set(e, ERR_USAGE, "--db wants a file or postgresql://...");
	if ((c->command->flags & (COMMAND_STORE | COMMAND_SERVER)) == COMMAND_STORE && !db)
		return err_set(e, ERR_USAGE, "'firpath %s' works on a store: it wants --db",
			       c->command->name);
	return OK;
}

/* A switch of every command; a command may have an option of its own with the same name (entry list
 * --version). */
static bool common_given(const struct call *c, const char *name)
{
	for (int i = 0; c->option[i]; i++)
		if (!c->option[i]->value && strcmp(c->option[i]->name, name) == 0)
			return c->value[i] != NULL;
	return false;
}

/* Help and version need nothing else to be right. */
static bool answered_here(struct call *c)
{
	STR(text, 64 * KIB);

	if (common_given(c, "help") && c->command)
		help_command(c, &text);
	else if (common_given(c, "help"))
		help_all(&text);
	else if (common_given(c, "version"))
		str_add(&text, "firpath " PACKAGE_VERSION "\n");
	else
		return false;
	fwrite(str_c(&text), 1, text.len, c->env->out);
	return true;
}

/* "user --help": the first word of several commands and no more. */
static bool group_answered(const struct call *c, int argc, char **argv)
{
	STR(text, 64 * KIB);

	if (argc != 2 || (strcmp(argv[1], "--help") != 0 && strcmp(argv[1], "-h") != 0) ||
	    !help_group(argv[0], &text))
		return false;
	fwrite(str_c(&text), 1, text.len, c->env->out);
	return true;
}

static int parse_all(struct call *c, int argc, char **argv, bool *ret_done, struct err *e)
{
	const struct command *cmd = NULL;
	const char *early[OPTIONS_MAX];
	const struct option_row *early_option[OPTIONS_MAX + 1];
	int rest = 0, words = 0;

	/* Common options may stand before the command. */
	args_options(c, NULL);
	if (args_parse(c, argc, argv, true, &rest, e))
		return (int)e->code;
	c->json = call_has(c, "json");
	if (rest >= argc) {
		*ret_done = answered_here(c);
		return *ret_done ? OK
				 : err_set(e, ERR_USAGE, "a command is missing; firpath --help lists them");
	}
	if (group_answered(c, argc - rest, argv + rest)) {
		*ret_done = true;
		return OK;
	}
	if (args_command(argc - rest, argv + rest, &cmd, &words, e))
		return (int)e->code;
	memcpy(early, c->value, sizeof early);
	memcpy(early_option, c->option, sizeof early_option);
	memset(c->value, 0, sizeof c->value);
	args_options(c, cmd);
	argc -= rest + words - 1;
	argv += rest + words - 1; /* argv[0] is the last word of the command: getopt skips it */
	if (args_parse(c, argc, argv, false, &rest, e))
		return (int)e->code;
	for (int i = 0; early_option[i]; i++) {
		int k = 0;

		while (early[i] && c->option[k] && c->option[k] != early_option[i])
			k++;
		if (early[i] && !c->option[k])
			return err_set(e, ERR_USAGE, "'firpath %s' has no option '--%s'", cmd->name,
				       early_option[i]->name);
		if (early[i] && c->value[k] && early_option[i]->value)
			return err_set(e, ERR_USAGE, "the option '--%s' is given twice",
				       early_option[i]->name);
		if (early[i])
			c->value[k] = early[i];
	}
	c->arg = argv + rest;
	c->nargs = argc - rest;
	c->json = call_has(c, "json");
	c->quiet = call_has(c, "quiet");
	*ret_done = answered_here(c);
	return *ret_done ? OK : args_count(c, e);
}

/* The reason goes to the audit chain, which is read by people and programs: text, and nothing that drives
 * either. */
static int check_why(const struct call *c, struct err *e)
{
	const char *why = call_opt(c, "why");
	bool ok = !why || parse_utf8_ok(why, strlen(why));

	for (; ok && why && *why; why++)
		ok = (unsigned char)*why >= ' ' && *why != 0x7f;
	return ok ? OK : err_set(e, ERR_USAGE, "--why must be one line of UTF-8 text");
}

static int run_call(struct call *c, int argc, char **argv, struct err *e)
{
	bool done = false;

	if (parse_all(c, argc, argv, &done, e) || done)
		return done ? OK : (int)e->code;
	if (check_why(c, e) || check_connection(c, e) || read_conf(c, e))
		return (int)e->code;
	find_user(c);
	if (c->command->run(c, e))
		return (int)e->code;
	if (c->page.text.over)
		return err_set(e, ERR_TOO_LARGE, "the answer is larger than %zu bytes of text; use --json",
			       c->page.text.max);
	return call_write(c, str_c(&c->page.text), c->page.text.len, e);
}

/* What a service says may repeat what others wrote: Names of Manifests, of folders. */
static void say_safely(const struct call *c, const char *before, const char *text)
{
	struct page p = { .colour = false };

	str_init(&p.text, 4 * KIB);
	page_line(&p, "%s%s", before, text);
	fputs(str_c(&p.text), c->env->chat);
	page_done(&p);
}

/* One place of an input and what is wrong there. */
static void tell_problems(const struct call *c)
{
	OWN(json_free) struct json *j = NULL;
	struct err ignored;

	if (!c->problems.len || json_parse(c->problems.p, c->problems.len, &j, &ignored))
		return;
	for (size_t i = 0; i < json_len(j); i++) {
		const struct json *p = json_at(j, i);
		const char *detail = json_text(json_get(p, "detail")),
			   *where = json_text(json_get(p, "where"));
		struct err one;
		char text[700];

		if (!where)
			where = json_text(json_get(p, "pointer"));
		err_set(&one, ERR_INVALID, "%s", detail ? detail : "not valid");
		err_at(&one, where, json_int(json_get(p, "line"), 0), json_int(json_get(p, "column"), 0));
		say_safely(c, "  ", err_text(&one, text, sizeof text));
	}
}

void call_tell_error(struct call *c, const struct err *e)
{
	const struct err_info *info = err_info(e->code);
	char text[700];

	fflush(c->env->out);
	say_safely(c, "firpath: ", err_text(e, text, sizeof text));
	tell_problems(c);
	if (e->code == ERR_USAGE && c->command)
		fprintf(c->env->chat, "  'firpath %s --help' shows how it is called.\n", c->command->name);
	else
		fprintf(c->env->chat, "  %s\n", info->next);
	if (c->json) {
		STR(out, 2 * MIB);
		struct jw w = jw_start(&out);

		jw_obj(&w);
		jw_kstr(&w, "title", info->title);
		jw_kint(&w, "status", info->http);
		jw_kstr(&w, "code", info->code);
		jw_kstr(&w, "detail", text);
		jw_kstr(&w, "next", info->next);
		if (c->problems.len) {
			jw_key(&w, "errors");
			jw_raw(&w, c->problems.p, c->problems.len);
		}
		jw_end(&w);
		str_addc(&out, '\n');
		fwrite(out.p, 1, out.len, c->env->out);
	}
}

static void call_done(struct call *c)
{
	conf_free(c->conf);
	client_free(c->client);
	snapshot_free(c->snap);
	if (c->db)
		db_close(c->db);
	page_done(&c->page);
	str_done(&c->problems);
}

int cli_main(int argc, char **argv, const struct cli_env *env)
{
	struct call c = { .env = env };
	struct err e = { 0 };
	int rc;

	page_init(&c.page, env->out, ANSWER_MAX);
	str_init(&c.problems, 1 * MIB);
	rc = run_call(&c, argc, argv, &e);
	if (rc)
		call_tell_error(&c, &e);
	if ((fflush(env->out) || ferror(env->out)) && !rc) {
		rc = call_unwritten(&e);
		call_tell_error(&c, &e);
	}
	rc = rc ? err_info(e.code)->exit : c.exit;
	call_done(&c);
	return rc;
}
