/* SPDX-License-Identifier: Apache-2.0 */
/* The messages of doc/bbum-protocol.md: what is written is read again as it was, what is wrong is refused
 * with its place. */
#include "testing.h"

#include "base/file.h"
#include "base/mem.h"
#include "wire/bbum_message.h"

#define HASH "ABCDEF0123456789ABCDEF0123456789ABCDEF0123456789ABCDEF0123456789"

static const struct bbum_poll_msg full = {
	.device = "demo-001",
	.wants_manifest = true,
	.status = { .state = BBUM_COMPLETED,
		    .manifest = "cpl:000123",
		    .manifest_version = "00010100",
		    .syntax_ok = true,
		    .integrity_ok = true,
		    .identity_ok = true,
		    .authenticity_ok = true,
		    .recommends = 1,
		    .cycle_id = 12,
		    .seq = 3,
		    .answer = BBUM_ANSWER_REJECTED,
		    .reason = "the \"application\" said no",
		    .result = BBUM_RESULT_INSTALL_FAILED,
		    .result_cycle_id = 12,
		    .result_seq = 2,
		    .manufacturer = "118F",
		    .model = "00A1",
		    .hardware = "0102",
		    .version = "0001010A",
		    .hash = HASH,
		    .boots = 7,
		    .progress = 40,
		    .step = "download",
		    .error = "package-integrity" },
};

static void same_status(const struct bbum_status *a, const struct bbum_status *b)
{
	ck_assert_int_eq(a->state, b->state);
	ck_assert_str_eq(a->manifest, b->manifest);
	ck_assert_str_eq(a->manifest_version, b->manifest_version);
	ck_assert_int_eq(a->syntax_ok, b->syntax_ok);
	ck_assert_int_eq(a->integrity_ok, b->integrity_ok);
	ck_assert_int_eq(a->identity_ok, b->identity_ok);
	ck_assert_int_eq(a->authenticity_ok, b->authenticity_ok);
	ck_assert_int_eq(a->recommends, b->recommends);
	ck_assert_int_eq(a->cycle_id, b->cycle_id);
	ck_assert_int_eq(a->seq, b->seq);
	ck_assert_int_eq(a->answer, b->answer);
	ck_assert_str_eq(a->reason, b->reason);
	ck_assert_int_eq(a->result, b->result);
	ck_assert_int_eq(a->result_cycle_id, b->result_cycle_id);
	ck_assert_int_eq(a->result_seq, b->result_seq);
	ck_assert_str_eq(a->manufacturer, b->manufacturer);
	ck_assert_str_eq(a->model, b->model);
	ck_assert_str_eq(a->hardware, b->hardware);
	ck_assert_str_eq(a->version, b->version);
	ck_assert_str_eq(a->hash, b->hash);
	ck_assert_str_eq(a->manifest_hash, b->manifest_hash);
	ck_assert_str_eq(a->type_id, b->type_id);
	ck_assert_int_eq(a->iec, b->iec);
	ck_assert_int_eq(a->boots, b->boots);
	ck_assert_int_eq(a->progress, b->progress);
	ck_assert_str_eq(a->step, b->step);
	ck_assert_str_eq(a->error, b->error);
}

static struct bbum_poll_msg poll_of(const char *text)
{
	struct bbum_poll_msg m;
	struct err e;

	ck_ok(bbum_poll_read(text, strlen(text), &m, &e));
	return m;
}

START_TEST(a_status_comes_out_as_it_went_in)
{
	struct bbum_poll_msg m = full, back;
	STR(text, BBUM_MESSAGE_MAX);
	struct err e;

	for (int state = 0; state < BBUM_STATES; state++)
		for (int answer = 0; answer < BBUM_ANSWERS; answer++)
			for (int result = 0; result < BBUM_RESULTS; result++)
				for (int rec = -1; rec <= 1; rec++) {
					m.status.state = (enum bbum_state)state;
					m.status.answer = (enum bbum_answer)answer;
					m.status.result = (enum bbum_result)result;
					m.status.recommends = rec;
					m.status.cycle_id = answer ? 12 : 0;
					m.status.seq = answer ? 3 : 0;
					str_copy(m.status.reason, sizeof m.status.reason,
						 answer ? full.status.reason : "");
					m.status.result_cycle_id = result ? INT64_MAX : 0;
					m.status.result_seq = result ? 2 : 0;
					str_clear(&text);
					bbum_poll_write(&m, &text);
					ck_ok(bbum_poll_read(str_c(&text), text.len, &back, &e));
					ck_assert_str_eq(back.device, m.device);
					ck_assert(back.wants_manifest);
					same_status(&back.status, &m.status);
				}
}
END_TEST

