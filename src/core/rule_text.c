/* SPDX-License-Identifier: Apache-2.0 */
#include "core/rule_text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "base/parse.h"
#include "base/str.h"

#define WORD_MAX 80
#define VIAS_MAX 32

void rule_init(struct rule *r)
{
	memset(r, 0, sizeof *r);
	r->arena = arena_new();
}

void rule_done(struct rule *r)
{
	vec_done(&r->v);
	if (r->arena)
		arena_free(r->arena);
	r->arena = NULL;
}

/* A sentence being read; positions are places in the model. */
struct reader {
	const struct graph *g;
	const struct graph_model *m;
	const char *text, *p;
	char word[WORD_MAX]; /* the newest one; "" at the end */
	int64_t col;         /* where it begins, from 1 */
	/* The bases of each entry as they become: a row of m->count flags per position, and whether the row
	 * differs from what stands. */
	unsigned char *bases, *touched;
	const char **why; /* arena of the rule */
	struct rule *out;
};

static int refuse(const struct reader *r, struct err *e, const char *fmt, ...) PRINTF_LIKE(3, 4);
static int refuse(const struct reader *r, struct err *e, const char *fmt, ...)
{
	char msg[400];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(msg, sizeof msg, fmt, ap);
	va_end(ap);
	err_set(e, ERR_RULE, "%s", msg);
	return err_at(e, NULL, 0, r->col);
}

/* The next word, or one of ; and , */
static int word_next(struct reader *r, struct err *e)
{
	size_t n;

	r->p += strspn(r->p, " \t\r\n");
	r->col = r->p - r->text + 1;
	n = *r->p == ';' || *r->p == ',' ? 1 : strcspn(r->p, " \t\r\n;,");
	if (!str_copyn(r->word, sizeof r->word, r->p, n))
		return refuse(r, e, "a word is longer than %d characters", WORD_MAX - 1);
	for (size_t i = 0; i < n; i++)
		if (r->word[i] < ' ' || r->word[i] > '~')
			return refuse(r, e, "only letters, digits and signs of ASCII are understood");
	r->p += n;
	return OK;
}

static bool is_word(const struct reader *r, const char *word)
{
	return !strcasecmp(r->word, word);
}

static int expect(struct reader *r, const char *word, const char *also, struct err *e)
{
	if (is_word(r, word) || (also && is_word(r, also)))
		return word_next(r, e);
	if (!*r->word)
		return refuse(r, e, "the rule ends where '%s' is expected", word);
	return refuse(r, e, "'%s' is not understood here; '%s' is expected", r->word, word);
}

/* A version as the entry writes it, or with colons between its pairs of digits. */
static bool version_fits(const char *word, const char *version)
{
	char plain[WORD_MAX];
	size_t n = 0;

	if (!strcasecmp(word, version))
		return true;
	for (const char *s = word; *s; s++)
		if (*s != ':')
			plain[n++] = *s;
	plain[n] = '\0';
	return strchr(word, ':') && !strcasecmp(plain, version);
}

static bool id_fits(const struct reader *r, const char *word, const char *public_id)
{
	size_t n = strlen(r->m->scheme);

	if (!strncasecmp(word, r->m->scheme, n) && word[n] == ':')
		word += n + 1;
	/* Lost zeros in front, as everywhere for Entry IDs. */
	n = strlen(word);
	if (!strcmp(r->m->scheme, "cpl") && n < strlen(public_id) && strspn(word, "0123456789") == n)
		return n && strspn(public_id, "0") >= strlen(public_id) - n &&
		       !strcmp(word, public_id + strlen(public_id) - n);
	return !strcmp(word, public_id);
}

/* The place of the entry that the word names, and on to the next word. */
static int entry_next(struct reader *r, uint32_t *ret, struct err *e)
{
	uint32_t found = NODE_NONE;
	STR(names, 300);
	size_t n = 0;

	if (!*r->word)
		return refuse(r, e, "the rule ends where an entry is expected");
	for (uint32_t i = 0; i < r->m->count; i++) {
		const struct graph_node *node = graph_node(r->g, r->m->first + i);

		if (id_fits(r, r->word, node->public_id)) {
			found = i; /* an Entry ID decides */
			n = 1;
			break;
		}
		if (!version_fits(r->word, node->version))
			continue;
		str_addf(&names, "%s%s", n++ ? ", " : "", node->name);
		found = i;
	}
	if (!n)
		return refuse(r, e, "'%s' is neither an Entry ID nor a version of this model", r->word);
	if (n > 1)
		return refuse(r, e, "'%s' is the version of several entries: %s; write the Entry ID", r->word,
			      str_c(&names));
	*ret = found;
	return word_next(r, e);
}

