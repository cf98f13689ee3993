/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Config Items of a Manifest (OCORA-TWS15-060 annex, section 6): what they are called, which elements each
 * type must, may or must not have, what may sit in what, and what holds between items. All rules of section
 * 6.1.10-6.1.12 are rows of tables (J8, K1-K7, L1-L21; readings Z1-Z42), with a strict and a compatible
 * profile. Pure: items come from src/manifest/, which reads files.
 */
#ifndef FIRPATH_MODEL_MANIFEST_H
#define FIRPATH_MODEL_MANIFEST_H

#include <inttypes.h>
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

#define CONFIG_BBS_MAX 1024 /* Building Blocks of one Manifest */
#define CONFIG_VERSION_PARTS 3
struct config_version {
	int64_t part[CONFIG_VERSION_PARTS]; /* x.y.z */
};

/* One item with its subordinate items; what it points to lives as long as the tree that it is of. */
struct config_item {
	enum config_type
	    type; /* Software and Parameter sit in a Package item or directly in their owner (Z5) */
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
	const char *canonical; /* RFC 8785 form with its Signature (BBs and the outermost); NULL otherwise */
	const char
	    *hash; /* SHA-256 of it (Vehicle, System, BB): the configuration hash, 64 upper hex digits */
	bool by_composition; /* a Building Block inside another file: must be signed itself (J64) */
	struct config_version functional, release; /* parsed; only where the text is there and right */
	/* Results of the four checks (5.1.2.4): of this item with all below it and, for Archives, of the
	 * file. */
	bool syntax_ok, integrity_ok, identity_ok, authentic_ok;
	const char *signer; /* name in the trust store; NULL = not verified */
	int64_t size;       /* of the Archive, bytes; -1 = not looked at */
};

/* What can be wrong: one row of manifest_fault_rows each. */
enum manifest_fault {
#define X(name, code, check, row, error) name,
#include "model/manifest_faults.h"
#undef X
	FAULTS
};
/* Which of the four checks a fault makes fail. */
enum manifest_check { CHECK_SYNTAX, CHECK_INTEGRITY, CHECK_IDENTITY, CHECK_AUTHENTICITY, MANIFEST_CHECKS };
struct manifest_fault_row {
	const char *code; /* stable: "missing-element" */
	enum manifest_check check;
	const char *row;   /* the requirement it rests on */
	const char *error; /* the error word of doc/bbum-protocol.md */
};
extern const struct manifest_fault_row manifest_fault_rows[FAULTS];

/* What is wrong and how to mend it. Texts live as long as the tree. */
struct manifest_problem {
	const char *code; /* stable: "missing-element", "unknown-element", "hash-differs",
			     "unresolved-dependency" ... */
	enum manifest_fault fault;
	bool warning; /* the profile accepts it */
	const char *file, *pointer;
	int64_t line, column; /* where known, else 0 */
	const char *what;     /* a sentence that names the thing */
	const char *mend;     /* what to do */
	const char *row;      /* "J22", "L9", "Z14" */
	const char *error;    /* one of the error words of doc/bbum-protocol.md section 5 that it counts as */
};

/*
 * The rules of 6.1.10 and 6.1.11 as tables (manifest_rules.c): change a row, not code.
 */
enum config_usage {
	USAGE_UNUSED,    /* must not be there */
	USAGE_UNUSUAL,   /* may be there, with a warning */
	USAGE_OPTIONAL,  /* may be there */
	USAGE_WISHED,    /* may be missing, with a warning */
	USAGE_INHERITED, /* must be there or be derived from above (Z37) */
	USAGE_CONTENT,   /* one of Systems, Building Blocks must hold something (Z2, Z4) */
	USAGE_MANDATORY
};
/* own_file: the item is the root of a file, not composed (Z16). */
enum config_usage config_usage(enum config_element el, enum config_type t, enum manifest_profile p,
			       bool own_file);
const char *config_usage_row(enum config_element el); /* "L9" */

