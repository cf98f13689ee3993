/* SPDX-License-Identifier: Apache-2.0 */
/*
 * General rules of Manifests (6.1) that show in files and signatures, row by row, and what B1-B6 say of
 * Manifests. The examples of 6.1.13 are in tests/data/ocora: corrected and signed, and as they are printed.
 */
#include <sys/stat.h>
#include <sys/wait.h>

#include "base/sign_pkcs1.h"
#include "manifest/sign.h"
#include "manifest_kit.h"

START_TEST(J1_J3_J7_each_level_has_its_manifest_and_all_are_read_by_one_program)
{
	OWN(trust_free) struct trust *t = data_trust();
	struct manifest *v = data_read(DATA "/vehicle", NULL, MANIFEST_STRICT, t);
	struct manifest *bb = data_read(DATA "/vehicle/System/CCS-OB/BBs", NULL, MANIFEST_STRICT, t);
	struct kit k;
	struct manifest *s;

	ck_assert_int_eq(manifest_root(v)->type, CONFIG_VEHICLE);
	ck_assert_int_eq(manifest_root(v)->child->type, CONFIG_SYSTEM);
	ck_assert_int_eq(manifest_root(bb)->type, CONFIG_BUILDING_BLOCK);
	ck_assert(manifest_good(v) && manifest_good(bb));
	kit_start(&k);
	kit_item(&k, COL_SYSTEM, kit_must(COL_SYSTEM), NULL);
	s = kit_read(&k, MANIFEST_STRICT, NULL);
	ck_no_errors(s, "%s", "a System alone");
	manifest_free(s);
	kit_done(&k);
	manifest_free(v);
	manifest_free(bb);
}
END_TEST

START_TEST(B2_J4_J5_J9_J24_J30_composed_and_referenced_are_the_same_tree)
{
	OWN(trust_free) struct trust *t = data_trust();
	struct manifest *m = data_read(DATA "/vehicle", NULL, MANIFEST_STRICT, t);
	const struct config_item *bb[4], *it;
	static const char *const files[] = {
		"vehicle.json",
		"System/CCS-OB/BBs/ETP_v1.1.9.json",
		"System/CCS-OB/BBs/xCPU94x/xCPU94x_Core_Firmware_SERP_V1.1.2.tar.gz",
		"System/CCS-OB/BBs/xCPU94x/xCPU94x_Core_Parameter_SERP_V1.1.0.tar.gz",
		"xCPU94x/xCPU94x Core Firmware SELE V1.1.2.tar.gz",
		"xCPU94x/xCPU94x_Core_Parameter_SELE_V1.1.0.tar.gz",
		"Vehicle_fe0001_Parameter_v1.1.9.tar.gz",
	};
	int n = 0;

	ck_assert_int_eq(config_bbs(manifest_root(m), bb, 4), 2);
	ck_assert_str_eq(config_name(bb[0]), "DAS");
	ck_assert_str_eq(config_name(bb[1]), "ETP");
	ck_assert(bb[0]->by_composition && !bb[0]->own_file && !bb[1]->by_composition && bb[1]->own_file);
	ck_assert_str_eq(bb[1]->folder, "System/CCS-OB/BBs/");
	ck_assert_ptr_eq(bb[0]->parent, bb[1]->parent);
	for (size_t i = 0; i < sizeof files / sizeof *files; i++)
		ck_assert_msg(kit_has_file(m, files[i]), "%s", files[i]);
	ck_assert_ptr_null(manifest_file_at(m, sizeof files / sizeof *files));
	for (it = config_archive_next(manifest_root(m), NULL); it;
	     it = config_archive_next(manifest_root(m), it)) {
		ck_assert_int_gt(it->size, 50);
		n++;
	}
	ck_assert_int_eq(n, 5);
	manifest_free(m);
}
END_TEST