static unsigned char *base_flag(struct reader *r, uint32_t entry, uint32_t base)
{
	return &r->bases[(size_t)entry * r->m->count + base];
}

static const char *id_at(const struct reader *r, uint32_t i)
{
	return graph_node(r->g, r->m->first + i)->name;
}

static void touch(struct reader *r, uint32_t entry, const char *why)
{
	r->touched[entry] = 1;
	if (!r->why[entry])
		r->why[entry] = arena_strdup(r->out->arena, why);
}

static void base_set(struct reader *r, uint32_t entry, uint32_t base, const char *why)
{
	unsigned char *f = base_flag(r, entry, base);

	if (*f || entry == base)
		return;
	*f = 1;
	touch(r, entry, why);
}

static void base_drop(struct reader *r, uint32_t entry, uint32_t base, const char *why)
{
	unsigned char *f = base_flag(r, entry, base);

	if (!*f)
		return;
	*f = 0;
	touch(r, entry, why);
}

/* What the statements say now: named bases, of `any` the edges that it makes. */
static void read_bases(struct reader *r)
{
	for (uint32_t t = 0; t < r->m->count; t++) {
		const struct graph_node *n = graph_node(r->g, r->m->first + t);
		const uint32_t *in = graph_in_edges(r->g, n);

		for (size_t i = 0; n->path && n->path->kind == STATEMENT_BASES && i < n->path->nbases; i++) {
			uint32_t b = graph_find_id(r->g, n->path->bases[i]);

			if (b != NODE_NONE && b - r->m->first < r->m->count && b != r->m->first + t)
				*base_flag(r, t, b - r->m->first) = 1;
		}
		for (uint32_t i = 0; n->path && n->path->kind == STATEMENT_ANY && i < n->in_count; i++)
			*base_flag(r, t, graph_edge(r->g, in[i])->from - r->m->first) = 1;
	}
}

/* "via V {then V}" */
static int read_vias(struct reader *r, uint32_t via[VIAS_MAX], size_t *ret_n, struct err *e)
{
	size_t n = 0;

	if (expect(r, "via", "through", e))
		return e->code;
	do {
		int64_t col;

		if (n && word_next(r, e))
			return e->code;
		if (n == VIAS_MAX)
			return refuse(r, e, "more than %d entries in one 'via'", VIAS_MAX);
		col = r->col;
		if (entry_next(r, &via[n], e))
			return e->code;
		for (size_t i = 0; i < n; i++)
			if (via[i] == via[n]) {
				r->col = col;
				return refuse(r, e, "%s is named twice", id_at(r, via[n]));
			}
		n++;
	} while (is_word(r, "then") || is_word(r, ","));
	*ret_n = n;
	return OK;
}

static bool is_one_of(uint32_t t, const uint32_t *v, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (v[i] == t)
			return true;
	return false;
}

static int below(struct reader *r, struct err *e)
{
	uint32_t x, via[VIAS_MAX], low, last;
	char why[200];
	int64_t col;
	size_t n;

	if (entry_next(r, &x, e) || expect(r, "go", NULL, e))
		return e->code;
	col = r->col;
	if (read_vias(r, via, &n, e))
		return e->code;
	last = via[n - 1];
	low = x < via[0] ? x : via[0];
	if (!low) {
		r->col = col;
		return refuse(r, e, "no entry of this model lies below %s",
			      id_at(r, x < via[0] ? x : via[0]));
	}
	snprintf(why, sizeof why, "entries below %s go via %s", id_at(r, x), id_at(r, via[0]));
	for (uint32_t u = 0; u < low; u++)
		base_set(r, via[0], u, why);
	for (size_t i = 1; i < n; i++)
		base_set(r, via[i], via[i - 1], why);
	for (uint32_t t = x > last ? x : last + 1; t < r->m->count; t++) {
		bool had = t == x;

		if (is_one_of(t, via, n))
			continue;
		for (uint32_t u = 0; u < low; u++)
			if (*base_flag(r, t, u)) {
				base_drop(r, t, u, why);
				had = true;
			}
		if (had)
			base_set(r, t, last, why);
	}
	return OK;
}

