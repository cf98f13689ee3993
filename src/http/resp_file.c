/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/parse.h"
#include "http/worker.h"

#define PIECE (64 * KIB)

struct span {
	int64_t from, len;
	bool part;       /* a range was asked for */
	bool impossible; /* and lies outside */
};

/* One range of RFC 9110 14.1.2; what is not understood, or more than one range, is as if nothing was asked.
 */
static struct span span_parse(const char *s, int64_t size)
{
	struct span whole = { 0, size, false, false }, r = { 0, 0, true, false };
	uint64_t a = 0, b = 0;
	const char *dash;
	size_t na, nb;

	if (!s || strncmp(s, "bytes=", 6))
		return whole;
	s += 6;
	dash = strchr(s, '-');
	if (!dash || strchr(s, ','))
		return whole;
	na = (size_t)(dash - s);
	nb = strlen(dash + 1);
	if ((na && (na > 18 || !parse_digits(s, na, &a))) ||
	    (nb && (nb > 18 || !parse_digits(dash + 1, nb, &b))) || (!na && !nb) || (na && nb && b < a))
		return whole;
	if (!na) { /* the last b bytes */
		r.from = (int64_t)b < size ? size - (int64_t)b : 0;
		r.len = size - r.from;
		r.impossible = !b;
	} else {
		r.from = (int64_t)a;
		r.len = (nb && (int64_t)b < size ? (int64_t)b + 1 : size) - r.from;
		r.impossible = r.from >= size;
	}
	return r;
}

static bool if_range_holds(const struct req *rq, const char *etag)
{
	const char *s = req_header(rq, "If-Range");
	size_t n = strlen(etag);

	return !s || (s[0] == '"' && !strncmp(s + 1, etag, n) && !strcmp(s + 1 + n, "\""));
}

static int send_piece(struct worker *w, int fd, int64_t from, int64_t len, struct err *e)
{
	OWN(mem_free) char *buf = mem_alloc(PIECE);

	while (len > 0) {
		ssize_t got = pread(fd, buf, len < (int64_t)PIECE ? (size_t)len : PIECE, from);

		if (got <= 0)
			return got < 0
				   ? err_errno(e, errno, "reading the file")
				   : err_set(e, ERR_INTERNAL, "the file became shorter while it was sent");
		if (!line_send(w, buf, (size_t)got))
			return err_set(e, ERR_REMOTE, "the client went away");
		from += got;
		len -= got;
	}
	return OK;
}

static void fd_close(int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

int resp_file(struct resp *rs, struct req *rq, struct err *e)
{
	__attribute__((cleanup(fd_close))) int fd = open(rs->file, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	struct worker *w = rs->worker;
	struct span span;
	struct stat st;
	char text[96];

	rs->file[0] = '\0';
	if (fd < 0 || fstat(fd, &st))
		return errno == ENOENT ? err_set(e, ERR_NOT_FOUND, "the file is not stored here")
				       : err_errno(e, errno, "opening the file");
	if (resp_not_modified(rs, rq)) {
		rs->status = 304;
		return OK;
	}
	span = span_parse(if_range_holds(rq, rs->etag) ? req_header(rq, "Range") : NULL, st.st_size);
	resp_header(rs, "Accept-Ranges", "bytes");
	if (span.impossible) {
		snprintf(text, sizeof text, "bytes */%lld", (long long)st.st_size);
		resp_header(rs, "Content-Range", text);
		return err_set(e, ERR_RANGE, "the file has %lld bytes", (long long)st.st_size);
	}
	if (span.part) {
		rs->status = 206;
		snprintf(text, sizeof text, "bytes %lld-%lld/%lld", (long long)span.from,
			 (long long)(span.from + span.len - 1), (long long)st.st_size);
		resp_header(rs, "Content-Range", text);
	}
	rs->sent = true;
	resp_head(rs, rq, span.len);
	if (!line_send(w, str_c(&w->out), w->out.len))
		return err_set(e, ERR_REMOTE, "the client went away");
	return w->head_only ? OK : send_piece(w, fd, span.from, span.len, e);
}
