/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of core/vc.h share; nobody else includes it. */
#ifndef FIRPATH_CORE_VC_P_H
#define FIRPATH_CORE_VC_P_H

#include "core/vc.h"
#include "manifest/read.h"
#include "model/site.h"
#include "store/store_vc.h"

#define VC_PACKAGE_END ".tar.gz"
#define VC_PUT_BEGIN ".put-" /* how files begin that are being sent over REST */
#define VC_PATH_MAX 2048

/* A row with what doors do not need. */
struct vc_rec {
	struct vc_info i;
	char *mark, *manifest, *report; /* owned, never NULL */
};
void vc_rec_done(struct vc_rec *r);
DEFINE_OWN_VAL(struct vc_rec, vc_rec_done)
#define VC_REC(name) OWN(vc_rec_done) struct vc_rec name = { .mark = NULL }
/* id or n, the other 0. ERR_NOT_FOUND. */
int vc_rec_load(struct db *db, int64_t id, int64_t n, struct vc_rec *ret, struct err *e) MUST_USE;
void vc_rec_read(const struct vc_row *row, struct vc_rec *ret);
struct vc_row vc_rec_row(const struct vc_rec *r); /* borrows from r */
/* What the Vehicle Manifest says, into the record; m may be NULL or unreadable: then nothing is known. */
void vc_rec_facts(struct vc_rec *r, const struct manifest *m);

/* What the folder looks like; arriving: not to be touched yet. ERR_NO_FILE when it is gone. */
struct vc_look {
	char mark[65];
	bool arriving;
};
int vc_look_at(const struct vc_store *s, const char *folder, int64_t now, struct vc_look *ret,
	       struct err *e) MUST_USE;
bool vc_is_package(const char *folder); /* *.tar.gz */

/* "dir/N" with what follows. ERR_CONFIG: no vc_dir, or too long. */
int vc_path(const struct vc_store *s, int64_t n, const char *end, char buf[VC_PATH_MAX],
	    struct err *e) MUST_USE;
/* One process at a time changes vc_dir; waits a while, then ERR_BUSY. */
int vc_lock(const struct vc_store *s, int *ret_fd, struct err *e) MUST_USE;
static inline void vc_step(const struct vc_store *s, const char *at)
{
	if (s->step)
		s->step(s->step_ctx, at);
}

/* A folder read with everything in it. */
int vc_read_folder(const struct vc_store *s, const char *path, const char *file, int64_t now,
		   struct manifest **ret, struct err *e) MUST_USE;
/* The folder that vc_verify() reads: the kept copy, the folder of the inbox, or what a Package holds. file:
 * NULL = as manifest_read() finds it. ERR_PACKAGE: the Package is not taken. */
int vc_source(const struct vc_store *s, const struct vc_rec *r, char buf[VC_PATH_MAX],
	      struct err *e) MUST_USE;
/* Removes what Packages of this number were unpacked to. */
int vc_unpacked_clear(const struct vc_store *s, int64_t n, struct err *e) MUST_USE;
/* Verifies, and stores what came of it; *ret_m (may be NULL) is the tree that was read, NULL when there is
 * none. */
int vc_examine(struct db *db, const struct vc_store *s, const struct actor *who, struct vc_rec *r,
	       struct manifest **ret_m, bool *ret_good, struct err *e) MUST_USE;
/* One that can be looked at: there, complete; after a look at the inbox. ERR_VC. */
int vc_ready(struct db *db, const struct vc_store *s, const struct actor *who, int64_t n, struct vc_rec *ret,
	     struct err *e) MUST_USE;
/* The first problem in a sentence. */
void vc_why(const struct vc_rec *r, char buf[VC_WHY_SIZE]);

/* Archives of a tree that lies in a kept folder, into image_dir by their hash. */
int vc_archives_link(const struct vc_store *s, const char *folder, const struct manifest *m,
		     struct err *e) MUST_USE;
#define VC_BBS_MAX SITE_BBS_MAX

#endif
