/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The named errors of section 3.4.1 (rows C42-C48) and their superset (reading Z29): each is produced and
 * handled as doc/bbum-protocol.md section 5 says, by a Building Block that has release 1 and shall get 2.
 */
#include "block_world.h"

/* How each error is brought about, in U and, where it is a Manifest's, in normal operation too. */
enum spoil {
	SPOIL_NO_MANIFEST,
	SPOIL_TEXT,
	SPOIL_TYPE,
	SPOIL_CONTENT,
	SPOIL_NETWORK,
	SPOIL_SIGNER,
	SPOIL_NO_FILE,
	SPOIL_WITHDRAWN,
	SPOIL_OTHER_FILE,
	SPOIL_STORE,
	SPOIL_INNER,
	SPOIL_INSTALL
};
static const struct {
	const char *row, *word;
	enum spoil spoil;
	enum bbum_result result;
	bool manifest; /* seen in normal operation already */
} errors[] = {
	{ "C42", "manifest-missing", SPOIL_NO_MANIFEST, BBUM_RESULT_VERIFY_FAILED, true },
	{ "Z29", "manifest-syntax", SPOIL_TEXT, BBUM_RESULT_VERIFY_FAILED, true },
	{ "C43", "manifest-conformity", SPOIL_TYPE, BBUM_RESULT_VERIFY_FAILED, true },
	{ "C44", "manifest-integrity", SPOIL_CONTENT, BBUM_RESULT_VERIFY_FAILED, true },
	{ "Z29", "manifest-identity", SPOIL_NETWORK, BBUM_RESULT_VERIFY_FAILED, true },
	{ "Z29", "manifest-authentication", SPOIL_SIGNER, BBUM_RESULT_VERIFY_FAILED, true },
	{ "Z29", "package-missing", SPOIL_NO_FILE, BBUM_RESULT_VERIFY_FAILED, false },
	{ "Z29", "package-withdrawn", SPOIL_WITHDRAWN, BBUM_RESULT_VERIFY_FAILED, false },
	{ "Z29", "package-integrity", SPOIL_STORE, BBUM_RESULT_VERIFY_FAILED, false },
	{ "C45", "package-identity", SPOIL_OTHER_FILE, BBUM_RESULT_VERIFY_FAILED, false },
	{ "C46", "package-authentication", SPOIL_INNER, BBUM_RESULT_VERIFY_FAILED, false },
	{ "C47", "installation", SPOIL_INSTALL, BBUM_RESULT_INSTALL_FAILED, false },
};

static void spoil_it(struct block_world *b, enum spoil spoil)
{
	const char *fault = spoil == SPOIL_STORE     ? "corrupt@download"
			    : spoil == SPOIL_INSTALL ? "fail@install"
						     : "";
	struct err e;
	char *at;

	ck_ok(faults_parse(fault, &b->w.shared.faults, &e));
	b->type_id = spoil == SPOIL_TYPE ? OTHER_TYPE_ID : TYPE_ID;
	b->network = spoil == SPOIL_NETWORK ? "10.0.0.8" : DEVICE_ADDRESS;
	b->strange = spoil == SPOIL_SIGNER;
	block_is(b, 2);
	if (spoil == SPOIL_TEXT)
		b->text.p[b->text.len - 1] = ' ';
	if (spoil == SPOIL_CONTENT) { /* signed, and changed afterwards */
		at = strstr(b->text.p, "part 0");
		at[5] = '7';
	}
	if (spoil == SPOIL_OTHER_FILE)
		b->w.file[1].data[3] ^= 1;
	b->w.shared.block.firmware_check = spoil == SPOIL_INNER ? "/bin/false" : "/bin/true";
}

/* A request that ends with a status and nothing else. */
static void refuse(struct block_world *b, enum net_kind kind, int status)
{
	struct net_result r = { .status = status, .body = "", .retry_ms = 0 };

	ck_assert(b->w.wants[kind]);
	b->w.wants[kind] = false;
	if (kind == NET_MANIFEST)
		device_manifest_came(b->w.d, &r);
	else
		device_image_ended(b->w.d, &r);
}

/* What the service does with it, until the device says `state` or gives up. */
static struct bbum_status serve(struct block_world *b, enum spoil spoil, enum bbum_state state)
{
	for (int i = 0; i < 20000; i++) {
		tick(&b->w);
		b->w.now += 10;
		if (b->w.wants[NET_MANIFEST] && spoil == SPOIL_NO_MANIFEST)
			refuse(b, NET_MANIFEST, 404);
		if (b->w.wants[NET_MANIFEST])
			answer_manifest(&b->w);
		if (b->w.wants[NET_IMAGE] && (spoil == SPOIL_NO_FILE || spoil == SPOIL_WITHDRAWN))
			refuse(b, NET_IMAGE, spoil == SPOIL_NO_FILE ? 404 : 410);
		if (b->w.wants[NET_IMAGE])
			answer_image(&b->w, IMAGE_SIZE - b->w.from, NULL);
		if (b->w.wants[NET_POLL] && b->w.said.status.state == state)
			return b->w.said.status;
		if (b->w.wants[NET_POLL])
			answer_poll(&b->w);
	}
	ck_abort_msg("it did not come to %s", bbum_state_text[state]);
	return b->w.said.status;
}

