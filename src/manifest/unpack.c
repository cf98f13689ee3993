/* SPDX-License-Identifier: Apache-2.0 */
/* Unpacking: a stream of members becomes files beneath a temporary folder, or nothing. */
#include <archive.h>
#include <archive_entry.h>
#include <ctype.h>
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
#include "base/parse.h"
#include "base/tree.h"
#include "manifest/package_p.h"

#define BLOCK (64 * KIB)

struct unpack {
	int fd;             /* the tar.gz */
	struct sha256 *sum; /* owned; over all of its bytes */
	char *buf;          /* owned, BLOCK bytes */
	struct archive *a;  /* owned */
	int64_t packed;     /* bytes read of the tar.gz */
	int64_t bytes;      /* written */
	int64_t members, files;
	struct map *seen; /* owned; every member's name in lower case -> SEEN_FILE or SEEN_FOLDER */
	int folder;       /* the temporary folder */
	struct err bad;   /* what reading failed with */
};

static void unpack_done(struct unpack *u)
{
	if (u->fd >= 0)
		close(u->fd);
	if (u->folder >= 0)
		close(u->folder);
	if (u->a)
		archive_read_free(u->a);
	if (u->seen)
		map_free(u->seen);
	if (u->sum)
		sha256_free(u->sum);
	mem_free(u->buf);
}
DEFINE_OWN_VAL(struct unpack, unpack_done)

static la_ssize_t read_cb(struct archive *a, void *ctx, const void **ret)
{
	struct unpack *u = ctx;
	ssize_t n;

	do
		n = read(u->fd, u->buf, BLOCK);
	while (n < 0 && errno == EINTR);
	if (n < 0) {
		err_errno(&u->bad, errno, "reading the Package");
		archive_set_error(a, EIO, "%s", u->bad.msg);
		return -1;
	}
	sha256_add(u->sum, u->buf, (size_t)n);
	u->packed += n;
	*ret = u->buf;
	return (la_ssize_t)n;
}

static int unpack_fail(struct unpack *u, struct err *e)
{
	const char *why = archive_error_string(u->a);

	if (u->bad.code) {
		*e = u->bad;
		return (int)e->code;
	}
	if (archive_errno(u->a) == ENOMEM)
		return err_set(e, ERR_NO_MEMORY, "unpacking the Package");
	return err_set(e, ERR_PACKAGE, "the Package is damaged, or no tar.gz: %s",
		       why ? why : "it cannot be read");
}

const char *package_name_fault(const char *name)
{
	size_t n = strlen(name);
	int depth = 0;

	if (!n)
		return "is empty";
	if (n > PACKAGE_NAME_MAX)
		return "is longer than 255 bytes";
	if (name[0] == '/')
		return "is absolute";
	if (!parse_utf8_ok(name, n))
		return "is no UTF-8";
	for (size_t i = 0; i < n; i++)
		if (name[i] == '\\')
			return "has a backslash";
		else if ((unsigned char)name[i] < 0x20 || name[i] == 0x7f)
			return "has a control character";
	for (const char *p = name; p; depth++) {
		const char *slash = strchr(p, '/');
		size_t len = slash ? (size_t)(slash - p) : strlen(p);

		if (!len)
			return "has an empty part";
		if (p[0] == '.' && (len == 1 || (len == 2 && p[1] == '.')))
			return "has a part '.' or '..'";
		p = slash ? slash + 1 : NULL;
	}
	return depth > PACKAGE_DEPTH_MAX ? "is too deep" : NULL;
}

/* tar -C folder . writes "./a" and "./": the one form beside plain names that is taken. A folder may end in
 * '/'. */
static void name_trim(char *name, bool folder)
{
	size_t n = strlen(name);

	if (n >= 2 && name[0] == '.' && name[1] == '/') {
		memmove(name, name + 2, n - 1);
		n -= 2;
	}
	if (folder && n > 1 && name[n - 1] == '/')
		name[n - 1] = '\0';
	if (folder && !strcmp(name, "."))
		name[0] = '\0';
}

/* More than a Package may hold? Counts what the tar stream itself takes, so that headers cannot be a bomb
 * either. */
