/* SPDX-License-Identifier: Apache-2.0 */
/* OCPP-J: the envelope of three versions. */
#include "ocpp_kit.h"

/* ---- the envelope ---- */

START_TEST(the_five_kinds_of_messages_are_read)
{
	static const struct {
		enum ocpp_version v;
		const char *text;
		enum ocpp_kind kind;
		const char *id, *what;
	} t[] = {
		{ OCPP_16, "[2,\"a\",\"Heartbeat\",{}]", OCPP_CALL, "a", "Heartbeat" },
		{ OCPP_201, " [ 3 , \"b\" , { \"status\" : \"Accepted\" } ] ", OCPP_RESULT, "b", "" },
		{ OCPP_21, "[4,\"c\",\"NotSupported\",\"no\",{}]", OCPP_ERROR, "c", "NotSupported" },
		{ OCPP_21, "[5,\"d\",\"GenericError\",\"\",{}]", OCPP_RESULT_ERROR, "d", "GenericError" },
		{ OCPP_21, "[6,\"e\",\"NotifyPeriodicEventStream\",{}]", OCPP_SEND, "e",
		  "NotifyPeriodicEventStream" },
	};

	for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
		READ(t[i].v, t[i].text);
		ck_assert_int_eq(f.kind, t[i].kind);
		ck_assert_str_eq(f.id, t[i].id);
		ck_assert_str_eq(*f.action ? f.action : f.code, t[i].what);
		ck_assert_uint_eq(reply.len, 0);
	}
}
END_TEST

/* F6: what is no strict JSON or no message is refused, and answered only where the version says so. */
START_TEST(what_cannot_be_read_is_answered_as_the_version_says)
{
	static const struct {
		const char *text, *reply_2, *reply_16; /* beginnings; "" = none */
	} t[] = {
		{ "{", "[4,\"-1\",\"RpcFrameworkError\",", "" },
		{ "", "[4,\"-1\",\"RpcFrameworkError\",", "" },
		{ "[2,\"a\",\"X\",{\"n\":1,\"n\":2}]", "[4,\"-1\",\"RpcFrameworkError\",", "" },
		{ "[2,\"a\xff\",\"X\",{}]", "[4,\"-1\",\"RpcFrameworkError\",", "" },
		{ "[2,\"a\",\"X\",[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]",
		  "[4,\"-1\",\"RpcFrameworkError\",", "" },
		{ "{\"a\":1}", "[4,\"-1\",\"RpcFrameworkError\",", "" },
		{ "[\"2\",\"a\",\"X\",{}]", "[4,\"-1\",\"RpcFrameworkError\",", "" },
		{ "[2,7,\"X\",{}]", "[4,\"-1\",\"RpcFrameworkError\",", "" },
		{ "[2,\"\",\"X\",{}]", "[4,\"-1\",\"RpcFrameworkError\",", "" },
		{ "[2,\"0123456789012345678901234567890123456\",\"X\",{}]",
		  "[4,\"-1\",\"RpcFrameworkError\",", "" },
		{ "[9,\"a\",\"X\",{}]", "[4,\"a\",\"MessageTypeNotSupported\",", "" },
		{ "[2,\"a\",\"X\"]", "[4,\"a\",\"RpcFrameworkError\",", "[4,\"a\",\"ProtocolError\"," },
		{ "[2,\"a\",\"X\",[]]", "[4,\"a\",\"FormatViolation\",", "[4,\"a\",\"FormationViolation\"," },
		{ "[2,\"a\",\"X\",null]", "[4,\"a\",\"FormatViolation\",",
		  "[4,\"a\",\"FormationViolation\"," },
		{ "[3,7,{}]", "", "" },
	};

	for (size_t i = 0; i < sizeof t / sizeof *t; i++)
		for (int v = 0; v < OCPP_VERSIONS; v++) {
			const char *want = v == OCPP_16 ? t[i].reply_16 : t[i].reply_2;
			struct ocpp_frame f = { .id = "untouched" };
			STR(reply, 4096);
			struct err e;

			ck_assert_int_ne(reads((enum ocpp_version)v, t[i].text, &f, &reply, &e), OK);
			ck_assert_msg(strncmp(str_c(&reply), want, strlen(want)) == 0 &&
					  (*want || !reply.len),
				      "%s in %s: %s", t[i].text, ocpp_version_text[v], str_c(&reply));
			ck_assert_str_eq(f.id, "untouched");
		}
}
END_TEST

