/* SPDX-License-Identifier: Apache-2.0 */
/* Verifying, and what is shown. */
#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/beneath.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/tree.h"
#include "core/vc_p.h"
#include "manifest/package.h"

/* ---- where it is read ---- */

static void dir_close_own(DIR **d)
{
	if (*d)
		closedir(*d);
}

/* What earlier contents of the same Package were unpacked to, and what an unpacking that died has left. */
int vc_unpacked_clear(const struct vc_store *s, int64_t n, struct err *e)
{
	OWN(dir_close) DIR *d = opendir(s->dir);
	struct dirent *x;
	char prefix[40];

	snprintf(prefix, sizeof prefix, "%" PRId64 ".in-", n);
	while (d && (x = readdir(d))) {
		STR(path, VC_PATH_MAX);

		if (strncmp(x->d_name, prefix, strlen(prefix)) != 0)
			continue;
		str_addf(&path, "%s/%s", s->dir, x->d_name);
		if (tree_remove(str_c(&path), e))
			return (int)e->code;
	}
	return OK;
}

/* Is it a half-made copy ("N.new") or what a Package was unpacked to ("N.in-...")? */
static bool is_leftover(const char *name)
{
	size_t digits = strspn(name, "0123456789");

	return digits && (!strcmp(name + digits, ".new") || !strncmp(name + digits, ".in-", 4));
}

#define PUT_OLD_S (24 * 3600)

int vc_sweep(const struct vc_store *s, int64_t now, struct err *e)
{
	OWN(dir_close) DIR *d = NULL;
	OWN(dir_close) DIR *inbox = NULL;
	OWN(fd_close) int lock = -1;
	struct dirent *x;
	struct stat st;

	if (!*s->inbox)
		return OK;
	if (vc_lock(s, &lock, e))
		return (int)e->code;
	d = opendir(s->dir);
	while (d && (x = readdir(d))) {
		STR(path, VC_PATH_MAX);

		str_addf(&path, "%s/%s", s->dir, x->d_name);
		if (is_leftover(x->d_name) && tree_remove(str_c(&path), e))
			return (int)e->code;
	}
	inbox = opendir(s->inbox);
	while (inbox && (x = readdir(inbox)))
		if (!strncmp(x->d_name, VC_PUT_BEGIN, strlen(VC_PUT_BEGIN)) &&
		    !fstatat(dirfd(inbox), x->d_name, &st, AT_SYMLINK_NOFOLLOW) && S_ISREG(st.st_mode) &&
		    now / 1000 - (int64_t)st.st_ctim.tv_sec > PUT_OLD_S)
			unlinkat(dirfd(inbox), x->d_name, 0);
	return OK;
}

static int source_unpacked(const struct vc_store *s, const struct vc_rec *r, char buf[VC_PATH_MAX],
			   struct err *e)
{
	OWN(fd_close) int lock = -1;
	struct package_facts facts;
	char end[32];
	STR(from, VC_PATH_MAX);
	struct stat st;

	snprintf(end, sizeof end, ".in-%.16s", r->mark);
	if (vc_path(s, r->i.n, end, buf, e) || vc_lock(s, &lock, e))
		return (int)e->code;
	if (!lstat(buf, &st) && S_ISDIR(st.st_mode))
		return OK;
	str_addf(&from, "%s/%s", s->inbox, r->i.folder);
	if (from.over)
		return err_set(e, ERR_CONFIG, "the path of vc_inbox is too long");
	return vc_unpacked_clear(s, r->i.n, e) ? (int)e->code
					       : package_unpack(str_c(&from), buf, NULL, &facts, e);
}

int vc_source(const struct vc_store *s, const struct vc_rec *r, char buf[VC_PATH_MAX], struct err *e)
{
	if (r->i.kept)
		return vc_path(s, r->i.n, "", buf, e);
	if (vc_is_package(r->i.folder))
		return source_unpacked(s, r, buf, e);
	if (snprintf(buf, VC_PATH_MAX, "%s/%s", s->inbox, r->i.folder) >= VC_PATH_MAX)
		return err_set(e, ERR_CONFIG, "the path of vc_inbox is too long");
	return OK;
}

int vc_read_folder(const struct vc_store *s, const char *path, const char *file, int64_t now,
		   struct manifest **ret, struct err *e)
{
	OWN(trust_free) struct trust *trust = NULL;
	struct manifest_ask ask = { .profile = s->profile, .checks = MANIFEST_CHECK_ARCHIVES, .now = now };

