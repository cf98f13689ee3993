/* SPDX-License-Identifier: Apache-2.0 */
/* What stations consist of and did before; quarantine; proofs of installation. */
#include "station_kit.h"

#define RICH(name, version, more)                                                                            \
	"{\"functionalRole\":\"Metrology\",\"legalStatus\":\"Regulated\",\"name\":\"" name                   \
	"\",\"regulatoryClassification\":[\"DE-Eichrecht\",\"EU-MID\"]" more ",\"version\":\"" version "\"}"
#define HEX64 "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"
#define HEX64_REST "112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"
#define HEX64_UP "00112233445566778899AABBCCDDEEFF00112233445566778899AABBCCDDEEFF"

/* ---- components ---- */

START_TEST(trap_a_boot_without_a_version_leaves_what_is_known_of_default)
{
	struct station_change c;
	KIT(k, 10);
	char text[200], list[800];

	add(&k, "{\"identity\":\"CS\",\"profile\":0,\"vendor\":\"V\",\"model\":\"M\"}");
	c = boots(&k, "CS", "1.0.0");
	ck_assert(c.versions && !c.set && !c.quarantine);
	ck_assert_str_eq(DEVICE("CS"), "1.0.0/unknown/default/device");
	c = boots(&k, "CS", "1.0.0");
	ck_assert(!c.versions && !c.set);
	c = boots(&k, "CS", NULL); /* it does not say: nothing is known anew */
	ck_assert(!c.versions);
	ck_assert_str_eq(DEVICE("CS"), "1.0.0/unknown/default/device");
	c = boots(&k, "CS", "1.1.0");
	ck_assert(c.versions && !c.set);
	ck_assert_str_eq(history(&k, "CS", list), "default 1.0.0 boot ended; default 1.1.0 boot");
}
END_TEST

START_TEST(feature_20_trap_a_list_that_changes_during_a_hop_is_told_as_another_set)
{
	struct station_change c;
	KIT(k, 11);
	char text[200], list[800];
	int64_t before;

	add(&k, "{\"identity\":\"CS\",\"profile\":0,\"vendor\":\"V\",\"model\":\"M\"}");
	boots(&k, "CS", "1.0.0");
	c = SAYS("CS", { "meter/1", "3", RICH("meter/1", "3", "") }, { "ui", "9", NULL });
	ck_assert(c.set && c.versions);
	ck_assert_str_eq(DEVICE("CS"), "-/not-reported/default/device");
	ck_assert_str_eq(DEVICE("CS:meter_1"), "3/unknown/meter/1/device");
	ck_assert_str_eq(DEVICE("CS:ui"), "9/unknown/ui/device");
	/* The old text of a boot is not theirs now. */
	c = boots(&k, "CS", "1.0.0");
	ck_assert(!c.set && !c.versions);
	/* Nothing new: nothing written but the time. */
	before = audits(&k);
	c = SAYS("CS", { "ui", "9", NULL }, { "meter/1", "3", RICH("meter/1", "3", "") });
	ck_assert(!c.set && !c.versions);
	ck_assert_int_eq(audits(&k), before);
	/* One changes, one goes. */
	c = SAYS("CS", { "ui", "10", NULL });
	ck_assert(c.set && c.versions);
	ck_assert_str_eq(DEVICE("CS:meter_1"), "-/not-reported/meter/1/device");
	ck_assert_str_eq(DEVICE("CS:ui"), "10/unknown/ui/device");
	c = SAYS("CS", { "default", "2.0.0", NULL });
	ck_assert(c.set);
	ck_assert_str_eq(DEVICE("CS"), "2.0.0/unknown/default/device");
	ck_assert_str_eq(DEVICE("CS:ui"), "-/not-reported/ui/device");
	ck_assert_str_eq(history(&k, "CS", list),
			 "default 1.0.0 boot ended; meter/1 3 components ended; ui 9 components ended; "
			 "ui 10 components ended; default 2.0.0 components");
}
END_TEST

