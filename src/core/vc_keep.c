/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Keeping: from the inbox, which others write, into vc_dir, which is ours. In this order, so that a death at
 * any point costs only work: copy to N.new, sync, verify the copy, rename to N, Archives into image_dir, then
 * the rows. Until the rows are there N counts for nothing and is made again.
 */
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
#include "base/json.h"
#include "base/mem.h"
#include "base/tree.h"
#include "core/images.h"
#include "core/vc_p.h"
#include "manifest/package.h"

#define BLOCK (64 * KIB)

/* ---- the copy ---- */

static int bytes_copy(int from, int to, int64_t most, const char *name, int64_t *ret, struct err *e)
{
	OWN(mem_free) char *buf = mem_alloc(BLOCK);
	int64_t done = 0;

	for (;;) {
		ssize_t n = read(from, buf, BLOCK);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_errno(e, errno, "'%.200s' cannot be read", name);
		if (!n)
			break;
		done += n;
		if (done > most)
			return err_set(e, ERR_TOO_LARGE,
				       "a Vehicle Configuration holds at most %" PRId64 " bytes",
				       PACKAGE_BYTES_MAX);
		if (file_write(to, buf, (size_t)n, name, e))
			return (int)e->code;
	}
	*ret += done;
	return fsync(to) ? err_errno(e, errno, "'%.200s' cannot be written", name) : OK;
}

/* Only what the Manifests name, each file opened beneath the folder. */
static int files_copy(const struct vc_store *s, const struct manifest *m, const char *from, const char *to,
		      struct err *e)
{
	OWN(fd_close) int src = -1;
	OWN(fd_close) int dst = -1;
	const char *name;
	int64_t bytes = 0;

	if (beneath_folder(from, &src, e))
		return (int)e->code;
	if (mkdir(to, 0750))
		return err_errno(e, errno, "the folder '%.200s' cannot be made", to);
	vc_step(s, "made");
	if (beneath_folder(to, &dst, e))
		return (int)e->code;
	for (int i = 0; (name = manifest_file_at(m, i)); i++) {
		OWN(fd_close) int in = -1;
		OWN(fd_close) int out = -1;

		if (i >= PACKAGE_MEMBERS_MAX)
			return err_set(e, ERR_TOO_LARGE, "a Vehicle Configuration holds at most %d files",
				       PACKAGE_MEMBERS_MAX);
		if (beneath_read(src, name, &in, NULL, e) || beneath_make(dst, name, &out, e) ||
		    bytes_copy(in, out, PACKAGE_BYTES_MAX - bytes, name, &bytes, e))
			return (int)e->code;
		vc_step(s, "file");
	}
	if (tree_sync(to, PACKAGE_MEMBERS_MAX * PACKAGE_DEPTH_MAX, e))
		return (int)e->code;
	vc_step(s, "synced");
	return OK;
}

/* The copy must be good, and the same thing that was verified. */
static int copy_check(const struct vc_store *s, const struct vc_rec *r, const char *path, int64_t now,
		      struct manifest **ret, struct err *e)
{
	OWN(manifest_free) struct manifest *m = NULL;
	const struct config_item *root;

	if (vc_read_folder(s, path, r->manifest, now, &m, e))
		return (int)e->code;
	root = manifest_root(m);
	if (!root || !manifest_good(m) || !root->hash || strcmp(root->hash, r->i.hash) != 0)
		return err_set(e, ERR_VC,
			       "Vehicle Configuration %" PRId64
			       " changed between its verification and its copy",
			       r->i.n);
	*ret = MOVE(m);
	return OK;
}

static int copy_make(const struct vc_store *s, const struct vc_rec *r, const struct manifest *m,
		     const char *from, int64_t now, struct manifest **ret, struct err *e)
{
	char fresh[VC_PATH_MAX], final[VC_PATH_MAX];

	if (vc_path(s, r->i.n, ".new", fresh, e) || vc_path(s, r->i.n, "", final, e))
		return (int)e->code;
	if (tree_remove(fresh, e) || tree_remove(final, e) || files_copy(s, m, from, fresh, e) ||
	    copy_check(s, r, fresh, now, ret, e))
		return (int)e->code;
	if (rename(fresh, final))
		return err_errno(e, errno, "naming the folder '%.200s'", final);
	if (file_sync_folder_of(final, e))
		return (int)e->code;
	vc_step(s, "named");
	return OK;
}

/* ---- Archives by their hash ---- */

