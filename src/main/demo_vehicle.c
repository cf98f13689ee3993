/* SPDX-License-Identifier: Apache-2.0 */
/* What a demonstration has of vehicles: one of two Building Blocks, and two Vehicle Configurations for it,
 * signed with keys that are made for this demonstration alone. No Building Block answers: the vehicle soon
 * asks what to do. */
#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "base/parse.h"
#include "core/cm.h"
#include "core/people.h"
#include "main/demo.h"
#include "manifest/sign.h"

#define TYPE_VEHICLE "6c4d65f4-2572-41ee-8e56-0242ac120002"
#define TYPE_SYSTEM "6c4d65f4-2572-41ee-8e56-0242ac110234"
#define TYPE_DAS "6fcf44f5-f9a5-4da1-93e9-8c27ffe02d36"
#define TYPE_ETP "9f671cb3-c213-4c71-a15d-0e25fb0ccab1"
#define VEHICLE "demo-train"

struct maker {
	const char *folder; /* of one Vehicle Configuration */
	const char *release;
	struct pkcs1_key *supplier, *integrator; /* owned by the caller */
};

/* Archives: tar.gz with one small text file, in hex. */
/* clang-format off */
static const struct {
	const char *file, *hex;
} archives[] = {
	{ "DAS-1.0.0.tar.gz",
	  "1F8B08000000000002FF2BCE4F2B294F2C4AD52BA92861A011300002331313300D04E8B48181B129820D1237"
	  "3430363663503060A003282D2E492C025ACF30324170626E414EAA4231341928E4A729B838062B18EA19E819"
	  "70318C8251300A46C12818AE0000ED69F55E00080000" },
	{ "ETP-1.0.0.tar.gz",
	  "1F8B08000000000002FF2BCE4F2B294F2C4AD52BA92861A011300002331313300D04E8B48181B129820D1237"
	  "3430363663503060A003282D2E492C025ACF30324170626E414EAA4231341928E4A729B886042818EA19E819"
	  "70318C8251300A46C12818AE00000DF6036000080000" },
	{ "DAS-1.1.0.tar.gz",
	  "1F8B08000000000002FF2BCE4F2B294F2C4AD52BA92861A011300002331313300D04E8B48181B129820D1237"
	  "3430363663503060A003282D2E492C025ACF30324170626E414EAA4231341928E4A729B838062B18EA19EA19"
	  "70318C8251300A46C12818AE00000CFC774A00080000" },
	{ "ETP-1.1.0.tar.gz",
	  "1F8B08000000000002FF2BCE4F2B294F2C4AD52BA92861A011300002331313300D04E8B48181B129820D1237"
	  "3430363663503060A003282D2E492C025ACF30324170626E414EAA4231341928E4A729B886042818EA19EA19"
	  "70318C8251300A46C12818AE0000EC63817400080000" },
};
/* clang-format on */

static int archive_make(const char *folder, const char *file, struct err *e)
{
	uint8_t bytes[512];
	STR(path, KIB);
	size_t n = 0;

	for (size_t i = 0; i < sizeof archives / sizeof *archives; i++) {
		if (strcmp(archives[i].file, file) != 0)
			continue;
		n = strlen(archives[i].hex) / 2;
		if (!parse_hex_bytes(archives[i].hex, 2 * n, bytes, n))
			n = 0;
	}
	str_addf(&path, "%s/%s", folder, file);
	return n ? file_replace(str_c(&path), bytes, n, e)
		 : err_set(e, ERR_INTERNAL, "there is no sample %s", file);
}

static int manifest_write(const struct maker *m, const char *file, const struct manifest_wish *w,
			  struct err *e)
{
	STR(text, MIB);
	STR(path, KIB);

	if (manifest_new(w, &text, e))
		return err_wrap(e, "the sample Manifest of %.40s", w->name);
	str_addf(&path, "%s/%s", m->folder, file);
	return file_replace(str_c(&path), str_c(&text), text.len, e);
}

static int block_make(const struct maker *m, const char *name, const char *type_id, const char *network,
		      const char *needs, struct err *e)
{
	char software[64], file[64];
	const char *parts[2] = { software, needs };
	struct manifest_wish w = { .type = CONFIG_BUILDING_BLOCK,
				   .name = name,
				   .supplier = "Sample Blocks",
				   .type_id = type_id,
				   .release = m->release,
				   .functional = "2.1.0",
				   .network = network,
				   .folder = m->folder,
				   .parts = parts,
				   .nparts = needs ? 2 : 1 };

	snprintf(software, sizeof software, "%s-%s.tar.gz", name, m->release);
	snprintf(file, sizeof file, "%s.json", name);
	return archive_make(m->folder, software, e) || manifest_write(m, file, &w, e) ? (int)e->code : OK;
}