enum config_nesting { NESTING_NO, NESTING_WARN, NESTING_YES };
enum config_nesting config_nesting(enum config_type child, enum config_type parent, enum manifest_profile p);
const char *config_nesting_row(enum config_type child); /* "K3" */
/* Where items of the type belong, for hints: "in Building Blocks of a System". */
const char *config_home(enum config_type t);

enum config_format {
	FORMAT_TYPE, /* one of config_type_text */
	FORMAT_UUID,
	FORMAT_TEXT,    /* one line */
	FORMAT_PROSE,   /* lines */
	FORMAT_VERSION, /* x.y.z */
	FORMAT_MANIFEST_PATH,
	FORMAT_ARCHIVE_PATH,
	FORMAT_NETWORK, /* list of IPv4 */
	FORMAT_ITEMS,   /* list of items */
	FORMAT_REFERENCE,
	FORMAT_HASH_TYPE,
	FORMAT_HASH,
	FORMAT_SIGNATURE_TYPE,
	FORMAT_SIGNATURE
};
enum config_format config_format(enum config_element el);
/* The format of one text; NULL = right, else what is wrong ("is no UUID: ..."), a phrase that follows the
 * name of the element; *ret_mend what to write. */
const char *config_text_fault(enum config_format f, const char *text, enum manifest_profile p,
			      const char **ret_mend);
bool config_version_read(const char *text, struct config_version *ret);
bool config_ipv4_ok(const char *text, bool *ret_usual); /* usual: can be the address of a device */
/* A relative path of the files beside a Manifest; NULL = right, else what is wrong with it (T14). */
const char *config_path_fault(const char *path);
#define CONFIG_TEXT_MAX 1000   /* bytes of a one-line text */
#define CONFIG_PROSE_MAX 65536 /* bytes of Metadata */
#define CONFIG_PATH_MAX 512

/* Name of an item for sentences: its Name, else its Type ID, else its type. Never NULL. */
const char *config_name(const struct config_item *it);
/* The Building Block, System or Vehicle that an item belongs to (itself if it is one). */
const struct config_item *config_owner(const struct config_item *it);
/* Network IDs after inheritance (Z37); NULL = none. */
const char *const *config_network(const struct config_item *bb, int *ret_n);
/* The next Software or Parameter below an item, also within Packages: start with NULL. */
const struct config_item *config_archive_next(const struct config_item *of, const struct config_item *at);

/* Who is told about what is wrong between items. item may be changed (its checks). */
struct config_hearer {
	void (*tell)(void *ctx, enum manifest_fault f, bool warning, struct config_item *item,
		     enum config_element el, const char *row, const char *what, const char *mend);
	void *ctx;
};
/* What must hold between items: unique Config IDs (Z15) and Type IDs of Building Blocks, dependencies that
 * resolve (Z17) and fit (J18), Network IDs (Z37). Of a Building Block alone dependencies are not looked up.
 */
void config_tree_check(struct config_item *root, enum manifest_profile p, const struct config_hearer *h);
/* The Building Block of that Type ID (any case); NULL = none. */
const struct config_item *config_bb_of(const struct config_item *const *bb, int n, const char *type_id);

/* J18, Z19: does what is there fit what is required? */
bool config_fits(const struct config_version *required, const struct config_version *has);

/* The update sequence of the Building Blocks of a tree (Z18-Z20): which wave each is in. Building Blocks that
 * depend on each other in a circle share a wave; who is depended upon comes first; without dependencies all
 * are in wave 0. bb[] = the items in the order of the Manifest; waves[i] is set for each. Returns the number
 * of waves. Type IDs that nobody has are passed over. n <= CONFIG_BBS_MAX. */
int config_waves(const struct config_item *const *bb, int n, int *waves);
/* All Building Blocks of a tree, in order; returns how many there are (more than max: not all were given). */
int config_bbs(const struct config_item *root, const struct config_item **bb, int max);

#endif