START_TEST(J31_J32_J33_J34_J52_J53_J54_each_type_holds_what_it_may)
{
	OWN(trust_free) struct trust *t = data_trust();
	struct manifest *m = data_read(DATA "/vehicle", NULL, MANIFEST_STRICT, t);
	const struct config_item *root = manifest_root(m), *das = root->child->child;
	int kinds[CONFIG_TYPES] = { 0 };

	ck_assert_int_eq(root->child->type, CONFIG_SYSTEM);
	ck_assert_int_eq(root->child->next->type, CONFIG_PARAMETER);
	for (const struct config_item *c = das->child; c; c = c->next)
		kinds[c->type]++;
	ck_assert_int_eq(kinds[CONFIG_DEPENDENCY], 1);
	ck_assert_int_eq(kinds[CONFIG_SOFTWARE], 1);
	ck_assert_int_eq(kinds[CONFIG_PARAMETER], 1);
	manifest_free(m);
}
END_TEST

/* ---- changes to the signed example ---- */

static void copy_all(const char *from, const char *to)
{
	STR(all, 500);
	pid_t pid;
	int status = -1;

	str_addf(&all, "%s/.", from);
	pid = fork();
	if (pid == 0) {
		execlp("cp", "cp", "-R", str_c(&all), to, (char *)NULL);
		_exit(127);
	}
	ck_assert(pid > 0 && waitpid(pid, &status, 0) == pid && status == 0);
}

/* Replaces the first place in a file; the same length keeps the file's form. */
static void edit(const char *dir, const char *name, const char *from, const char *to)
{
	char path[500];
	STR(text, KIT_TEXT);
	STR(out, KIT_TEXT);
	const char *at;
	struct err e;

	snprintf(path, sizeof path, "%s/%s", dir, name);
	ck_ok(file_read(path, &text, &e));
	at = memmem(str_c(&text), text.len, from, strlen(from));
	ck_assert_msg(at != NULL, "'%s' is not in %s", from, name);
	if (!at)
		return;
	str_addn(&out, str_c(&text), (size_t)(at - str_c(&text)));
	str_add(&out, to);
	at += strlen(from);
	str_addn(&out, at, text.len - (size_t)(at - str_c(&text)));
	ck_ok(file_replace(path, str_c(&out), out.len, &e));
}

#define ETP "System/CCS-OB/BBs/ETP_v1.1.9.json"
#define ETP_FIRMWARE "System/CCS-OB/BBs/xCPU94x/xCPU94x_Core_Firmware_SERP_V1.1.2.tar.gz"

static struct manifest *changed(const char *name, const char *from, const char *to, const struct trust *t)
{
	struct manifest *m;
	char dir[200];

	test_dir_new(dir, sizeof dir);
	copy_all(DATA "/vehicle", dir);
	if (name)
		edit(dir, name, from, to);
	m = data_read(dir, NULL, MANIFEST_STRICT, t);
	test_dir_free(dir);
	return m;
}

START_TEST(J10_J27_J61_J65_any_change_on_any_level_is_found)
{
	static const struct {
		const char *file, *from, *to, *code, *at;
	} all[] = {
		{ "vehicle.json", "Track Runner 2", "Track Runner 3", "signature-differs", "vehicle.json" },
		{ "vehicle.json", "Control-Command", "Control+Command", "signature-differs", "vehicle.json" },
		{ "vehicle.json", "\"DAS\"", "\"DAX\"", "signature-differs", "vehicle.json" },
		{ "vehicle.json", "192.168.1.193", "192.168.1.195", "signature-differs", "vehicle.json" },
		{ ETP, "Hulesch", "Hulosch", "signature-differs", ETP },
		{ ETP, "\"1.1.9\"", "\"1.1.8\"", "signature-differs", ETP },
		{ ETP, "\"Hash\": \"", "\"Hash\": \"F", "wrong-format", ETP },
		{ ETP, "\"Signature\": \"", "\"Signature\": \"00", "signature-differs", ETP },
		{ ETP_FIRMWARE, "\x1f", "\x1e", "hash-differs", ETP },
	};
	OWN(trust_free) struct trust *t = data_trust();

	for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
		struct manifest *m = changed(all[i].file, all[i].from, all[i].to, t);
		const struct manifest_problem *p = kit_problem(m, all[i].code, NULL, NULL);

		ck_assert_msg(p && !p->warning && !strcmp(p->file, all[i].at) && strlen(p->mend) > 10,
			      "change %zu:\n%s", i, kit_told(m));
		ck_assert(!manifest_good(m) &&
			  (!manifest_root(m)->integrity_ok || !manifest_root(m)->syntax_ok));
		manifest_free(m);
	}
}
END_TEST

