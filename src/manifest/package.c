/* SPDX-License-Identifier: Apache-2.0 */
/* Packing, and whether a folder is what its Manifest states. */
#include "manifest/package.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/beneath.h"
#include "base/digest.h"
#include "base/file.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/tree.h"
#include "manifest/package_p.h"

#define BLOCK (64 * KIB)

/* ---- what the Manifest states ---- */

static const struct manifest_problem *first_error(const struct manifest *m)
{
	const struct manifest_problem *p;

	for (int i = 0; (p = manifest_problem_at(m, i)); i++)
		if (!p->warning)
			return p;
	return NULL;
}

static int problem_tell(const struct manifest_problem *p, struct err *e)
{
	err_set(e, ERR_PACKAGE, "%.200s (%.150s)", p->what, p->mend ? p->mend : p->code);
	return err_at(e, p->file, p->line, p->column);
}

static int manifest_judge(const char *folder, const char *manifest, const struct manifest_ask *ask_,
			  struct manifest **ret, struct err *e)
{
	OWN(manifest_free) struct manifest *m = NULL;
	struct manifest_ask ask = *ask_;
	const struct manifest_problem *p;

	ask.checks |= MANIFEST_CHECK_ARCHIVES | MANIFEST_ALONE;
	if (manifest_read(folder, manifest, &ask, &m, e))
		return (int)e->code;
	p = first_error(m);
	if (p)
		return problem_tell(p, e);
	if (ask.trust && !manifest_good(m))
		return err_set(e, ERR_PACKAGE, "the Manifest in '%.200s' does not verify", folder);
	*ret = MOVE(m);
	return OK;
}

/* A folder is named by what is in it. */
static void folders_put(struct map *named, const char *file)
{
	OWN(mem_free) char *p = mem_strdup(file);

	for (char *slash = strrchr(p, '/'); slash; slash = strrchr(p, '/')) {
		*slash = '\0';
		map_put(named, p, named);
	}
}

static int surplus_see(void *ctx, const char *name, const struct stat *st, struct err *e)
{
	(void)st;
	return map_get(ctx, name)
		   ? OK
		   : err_set(e, ERR_PACKAGE, "the Package has '%.200s', which no Manifest names", name);
}

int package_surplus(const char *folder, const struct manifest *m, struct err *e)
{
	OWN(map_free) struct map *named = map_new();
	const char *file;

	for (int i = 0; (file = manifest_file_at(m, i)); i++) {
		map_put(named, file, named);
		folders_put(named, file);
	}
	return tree_walk(folder, PACKAGE_MEMBERS_MAX * PACKAGE_DEPTH_MAX, surplus_see, named, e);
}

int package_exact(const char *folder, const struct manifest_ask *ask, struct err *e)
{
	OWN(manifest_free) struct manifest *m = NULL;

	if (manifest_judge(folder, NULL, ask, &m, e))
		return (int)e->code;
	return package_surplus(folder, m, e);
}

/* ---- packing ---- */

struct pack {
	int folder;
	struct archive *a; /* owned */
	char *buf;         /* owned, BLOCK bytes */
	char tmp[TREE_NAME_MAX];
	int64_t files, bytes;
};

static void pack_done(struct pack *p)
{
	if (p->a)
		archive_write_free(p->a);
	if (p->tmp[0])
		unlink(p->tmp);
	if (p->folder >= 0)
		close(p->folder);
	mem_free(p->buf);
}
DEFINE_OWN_VAL(struct pack, pack_done)

static int pack_fail(struct pack *p, const char *name, struct err *e)
{
	int why = archive_errno(p->a);

	if (why == ENOSPC || why == EDQUOT || why == EFBIG)
		return err_errno(e, why, "writing the Package");
	return err_set(e, ERR_FILE, "'%.200s' cannot be put into the Package: %s", name,
		       archive_error_string(p->a));
}

static int pack_data(struct pack *p, int fd, const char *name, int64_t size, struct err *e)
{
	while (size > 0) {
		ssize_t n = read(fd, p->buf, size < (int64_t)BLOCK ? (size_t)size : BLOCK);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_errno(e, errno, "'%.200s' cannot be read", name);
		if (!n)
			return err_set(e, ERR_FILE, "'%.200s' became shorter while it was packed", name);
		if (archive_write_data(p->a, p->buf, (size_t)n) != n)
			return pack_fail(p, name, e);
		size -= n;
	}
	return OK;
}

