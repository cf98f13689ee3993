/* SPDX-License-Identifier: Apache-2.0 */
/* Small lists to import, for tests of imports and exports. */
#ifndef FIRPATH_TESTS_IMPORT_KIT_H
#define FIRPATH_TESTS_IMPORT_KIT_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/parse.h"
#include "base/str.h"
#include "import/feed.h"
#include "stores.h"

#define KIT_HEADER                                                                                           \
	"Version,Entry.number,Entry.status,Device_Type.name,Device_Model.manufacturer_identifier,"           \
	"Device_Model.model_identifier,Device_Model.hardware_version.version,"                               \
	"Device_Model.hardware_version.revision,"                                                            \
	"Device_Model.model_identifier_concatenated_with_hardware_version,Device_Model.firmware_version,"    \
	"SMETS_CHTS Version.Version_number_and_effective_date,GBCS Version.version_number,"                  \
	"Manufacturer_Image.hash\r\n"
#define KIT_VERSION "Version 3.001 Issued on 01-10-2026"
#define KIT_NOW (INT64_C(1795132800000)) /* 2026-11-20 */

/* One row before it is written; a tweak may change it. */
struct kit_row {
	unsigned number;
	bool skip;
	const char *status, *type, *smets, *gbcs, *model;
	unsigned firmware;
	char hash[80];
};
typedef void kit_tweak(struct kit_row *r, unsigned arg);

/* n entries, numbers from 1, ten firmware versions to a model; odd ones have a hash. */
static inline void kit_csv(struct str *out, const char *version, unsigned n, kit_tweak *tweak, unsigned arg)
{
	str_add(out, KIT_HEADER);
	for (unsigned i = 1; i <= n; i++) {
		struct kit_row r = { .number = i,
				     .status = "Current",
				     .type = "Gas Smart Meter",
				     .smets = "SMETS V4.2",
				     .gbcs = "GBCS Version 3.2",
				     .firmware = 0x01000000 + (i - 1) % 10 };
		char model[5];

		snprintf(model, sizeof model, "%04X", (i - 1) / 10 % 0xFF00);
		r.model = model;
		if (i % 2)
			snprintf(r.hash, sizeof r.hash, "%064X", i);
		if (tweak)
			tweak(&r, arg);
		if (r.skip)
			continue;
		str_addf(out, "%s,%06u,%s,%s,1234,%s,01,02,%s0102,%08X,%s,%s,%s\r\n", version, r.number,
			 r.status, r.type, r.model, r.model, r.firmware, r.smets, r.gbcs, r.hash);
	}
	ck_assert(!out->over);
}

static inline int kit_import_with(struct db *db, const char *text, size_t len, bool accept, bool dry_run,
				  int64_t now, struct import_report **ret, struct err *e)
{
	struct feed_input in = { .bytes = text, .len = len };
	struct import_options o = { .file_name = "kit.csv",
				    .who = { "tester", "a test", now },
				    .accept = accept,
				    .dry_run = dry_run };

	return feed_import_cpl(db, &in, &o, ret, e);
}

static inline int kit_import(struct db *db, const struct str *text, bool accept, struct import_report **ret,
			     struct err *e)
{
	return kit_import_with(db, str_c(text), text->len, accept, false, KIT_NOW, ret, e);
}

static inline int kit_import_path(struct db *db, const char *path, struct import_report **ret, struct err *e)
{
	struct feed_input in = { .path = path };
	struct import_options o = { .who = { "tester", "a test", KIT_NOW } };

	return feed_import_cpl(db, &in, &o, ret, e);
}

static inline int kit_statements(struct db *db, const char *text, struct problems *p,
				 struct import_report **ret, struct err *e)
{
	struct feed_input in = { .bytes = text, .len = strlen(text) };
	struct import_options o = { .file_name = "kit",
				    .who = { "tester", "a test", KIT_NOW },
				    .problems = p };

	return feed_import_statements(db, &in, &o, ret, e);
}

/* The real Central Products List; tests that need it fail without it. */
static inline const char *kit_real(const char *ext, char *buf, size_t size)
{
	const char *dir = getenv("FIRPATH_SHARED_DATA");

	if (dir)
		snprintf(buf, size, "%s/cpl/central-products-list-2.051.%s", dir, ext);
	else
		snprintf(buf, size, SRCDIR "/../shared/data/cpl/central-products-list-2.051.%s", ext);
	ck_assert_msg(access(buf, R_OK) == 0, "the real Central Products List is needed for this test: %s",
		      buf);
	return buf;
}

#endif