	if (trust_load(s->trust_file, &trust, e))
		return err_wrap(e, "trust_file");
	ask.trust = trust;
	return manifest_read(path, file && *file ? file : NULL, &ask, ret, e);
}

/* ---- the report ---- */

/* Of what could not even be read as Manifests: the same members as manifest_report(). */
static void report_of_error(const struct vc_store *s, const char *folder, const struct err *why,
			    struct str *out)
{
	struct jw w = jw_start(out);

	jw_obj(&w);
	jw_kbool(&w, "good", false);
	jw_kstr(&w, "profile", manifest_profile_text[s->profile]);
	for (int i = 0; i < 4; i++)
		jw_kbool(&w, ((const char *const[]){ "syntax", "integrity", "identity", "authenticity" })[i],
			 false);
	for (int i = 0; i < 5; i++) {
		jw_key(&w, ((const char *const[]){ "name", "version", "config_id", "type_id", "hash" })[i]);
		jw_null(&w);
	}
	for (int i = 0; i < 4; i++) {
		jw_key(&w, ((const char *const[]){ "manifests", "archives", "dependencies", "waves" })[i]);
		jw_arr(&w);
		jw_arr_end(&w);
	}
	jw_key(&w, "problems");
	jw_arr(&w);
	jw_obj(&w);
	jw_kstr(&w, "code", err_info(why->code)->code);
	jw_kstr(&w, "severity", "error");
	jw_kstr(&w, "file", *why->where ? why->where : folder);
	jw_kstr(&w, "pointer", "");
	jw_kint(&w, "line", why->line);
	jw_kint(&w, "column", why->col);
	jw_kstr(&w, "what", why->msg);
	jw_kstr(&w, "mend", err_info(why->code)->next);
	jw_kstr(&w, "row", why->code == ERR_PACKAGE ? "B8" : "A16");
	jw_end(&w);
	jw_arr_end(&w);
	jw_kint(&w, "more_problems", 0);
	jw_end(&w);
}

/* Is it the fault of the files, and not of this machine? */
static bool fault_of_files(enum err_code code)
{
	return code == ERR_PACKAGE || code == ERR_VC || code == ERR_TOO_LARGE || code == ERR_NO_FILE ||
	       code == ERR_INVALID || code == ERR_JSON || code == ERR_JSON_FIELD;
}

void vc_why(const struct vc_rec *r, char buf[VC_WHY_SIZE])
{
	OWN(json_free) struct json *j = NULL;
	const struct json *all, *p = NULL;
	const char *what, *file;
	struct err e;

	str_copy(buf, VC_WHY_SIZE, "it does not verify");
	if (json_parse(r->report, strlen(r->report), &j, &e))
		return;
	all = json_get(j, "problems");
	for (size_t i = 0; i < json_len(all); i++) {
		const char *severity = json_text(json_get(json_at(all, i), "severity"));

		p = json_at(all, i);
		if (severity && !strcmp(severity, "error"))
			break;
	}
	what = json_text(json_get(p, "what"));
	file = json_text(json_get(p, "file"));
	if (what)
		snprintf(buf, VC_WHY_SIZE, "%.90s%s%.130s", file ? file : "", file && *file ? ": " : "",
			 what);
}

static int64_t report_errors(const struct manifest *m)
{
	return m ? manifest_errors(m) : 1;
}

static int examined_keep(struct db *db, const struct actor *who, const struct vc_rec *r, int64_t errors,
			 struct err *e)
{
	TX(tx);
	VC_REC(now);
	STR(after, 2 * KIB);
	struct jw w = jw_start(&after);
	struct vc_row row = vc_rec_row(r);
	char subject[32], before[48];

	if (tx_begin(&tx, db, true, e) || vc_rec_load(db, r->i.id, 0, &now, e))
		return (int)e->code;
	if (now.i.kept != r->i.kept || strcmp(now.mark, r->mark) != 0)
		return err_set(e, ERR_BUSY, "Vehicle Configuration %" PRId64 " changed while it was verified",
			       r->i.n);
	snprintf(subject, sizeof subject, "vc/%" PRId64, r->i.n);
	snprintf(before, sizeof before, "{\"state\":\"%.15s\"}", now.i.state);
	jw_obj(&w);
	jw_kstr(&w, "state", r->i.state);
	jw_kstr(&w, "folder", r->i.folder);
	jw_kstr(&w, "name", row.name);
	jw_kstr(&w, "version", row.version);
	jw_kstr(&w, "hash", row.hash);
	jw_kint(&w, "errors", errors);
	jw_end(&w);
	if (store_vc_set(db, &row, e) ||
	    audit_add(db, who, "vc-verify", subject, before, str_c(&after), 0, NULL, e))
		return (int)e->code;
	return tx_keep(&tx, e);
}