/* Its path in the outermost folder. False: too long, or none. */
static bool archive_path(const struct config_item *i, char *buf, size_t size)
{
	const char *name = i->text[ELEMENT_ARCHIVE];

	if (!name)
		return false;
	while (!strncmp(name, "./", 2))
		name += 2;
	return snprintf(buf, size, "%s%s", i->folder ? i->folder : "", name) < (int)size;
}

static bool hash_upper(const char *hash, char ret[SHA256_HEX])
{
	size_t n = hash ? strlen(hash) : 0;

	if (n != SHA256_HEX - 1)
		return false;
	for (size_t i = 0; i <= n; i++)
		ret[i] = (char)toupper((unsigned char)hash[i]);
	return true;
}

/* Another file system: a copy beside, then the name. */
static int image_copy(int from, const char *image_dir, const char *to, struct err *e)
{
	OWN(fd_close) int fd = -1;
	STR(tmp, VC_PATH_MAX);
	int64_t bytes = 0;

	str_addf(&tmp, "%s/.in-XXXXXX", image_dir);
	fd = tmp.over ? -1 : mkostemp(tmp.p, O_CLOEXEC);
	if (fd < 0)
		return err_errno(e, errno, "a file in the image folder %.200s", image_dir);
	if (bytes_copy(from, fd, PACKAGE_BYTES_MAX, to, &bytes, e)) {
		unlink(tmp.p);
		return (int)e->code;
	}
	if (fchmod(fd, 0640) || rename(tmp.p, to)) {
		err_errno(e, errno, "naming the image %.200s", to);
		unlink(tmp.p);
		return (int)e->code;
	}
	return OK;
}

/* Is what has this name in image_dir what its name says? A file that was damaged is put right. */
static bool image_right(const char *path, const char *hash)
{
	uint8_t raw[SHA256_LEN];
	char is[SHA256_HEX];
	struct err e;

	return !sha256_file(path, raw, &e) && !strcmp(hex_text(raw, sizeof raw, is), hash);
}

/* What was verified in the folder need not be hashed again under its other name. */
static bool same_file(int folder, const char *name, const char *image)
{
	struct stat a, b;

	return !fstatat(folder, name, &a, AT_SYMLINK_NOFOLLOW) && !lstat(image, &b) && a.st_dev == b.st_dev &&
	       a.st_ino == b.st_ino;
}

static int archive_link(const struct vc_store *s, int folder, const char *name, const char *hash,
			struct err *e)
{
	OWN(fd_close) int from = -1;
	STR(to, VC_PATH_MAX);

	str_addf(&to, "%s/%s", s->image_dir, hash);
	if (to.over)
		return err_set(e, ERR_CONFIG, "the path of the image folder is too long");
	if (image_stored(s->image_dir, hash)) {
		if (same_file(folder, name, to.p) || image_right(to.p, hash))
			return OK;
		if (unlink(to.p))
			return err_errno(e, errno, "removing the damaged image %.200s", to.p);
	}
	if (beneath_read(folder, name, &from, NULL, e))
		return (int)e->code;
	if (!linkat(folder, name, AT_FDCWD, to.p, 0) || errno == EEXIST)
		return OK;
	return image_copy(from, s->image_dir, to.p, e);
}

static int item_link(const struct vc_store *s, int folder, const struct config_item *i, struct err *e)
{
	char path[PACKAGE_NAME_MAX + 1], hash[SHA256_HEX];

	if (!archive_path(i, path, sizeof path) || !hash_upper(i->text[ELEMENT_HASH], hash))
		return err_set(e, ERR_VC, "the Archive of '%.100s' has no hash, or too long a path",
			       config_name(i));
	if (archive_link(s, folder, path, hash, e))
		return (int)e->code;
	vc_step(s, "archive");
	return OK;
}

int vc_archives_link(const struct vc_store *s, const char *folder, const struct manifest *m, struct err *e)
{
	OWN(fd_close) int fd = -1;
	const struct config_item *i = NULL;
	STR(in, VC_PATH_MAX);

	str_addf(&in, "%s/x", s->image_dir);
	if (file_mkdirs(s->image_dir, e) || beneath_folder(folder, &fd, e))
		return (int)e->code;
	while ((i = config_archive_next(manifest_root(m), i)))
		if (item_link(s, fd, i, e))
			return (int)e->code;
	return file_sync_folder_of(str_c(&in), e);
}

/* ---- the rows ---- */

static const char *text_of(const struct config_item *i, enum config_element x)
{
	return i->text[x] ? i->text[x] : "";
}

static void lower_text(struct str *out, const char *s)
{
	for (; s && *s; s++)
		str_addc(out, (char)tolower((unsigned char)*s));
}

