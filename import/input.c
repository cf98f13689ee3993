/* SPDX-License-Identifier: Apache-2.0 */
#include "import/input.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/digest.h"
#include "base/file.h"
#include "base/mem.h"

struct input {
	int fd;          /* -1: in memory */
	const char *p;   /* in memory: borrowed, or from text */
	struct str text; /* what came from standard input */
	int64_t size;
};

void input_free(struct input *in)
{
	if (!in)
		return;
	if (in->fd >= 0)
		close(in->fd);
	str_done(&in->text);
	mem_free(in);
}

int64_t input_size(const struct input *in)
{
	return in->size;
}

static int check_size(const struct input *in, struct err *e)
{
	if (in->size <= (int64_t)IMPORT_FILE_MAX)
		return OK;
	return err_set(e, ERR_TOO_LARGE, "it has %lld bytes; at most %zu MiB are taken", (long long)in->size,
		       IMPORT_FILE_MAX / MIB);
}

static int open_file(struct input *in, const char *path, struct err *e)
{
	struct stat st;

	/* Not blocking: a pipe that nobody writes to must be refused, not waited for. */
	in->fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (in->fd < 0 && errno == ENOENT)
		return err_set(e, ERR_NO_FILE, "there is no such file");
	if (in->fd < 0 || fstat(in->fd, &st))
		return err_errno(e, errno, "it cannot be opened");
	if (!S_ISREG(st.st_mode))
		return err_set(e, ERR_INVALID, "it is not a file");
	in->size = st.st_size;
	return OK;
}

int input_open(const struct feed_input *from, struct input **ret, struct err *e)
{
	OWN(input_free) struct input *in = mem_zalloc(sizeof *in);

	in->fd = -1;
	str_init(&in->text, IMPORT_FILE_MAX + 1);
	if (!from->path) {
		in->p = from->bytes;
		in->size = (int64_t)from->len;
	} else if (!strcmp(from->path, "-")) {
		if (file_read("-", &in->text, e))
			return e->code;
		in->p = str_c(&in->text);
		in->size = (int64_t)in->text.len;
	} else if (open_file(in, from->path, e)) {
		return e->code;
	}
	if (check_size(in, e))
		return e->code;
	*ret = MOVE(in);
	return OK;
}

int input_read(const struct input *in, int64_t at, void *buf, size_t n, size_t *ret_n, struct err *e)
{
	size_t left = at < in->size ? (size_t)(in->size - at) : 0, done = 0;

	if (n > left)
		n = left;
	if (in->fd < 0) {
		if (n)
			memcpy(buf, in->p + at, n);
		*ret_n = n;
		return OK;
	}
	while (done < n) {
		ssize_t got = pread(in->fd, (char *)buf + done, n - done, at + (off_t)done);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return err_errno(e, errno, "it cannot be read");
		if (!got)
			return err_set(e, ERR_IMPORT, "it became shorter while it was read");
		done += (size_t)got;
	}
	*ret_n = n;
	return OK;
}

int input_hash(const struct input *in, char ret[65], struct err *e)
{
	OWN(sha256_free) struct sha256 *h = sha256_new();
	OWN(mem_free) char *buf = mem_alloc(64 * KIB);
	uint8_t out[SHA256_LEN];
	int64_t at = 0;
	size_t n;

	for (;; at += (int64_t)n) {
		if (input_read(in, at, buf, 64 * KIB, &n, e))
			return e->code;
		if (!n)
			break;
		sha256_add(h, buf, n);
	}
	sha256_end(h, out);
	hex_text(out, sizeof out, ret);
	return OK;
}
