/* SPDX-License-Identifier: Apache-2.0 */
/* The command line as users call it: what is understood, what is refused and how, help and completion. No
 * service runs; what needs data is in tests/api/test_cli.py. */
#include <fcntl.h>
#include <sys/wait.h>

#include "base/file.h"
#include "base/mem.h"
#include "cli/args.h"
#include "cli/cli.h"
#include "cli/command.h"
#include "cli/help.h"
#include "testing.h"

/* One run: exit status and what was printed. */
struct ran {
	int exit;
	char *out, *chat; /* owned */
};

static void ran_done(struct ran *r)
{
	free(r->out);
	free(r->chat);
}
DEFINE_OWN_VAL(struct ran, ran_done)

/* Runs "firpath" with the words of a line (blanks separate them). */
static struct ran run(const char *line)
{
	struct ran r = { 0, NULL, NULL };
	size_t nout, nchat;
	FILE *out = open_memstream(&r.out, &nout), *chat = open_memstream(&r.chat, &nchat);
	struct cli_env env = { out, chat, clock_system() };
	char *text = mem_strdup(line), *argv[32], *save = NULL;
	int argc = 0;

	argv[argc++] = (char *)(uintptr_t) "firpath";
	for (char *w = strtok_r(text, " ", &save); w && argc < 31; w = strtok_r(NULL, " ", &save))
		argv[argc++] = w;
	argv[argc] = NULL;
	r.exit = cli_main(argc, argv, &env);
	fclose(out);
	fclose(chat);
	free(text);
	return r;
}

#define ck_has(text, part) ck_assert_msg(strstr(text, part) != NULL, "'%s' is not in:\n%s", part, text)

START_TEST(what_is_not_understood_is_refused_with_what_may_have_been_meant)
{
	static const struct {
		const char *line, *says;
	} cases[] = {
		{ "", "a command is missing" },
		{ "pth", "there is no command 'pth'; did you mean 'path'?" },
		{ "import cp x", "did you mean 'import cpl'?" },
		{ "campaign strat x", "did you mean 'campaign start'?" },
		{ "import", "'import' wants one of these words behind it: cpl, statements" },
		{ "frobnicate", "there is no command 'frobnicate'" },
		{ "path --form 1", "there is no option '--form'; did you mean '--from'?" },
		{ "path --fro 1 --to 2", "there is no option '--fro'; did you mean '--from'?" },
		{ "path --from", "the option '--from' wants a value: ID" },
		{ "path --from 1 --from 2", "the option '--from' is given twice" },
		{ "--db x path --db y", "the option '--db' is given twice" },
		{ "path --json=1", "the option '--json' takes no value" },
		{ "path -x", "there is no option '-x'" },
		{ "--dbb x path", "there is no option '--dbb'; did you mean '--db'?" },
		{ "campaign list --db x", "there is no option '--db'" },
		{ "--db x campaign list", "'firpath campaign list' has no option '--db'" },
		{ "path --db x --server http://127.0.0.1:1 --from 1 --to 2",
		  "--db and --server exclude each other" },
		{ "path --to 2 --db x", "'firpath path' wants --from" },
		{ "path --from 1 --db x", "'firpath path' wants --to" },
		{ "entry show", "'firpath entry show' wants ID" },
		{ "entry show 1 2", "does not know what to do with '2'" },
		{ "image add", "'firpath image add' wants FILE..." },
		{ "path --bulk x --from 1", "--bulk brings its own questions" },
		{ "export cpl --db x --json", "leave --json away" },
		{ "entry list --limit -1 --db x", "--limit: -1 is not between" },
		{ "campaign create --name x", "'firpath campaign create' wants --target" },
		{ "campaign create --name x --target latest", "say who takes part" },
		{ "campaign create --name x --target latest --all --devices f", "say who takes part" },
		{ "campaign create --name x --target latest --all --max-active 0",
		  "--max-active: 0 is not between" },
		{ "campaign watch x --interval soon", "--interval: 'soon' is not a duration" },
		{ "import show x", "'x' is not the number of an import" },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		OWN(ran_done) struct ran r = run(cases[i].line);

		ck_assert_msg(r.exit == 2, "'%s' ended with %d: %s", cases[i].line, r.exit, r.chat);
		ck_has(r.chat, cases[i].says);
		ck_assert_msg(!*r.out || strstr(cases[i].line, "--json"), "'%s' printed %s", cases[i].line,
			      r.out);
	}
}
END_TEST

START_TEST(an_error_that_repeats_what_others_wrote_does_not_drive_the_terminal)
{
	OWN(ran_done)
	struct ran r = run("lint --db x --config a\x1b[2J\xc2\x9b"
			   "31m\xe2\x80\xae"
			   "cba");

	ck_assert_int_ne(r.exit, 0);
	ck_has(r.chat, "'a?[2J?31m?cba'");
	ck_assert_ptr_null(strpbrk(r.chat, "\x1b\xc2\xe2"));
}
END_TEST