static int unpack_ceilings(struct unpack *u, struct err *e)
{
	int64_t tar = (int64_t)archive_filter_bytes(u->a, 0);

	if (u->members > PACKAGE_MEMBERS_MAX)
		return err_set(e, ERR_PACKAGE, "the Package has more than %d members", PACKAGE_MEMBERS_MAX);
	if (u->bytes > PACKAGE_BYTES_MAX || u->packed > PACKAGE_BYTES_MAX || tar > 2 * PACKAGE_BYTES_MAX)
		return err_set(e, ERR_TOO_LARGE, "the Package holds more than %" PRId64 " bytes",
			       PACKAGE_BYTES_MAX);
	if (tar > PACKAGE_RATIO_FREE + PACKAGE_RATIO_MAX * u->packed)
		return err_set(e, ERR_PACKAGE, "the Package unpacks to more than %d times its size",
			       PACKAGE_RATIO_MAX);
	return OK;
}

/* One name once, whatever the case: where case does not matter the second would be the first. */
static int unpack_new_name(struct unpack *u, const char *name, bool folder, struct err *e)
{
	OWN(mem_free) char *low = mem_strdup(name);

	for (char *p = low; *p; p++)
		*p = (char)tolower((unsigned char)*p);
	if (map_get(u->seen, low))
		return err_set(e, ERR_PACKAGE, "the Package has '%.200s' twice", name);
	map_put(u->seen, low, (void *)(uintptr_t)(folder ? 2 : 1));
	return OK;
}

static int unpack_data(struct unpack *u, int fd, const char *name, int64_t size, struct err *e)
{
	const void *p;
	size_t n;
	la_int64_t at;
	int64_t done = 0;
	int rc;

	while ((rc = archive_read_data_block(u->a, &p, &n, &at)) == ARCHIVE_OK) {
		if (at != done || (int64_t)n > size - done)
			return err_set(e, ERR_PACKAGE, "'%.200s' has holes, or is not as long as it says",
				       name);
		u->bytes += (int64_t)n;
		if (unpack_ceilings(u, e))
			return (int)e->code;
		if (file_write(fd, p, n, name, e))
			return (int)e->code;
		done += (int64_t)n;
	}
	if (rc != ARCHIVE_EOF)
		return unpack_fail(u, e);
	return done == size ? OK : err_set(e, ERR_PACKAGE, "'%.200s' is not as long as it says", name);
}

static const char *entry_fault(struct archive_entry *x)
{
	if (archive_entry_hardlink(x) || archive_entry_symlink(x))
		return "is a link";
	if (archive_entry_filetype(x) != AE_IFREG && archive_entry_filetype(x) != AE_IFDIR)
		return "is neither a plain file nor a folder";
	if (archive_entry_sparse_count(x))
		return "is a sparse file";
	if (archive_entry_filetype(x) == AE_IFREG &&
	    (!archive_entry_size_is_set(x) || archive_entry_size(x) < 0))
		return "does not say its size";
	return NULL;
}

static int unpack_entry(struct unpack *u, struct archive_entry *x, struct err *e)
{
	const char *said = archive_entry_pathname(x);
	bool folder = archive_entry_filetype(x) == AE_IFDIR;
	OWN(mem_free) char *name = mem_strdup(said ? said : "");
	OWN(fd_close) int fd = -1;
	const char *fault = entry_fault(x);

	u->members++;
	if (unpack_ceilings(u, e))
		return (int)e->code;
	if (fault)
		return err_set(e, ERR_PACKAGE, "the member '%.200s' %s", name, fault);
	name_trim(name, folder);
	if (folder && !*name) /* the folder itself */
		return OK;
	fault = package_name_fault(name);
	if (fault)
		return err_set(e, ERR_PACKAGE, "the name of the member '%.200s' %s", name, fault);
	if (unpack_new_name(u, name, folder, e))
		return (int)e->code;
	if (folder)
		return beneath_mkdirs(u->folder, name, e);
	if (archive_entry_size(x) > PACKAGE_BYTES_MAX - u->bytes)
		return err_set(e, ERR_TOO_LARGE, "the Package holds more than %" PRId64 " bytes",
			       PACKAGE_BYTES_MAX);
	u->files++;
	if (beneath_make(u->folder, name, &fd, e) || unpack_data(u, fd, name, archive_entry_size(x), e))
		return (int)e->code;
	return OK;
}

