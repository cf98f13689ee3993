/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads a Manifest with all that it references and checks it on all levels (OCORA-TWS15-060 annex, 5.1.2.3-4,
 * 6.1.5-6.1.9; J9-J16, J23-J28): syntax, what belongs where, identifiers, dependencies, integrity of files,
 * signatures. Problems are collected, not stopped at, each with its place and how to mend it.
 *
 * Limits (T15): 8 files deep, 256 files, 16 MiB of JSON in all. Files are opened beneath the folder only,
 * through no link (T14).
 */
#ifndef FIRPATH_MANIFEST_READ_H
#define FIRPATH_MANIFEST_READ_H

#include "base/err.h"
#include "base/str.h"
#include "manifest/trust.h"
#include "model/manifest.h"

#define MANIFEST_FILES_MAX 256
#define MANIFEST_DEPTH_MAX 8
#define MANIFEST_BYTES_MAX ((int64_t)16 << 20)
#define MANIFEST_PROBLEMS_MAX 200 /* more are counted, not told */

enum manifest_checks {
	MANIFEST_CHECK_ARCHIVES = 1, /* hash every Archive; else only Manifests are looked at */
	MANIFEST_ALONE = 2 /* the outermost item may be a System or a Building Block (a device, pack) */
};
struct manifest_ask {
	enum manifest_profile profile;
	unsigned checks;           /* enum manifest_checks */
	const struct trust *trust; /* borrowed; NULL = signatures are not looked at: nothing is authentic */
	int64_t now;               /* UTC ms */
};

struct manifest; /* a tree with its problems; owns every text */
void manifest_free(struct manifest *m);
DEFINE_OWN(struct manifest, manifest_free)

/* folder: a directory; file: the outermost Manifest in it, NULL = the one *.json at its top whose Config Type
 * is Vehicle (else the only *.json). An error is returned only when nothing can be said (no folder, no such
 * file, out of limits before anything was read); everything else is a problem in *ret. */
int manifest_read(const char *folder, const char *file, const struct manifest_ask *ask, struct manifest **ret,
		  struct err *e) MUST_USE;
/* One Manifest as text, without files beneath it (a device that was sent it): Archives are not looked at,
 * References are a problem. */
int manifest_read_text(const char *text, size_t len, const struct manifest_ask *ask, struct manifest **ret,
		       struct err *e) MUST_USE;

const struct config_item *manifest_root(const struct manifest *m); /* NULL: it could not be read at all */
const struct manifest_problem *manifest_problem_at(const struct manifest *m, int i); /* NULL past the end */
int manifest_errors(const struct manifest *m); /* problems that are no warnings */
bool manifest_good(const struct manifest *m);  /* no errors, all four checks positive */
/* The files of the Package: Manifests and Archives, relative to the folder, each once; NULL past the end. */
const char *manifest_file_at(const struct manifest *m, int i);

/* {"good":..,"profile":..,"syntax":..,"integrity":..,"identity":..,"authenticity":..,"name","version","config_id",
 *  "type_id","hash","manifests":[{"file","pointer","type","name","version","syntax",..,"signer"}],
 *  "archives":[{"kind","bb","name","version","file","size","hash","integrity"..}],"dependencies":[...],"waves":[[..]],
 *  "problems":[{"code","severity","file","pointer","line","column","what","mend","row"}],"more_problems":n}
 * (E13-E16): the report that CLI, REST and pages show. */
void manifest_report(const struct manifest *m, struct str *out);
/* "ETP 1.1.9 needs DAS with functional version 2.1.x or later minor; DAS 2.3.0 is there: fits". */
void manifest_sentence(const struct config_item *dependency, const struct config_item *on, char buf[240]);

#endif