START_TEST(J28_what_is_missing_is_named_with_a_hint)
{
	OWN(trust_free) struct trust *t = data_trust();
	struct manifest *m = changed("vehicle.json", "ETP_v1.1.9.json", "ETP_v1.2.0.json", t);
	const struct manifest_problem *p =
	    kit_problem(m, "manifest-missing", "J28", "/Systems/0/Building Blocks/1/Reference/Manifest");

	ck_assert_msg(p && strstr(p->what, "ETP_v1.2.0.json") && p->line > 20 && *p->mend, "%s", kit_told(m));
	ck_assert_str_eq(p->error, "manifest-missing");
	manifest_free(m);
	m = changed(ETP, "Firmware_SERP", "Firmware_SURP", t);
	p = kit_problem(m, "archive-missing", "J28", "/Packages/0/Archive");
	ck_assert_msg(p && strstr(p->what, "SURP") && !strcmp(p->file, ETP), "%s", kit_told(m));
	ck_assert_str_eq(p->error, "package-missing");
	manifest_free(m);
}
END_TEST

START_TEST(J23_J25_J26_every_problem_says_where_what_and_how_to_mend_it)
{
	OWN(trust_free) struct trust *t = data_trust();
	struct manifest *m = changed(ETP, "\"Supplier\"", "\"Suplier\"", t);
	const struct manifest_problem *p = kit_problem(m, "unknown-element", NULL, "/Suplier");

	ck_assert_msg(p && !p->warning, "%s", kit_told(m));
	ck_assert_str_eq(p->file, ETP);
	ck_assert_int_eq(p->line, 7);
	ck_assert_int_eq(p->column, 3);
	ck_assert(strstr(p->what, "ETP") && strstr(p->what, "Suplier"));
	ck_assert_str_eq(p->mend, "Did you mean 'Supplier'?");
	manifest_free(m);
}
END_TEST

START_TEST(J55_J56_J57_a_reference_is_replaced_and_its_signature_must_be_that_of_the_file)
{
	OWN(trust_free) struct trust *t = data_trust();
	struct manifest *m =
	    changed("vehicle.json", "\"Reference\": {", "\"Reference\": {\"Name\": \"x\",", t);

	ck_assert(kit_problem(m, "unknown-element", "J56", NULL) != NULL);
	manifest_free(m);
	m = changed("vehicle.json", "\"Description\": \"ETP\",", "", t);
	ck_assert(kit_problem(m, "wrong-reference", "J56", NULL) != NULL);
	manifest_free(m);
	/* another release of ETP, itself rightly signed, in the place of the one that the Vehicle names */
	{
		OWN(pkcs1_free) struct pkcs1_key *key = NULL;
		struct manifest_signed done;
		char dir[200], path[300], sub[300];
		STR(pem, 64 * KIB);
		struct err e;

		test_dir_new(dir, sizeof dir);
		copy_all(DATA "/vehicle", dir);
		edit(dir, ETP, "\"1.1.9\"", "\"1.2.0\"");
		snprintf(path, sizeof path, "%s/key", dir);
		ck_ok(file_read(DATA "/keys/supplier.test-only.pem", &pem, &e));
		ck_ok(file_replace(path, str_c(&pem), pem.len, &e));
		ck_assert_int_eq(chmod(path, 0600), 0);
		ck_ok(pkcs1_load(path, &key, &e));
		snprintf(sub, sizeof sub, "%s/System/CCS-OB/BBs", dir);
		ck_ok(manifest_sign(sub, NULL, &(struct manifest_keys){ key, NULL }, &done, &e));
		ck_assert_int_eq(done.items, 1);
		m = data_read(dir, "vehicle.json", MANIFEST_STRICT, t);
		ck_assert_int_eq(manifest_errors(m), 1);
		ck_assert(kit_problem(m, "reference-differs", "Z9",
				      "/Systems/0/Building Blocks/1/Reference/Signature") != NULL);
		manifest_free(m);
		test_dir_free(dir);
	}
}
END_TEST