static int from_to(struct reader *r, struct err *e)
{
	uint32_t x, y, via[VIAS_MAX];
	bool only = false;
	int64_t col;
	char why[200];
	size_t n;

	if (entry_next(r, &x, e) || expect(r, "to", NULL, e))
		return e->code;
	col = r->col;
	if (entry_next(r, &y, e))
		return e->code;
	if (x == y) {
		r->col = col;
		return refuse(r, e, "%s is start and target", id_at(r, x));
	}
	if (is_word(r, "only")) {
		only = true;
		if (word_next(r, e))
			return e->code;
	}
	col = r->col;
	if (read_vias(r, via, &n, e))
		return e->code;
	snprintf(why, sizeof why, "from %s to %s %svia %s", id_at(r, x), id_at(r, y), only ? "only " : "",
		 id_at(r, via[0]));
	for (size_t i = 0; i < n; i++) {
		if (via[i] == x || via[i] == y) {
			r->col = col;
			return refuse(r, e, "%s is already an end of the way", id_at(r, via[i]));
		}
		base_set(r, via[i], i ? via[i - 1] : x, why);
	}
	base_set(r, y, via[n - 1], why);
	if (only)
		base_drop(r, y, x, why);
	return OK;
}

static int read_clauses(struct reader *r, struct err *e)
{
	if (word_next(r, e))
		return e->code;
	for (;;) {
		int rc;

		if (is_word(r, "below"))
			rc = word_next(r, e) || below(r, e);
		else if (is_word(r, "from"))
			rc = word_next(r, e) || from_to(r, e);
		else if (!*r->word)
			return refuse(r, e, "the rule ends where 'below' or 'from' is expected");
		else
			return refuse(r, e,
				      "'%s' is not understood here; a rule begins with 'below' or 'from'",
				      r->word);
		if (rc)
			return e->code;
		if (!*r->word)
			return OK;
		if (!is_word(r, ";"))
			return refuse(r, e, "'%s' is not understood here; ';' or the end is expected",
				      r->word);
		if (word_next(r, e))
			return e->code;
		if (!*r->word)
			return OK; /* a last ; */
	}
}

static int write_out(struct reader *r, struct err *e)
{
	for (uint32_t t = 0; t < r->m->count; t++) {
		struct rule_statement s = { .node = r->m->first + t };
		uint32_t *bases;

		if (!r->touched[t])
			continue;
		bases = arena_array(r->out->arena, r->m->count, sizeof *bases);
		for (uint32_t b = 0; b < r->m->count; b++)
			if (*base_flag(r, t, b))
				bases[s.nbases++] = r->m->first + b;
		if (!s.nbases) {
			r->col = 1;
			return refuse(r, e, "%s would have no base left; state 'none' instead", id_at(r, t));
		}
		s.bases = bases;
		s.why = r->why[t];
		vec_push(&r->out->v, s);
	}
	if (!r->out->v.n) {
		r->col = 1;
		return refuse(r, e, "it says what stands already: nothing would change");
	}
	return OK;
}

int rule_read(const struct graph *g, uint32_t model, const char *text, struct rule *out, struct err *e)
{
	struct reader r = { .g = g, .m = graph_model(g, model), .text = text, .p = text, .out = out };
	uint32_t n = r.m->count;

	r.col = 1;
	if (strlen(text) > RULE_TEXT_MAX)
		return refuse(&r, e, "the rule is longer than %d characters", RULE_TEXT_MAX);
	r.bases = arena_array(out->arena, n, n);
	r.touched = arena_array(out->arena, n, 1);
	r.why = arena_array(out->arena, n, sizeof *r.why);
	read_bases(&r);
	return read_clauses(&r, e) || write_out(&r, e) ? (int)e->code : OK;
}