START_TEST(types_5_and_6_are_of_2_1_only_and_never_answered)
{
	static const char *const bad[] = { "[6,\"a\"]", "[6,\"a\",\"X\",7]", "[6,9,\"X\",{}]",
					   "[5,9,\"X\"]" };
	struct ocpp_frame f = { 0 };
	struct err e;

	for (size_t i = 0; i < 4; i++) {
		STR(reply, 4096);

		ck_assert_int_ne(reads(OCPP_21, bad[i], &f, &reply, &e), OK);
		ck_assert_uint_eq(reply.len, 0);
	}
	STR(reply, 4096);
	ck_refused(reads(OCPP_201, "[6,\"a\",\"X\",{}]", &f, &reply, &e), ERR_JSON_FIELD, "type 6");
	ck_assert_msg(strstr(str_c(&reply), "MessageTypeNotSupported") != NULL, "%s", str_c(&reply));
}
END_TEST

START_TEST(trap_one_spelling_of_error_codes)
{
	static const struct {
		const char *code_2, *code_16;
	} t[] = {
		{ "FormatViolation", "FormationViolation" },
		{ "OccurrenceConstraintViolation", "OccurenceConstraintViolation" },
		{ "PropertyConstraintViolation", "PropertyConstraintViolation" },
		{ "TypeConstraintViolation", "TypeConstraintViolation" },
		{ "NotImplemented", "NotImplemented" },
	};

	for (size_t i = 0; i < sizeof t / sizeof *t; i++)
		for (int v = 0; v < OCPP_VERSIONS; v++) {
			char text[128];

			/* Both are understood in every version: ocpp-rpc sends the old one on 2.1. */
			snprintf(text, sizeof text, "[4,\"x\",\"%s\",\"\",{}]", t[i].code_16);
			READ((enum ocpp_version)v, text);
			ck_assert_str_eq(f.code, t[i].code_2);
			snprintf(text, sizeof text, "[4,\"x\",\"%s\",\"why\",{}]",
				 v == OCPP_16 ? t[i].code_16 : t[i].code_2);
			str_clear(&reply);
			ocpp_put_error((enum ocpp_version)v, &reply, "x", t[i].code_2, "why");
			ck_assert_str_eq(str_c(&reply), text);
		}
}
END_TEST

START_TEST(names_and_messages_past_their_size_are_refused)
{
	OWN(mem_free) char *text = mem_zalloc(OCPP_TEXT_MAX + 2);
	struct ocpp_frame f = { 0 };
	STR(reply, 4096);
	struct err e;

	ck_refused(reads(OCPP_16, "[2,\"a\",\"AnActionWithANameThatIsLongerThanFiftyCharactersAtAll\",{}]",
			 &f, &reply, &e),
		   ERR_JSON_FIELD, "AnAction");
	ck_assert_msg(strncmp(str_c(&reply), "[4,\"a\",\"NotImplemented\",", 24) == 0, "%s", str_c(&reply));
	memset(text, ' ', OCPP_TEXT_MAX + 1);
	memcpy(text, "[3,\"a\",{}]", 10);
	text[OCPP_TEXT_MAX] = '\0';
	str_clear(&reply);
	ck_ok(reads(OCPP_21, text, &f, &reply, &e));
	ocpp_frame_done(&f);
	text[OCPP_TEXT_MAX] = ' ';
	ck_refused(reads(OCPP_21, text, &f, &reply, &e), ERR_TOO_LARGE, "bytes");
	ck_assert_msg(strstr(str_c(&reply), "\"-1\",\"RpcFrameworkError\"") != NULL, "%s", str_c(&reply));
}
END_TEST

