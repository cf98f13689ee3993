/* SPDX-License-Identifier: Apache-2.0 */
#include "model/cm_words.h"

#include <stdio.h>
#include <string.h>

#include "base/parse.h"
#include "base/str.h"

#define LINE_MAX_BYTES 200
#define TOKENS_MAX 24
#define TOKEN_SIZE 32

/* What stands behind the fixed words of a form. */
enum slot {
	SLOT_NONE,
	SLOT_VC,        /* <1..n>: a Vehicle Configuration */
	SLOT_BB,        /* [1..n]: a Building Block, or none for all */
	SLOT_ALL_OR_BB, /* <all, n> */
	SLOT_MODE,      /* <auto, manual>: chooses the verb */
	SLOT_SYNC,      /* <normal, update>: chooses the verb */
	SLOT_LEVEL,     /* <normal, extended> */
	SLOT_FILTERS,   /* of show log */
	SLOT_CHOICE,    /* of a prompt: words or a number */
	SLOT_COMMAND    /* [command] */
};

static const struct form {
	struct cm_word word;
	enum cm_command command;
	enum site_verb verb;
	enum slot slot;
} forms[] = {
	/* clang-format off */
	{ { "start", "Start the Configuration Manager; it stays started over restarts.", "any", "F1" },
	  CM_CMD_VERB, SITE_DO_START, SLOT_NONE },
	{ { "stop", "Stop the Configuration Manager; it stays stopped over restarts.", "any", "F2" },
	  CM_CMD_VERB, SITE_DO_STOP, SLOT_NONE },
	{ { "vcs", "List all stored Vehicle Configurations.", "any", "F3" },
	  CM_CMD_VCS, SITE_VERBS, SLOT_NONE },
	{ { "activate vc <1..n>", "Make a Vehicle Configuration the active one.", "Normal Operation and Update Completed", "F4" },
	  CM_CMD_ACTIVATE, SITE_VERBS, SLOT_VC },
	{ { "verify vc <1..n>", "Verify a Vehicle Configuration with every file it depends on.", "any", "F5" },
	  CM_CMD_VERIFY, SITE_VERBS, SLOT_VC },
	{ { "list bb [1..n]", "Status of one Building Block, or of all.", "any", "F6" },
	  CM_CMD_LIST_BB, SITE_VERBS, SLOT_BB },
	{ { "mode <auto, manual>", "Let the Configuration Manager decide by itself, or ask at each step.", "any", "F7" },
	  CM_CMD_VERB, SITE_DO_MODE_AUTO, SLOT_MODE },
	{ { "version", "Name, start/stop state and version of the Configuration Manager.", "any", "F8" },
	  CM_CMD_VERSION, SITE_VERBS, SLOT_NONE },
	{ { "log <normal, extended>", "How much the log shows.", "any", "F9" },
	  CM_CMD_LOG_MODE, SITE_VERBS, SLOT_LEVEL },
	{ { "request update", "Request the update of all Building Blocks.", "Normal Operation", "F10" },
	  CM_CMD_VERB, SITE_DO_REQUEST, SLOT_NONE },
	{ { "cancel update", "Cancel the update that was requested or accepted.", "Update Pending, or while a request waits", "F11" },
	  CM_CMD_VERB, SITE_DO_CANCEL, SLOT_NONE },
	{ { "trigger update", "Start the accepted update, or repeat it after a failure.", "Update Pending and Update Completed", "F12" },
	  CM_CMD_VERB, SITE_DO_TRIGGER, SLOT_NONE },
	{ { "restart <all, n>", "Restart Building Blocks; in state Error: the Configuration Manager.", "Update Completed, Error; Entry Operation for Building Blocks in their error state", "F13" },
	  CM_CMD_VERB, SITE_DO_RESTART, SLOT_ALL_OR_BB },
	{ { "normal operation <all, n>", "Send Building Blocks back to Normal Operation.", "Update Completed", "F14" },
	  CM_CMD_VERB, SITE_DO_NORMAL, SLOT_ALL_OR_BB },
	{ { "accept update <all, n>", "Test: the simulated application permits the update.", "while a request or a restart waits for the application", "F15" },
	  CM_CMD_VERB, SITE_DO_PERMIT, SLOT_ALL_OR_BB },
	{ { "reject update <all, n>", "Test: the simulated application denies the update.", "while a request or a restart waits for the application", "Z22" },
	  CM_CMD_VERB, SITE_DO_DENY, SLOT_ALL_OR_BB },
	{ { "rollback", "Make the previous Vehicle Configuration active and trigger it.", "Update Completed", "Z22" },
	  CM_CMD_VERB, SITE_DO_ROLLBACK, SLOT_NONE },
	{ { "sync <normal, update>", "Bring Building Blocks in different states to one.", "Entry Operation", "Z22" },
	  CM_CMD_VERB, SITE_DO_SYNC_NORMAL, SLOT_SYNC },
	{ { "shutdown", "Shut the Building Blocks down.", "Update Completed and Error", "Z22" },
	  CM_CMD_VERB, SITE_DO_SHUTDOWN, SLOT_NONE },
	{ { "status", "State, mode, active Vehicle Configuration, question and progress.", "any", "Z22" },
	  CM_CMD_STATUS, SITE_VERBS, SLOT_NONE },
	{ { "show log [normal|extended] [bb <n>] [event <word>] [last <n>]", "Lines of the log.", "any", "Z22" },
	  CM_CMD_SHOW_LOG, SITE_VERBS, SLOT_FILTERS },
	{ { "answer <choice>", "Answer the standing question, by the number or the words of a choice.", "while a question stands", "Z22" },
	  CM_CMD_ANSWER, SITE_VERBS, SLOT_CHOICE },
	{ { "help [command]", "The commands, or one of them.", "any", "Z22" },
	  CM_CMD_HELP, SITE_VERBS, SLOT_COMMAND },
	/* clang-format on */
};
#define FORMS ((int)(sizeof forms / sizeof *forms))