/* The same header for the same file, whoever packs it, whenever. */
static int pack_file(struct pack *p, const char *name, struct err *e)
{
	OWN(fd_close) int fd = -1;
	struct archive_entry *x;
	const char *fault = package_name_fault(name);
	int64_t size;
	int rc;

	if (fault)
		return err_set(e, ERR_PACKAGE, "the name '%.200s' %s", name, fault);
	if (beneath_read(p->folder, name, &fd, &size, e))
		return (int)e->code;
	if (p->files == PACKAGE_MEMBERS_MAX || size > PACKAGE_BYTES_MAX - p->bytes)
		return err_set(e, ERR_TOO_LARGE, "a Package holds at most %d files and %" PRId64 " bytes",
			       PACKAGE_MEMBERS_MAX, PACKAGE_BYTES_MAX);
	p->files++;
	p->bytes += size;
	x = archive_entry_new();
	if (!x)
		return err_set(e, ERR_NO_MEMORY, "packing");
	archive_entry_set_pathname(x, name);
	archive_entry_set_filetype(x, AE_IFREG);
	archive_entry_set_perm(x, 0644);
	archive_entry_set_size(x, size);
	archive_entry_set_mtime(x, 0, 0);
	rc = archive_write_header(p->a, x);
	archive_entry_free(x);
	return rc == ARCHIVE_OK ? pack_data(p, fd, name, size, e) : pack_fail(p, name, e);
}

/* Files in the order of their names' bytes. */
static const char **files_sorted(const struct manifest *m, size_t *ret_n)
{
	const char **v, *file;
	size_t n = 0;

	while (manifest_file_at(m, (int)n))
		n++;
	v = mem_array(n + 1, sizeof *v);
	for (size_t i = 0; i < n; i++) {
		size_t at = i;

		file = manifest_file_at(m, (int)i);
		for (; at && strcmp(v[at - 1], file) > 0; at--)
			v[at] = v[at - 1];
		v[at] = file;
	}
	*ret_n = n;
	return v;
}

static void names_free_own(const char ***v)
{
	mem_free(*v);
}

static int pack_open(struct pack *p, const char *folder, const char *out, int *ret_fd, struct err *e)
{
	OWN(fd_close) int fd = -1;

	if (beneath_folder(folder, &p->folder, e))
		return (int)e->code;
	if (snprintf(p->tmp, sizeof p->tmp, "%s.XXXXXX", out) >= (int)sizeof p->tmp) {
		p->tmp[0] = '\0';
		return err_set(e, ERR_INVALID, "the name of the Package is too long");
	}
	fd = mkostemp(p->tmp, O_CLOEXEC);
	if (fd < 0) {
		p->tmp[0] = '\0';
		return err_errno(e, errno, "no new file can be made beside '%.200s'", out);
	}
	p->buf = mem_alloc(BLOCK);
	p->a = archive_write_new();
	if (!p->a)
		return err_set(e, ERR_NO_MEMORY, "packing");
	if (archive_write_add_filter_gzip(p->a) != ARCHIVE_OK ||
	    archive_write_set_format_pax_restricted(p->a) != ARCHIVE_OK ||
	    archive_write_set_filter_option(p->a, "gzip", "timestamp", NULL) != ARCHIVE_OK ||
	    archive_write_set_filter_option(p->a, "gzip", "compression-level", "9") != ARCHIVE_OK ||
	    archive_write_open_fd(p->a, fd) != ARCHIVE_OK)
		return pack_fail(p, out, e);
	*ret_fd = fd;
	fd = -1;
	return OK;
}

/* What we make, package_unpack() must take. */
static int pack_ratio(struct pack *p, int fd, struct err *e)
{
	struct stat st;

	if (fstat(fd, &st))
		return err_errno(e, errno, "the Package");
	if (st.st_size > PACKAGE_BYTES_MAX ||
	    p->bytes > PACKAGE_RATIO_FREE / 2 + PACKAGE_RATIO_MAX * (int64_t)st.st_size)
		return err_set(e, ERR_PACKAGE,
			       "the Package would unpack to more than %d times its size, or be too large",
			       PACKAGE_RATIO_MAX);
	return OK;
}

static int pack_all(struct pack *p, const struct manifest *m, const char *folder, const char *out,
		    struct err *e)
{
	OWN(names_free) const char **files = NULL;
	OWN(fd_close) int fd = -1;
	size_t n;

	files = files_sorted(m, &n);
	if (pack_open(p, folder, out, &fd, e))
		return (int)e->code;
	for (size_t i = 0; i < n; i++)
		if (pack_file(p, files[i], e))
			return (int)e->code;
	if (archive_write_close(p->a) != ARCHIVE_OK)
		return pack_fail(p, out, e);
	if (pack_ratio(p, fd, e))
		return (int)e->code;
	if (fchmod(fd, 0640) || fsync(fd) || rename(p->tmp, out))
		return err_errno(e, errno, "'%.200s' cannot be written", out);
	p->tmp[0] = '\0';
	return file_sync_folder_of(out, e);
}

int package_pack(const char *folder, const char *manifest, const struct manifest_ask *ask, const char *out,
		 struct package_facts *ret, struct err *e)
{
	OWN(pack_done) struct pack p = { .folder = -1 };
	OWN(manifest_free) struct manifest *m = NULL;
	OWN(utf8_names_done) struct utf8_names locale = utf8_names_begin();
	uint8_t raw[SHA256_LEN];

	if (manifest_judge(folder, manifest, ask, &m, e) || pack_all(&p, m, folder, out, e) ||
	    sha256_file(out, raw, e))
		return (int)e->code;
	*ret = (struct package_facts){ .files = p.files, .bytes = p.bytes };
	hex_text(raw, sizeof raw, ret->sha256);
	return OK;
}