START_TEST(J11_J14_J15_only_those_of_the_trust_store_with_the_right_role_count)
{
	static const struct {
		const char *from, *to, *why;
	} all[] = {
		{ "\"integrator\"", "\"distributor\"", "no integrator" },
		{ "\"supplier\"", "\"distributor\"", "no supplier or integrator" },
		{ "\"name\": \"Octan\",", "\"name\": \"Octan\", \"since\": \"2027-01-01\",",
		  "counts only from 2027-01-01" },
		{ "\"name\": \"Acme Corp.\",", "\"name\": \"Acme Corp.\", \"until\": \"2026-01-01\",",
		  "counted until 2026-01-01" },
		{ "\"keys\": [\n        {", "\"keys\": [\n        {\"revoked\": \"2026-06-01\",",
		  "revoked on 2026-06-01" },
	};
	char dir[200], path[300];
	STR(text, KIT_TEXT);
	struct err e;

	test_dir_new(dir, sizeof dir);
	snprintf(path, sizeof path, "%s/trust.json", dir);
	ck_ok(file_read(DATA "/trust.json", &text, &e));
	for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
		OWN(trust_free) struct trust *t = NULL;
		const struct manifest_problem *p;
		struct manifest *m;

		ck_ok(file_replace(path, str_c(&text), text.len, &e));
		edit(dir, "trust.json", all[i].from, all[i].to);
		ck_ok(trust_load(path, &t, &e));
		m = data_read(DATA "/vehicle", NULL, MANIFEST_STRICT, t);
		p = kit_problem(m, "not-trusted", "J15", NULL);
		ck_assert_msg(p && strstr(p->what, all[i].why), "%s:\n%s", all[i].why, kit_told(m));
		ck_assert(!manifest_good(m) && !manifest_root(m)->authentic_ok &&
			  manifest_root(m)->integrity_ok);
		manifest_free(m);
	}
	test_dir_free(dir);
}
END_TEST

START_TEST(J13_J63_J64_every_manifest_and_every_composed_building_block_is_signed)
{
	OWN(trust_free) struct trust *t = data_trust(), *nobody = NULL;
	struct manifest *m = data_read(DATA "/nested", NULL, MANIFEST_STRICT, t);
	const struct config_item *bb[8];
	struct err e;

	ck_assert(manifest_good(m));
	ck_assert_str_eq(manifest_root(m)->signer, "Acme Corp.");
	ck_assert_int_eq(config_bbs(manifest_root(m), bb, 8), 5);
	for (int i = 0; i < 5; i++)
		ck_assert_str_eq(bb[i]->signer, "Octan");
	manifest_free(m);
	ck_ok(trust_load("", &nobody, &e));
	m = data_read(DATA "/nested", NULL, MANIFEST_STRICT, nobody);
	ck_assert_int_eq(manifest_errors(m), 10);
	manifest_free(m);
	/* without its signature a composed Building Block is refused, also by compat */
	for (int p = 0; p < MANIFEST_PROFILES; p++) {
		struct kit k;

		kit_start(&k);
		kit_vehicle(&k, COL_BB, kit_must(COL_BB), NULL);
		m = kit_read(&k, (enum manifest_profile)p, t);
		ck_assert(kit_problem(m, "not-signed", "Z40", "/Systems/1/Building Blocks/0") != NULL);
		manifest_free(m);
		kit_done(&k);
	}
}
END_TEST