START_TEST(names_that_devices_may_not_have_are_made_fit_and_stay_apart)
{
	KIT(k, 12);
	char text[200];

	add(&k, "{\"identity\":\"CS\",\"profile\":0}");
	SAYS("CS", { "a b", "1", NULL }, { "a/b", "2", NULL }, { "a_b", "3", NULL });
	ck_assert_str_eq(DEVICE("CS:a_b"), "1/not-reported/a b/device");
	ck_assert_str_eq(DEVICE("CS:a_b.2"), "2/not-reported/a/b/device");
	ck_assert_str_eq(DEVICE("CS:a_b.3"), "3/not-reported/a_b/device");
	/* Each finds its own again. */
	SAYS("CS", { "a_b", "30", NULL }, { "a b", "10", NULL }, { "a/b", "20", NULL });
	ck_assert_str_eq(DEVICE("CS:a_b"), "10/not-reported/a b/device");
	ck_assert_str_eq(DEVICE("CS:a_b.3"), "30/not-reported/a_b/device");
	/* The longest of everything fits. */
	add(&k, "{\"identity\":\"123456789012345678901234567890123456789012345678\",\"profile\":0}");
	SAYS("123456789012345678901234567890123456789012345678",
	     { "12345678901234567890123456789012345678901234567890",
	       "12345678901234567890123456789012345678901234567890", NULL });
	ck_assert_str_ne(DEVICE("123456789012345678901234567890123456789012345678:"
				"12345678901234567890123456789012345678901234567890"),
			 "none");
}
END_TEST

START_TEST(trap_default_beside_others_puts_the_station_into_quarantine_and_changes_nothing)
{
	struct err e;
	struct station_change c;
	KIT(k, 13);
	struct actor who = kit_who(&k);
	struct gate_answer gate;
	struct store_station st;
	char list[800], before[800];

	add(&k, "{\"identity\":\"CS\",\"profile\":0}");
	boots(&k, "CS", "1");
	history(&k, "CS", before);
	c = SAYS("CS", { "default", "2", NULL }, { "ui", "1", NULL });
	ck_assert(c.quarantine && !c.set && !c.versions);
	ck_assert_str_eq(history(&k, "CS", list), before);
	st = station(&k, "CS");
	ck_assert(strstr(st.quarantine, "'default' beside other components"));
	ck_ok(station_gate(&st, -1, k.now, &gate, &e));
	ck_assert_int_eq(gate.gate, GATE_QUARANTINE);
	/* A good list does not end it; somebody does. */
	c = SAYS("CS", { "ui", "1", NULL });
	ck_assert(c.set);
	ck_assert_str_ne(station(&k, "CS").quarantine, "");
	ck_ok(station_quarantine_release(k.db, SCOPE_ALL, &who, "CS", &e));
	ck_assert_str_eq(station(&k, "CS").quarantine, "");
	ck_assert_int_eq(station_quarantine_release(k.db, SCOPE_ALL, &who, "CS", &e), ERR_CONFLICT);
	c = SAYS("CS", { "ui", "1", NULL }, { "ui", "2", NULL });
	ck_assert(c.quarantine);
}
END_TEST

START_TEST(trap_one_text_that_names_several_things_is_read_by_the_stated_rule_only)
{
	struct station_change c;
	KIT(k, 14);
	char text[200];

	add(&k, "{\"identity\":\"plain\",\"profile\":0}");
	add(&k, "{\"identity\":\"ruled\",\"profile\":0,\"version_rule\":\"MCC {MCC}; SCC [{SCC}, *]\"}");
	boots(&k, "plain", "MCC 1.2.0; SCC [0.12.0, 0.13.0]");
	ck_assert_str_eq(DEVICE("plain"), "MCC 1.2.0; SCC [0.12.0, 0.13.0]/not-reported/default/device");
	c = boots(&k, "ruled", "MCC 1.2.0; SCC [0.12.0, 0.13.0]");
	ck_assert(c.set);
	ck_assert_str_eq(DEVICE("ruled"), "-/not-reported/default/nobody");
	ck_assert_str_eq(DEVICE("ruled:MCC"), "1.2.0/not-reported/MCC/device");
	ck_assert_str_eq(DEVICE("ruled:SCC"), "0.12.0/not-reported/SCC/device");
	/* It does not fit any more: then nothing is known. */
	c = boots(&k, "ruled", "2.0.0");
	ck_assert(c.set && c.versions);
	ck_assert_str_eq(DEVICE("ruled:MCC"), "-/not-reported/MCC/device");
	ck_assert_str_eq(DEVICE("ruled"), "-/not-reported/default/nobody");
}
END_TEST

