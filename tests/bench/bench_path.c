/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Paths over 20,000 entries of 2,000 models: ours and an SQLite recursive CTE, on the same edges and
 * questions. tests/bench/run-path runs this and the peers and prints the table of doc/performance.md. Writes
 * edges.csv and questions.csv into the folder given, results as lines "name<TAB>p50 ns<TAB>mean
 * ns<TAB>checksum".
 */
#include <assert.h>
#include <inttypes.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/arena.h"
#include "base/mem.h"
#include "base/parse.h"
#include "base/rnd.h"
#include "core/lookup.h"
#include "core/rendered.h"

#define MODELS 2000
#define ENTRIES 20000
#define QUESTIONS 20000
#define BLOCK 50 /* questions timed together: the clock costs as much as an answer */
#define LARGE 1000

struct question {
	uint32_t from, to; /* nodes */
	char text[2][32];  /* the same as CPL identities */
};

struct bench {
	struct snapshot *snap;
	struct path_scratch *scratch;
	struct question *q;
	int64_t now;
};

static int64_t nanoseconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t); /* others may use the machine */
	return t.tv_sec * INT64_C(1000000000) + t.tv_nsec;
}

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* Times ask(i) for n questions, rounds times over; the sum of what it returns is the checksum of one round.
 */
static void measure(const char *name, struct bench *b, int64_t (*ask)(struct bench *b, size_t i), size_t n,
		    int rounds)
{
	size_t blocks = n / BLOCK * (size_t)rounds, at = 0;
	double *per = mem_array(blocks, sizeof *per), total = 0;
	int64_t sum = 0;

	for (int r = 0; r < rounds; r++) {
		sum = 0;
		for (size_t i = 0; i + BLOCK <= n; i += BLOCK) {
			int64_t begun = nanoseconds();

			for (size_t k = i; k < i + BLOCK; k++)
				sum += ask(b, k);
			per[at] = (double)(nanoseconds() - begun) / BLOCK;
			total += per[at++];
		}
	}
	qsort(per, blocks, sizeof *per, by_size);
	printf("%s\t%.1f\t%.1f\t%" PRId64 "\n", name, per[blocks / 2], total / (double)blocks, sum);
	fflush(stdout);
	free(per);
}

static struct graph *build(struct graph_builder *b)
{
	struct graph *g = NULL;
	struct err e;

	if (graph_build(b, &g, &e)) {
		fprintf(stderr, "bench_path: %s\n", e.msg);
		exit(1);
	}
	return g;
}

/* Models of 2 to 18 entries; every entry has one to three bases among the five before it. */
static struct graph *make_catalogue(struct rnd *r)
{
	struct graph_builder *b = graph_builder_new();
	char hash[65] = { 0 }, id[16], version[16], hardware[8], maker[8];
	int64_t entry = 0, left = ENTRIES;