START_TEST(the_least_status_says_nothing_but_state_and_boots)
{
	struct bbum_poll_msg m = poll_of("{\"device\":\"d\",\"state\":\"error\",\"boots\":0}");

	ck_assert_int_eq(m.status.state, BBUM_ERROR);
	ck_assert_int_eq(m.status.recommends, -1);
	ck_assert_int_eq(m.status.progress, -1);
	ck_assert_int_eq(m.status.answer, BBUM_ANSWER_NONE);
	ck_assert_int_eq(m.status.result, BBUM_RESULT_UNDEFINED);
	ck_assert_int_eq(m.status.seq, 0);
	ck_assert_str_eq(m.status.version, "");
	ck_assert(!m.wants_manifest);
}
END_TEST

START_TEST(identities_come_out_in_upper_case)
{
	struct bbum_poll_msg m = poll_of(
	    "{\"device\":\"d\",\"state\":\"error\",\"boots\":0,\"manufacturer\":\"118f\",\"model\":\"00a1\","
	    "\"hardware\":\"0a02\",\"version\":\"0001010a\",\"hash\":\"abcdef0123456789abcdef0123456789"
	    "abcdef0123456789abcdef0123456789\"}");

	ck_assert_str_eq(m.status.manufacturer, "118F");
	ck_assert_str_eq(m.status.hardware, "0A02");
	ck_assert_str_eq(m.status.version, "0001010A");
	ck_assert_str_eq(m.status.hash, HASH);
}
END_TEST

#define BASE "\"device\":\"d\",\"state\":\"error\",\"boots\":0"
static const struct {
	const char *text, *where, *words;
} bad_polls[] = {
	{ "", "", "" },
	{ "[]", "/", "object" },
	{ "null", "/", "object" },
	{ "{\"device\":\"d\",\"state\":\"error\"}", "/boots", "missing" },
	{ "{\"state\":\"error\",\"boots\":0}", "/device", "missing" },
	{ "{\"device\":\"\",\"state\":\"error\",\"boots\":0}", "/device", "empty" },
	{ "{\"device\":\"d\",\"state\":\"\",\"boots\":0}", "/state", "empty" },
	{ "{\"device\":\"d\",\"state\":\"errors\",\"boots\":0}", "/state", "did you mean 'error'" },
	{ "{\"device\":\"d\",\"state\":1,\"boots\":0}", "/state", "string" },
	{ "{\"device\":\"d\",\"state\":\"error\",\"boots\":-1}", "/boots", "between" },
	{ "{\"device\":\"d\",\"state\":\"error\",\"boots\":9007199254740993}", "/boots", "between" },
	{ "{" BASE ",\"type\":\"alarm\"}", "/type", "alarm" },
	{ "{" BASE ",\"progres\":1}", "/progres", "did you mean 'progress'" },
	{ "{" BASE ",\"progress\":101}", "/progress", "between" },
	{ "{" BASE ",\"recommendation\":\"maybe\"}", "/recommendation", "maybe" },
	{ "{" BASE ",\"answer\":\"accepted\"}", "/command", "together" },
	{ "{" BASE ",\"command\":\"1-1\"}", "/command", "together" },
	{ "{" BASE ",\"command\":\"1-1\",\"answer\":\"none\"}", "/command", "together" },
	{ "{" BASE ",\"command\":\"1-1x\",\"answer\":\"accepted\"}", "/command", "command id" },
	{ "{" BASE ",\"command\":\"01-1\",\"answer\":\"accepted\"}", "/command", "command id" },
	{ "{" BASE ",\"command\":\"1-0\",\"answer\":\"accepted\"}", "/command", "command id" },
	{ "{" BASE ",\"command\":\"-1-1\",\"answer\":\"accepted\"}", "/command", "command id" },
	{ "{" BASE ",\"command\":\"99999999999999999999-1\",\"answer\":\"accepted\"}", "/command",
	  "command id" },
	{ "{" BASE ",\"result\":\"no update required\"}", "/result_of", "together" },
	{ "{" BASE ",\"result_of\":\"1-1\"}", "/result_of", "together" },
	{ "{" BASE ",\"result\":\"success\",\"result_of\":\"1-1\"}", "/result", "success" },
	{ "{" BASE ",\"version\":\"00010000\"}", "/version", "together" },
	{ "{" BASE ",\"hash\":\"" HASH "\"}", "/version", "together" },
	{ "{" BASE ",\"manufacturer\":\"118F\",\"model\":\"00A1\",\"hardware\":\"0102\",\"version\":\"0 1\"}",
	  "/version", "letters" },
	{ "{" BASE ",\"manufacturer\":\"118F\",\"model\":\"00A1\",\"hardware\":\"0102\",\"version\":\"01\","
	  "\"hash\":\"AB\"}",
	  "/hash", "64 hex" },
	{ "{" BASE ",\"step\":\"a step whose name is too long\"}", "/step", "longer" },
	{ "{" BASE ",\"boots\":1}", "", "" },
};