static int line_keep(void *ctx, const char *line, size_t len, struct err *e)
{
	(void)e;
	str_addn(ctx, line, len);
	return OK;
}

START_TEST(feature_24_documents_are_kept_whole_filtered_and_exported)
{
	KIT(k, 15);
	static const char more[] =
	    ",\"hash\":{\"algorithm\":\"SHA256\",\"value\":\"" HEX64
	    "\"},\"sbom\":{\"format\":\"SPDX\",\"location\":\"https://"
	    "example.com/s\"},\"vulnerabilityReporting\":{\"email\":\"security@example.com\"}";
	OWN(rows_done) struct rows *r = NULL;
	struct component_filter f = { .classification = "EU-MID", .legal = "Regulated", .role = "Metrology" };
	char document[1024];
	struct store_device d;
	STR(out, MIB);
	struct err e;
	bool got;

	snprintf(document, sizeof document,
		 "{\"functionalRole\":\"Metrology\"%s,\"legalStatus\":\"Regulated\",\"name\":\"meter\","
		 "\"regulatoryClassification\":[\"DE-Eichrecht\",\"EU-MID\"],\"version\":\"1\"}",
		 more);
	add(&k, "{\"identity\":\"CS\",\"profile\":0,\"vendor\":\"V\",\"model\":\"M\"}");
	SAYS("CS", { "meter", "1", document }, { "ui", "1", NULL });
	ck_ok(station_components_json(k.db, SCOPE_ALL, kit_snap(&k), "CS", &f, NULL, 100, &out, &e));
	ck_assert(strstr(str_c(&out), "security@example.com") && !strstr(str_c(&out), "\"name\":\"ui\""));
	f.classification = "US-NTEP";
	str_clear(&out);
	ck_ok(station_components_json(k.db, SCOPE_ALL, kit_snap(&k), "CS", &f, NULL, 100, &out, &e));
	ck_assert(strstr(str_c(&out), "\"components\":[]"));
	ck_ok(store_device_get(k.db, SEES_ALL, "CS:meter", &r, &d, &got, &e));
	ck_assert_str_eq(d.hash, HEX64_UP);
	str_clear(&out);
	ck_ok(station_export(k.db, SCOPE_ALL, kit_snap(&k), line_keep, &out, &e));
	ck_assert(strstr(str_c(&out), "security@example.com") && strstr(str_c(&out), "\"chain\":[{"));
	ck_assert(strstr(str_c(&out), HEX64_UP)); /* in the proof of its installation */
	ck_assert_ptr_null(strstr(str_c(&out), "secret"));
	str_clear(&out);
	ck_ok(station_export(k.db, (struct scope){ 77, 77 }, kit_snap(&k), line_keep, &out, &e));
	ck_assert_uint_eq(out.len, 0);
}
END_TEST

START_TEST(what_runs_is_the_release_of_that_name_and_version_unless_its_hash_says_otherwise)
{
	KIT(k, 18);
	char text[200];
	OWN(json_free) struct json *j = NULL;
	STR(out, MIB);
	struct err e;

	kit_release(&k, "default", "1.0.0", HEX64_UP);
	kit_release(&k, "meter", "1", HEX64_UP);
	add(&k, "{\"identity\":\"CS\",\"profile\":0,\"vendor\":\"V\",\"model\":\"M\"}");
	add(&k, "{\"identity\":\"nameless\",\"profile\":0}");
	boots(&k, "CS", "1.0.0");
	boots(&k, "nameless", "1.0.0");
	ck_assert_str_eq(DEVICE("CS"), "1.0.0/known/default/device");
	ck_assert_str_eq(DEVICE("nameless"), "1.0.0/not-reported/default/device");
	boots(&k, "CS", "1.0");
	ck_assert_str_eq(DEVICE("CS"), "1.0/unknown/default/device");
	SAYS("CS", { "meter", "1", RICH("meter", "1", "") });
	ck_assert_str_eq(DEVICE("CS:meter"), "1/known/meter/device");
	SAYS("CS", { "meter", "1",
		     "{\"hash\":{\"algorithm\":\"SHA256\",\"value\":\"ff" HEX64_REST
		     "\"},\"name\":\"meter\",\"version\":\"1\"}" });
	ck_assert_str_eq(DEVICE("CS:meter"), "1/hash-differs/meter/device");
	ck_ok(station_json(k.db, SCOPE_ALL, kit_snap(&k), "CS", k.now, &out, &e));
	ck_ok(json_parse(str_c(&out), out.len, &j, &e));
	ck_assert_uint_eq(json_len(json_get(j, "components")), 1);
}
END_TEST

