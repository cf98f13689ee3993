/* SPDX-License-Identifier: Apache-2.0 */
#include "import/line_reader.h"

#include <string.h>

#include "base/mem.h"

struct line_reader {
	const struct input *in; /* borrowed */
	int64_t at, line;
	char *buf; /* owned */
	size_t from, to;
	bool end;
};

struct line_reader *line_reader_new(const struct input *in)
{
	struct line_reader *r = mem_zalloc(sizeof *r);

	r->in = in;
	r->buf = mem_alloc(LINE_MAX_BYTES + 2);
	return r;
}

void line_reader_free(struct line_reader *r)
{
	if (r)
		mem_free(r->buf);
	mem_free(r);
}

int line_reader_next(struct line_reader *r, const char **ret, size_t *ret_len, int64_t *ret_line,
		     bool *ret_got, struct err *e)
{
	char *lf = memchr(r->buf + r->from, '\n', r->to - r->from);
	size_t n;

	while (!lf && !r->end) {
		memmove(r->buf, r->buf + r->from, r->to - r->from);
		r->to -= r->from;
		r->from = 0;
		if (r->to == LINE_MAX_BYTES + 2) {
			err_set(e, ERR_TOO_LARGE, "a line may have at most %zu KiB", LINE_MAX_BYTES / KIB);
			return err_at(e, NULL, r->line + 1, 0);
		}
		if (input_read(r->in, r->at, r->buf + r->to, LINE_MAX_BYTES + 2 - r->to, &n, e))
			return e->code;
		r->at += (int64_t)n;
		r->end = n == 0;
		lf = memchr(r->buf + r->to, '\n', n);
		r->to += n;
	}
	*ret_got = lf || r->from < r->to;
	if (!*ret_got)
		return OK;
	*ret = r->buf + r->from;
	*ret_len = lf ? (size_t)(lf - *ret) : r->to - r->from;
	r->from += *ret_len + (lf != NULL);
	if (*ret_len && (*ret)[*ret_len - 1] == '\r')
		--*ret_len;
	*ret_line = ++r->line;
	if (r->line == 1 && *ret_len >= 3 && !memcmp(*ret, "\xef\xbb\xbf", 3)) {
		*ret += 3;
		*ret_len -= 3;
	}
	return OK;
}