/* A line cut into words, in lower case. */
struct tokens {
	char word[TOKENS_MAX][TOKEN_SIZE];
	int n;
};

bool cm_word_at(int i, struct cm_word *ret)
{
	if (i < 0 || i >= FORMS)
		return false;
	*ret = forms[i].word;
	return true;
}

/* The fixed words of a form, such as "normal operation". */
static void form_name(const struct form *f, char ret[TOKEN_SIZE])
{
	size_t n = strcspn(f->word.form, "<[");

	while (n && f->word.form[n - 1] == ' ')
		n--;
	str_copyn(ret, TOKEN_SIZE, f->word.form, n);
}

static int cut(const char *text, struct tokens *t, struct err *e)
{
	const char *p = text;

	t->n = 0;
	if (strlen(text) > LINE_MAX_BYTES)
		return err_set(e, ERR_USAGE, "a command is at most %d characters", LINE_MAX_BYTES);
	for (const unsigned char *c = (const unsigned char *)text; *c; c++)
		if ((*c < ' ' && *c != '\t') || *c >= 0x7f)
			return err_set(e, ERR_USAGE,
				       "a command is one line of letters, digits and signs of ASCII");
	while (*(p += strspn(p, " \t"))) {
		size_t n = strcspn(p, " \t");

		if (n >= TOKEN_SIZE)
			return err_set(e, ERR_USAGE, "no command has a word as long as '%.40s'", p);
		if (t->n == TOKENS_MAX)
			return err_set(e, ERR_USAGE, "no command has more than %d words", TOKENS_MAX);
		for (size_t i = 0; i < n; i++)
			t->word[t->n][i] = (char)(p[i] >= 'A' && p[i] <= 'Z' ? p[i] - 'A' + 'a' : p[i]);
		t->word[t->n++][n] = '\0';
		p += n;
	}
	return OK;
}

/* The words from `from` on, with one blank between. */
static void joined(const struct tokens *t, int from, int to, char *buf, size_t size)
{
	size_t len = 0;

	*buf = '\0';
	for (int i = from; i < to && i < t->n && len + 1 < size; i++) {
		if (len)
			buf[len++] = ' ';
		str_copy(buf + len, size - len, t->word[i]);
		len += strlen(buf + len);
	}
}

/* How many words of the form's name the line begins with; *ret_all when these are all. */
static int fixed_words(const struct form *f, const struct tokens *t, bool *ret_all)
{
	char name[TOKEN_SIZE], *p = name;
	int n = 0;

	form_name(f, name);
	*ret_all = false;
	while (n < t->n) {
		size_t len = strlen(t->word[n]);

		if (strncmp(p, t->word[n], len) != 0 || (p[len] && p[len] != ' '))
			return n;
		n++;
		*ret_all = !p[len];
		if (!p[len])
			return n;
		p += len + 1;
	}
	return n;
}