START_TEST(C42_C43_C44_C45_C46_C47_A20_each_error_is_produced_told_and_changes_nothing_that_runs)
{
	for (size_t i = 0; i < sizeof errors / sizeof *errors; i++) {
		BLOCK_WORLD(b);
		struct bbum_status s;
		STR(log, 4 * KIB);

		boot(&b.w);
		block_runs(&b, 1);
		block_is(&b, 2);
		judged(&b);
		order(&b.w, BBUM_CMD_REQUEST_UPDATE, 7, 51);
		spoil_it(&b, errors[i].spoil);
		b.w.answer.command = BBUM_CMD_TRIGGER;
		b.w.answer.cycle_id = 7;
		b.w.answer.seq = 52;
		until_poll(&b.w);
		answer_poll(&b.w);
		b.w.answer.command = BBUM_CMD_NONE;
		s = serve(&b, errors[i].spoil, BBUM_COMPLETED);
		ck_assert_msg(!strcmp(s.error, errors[i].word), "%s %s: %s", errors[i].row, errors[i].word,
			      s.error);
		ck_assert_int_eq(s.result, errors[i].result);
		ck_assert_int_eq(s.result_seq, 52);
		ck_assert_str_eq(s.version, "1.0.1");
		ck_assert_uint_eq(effects(&b.w, &log), 1);
		/* The next try, with everything right, is a success. */
		b.w.shared.block.firmware_check = "/bin/true";
		b.type_id = TYPE_ID;
		b.network = DEVICE_ADDRESS;
		b.strange = false;
		b.w.shared.faults.n = 0;
		block_is(&b, 2);
		order(&b.w, BBUM_CMD_TRIGGER, 7, 53);
		s = serve_until(&b.w, BBUM_COMPLETED);
		ck_assert_msg(s.result == BBUM_RESULT_SUCCESS, "%s: %s", errors[i].word, s.error);
		ck_assert_str_eq(s.error, "");
	}
}
END_TEST

START_TEST(C42_C43_C44_a_manifest_that_fails_in_normal_operation_changes_no_state)
{
	for (size_t i = 0; i < sizeof errors / sizeof *errors; i++) {
		BLOCK_WORLD(b);
		struct bbum_status s;

		if (!errors[i].manifest)
			continue;
		boot(&b.w);
		block_runs(&b, 1);
		spoil_it(&b, errors[i].spoil);
		for (int n = 0; n < 10; n++) {
			serve(&b, errors[i].spoil, BBUM_NORMAL);
			answer_poll(&b.w);
		}
		s = serve(&b, errors[i].spoil, BBUM_NORMAL);
		ck_assert_msg(!strcmp(s.error, errors[i].word), "%s: %s", errors[i].word, s.error);
		ck_assert_int_eq(s.recommends, 0); /* Z31 */
		ck_assert_str_eq(s.version, "1.0.1");
		ck_assert_int_eq(s.result, BBUM_RESULT_UNDEFINED);
		b.type_id = TYPE_ID;
		b.network = DEVICE_ADDRESS;
		b.strange = false;
		block_is(&b, 3); /* the next that is good takes the word away */
		answer_poll(&b.w);
		s = judged(&b);
		ck_assert_str_eq(s.error, "");
		ck_assert_int_eq(s.recommends, 1);
	}
}
END_TEST

START_TEST(C44_another_manifest_than_was_named_counts_only_when_it_comes_twice)
{
	BLOCK_WORLD(b);
	struct bbum_status s;
	char hash[65];

	boot(&b.w);
	str_copy(hash, sizeof hash, b.w.answer.manifest.hash);
	memset(b.w.answer.manifest.hash, 'A', 64);
	s = judged(&b); /* activated in between, perhaps */
	ck_assert_str_eq(s.error, "");
	ck_assert_str_eq(s.manifest_hash, "");
	answer_poll(&b.w);
	until_poll(&b.w);
	s = b.w.said.status;
	ck_assert_str_eq(s.error, "manifest-integrity");
	ck_assert(!s.integrity_ok);
	str_copy(b.w.answer.manifest.hash, 65, hash);
	answer_poll(&b.w);
	until_poll(&b.w);
	ck_assert_str_eq(b.w.said.status.error, "");
	ck_assert_int_eq(b.w.said.status.recommends, 1);
}
END_TEST

