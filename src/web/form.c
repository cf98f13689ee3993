/* SPDX-License-Identifier: Apache-2.0 */
#include "web/form.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/digest.h"
#include "base/parse.h"
#include "base/secret.h"

#define VALUES_MAX 4096 /* values of one form: lists of ticks are the longest */
#define FIELD_MAX 200   /* bytes of a value, unless the field says otherwise */

void form_start(struct form *f, struct req *rq)
{
	f->rq = rq;
	f->arena = arena_new();
}

void form_done(struct form *f)
{
	if (f->once_key[0])
		req_once_end(f->rq, f->once_key, NULL);
	arena_free(f->arena);
	vec_done(&f->given);
	vec_done(&f->said);
	vec_done(&f->offers);
	vec_done(&f->uploads);
}

bool form_posted(const struct req *rq)
{
	return !strcmp(rq->method, "POST");
}

size_t form_find(const struct form *f, const char *name)
{
	for (size_t i = 0; f->fields[i].name; i++)
		if (!strcmp(f->fields[i].name, name))
			return i;
	return FORM_NO_FIELD;
}

static size_t max_of(const struct form_field *d)
{
	return d->max ? d->max : FIELD_MAX;
}

static bool has_options(const struct form_field *d)
{
	return d->kind == FORM_SELECT || d->kind == FORM_RADIOS || d->kind == FORM_CHECKS;
}

void form_option(struct form *f, const char *name, const char *value, const char *text, const char *hint)
{
	struct form_offer o = { form_find(f, name), { arena_strdup(f->arena, value), NULL, NULL } };

	o.option.text = text ? arena_strdup(f->arena, text) : o.option.value;
	o.option.hint = arena_strdup(f->arena, hint);
	vec_push(&f->offers, o);
}

void form_set(struct form *f, const char *name, const char *value)
{
	struct form_given g = { form_find(f, name), NULL };

	if (!value || !*value)
		return;
	g.text = arena_strdup(f->arena, value);
	vec_push(&f->given, g);
}

void form_clear(struct form *f, const char *name)
{
	size_t field = form_find(f, name), n = 0;

	for (size_t i = 0; i < f->given.n; i++)
		if (f->given.v[i].field != field)
			f->given.v[n++] = f->given.v[i];
	f->given.n = n;
}

/* ---- reading ---- */

static bool is_offered(const struct form *f, size_t field, const char *value)
{
	const struct form_option *o = f->fields[field].options;

	for (; o && o->value; o++)
		if (!strcmp(o->value, value))
			return true;
	for (size_t i = 0; i < f->offers.n; i++)
		if (f->offers.v[i].field == field && !strcmp(f->offers.v[i].option.value, value))
			return true;
	return false;
}

/* CR LF, which is what browsers send for a line end, becomes LF; a lone CR too. */
static size_t join_lines(char *s, size_t n)
{
	size_t len = 0;

	for (size_t i = 0; i < n; i++) {
		if (s[i] == '\r' && i + 1 < n && s[i + 1] == '\n')
			continue;
		s[len++] = s[i];
		if (s[i] == '\r')
			s[len - 1] = '\n';
	}
	s[len] = '\0';
	return len;
}

int form_take(struct form *f, size_t field, char *text, size_t len, struct err *e)
{
	const struct form_field *d = &f->fields[field];
	struct form_given g = { field, NULL };
	const char *trimmed = text;

	if (d->kind == FORM_FILE)
		return err_set(e, ERR_INVALID, "the field '%s' takes a file", d->name);
	if (d->kind == FORM_AREA)
		len = join_lines(text, len);
	if (d->kind != FORM_PASSWORD && d->kind != FORM_AREA) {
		len = parse_trim(&trimmed, len);
		text[trimmed - text + (ptrdiff_t)len] = '\0';
	}
	if (!len)
		return OK; /* an empty field is an absent one */
	if (has_options(d) && !d->late && !is_offered(f, field, trimmed))
		return err_set(e, ERR_INVALID, "the field '%s' does not offer '%.80s'", d->name, trimmed);
	g.text = trimmed;
	vec_push(&f->given, g);
	if (f->given.n > VALUES_MAX)
		return err_set(e, ERR_TOO_LARGE, "the form has more than %d values", VALUES_MAX);
	if (len > max_of(d))
		form_error(f, d->name, "Shorten it: it has %zu characters, at most %zu are taken", len,
			   max_of(d));
	return OK;
}

