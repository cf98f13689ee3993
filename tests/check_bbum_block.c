/* SPDX-License-Identifier: Apache-2.0 */
/* The messages of Building Blocks: what they say beyond what every device says (doc/bbum-protocol.md). */
#include "testing.h"

#include "base/file.h"
#include "base/mem.h"
#include "wire/bbum_message.h"

#define HASH "ABCDEF0123456789ABCDEF0123456789ABCDEF0123456789ABCDEF0123456789"
#define BASE "\"device\":\"d\",\"state\":\"error\",\"boots\":0"

/* What a Building Block says; row E50-E54 with the readings Z34, Z45. */
static const struct bbum_poll_msg block = {
	.device = "v1.ETP",
	.status = { .state = BBUM_NORMAL,
		    .manifest = "bb:9f671cb3-0000-4000-8000-000000000001@1.1.9",
		    .manifest_version = "1.1.9",
		    .manifest_hash = HASH,
		    .syntax_ok = true,
		    .recommends = 1,
		    .type_id = "9f671cb3-0000-4000-8000-000000000001",
		    .version = "1.1.8",
		    .hash = HASH,
		    .iec = BBUM_IEC_STOPPED,
		    .boots = 3,
		    .progress = -1 },
	.parts = { 2,
		   { { "manifest", "ETP", "1.1.8", true }, { "software", "the \"runtime\"", "", false } } },
};

START_TEST(a_building_block_says_its_type_its_application_and_its_parts)
{
	struct bbum_poll_msg m = block, back;
	STR(text, BBUM_MESSAGE_MAX);
	char one[17], two[17];
	struct err e;

	for (int iec = 0; iec < BBUM_IECS; iec++) {
		m.status.iec = (enum bbum_iec)iec;
		str_clear(&text);
		bbum_poll_write(&m, &text);
		ck_ok(bbum_poll_read(str_c(&text), text.len, &back, &e));
		ck_assert_str_eq(back.status.manifest_hash, HASH);
		ck_assert_str_eq(back.status.type_id, m.status.type_id);
		ck_assert_str_eq(back.status.version, "1.1.8");
		ck_assert_str_eq(back.status.hash, HASH);
		ck_assert_str_eq(back.status.manufacturer, "");
		ck_assert_int_eq(back.status.iec, iec);
		ck_assert_int_eq(back.parts.n, 2);
		ck_assert_str_eq(back.parts.v[0].kind, "manifest");
		ck_assert_str_eq(back.parts.v[0].version, "1.1.8");
		ck_assert_str_eq(back.parts.v[1].name, "the \"runtime\"");
		ck_assert_str_eq(back.parts.v[1].version, "");
		ck_assert(back.parts.v[0].ok && !back.parts.v[1].ok);
	}
	bbum_poll_mark(&m, one);
	bbum_poll_mark(&back, two);
	ck_assert_str_eq(one, two);
	back.parts.v[1].ok = true;
	bbum_poll_mark(&back, two);
	ck_assert_str_ne(one, two);
}
END_TEST

START_TEST(the_largest_status_fits_into_a_message)
{
	struct bbum_poll_msg m = block, back;
	STR(text, BBUM_MESSAGE_MAX);
	struct err e;

	memset(m.device, '"', sizeof m.device - 1);
	memset(m.status.reason, '"', sizeof m.status.reason - 1);
	m.status.answer = BBUM_ANSWER_REJECTED;
	m.status.cycle_id = m.status.seq = INT64_MAX;
	m.status.result = BBUM_RESULT_INSTALL_FAILED;
	m.status.result_cycle_id = m.status.result_seq = INT64_MAX;
	m.parts.n = BBUM_PARTS_MAX;
	for (int i = 0; i < BBUM_PARTS_MAX; i++) {
		struct bbum_part *p = &m.parts.v[i];

		memset(p, 0, sizeof *p);
		memset(p->kind, '"', sizeof p->kind - 1);
		memset(p->name, '"', sizeof p->name - 1);
		memset(p->version, '"', sizeof p->version - 1);
	}
	bbum_poll_write(&m, &text);
	ck_assert(!text.over);
	ck_ok(bbum_poll_read(str_c(&text), text.len, &back, &e));
	ck_assert_int_eq(back.parts.n, BBUM_PARTS_MAX);
}
END_TEST