	for (int64_t m = 0; m < MODELS; m++) {
		int64_t size = m == MODELS - 1 ? left : 2 + (int64_t)rnd_below(r, 17),
			most = left - 2 * (MODELS - 1 - m);
		int64_t first = entry + 1;

		size = size > most ? most : size;
		left -= size;
		snprintf(maker, sizeof maker, "%04X", 0x1000 + (unsigned)(m % 19));
		snprintf(hardware, sizeof hardware, "%04X", (unsigned)m);
		graph_add_model(b, &(struct model_row){ m + 1, "cpl", maker, "4331", hardware });
		for (int64_t i = 0; i < size; i++) {
			int64_t bases[3], n = 0;

			entry++;
			snprintf(id, sizeof id, "%06d", (int)entry);
			snprintf(version, sizeof version, "%08X", 0x00040000 + (unsigned)(i << 8));
			for (int k = 0; k < 64; k++)
				hash[k] = "0123456789ABCDEF"[rnd_below(r, 16)];
			graph_add_entry(b, &(struct entry_row){
					       .id = entry,
					       .model_id = m + 1,
					       .ord = entry,
					       .public_id = id,
					       .version = version,
					       .hash = hash,
					       .cpa_kind = 'R',
					       .cpa_until = time_from_ymd(2028, 1, 1),
					       .device_type = "Single Element Electricity Metering Equipment",
					       .smets = "SMETS V5.1",
					       .gbcs = "GBCS Version 4.1",
					       .bytes = -1,
					       .seconds = -1,
					       .restarts = -1 });
			for (int k = 0; k < 3 && i > 0; k++)
				if (!k || rnd_below(r, 100) < 60)
					bases[n++] =
					    k ? entry - 1 - (int64_t)rnd_below(r, (uint64_t)(i < 5 ? i : 5))
					      : entry - 1;
			graph_add_statement(
			    b, &(struct statement_row){
				   .id = entry,
				   .entry_id = entry,
				   .kind = entry == first ? STATEMENT_NONE : STATEMENT_BASES,
				   .author = "Release desk",
				   .excerpt = "May be installed over the versions listed; see release notes, "
					      "section 3.",
				   .stated_on = time_from_ymd(2024, 1, 1),
				   .confirmed_on = time_from_ymd(2025, 1, 1 + (int)rnd_below(r, 28)),
				   .bases = bases,
				   .nbases = (size_t)n });
		}
	}
	return build(b);
}

/* From an entry to a later one of its model, as devices ask. */
static void make_questions(struct bench *b, struct rnd *r)
{
	const struct graph *g = b->snap->graph;

	b->q = mem_array(QUESTIONS, sizeof *b->q);
	for (size_t i = 0; i < QUESTIONS; i++) {
		const struct graph_model *m = graph_model(g, (uint32_t)rnd_below(r, graph_models(g)));
		uint32_t x = (uint32_t)rnd_below(r, m->count), y = (uint32_t)rnd_below(r, m->count - 1);
		uint32_t end[2];

		y += y >= x;
		end[0] = b->q[i].from = m->first + (x < y ? x : y);
		end[1] = b->q[i].to = m->first + (x < y ? y : x);
		for (int k = 0; k < 2; k++)
			snprintf(b->q[i].text[k], sizeof b->q[i].text[k], "%s:%s%s:%s", m->manufacturer,
				 m->model, m->hardware, graph_node(g, end[k])->version);
	}
}

static void export_to(const struct bench *b, const char *folder)
{
	const struct graph *g = b->snap->graph;
	char name[1024];
	FILE *f;

	snprintf(name, sizeof name, "%s/edges.csv", folder);
	if (!(f = fopen(name, "w"))) {
		perror(name);
		exit(1);
	}
	for (uint32_t i = 0; i < graph_edges(g); i++)
		fprintf(f, "%u,%u,%u\n", graph_node(g, graph_edge(g, i)->from)->model, graph_edge(g, i)->from,
			graph_edge(g, i)->to);
	fclose(f);
	snprintf(name, sizeof name, "%s/questions.csv", folder);
	if (!(f = fopen(name, "w"))) {
		perror(name);
		exit(1);
	}
	for (size_t i = 0; i < QUESTIONS; i++)
		fprintf(f, "%u,%u,%u\n", graph_node(g, b->q[i].from)->model, b->q[i].from, b->q[i].to);
	fclose(f);
}

static int64_t ask_nodes(struct bench *b, size_t i)
{
	struct path_question q = { .from = b->q[i].from, .to = b->q[i].to, .at = b->now };
	struct path p;

	path_find(b->snap->graph, &q, b->scratch, &p);
	return p.nhops;
}

static int64_t ask_latest(struct bench *b, size_t i)
{
	struct path_question q = { .from = b->q[i].from, .to = NODE_NONE, .at = b->now };
	struct path p;

	path_find(b->snap->graph, &q, b->scratch, &p);
	return p.nhops;
}