static int configuration_make(const struct maker *m, struct err *e)
{
	static const char *const blocks[] = { "DAS.json", "ETP.json" };
	static const char *const systems[] = { "system.json" };
	struct manifest_wish system = { .type = CONFIG_SYSTEM,
					.name = "CCS-OB",
					.type_id = TYPE_SYSTEM,
					.release = m->release,
					.folder = m->folder,
					.parts = blocks,
					.nparts = 2 };
	struct manifest_wish vehicle = { .type = CONFIG_VEHICLE,
					 .name = "Sample Track Runner",
					 .supplier = "Sample Integrator",
					 .type_id = TYPE_VEHICLE,
					 .release = m->release,
					 .folder = m->folder,
					 .parts = systems,
					 .nparts = 1 };
	struct manifest_keys keys = { m->supplier, m->integrator };
	struct manifest_signed done;
	STR(needs, KIB);

	str_addf(&needs, "needs:%s/DAS.json", m->folder);
	if (file_mkdirs(m->folder, e) || block_make(m, "DAS", TYPE_DAS, "192.0.2.10", NULL, e) ||
	    block_make(m, "ETP", TYPE_ETP, "192.0.2.11", str_c(&needs), e) ||
	    manifest_write(m, "system.json", &system, e) || manifest_write(m, "vehicle.json", &vehicle, e) ||
	    manifest_sign(m->folder, "vehicle.json", &keys, &done, e))
		return e->code;
	return OK;
}

static int trust_write(const struct maker *m, const char *path, struct err *e)
{
	const struct {
		const char *name, *role;
		const struct pkcs1_key *key;
	} rows[] = { { "Sample Blocks", "supplier", m->supplier },
		     { "Sample Integrator", "integrator", m->integrator } };
	STR(text, 64 * KIB);
	struct jw w = jw_start(&text);

	jw_obj(&w);
	jw_key(&w, "entities");
	jw_arr(&w);
	for (size_t i = 0; i < 2; i++) {
		STR(pem, 4 * KIB);

		pkcs1_pem(rows[i].key, &pem);
		jw_obj(&w);
		jw_kstr(&w, "name", rows[i].name);
		jw_kwords(&w, "roles", rows[i].role);
		jw_key(&w, "keys");
		jw_arr(&w);
		jw_obj(&w);
		jw_kstr(&w, "pem", str_c(&pem));
		jw_end(&w);
		jw_arr_end(&w);
		jw_end(&w);
	}
	jw_arr_end(&w);
	jw_end(&w);
	return file_replace(path, str_c(&text), text.len, e);
}

static int files_make(const struct vc_store *vcs, const char *folder, struct err *e)
{
	OWN(pkcs1_free) struct pkcs1_key *supplier = NULL, *integrator = NULL;
	struct maker m = { NULL, NULL, NULL, NULL };
	static const char *const releases[] = { "1.0.0", "1.1.0" };
	STR(path, KIB);

	str_addf(&path, "%s/supplier.key", folder);
	if (pkcs1_make(PKCS1_ED25519, str_c(&path), &supplier, e))
		return e->code;
	str_clear(&path);
	str_addf(&path, "%s/integrator.key", folder);
	if (pkcs1_make(PKCS1_ED25519, str_c(&path), &integrator, e))
		return e->code;
	m.supplier = supplier;
	m.integrator = integrator;
	if (trust_write(&m, vcs->trust_file, e))
		return e->code;
	for (size_t i = 0; i < 2; i++) {
		m.release = releases[i];
		str_clear(&path);
		str_addf(&path, "%s/track-runner-%s", vcs->inbox, releases[i]);
		m.folder = str_c(&path);
		if (configuration_make(&m, e))
			return e->code;
	}
	return OK;
}

int demo_vehicle_fill(const char *folder, const struct vc_store *vcs, const struct conf *conf, struct db *db,
		      int64_t now, struct err *e)
{
	struct site_settings set = cm_settings_from(conf);
	struct vc_store store = *vcs;
	const struct cm_tools tools = { &store, &set };
	struct cm_say say = { .vehicle = VEHICLE, .prompt = -1 };
	struct actor who = { "demo", "the demonstration", now };
	STR(said, MIB);
	struct scope scope;
	struct org org;

	store.quiet = -60000; /* nobody else writes there yet; the files are younger than `now` */
	if (files_make(vcs, folder, e) || org_find(db, "Sample Supplier", &org, e))
		return err_wrap(e, "the sample Vehicle Configurations");
	scope = (struct scope){ org.id, org.id };
	if (cm_register(db, scope, &who, VEHICLE, TYPE_VEHICLE, e) || vc_scan(db, &store, &who, NULL, e) ||
	    cm_line_parse("activate vc 1", &say.line, e) ||
	    cm_command(db, scope, &who, &tools, &say, &said, e))
		return err_wrap(e, "the sample vehicle");
	return OK;
}
