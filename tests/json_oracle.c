/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A second opinion on JSON, from jansson with duplicate names rejected. A program of its own, because jansson
 * and src/base share function names. Reads pairs "<len> <len>\n" + two texts from standard input; answers
 * each with a line of two digits: whether the first text is JSON, and whether the second is JSON with the
 * same value.
 */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static json_t *load(const char *p, size_t n)
{
	json_error_t e;

	if (memchr(p, 0, n)) /* no JSON has one, but jansson 2.14 skips a NUL byte that follows a number */
		return NULL;
	return json_loadb(p, n, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &e);
}

int main(void)
{
	size_t a, b;

	while (scanf("%zu %zu", &a, &b) == 2 && getchar() == '\n') {
		char *p = malloc(a + b + 1);
		json_t *x, *y;

		if (!p || fread(p, 1, a + b, stdin) != a + b)
			return 1;
		x = load(p, a);
		y = load(p + a, b);
		printf("%d%d\n", x != NULL, x && y && json_equal(x, y));
		json_decref(x);
		json_decref(y);
		free(p);
	}
	return !feof(stdin);
}
