/* SPDX-License-Identifier: Apache-2.0 */
#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "core/lookup.h"
#include "core/rendered.h"
#include "model/ident.h"

#define WORD_MAX 256

/* A hex column as users write it: without colons and leading zeros, any case. False when it is no such text.
 */
static bool bare_hex(const char *s, char buf[WORD_MAX])
{
	size_t n = 0;

	for (; *s; s++) {
		if (*s == ':')
			continue;
		if (!isxdigit((unsigned char)*s) || n == WORD_MAX - 1)
			return false;
		if (n || *s != '0')
			buf[n++] = (char)toupper((unsigned char)*s);
	}
	buf[n] = 0;
	return true;
}

/* Does a stored field equal what the user wrote, lost zeros and colons forgiven? */
static bool field_is(const char *field, const char *want)
{
	char a[WORD_MAX], b[WORD_MAX];

	return !want || !strcasecmp(field, want) ||
	       (bare_hex(field, a) && bare_hex(want, b) && !strcmp(a, b));
}

static bool hash_begins(const char *hash, const char *want)
{
	size_t n = 0;

	if (!want)
		return true;
	for (; hash && *want; want++) {
		if (*want == ':')
			continue;
		if (toupper((unsigned char)*want) != hash[n])
			return false;
		n++;
	}
	return hash && n;
}

static bool has_part(const char *field, const char *part)
{
	return field && strcasestr(field, part);
}

/* A dotted version alone, in either reading. */
static bool is_dotted(const struct graph_node *n, const char *q)
{
	char text[WORD_MAX + 16], one[9], other[9];
	struct ident id;
	struct err e;

	if (!strchr(q, '.') || (size_t)snprintf(text, sizeof text, "0:0:%s", q) >= sizeof text ||
	    ident_parse(text, false, &id, &e))
		return false;
	ident_firmware_text(id.firmware, one);
	ident_firmware_text(id.other, other);
	return !strcmp(n->version, one) || !strcmp(n->version, other);
}

/* q in any field: as it is, or, when it is hex with colons, without these. */
static bool anywhere(const struct graph_model *m, const struct graph_node *n, const char *q)
{
	STR(both, WORD_MAX);
	char plain[WORD_MAX];
	size_t len = 0;

	for (const char *s = q; *s && len < WORD_MAX - 1; s++)
		if (*s != ':')
			plain[len++] = *s;
	plain[len] = 0;
	str_addf(&both, "%s%s", m->model, m->hardware);
	return is_dotted(n, q) || has_part(n->name, q) || has_part(m->manufacturer, plain) ||
	       has_part(str_c(&both), plain) || has_part(n->version, plain) || has_part(n->hash, plain) ||
	       has_part(n->device_type, q) || has_part(n->smets, q) || has_part(n->gbcs, q) ||
	       has_part(n->descriptor, q) || has_part(n->removed ? "Removed" : "Current", q);
}

static bool fits(const struct graph *g, uint32_t node, const struct entry_filter *f)
{
	const struct graph_node *n = graph_node(g, node);
	const struct graph_model *m = graph_model(g, n->model);

	return field_is(m->manufacturer, f->manufacturer) && field_is(m->model, f->model) &&
	       field_is(m->hardware, f->hardware) && field_is(n->version, f->version) &&
	       hash_begins(n->hash, f->hash) &&
	       (!f->device_type || has_part(n->device_type, f->device_type)) &&
	       (!f->status || !strcasecmp(n->removed ? "Removed" : "Current", f->status));
}

size_t lookup_entries(const struct snapshot *s, const struct entry_filter *f, uint32_t after_node,
		      uint32_t *ret, size_t max)
{
	const struct rendered *r = s->rendered;
	size_t total = graph_nodes(s->graph), n = 0, known = 0;
	uint32_t same[CANDIDATES_MAX];
	struct err e;

	/* What reads as an identity of the catalogue means that. */
	if (f->q && (strpbrk(f->q, ":-/ .") || strlen(f->q) == 6) &&
	    lookup_nodes(s, f->q, same, CANDIDATES_MAX, &known, &e))
		known = 0;
	for (size_t i = after_node == NODE_NONE ? 0 : r->place[after_node] + (size_t)1; i < total && n < max;
	     i++) {
		uint32_t node = r->by_ord[i];
		bool is = false;

		for (size_t k = 0; k < known && k < CANDIDATES_MAX; k++)
			is |= same[k] == node;
		if (f->q && *f->q && !is &&
		    (known || !anywhere(graph_model(s->graph, graph_node(s->graph, node)->model),
					graph_node(s->graph, node), f->q)))
			continue;
		if (fits(s->graph, node, f))
			ret[n++] = node;
	}
	return n;
}