START_TEST(with_json_an_error_is_an_object_on_the_output_too)
{
	OWN(ran_done) struct ran r = run("entry show 1 2 --json"), before = run("--json path --form x");
	OWN(json_free) struct json *j = NULL;
	struct err e;

	ck_assert_int_eq(r.exit, 2);
	ck_ok(json_parse(r.out, strlen(r.out), &j, &e));
	ck_assert_str_eq(json_text(json_get(j, "code")), "usage");
	ck_has(json_text(json_get(j, "detail")), "does not know");
	ck_assert_ptr_nonnull(json_text(json_get(j, "next")));
	ck_has(r.chat, "firpath: ");
	ck_has(before.out, "\"code\":\"usage\"");
}
END_TEST

START_TEST(a_missing_service_store_or_file_is_named)
{
	static const struct {
		const char *line, *says;
		int exit;
	} cases[] = {
		{ "path --from 1 --to 2 --server http://127.0.0.1:1", "nobody answers at http://127.0.0.1:1",
		  1 },
		{ "path --from 1 --to 2 --server nonsense", "'nonsense' is not the address of a service", 2 },
		{ "path --from 1 --to 2 --db /nonexistent/x.db", "/nonexistent/x.db", 1 },
		{ "path --bulk /nonexistent/q.csv --db x", "there is no file '/nonexistent/q.csv'", 3 },
		{ "image add /nonexistent/i --server http://127.0.0.1:1", "there is no file '/nonexistent/i'",
		  3 },
		{ "device import /nonexistent/d.csv --server http://127.0.0.1:1",
		  "there is no file '/nonexistent/d.csv'", 3 },
		{ "lint --config /nonexistent/c --db x", "there is no file '/nonexistent/c'", 2 },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		OWN(ran_done) struct ran r = run(cases[i].line);

		ck_assert_msg(r.exit == cases[i].exit, "'%s' ended with %d: %s", cases[i].line, r.exit,
			      r.chat);
		ck_has(r.chat, cases[i].says);
	}
}
END_TEST

START_TEST(no_store_is_made_for_a_missing_file_or_a_dry_run)
{
	char dir[256], db[300], line[900];
	OWN(ran_done) struct ran missing = { 0 }, dry = { 0 };

	snprintf(db, sizeof db, "%s/s.db", test_dir_new(dir, sizeof dir));
	snprintf(line, sizeof line, "import cpl /nonexistent/cpl.csv --db %s", db);
	missing = run(line);
	ck_assert_int_eq(missing.exit, 3);
	ck_has(missing.chat, "cpl.csv: there is no such file");
	ck_assert_int_ne(access(db, F_OK), 0);
	snprintf(line, sizeof line, "import cpl " SRCDIR "/contrib/sample/cpl.csv --dry-run --db %s", db);
	dry = run(line);
	ck_assert_int_eq(dry.exit, 1);
	ck_has(dry.chat, "there is no store");
	ck_assert_int_ne(access(db, F_OK), 0);
	rmdir(dir);
}
END_TEST

START_TEST(help_lists_every_command_and_every_option_of_a_command)
{
	OWN(ran_done) struct ran all = run("--help"), path = run("path --help"), version = run("--version");
	OWN(ran_done) struct ran early = run("--help path"), entry = run("entry list --help");
	OWN(ran_done) struct ran group = run("import --help");

	ck_assert_int_eq(all.exit + path.exit + version.exit + early.exit, 0);
	for (const struct command *c = commands; c->name || c->summary; c++)
		if (c->name && !(c->flags & COMMAND_HIDDEN)) {
			ck_has(all.out, c->name);
			ck_has(all.out, c->summary);
		}
	ck_has(path.out, "Usage: firpath path");
	ck_has(path.out, "--bulk FILE");
	ck_has(path.out, "--db STORE");
	ck_has(path.out, "Exit status");
	ck_assert_str_eq(version.out, "firpath " PACKAGE_VERSION "\n");
	ck_has(early.out, "Usage: firpath path");
	ck_assert_int_eq(group.exit, 0);
	ck_has(group.out, "import statements FILE");
	ck_assert_ptr_null(strstr(group.out, "export"));
	/* A command's own --version does not print the version of the program. */
	ck_has(entry.out, "--version FFFFFFFF");
	ck_assert_ptr_null(strstr(entry.out, "the version of the program"));
}
END_TEST

START_TEST(rows_are_complete_and_options_unique)
{
	for (const struct command *c = commands; c->name || c->summary; c++) {
		struct call call = { .env = NULL };

		ck_assert_uint_gt(strlen(c->summary), 3);
		ck_assert_msg(c->summary[strlen(c->summary) - 1] != '.', "%s", c->summary);
		if (!c->name)
			continue;
		ck_assert_ptr_nonnull(c->run);
		args_options(&call, c);
		for (int i = 0; call.option[i]; i++) {
			ck_assert_uint_gt(strlen(call.option[i]->help), 5);
			for (int k = 0; k < i; k++) {
				/* an option that may be given twice has its rows side by side */
				ck_assert(k + 1 == i || i + 1 == k ||
					  strcmp(call.option[i]->name, call.option[k]->name));
				ck_assert(!call.option[i]->letter ||
					  call.option[i]->letter != call.option[k]->letter);
			}
		}
		ck_assert_int_eq(call.option[0] != NULL, 1);
	}
}
END_TEST