START_TEST(B4_B5_B6_J66_the_example_of_a_vehicle_is_good_once_corrected)
{
	OWN(trust_free) struct trust *t = data_trust();

	for (int p = 0; p < MANIFEST_PROFILES; p++) {
		struct manifest *m = data_read(DATA "/vehicle", NULL, (enum manifest_profile)p, t);
		const struct config_item *root = manifest_root(m);

		ck_assert_msg(manifest_good(m), "%s", kit_told(m));
		ck_assert_str_eq(root->text[ELEMENT_RELEASE_VERSION], "1.1.1");
		/* default parameter values travel with each Building Block, and with the Vehicle */
		ck_assert(kit_has_file(m, "Vehicle_fe0001_Parameter_v1.1.9.tar.gz"));
		/* Building Blocks of two suppliers stand side by side, each signed for itself */
		ck_assert_str_eq(root->child->child->text[ELEMENT_SUPPLIER], "Octan");
		ck_assert_str_eq(root->child->child->next->text[ELEMENT_SUPPLIER], "Hulesch & Quenzel");
		if (p == MANIFEST_STRICT)
			ck_assert(kit_warned(m, "unused-element", "L15", "/Packages"));
		manifest_free(m);
	}
}
END_TEST

START_TEST(J67_the_example_of_a_building_block_is_good_once_corrected)
{
	OWN(trust_free) struct trust *t = data_trust();
	struct manifest *m = data_read(DATA "/vehicle/System/CCS-OB/BBs", NULL, MANIFEST_STRICT, t);

	ck_assert_msg(manifest_good(m), "%s", kit_told(m));
	ck_assert_str_eq(config_name(manifest_root(m)), "ETP");
	ck_assert_ptr_nonnull(manifest_root(m)->canonical);
	manifest_free(m);
	m = data_read(DATA "/printed", "etp.json", MANIFEST_STRICT, t);
	ck_assert(kit_problem(m, "missing-element", "L19", "/Packages/0") != NULL);
	ck_assert(kit_problem(m, "wrong-format", "L21", "/Signature") != NULL);
	manifest_free(m);
	m = data_read(DATA "/printed", "etp.json", MANIFEST_COMPAT, t);
	ck_assert(kit_warned(m, "missing-element", "Z6", "/Packages/0"));
	manifest_free(m);
}
END_TEST

START_TEST(J68_the_example_of_nested_systems_is_read_with_its_structure)
{
	OWN(trust_free) struct trust *t = data_trust();
	struct manifest *m = data_read(DATA "/nested", NULL, MANIFEST_STRICT, t);
	const struct config_item *ccs = manifest_root(m)->child, *ptu = ccs->next;
	const struct manifest_problem *p;

	ck_assert_msg(manifest_good(m), "%s", kit_told(m));
	ck_assert_str_eq(config_name(ccs), "CCS-OB");
	ck_assert_str_eq(config_name(ptu), "PTU-OS");
	ck_assert_str_eq(config_name(ptu->child), "TCMS");
	ck_assert_str_eq(config_name(ptu->child->next), "PIS");
	ck_assert_str_eq(config_name(ptu->child->child->next), "Brake Control");
	manifest_free(m);
	/* as printed it is no JSON: told where (Z13) */
	m = data_read(DATA "/printed", "nested.json", MANIFEST_COMPAT, t);
	p = kit_problem(m, "not-json", "Z13", NULL);
	ck_assert(p && p->line == 76);
	manifest_free(m);
	m = data_read(DATA "/printed", "vehicle-page-2.json", MANIFEST_COMPAT, t);
	ck_assert(kit_problem(m, "not-json", "Z13", NULL) != NULL);
	manifest_free(m);
}
END_TEST

/* Each defect that the readings list is found in the example as printed (its two pages joined as Z11 says).
 */