/* The line is the beginning of no form: say what is near. */
static int no_such(const struct tokens *t, struct err *e)
{
	char names[FORMS][TOKEN_SIZE], typed[2 * TOKEN_SIZE];
	const char *list[FORMS + 1], *near;
	bool all;

	for (int i = 0; i < FORMS; i++) {
		form_name(&forms[i], names[i]);
		list[i] = names[i];
	}
	list[FORMS] = NULL;
	joined(t, 0, 2, typed, sizeof typed);
	near = parse_nearest(typed, list);
	for (int i = 0; i < FORMS; i++) {
		if (!fixed_words(&forms[i], t, &all) || (near && near != names[i]))
			continue;
		if (t->n == 1)
			return err_set(e, ERR_USAGE, "'%s' is only the beginning of '%s'", t->word[0],
				       forms[i].word.form);
		return err_set(e, ERR_USAGE, "there is no command '%s'; did you mean '%s'?", typed, names[i]);
	}
	if (!near && t->n > 1)
		near = parse_nearest(t->word[0], list);
	return err_set(e, ERR_USAGE, "there is no command '%s'%s%s%s", typed,
		       near ? "; did you mean '" : "; 'help' lists them", near ? near : "", near ? "'?" : "");
}

/* ---- what stands behind the fixed words --------------------------------------------------------------- */

static bool number(const char *s, int max, int *ret)
{
	int64_t v;
	struct err e;

	if (parse_i64(s, 1, max, &v, &e))
		return false;
	*ret = (int)v;
	return true;
}

static int nothing_behind(const struct form *f, const struct tokens *t, int at, struct err *e)
{
	if (at >= t->n)
		return OK;
	return err_set(e, ERR_USAGE, "'%s' ends there; '%s' does not belong to it", f->word.form,
		       t->word[at]);
}

static int wants(const struct form *f, const struct tokens *t, int at, const char *what, struct err *e)
{
	if (at >= t->n)
		return err_set(e, ERR_USAGE, "'%s' wants %s", f->word.form, what);
	return err_set(e, ERR_USAGE, "'%s' wants %s, not '%s'", f->word.form, what, t->word[at]);
}

/* One of two words; *ret_second tells which. */
static int either(const struct form *f, const struct tokens *t, int at, const char *first, const char *second,
		  bool *ret_second, struct err *e)
{
	const char *list[] = { first, second, NULL }, *near = NULL;
	char what[96];

	if (at < t->n && strcmp(t->word[at], first) == 0)
		*ret_second = false;
	else if (at < t->n && strcmp(t->word[at], second) == 0)
		*ret_second = true;
	else {
		near = at < t->n ? parse_nearest(t->word[at], list) : NULL;
		snprintf(what, sizeof what, near ? "'%s'" : "'%s' or '%s'", near ? near : first, second);
		return wants(f, t, at, what, e);
	}
	return nothing_behind(f, t, at + 1, e);
}

static int bb_number(const struct form *f, const struct tokens *t, int at, const char *or_all, int *ret,
		     struct err *e)
{
	char what[96];

	if (at < t->n && number(t->word[at], SITE_BBS_MAX, ret))
		return OK;
	snprintf(what, sizeof what, "%sthe number of a Building Block (1 to %d)", or_all, SITE_BBS_MAX);
	return wants(f, t, at, what, e);
}

static int event_word(const char *word, struct cm_line *l, struct err *e)
{
	const char *near;

	for (int i = 0; i < SITE_SAYINGS; i++)
		if (strcmp(word, site_say_text[i]) == 0) {
			str_copy(l->event, sizeof l->event, word);
			return OK;
		}
	near = parse_nearest(word, site_say_text);
	return err_set(e, ERR_USAGE, "the log has no event '%s'%s%s%s", word, near ? "; did you mean '" : "",
		       near ? near : "",
		       near ? "'?" : "; it has startup, request, acceptance, result and others");
}

