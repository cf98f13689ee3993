/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Vehicle Configurations that this service holds (OCORA-TWS15-060 annex, 2, 5.1.1, 5.1.2.2-4, 6.1.6; rows
 * B10-B21, C16-C19, E3, E4, E10-E16, J14-J16; doc/adr/0008-vehicles.md, 7).
 *
 * Two places. The inbox (vc_inbox) is written by others, by SFTP or as a Package over REST, and is not
 * trusted: what is in it may change at any time. vc_dir is the service's own: vc_keep() copies there, file by
 * file, only what the Vehicle Manifest references, verifies the copy, and gives it its final name by one
 * rename. Only such a copy may be active, and only its rows (vc_bb) and its Archives (in image_dir, by hash)
 * are served. Nothing in vc_dir is ever changed afterwards.
 *
 * Numbers: each folder or *.tar.gz of the inbox gets the next n when it is first seen. n never changes and is
 * never given again. A folder whose files changed after it was kept is another one: it gets a number of its
 * own.
 *
 * State: 'arriving' (something in it changed less than vc_quiet ago, or a *.part or *.filepart is in it),
 * 'stored' (complete, not verified since it changed), 'verified', 'failed' (the newest report), 'gone' (its
 * folder was taken away before it was kept).
 *
 * db is a writing connection where something changes; each such function makes its own transactions, with
 * their audit rows: `vc-verify`, `vc-keep`, `vc-gone` (subject vc/N). A death at any point leaves what the
 * next call puts right. What changes files is done with the store's lock of vc_dir held, so that two
 * processes do not undo each other's work.
 *
 * Errors: ERR_NOT_FOUND (no such number), ERR_VC ("vc-refused": it does not verify, is arriving or gone;
 * says why), ERR_TOO_LARGE, ERR_DISK, ERR_FILE, ERR_CONFIG (no vc_dir).
 */
#ifndef FIRPATH_CORE_VC_H
#define FIRPATH_CORE_VC_H

#include "base/conf.h"
#include "base/str.h"
#include "model/manifest.h"
#include "store/store_ledger.h"

/* Rows for the program's table of configuration keys; read back by vc_store_from(). */
/* clang-format off */
#define VC_CONF_KEYS \
	{ "vc_inbox", CONF_TEXT, "", 0, 0, "Folder in which Vehicle Configurations arrive (SFTP, Packages over REST); empty: none do." }, \
	{ "vc_quiet", CONF_DURATION, "2s", 0, INT64_C(3600000), "How long nothing may have changed in a folder of the inbox before it counts as complete." }, \
	{ "vc_dir", CONF_TEXT, "vcs", 0, 0, "Folder in which the service keeps the Vehicle Configurations that may be active." }, \
	{ "trust_file", CONF_TEXT, "", 0, 0, "The trust store (JSON): whose signatures of Manifests count; empty: nobody's." }, \
	{ "manifest_profile", CONF_TEXT, "strict", 0, 0, "How Manifests are read: strict or compat." }
/* clang-format on */

#define VC_FOLDER_MAX 255
#define VC_REPORT_MAX ((size_t)4 << 20)
#define VC_MAX 10000 /* folders of an inbox; more are not looked at */

/* Where they are. Everything borrowed; read-only, for any number of threads. The trust store is read anew for
 * each verification, so that a revoked key stops counting without a restart. */
struct vc_store {
	const char *inbox, *dir, *image_dir, *trust_file; /* inbox "" = none */
	enum manifest_profile profile;
	int64_t quiet; /* ms without a change, after which a folder counts as complete */
	void (*step)(void *ctx, const char *at); /* tests die here; NULL in service */
	void *step_ctx;
};
/* c must hold VC_CONF_KEYS and outlive *ret. ERR_CONFIG: manifest_profile is no profile. */
int vc_store_from(const struct conf *c, const char *image_dir, struct vc_store *ret, struct err *e) MUST_USE;

