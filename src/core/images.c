/* SPDX-License-Identifier: Apache-2.0 */
#include "core/images.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "base/parse.h"

struct image_in {
	int fd;
	char dir[IMAGE_PATH_MAX], tmp[IMAGE_PATH_MAX];
	char want[SHA256_HEX]; /* "" = any known one */
	int64_t size, max;
	struct sha256 *sum; /* owned */
};

static bool hash_name_ok(const char *s)
{
	size_t n = s ? strlen(s) : 0;

	if (n != SHA256_HEX - 1)
		return false;
	for (size_t i = 0; i < n; i++)
		if (!((s[i] >= '0' && s[i] <= '9') || (s[i] >= 'A' && s[i] <= 'F')))
			return false;
	return true;
}

static bool hash_read(const char *text, char ret[SHA256_HEX])
{
	uint8_t raw[SHA256_LEN];

	if (!parse_hex_bytes(text, strlen(text), raw, sizeof raw))
		return false;
	hex_text(raw, sizeof raw, ret);
	return true;
}

int image_path(const char *image_dir, const char *sha256, char *buf, int64_t *ret_size, struct err *e)
{
	char name[SHA256_HEX];
	struct stat st;

	if (!sha256 || !hash_read(sha256, name))
		return err_set(e, ERR_NOT_FOUND, "an image is named by the 64 hex digits of its SHA-256");
	if (snprintf(buf, IMAGE_PATH_MAX, "%s/%s", image_dir, name) >= IMAGE_PATH_MAX)
		return err_set(e, ERR_CONFIG, "the path of the image folder is too long");
	if (stat(buf, &st) || !S_ISREG(st.st_mode))
		return err_set(e, ERR_NOT_FOUND, "the image %s is not stored here", name);
	if (ret_size)
		*ret_size = (int64_t)st.st_size;
	return OK;
}

bool image_stored(const char *image_dir, const char *sha256)
{
	char buf[IMAGE_PATH_MAX];
	struct stat st;

	if (!hash_name_ok(sha256) || snprintf(buf, sizeof buf, "%s/%s", image_dir, sha256) >= (int)sizeof buf)
		return false;
	return !stat(buf, &st) && S_ISREG(st.st_mode);
}

int image_begin(const char *image_dir, const char *want, struct image_in **ret, struct err *e)
{
	OWN(image_drop) struct image_in *in = mem_zalloc(sizeof *in);

	in->fd = -1;
	in->max = IMAGE_MAX;
	in->sum = sha256_new();
	if (want && !hash_read(want, in->want))
		return err_set(e, ERR_INVALID,
			       "an image is named by the 64 hex digits of its SHA-256, not '%.70s'", want);
	if (snprintf(in->dir, sizeof in->dir, "%s", image_dir) >= (int)sizeof in->dir - 80)
		return err_set(e, ERR_CONFIG, "the path of the image folder is too long");
	if (file_mkdirs(image_dir, e))
		return err_wrap(e, "the image folder");
	snprintf(in->tmp, sizeof in->tmp, "%.*s/.in-XXXXXX", (int)sizeof in->tmp - 80, image_dir);
	in->fd = mkstemp(in->tmp);
	if (in->fd < 0) {
		in->tmp[0] = 0;
		return err_errno(e, errno, "a file in the image folder %s", image_dir);
	}
	*ret = MOVE(in);
	return OK;
}

int image_write(struct image_in *in, const void *p, size_t n, struct err *e)
{
	const char *from = p;

	if (in->size + (int64_t)n > in->max)
		return err_set(e, ERR_TOO_LARGE, "an image may have %d MiB", (int)(in->max >> 20));
	sha256_add(in->sum, p, n);
	in->size += (int64_t)n;
	while (n) {
		ssize_t put = write(in->fd, from, n);

		if (put < 0 && errno == EINTR)
			continue;
		if (put < 0)
			return err_errno(e, errno, "writing an image");
		from += put;
		n -= (size_t)put;
	}
	return OK;
}

void image_drop(struct image_in *in)
{
	if (!in)
		return;
	if (in->fd >= 0)
		close(in->fd);
	if (in->tmp[0])
		unlink(in->tmp);
	sha256_free(in->sum);
	free(in);
}

/* The first entry with this hash, NULL when there is none. */
static const struct graph_node *entry_with(const struct snapshot *s, const char *hash)
{
	for (size_t i = 0; i < graph_nodes(s->graph); i++) {
		const struct graph_node *n = graph_node(s->graph, (uint32_t)i);

		if (n->hash && !strcasecmp(n->hash, hash))
			return n;
	}
	return NULL;
}

bool image_of_entry(const struct snapshot *s, const char *sha256)
{
	return entry_with(s, sha256) != NULL;
}

static int folder_sync(const char *dir, struct err *e)
{
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC), rc;

	if (fd < 0)
		return err_errno(e, errno, "the image folder %s", dir);
	rc = fsync(fd) ? err_errno(e, errno, "the image folder %s", dir) : OK;
	close(fd);
	return rc;
}

