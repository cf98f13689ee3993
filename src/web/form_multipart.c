/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Forms with files (RFC 7578), as browsers send them and no more loosely: the body begins with the boundary,
 * every part has one Content-Disposition with a name and nothing but a Content-Type beside it, and nothing
 * stands before the first or behind the last part.
 */
#include <string.h>
#include <strings.h>

#include "base/parse.h"
#include "web/form.h"

#define BOUNDARY_MAX 70
#define PART_HEADERS_MAX 4

struct part {
	char name[80], file[200]; /* of its Content-Disposition */
	bool has_name, is_file;
};

/* "--" and the boundary, from the header Content-Type. */
static bool boundary_of(const struct req *rq, char mark[BOUNDARY_MAX + 3])
{
	const char *type = req_header(rq, "Content-Type"), *p = type ? strcasestr(type, "boundary=") : NULL;
	size_t n;

	if (!p)
		return false;
	p += strlen("boundary=");
	p += *p == '"';
	n = strspn(p, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'()+_,-./:=?");
	if (!n || n > BOUNDARY_MAX)
		return false;
	memcpy(mark, "--", 2);
	str_copyn(mark + 2, BOUNDARY_MAX + 1, p, n);
	return true;
}

/* The quoted value behind name= in a Content-Disposition, within the line's n bytes. */
static bool quoted_value(const char *line, size_t n, const char *name, char *buf, size_t size)
{
	char want[24];
	const char *p, *end;
	size_t len = strlen(name);

	memcpy(want, "; ", 2);
	memcpy(want + 2, name, len);
	memcpy(want + 2 + len, "=\"", 3);
	p = memmem(line, n, want, strlen(want));
	if (!p)
		return false;
	p += strlen(want);
	end = memchr(p, '"', (size_t)(line + n - p));
	if (!end)
		return false;
	str_copyn(buf, size, p, (size_t)(end - p));
	return true;
}

static bool begins(const char *line, size_t n, const char *with)
{
	return n >= strlen(with) && !strncasecmp(line, with, strlen(with));
}

/* Head of a part, up to and with its empty line; *s moves behind it. */
static int read_head(const char **s, const char *end, struct part *ret, struct err *e)
{
	*ret = (struct part){ .is_file = false };
	for (int i = 0; i <= PART_HEADERS_MAX; i++) {
		const char *nl = memmem(*s, (size_t)(end - *s), "\r\n", 2), *line = *s;
		size_t n = nl ? (size_t)(nl - line) : 0;

		if (!nl || memchr(line, '\0', n))
			break;
		*s = nl + 2;
		if (!n && ret->has_name)
			return OK;
		if (begins(line, n, "content-disposition: form-data") && !ret->has_name) {
			ret->has_name = quoted_value(line, n, "name", ret->name, sizeof ret->name);
			ret->is_file = quoted_value(line, n, "filename", ret->file, sizeof ret->file);
			continue;
		}
		if (!begins(line, n, "content-type:"))
			break;
	}
	return err_set(e, ERR_INVALID, "a part of the form has no good head");
}

static int take_part(struct form *f, const struct part *part, const char *p, size_t n, bool *seen,
		     const char **ret_csrf, struct err *e)
{
	struct form_upload up = { .p = p, .len = n };
	size_t field = FORM_NO_FIELD;
	char *text;

	if (form_field_of(f, part->name, seen, &field, e))
		return e->code;
	if (field != FORM_NO_FIELD && f->fields[field].kind == FORM_FILE && part->is_file) {
		up.field = field;
		if (parse_utf8_ok(part->file, strlen(part->file)) && !strpbrk(part->file, "\r\n\t"))
			str_copy(up.name, sizeof up.name, part->file);
		if (n) /* no file was chosen: an empty one without a name */
			vec_push(&f->uploads, up);
		return OK;
	}
	if (part->is_file || !parse_utf8_ok(p, n))
		return err_set(e, ERR_INVALID, "the field '%s' holds what is no text", part->name);
	for (size_t i = 0; i < n; i++)
		if (((unsigned char)p[i] < ' ' || p[i] == 0x7f) &&
		    (field == FORM_NO_FIELD || f->fields[field].kind != FORM_AREA || !strchr("\r\n\t", p[i])))
			return err_set(e, ERR_INVALID, "the field '%s' holds what is no text", part->name);
	text = arena_strndup(f->arena, p, n);
	if (field != FORM_NO_FIELD)
		return form_take(f, field, text, n, e);
	return form_take_word(f, part->name, text, ret_csrf, e);
}

int form_read_parts(struct form *f, bool *seen, const char **ret_csrf, struct err *e)
{
	const char *s = str_c(&f->rq->body), *end = s + f->rq->body.len, *stop;
	char mark[BOUNDARY_MAX + 3], next[BOUNDARY_MAX + 5] = "\r\n";
	struct part part;
	size_t len;

	if (!boundary_of(f->rq, mark))
		return err_set(e, ERR_INVALID, "the form has no boundary between its parts");
	str_copy(next + 2, sizeof next - 2, mark);
	len = strlen(mark);
	if ((size_t)(end - s) < len || memcmp(s, mark, len) != 0)
		return err_set(e, ERR_INVALID, "the form does not begin with its boundary");
	s += len;
	while (end - s >= 2 && !memcmp(s, "\r\n", 2)) {
		s += 2;
		if (read_head(&s, end, &part, e))
			return e->code;
		stop = memmem(s, (size_t)(end - s), next, len + 2);
		if (!stop)
			return err_set(e, ERR_INVALID, "a part of the form does not end");
		if (take_part(f, &part, s, (size_t)(stop - s), seen, ret_csrf, e))
			return e->code;
		s = stop + len + 2;
	}
	if ((size_t)(end - s) != 4 || memcmp(s, "--\r\n", 4) != 0)
		return err_set(e, ERR_INVALID, "the form does not end with its boundary");
	return OK;
}