int form_field_of(struct form *f, const char *name, bool *seen, size_t *ret, struct err *e)
{
	size_t field = form_find(f, name);
	const struct form_field *d = field == FORM_NO_FIELD ? NULL : &f->fields[field];

	if (!d && (!strcmp(name, "csrf") || (f->once && !strcmp(name, "once")))) {
		*ret = field;
		return OK;
	}
	if (!d)
		return err_set(e, ERR_INVALID, "the form has no field '%.80s'", name);
	if (seen[field] && d->kind != FORM_CHECKS && d->kind != FORM_LIST)
		return err_set(e, ERR_INVALID, "the form holds the field '%s' twice", d->name);
	seen[field] = true;
	*ret = field;
	return OK;
}

int form_take_word(struct form *f, const char *name, const char *text, const char **ret_csrf, struct err *e)
{
	bool once = !strcmp(name, "once");

	if (once ? f->once_given[0] != '\0' : *ret_csrf != NULL)
		return err_set(e, ERR_INVALID, "the form holds the field '%.8s' twice", name);
	if (!once)
		*ret_csrf = text;
	else if (strlen(text) >= sizeof f->once_given)
		return err_set(e, ERR_INVALID, "the field 'once' is too long");
	else
		str_copy(f->once_given, sizeof f->once_given, text);
	return OK;
}

static int take_pair(struct form *f, const char *s, size_t n, bool *seen, const char **ret_csrf,
		     struct err *e)
{
	const char *eq = memchr(s, '=', n);
	size_t name_len = eq ? (size_t)(eq - s) : n, len, field = FORM_NO_FIELD;
	char *name = arena_alloc(f->arena, name_len + 1), *text;
	const char *value = eq ? eq + 1 : s + n;
	size_t value_len = (size_t)(s + n - value);
	bool lines;

	if (!parse_percent(s, name_len, true, false, name, &len) || !len)
		return err_set(e, ERR_INVALID, "a field of the form has a name that is no text");
	if (form_field_of(f, name, seen, &field, e))
		return e->code;
	lines = field != FORM_NO_FIELD && f->fields[field].kind == FORM_AREA;
	text = arena_alloc(f->arena, value_len + 1);
	if (!parse_percent(value, value_len, true, lines, text, &len))
		return err_set(e, ERR_INVALID, "the field '%s' holds what is no text", name);
	if (field != FORM_NO_FIELD)
		return form_take(f, field, text, len, e);
	return form_take_word(f, name, text, ret_csrf, e);
}

static int read_pairs(struct form *f, bool *seen, const char **ret_csrf, struct err *e)
{
	const char *s = str_c(&f->rq->body);

	if (strlen(s) != f->rq->body.len)
		return err_set(e, ERR_INVALID, "the form holds a NUL byte");
	while (*s) {
		size_t len = strcspn(s, "&");

		if (len && take_pair(f, s, len, seen, ret_csrf, e))
			return e->code;
		s += len + (s[len] == '&');
	}
	return OK;
}

static bool is_blank(const char *s)
{
	return strspn(s, " \t\n") == strlen(s);
}

static bool is_missing(const struct form *f, size_t field)
{
	const struct form_field *d = &f->fields[field];

	return d->kind == FORM_FILE ? !form_file(f, d->name) : is_blank(form_value(f, d->name));
}

int form_read(struct form *f, struct err *e)
{
	const char *csrf = NULL;
	size_t nfields = 0;
	bool *seen;

	while (f->fields[nfields].name)
		nfields++;
	seen = arena_array(f->arena, nfields, sizeof *seen);
	f->given.n = f->said.n = f->uploads.n = 0;
	if (!strcmp(f->rq->type ? f->rq->type : "", FORM_FILE_TYPE) ? form_read_parts(f, seen, &csrf, e)
								    : read_pairs(f, seen, &csrf, e))
		return e->code;
	if (!req_csrf_ok(f->rq, csrf))
		return err_set(e, ERR_ORIGIN, "the form is not from a page of this session");
	for (size_t i = 0; i < nfields; i++)
		if (f->fields[i].missing && is_missing(f, i))
			form_error(f, f->fields[i].name, "%s", f->fields[i].missing);
	return OK;
}