static int64_t ask_back(struct bench *b, size_t i)
{
	struct path_question q = { .from = b->q[i].to, .to = b->q[i].from, .at = b->now };
	struct path p;

	path_find(b->snap->graph, &q, b->scratch, &p);
	return p.result == PATH_NONE;
}

static int64_t ask_large(struct bench *b, size_t i)
{
	struct path_question q = { .from = (uint32_t)(i * 7919 % LARGE),
				   .to = (uint32_t)(i * 104729 % LARGE),
				   .at = b->now };
	struct path p;

	path_find(b->snap->graph, &q, b->scratch, &p);
	return p.result == PATH_NONE;
}

static struct str text_out; /* of a bench: reused as a worker thread does */

static int64_t ask_text(struct bench *b, size_t i)
{
	struct ask ask = { .from = b->q[i].text[0], .to = b->q[i].text[1] };
	struct answer a;
	struct err e;

	if (lookup_ask(b->snap, &ask, b->now, b->scratch, &a, &e))
		abort();
	str_clear(&text_out);
	answer_json(&a, &text_out);
	return (int64_t)text_out.len;
}

/* The recursive query in its quickest form: breadth first, first arrival ends it. */
#define CTE_HOPS                                                                                             \
	"WITH RECURSIVE w(node, hops) AS (SELECT ?1, 0 UNION SELECT e.t, w.hops + 1 FROM w JOIN edge e ON "  \
	"e.f = w.node "                                                                                      \
	"WHERE w.hops < 24) SELECT hops FROM w WHERE node = ?2 LIMIT 1"
#define CTE_PATH                                                                                             \
	"WITH RECURSIVE w(node, hops, way) AS (SELECT ?1, 0, '/' || ?1 || '/' UNION ALL "                    \
	"SELECT e.t, w.hops + 1, w.way || e.t || '/' FROM w JOIN edge e ON e.f = w.node "                    \
	"WHERE w.hops < 24 AND instr(w.way, '/' || e.t || '/') = 0) SELECT hops, way FROM w WHERE node = "   \
	"?2 LIMIT 1"

static sqlite3_stmt *statement;

static int64_t ask_cte(struct bench *b, size_t i)
{
	int64_t hops = 0;

	sqlite3_bind_int64(statement, 1, b->q[i].from);
	sqlite3_bind_int64(statement, 2, b->q[i].to);
	if (sqlite3_step(statement) == SQLITE_ROW)
		hops = sqlite3_column_int64(statement, 0);
	sqlite3_reset(statement);
	return hops;
}

static void need(int rc, sqlite3 *db)
{
	if (rc != SQLITE_OK && rc != SQLITE_DONE && rc != SQLITE_ROW) {
		fprintf(stderr, "bench_path: %s\n", sqlite3_errmsg(db));
		exit(1);
	}
}

static void run_sqlite(struct bench *b)
{
	const struct graph *g = b->snap->graph;
	sqlite3 *db;

	need(sqlite3_open(":memory:", &db), db);
	need(sqlite3_exec(db,
			  "CREATE TABLE edge (f INTEGER NOT NULL, t INTEGER NOT NULL, PRIMARY KEY (f, t)) "
			  "WITHOUT ROWID; BEGIN",
			  NULL, NULL, NULL),
	     db);
	need(sqlite3_prepare_v2(db, "INSERT INTO edge VALUES (?1, ?2)", -1, &statement, NULL), db);
	for (uint32_t i = 0; i < graph_edges(g); i++) {
		sqlite3_bind_int64(statement, 1, graph_edge(g, i)->from);
		sqlite3_bind_int64(statement, 2, graph_edge(g, i)->to);
		need(sqlite3_step(statement), db);
		sqlite3_reset(statement);
	}
	sqlite3_finalize(statement);
	need(sqlite3_exec(db, "COMMIT; ANALYZE", NULL, NULL, NULL), db);
	need(sqlite3_prepare_v2(db, CTE_HOPS, -1, &statement, NULL), db);
	measure("sqlite-cte-hops", b, ask_cte, QUESTIONS, 3);
	sqlite3_finalize(statement);
	need(sqlite3_prepare_v2(db, CTE_PATH, -1, &statement, NULL), db);
	measure("sqlite-cte-path", b, ask_cte, QUESTIONS / 10, 1); /* enumerates all simple paths */
	sqlite3_finalize(statement);
	sqlite3_close(db);
}

