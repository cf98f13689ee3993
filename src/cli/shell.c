/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The shell of a Configuration Manager: lines are edited by libedit while a second connection follows the
 * log, in one wait for both. Made to be what sshd starts (ForceCommand): it knows the words of cm_words.h and
 * nothing else, starts no program, and switches off what libedit could start one with. The only file that
 * sees libedit.
 */
#include <fcntl.h>
#include <histedit.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "cli/client_stream.h"
#include "cli/cm.h"
#include "cli/cmd.h"
#include "cli/show.h"

#define HISTORY_LINES 500
#define HISTORY_BYTES (1 * MIB)
#define INPUT_BYTES 1024 /* of a line that is piped in */
#define FOREVER_MS INT64_C(3600000)

struct shell {
	struct call *c;
	char vehicle[CM_NAME_SIZE];
	EditLine *el;          /* owned */
	History *history;      /* owned */
	char *history_file;    /* owned; NULL = none is kept */
	struct stream *stream; /* owned; NULL = the log is not followed */
	struct page above;     /* what came while a line is typed */
	int64_t shown;         /* number of the question shown last, -1 = none stands */
	int64_t log_last;      /* number of the newest line of the log */
	bool away;             /* was told */
	bool over;
	char prompt[CM_NAME_SIZE + 64];
	char drawn[CM_NAME_SIZE + 64]; /* the prompt that stands on the terminal */
};

static struct shell *shell_of(EditLine *el)
{
	void *p = NULL;

	el_get(el, EL_CLIENTDATA, &p);
	return p;
}

/* ---- what the vehicle is doing ------------------------------------------------------------------------ */

/* libedit counts columns: one for each byte of ASCII, so nothing else goes into the prompt. */
static void set_prompt(struct shell *sh, const char *state, const char *mode)
{
	char *p = sh->prompt;

	snprintf(p, sizeof sh->prompt, "%.60s%s%.30s%s%.10s> ", sh->vehicle, *state ? " " : "", state,
		 *mode ? " " : "", mode);
	for (; *p; p++)
		if (*p < ' ' || *p > '~')
			*p = '?';
}

/* Takes state, mode and question from a status; a question that was not shown yet goes into `to`. */
static void take_status(struct shell *sh, const struct json *v, struct page *to)
{
	const struct json *prompt = json_get(v, "prompt");

	set_prompt(sh, json_bool(json_get(v, "running"), true) ? txt(v, "state") : "stopped", txt(v, "mode"));
	if (prompt && num(prompt, "seq") != sh->shown)
		show_cm_prompt(to, prompt, true);
	sh->shown = prompt ? num(prompt, "seq") : -1;
	if (num(v, "log_last") > sh->log_last)
		sh->log_last = num(v, "log_last");
}

static void refresh(struct shell *sh, struct page *to)
{
	OWN(json_free) struct json *v = NULL;
	struct err e;

	if (!cm_status(sh->c, sh->vehicle, &v, &e))
		take_status(sh, v, to); /* else the prompt stays: who types a command is told */
}

/* ---- one line ----------------------------------------------------------------------------------------- */

static void flush_page(struct shell *sh)
{
	struct page *p = &sh->c->page;

	fwrite(str_c(&p->text), 1, p->text.len, sh->c->env->out);
	fflush(sh->c->env->out);
	str_clear(&p->text);
}

static void tell(struct shell *sh, const struct err *e)
{
	FILE *chat = sh->c->env->chat;
	struct page p = { .colour = false };
	char buf[700];

	if (sh->c->json) {
		call_tell_error(sh->c, e);
		return;
	}
	str_init(&p.text, 4 * KIB);
	page_line(&p, "%s", err_text(e, buf, sizeof buf));
	fputs(str_c(&p.text), chat);
	fflush(chat);
	page_done(&p);
}

static const char *trimmed(char *line)
{
	size_t n = strlen(line);

	while (n && strchr(" \t\r\n", line[n - 1]))
		line[--n] = '\0';
	return line + strspn(line, " \t");
}