static const struct {
	const char *text, *where, *words;
} bad_polls[] = {
	{ "{" BASE ",\"type_id\":\"9f671cb3\"}", "/type_id", "UUID" },
	{ "{" BASE ",\"type_id\":\"9f671cb3-0000-4000-8000-000000000001\",\"hash\":\"" HASH "\"}", "/version",
	  "type_id and version" },
	{ "{" BASE ",\"type_id\":\"9f671cb3-0000-4000-8000-000000000001\",\"manufacturer\":\"118F\","
	  "\"model\":\"00A1\",\"hardware\":\"0102\",\"version\":\"01\"}",
	  "/type_id", "no manufacturer" },
	{ "{" BASE ",\"manifest_hash\":\"AB\"}", "/manifest_hash", "64 hex" },
	{ "{" BASE ",\"iec\":\"runing\"}", "/iec", "did you mean 'running'" },
	{ "{" BASE ",\"components\":{}}", "/components", "array" },
	{ "{" BASE ",\"components\":[7]}", "/components/0", "object" },
	{ "{" BASE ",\"components\":[{\"kind\":\"software\",\"name\":\"x\"}]}", "/components/0/ok",
	  "missing" },
	{ "{" BASE ",\"components\":[{\"kind\":\"\",\"name\":\"x\",\"ok\":true}]}", "/components/0", "kind" },
	{ "{" BASE ",\"components\":[{\"kind\":\"a\",\"name\":\"x\\u0001\",\"ok\":true}]}", "/components/0",
	  "control" },
	{ "{" BASE ",\"components\":[{\"kind\":\"a\",\"name\":\"x\",\"ok\":true,\"weight\":1}]}",
	  "/components/0/weight", "weight" },
};

START_TEST(what_a_building_block_says_wrong_is_refused_with_its_place)
{
	for (size_t i = 0; i < sizeof bad_polls / sizeof *bad_polls; i++) {
		struct bbum_poll_msg m = { .device = "untouched" };
		struct err e = { .code = OK };

		ck_refused(bbum_poll_read(bad_polls[i].text, strlen(bad_polls[i].text), &m, &e),
			   ERR_JSON_FIELD, bad_polls[i].words);
		ck_assert_str_eq(e.where, bad_polls[i].where);
		ck_assert_str_eq(m.device, "untouched");
	}
}
END_TEST

static int answer_of(const char *text, struct bbum_answer_msg *ret, struct err *e)
{
	return bbum_answer_read(text, strlen(text), ret, e);
}