/* The largest model that is allowed, with all edges that `any` makes; nothing that leads up is a target. */
static void run_large(struct bench *b)
{
	static const char *const name[] = { "large-path", "large-none" };
	struct cpl_info cpl = { .version = "1", .issued_on = 0, .checked_at = 0 };

	for (int removed = 0; removed < 2; removed++) {
		struct graph_builder *builder = graph_builder_new();
		struct bench large = *b;
		int64_t begun;
		char id[16];

		graph_add_model(builder, &(struct model_row){ 1, "cpl", "0001", "0001", "0001" });
		for (int i = 1; i <= LARGE; i++) {
			snprintf(id, sizeof id, "%06d", i);
			graph_add_entry(builder, &(struct entry_row){ .id = i,
								      .model_id = 1,
								      .ord = i,
								      .public_id = id,
								      .version = "00000001",
								      .removed = removed && i % 3 == 0,
								      .cpa_until = -1,
								      .bytes = -1,
								      .seconds = -1,
								      .restarts = -1 });
			graph_add_statement(
			    builder, &(struct statement_row){
					 .id = i, .entry_id = i, .kind = STATEMENT_ANY, .author = "a" });
			if (removed && i % 4 == 0)
				graph_add_statement(builder, &(struct statement_row){ .id = LARGE + i,
										      .entry_id = i,
										      .kind = STATEMENT_FLOOR,
										      .author = "a" });
		}
		begun = nanoseconds();
		large.snap = snapshot_new(build(builder), NULL, 1, 0, &cpl);
		fprintf(stderr, "a model of %d entries and %zu edges is built in %.1f ms\n", LARGE,
			graph_edges(large.snap->graph), (double)(nanoseconds() - begun) / 1e6);
		measure(name[removed], &large, ask_large, 1000, 3);
		snapshot_free(large.snap);
	}
}

int main(int argc, char **argv)
{
	struct rnd r = rnd_seeded(20000);
	struct bench b = { .scratch = path_scratch_new(), .now = time_from_ymd(2026, 11, 20) };
	struct cpl_info cpl = { .version = "2.051",
				.issued_on = time_from_ymd(2026, 11, 1),
				.checked_at = b.now };
	int64_t begun = nanoseconds();
	struct graph *g = make_catalogue(&r);
	double built = (double)(nanoseconds() - begun) / 1e6;

	if (argc != 2) {
		fprintf(stderr, "usage: bench_path FOLDER\n");
		return 2;
	}
	begun = nanoseconds();
	b.snap = snapshot_new(g, NULL, 57, b.now, &cpl);
	fprintf(stderr,
		"%zu entries, %zu models, %zu edges; graph built in %.1f ms, %.1f MB of answers rendered in "
		"%.1f ms\n",
		graph_nodes(g), graph_models(g), graph_edges(g), built,
		(double)arena_bytes(b.snap->rendered->arena) / 1e6, (double)(nanoseconds() - begun) / 1e6);
	make_questions(&b, &r);
	export_to(&b, argv[1]);
	str_init(&text_out, 4 * MIB);
	measure("ours-nodes", &b, ask_nodes, QUESTIONS, 50);
	measure("ours-latest", &b, ask_latest, QUESTIONS, 50);
	measure("ours-none", &b, ask_back, QUESTIONS, 20);
	measure("ours-text", &b, ask_text, QUESTIONS, 50);
	run_sqlite(&b);
	run_large(&b);
	str_done(&text_out);
	free(b.q);
	path_scratch_free(b.scratch);
	snapshot_free(b.snap);
	return 0;
}