/* Obeys one line; returns its exit status. */
static int obey(struct shell *sh, const char *line)
{
	struct call *c = sh->c;
	struct cm_line l = { .command = CM_CMD_HELP };
	char answer[80];
	struct err e;

	c->exit = 0;
	if (strcmp(line, "exit") == 0 || strcmp(line, "quit") == 0) {
		sh->over = true;
		return 0;
	}
	if (sh->shown >= 0 && strspn(line, "0123456789") == strlen(line)) {
		snprintf(answer, sizeof answer, "answer %.20s", line);
		line = answer;
	}
	if (cm_line_parse(line, &l, &e) ||
	    cm_say(c, sh->vehicle, line, l.command == CM_CMD_ANSWER ? sh->shown : -1, true, &e)) {
		tell(sh, &e);
		return err_info(e.code)->exit;
	}
	if (strcmp(line, "help") == 0 && !c->json)
		page_line(&c->page,
			  "exit\n    Leave the shell. The arrow keys bring earlier lines back, the tabulator "
			  "completes words,\n    Ctrl-C clears the line.\n");
	flush_page(sh);
	return c->exit;
}

/* ---- lines from a pipe -------------------------------------------------------------------------------- */

/* The next line of standard input; one that is too long is given cut, and then refused by its length. */
static bool next_line(char *buf, size_t size)
{
	size_t n;
	int ch;

	if (!fgets(buf, (int)size, stdin))
		return false;
	n = strlen(buf);
	if (n && buf[n - 1] != '\n')
		while ((ch = getchar()) != EOF && ch != '\n')
			;
	return true;
}

static int run_pipe(struct shell *sh)
{
	char buf[INPUT_BYTES];
	int worst = 0;

	while (!sh->over && next_line(buf, sizeof buf)) {
		const char *line = trimmed(buf);
		int rc;

		if (!*line)
			continue;
		rc = obey(sh, line);
		worst = worst ? worst : rc;
		refresh(sh, &sh->c->page); /* numbers answer the question that stands now */
		if (sh->c->json)
			str_clear(&sh->c->page.text);
		flush_page(sh);
	}
	return worst;
}

/* ---- while a line is typed ---------------------------------------------------------------------------- */

/* A line of the log, or how the vehicle stands now. */
static void on_event(void *ctx, const char *name, const char *data, size_t len)
{
	OWN(json_free) struct json *j = NULL;
	struct shell *sh = ctx;
	struct err ignored;

	(void)name;
	if (json_parse(data, len, &j, &ignored))
		return;
	cm_event_text(sh->c, j, &sh->above);
	if (has(j, "state") && has(j, "mode"))
		take_status(sh, j, &sh->above);
}

/* Columns of the terminal, which may have changed since the start. */
static size_t columns(const struct shell *sh)
{
	struct winsize w;

	return ioctl(fileno(sh->c->env->out), TIOCGWINSZ, &w) == 0 && w.ws_col > 0 ? w.ws_col : 80;
}

/* Writes what came above the line that is being typed, and draws that line anew below. */
static void put_above(struct shell *sh)
{
	FILE *out = sh->c->env->out;
	const LineInfo *l = el_line(sh->el);
	size_t width = columns(sh), row = (strlen(sh->drawn) + (size_t)(l->cursor - l->buffer)) / width;

	if (!sh->above.text.len && strcmp(sh->drawn, sh->prompt) == 0)
		return;
	if (row)
		fprintf(out, "\033[%zuA", row);
	fputs("\r\033[J", out);
	fwrite(str_c(&sh->above.text), 1, sh->above.text.len, out);
	str_clear(&sh->above.text);
	fflush(out);
	el_set(sh->el, EL_REFRESH);
}

/* Waits for the keyboard and shows what the stream brings meanwhile. */
static void wait_for_key(struct shell *sh)
{
	struct pollfd p = { .fd = STDIN_FILENO, .events = POLLIN };
	bool readable = false;
	struct err e;

	while (sh->stream && !readable) {
		if (stream_wait(sh->stream, STDIN_FILENO, FOREVER_MS, &readable, &e)) {
			page_line(&sh->above, "The log cannot be followed: %s", e.msg);
			stream_close(sh->stream);
			sh->stream = NULL;
		} else if (stream_away(sh->stream) && !sh->away) {
			page_line(&sh->above, "%s", stream_away(sh->stream));
			sh->away = true;
		} else if (!stream_away(sh->stream) && sh->away) {
			page_line(&sh->above, "The service answers again.");
			sh->away = false;
			refresh(sh, &sh->above);
		}
		if (sh->above.text.len && !sh->away)
			refresh(sh, &sh->above);
		put_above(sh);
	}
	while (!readable && poll(&p, 1, -1) <= 0)
		;
}