static int unpack_open(struct unpack *u, const char *file, struct err *e)
{
	struct stat st;

	u->fd = open(file, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (u->fd < 0)
		return errno == ENOENT ? err_set(e, ERR_NO_FILE, "there is no file '%.200s'", file)
				       : err_errno(e, errno, "'%.200s' cannot be opened", file);
	if (fstat(u->fd, &st) || !S_ISREG(st.st_mode))
		return err_set(e, ERR_PACKAGE, "'%.200s' is no plain file", file);
	if (st.st_size > PACKAGE_BYTES_MAX)
		return err_set(e, ERR_TOO_LARGE, "the Package has more than %" PRId64 " bytes",
			       PACKAGE_BYTES_MAX);
	u->buf = mem_alloc(BLOCK);
	u->sum = sha256_new();
	u->seen = map_new();
	u->a = archive_read_new();
	if (!u->a)
		return err_set(e, ERR_NO_MEMORY, "unpacking the Package");
	if (archive_read_support_filter_gzip(u->a) < ARCHIVE_WARN ||
	    archive_read_support_format_tar(u->a) != ARCHIVE_OK ||
	    archive_read_open(u->a, u, NULL, read_cb, NULL) != ARCHIVE_OK)
		return unpack_fail(u, e);
	return OK;
}

static int unpack_all(struct unpack *u, struct err *e)
{
	struct archive_entry *x;
	int rc;

	while ((rc = archive_read_next_header(u->a, &x)) == ARCHIVE_OK) {
		if (archive_filter_code(u->a, 0) != ARCHIVE_FILTER_GZIP)
			return err_set(e, ERR_PACKAGE,
				       "the Package is no tar.gz: it is not compressed by gzip");
		if (!unpack_entry(u, x, e))
			continue;
		/* A file where a folder is, or the other way round. */
		if (e->code == ERR_CONFLICT || e->code == ERR_NO_FILE || e->code == ERR_INVALID)
			e->code = ERR_PACKAGE;
		return (int)e->code;
	}
	if (rc != ARCHIVE_EOF)
		return unpack_fail(u, e);
	if (!u->files)
		return err_set(e, ERR_PACKAGE, "the Package holds no files");
	/* The rest of the file is padding; it counts for the hash. */
	for (const void *p;;) {
		la_ssize_t n = read_cb(u->a, u, &p);

		if (n < 0)
			return unpack_fail(u, e);
		if (!n)
			return OK;
	}
}

/* What is left of a failed attempt goes. */
struct halfway {
	char *path; /* owned; NULL = nothing to remove */
};
static void halfway_done(struct halfway *h)
{
	struct err e;

	if (h->path && tree_remove(h->path, &e))
		e.code = OK; /* the first error is the one to tell */
	mem_free(h->path);
}
DEFINE_OWN_VAL(struct halfway, halfway_done)

static int name_it(const char *from, const char *to, struct err *e)
{
	if (!renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE))
		return file_sync_folder_of(to, e);
	return errno == EEXIST
		   ? err_set(e, ERR_CONFLICT, "there is something of the name '%.200s' already", to)
		   : err_errno(e, errno, "naming the folder '%.200s'", to);
}

int package_unpack(const char *file, const char *into, const struct manifest_ask *ask,
		   struct package_facts *ret, struct err *e)
{
	OWN(unpack_done) struct unpack u = { .fd = -1, .folder = -1 };
	OWN(halfway_done) struct halfway h = { NULL };
	OWN(utf8_names_done) struct utf8_names locale = utf8_names_begin();
	uint8_t raw[SHA256_LEN];
	STR(tmp, TREE_NAME_MAX);
	struct stat st;

	if (!lstat(into, &st))
		return err_set(e, ERR_CONFLICT, "there is something of the name '%.200s' already", into);
	if (unpack_open(&u, file, e))
		return err_wrap(e, "%s", file);
	str_addf(&tmp, "%s.XXXXXX", into);
	if (tmp.over || !mkdtemp(tmp.p))
		return err_errno(e, tmp.over ? ENAMETOOLONG : errno,
				 "no new folder can be made beside '%.200s'", into);
	h.path = mem_strdup(tmp.p);
	if (chmod(h.path, 0750) || beneath_folder(h.path, &u.folder, e))
		return err_errno(e, errno, "the folder '%.200s'", h.path);
	if (unpack_all(&u, e) || (ask && package_exact(h.path, ask, e)) ||
	    tree_sync(h.path, PACKAGE_MEMBERS_MAX * PACKAGE_DEPTH_MAX, e) || name_it(h.path, into, e))
		return err_wrap(e, "%s", file);
	mem_free(MOVE(h.path));
	sha256_end(u.sum, raw);
	*ret = (struct package_facts){ .files = u.files, .bytes = u.bytes };
	hex_text(raw, sizeof raw, ret->sha256);
	return OK;
}
