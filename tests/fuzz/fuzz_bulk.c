/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any bytes as a list of questions: however they are cut into pieces, the answers are the same, and their
 * lines are as many as the questions.
 */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "core/bulk.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* 000001 -> 000002 -> 000003, and a twin of 000003. */
static struct snapshot *make_snapshot(void)
{
	static const int64_t bases[] = { 1, 2 };
	struct graph_builder *b = graph_builder_new();
	struct cpl_info cpl = { .version = "1.0", .issued_on = 0, .checked_at = 0 };
	struct graph *g = NULL;
	struct err e;

	graph_add_model(b, &(struct model_row){ 1, "cpl", "118F", "0001", "0000" });
	for (int64_t i = 1; i <= 4; i++) {
		char id[8] = "000000", version[16] = "00000003";

		id[5] = (char)('0' + i);
		if (i < 4)
			version[7] = (char)('0' + i);
		graph_add_entry(b, &(struct entry_row){ .id = i,
							.model_id = 1,
							.ord = i,
							.public_id = id,
							.version = version,
							.cpa_until = -1,
							.bytes = -1,
							.seconds = -1,
							.restarts = -1 });
	}
	for (int64_t i = 2; i <= 3; i++)
		graph_add_statement(b, &(struct statement_row){ .id = i,
								.entry_id = i,
								.kind = STATEMENT_BASES,
								.stated_on = -1,
								.confirmed_on = -1,
								.bases = &bases[i - 2],
								.nbases = 1 });
	if (graph_build(b, &g, &e))
		abort();
	return snapshot_new(g, NULL, 1, 0, &cpl);
}

/* The answers to data in pieces of this size; returns the code. */
static int answers(const struct snapshot *s, struct path_scratch *scratch, const uint8_t *data, size_t size,
		   size_t piece, struct str *out, int64_t *ret_asked)
{
	struct bulk_init init = { .snap = s, .scratch = scratch, .now = 0 };
	OWN(bulk_free) struct bulk *b = bulk_new(&init);
	struct err e;
	int rc = OK;

	for (size_t i = 0; i < size && !rc; i += piece)
		rc = bulk_feed(b, data + i, size - i < piece ? size - i : piece, out, &e);
	if (!rc)
		rc = bulk_end(b, out, &e);
	*ret_asked = bulk_asked(b) + (out->len && !bulk_is_ndjson(b)); /* and the header */
	return rc;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	OWN(snapshot_free) struct snapshot *s = make_snapshot();
	OWN(path_scratch_free) struct path_scratch *scratch = path_scratch_new();
	STR(whole, 16 * MIB);
	STR(pieces, 16 * MIB);
	int64_t a, b, lines = 0;
	int rc = answers(s, scratch, data, size, size + 1, &whole, &a);

	if (rc != answers(s, scratch, data, size, 1 + size % 7, &pieces, &b) || a != b ||
	    whole.len != pieces.len || memcmp(str_c(&whole), str_c(&pieces), whole.len) != 0)
		abort();
	for (const char *p = str_c(&whole); (p = strchr(p, '\n')) != NULL; p++)
		lines++;
	if (lines != a || whole.over)
		abort();
	return 0;
}