static int one_filter(const struct form *f, const struct tokens *t, int *at, struct cm_line *l, struct err *e)
{
	static const char *const list[] = { "normal", "extended", "bb", "event", "last", NULL };
	const char *w = t->word[*at], *near;

	if (strcmp(w, "normal") == 0 || strcmp(w, "extended") == 0) {
		l->has_level = true;
		l->extended = *w == 'e';
		(*at)++;
		return OK;
	}
	if (strcmp(w, "bb") == 0) {
		*at += 2;
		return bb_number(f, t, *at - 1, "behind 'bb' ", &l->n, e);
	}
	if (strcmp(w, "last") == 0) {
		*at += 2;
		return *at - 1 < t->n && number(t->word[*at - 1], CM_LOG_LAST_MAX, &l->last)
			   ? OK
			   : wants(f, t, *at - 1, "behind 'last' how many lines (1 to 500)", e);
	}
	if (strcmp(w, "event") == 0) {
		*at += 2;
		if (*at - 1 >= t->n)
			return wants(f, t, *at - 1, "behind 'event' a word of the log", e);
		return event_word(t->word[*at - 1], l, e);
	}
	near = parse_nearest(w, list);
	return err_set(e, ERR_USAGE, "'show log' has no filter '%s'%s%s%s", w, near ? "; did you mean '" : "",
		       near ? near : "", near ? "'?" : "; it has normal, extended, bb, event and last");
}

static int filters(const struct form *f, const struct tokens *t, int at, struct cm_line *l, struct err *e)
{
	while (at < t->n) {
		char seen[TOKEN_SIZE];

		str_copy(seen, sizeof seen, t->word[at]);
		if ((l->has_level && (!strcmp(seen, "normal") || !strcmp(seen, "extended"))) ||
		    (l->n && !strcmp(seen, "bb")) || (*l->event && !strcmp(seen, "event")) ||
		    (l->last && !strcmp(seen, "last")))
			return err_set(e, ERR_USAGE, "'show log' was given '%s' twice", seen);
		if (one_filter(f, t, &at, l, e))
			return (int)e->code;
	}
	return OK;
}

/* help takes the words of any command; nothing else has help. */
static int help_words(const struct tokens *t, int at, struct cm_line *l, struct err *e)
{
	struct tokens rest = { .n = 0 };
	bool all;

	for (; at < t->n; at++)
		memcpy(rest.word[rest.n++], t->word[at], TOKEN_SIZE);
	joined(&rest, 0, rest.n, l->answer, sizeof l->answer);
	for (int i = 0; i < FORMS; i++)
		if (!rest.n || fixed_words(&forms[i], &rest, &all) == rest.n)
			return OK;
	return no_such(&rest, e);
}

static int fill_slot(const struct form *f, const struct tokens *t, int at, struct cm_line *l, struct err *e)
{
	bool second = false;

	switch (f->slot) {
	case SLOT_NONE:
		return nothing_behind(f, t, at, e);
	case SLOT_VC:
		if (at >= t->n || !number(t->word[at], INT32_MAX, &l->n))
			return wants(f, t, at, "the number of a Vehicle Configuration", e);
		return nothing_behind(f, t, at + 1, e);
	case SLOT_BB:
		if (at < t->n && bb_number(f, t, at, "", &l->n, e))
			return (int)e->code;
		return nothing_behind(f, t, at + 1, e);
	case SLOT_ALL_OR_BB:
		if ((at >= t->n || strcmp(t->word[at], "all") != 0) &&
		    bb_number(f, t, at, "'all' or ", &l->n, e))
			return (int)e->code;
		return nothing_behind(f, t, at + 1, e);
	case SLOT_MODE:
		if (either(f, t, at, "auto", "manual", &second, e))
			return (int)e->code;
		l->verb = second ? SITE_DO_MODE_MANUAL : SITE_DO_MODE_AUTO;
		return OK;
	case SLOT_SYNC:
		if (either(f, t, at, "normal", "update", &second, e))
			return (int)e->code;
		l->verb = second ? SITE_DO_SYNC_UPDATE : SITE_DO_SYNC_NORMAL;
		return OK;
	case SLOT_LEVEL:
		l->has_level = true;
		return either(f, t, at, "normal", "extended", &l->extended, e);
	case SLOT_FILTERS:
		return filters(f, t, at, l, e);
	case SLOT_CHOICE:
		if (at >= t->n)
			return wants(f, t, at, "the number or the words of a choice", e);
		joined(t, at, t->n, l->answer, sizeof l->answer);
		return OK;
	case SLOT_COMMAND:
		return help_words(t, at, l, e);
	}
	return err_set(e, ERR_INTERNAL, "a form without a reading");
}