START_TEST(a_status_that_is_not_right_is_refused_with_its_place)
{
	for (size_t i = 0; i < sizeof bad_polls / sizeof *bad_polls; i++) {
		struct bbum_poll_msg m = { .device = "untouched" };
		struct err e = { .code = OK };
		int rc = bbum_poll_read(bad_polls[i].text, strlen(bad_polls[i].text), &m, &e);

		ck_assert_msg(rc == ERR_JSON || rc == ERR_JSON_FIELD, "%s: %d", bad_polls[i].text, rc);
		ck_assert_int_eq((int)e.code, rc);
		ck_assert_msg(!*bad_polls[i].where || strcmp(e.where, bad_polls[i].where) == 0, "%s: '%s'",
			      bad_polls[i].text, e.where);
		ck_assert_msg(strstr(e.msg, bad_polls[i].words) != NULL, "%s: '%s'", bad_polls[i].text,
			      e.msg);
		ck_assert_str_eq(m.device, "untouched");
	}
}
END_TEST

START_TEST(the_mark_changes_with_everything_but_progress_and_step)
{
	struct bbum_status s = full.status;
	char first[17], other[17];

	bbum_status_mark(&s, first);
	ck_assert_uint_eq(strlen(first), 16);
	s.progress = 99;
	str_copy(s.step, sizeof s.step, "verify");
	bbum_status_mark(&s, other);
	ck_assert_str_eq(first, other);
#define DIFFERS(change)                                                                                      \
	do {                                                                                                 \
		s = full.status;                                                                             \
		change;                                                                                      \
		bbum_status_mark(&s, other);                                                                 \
		ck_assert_str_ne(first, other);                                                              \
	} while (0)
	DIFFERS(s.state = BBUM_NORMAL);
	DIFFERS(s.manifest[4] = '1');
	DIFFERS(s.manifest_version[0] = '1');
	DIFFERS(s.syntax_ok = false);
	DIFFERS(s.integrity_ok = false);
	DIFFERS(s.identity_ok = false);
	DIFFERS(s.authenticity_ok = false);
	DIFFERS(s.recommends = 0);
	DIFFERS(s.cycle_id++);
	DIFFERS(s.seq++);
	DIFFERS(s.answer = BBUM_ANSWER_ACCEPTED);
	DIFFERS(s.reason[0] = 'T');
	DIFFERS(s.result = BBUM_RESULT_SUCCESS);
	DIFFERS(s.result_cycle_id++);
	DIFFERS(s.result_seq++);
	DIFFERS(s.version[7] = 'B');
	DIFFERS(s.hash[0] = '\0');
	DIFFERS(s.boots++);
	DIFFERS(s.error[0] = '\0');
}
END_TEST

static const struct bbum_answer_msg answer = {
	.command = BBUM_CMD_TRIGGER,
	.cycle_id = 12,
	.seq = 3,
	.has_manifest = true,
	.manifest = { .name = "cpl:000123",
		      .manufacturer = "118F",
		      .model = "00A1",
		      .hardware = "0102",
		      .version = "00010100",
		      .hash = HASH,
		      .size = 88000,
		      .image = "/bbum/v1/images/" HASH },
	.poll_ms = 2000,
};