START_TEST(an_answer_brings_the_summary_of_a_building_blocks_manifest)
{
	struct bbum_answer_msg m = { .command = BBUM_CMD_SHUTDOWN,
				     .cycle_id = 4,
				     .seq = 9,
				     .has_manifest = true,
				     .manifest = { .name = "bb:9f671cb3-0000-4000-8000-000000000001@1.1.9",
						   .config_id = "0a671cb3-0000-4000-8000-000000000001",
						   .version = "1.1.9",
						   .hash = HASH,
						   .image = "/bbum/v1/manifest?device=v1.ETP" },
				     .permit = BBUM_PERMIT_REJECT };
	struct bbum_answer_msg back;
	STR(text, BBUM_MESSAGE_MAX);
	struct err e;

	for (int p = 0; p < BBUM_PERMITS; p++) {
		m.permit = (enum bbum_permit)p;
		str_clear(&text);
		bbum_answer_write(&m, &text);
		ck_ok(bbum_answer_read(str_c(&text), text.len, &back, &e));
		ck_assert_int_eq(back.permit, m.permit);
		ck_assert(back.has_manifest);
		ck_assert_str_eq(back.manifest.name, m.manifest.name);
		ck_assert_str_eq(back.manifest.config_id, m.manifest.config_id);
		ck_assert_str_eq(back.manifest.version, "1.1.9");
		ck_assert_str_eq(back.manifest.hash, HASH);
		ck_assert_str_eq(back.manifest.image, m.manifest.image);
		ck_assert_int_eq(back.manifest.size, 0);
	}
	/* A word for the application that nobody knows permits nothing. */
	ck_ok(answer_of("{\"permit\":\"perhaps\"}", &back, &e));
	ck_assert_int_eq(back.permit, BBUM_PERMIT_NONE);
	ck_ok(answer_of("{\"manifest\":{\"name\":\"bb:x@1\",\"version\":\"1\",\"config_id\":\"7\",\"hash\":"
			"\"" HASH "\",\"address\":\"/x\"}}",
			&back, &e));
	ck_assert(!back.has_manifest && strstr(back.manifest_wrong, "UUID") != NULL);
	ck_ok(answer_of("{\"manifest\":{\"name\":\"bb:x@1\",\"version\":\"1\",\"config_id\":"
			"\"0a671cb3-0000-4000-8000-000000000001\",\"hash\":\"" HASH
			"\",\"address\":\"//evil.example/x\"}}",
			&back, &e));
	ck_assert(!back.has_manifest && strstr(back.manifest_wrong, "same server") != NULL);
}
END_TEST

/* The n-th ```json block of the document. */
static void example(int n, struct str *out)
{
	STR(doc, 256 * KIB);
	const char *at, *end;
	struct err e;

	ck_ok(file_read(SRCDIR "/doc/bbum-protocol.md", &doc, &e));
	at = str_c(&doc);
	for (int i = 0; i < n; i++) {
		at = strstr(at, "```json\n");
		ck_assert_msg(at != NULL, "there is no example %d", n);
		at += 8;
	}
	end = strstr(at, "```");
	ck_assert(end != NULL);
	str_clear(out);
	str_addn(out, at, (size_t)(end - at));
}

START_TEST(E50_E51_E52_E53_E54_the_examples_of_the_document_are_right)
{
	struct bbum_answer_msg a;
	struct bbum_poll_msg m;
	STR(text, 8 * KIB);
	struct err e;

	example(2, &text);
	ck_ok(bbum_poll_read(str_c(&text), text.len, &m, &e));
	ck_assert_int_eq(m.status.state, BBUM_PENDING);           /* E54 */
	ck_assert_int_eq(m.status.recommends, 1);                 /* E51 */
	ck_assert_int_eq(m.status.answer, BBUM_ANSWER_ACCEPTED);  /* E52 */
	ck_assert_int_eq(m.status.result, BBUM_RESULT_UNDEFINED); /* E53 */
	ck_assert_str_eq(m.status.manifest_version, "1.1.9");     /* E50 */
	ck_assert(m.status.integrity_ok && m.status.identity_ok && m.status.authenticity_ok);
	ck_assert_int_eq(m.status.iec, BBUM_IEC_RUNNING);
	ck_assert_int_eq(m.parts.n, 2);
	example(4, &text);
	ck_ok(bbum_answer_read(str_c(&text), text.len, &a, &e));
	ck_assert_int_eq(a.command, BBUM_CMD_REQUEST_UPDATE);
	ck_assert(a.has_manifest);
	ck_assert_str_eq(a.manifest.hash, m.status.manifest_hash);
	ck_assert_int_eq(a.permit, BBUM_PERMIT_ACCEPT);
}
END_TEST

int main(void)
{
	const TTest *all[] = {
		a_building_block_says_its_type_its_application_and_its_parts,
		the_largest_status_fits_into_a_message,
		what_a_building_block_says_wrong_is_refused_with_its_place,
		an_answer_brings_the_summary_of_a_building_blocks_manifest,
		E50_E51_E52_E53_E54_the_examples_of_the_document_are_right,
	};

	return RUN_TESTS("bbum_block", all);
}
