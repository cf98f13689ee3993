/* SPDX-License-Identifier: Apache-2.0 */
#include "model/version_rule.h"

#include <string.h>

#define NAME_MAX_BYTES 50

enum token_kind { TOKEN_TEXT, TOKEN_NAME, TOKEN_ANY };
struct rule {
	char text[VERSION_RULE_MAX + 1]; /* all literal texts and names, without escapes */
	size_t used;
	int n;
	struct token {
		enum token_kind kind;
		size_t at, len; /* in text */
	} v[VERSION_RULE_MAX];
};

static struct token *token_add(struct rule *r, enum token_kind kind)
{
	struct token *t = &r->v[r->n++];

	*t = (struct token){ kind, r->used, 0 };
	return t;
}

/* One more byte of literal text: joins the text before it. */
static void text_add(struct rule *r, char c)
{
	struct token *t =
	    r->n && r->v[r->n - 1].kind == TOKEN_TEXT ? &r->v[r->n - 1] : token_add(r, TOKEN_TEXT);

	r->text[r->used++] = c;
	t->len++;
}

static bool name_taken(const struct rule *r, const char *name, size_t len)
{
	for (int i = 0; i < r->n; i++)
		if (r->v[i].kind == TOKEN_NAME && r->v[i].len == len &&
		    !memcmp(r->text + r->v[i].at, name, len))
			return true;
	return false;
}

/* {NAME} at s, which is behind the brace; returns where it ends. */
static const char *name_add(struct rule *r, const char *rule, const char *s, struct err *e)
{
	const char *end = strchr(s, '}');
	size_t len = end ? (size_t)(end - s) : 0;
	long at = (long)(s - rule);

	if (!end) {
		err_set(e, ERR_INVALID, "the name that begins at character %ld of the version rule has no }",
			at);
		return NULL;
	}
	for (size_t i = 0; i < len; i++)
		if ((unsigned char)s[i] < 0x20 || s[i] == 0x7f)
			len = 0; /* no such name */
	if (!len || len > NAME_MAX_BYTES || memchr(s, '{', len) || (len == 7 && !memcmp(s, "default", 7))) {
		err_set(e, ERR_INVALID,
			"the name at character %ld of the version rule is none of a component: 1 to %d "
			"bytes, not "
			"'default'",
			at, NAME_MAX_BYTES);
		return NULL;
	}
	if (name_taken(r, s, len)) {
		err_set(e, ERR_INVALID, "the version rule names '%.*s' twice", (int)len, s);
		return NULL;
	}
	memcpy(r->text + r->used, s, len);
	token_add(r, TOKEN_NAME)->len = len;
	r->used += len;
	return end + 1;
}

static int rule_read(const char *rule, struct rule *r, struct err *e)
{
	int names = 0;

	if (strlen(rule) > VERSION_RULE_MAX)
		return err_set(e, ERR_INVALID, "a version rule has at most %d bytes", VERSION_RULE_MAX);
	r->n = 0;
	r->used = 0;
	for (const char *s = rule; *s;) {
		bool open = *s == '{' || *s == '*';

		if (open && r->n && r->v[r->n - 1].kind != TOKEN_TEXT)
			return err_set(e, ERR_INVALID,
				       "at character %ld of the version rule two open places meet: put text "
				       "between them, so that there is one reading only",
				       (long)(s - rule) + 1);
		if (*s == '{') {
			s = name_add(r, rule, s + 1, e);
			if (!s)
				return (int)e->code;
			names++;
		} else if (*s == '*') {
			token_add(r, TOKEN_ANY);
			s++;
		} else if (*s == '}' || (*s == '\\' && !s[1])) {
			return err_set(
			    e, ERR_INVALID,
			    "character %ld of the version rule stands alone; write \\%c for itself",
			    (long)(s - rule) + 1, *s);
		} else {
			s += *s == '\\';
			text_add(r, *s++);
		}
	}
	if (!names || names > VERSION_RULE_NAMES)
		return err_set(e, ERR_INVALID, "a version rule names 1 to %d components as {NAME}",
			       VERSION_RULE_NAMES);
	return OK;
}

int version_rule_check(const char *rule, struct err *e)
{
	struct rule r;

	return rule_read(rule, &r, e);
}

static bool capture(const struct rule *r, const struct token *t, const char *s, size_t n,
		    struct version_rule_found *f)
{
	if (t->kind == TOKEN_ANY)
		return true;
	if (!n || n >= sizeof f->v[0].version || s[0] == ' ' || s[n - 1] == ' ')
		return false;
	memcpy(f->v[f->n].name, r->text + t->at, t->len);
	f->v[f->n].name[t->len] = 0;
	memcpy(f->v[f->n].version, s, n);
	f->v[f->n].version[n] = 0;
	f->n++;
	return true;
}

/* The first place of a literal in [s, end); NULL = nowhere. */
static const char *text_find(const char *s, const char *end, const char *what, size_t len)
{
	for (; (size_t)(end - s) >= len; s++)
		if (!memcmp(s, what, len))
			return s;
	return NULL;
}

bool version_rule_apply(const char *rule, const char *text, struct version_rule_found *found)
{
	struct version_rule_found f = { .n = 0 };
	const char *s = text, *end = text + strlen(text);
	const struct token *open = NULL; /* waits for the text behind it */
	struct rule r;
	struct err e;

	if (rule_read(rule, &r, &e))
		return false;
	for (int i = 0; i < r.n; i++) {
		const struct token *t = &r.v[i];
		const char *what = r.text + t->at, *at = s;

		if (t->kind != TOKEN_TEXT) {
			open = t;
			continue;
		}
		if (open && i + 1 == r.n) /* the last text stands at the end */
			at = (size_t)(end - s) >= t->len ? end - t->len : end;
		else if (open)
			at = text_find(s + (open->kind == TOKEN_NAME && s < end), end, what, t->len);
		if (!at || (size_t)(end - at) < t->len || memcmp(at, what, t->len) != 0 ||
		    (open && !capture(&r, open, s, (size_t)(at - s), &f)))
			return false;
		s = at + t->len;
		open = NULL;
	}
	if (open ? !capture(&r, open, s, (size_t)(end - s), &f) : s != end)
		return false;
	*found = f;
	return true;
}