START_TEST(C48_a_rollback_that_fails_is_told_as_such_and_the_device_stays)
{
	BLOCK_WORLD(b);
	struct bbum_status s;
	struct err e;

	boot(&b.w);
	block_runs(&b, 1);
	block_is(&b, 2);
	judged(&b);
	order(&b.w, BBUM_CMD_REQUEST_UPDATE, 7, 51);
	order(&b.w, BBUM_CMD_TRIGGER, 7, 52);
	serve_until(&b.w, BBUM_COMPLETED);
	order(&b.w, BBUM_CMD_RESTART, 7, 53);
	restart(&b.w);
	ck_ok(faults_parse("fail@install:2", &b.w.shared.faults, &e));
	block_is(&b, 1);
	order(&b.w, BBUM_CMD_TRIGGER, 7, 54);
	s = serve_until(&b.w, BBUM_COMPLETED);
	ck_assert_str_eq(s.error, "rollback-failed");
	ck_assert_int_eq(s.result, BBUM_RESULT_INSTALL_FAILED);
	ck_assert_str_eq(s.version, "1.0.2");
	for (int i = 0; i < 5; i++) /* Z32: it waits, and tries nothing by itself */
		ck_assert_int_eq(exchange(&b.w).state, BBUM_COMPLETED);
	block_is(&b, 3); /* forward again is no rollback */
	order(&b.w, BBUM_CMD_TRIGGER, 7, 55);
	ck_assert_str_eq(serve_until(&b.w, BBUM_COMPLETED).error, "installation");
	block_is(&b, 1);
	order(&b.w, BBUM_CMD_TRIGGER, 7, 56);
	ck_assert_int_eq(serve_until(&b.w, BBUM_COMPLETED).result, BBUM_RESULT_SUCCESS);
}
END_TEST

START_TEST(A20_an_archive_whose_turn_has_not_come_is_asked_for_again_without_end)
{
	BLOCK_WORLD(b);
	struct net_result later = { .status = 503, .body = "", .retry_ms = 2000 };
	int64_t asked, most = 0;
	int times = 0;

	boot(&b.w);
	judged(&b);
	order(&b.w, BBUM_CMD_REQUEST_UPDATE, 7, 1);
	order(&b.w, BBUM_CMD_TRIGGER, 7, 2);
	asked = b.w.now;
	while (times < 60) {
		tick(&b.w);
		b.w.now += 10;
		if (b.w.wants[NET_MANIFEST])
			answer_manifest(&b.w);
		if (b.w.wants[NET_POLL])
			answer_poll(&b.w);
		if (!b.w.wants[NET_IMAGE])
			continue;
		most = times && b.w.now - asked > most ? b.w.now - asked : most;
		asked = b.w.now;
		b.w.wants[NET_IMAGE] = false;
		device_image_ended(b.w.d, &later);
		times++;
	}
	ck_assert_int_eq(now_says(&b.w).state, BBUM_UPDATE);
	ck_assert_int_ge(most, 2000); /* as it was asked to wait, and a little by chance */
	ck_assert_int_lt(most, 2700);
	ck_assert_int_eq(serve_until(&b.w, BBUM_COMPLETED).result, BBUM_RESULT_SUCCESS);
}
END_TEST

START_TEST(A20_an_archive_larger_than_the_device_can_hold_is_refused)
{
	BLOCK_WORLD(b);
	struct bbum_status s;

	b.w.shared.image_max = IMAGE_SIZE - 1;
	boot(&b.w);
	judged(&b);
	order(&b.w, BBUM_CMD_REQUEST_UPDATE, 7, 1);
	order(&b.w, BBUM_CMD_TRIGGER, 7, 2);
	s = serve_until(&b.w, BBUM_COMPLETED);
	ck_assert_str_eq(s.error, "package-integrity");
	ck_assert_int_eq(s.result, BBUM_RESULT_VERIFY_FAILED);
}
END_TEST

int main(void)
{
	const TTest *all[] = {
		C42_C43_C44_C45_C46_C47_A20_each_error_is_produced_told_and_changes_nothing_that_runs,
		C42_C43_C44_a_manifest_that_fails_in_normal_operation_changes_no_state,
		C44_another_manifest_than_was_named_counts_only_when_it_comes_twice,
		C48_a_rollback_that_fails_is_told_as_such_and_the_device_stays,
		A20_an_archive_whose_turn_has_not_come_is_asked_for_again_without_end,
		A20_an_archive_larger_than_the_device_can_hold_is_refused,
	};

	return RUN_TESTS("ocora_errors", all);
}