static int read_key(EditLine *el, wchar_t *ret)
{
	unsigned char c;
	ssize_t n;

	do {
		wait_for_key(shell_of(el));
		n = read(STDIN_FILENO, &c, 1);
	} while (n == 1 && c >= 0x80); /* commands are ASCII; libedit takes bytes above it for Meta keys */
	*ret = n == 1 ? (wchar_t)c : L'\0';
	return n == 1 ? 1 : (int)n;
}

static char *prompt_text(EditLine *el)
{
	struct shell *sh = shell_of(el);

	str_copy(sh->drawn, sizeof sh->drawn, sh->prompt);
	return sh->drawn;
}

/* What all words that fit have in common beyond what was typed; returns how many fit. */
static int common_rest(const char *typed, size_t begun, char ret[32])
{
	char word[32];
	int n = 0;

	for (; cm_complete(typed, n, word); n++) {
		size_t same = 0;

		if (!n) {
			str_copy(ret, 32, word + (begun < strlen(word) ? begun : strlen(word)));
			continue;
		}
		while (ret[same] && ret[same] == word[begun + same])
			same++;
		ret[same] = '\0';
	}
	return n;
}

static unsigned char complete(EditLine *el, int ch)
{
	struct shell *sh = shell_of(el);
	const LineInfo *l = el_line(el);
	char typed[256], rest[33] = "", word[32];
	size_t n = (size_t)(l->cursor - l->buffer), begun;
	int fits;

	(void)ch;
	if (n >= sizeof typed)
		return CC_ERROR;
	str_copyn(typed, sizeof typed, l->buffer, n);
	begun = strlen(strrchr(typed, ' ') ? strrchr(typed, ' ') + 1 : typed);
	fits = common_rest(typed, begun, rest);
	if (fits == 1)
		str_copyn(rest + strlen(rest), 2, " ", 1);
	if (*rest)
		return el_insertstr(el, rest) ? CC_ERROR : CC_REFRESH;
	if (!fits)
		return CC_REFRESH_BEEP;
	for (int i = 0; cm_complete(typed, i, word); i++)
		str_addf(&sh->above.text, "%s%s", i ? "  " : "", word);
	str_addc(&sh->above.text, '\n');
	put_above(sh);
	return CC_NORM;
}

/* ---- history and terminal ----------------------------------------------------------------------------- */

