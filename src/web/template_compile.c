/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "web/template_ops.h"

#define OPEN_MAX 16 /* sections open at one place of a file */

/* The one filter that the engine itself knows: where it may stand is part of the compiler. */
static void url_write(const struct json *v, struct str *out)
{
	const char *s = json_text(v);

	if (s && url_ok(s))
		str_add(out, s);
}
static const struct template_filter url_filter = { "url", url_write };

struct compile {
	struct template_set *set;
	struct program *prog;
	size_t line;
	struct html_place place; /* behind what was compiled so far */
	struct {
		size_t op;               /* index of the opening */
		struct html_place place; /* where it stands */
		char name[TAG_MAX];      /* what the closing must repeat */
	} open[OPEN_MAX];
	size_t nopen;
	struct err *e;
};

static int refuse(struct compile *c, const char *what, const char *tag)
{
	err_set(c->e, ERR_INTERNAL, "template: %s%s%s", what, tag ? ": " : "", tag ? tag : "");
	return err_at(c->e, c->prog->file->name, (int64_t)c->line, 0);
}

static struct op *op_add(struct compile *c, enum op_kind kind)
{
	struct op o = { .kind = kind, .line = c->line };

	vec_push(&c->prog->ops, o);
	return &c->prog->ops.v[c->prog->ops.n - 1];
}

static bool path_ok(const char *s)
{
	if (!strcmp(s, "."))
		return true;
	for (const char *p = s; *p; p++)
		if (!strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.", *p) ||
		    (*p == '.' && (p == s || !p[1] || p[1] == '.')))
			return false;
	return *s != '\0';
}

/* "[filter ][@|../...]path[?][=word]" into the op. */
static int name_parse(struct compile *c, const char *tag, struct op *o)
{
	char buf[TAG_MAX], *s = buf, *p;
	size_t n;

	str_copy(buf, sizeof buf, tag);
	if (o->kind != OP_VALUE && (p = strchr(s, '='))) {
		*p = '\0';
		o->equals = arena_strdup(c->set->arena, p + 1);
	}
	if ((p = strchr(s, ' '))) {
		*p = '\0';
		if (!strcmp(s, url_filter.name))
			o->filter = &url_filter;
		for (const struct template_filter *f = c->set->filters; !o->filter && f && f->name; f++)
			if (!strcmp(f->name, s))
				o->filter = f;
		if (!o->filter)
			return refuse(c, "there is no such filter", tag);
		s = p + 1;
	}
	for (; !strncmp(s, "../", 3); s += 3)
		o->up++;
	if (*s == '@') {
		o->root = true;
		s++;
	}
	n = strlen(s);
	if (n && s[n - 1] == '?') {
		o->optional = true;
		s[n - 1] = '\0';
	}
	if (!path_ok(s))
		return refuse(c, "that is no name", tag);
	o->text = arena_strdup(c->set->arena, s);
	return OK;
}

static int put_value(struct compile *c, const char *tag)
{
	enum html_kind put = html_put(&c->place);
	struct op *o = op_add(c, OP_VALUE);
	bool url;

	if (name_parse(c, tag, o))
		return c->e->code;
	url = o->filter == &url_filter;
	if (put == HTML_PUT_NOT)
		return refuse(c, "no value may stand here", tag);
	if (url != (put == HTML_PUT_URL))
		return refuse(c, url ? "'url' belongs at the start of an address" : "an address needs 'url'",
			      tag);
	o->put = put;
	html_did_put(&c->place);
	return OK;
}

static int section_open(struct compile *c, enum op_kind kind, const char *tag)
{
	struct op *o = op_add(c, kind);

	if (name_parse(c, tag, o))
		return c->e->code;
	if (c->nopen == OPEN_MAX)
		return refuse(c, "too many open sections", tag);
	if (!html_boundary(&c->place))
		return refuse(c, "no section may begin here", tag);
	c->open[c->nopen].op = c->prog->ops.n - 1;
	c->open[c->nopen].place = c->place;
	str_copy(c->open[c->nopen++].name, TAG_MAX, tag);
	return OK;
}