/* Stored, but not what its name says any more: adding it again repairs it. */
static bool image_damaged(const char *path, const char *hash)
{
	uint8_t raw[SHA256_LEN];
	char is[SHA256_HEX];
	struct err e;

	if (sha256_file(path, raw, &e))
		return e.code != ERR_NO_FILE;
	return strcmp(hex_text(raw, sizeof raw, is), hash) != 0;
}

/* Decided inside the transaction, so that of two uploads at once only one names the file, and the other's
 * failure cannot take it away again. The file gets its name between the audit row and the commit: should the
 * program die in between, the image is there (and is what its name says) without a row, and adding it again
 * is harmless. */
static int image_keep(struct image_in *in, struct db *db, const struct actor *who, const char *hash,
		      const char *public_id, bool *ret_new, struct err *e)
{
	TX(tx);
	char path[IMAGE_PATH_MAX + 80], subject[96], after[ENTRY_NAME_SIZE + 64];
	bool damaged;

	snprintf(path, sizeof path, "%s/%s", in->dir, hash);
	damaged = image_damaged(path, hash);
	snprintf(subject, sizeof subject, "image/%s", hash);
	snprintf(after, sizeof after, "{\"entry\":\"%s\",\"bytes\":%" PRId64 "}", public_id, in->size);
	if (fchmod(in->fd, 0640) || fsync(in->fd))
		return err_errno(e, errno, "writing an image");
	if (tx_begin(&tx, db, true, e))
		return (int)e->code;
	if (!damaged && image_stored(in->dir, hash)) {
		*ret_new = false;
		return OK;
	}
	if (audit_add(db, who, "image-add", subject, NULL, after, 0, NULL, e))
		return (int)e->code;
	if (rename(in->tmp, path))
		return err_errno(e, errno, "naming the image %s", path);
	in->tmp[0] = 0;
	if (folder_sync(in->dir, e) || tx_keep(&tx, e)) {
		unlink(path);
		return (int)e->code;
	}
	*ret_new = true;
	return OK;
}

/* The whole file is there: is it what was asked for? */
static int image_sum(struct image_in *in, char hash[SHA256_HEX], struct err *e)
{
	uint8_t raw[SHA256_LEN];

	sha256_end(in->sum, raw);
	hex_text(raw, sizeof raw, hash);
	if (in->want[0] && strcmp(in->want, hash) != 0)
		return err_set(e, ERR_IMAGE, "the SHA-256 of the file is %s, not %s as asked for", hash,
			       in->want);
	if (!in->size)
		return err_set(e, ERR_IMAGE, "the file is empty");
	return OK;
}

int image_end(struct image_in *in_, struct db *db, const struct snapshot *s, const struct actor *who,
	      char ret_hash[SHA256_HEX], bool *ret_new, struct err *e)
{
	OWN(image_drop) struct image_in *in = in_;
	const struct graph_node *n;
	char hash[SHA256_HEX];

	if (image_sum(in, hash, e))
		return (int)e->code;
	n = entry_with(s, hash);
	if (!n)
		return err_set(e, ERR_IMAGE,
			       "no catalogue entry has the hash %s, which is this file's SHA-256", hash);
	if (image_keep(in, db, who, hash, n->name, ret_new, e))
		return (int)e->code;
	memcpy(ret_hash, hash, sizeof hash);
	return OK;
}

int image_end_of(struct image_in *in_, struct db *db, const struct actor *who, const char *of,
		 char ret_hash[SHA256_HEX], bool *ret_new, struct err *e)
{
	OWN(image_drop) struct image_in *in = in_;
	char hash[SHA256_HEX];

	if (image_sum(in, hash, e) || image_keep(in, db, who, hash, of, ret_new, e))
		return (int)e->code;
	memcpy(ret_hash, hash, sizeof hash);
	return OK;
}

void image_ceiling(struct image_in *in, int64_t bytes)
{
	in->max = bytes;
}

int image_add_file(const char *image_dir, const char *path, const char *want, struct db *db,
		   const struct snapshot *s, const struct actor *who, char ret_hash[SHA256_HEX],
		   bool *ret_new, struct err *e)
{
	OWN(image_drop) struct image_in *in = NULL;
	OWN(mem_free) char *buf = mem_alloc(64 * KIB);
	ssize_t n;
	int fd;

	if (image_begin(image_dir, want, &in, e))
		return (int)e->code;
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT ? err_set(e, ERR_NO_FILE, "there is no file %s", path)
				       : err_errno(e, errno, "%s", path);
	while ((n = read(fd, buf, 64 * KIB)) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 ? err_errno(e, errno, "%s", path) : image_write(in, buf, (size_t)n, e)) {
			close(fd);
			return (int)e->code;
		}
	}
	close(fd);
	return image_end(MOVE(in), db, s, who, ret_hash, ret_new, e) ? err_wrap(e, "%s", path) : OK;
}