static void manifest_drop(struct manifest **m)
{
	manifest_free(*m);
	*m = NULL;
}

/* However well it is signed: what lies in vc_dir must be what was put there. */
static int kept_the_same(const struct vc_rec *r, struct manifest **m, struct err *e)
{
	const struct config_item *root = manifest_root(*m);

	if (!root || !root->hash || !strcmp(root->hash, r->i.hash))
		return OK;
	manifest_drop(m);
	return err_set(e, ERR_VC, "the kept copy of Vehicle Configuration %" PRId64 " is another one",
		       r->i.n);
}

/* Reads it; what is wrong with the files ends in *out, what is wrong with this machine is the error. */
static int examine_read(const struct vc_store *s, const struct vc_rec *r, int64_t now, struct manifest **ret,
			struct str *out, struct err *e)
{
	char path[VC_PATH_MAX];
	int rc = vc_source(s, r, path, e);

	if (!rc)
		rc = vc_read_folder(s, path, r->i.kept ? r->manifest : NULL, now, ret, e);
	if (!rc && vc_is_package(r->i.folder) && manifest_root(*ret)) {
		rc = package_surplus(path, *ret, e);
		if (rc)
			manifest_drop(ret);
	}
	if (!rc && r->i.kept)
		rc = kept_the_same(r, ret, e);
	if (rc && !fault_of_files((enum err_code)rc))
		return rc;
	if (rc)
		report_of_error(s, r->i.folder, e, out);
	else
		manifest_report(*ret, out);
	return out->over ? err_set(e, ERR_TOO_LARGE, "the report has more than %zu bytes", out->max) : OK;
}

static int still_the_same(const struct vc_store *s, const struct vc_rec *r, int64_t now, struct err *e)
{
	struct vc_look look;

	if (r->i.kept)
		return OK;
	if (vc_look_at(s, r->i.folder, now, &look, e))
		return (int)e->code;
	if (strcmp(look.mark, r->mark) != 0)
		return err_set(e, ERR_VC, "Vehicle Configuration %" PRId64 " ('%.100s') is still arriving",
			       r->i.n, r->i.folder);
	return OK;
}

int vc_examine(struct db *db, const struct vc_store *s, const struct actor *who, struct vc_rec *r,
	       struct manifest **ret_m, bool *ret_good, struct err *e)
{
	OWN(manifest_free) struct manifest *m = NULL;
	STR(report, VC_REPORT_MAX);
	bool good;

	if (still_the_same(s, r, who->now, e) || examine_read(s, r, who->now, &m, &report, e) ||
	    still_the_same(s, r, who->now, e))
		return (int)e->code;
	good = m && manifest_root(m) && manifest_root(m)->type == CONFIG_VEHICLE && manifest_good(m);
	/* The row of a kept one goes on saying what was kept, also when the copy has become unreadable. */
	if (!r->i.kept)
		vc_rec_facts(r, m);
	mem_free(r->report);
	r->report = str_take(&report);
	r->i.verified_at = who->now;
	str_copy(r->i.state, sizeof r->i.state, good ? "verified" : "failed");
	if (examined_keep(db, who, r, report_errors(m), e))
		return (int)e->code;
	if (ret_m)
		*ret_m = MOVE(m);
	*ret_good = good;
	return OK;
}

int vc_verify(struct db *db, const struct vc_store *s, const struct actor *who, int64_t n, bool *ret_good,
	      struct err *e)
{
	VC_REC(r);
	bool good;

	if (vc_ready(db, s, who, n, &r, e) || vc_examine(db, s, who, &r, NULL, &good, e))
		return (int)e->code;
	*ret_good = good;
	return OK;
}

int vc_ready(struct db *db, const struct vc_store *s, const struct actor *who, int64_t n, struct vc_rec *ret,
	     struct err *e)
{
	VC_REC(r);
	struct vc_info i;

	if (vc_by_n(db, n, &i, e) || vc_scan(db, s, who, NULL, e) || vc_rec_load(db, i.id, 0, &r, e))
		return (int)e->code;
	if (!r.i.kept && !strcmp(r.i.state, "gone"))
		return err_set(e, ERR_VC,
			       "Vehicle Configuration %" PRId64 " ('%.100s') was taken out of the inbox", n,
			       r.i.folder);
	if (!r.i.kept && !strcmp(r.i.state, "arriving"))
		return err_set(e, ERR_VC, "Vehicle Configuration %" PRId64 " ('%.100s') is still arriving", n,
			       r.i.folder);
	*ret = r;
	r = (struct vc_rec){ .mark = NULL };
	return OK;
}