const struct form_upload *form_file(const struct form *f, const char *name)
{
	size_t field = form_find(f, name);

	for (size_t i = 0; i < f->uploads.n; i++)
		if (f->uploads.v[i].field == field)
			return &f->uploads.v[i];
	return NULL;
}

bool form_ok(const struct form *f)
{
	return !f->said.n;
}

size_t form_count(const struct form *f, const char *name)
{
	size_t field = form_find(f, name), n = 0;

	for (size_t i = 0; i < f->given.n; i++)
		n += f->given.v[i].field == field;
	return n;
}

const char *form_item(const struct form *f, const char *name, size_t i)
{
	size_t field = form_find(f, name);

	for (size_t k = 0; k < f->given.n; k++)
		if (f->given.v[k].field == field && !i--)
			return f->given.v[k].text;
	return "";
}

const char *form_value(const struct form *f, const char *name)
{
	return form_item(f, name, 0);
}

const char *form_value_or_null(const struct form *f, const char *name)
{
	const char *s = form_value(f, name);

	return *s ? s : NULL;
}

bool form_has(const struct form *f, const char *name, const char *value)
{
	size_t field = form_find(f, name);

	for (size_t i = 0; i < f->given.n; i++)
		if (f->given.v[i].field == field && !strcmp(f->given.v[i].text, value))
			return true;
	return false;
}

void form_error(struct form *f, const char *name, const char *fmt, ...)
{
	struct form_said s = { form_find(f, name), NULL };
	char text[600], sentence[608];
	va_list ap;

	for (size_t i = 0; i < f->said.n; i++)
		if (f->said.v[i].field == s.field)
			return;
	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	page_sentence(sentence, sizeof sentence, text);
	s.text = arena_strdup(f->arena, sentence);
	vec_push(&f->said, s);
}

void form_error_of(struct form *f, const char *name, const struct err *e)
{
	char text[700];

	form_error(f, name, "%s", err_text(e, text, sizeof text));
}

/* ---- once ---- */

/* The value of the form with all that it holds: who goes back and changes an answer sends another form. */
static void once_key_of(const struct form *f, char key[SHA256_HEX])
{
	OWN(sha256_free) struct sha256 *h = sha256_new();
	uint8_t sum[SHA256_LEN];

	sha256_add(h, f->once_given, sizeof f->once_given);
	for (size_t i = 0; i < f->given.n; i++) {
		sha256_add(h, &f->given.v[i].field, sizeof f->given.v[i].field);
		sha256_add(h, f->given.v[i].text, strlen(f->given.v[i].text) + 1);
	}
	for (size_t i = 0; i < f->uploads.n; i++) {
		sha256_add(h, &f->uploads.v[i].len, sizeof f->uploads.v[i].len);
		sha256_add(h, f->uploads.v[i].p, f->uploads.v[i].len);
	}
	sha256_end(h, sum);
	hex_text(sum, sizeof sum, key);
}

int form_once(struct form *f, struct resp *rs, bool *ret_again, struct err *e)
{
	char key[SHA256_HEX];

	*ret_again = false;
	if (!f->once_given[0])
		return OK;
	once_key_of(f, key);
	if (req_once(f->rq, key, rs, ret_again, e))
		return e->code;
	if (!*ret_again)
		str_copy(f->once_key, sizeof f->once_key, key);
	return OK;
}

void form_keep(struct form *f, const char *href)
{
	if (f->once_key[0])
		req_once_end(f->rq, f->once_key, href);
	f->once_key[0] = '\0';
}

void form_made(struct form *f, struct resp *rs, const char *href)
{
	form_keep(f, href);
	resp_redirect(rs, href);
}

/* ---- showing ---- */

static const char *const kind_text[] = { "input",  "password", "area",   "select", "radios",
					 "checks", "hidden",   "button", "list",   "file" };

static void put_option(const struct form *f, size_t field, const struct form_option *o, size_t n,
		       struct jw *w)
{
	const struct form_field *d = &f->fields[field];
	char id[120];

	/* The first one has the id of the field, so that the error summary leads to it. */
	if (n)
		snprintf(id, sizeof id, "%s-%zu", d->name, n + 1);
	else
		snprintf(id, sizeof id, "%s", d->name);
	jw_obj(w);
	jw_kstr(w, "id", id);
	jw_kstr(w, "value", o->value);
	jw_kstr(w, "text", o->text);
	jw_kstr(w, "hint", o->hint);
	jw_kbool(w, "chosen", form_has(f, d->name, o->value));
	jw_end(w);
}