/* ~/.local/state/firpath/cm_history, if it may be written. */
static char *find_history(void)
{
	const char *state = getenv("XDG_STATE_HOME"), *home = getenv("HOME");
	STR(path, 4 * KIB);
	struct stat st;
	struct err e;
	int fd;

	if (state && *state == '/')
		str_addf(&path, "%s/firpath", state);
	else if (home && *home == '/')
		str_addf(&path, "%s/.local/state/firpath", home);
	else
		return NULL;
	if (path.over || file_mkdirs(str_c(&path), &e))
		return NULL;
	str_add(&path, "/cm_history");
	fd = open(str_c(&path), O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return NULL;
	if (fstat(fd, &st) || !S_ISREG(st.st_mode) || st.st_size > (off_t)HISTORY_BYTES) {
		close(fd);
		return NULL;
	}
	close(fd);
	return str_take(&path);
}

/* libedit can be told to run an editor (vi-histedit), by a key bound to it or by its extended commands; here
 * no key leads to either. */
static int open_editor(struct shell *sh, struct err *e)
{
	static const char *const none[] = { "\\ex", "\\eX", "\\330", "\\370", "^X^X" };
	HistEvent ev;

	sh->el = el_init("firpath", stdin, sh->c->env->out, sh->c->env->chat);
	sh->history = history_init();
	if (!sh->el || !sh->history)
		return err_set(e, ERR_INTERNAL, "the terminal cannot be set up; use 'firpath cm' instead");
	el_set(sh->el, EL_CLIENTDATA, sh);
	el_set(sh->el, EL_EDITOR, "emacs");
	el_set(sh->el, EL_SIGNAL, 1); /* size changes, and the terminal put right when we are ended */
	el_set(sh->el, EL_SETTY, "-d", "-isig", NULL); /* Ctrl-C is a key: it clears the line */
	el_set(sh->el, EL_PROMPT, prompt_text);
	el_set(sh->el, EL_GETCFN, read_key);
	/* wide: the narrow call leaves copies of these behind */
	el_wset(sh->el, EL_ADDFN, L"firpath-complete", L"completes a word of a command", complete);
	for (size_t i = 0; i < sizeof none / sizeof *none; i++)
		el_set(sh->el, EL_BIND, none[i], "ed-unassigned", NULL);
	el_set(sh->el, EL_BIND, "^I", "firpath-complete", NULL);
	el_set(sh->el, EL_BIND, "^C", "em-kill-line", NULL);
	history(sh->history, &ev, H_SETSIZE, HISTORY_LINES);
	history(sh->history, &ev, H_SETUNIQUE, 1);
	sh->history_file = find_history();
	if (sh->history_file)
		history(sh->history, &ev, H_LOAD, sh->history_file);
	el_set(sh->el, EL_HIST, history, sh->history);
	return OK;
}

static void remember(struct shell *sh, const char *line)
{
	HistEvent ev;

	history(sh->history, &ev, H_ENTER, line);
	if (sh->history_file)
		history(sh->history, &ev, H_SAVE, sh->history_file);
}

static int run_terminal(struct shell *sh, struct err *e)
{
	FILE *out = sh->c->env->out;
	struct client *client;
	STR(url, 4 * KIB);
	char since[24];

	/* A key that is pressed too late, while a command runs, must not end the shell; Ctrl-\ does. */
	signal(SIGINT, SIG_IGN);
	if (open_editor(sh, e) || call_client(sh->c, &client, e))
		return (int)e->code;
	refresh(sh, &sh->c->page);
	flush_page(sh);
	snprintf(since, sizeof since, "%" PRId64, sh->log_last);
	cm_url(sh->vehicle, "/log", &url);
	url_add(&url, "since", since);
	if (stream_open(client, str_c(&url), NULL, on_event, sh, &sh->stream, e))
		return (int)e->code;
	fprintf(out, "%s %s. 'help' lists the commands, 'exit' leaves.\n",
		"firpath Configuration Manager shell", PACKAGE_VERSION);
	while (!sh->over) {
		char buf[INPUT_BYTES];
		const char *line;
		int n = 0;

		refresh(sh, &sh->c->page);
		flush_page(sh);
		line = el_gets(sh->el, &n);
		if (!line || n <= 0)
			break;
		str_copy(buf, sizeof buf, line);
		line = trimmed(buf);
		if (!*line)
			continue;
		remember(sh, line);
		obey(sh, line);
	}
	if (!sh->over)
		fputc('\n', out);
	return OK;
}

static void shell_done(struct shell *sh)
{
	if (sh->stream)
		stream_close(sh->stream);
	if (sh->el)
		el_end(sh->el);
	if (sh->history)
		history_end(sh->history);
	free(sh->history_file);
	page_done(&sh->above);
}
DEFINE_OWN_VAL(struct shell, shell_done)

int cmd_cm_shell(struct call *c, struct err *e)
{
	OWN(shell_done) struct shell sh = { .c = c, .shown = -1 };
	const char *forced = getenv("SSH_ORIGINAL_COMMAND");
	char buf[INPUT_BYTES];
	struct cm_line l;

	page_init(&sh.above, c->env->out, MIB);
	if (forced && *forced) {
		if (!str_copy(buf, sizeof buf, forced))
			return err_set(e, ERR_USAGE, "that is too long for a command");
		/* What is no command is refused before anything is asked. */
		if (cm_line_parse(trimmed(buf), &l, e) || cm_vehicle(c, sh.vehicle, e))
			return (int)e->code;
		return cm_say(c, sh.vehicle, trimmed(buf), -1, false, e);
	}
	if (cm_vehicle(c, sh.vehicle, e))
		return (int)e->code;
	set_prompt(&sh, "", "");
	if (isatty(STDIN_FILENO) && isatty(fileno(c->env->out)))
		return run_terminal(&sh, e);
	refresh(&sh, &c->page);
	str_clear(&c->page.text);
	c->exit = run_pipe(&sh);
	return OK;
}