int cm_line_parse(const char *text, struct cm_line *ret, struct err *e)
{
	struct tokens t;
	struct cm_line l = { .verb = SITE_VERBS };

	if (cut(text, &t, e))
		return (int)e->code;
	if (!t.n)
		return err_set(e, ERR_USAGE, "a command is missing; 'help' lists them");
	for (int i = 0; i < FORMS; i++) {
		bool all;
		int n = fixed_words(&forms[i], &t, &all);

		if (!all)
			continue;
		l.command = forms[i].command;
		l.verb = forms[i].verb;
		if (fill_slot(&forms[i], &t, n, &l, e))
			return (int)e->code;
		*ret = l;
		return OK;
	}
	return no_such(&t, e);
}

/* ---- completion --------------------------------------------------------------------------------------- */

struct proposals {
	char word[64][TOKEN_SIZE];
	int n;
	const char *begin; /* what a word must begin with */
};

static void propose(struct proposals *p, const char *word, size_t n)
{
	if (strncmp(word, p->begin, strlen(p->begin)) != 0 || n >= TOKEN_SIZE || p->n == 64 ||
	    strlen(p->begin) > n)
		return;
	for (int i = 0; i < p->n; i++)
		if (strlen(p->word[i]) == n && strncmp(p->word[i], word, n) == 0)
			return;
	str_copyn(p->word[p->n++], TOKEN_SIZE, word, n);
}

static void propose_all(struct proposals *p, const char *const *words)
{
	for (; *words; words++)
		propose(p, *words, strlen(*words));
}

static void propose_form(struct proposals *p, const struct form *f, const struct tokens *t, int from);

/* Words of commands, from the words behind `from` on; verbs: only those that may answer a question. */
static void propose_commands(struct proposals *p, const struct tokens *t, int from, bool verbs)
{
	for (int i = 0; i < FORMS; i++)
		if (!verbs || forms[i].command == CM_CMD_VERB)
			propose_form(p, &forms[i], t, from);
}

static void propose_slot(struct proposals *p, const struct form *f, const struct tokens *t, int at)
{
	static const char *const all[] = { "all", NULL }, *const mode[] = { "auto", "manual", NULL },
				 *const sync[] = { "normal", "update", NULL },
				 *const level[] = { "normal", "extended", NULL },
				 *const filter[] = { "normal", "extended", "bb", "event", "last", NULL };
	const char *last = at < t->n ? t->word[t->n - 1] : "";

	if (f->slot == SLOT_FILTERS && strcmp(last, "event") == 0)
		propose_all(p, site_say_text);
	else if (f->slot == SLOT_FILTERS && strcmp(last, "bb") != 0 && strcmp(last, "last") != 0)
		propose_all(p, filter);
	else if (f->slot == SLOT_COMMAND || f->slot == SLOT_CHOICE)
		propose_commands(p, t, at, f->slot == SLOT_CHOICE);
	if (at < t->n)
		return;
	if (f->slot == SLOT_ALL_OR_BB)
		propose_all(p, all);
	else if (f->slot == SLOT_MODE)
		propose_all(p, mode);
	else if (f->slot == SLOT_SYNC)
		propose_all(p, sync);
	else if (f->slot == SLOT_LEVEL)
		propose_all(p, level);
}

static void propose_form(struct proposals *p, const struct form *f, const struct tokens *t, int from)
{
	struct tokens rest = { .n = 0 };
	char name[TOKEN_SIZE], *w = name;
	bool all;
	int n;

	for (int i = from; i < t->n; i++)
		memcpy(rest.word[rest.n++], t->word[i], TOKEN_SIZE);
	form_name(f, name);
	n = fixed_words(f, &rest, &all);
	if (all) {
		if (!from) /* one level: nobody wants help on help on help */
			propose_slot(p, f, &rest, n);
		return;
	}
	if (n != rest.n)
		return;
	for (; n; n--)
		w += strcspn(w, " ") + 1;
	propose(p, w, strcspn(w, " "));
}

bool cm_complete(const char *typed, int i, char ret[32])
{
	struct tokens t;
	struct proposals p = { .n = 0, .begin = "" };
	char begin[TOKEN_SIZE] = "";
	struct err e;
	size_t len = strlen(typed);

	if (cut(typed, &t, &e))
		return false;
	if (t.n && typed[len - 1] != ' ' && typed[len - 1] != '\t')
		str_copy(begin, sizeof begin, t.word[--t.n]);
	p.begin = begin;
	propose_commands(&p, &t, 0, false);
	if (i < 0 || i >= p.n)
		return false;
	str_copy(ret, TOKEN_SIZE, p.word[i]);
	return true;
}