/* One of them. Texts are "" where the Vehicle Manifest was not read yet. */
struct vc_info {
	int64_t id, n;
	char folder[VC_FOLDER_MAX + 1];  /* its name in the inbox; may end in ".tar.gz" */
	char config_id[40], type_id[40]; /* lower case */
	char name[128], version[40];     /* of the Vehicle Manifest; version = Release Version */
	char hash[65];                   /* configuration hash of the Vehicle Manifest */
	char state[16];                  /* above */
	bool kept;                       /* copied into vc_dir: may be active */
	int64_t seen_at, verified_at;    /* UTC ms; -1 = never */
};
int vc_by_n(struct db *db, int64_t n, struct vc_info *ret, struct err *e) MUST_USE;
int vc_by_id(struct db *db, int64_t id, struct vc_info *ret, struct err *e) MUST_USE;
/* J16: is it meant for vehicles of this Type ID (UUID, any case)? */
bool vc_targets(const struct vc_info *vc, const char *type_id);

/* Looks at the inbox: what is new gets a number, what changed is to be verified again, what went is 'gone'.
 * Cheap: names, sizes and times; the Vehicle Manifest is read once, when a folder has become complete.
 * Without an inbox it does nothing. *ret_changed may be NULL. */
int vc_scan(struct db *db, const struct vc_store *s, const struct actor *who, bool *ret_changed,
	    struct err *e) MUST_USE;

/* When the service starts: removes from vc_dir what a death left there (half-made copies, unpacked Packages
 * that wait), and from the inbox what was being sent over REST a day ago. now: UTC ms. */
int vc_sweep(const struct vc_store *s, int64_t now, struct err *e) MUST_USE;

/* VC = {"n","folder","name","version","config_id","type_id","hash","state","kept","seen_at","verified_at"}
 * (null where not known), by n. {"vcs":[VC ...]}; gone = with those that are gone. Reads only: callers on a
 * writing connection scan first. */
int vc_list_json(struct db *db, bool gone, struct str *out, struct err *e) MUST_USE;
/* VC with "report": manifest_report() of the newest verification or null, and "blocks":
 * [{"n","name","type_id",
 * "config_id","version","functional","system","wave","hash","depends":[...],"network":[...],"archives":[...]}]
 * (empty until kept). E13-E16. */
int vc_get_json(struct db *db, int64_t n, struct str *out, struct err *e) MUST_USE;

/* Reads all of it, checks all four things on all levels (C17, E14-E16), stores the report. Of a kept one the
 * copy is read. *ret_good: it may be activated. An error only when it could not be looked at; audit row
 * `vc-verify`. May take as long as hashing its Archives. */
int vc_verify(struct db *db, const struct vc_store *s, const struct actor *who, int64_t n, bool *ret_good,
	      struct err *e) MUST_USE;

/* Makes it one that may be active: verified, copied, the copy verified, its Building Blocks and Archives
 * ready to serve. Idempotent; a kept one is verified again (J14, J15). ERR_VC: it does not verify. */
int vc_keep(struct db *db, const struct vc_store *s, const struct actor *who, int64_t n, struct vc_info *ret,
	    struct err *e) MUST_USE;
/* E12: is the kept copy still right, and are its Archives in image_dir (put back when one is missing)?
 * *ret_good false: why gets a sentence. */
#define VC_WHY_SIZE 240
int vc_startup(struct db *db, const struct vc_store *s, const struct actor *who, int64_t vc_id,
	       bool *ret_good, char why[VC_WHY_SIZE], struct err *e) MUST_USE;

/* A Package (tar.gz) for the inbox, piece by piece: vc_put_begin, vc_put_write..., vc_put_end. Nothing is
 * left behind unless vc_put_end succeeds; ret_n is the number of what arrived ('stored'; not verified yet).
 * name: letters, digits and . _ -, at most 64 bytes, without ".tar.gz"; ERR_CONFLICT when the inbox has it.
 */
struct vc_put;
int vc_put_begin(const struct vc_store *s, const char *name, struct vc_put **ret, struct err *e) MUST_USE;
int vc_put_write(struct vc_put *p, const void *bytes, size_t n, struct err *e) MUST_USE; /* ERR_TOO_LARGE */
/* Consumes p, also on failure. */
int vc_put_end(struct vc_put *p, struct db *db, const struct actor *who, int64_t *ret_n,
	       struct err *e) MUST_USE;
void vc_put_drop(struct vc_put *p);
DEFINE_OWN(struct vc_put, vc_put_drop)

#endif