START_TEST(the_completion_knows_commands_and_options_and_bash_takes_it)
{
	OWN(ran_done) struct ran r = run("completion bash");
	char dir[256], path[300];
	struct err e;
	int status;
	pid_t pid;

	ck_assert_int_eq(r.exit, 0);
	ck_has(r.out, "'path check entry model search ");
	ck_has(r.out, " device site report image campaign ");
	ck_has(r.out, " --help --version'");
	ck_has(r.out, "2:import) words='cpl statements show accept reject undo reset-serial");
	ck_has(r.out, "'campaign create '*)");
	ck_has(r.out, "--max-active");
	ck_assert_ptr_null(strstr(r.out, "completion bash ")); /* hidden */
	test_dir_new(dir, sizeof dir);
	snprintf(path, sizeof path, "%s/c.bash", dir);
	ck_ok(file_replace(path, r.out, strlen(r.out), &e));
	pid = fork();
	if (pid == 0) {
		static const char script[] =
		    ". \"$0\" && COMP_WORDS=(firpath path --fr) COMP_CWORD=2 && _firpath && [ "
		    "\"${COMPREPLY[*]}\" = --from ] && "
		    "COMP_WORDS=(firpath import c) && _firpath && [ \"${COMPREPLY[*]}\" = cpl ]";

		execlp("bash", "bash", "-uc", script, path, (char *)NULL);
		_exit(127);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
	test_dir_free(dir);
}
END_TEST

START_TEST(the_environment_and_the_configuration_name_the_service)
{
	char dir[256], path[300], line[600];
	struct err e;

	test_dir_new(dir, sizeof dir);
	snprintf(path, sizeof path, "%s/firpath.conf", dir);
	ck_ok(file_replace(path, "server = http://127.0.0.1:2\ntoken = x\n", 38, &e));
	snprintf(line, sizeof line, "lint --config %s", path);
	OWN(ran_done) struct ran file = run(line);
	ck_has(file.chat, "http://127.0.0.1:2");
	ck_has(file.chat, "others can read it"); /* the file has mode 0640 */
	setenv("FIRPATH_SERVER", "http://127.0.0.1:3", 1);
	OWN(ran_done) struct ran env = run(line);
	ck_has(env.chat, "http://127.0.0.1:3");
	snprintf(line, sizeof line, "lint --config %s --server http://127.0.0.1:4", path);
	OWN(ran_done) struct ran option = run(line);
	ck_has(option.chat, "http://127.0.0.1:4");
	setenv("FIRPATH_TOKEN", "y", 1);
	OWN(ran_done) struct ran remote = run("lint --server http://firpath.example");
	ck_assert_int_eq(remote.exit, 4);
	ck_has(remote.chat, "not sent in the clear");
	unsetenv("FIRPATH_SERVER");
	unsetenv("FIRPATH_TOKEN");
	ck_ok(file_replace(path, "sevrer = x\n", 11, &e));
	snprintf(line, sizeof line, "lint --config %s --db x", path);
	OWN(ran_done) struct ran wrong = run(line);
	ck_assert_int_eq(wrong.exit, 2);
	ck_has(wrong.chat, "firpath.conf:1: there is no key 'sevrer'; did you mean 'server'?");
	test_dir_free(dir);
}
END_TEST

START_TEST(an_output_that_cannot_be_written_is_a_failure)
{
	FILE *full = fopen("/dev/full", "w");
	char *chat_text = NULL;
	size_t n;
	FILE *chat = open_memstream(&chat_text, &n);
	struct cli_env env = { full, chat, clock_system() };
	char *argv[] = { (char *)(uintptr_t) "firpath", (char *)(uintptr_t) "--help", NULL };

	ck_assert_ptr_nonnull(full);
	ck_assert_int_eq(cli_main(2, argv, &env), 1);
	fclose(chat);
	ck_has(chat_text, "the output cannot be written");
	free(chat_text);
	fclose(full);
}
END_TEST

int main(void)
{
	const TTest *all[] = {
		what_is_not_understood_is_refused_with_what_may_have_been_meant,
		an_error_that_repeats_what_others_wrote_does_not_drive_the_terminal,
		with_json_an_error_is_an_object_on_the_output_too,
		a_missing_service_store_or_file_is_named,
		no_store_is_made_for_a_missing_file_or_a_dry_run,
		help_lists_every_command_and_every_option_of_a_command,
		rows_are_complete_and_options_unique,
		the_completion_knows_commands_and_options_and_bash_takes_it,
		the_environment_and_the_configuration_name_the_service,
		an_output_that_cannot_be_written_is_a_failure,
	};

	unsetenv("FIRPATH_SERVER");
	unsetenv("FIRPATH_TOKEN");
	setenv("XDG_CONFIG_HOME", "/nonexistent", 1);
	return RUN_TESTS("cli", all);
}
