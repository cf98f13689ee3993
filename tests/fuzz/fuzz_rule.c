/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any text as a rule about a small model. What is understood gives whole statements: bases of the model,
 * sorted, never the entry itself; what is refused names a place inside the text, in printable words.
 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "core/rule_text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define ENTRIES 6

static void need(bool ok)
{
	if (!ok)
		abort();
}

static struct graph *model(void)
{
	static const char *const versions[ENTRIES] = { "00010000", "00010100", "000A", "000A", "FF", "0A" };
	struct graph_builder *b = graph_builder_new();
	struct graph *g = NULL;
	int64_t base = 2;
	struct err e;

	graph_add_model(b, &(struct model_row){ 1, "cpl", "1234", "0001", "0102" });
	for (int i = 0; i < ENTRIES; i++) {
		char id[8];

		snprintf(id, sizeof id, "%06d", i + 1);
		graph_add_entry(b, &(struct entry_row){ .id = i + 1,
							.model_id = 1,
							.ord = i + 1,
							.public_id = id,
							.version = versions[i],
							.cpa_until = -1,
							.bytes = -1,
							.seconds = -1,
							.restarts = -1 });
	}
	graph_add_statement(
	    b, &(struct statement_row){ .id = 1, .entry_id = 5, .kind = STATEMENT_ANY, .author = "" });
	graph_add_statement(
	    b,
	    &(struct statement_row){
		.id = 2, .entry_id = 3, .kind = STATEMENT_BASES, .author = "", .bases = &base, .nbases = 1 });
	need(!graph_build(b, &g, &e));
	return g;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = mem_strndup((const char *)data, size);
	struct graph *g = model();
	OWN(rule_done) struct rule r;
	struct err e;

	rule_init(&r);
	if (rule_read(g, 0, text, &r, &e)) {
		need(e.code == ERR_RULE && *e.msg && e.col >= 1 && (size_t)e.col <= strlen(text) + 1);
		for (const char *p = e.msg; *p; p++)
			need(isprint((unsigned char)*p));
	} else {
		need(r.v.n > 0);
		for (size_t i = 0; i < r.v.n; i++) {
			need(r.v.v[i].node < ENTRIES && r.v.v[i].nbases > 0 && *r.v.v[i].why);
			for (size_t k = 0; k < r.v.v[i].nbases; k++)
				need(r.v.v[i].bases[k] < ENTRIES && r.v.v[i].bases[k] != r.v.v[i].node &&
				     (!k || r.v.v[i].bases[k] > r.v.v[i].bases[k - 1]));
		}
	}
	graph_free(g);
	free(text);
	return 0;
}