int vc_startup(struct db *db, const struct vc_store *s, const struct actor *who, int64_t vc_id,
	       bool *ret_good, char why[VC_WHY_SIZE], struct err *e)
{
	OWN(manifest_free) struct manifest *m = NULL;
	VC_REC(r);
	char path[VC_PATH_MAX];
	bool good;

	if (vc_rec_load(db, vc_id, 0, &r, e))
		return (int)e->code;
	if (!r.i.kept) {
		str_copy(why, VC_WHY_SIZE, "it was never verified and kept");
		*ret_good = false;
		return OK;
	}
	if (vc_examine(db, s, who, &r, &m, &good, e) ||
	    (good && (vc_path(s, r.i.n, "", path, e) || vc_archives_link(s, path, m, e))))
		return (int)e->code;
	why[0] = '\0';
	if (!good)
		vc_why(&r, why);
	*ret_good = good;
	return OK;
}

/* ---- JSON ---- */

static void vc_members(const struct vc_row *v, struct jw *w)
{
	jw_kint(w, "n", v->n);
	jw_kstr(w, "folder", v->folder);
	jw_kstr(w, "name", v->name);
	jw_kstr(w, "version", v->version);
	jw_kstr(w, "config_id", v->config_id);
	jw_kstr(w, "type_id", v->type_id);
	jw_kstr(w, "hash", v->hash);
	jw_kstr(w, "state", v->state);
	jw_kbool(w, "kept", v->kept);
	jw_ktime(w, "seen_at", v->seen_at);
	jw_ktime(w, "verified_at", v->verified_at);
}

int vc_list_json(struct db *db, bool gone, struct str *out, struct err *e)
{
	OWN(rows_done) struct rows *rows = NULL;
	struct jw w = jw_start(out);
	struct vc_row v;
	bool got;

	if (store_vc_list(db, gone, &rows, e))
		return (int)e->code;
	jw_obj(&w);
	jw_key(&w, "vcs");
	jw_arr(&w);
	for (;;) {
		if (store_vc_next(rows, &v, &got, e))
			return (int)e->code;
		if (!got)
			break;
		jw_obj(&w);
		vc_members(&v, &w);
		jw_end(&w);
	}
	jw_arr_end(&w);
	jw_end(&w);
	return OK;
}

static void block_members(const struct vc_bb_row *b, struct jw *w)
{
	jw_kint(w, "n", b->n);
	jw_kstr(w, "name", b->name);
	jw_kstr(w, "type_id", b->type_id);
	jw_kstr(w, "config_id", b->config_id);
	jw_kstr(w, "version", b->version);
	jw_kstr(w, "functional", b->functional);
	jw_kstr(w, "system", b->system);
	jw_kint(w, "wave", b->wave);
	jw_kstr(w, "hash", b->hash);
	jw_key(w, "depends");
	jw_raw(w, b->depends, strlen(b->depends));
	jw_kwords(w, "network", b->network);
	jw_key(w, "archives");
	jw_raw(w, b->archives, strlen(b->archives));
}

int vc_get_json(struct db *db, int64_t n, struct str *out, struct err *e)
{
	VC_REC(r);
	OWN(rows_done) struct rows *rows = NULL;
	struct jw w = jw_start(out);
	struct vc_row v;
	struct vc_bb_row b;
	bool got;

	if (n < 1)
		return err_set(e, ERR_NOT_FOUND, "there is no Vehicle Configuration %" PRId64, n);
	if (vc_rec_load(db, 0, n, &r, e) || store_vc_bbs(db, r.i.id, &rows, e))
		return (int)e->code;
	v = vc_rec_row(&r);
	jw_obj(&w);
	vc_members(&v, &w);
	jw_key(&w, "report");
	if (*r.report)
		jw_raw(&w, r.report, strlen(r.report));
	else
		jw_null(&w);
	jw_key(&w, "blocks");
	jw_arr(&w);
	for (;;) {
		if (store_vc_bb_next(rows, &b, &got, e))
			return (int)e->code;
		if (!got)
			break;
		jw_obj(&w);
		block_members(&b, &w);
		jw_end(&w);
	}
	jw_arr_end(&w);
	jw_end(&w);
	return OK;
}