/* The closing repeats the opening's words up to '=' or '?' ({{#date x?}} ends with {{/date x}} or {{/x}}). */
static bool closes(const char *opening, const char *closing)
{
	size_t n = strcspn(opening, "=?");
	const char *blank = strchr(opening, ' ');

	if (strlen(closing) == n && !strncmp(opening, closing, n))
		return true;
	return blank && closes(blank + 1, closing);
}

static int section_close(struct compile *c, const char *tag)
{
	size_t at;

	if (!c->nopen || !closes(c->open[c->nopen - 1].name, tag))
		return refuse(c, "this closes nothing", tag);
	if (!html_boundary(&c->place) || !html_same(&c->place, &c->open[c->nopen - 1].place))
		return refuse(c, "the section ends in another place of the HTML than it began", tag);
	at = c->open[--c->nopen].op;
	op_add(c, OP_END);
	c->prog->ops.v[at].end = c->prog->ops.n - 1;
	return OK;
}

static int put_tag(struct compile *c, const char *tag)
{
	bool text = c->place.state == HTML_TEXT;

	switch (tag[0]) {
	case '!':
		return OK;
	case '#':
		return section_open(c, OP_SECTION, tag + 1);
	case '^':
		return section_open(c, OP_INVERTED, tag + 1);
	case '/':
		return section_close(c, tag + 1);
	case '>':
	case '&':
		if (!text || !path_ok(tag + 1))
			return refuse(c, "this belongs between elements", tag);
		op_add(c, tag[0] == '&' ? OP_RAW : OP_PARTIAL)->text = arena_strdup(c->set->arena, tag + 1);
		return OK;
	default:
		return put_value(c, tag);
	}
}

static int put_text(struct compile *c, const char *s, size_t n)
{
	struct op *o;

	if (!n)
		return OK;
	o = op_add(c, OP_TEXT);
	o->text = s;
	o->len = n;
	if (!html_feed(&c->place, s, n))
		return refuse(c, "this HTML is not understood", NULL);
	for (size_t i = 0; i < n; i++)
		c->line += s[i] == '\n';
	return OK;
}

/* A tag that writes nothing and is alone on its line takes the line with it. */
static void swallow_line(const char *text, size_t from, size_t *ret_before, size_t *ret_after, size_t len)
{
	size_t a = *ret_before, b = *ret_after;

	while (a > from && (text[a - 1] == ' ' || text[a - 1] == '\t'))
		a--;
	while (b < len && (text[b] == ' ' || text[b] == '\t'))
		b++;
	if ((a == 0 || text[a - 1] == '\n') && b < len && text[b] == '\n') {
		*ret_before = a;
		*ret_after = b + 1;
	}
}

static int compile_all(struct compile *c)
{
	const char *text = c->prog->file->text, *open, *close;
	size_t len = c->prog->file->len, at = 0;
	char tag[TAG_MAX];

	while ((open = memmem(text + at, len - at, "{{", 2))) {
		size_t before = (size_t)(open - text), after, inner;

		close = memmem(open + 2, len - before - 2, "}}", 2);
		inner = close ? (size_t)(close - open) - 2 : 0;
		if (!close || !inner || inner >= TAG_MAX || memchr(open + 2, '{', inner) ||
		    memchr(open, 0, inner + 2))
			return refuse(c, "a tag is not closed, empty or too long", NULL);
		str_copyn(tag, sizeof tag, open + 2, inner);
		after = before + inner + 4;
		if (strchr("#^/>!", tag[0]))
			swallow_line(text, at, &before, &after, len);
		if (put_text(c, text + at, before - at) || put_tag(c, tag))
			return c->e->code;
		for (size_t i = before; i < after; i++)
			c->line += text[i] == '\n';
		at = after;
	}
	if (put_text(c, text + at, len - at))
		return c->e->code;
	if (c->nopen)
		return refuse(c, "a section is not closed", c->open[c->nopen - 1].name);
	return c->place.state == HTML_TEXT ? OK : refuse(c, "the file ends inside a tag", NULL);
}

int program_compile(struct template_set *set, struct program *prog, struct err *e)
{
	struct compile c = { .set = set, .prog = prog, .line = 1, .e = e };

	return compile_all(&c);
}
