/* SPDX-License-Identifier: Apache-2.0 */
#include "base/conf.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "base/mem.h"
#include "base/parse.h"

#define CONF_FILE_MAX (256 * KIB)
#define KEYS_MAX 256

struct value {
	char *text;    /* owned, as written */
	char *origin;  /* owned: "default", "file:12", "--option" */
	int64_t num;   /* INT, DURATION (ms) or BOOL */
	uint64_t pass; /* the conf_parse() that set it, to find repeated keys */
	int64_t line;
};

struct conf {
	const struct conf_key *keys; /* borrowed */
	struct value *values;        /* owned, same order */
	size_t n;
	uint64_t pass;
};

static int find_key(const struct conf *c, const char *name, size_t *ret, struct err *e)
{
	const char *names[KEYS_MAX + 1], *near;

	for (size_t i = 0; i < c->n; i++) {
		if (strcmp(c->keys[i].name, name) == 0) {
			*ret = i;
			return OK;
		}
		names[i] = c->keys[i].name;
	}
	names[c->n] = NULL;
	near = parse_nearest(name, names);
	return err_set(e, ERR_CONFIG, "there is no key '%.60s'%s%s%s", name, near ? "; did you mean '" : "",
		       near ? near : "", near ? "'?" : "");
}

/* Checks text against the key; the number it stands for comes back in ret. */
static int check_value(const struct conf_key *k, const char *text, int64_t *ret, struct err *e)
{
	bool b;
	int64_t ms;

	if (!parse_utf8_ok(text, strlen(text)) || strpbrk(text, "\n\r"))
		return err_set(e, ERR_CONFIG, "the value of '%s' is not one line of UTF-8 text", k->name);
	switch (k->type) {
	case CONF_TEXT:
		return OK;
	case CONF_BOOL:
		if (!parse_bool(text, &b))
			return err_set(e, ERR_CONFIG, "'%s' is yes or no, not '%.60s'", k->name, text);
		*ret = b;
		return OK;
	case CONF_INT:
		if (parse_i64(text, k->min, k->max, ret, e)) {
			e->code = ERR_CONFIG;
			return err_wrap(e, "'%s'", k->name);
		}
		return OK;
	case CONF_DURATION:
		if (parse_duration(text, &ms, e)) {
			e->code = ERR_CONFIG;
			return err_wrap(e, "'%s'", k->name);
		}
		if (ms < k->min || ms > k->max)
			return err_set(e, ERR_CONFIG,
				       "'%s' is %.40s, not between %" PRId64 "ms and %" PRId64 "ms", k->name,
				       text, k->min, k->max);
		*ret = ms;
		return OK;
	}
	return err_set(e, ERR_INTERNAL, "the key '%s' has no type", k->name);
}

static int put_value(struct conf *c, size_t i, const char *text, const char *origin, struct err *e)
{
	struct value *v = &c->values[i];
	int64_t num = 0;

	if (check_value(&c->keys[i], text, &num, e))
		return (int)e->code;
	free(v->text);
	free(v->origin);
	v->text = mem_strdup(text);
	v->origin = mem_strdup(origin);
	v->num = num;
	return OK;
}

struct conf *conf_new(const struct conf_key *keys)
{
	struct conf *c = mem_zalloc(sizeof *c);
	struct err e;

	c->keys = keys;
	while (keys[c->n].name)
		c->n++;
	assert(c->n <= KEYS_MAX);
	c->values = mem_array(c->n, sizeof *c->values);
	for (size_t i = 0; i < c->n; i++) {
		int rc = put_value(c, i, keys[i].def ? keys[i].def : "", "default", &e);

		assert(rc == OK); /* a default that breaks its own limits is our mistake */
		(void)rc;
	}
	return c;
}

void conf_free(struct conf *c)
{
	if (!c)
		return;
	for (size_t i = 0; i < c->n; i++) {
		free(c->values[i].text);
		free(c->values[i].origin);
	}
	free(c->values);
	free(c);
}

static int parse_line(struct conf *c, const char *name, int64_t line, const char *s, size_t n, struct err *e)
{
	const char *eq, *val;
	char origin[256];
	size_t i = 0, key_len, val_len;

	n = parse_trim(&s, n);
	if (!n || *s == '#')
		return OK;
	eq = memchr(s, '=', n);
	if (!eq)
		return err_set(e, ERR_CONFIG, "'%.*s' is not of the form key = value", (int)(n > 60 ? 60 : n),
			       s);
	key_len = (size_t)(eq - s);
	val = eq + 1;
	val_len = parse_trim(&val, n - key_len - 1);
	key_len = parse_trim(&s, key_len);
	OWN(mem_free) char *key = mem_strndup(s, key_len);
	OWN(mem_free) char *text = mem_strndup(val, val_len);
	if (strlen(text) != val_len || strlen(key) != key_len)
		return err_set(e, ERR_CONFIG, "there is a NUL byte in the line");
	if (find_key(c, key, &i, e))
		return (int)e->code;
	if (c->values[i].pass == c->pass)
		return err_set(e, ERR_CONFIG, "'%s' is there twice, first in line %" PRId64, key,
			       c->values[i].line);
	snprintf(origin, sizeof origin, "%s:%" PRId64, name, line);
	if (put_value(c, i, text, origin, e))
		return (int)e->code;
	c->values[i].pass = c->pass;
	c->values[i].line = line;
	return OK;
}

int conf_parse(struct conf *c, const char *name, const char *text, size_t len, struct err *e)
{
	const char *end = text + len, *nl;
	int64_t line = 1;

	c->pass++;
	if (len >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0)
		text += 3;
	for (; text < end; text = nl + 1, line++) {
		nl = memchr(text, '\n', (size_t)(end - text));
		if (!nl)
			nl = end;
		if (parse_line(c, name, line, text, (size_t)(nl - text), e))
			return err_at(e, name, line, 0);
	}
	return OK;
}

int conf_load(struct conf *c, const char *path, struct err *e)
{
	STR(text, CONF_FILE_MAX);

	if (file_read(path, &text, e)) {
		e->code = ERR_CONFIG;
		return err_wrap(e, "configuration");
	}
	return conf_parse(c, path, str_c(&text), text.len, e);
}

int conf_set(struct conf *c, const char *key, const char *value, const char *origin, struct err *e)
{
	size_t i = 0;

	if (find_key(c, key, &i, e) || put_value(c, i, value, origin, e))
		return err_at(e, origin, 0, 0);
	return OK;
}

static const struct value *get(const struct conf *c, const char *key, enum conf_type type)
{
	for (size_t i = 0; i < c->n; i++)
		if (strcmp(c->keys[i].name, key) == 0 && (c->keys[i].type == type || type == CONF_TEXT))
			return &c->values[i];
	fprintf(stderr, "the key '%s' is not in the table with that type\n", key);
	abort();
}

const char *conf_text(const struct conf *c, const char *key)
{
	return get(c, key, CONF_TEXT)->text;
}

int64_t conf_int(const struct conf *c, const char *key)
{
	return get(c, key, CONF_INT)->num;
}

bool conf_bool(const struct conf *c, const char *key)
{
	return get(c, key, CONF_BOOL)->num != 0;
}

int64_t conf_ms(const struct conf *c, const char *key)
{
	return get(c, key, CONF_DURATION)->num;
}

void conf_dump(const struct conf *c, struct str *out)
{
	for (size_t i = 0; i < c->n; i++) {
		str_addf(out, "%s# %s (%s)\n", i ? "\n" : "", c->keys[i].help, c->values[i].origin);
		str_addf(out, "%s = %s\n", c->keys[i].name, c->values[i].text);
	}
}