/* Dependencies, as sentences with their numbers. */
static void depends_write(const struct config_item *b, const struct config_item *const *bb, int n,
			  struct str *out)
{
	struct jw w = jw_start(out);

	jw_arr(&w);
	for (const struct config_item *d = b->child; d; d = d->next) {
		const struct config_item *on;
		char sentence[240] = "";
		STR(id, 64);

		if (d->type != CONFIG_DEPENDENCY)
			continue;
		on = config_bb_of(bb, n, text_of(d, ELEMENT_TYPE_ID));
		lower_text(&id, d->text[ELEMENT_TYPE_ID]);
		manifest_sentence(d, on, sentence);
		jw_obj(&w);
		jw_kstr(&w, "type_id", str_c(&id));
		jw_kstr(&w, "name", on ? on->text[ELEMENT_NAME] : d->text[ELEMENT_NAME]);
		jw_kstr(&w, "required", d->text[ELEMENT_FUNCTIONAL_VERSION]);
		jw_kstr(&w, "has", on ? on->text[ELEMENT_FUNCTIONAL_VERSION] : NULL);
		jw_kbool(&w, "fits", on && config_fits(&d->functional, &on->functional));
		jw_kstr(&w, "sentence", sentence);
		jw_end(&w);
	}
	jw_arr_end(&w);
}

static void archives_write(const struct config_item *b, struct jw *w)
{
	char path[PACKAGE_NAME_MAX + 1], hash[SHA256_HEX];
	const struct config_item *i = NULL;

	while ((i = config_archive_next(b, i))) {
		if (!archive_path(i, path, sizeof path) || !hash_upper(i->text[ELEMENT_HASH], hash))
			continue; /* what was linked has both */
		jw_obj(w);
		jw_kstr(w, "kind", config_type_text[i->type]);
		jw_kstr(w, "name", i->text[ELEMENT_NAME]);
		jw_kstr(w, "type_id", i->text[ELEMENT_TYPE_ID]);
		jw_kstr(w, "version", i->text[ELEMENT_RELEASE_VERSION]);
		jw_kstr(w, "hash", hash);
		jw_kint(w, "size", i->size);
		jw_kstr(w, "path", path);
		jw_end(w);
	}
}

/* The Systems above, outermost first. */
static void systems_write(const struct config_item *i, struct str *out)
{
	if (!i)
		return;
	systems_write(i->parent, out);
	if (i->type == CONFIG_SYSTEM)
		str_addf(out, "%s%s", out->len ? " / " : "", text_of(i, ELEMENT_NAME));
}

static void network_write(const struct config_item *bb, struct str *out)
{
	int n = 0;
	const char *const *list = config_network(bb, &n);

	for (int k = 0; list && k < n; k++)
		str_addf(out, "%s%s", k ? " " : "", list[k]);
}

static int block_put(struct db *db, int64_t vc_id, const struct config_item *const *bb, int n, int at,
		     int wave, struct err *e)
{
	const struct config_item *b = bb[at];
	STR(type_id, 64);
	STR(config_id, 64);
	STR(depends, MIB);
	STR(archives, MIB);
	STR(system, 4 * KIB);
	STR(network, 16 * KIB);
	struct jw w = jw_start(&archives);
	struct vc_bb_row row;

	lower_text(&type_id, b->text[ELEMENT_TYPE_ID]);
	lower_text(&config_id, b->text[ELEMENT_CONFIG_ID]);
	depends_write(b, bb, n, &depends);
	jw_arr(&w);
	archives_write(b, &w);
	jw_arr_end(&w);
	systems_write(b->parent, &system);
	network_write(b, &network);
	if (!b->canonical || !b->hash || depends.over || archives.over || system.over || network.over ||
	    type_id.over)
		return err_set(e, ERR_TOO_LARGE, "the Building Block '%.100s' has too much in its Manifest",
			       text_of(b, ELEMENT_NAME));
	row = (struct vc_bb_row){ .vc_id = vc_id,
				  .n = at + 1,
				  .type_id = str_c(&type_id),
				  .config_id = config_id.len ? str_c(&config_id) : NULL,
				  .name = text_of(b, ELEMENT_NAME),
				  .version = text_of(b, ELEMENT_RELEASE_VERSION),
				  .functional = text_of(b, ELEMENT_FUNCTIONAL_VERSION),
				  .system = str_c(&system),
				  .wave = wave,
				  .depends = str_c(&depends),
				  .network = str_c(&network),
				  .manifest = b->canonical,
				  .hash = b->hash,
				  .archives = str_c(&archives) };
	return store_vc_bb_put(db, &row, e);
}

