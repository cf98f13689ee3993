/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The same questions to igraph in C, one graph per model as its users would build them. A program of its own:
 * reads the files of bench_path, prints one line as bench_path does. Built by tests/bench/run-path with the
 * system's cc.
 */
#include <igraph.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define BLOCK 50
#define ROUNDS 20

struct row {
	unsigned model, from, to;
};

static struct row *read_rows(const char *folder, const char *name, size_t *ret_n)
{
	struct row *rows = NULL, r;
	size_t n = 0, cap = 0;
	char path[1024];
	FILE *f;

	snprintf(path, sizeof path, "%s/%s", folder, name);
	if (!(f = fopen(path, "r"))) {
		perror(path);
		exit(1);
	}
	while (fscanf(f, "%u,%u,%u", &r.model, &r.from, &r.to) == 3) {
		if (n == cap)
			rows = realloc(rows, (cap = cap ? cap * 2 : 1024) * sizeof *rows);
		rows[n++] = r;
	}
	fclose(f);
	*ret_n = n;
	return rows;
}

static double nanoseconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t); /* others may use the machine */
	return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

int main(int argc, char **argv)
{
	size_t nedges, nquestions, nmodels = 0, at = 0, blocks;
	struct row *edges, *questions;
	unsigned *first, *count;
	igraph_t *graphs;
	igraph_vector_int_t ends, way;
	double *per, total = 0;
	long sum = 0;

	if (argc != 2)
		return 2;
	edges = read_rows(argv[1], "edges.csv", &nedges);
	questions = read_rows(argv[1], "questions.csv", &nquestions);
	for (size_t i = 0; i < nedges; i++)
		nmodels = edges[i].model >= nmodels ? edges[i].model + 1 : nmodels;
	first = calloc(nmodels, sizeof *first);
	count = calloc(nmodels, sizeof *count);
	graphs = calloc(nmodels, sizeof *graphs);
	for (size_t i = 0; i < nedges; i++) { /* edges are sorted by node; a model's nodes are neighbours */
		struct row *e = &edges[i];

		if (!count[e->model] || e->from < first[e->model])
			first[e->model] = e->from;
		if (e->to - first[e->model] + 1 > count[e->model])
			count[e->model] = e->to - first[e->model] + 1;
	}
	igraph_vector_int_init(&ends, 0);
	igraph_vector_int_init(&way, 0);
	for (size_t m = 0, i = 0; m < nmodels; m++) {
		igraph_vector_int_clear(&ends);
		for (; i < nedges && edges[i].model == m; i++) {
			igraph_vector_int_push_back(&ends, edges[i].from - first[m]);
			igraph_vector_int_push_back(&ends, edges[i].to - first[m]);
		}
		igraph_create(&graphs[m], &ends, count[m], IGRAPH_DIRECTED);
	}
	blocks = nquestions / BLOCK * ROUNDS;
	per = calloc(blocks, sizeof *per);
	for (int r = 0; r < ROUNDS; r++) {
		sum = 0;
		for (size_t i = 0; i + BLOCK <= nquestions; i += BLOCK) {
			double begun = nanoseconds();

			for (size_t k = i; k < i + BLOCK; k++) {
				struct row *q = &questions[k];

				igraph_get_shortest_path(&graphs[q->model], &way, NULL,
							 q->from - first[q->model], q->to - first[q->model],
							 IGRAPH_OUT);
				sum += igraph_vector_int_size(&way);
			}
			per[at] = (nanoseconds() - begun) / BLOCK;
			total += per[at++];
		}
	}
	qsort(per, blocks, sizeof *per, by_size);
	printf("igraph-c\t%.1f\t%.1f\t%ld\n", per[blocks / 2], total / (double)blocks, sum);
	return 0;
}