START_TEST(J26_J66_each_known_defect_of_the_printed_vehicle_is_found)
{
	static const struct {
		const char *code, *row, *pointer;
		char strict, compat; /* e error, w warning */
	} all[] = {
		{ "wrong-uuid", "L2", "/Systems/0/Type ID", 'e', 'e' },                          /* Z14 */
		{ "same-config-id", "Z15", "/Systems/0/Building Blocks/0/Config ID", 'e', 'e' }, /* Z15 */
		{ "unresolved-dependency", "Z17", "/Systems/0/Building Blocks/0/Dependencies/0", 'e',
		  'e' },                                                                          /* Z17 */
		{ "missing-element", NULL, "/Systems/0/Building Blocks/0/Packages/0", 'e', 'e' }, /* Z6, Z7 */
		{ "wrong-format", "Z7", "/Systems/0/Building Blocks/1/Reference/Signature", 'e',
		  'e' },                                                                           /* Z7 */
		{ "wrong-place", "Z12", "/Systems/1", 'e', 'w' },                                  /* Z12 */
		{ "not-signed", "Z40", "/Systems/0/Building Blocks/0", 'e', 'e' },                 /* Z40 */
		{ "odd-network-id", "Z37", "/Systems/0/Building Blocks/0/Network IDs", 'w', 'w' }, /* Z37 */
	};
	OWN(trust_free) struct trust *t = data_trust();

	for (int p = 0; p < MANIFEST_PROFILES; p++) {
		struct manifest *m = data_read(DATA "/printed/joined", NULL, (enum manifest_profile)p, t);

		for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
			const struct manifest_problem *q =
			    kit_problem(m, all[i].code, all[i].row, all[i].pointer);
			char want = p == MANIFEST_STRICT ? all[i].strict : all[i].compat;

			ck_assert_msg(q && q->warning == (want == 'w') && strlen(q->mend) > 10 && q->line > 0,
				      "defect %zu, profile %d:\n%s", i, p, kit_told(m));
		}
		/* Z16 */
		ck_assert(p == MANIFEST_STRICT ? kit_problem(m, "missing-element", "L3", "/Systems/0") != NULL
					       : kit_warned(m, "missing-element", "Z16", "/Systems/0"));
		if (p == MANIFEST_COMPAT) /* lifted out of Systems, and then its .zip is found (Z38) */
			ck_assert(kit_problem(m, "wrong-path", "L11", "/Systems/1/Packages/0/Archive") !=
				  NULL);
		manifest_free(m);
	}
	{ /* the page as printed: the Reference is a key beside the list (Z11) */
		struct manifest *m = data_read(DATA "/printed", "vehicle-page-1.json", MANIFEST_STRICT, t);

		ck_assert(kit_problem(m, "wrong-reference", "Z11", "/Systems/0/Reference") != NULL);
		manifest_free(m);
		m = data_read(DATA "/printed", "vehicle-page-1.json", MANIFEST_COMPAT, t);
		ck_assert(kit_warned(m, "wrong-reference", "Z11", "/Systems/0/Reference"));
		manifest_free(m);
	}
}
END_TEST

START_TEST(J21_the_sequence_follows_from_the_dependencies)
{
	OWN(trust_free) struct trust *t = data_trust();
	struct manifest *m = data_read(DATA "/vehicle", NULL, MANIFEST_STRICT, t);
	const struct config_item *bb[2];
	int waves[2];

	ck_assert_int_eq(config_bbs(manifest_root(m), bb, 2), 2);
	ck_assert_int_eq(config_waves(bb, 2, waves), 1); /* DAS and ETP need each other: together (Z18) */
	ck_assert_int_eq(waves[0], waves[1]);
	manifest_free(m);
}
END_TEST

int main(void)
{
	const TTest *all[] = {
		J1_J3_J7_each_level_has_its_manifest_and_all_are_read_by_one_program,
		B2_J4_J5_J9_J24_J30_composed_and_referenced_are_the_same_tree,
		J31_J32_J33_J34_J52_J53_J54_each_type_holds_what_it_may,
		J10_J27_J61_J65_any_change_on_any_level_is_found,
		J28_what_is_missing_is_named_with_a_hint,
		J23_J25_J26_every_problem_says_where_what_and_how_to_mend_it,
		J55_J56_J57_a_reference_is_replaced_and_its_signature_must_be_that_of_the_file,
		J11_J14_J15_only_those_of_the_trust_store_with_the_right_role_count,
		J13_J63_J64_every_manifest_and_every_composed_building_block_is_signed,
		B4_B5_B6_J66_the_example_of_a_vehicle_is_good_once_corrected,
		J67_the_example_of_a_building_block_is_good_once_corrected,
		J68_the_example_of_nested_systems_is_read_with_its_structure,
		J26_J66_each_known_defect_of_the_printed_vehicle_is_found,
		J21_the_sequence_follows_from_the_dependencies,
	};

	return RUN_TESTS("ocora j files", all);
}