START_TEST(an_answer_comes_out_as_it_went_in)
{
	struct bbum_answer_msg m = answer, back;
	STR(text, BBUM_MESSAGE_MAX);
	struct err e;

	for (int kind = 0; kind < BBUM_COMMANDS; kind++) {
		m.command = (enum bbum_command)kind;
		m.cycle_id = kind ? 12 : 0;
		m.seq = kind ? 3 : 0;
		str_clear(&text);
		bbum_answer_write(&m, &text);
		ck_ok(bbum_answer_read(str_c(&text), text.len, &back, &e));
		ck_assert_int_eq(back.command, m.command);
		ck_assert_int_eq(back.cycle_id, m.cycle_id);
		ck_assert_int_eq(back.seq, m.seq);
		ck_assert(back.has_manifest && !back.no_manifest);
		ck_assert_str_eq(back.manifest.name, m.manifest.name);
		ck_assert_str_eq(back.manifest.manufacturer, "118F");
		ck_assert_str_eq(back.manifest.model, "00A1");
		ck_assert_str_eq(back.manifest.hardware, "0102");
		ck_assert_str_eq(back.manifest.version, "00010100");
		ck_assert_str_eq(back.manifest.hash, HASH);
		ck_assert_str_eq(back.manifest.image, m.manifest.image);
		ck_assert_int_eq(back.manifest.size, 88000);
		ck_assert_int_eq(back.poll_ms, 2000);
	}
	m.has_manifest = false;
	m.no_manifest = true;
	str_clear(&text);
	bbum_answer_write(&m, &text);
	ck_ok(bbum_answer_read(str_c(&text), text.len, &back, &e));
	ck_assert(!back.has_manifest && back.no_manifest);
	m.no_manifest = false;
	str_clear(&text);
	bbum_answer_write(&m, &text);
	ck_ok(bbum_answer_read(str_c(&text), text.len, &back, &e));
	ck_assert(!back.has_manifest && !back.no_manifest);
}
END_TEST

static int answer_of(const char *text, struct bbum_answer_msg *ret, struct err *e)
{
	return bbum_answer_read(text, strlen(text), ret, e);
}

START_TEST(a_device_leaves_alone_what_a_newer_service_adds)
{
	struct bbum_answer_msg m;
	struct err e;

	ck_ok(answer_of("{\"command\":{\"id\":\"1-2\",\"kind\":\"cancel\",\"by\":\"x\"},\"weather\":[1]}", &m,
			&e));
	ck_assert_int_eq(m.command, BBUM_CMD_CANCEL);
	/* A command it does not know must be answered, or its sender waits for ever. */
	ck_ok(answer_of("{\"command\":{\"id\":\"1-2\",\"kind\":\"dance\"}}", &m, &e));
	ck_assert_int_eq(m.command, BBUM_COMMANDS);
	ck_assert_int_eq(m.seq, 2);
}
END_TEST

START_TEST(an_answer_that_is_not_right_is_refused)
{
	struct bbum_answer_msg m;
	struct err e;

	ck_refused(answer_of("[]", &m, &e), ERR_JSON_FIELD, "object");
	ck_refused(answer_of("{\"command\":\"trigger\"}", &m, &e), ERR_JSON_FIELD, "id");
	ck_refused(answer_of("{\"command\":{\"id\":\"1-1\"}}", &m, &e), ERR_JSON_FIELD, "kind");
	ck_refused(answer_of("{\"command\":{\"kind\":\"trigger\"}}", &m, &e), ERR_JSON_FIELD, "id");
	ck_refused(answer_of("{\"command\":{\"id\":\"1\",\"kind\":\"trigger\"}}", &m, &e), ERR_JSON_FIELD,
		   "id");
	ck_refused(answer_of("{\"poll_ms\":-5}", &m, &e), ERR_JSON_FIELD, "poll_ms");
	ck_refused(answer_of("{\"command\":{}", &m, &e), ERR_JSON, "");
}
END_TEST

#define MAN(member, value)                                                                                   \
	"{\"name\":\"cpl:1\",\"manufacturer\":\"118F\",\"model\":\"00A1\",\"hardware\":\"0102\","            \
	"\"version\":\"01\",\"hash\":\"" HASH "\",\"size\":1,\"image\":\"/x\"" member value "}"
START_TEST(a_bad_manifest_does_not_take_the_command_with_it)
{
	struct bbum_answer_msg m;
	struct err e;

	ck_ok(answer_of(
	    "{\"command\":{\"id\":\"1-1\",\"kind\":\"cancel\"},\"manifest\":{\"name\":\"cpl:000009\"}}", &m,
	    &e));
	ck_assert_int_eq(m.command, BBUM_CMD_CANCEL);
	ck_assert(!m.has_manifest && !m.no_manifest);
	ck_assert_str_eq(m.manifest.name, "cpl:000009");
	ck_assert(strstr(m.manifest_wrong, "manufacturer") != NULL);
	ck_ok(answer_of("{\"manifest\":7}", &m, &e));
	ck_assert(*m.manifest_wrong && !m.has_manifest);
}
END_TEST