/* ---- proofs ---- */

static char *chain(struct kit *k, const char *identity)
{
	STR(out, MIB);
	struct err e;

	ck_ok(station_chain(k->db, SCOPE_ALL, identity, &out, &e));
	return str_take(&out);
}

static int64_t verify(const char *text, char why[160])
{
	struct station_chain_result r;
	struct err e;

	ck_ok(station_chain_verify(text, strlen(text), &r, &e));
	str_copy(why, 160, r.why);
	return r.bad;
}

START_TEST(feature_23_the_chain_of_installations_breaks_wherever_it_is_touched)
{
	KIT(k, 16);
	OWN(mem_free) char *text = NULL;
	char why[160], *twice;
	size_t n;

	add(&k, "{\"identity\":\"CS\",\"profile\":0}");
	boots(&k, "CS", "1.0");
	SAYS("CS", { "a", "1", NULL }, { "b", "1", NULL });
	SAYS("CS", { "a", "2", NULL }, { "b", "1", NULL });
	SAYS("CS", { "a", "2", NULL });
	SAYS("CS", { "a", "3", NULL }, { "b", "2", NULL });
	text = chain(&k, "CS");
	n = strlen(text);
	ck_assert_int_eq(verify(text, why), 0);
	/* Every byte counts: each digit and letter changed to another breaks the line it stands in, or the
	 * next. */
	for (size_t i = 0; i < n; i++) {
		char was = text[i];

		if (was == '\n')
			continue;
		text[i] = was == 'x' ? 'y' : 'x';
		ck_assert_msg(verify(text, why) != 0, "byte %zu ('%c') may be changed", i, was);
		text[i] = was;
	}
	/* A line is missing; lines change places; a chain stands twice. */
	ck_assert_int_eq(verify(strchr(strchr(text, '\n') + 1, '\n') + 1, why), 1);
	twice = mem_alloc(2 * n + 1);
	snprintf(twice, 2 * n + 1, "%s%s", text, text);
	ck_assert_int_ne(verify(twice, why), 0);
	free(twice);
}
END_TEST

START_TEST(the_chain_of_one_component_begins_again_where_it_vanished_and_is_anchored_in_the_audit)
{
	KIT(k, 17);
	OWN(mem_free) char *text = NULL;

	add(&k, "{\"identity\":\"CS\",\"profile\":0}");
	SAYS("CS", { "a", "1", NULL });
	SAYS("CS", { "b", "1", NULL });
	SAYS("CS", { "a", "1", NULL });
	text = chain(&k, "CS");
	ck_assert(strstr(text, "\\\"from\\\":null,\\\"hash\\\":null,\\\"job\\\":7,\\\"station\\\":\\\"CS\\\","
			       "\\\"to\\\":\\\"1\\\""));
	ck_assert(strstr(text, "\\\"from\\\":\\\"1\\\",\\\"hash\\\":null,\\\"job\\\":7,\\\"station\\\":"
			       "\\\"CS\\\",\\\"to\\\":null"));
	ck_assert(strstr(text, "\"n\":3"));
}
END_TEST

int main(void)
{
	const TTest *all[] = {
		trap_a_boot_without_a_version_leaves_what_is_known_of_default,
		feature_20_trap_a_list_that_changes_during_a_hop_is_told_as_another_set,
		names_that_devices_may_not_have_are_made_fit_and_stay_apart,
		trap_default_beside_others_puts_the_station_into_quarantine_and_changes_nothing,
		trap_one_text_that_names_several_things_is_read_by_the_stated_rule_only,
		feature_24_documents_are_kept_whole_filtered_and_exported,
		what_runs_is_the_release_of_that_name_and_version_unless_its_hash_says_otherwise,
		feature_23_the_chain_of_installations_breaks_wherever_it_is_touched,
		the_chain_of_one_component_begins_again_where_it_vanished_and_is_anchored_in_the_audit,
	};

	return STORES_RUN("station parts", all, 60);
}
