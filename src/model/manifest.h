/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Config Items of a Manifest (OCORA-TWS15-060 annex, section 6): what they are called, which elements each
 * type must, may or must not have, what may sit in what, and what holds between items. All rules of section
 * 6.1.10-6.1.12 are rows of tables (J8, K1-K7, L1-L21; readings Z1-Z46), with a strict and a compatible
 * profile. Pure: items come from src/manifest/, which reads files.
 */
#ifndef FIRPATH_MODEL_MANIFEST_H
#define FIRPATH_MODEL_MANIFEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum config_type {
	CONFIG_VEHICLE,
	CONFIG_SYSTEM,
	CONFIG_BUILDING_BLOCK,
	CONFIG_DEPENDENCY,
	CONFIG_PACKAGE,
	CONFIG_SOFTWARE,
	CONFIG_PARAMETER,
	CONFIG_TYPES
};
extern const char *const config_type_text[CONFIG_TYPES + 1]; /* "Vehicle", "Building Block" ... */

/* Elements in the order of L1-L21. */
enum config_element {
	ELEMENT_CONFIG_TYPE,
	ELEMENT_TYPE_ID,
	ELEMENT_CONFIG_ID,
	ELEMENT_NAME,
	ELEMENT_DESCRIPTION,
	ELEMENT_SUPPLIER,
	ELEMENT_METADATA,
	ELEMENT_FUNCTIONAL_VERSION,
	ELEMENT_RELEASE_VERSION,
	ELEMENT_MANIFEST,
	ELEMENT_ARCHIVE,
	ELEMENT_NETWORK_IDS,
	ELEMENT_SYSTEMS,
	ELEMENT_BUILDING_BLOCKS,
	ELEMENT_PACKAGES,
	ELEMENT_REFERENCE,
	ELEMENT_DEPENDENCIES,
	ELEMENT_HASH_TYPE,
	ELEMENT_HASH,
	ELEMENT_SIGNATURE_TYPE,
	ELEMENT_SIGNATURE,
	ELEMENTS
};
extern const char *const config_element_text[ELEMENTS + 1]; /* "Config Type", "Type ID" ... */

enum manifest_profile { MANIFEST_STRICT, MANIFEST_COMPAT, MANIFEST_PROFILES };
extern const char *const manifest_profile_text[MANIFEST_PROFILES + 1]; /* "strict", "compat" */

#define CONFIG_VERSION_PARTS 3
struct config_version {
	int64_t part[CONFIG_VERSION_PARTS]; /* x.y.z */
};

/* One item with its subordinate items; what it points to lives as long as the tree that it is of. */
struct config_item {
	enum config_type type;
	const char *text[ELEMENTS]; /* elements that are texts; NULL = absent */
	const char *const *network; /* Network IDs as stated; NULL = absent */
	int nnetwork;
	struct config_item *child; /* first subordinate item, NULL = none */
	struct config_item *next;  /* next of the same parent */
	struct config_item *parent;
	const char *file; /* the file it stands in, relative to the outermost folder */
	const char
	    *folder; /* the folder of that file, "" or ending in '/': Archive and Manifest are beneath */
	const char *pointer;   /* JSON pointer in that file */
	bool own_file;         /* the root of its file: referenced, or the outermost */
	const char *canonical; /* RFC 8785 form with its Signature (Vehicle, System, BB); NULL otherwise */
	const char *hash;      /* SHA-256 of it: the configuration hash, 64 upper hex digits */
	struct config_version functional, release; /* parsed; only where the text is there and right */
	/* Results of the four checks (5.1.2.4), of this item and, for Archives, of the file. */
	bool syntax_ok, integrity_ok, identity_ok, authentic_ok;
	const char *signer; /* name in the trust store; NULL = not verified */
	int64_t size;       /* of the Archive, bytes; -1 = not looked at */
};

/* What is wrong and how to mend it. Texts live as long as the tree. */
struct manifest_problem {
	const char *code; /* stable: "missing-element", "unknown-element", "hash-differs",
			     "unresolved-dependency" ... */
	bool warning;     /* the profile accepts it */
	const char *file, *pointer;
	int64_t line, column; /* where known, else 0 */
	const char *what;     /* a sentence that names the thing */
	const char *mend;     /* what to do */
	const char *row;      /* "J22", "L9", "Z14" */
	const char *error;    /* one of the error words of doc/bbum-protocol.md section 5 that it counts as */
};

/* J18, Z19: does what is there fit what is required? */
bool config_fits(const struct config_version *required, const struct config_version *has);

/* The update sequence of the Building Blocks of a tree (Z18-Z20): which wave each is in. Building Blocks that
 * depend on each other in a circle share a wave; who is depended upon comes first; without dependencies all
 * are in wave 0. bb[] = the items in the order of the Manifest; waves[i] is set for each. Returns the number
 * of waves. */
int config_waves(const struct config_item *const *bb, int n, int *waves);
/* All Building Blocks of a tree, in order; returns how many there are (more than max: not all were given). */
int config_bbs(const struct config_item *root, const struct config_item **bb, int max);

#endif