static int manifest_of(const char *text, struct err *e)
{
	struct bbum_manifest m;

	return bbum_manifest_read(text, strlen(text), &m, e);
}

START_TEST(a_manifest_names_an_image_on_the_same_server_only)
{
	static const char *const elsewhere[] = {
		"//evil.example/x", "http://evil.example/x", "x", "/a/../b", "/a b", "/a\\\\b", "/a#b", ""
	};
	char text[400];
	struct err e;

	ck_ok(manifest_of(MAN("", ""), &e));
	for (size_t i = 0; i < sizeof elsewhere / sizeof *elsewhere; i++) {
		snprintf(
		    text, sizeof text,
		    "{\"name\":\"cpl:1\",\"manufacturer\":\"118F\",\"model\":\"00A1\",\"hardware\":\"0102\","
		    "\"version\":\"01\",\"hash\":\"%s\",\"size\":1,\"image\":\"%s\"}",
		    HASH, elsewhere[i]);
		ck_refused(manifest_of(text, &e), ERR_JSON_FIELD, "'image'");
		ck_assert_str_eq(e.where, "/image");
	}
	ck_refused(manifest_of(MAN(",\"hash_type\":", "\"MD5\""), &e), ERR_JSON_FIELD, "SHA256");
	ck_refused(
	    manifest_of(
		"{\"name\":\"cpl:1\",\"manufacturer\":\"118F\",\"model\":\"00A1\",\"hardware\":\"0102\","
		"\"version\":\"01\",\"hash\":\"" HASH "\",\"size\":0,\"image\":\"/x\"}",
		&e),
	    ERR_JSON_FIELD, "size");
	ck_refused(
	    manifest_of(
		"{\"name\":\"cpl:1\",\"manufacturer\":\"118F\",\"model\":\"00A1\",\"hardware\":\"0102\","
		"\"version\":\"01\",\"hash\":\"12\",\"size\":1,\"image\":\"/x\"}",
		&e),
	    ERR_JSON_FIELD, "64 hex");
	ck_refused(manifest_of("7", &e), ERR_JSON_FIELD, "object");
}
END_TEST

START_TEST(a_command_id_has_one_spelling)
{
	static const char *const bad[] = { "",
					   "-",
					   "1",
					   "1-",
					   "-1",
					   "0-1",
					   "1-0",
					   "01-1",
					   "1-01",
					   "1-1-1",
					   "+1-1",
					   "1 -1",
					   "9223372036854775808-1",
					   "a-b" };
	char text[COMMAND_ID_MAX];
	int64_t cycle = 0, seq = 0;

	command_id_text(INT64_MAX, INT64_MAX, text);
	ck_assert(command_id_read(text, &cycle, &seq));
	ck_assert(cycle == INT64_MAX && seq == INT64_MAX);
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		ck_assert_msg(!command_id_read(bad[i], &cycle, &seq), "'%s'", bad[i]);
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
	str_addn(out, at, (size_t)(end - at));
}

START_TEST(the_examples_of_the_document_are_right)
{
	struct bbum_answer_msg a;
	struct bbum_poll_msg m;
	STR(text, 8 * KIB);
	struct err e;

	example(1, &text);
	ck_ok(bbum_poll_read(str_c(&text), text.len, &m, &e));
	ck_assert_int_eq(m.status.state, BBUM_COMPLETED);
	ck_assert_int_eq(m.status.result_seq, 2);
	ck_assert_int_eq(m.status.progress, 40);
	str_clear(&text);
	example(3, &text);
	ck_ok(bbum_answer_read(str_c(&text), text.len, &a, &e));
	ck_assert_int_eq(a.command, BBUM_CMD_RESTART);
	ck_assert(a.has_manifest);
	ck_assert_int_eq(a.poll_ms, 1000);
}
END_TEST

int main(void)
{
	const TTest *all[] = {
		a_status_comes_out_as_it_went_in,
		the_least_status_says_nothing_but_state_and_boots,
		identities_come_out_in_upper_case,
		a_status_that_is_not_right_is_refused_with_its_place,
		the_mark_changes_with_everything_but_progress_and_step,
		an_answer_comes_out_as_it_went_in,
		a_device_leaves_alone_what_a_newer_service_adds,
		an_answer_that_is_not_right_is_refused,
		a_bad_manifest_does_not_take_the_command_with_it,
		a_manifest_names_an_image_on_the_same_server_only,
		a_command_id_has_one_spelling,
		the_examples_of_the_document_are_right,
	};

	return RUN_TESTS("bbum_message", all);
}