START_TEST(an_error_without_text_or_id_is_still_one)
{
	READ(OCPP_16, "[4,null,\"Weird\"]");
	ck_assert_str_eq(f.id, "-1");
	ck_assert_str_eq(f.code, "Weird");
	ck_assert_str_eq(f.text, "");
}
END_TEST

START_TEST(ids_and_texts_are_escaped_when_written)
{
	STR(out, 4096);

	ocpp_put_result(&out, "a\"b\\", "{}");
	ck_assert_str_eq(str_c(&out), "[3,\"a\\\"b\\\\\",{}]");
	str_clear(&out);
	ocpp_put_call(&out, "7", "Reset", "{\"type\":\"Soft\"}");
	ck_assert_str_eq(str_c(&out), "[2,\"7\",\"Reset\",{\"type\":\"Soft\"}]");
}
END_TEST

START_TEST(heartbeats_are_known_without_a_tree_and_nothing_else_is)
{
	static const char *const yes[] = { "[2,\"a\",\"Heartbeat\",{}]",
					   " [ 2 ,\t\"a\" ,\r\n\"Heartbeat\" , { } ] " };
	static const char *const no[] = {
		"",
		"[",
		"[2",
		"[2,",
		"[2,\"a",
		"[2,\"a\"",
		"[2,\"a\",",
		"[2,\"\",\"Heartbeat\",{}]",
		"[3,\"a\",\"Heartbeat\",{}]",
		"[2,\"a\",\"heartbeat\",{}]",
		"[2,\"a\",\"Heartbeats\",{}]",
		"[2,\"a\",\"Heartbeat\",{\"x\":1}]",
		"[2,\"a\",\"Heartbeat\",{}]x",
		"[2,\"a\",\"Heartbeat\",{},1]",
		"[2,\"a\\u0062\",\"Heartbeat\",{}]",
		"[22,\"a\",\"Heartbeat\",{}]",
		"[2,\"a\",\"Heartbeat\",{}",
		"[2,\"\xc3\xa4\",\"Heartbeat\",{}]",
		"[2,\"a\",\"Heartbeat\",[]]",
		"[2,\"a\" \"Heartbeat\",{}]",
		"[2,\"0123456789012345678901234567890123456\",\"Heartbeat\",{}]",
	};
	char id[OCPP_ID_MAX + 1] = "";

	for (size_t i = 0; i < sizeof yes / sizeof *yes; i++) {
		id[0] = '\0';
		ck_assert_msg(ocpp_is_heartbeat(yes[i], strlen(yes[i]), id), "%s", yes[i]);
		ck_assert_str_eq(id, "a");
	}
	for (size_t i = 0; i < sizeof no / sizeof *no; i++)
		ck_assert_msg(!ocpp_is_heartbeat(no[i], strlen(no[i]), id), "%s", no[i]);
	/* The longest id, and only as many bytes as were given. */
	const char *longest = "[2,\"012345678901234567890123456789012345\",\"Heartbeat\",{}]";
	ck_assert(ocpp_is_heartbeat(longest, strlen(longest), id));
	ck_assert_uint_eq(strlen(id), OCPP_ID_MAX);
	for (size_t n = 0; n < strlen(longest); n++)
		ck_assert(!ocpp_is_heartbeat(longest, n, id));
}
END_TEST

int main(void)
{
	const TTest *all[] = {
		the_five_kinds_of_messages_are_read,
		what_cannot_be_read_is_answered_as_the_version_says,
		types_5_and_6_are_of_2_1_only_and_never_answered,
		trap_one_spelling_of_error_codes,
		names_and_messages_past_their_size_are_refused,
		an_error_without_text_or_id_is_still_one,
		ids_and_texts_are_escaped_when_written,
		heartbeats_are_known_without_a_tree_and_nothing_else_is,
	};

	return RUN_TESTS("ocpp_frame", all);
}
