/* SPDX-License-Identifier: Apache-2.0 */
#include "core/twins.h"

#include <string.h>

#include "base/parse.h"
#include "core/lookup.h"
#include "model/ident.h"

const char *const entry_column_text[] = { "status",   "device_type", "smets",        "gbcs",
					  "hash",     "descriptor",  "cpa",          "version",
					  "hardware", "model",       "manufacturer", NULL };
static const char *const why_text[] = { "identity", "spelling", "version" };

static bool text_differs(const char *a, const char *b)
{
	size_t na = a ? strlen(a) : 0, nb = b ? strlen(b) : 0;

	if (!a || !b)
		return a != b;
	na = parse_trim(&a, na);
	nb = parse_trim(&b, nb);
	return na != nb || memcmp(a, b, na) != 0;
}

unsigned entry_columns_differ(const struct snapshot *s, uint32_t node_a, uint32_t node_b)
{
	const struct graph_node *a = graph_node(s->graph, node_a), *b = graph_node(s->graph, node_b);
	const struct graph_model *ma = graph_model(s->graph, a->model), *mb = graph_model(s->graph, b->model);
	const bool differs[] = {
		a->removed != b->removed,
		text_differs(a->device_type, b->device_type),
		text_differs(a->smets, b->smets),
		text_differs(a->gbcs, b->gbcs),
		text_differs(a->hash, b->hash),
		text_differs(a->descriptor, b->descriptor),
		a->cpa_kind != b->cpa_kind || a->cpa_until != b->cpa_until,
		text_differs(a->version, b->version),
		text_differs(ma->hardware, mb->hardware),
		text_differs(ma->model, mb->model),
		text_differs(ma->manufacturer, mb->manufacturer),
	};
	unsigned columns = 0;

	for (size_t i = 0; i < sizeof differs / sizeof *differs; i++)
		columns |= differs[i] ? 1u << i : 0;
	return columns;
}

void entry_columns_json(unsigned columns, struct jw *w)
{
	jw_arr(w);
	jw_str(w, "entry");
	for (unsigned i = 0; entry_column_text[i]; i++)
		if (columns >> i & 1)
			jw_str(w, entry_column_text[i]);
	jw_arr_end(w);
}

static bool is_cpl(const struct graph_model *m)
{
	return !strcmp(m->scheme, "cpl");
}

static bool firmware_of(const char *version, uint32_t *ret)
{
	uint64_t v;

	if (strlen(version) != 8 || !parse_hex(version, 8, &v))
		return false;
	*ret = (uint32_t)v;
	return true;
}

/* How near b is to a; 3 = no twin. */
static unsigned nearness(const struct snapshot *s, uint32_t a, uint32_t b)
{
	const struct graph_node *na = graph_node(s->graph, a), *nb = graph_node(s->graph, b);
	bool same = !strcmp(na->version, nb->version);
	uint32_t fa, fb, other;

	if (na->model != nb->model)
		return same && is_cpl(graph_model(s->graph, na->model)) &&
			       is_cpl(graph_model(s->graph, nb->model))
			   ? TWIN_VERSION
			   : 3;
	if (same)
		return TWIN_IDENTITY;
	if (!is_cpl(graph_model(s->graph, na->model)) || !firmware_of(na->version, &fa) ||
	    !firmware_of(nb->version, &fb))
		return 3;
	if ((ident_mistaken(fa, true, &other) && other == fb) ||
	    (ident_mistaken(fa, false, &other) && other == fb))
		return TWIN_SPELLING;
	return 3;
}

static void put_twin(const struct snapshot *s, uint32_t node, uint32_t twin, unsigned why, struct jw *w)
{
	jw_obj(w);
	jw_kstr(w, "why", why_text[why]);
	jw_key(w, "differs");
	entry_columns_json(entry_columns_differ(s, node, twin), w);
	jw_key(w, "identity");
	entry_identity_json(s, twin, w);
	jw_end(w);
}

static void put_written(const struct graph_node *n, struct jw *w)
{
	char octets[12] = "", dotted[16] = "";
	uint32_t firmware;

	jw_key(w, "written");
	if (!firmware_of(n->version, &firmware)) {
		jw_null(w);
		return;
	}
	for (size_t i = 0; i < 4; i++) {
		memcpy(octets + 3 * i, n->version + 2 * i, 2);
		octets[3 * i + 2] = i < 3 ? ':' : '\0';
	}
	ident_dotted_text(firmware, dotted);
	jw_obj(w);
	jw_kstr(w, "digits", n->version);
	jw_kstr(w, "octets", octets);
	jw_kstr(w, "dotted", dotted);
	jw_end(w);
}

void twins_json(const struct snapshot *s, uint32_t node, struct jw *w)
{
	int64_t total = 0;

	put_written(graph_node(s->graph, node), w);
	jw_key(w, "twins");
	jw_arr(w);
	for (unsigned why = TWIN_IDENTITY; why <= TWIN_VERSION; why++)
		for (uint32_t i = 0; i < graph_nodes(s->graph); i++)
			if (i != node && nearness(s, node, i) == why && total++ < TWINS_SHOWN)
				put_twin(s, node, i, why, w);
	jw_arr_end(w);
	jw_kint(w, "more", total > TWINS_SHOWN ? total - TWINS_SHOWN : 0);
}