/* The rows of its Building Blocks; inside the caller's transaction. */
static int blocks_put(struct db *db, int64_t vc_id, const struct manifest *m, struct err *e)
{
	const struct config_item *bb[VC_BBS_MAX];
	int waves[VC_BBS_MAX];
	int n = config_bbs(manifest_root(m), bb, VC_BBS_MAX);

	if (n > VC_BBS_MAX)
		return err_set(e, ERR_VC, "it has %d Building Blocks; %d are the most", n, VC_BBS_MAX);
	config_waves(bb, n, waves);
	if (store_vc_bb_clear(db, vc_id, e))
		return (int)e->code;
	for (int i = 0; i < n; i++)
		if (block_put(db, vc_id, bb, n, i, waves[i], e))
			return (int)e->code;
	return OK;
}

static int kept_write(struct db *db, const struct actor *who, struct vc_rec *r, const struct manifest *m,
		      struct err *e)
{
	TX(tx);
	VC_REC(now);
	STR(after, 2 * KIB);
	struct jw w = jw_start(&after);
	struct vc_row row;
	char subject[32];

	if (tx_begin(&tx, db, true, e) || vc_rec_load(db, r->i.id, 0, &now, e))
		return (int)e->code;
	if (now.i.kept || strcmp(now.mark, r->mark) != 0)
		return err_set(e, ERR_BUSY, "Vehicle Configuration %" PRId64 " changed while it was copied",
			       r->i.n);
	r->i.kept = true;
	row = vc_rec_row(r);
	snprintf(subject, sizeof subject, "vc/%" PRId64, r->i.n);
	jw_obj(&w);
	jw_kstr(&w, "folder", r->i.folder);
	jw_kstr(&w, "name", row.name);
	jw_kstr(&w, "version", row.version);
	jw_kstr(&w, "config_id", row.config_id);
	jw_kstr(&w, "hash", row.hash);
	jw_end(&w);
	if (store_vc_set(db, &row, e) || blocks_put(db, r->i.id, m, e) ||
	    audit_add(db, who, "vc-keep", subject, NULL, str_c(&after), 0, NULL, e))
		return (int)e->code;
	return tx_keep(&tx, e);
}

/* With the lock: nobody else is at it. */
static int keep_locked(struct db *db, const struct vc_store *s, const struct actor *who, struct vc_rec *r,
		       const struct manifest *m, const char *from, struct err *e)
{
	OWN(manifest_free) struct manifest *copy = NULL;
	VC_REC(now);
	char path[VC_PATH_MAX];

	if (vc_rec_load(db, r->i.id, 0, &now, e))
		return (int)e->code;
	if (now.i.kept)
		return OK;
	if (copy_make(s, r, m, from, who->now, &copy, e) || vc_path(s, r->i.n, "", path, e) ||
	    vc_archives_link(s, path, copy, e))
		return (int)e->code;
	vc_step(s, "linked");
	if (kept_write(db, who, r, copy, e))
		return (int)e->code;
	vc_step(s, "kept");
	return OK;
}

int vc_keep(struct db *db, const struct vc_store *s, const struct actor *who, int64_t n, struct vc_info *ret,
	    struct err *e)
{
	OWN(manifest_free) struct manifest *m = NULL;
	OWN(fd_close) int lock = -1;
	VC_REC(r);
	char why[VC_WHY_SIZE], path[VC_PATH_MAX];
	bool good;

	if (vc_ready(db, s, who, n, &r, e) || vc_examine(db, s, who, &r, &m, &good, e))
		return (int)e->code;
	if (!good) {
		vc_why(&r, why);
		return err_set(e, ERR_VC, "Vehicle Configuration %" PRId64 " does not verify: %s", n, why);
	}
	if (config_bbs(manifest_root(m), NULL, 0) > VC_BBS_MAX)
		return err_set(e, ERR_VC,
			       "Vehicle Configuration %" PRId64 " has more than %d Building Blocks", n,
			       VC_BBS_MAX);
	/* A Package is unpacked under the same lock, so where it is must be known before. */
	if (vc_source(s, &r, path, e) || vc_lock(s, &lock, e))
		return (int)e->code;
	if (r.i.kept ? vc_archives_link(s, path, m, e) : keep_locked(db, s, who, &r, m, path, e))
		return (int)e->code;
	if (vc_is_package(r.i.folder) && vc_unpacked_clear(s, n, e))
		return (int)e->code;
	return vc_by_id(db, r.i.id, ret, e);
}