static void put_options(const struct form *f, size_t field, struct jw *w)
{
	size_t n = 0;

	jw_key(w, "options");
	jw_arr(w);
	for (const struct form_option *o = f->fields[field].options; o && o->value; o++)
		put_option(f, field, o, n++, w);
	for (size_t i = 0; i < f->offers.n; i++)
		if (f->offers.v[i].field == field)
			put_option(f, field, &f->offers.v[i].option, n++, w);
	jw_arr_end(w);
}

static const char *said_of(const struct form *f, size_t field)
{
	for (size_t i = 0; i < f->said.n; i++)
		if (f->said.v[i].field == field)
			return f->said.v[i].text;
	return NULL;
}

static bool is_shown(const struct form *f, const char *name)
{
	size_t n = strlen(name);

	for (const char *p = f->shown; p && *p; p += strcspn(p, " "), p += *p == ' ')
		if (!strncmp(p, name, n) && (p[n] == ' ' || !p[n]))
			return true;
	return !f->shown;
}

/* How it is written into the page: what is not asked for travels along, all of its values. */
static enum form_kind kind_of(const struct form *f, const struct form_field *d)
{
	if (is_shown(f, d->name) || d->kind == FORM_BUTTON)
		return d->kind;
	return d->kind == FORM_FILE || d->kind == FORM_PASSWORD ? FORM_HIDDEN : FORM_LIST;
}

static void put_field(const struct form *f, size_t field, struct jw *w)
{
	const struct form_field *d = &f->fields[field];
	enum form_kind kind = kind_of(f, d);
	const char *error = said_of(f, field);
	STR(said, 256); /* what describes the field, for aria-describedby */

	if (d->hint)
		str_addf(&said, "%s-hint", d->name);
	if (error)
		str_addf(&said, "%s%s-error", d->hint ? " " : "", d->name);

	jw_obj(w);
	jw_kstr(w, "name", d->name);
	jw_kstr(w, "kind", kind_text[kind]);
	jw_kstr(w, "label", d->label);
	jw_kstr(w, "hint", d->hint);
	jw_kstr(w, "error", error);
	jw_kstr(w, "said", said.len ? str_c(&said) : NULL);
	jw_kstr(w, "value", d->kind == FORM_PASSWORD ? NULL : form_value(f, d->name));
	jw_kint(w, "max", (int64_t)max_of(d));
	jw_kint(w, "width", d->width);
	jw_kint(w, "rows", d->rows ? d->rows : 5);
	jw_kstr(w, "autocomplete", d->autocomplete ? d->autocomplete : "off");
	jw_kbool(w, "code", d->code);
	jw_key(w, "values");
	jw_arr(w);
	for (size_t i = 0; kind == FORM_LIST && i < f->given.n; i++)
		if (f->given.v[i].field == field)
			jw_str(w, f->given.v[i].text);
	jw_arr_end(w);
	put_options(f, field, w);
	jw_end(w);
}

void form_json(const struct form *f, struct page *p)
{
	char word[SECRET_HEX];
	struct jw *w = &p->w;

	if (!form_ok(f) && p->rs->status == 200)
		p->rs->status = 400;
	jw_key(w, "form");
	jw_obj(w);
	jw_kstr(w, "once", f->once ? secret_new(word) : NULL);
	jw_key(w, "errors");
	jw_arr(w);
	for (size_t i = 0; i < f->said.n; i++) {
		jw_obj(w);
		jw_kstr(w, "field", f->fields[f->said.v[i].field].name);
		jw_kstr(w, "text", f->said.v[i].text);
		jw_end(w);
	}
	jw_arr_end(w);
	jw_key(w, "fields");
	jw_arr(w);
	for (size_t i = 0; f->fields[i].name; i++)
		put_field(f, i, w);
	jw_arr_end(w);
	jw_key(w, "by");
	jw_obj(w);
	for (size_t i = 0; f->fields[i].name; i++) {
		jw_key(w, f->fields[i].name);
		put_field(f, i, w);
	}
	jw_end(w);
	jw_end(w);
}
