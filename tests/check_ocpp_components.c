/* SPDX-License-Identifier: Apache-2.0 */
/* OCPP: values of the device model and lists of components. */
#include "ocpp_kit.h"

/* ---- values ---- */

struct seen {
	char text[2048];
};

static void see(void *ctx, const struct ocpp_value *v)
{
	struct seen *s = ctx;
	size_t n = strlen(s->text);

	snprintf(s->text + n, sizeof s->text - n, "%s/%s/%s/%s:%s=%s;", v->component, v->instance,
		 v->variable, v->variable_instance, v->status, v->has ? v->value : "?");
}

START_TEST(values_come_as_one_stream_from_all_versions)
{
	static const struct {
		enum ocpp_version v;
		const char *payload, *want;
		bool more;
	} t[] = {
		{ OCPP_16,
		  "{\"configurationKey\":[{\"key\":\"FirmwareVersion\",\"readonly\":true,\"value\":\"1.2\"},{"
		  "\"key\":\"K\",\"readonly\":"
		  "false}],\"unknownKey\":[\"U\"]}",
		  "//FirmwareVersion/:Accepted=1.2;//K/:Accepted=?;//U/:UnknownVariable=?;", false },
		{ OCPP_201,
		  "{\"getVariableResult\":[{\"attributeStatus\":\"Accepted\",\"component\":{\"name\":\"C\"},"
		  "\"variable\":{\"name\":\"V\"}},"
		  "{\"attributeStatus\":\"UnknownComponent\",\"attributeValue\":\"x\",\"component\":{"
		  "\"name\":\"C\",\"instance\":\"i\"},"
		  "\"variable\":{\"name\":\"V\"}}]}",
		  "C//V/:Accepted=?;C/i/V/:UnknownComponent=?;", false },
		{ OCPP_21,
		  "{\"requestId\":0,\"generatedAt\":\"2025-11-21T07:30:00Z\",\"seqNo\":0,\"tbc\":true,"
		  "\"reportData\":[{\"component\":{\"name\":"
		  "\"FirmwareComponentCtrlr\",\"instance\":\"Main\"},\"variable\":{\"name\":"
		  "\"FirmwareVersion\"},\"variableAttribute\":[{\"type\":"
		  "\"MaxSet\",\"value\":\"9\"},{\"value\":\"2.0\"}]}]}",
		  "FirmwareComponentCtrlr/Main/FirmwareVersion/:Accepted=2.0;", true },
		{ OCPP_21, "{\"requestId\":0,\"generatedAt\":\"2025-11-21T07:30:00Z\",\"seqNo\":1}", "",
		  false },
	};

	for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
		OWN(json_free) struct json *j = parsed(t[i].payload);
		struct seen s = { "" };
		bool more = !t[i].more;
		struct err e;

		ck_ok(ocpp_values_read(t[i].v, j, see, &s, &more, &e));
		ck_assert_str_eq(s.text, t[i].want);
		ck_assert(more == t[i].more);
	}
}
END_TEST

/* ---- components ---- */

#define HASH                                                                                                 \
	"{\"algorithm\":\"SHA256\",\"value\":"                                                               \
	"\"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\"}"
#define LEAST(name)                                                                                          \
	"{\"name\":\"" name "\",\"version\":\"1.0\",\"functionalRole\":\"Metrology\",\"legalStatus\":"       \
	"\"Regulated\",\"hash\":" HASH "}"
#define FULL                                                                                                 \
	"{\"version\":\"2.1\",\"name\":\"Main\",\"functionalRole\":\"ChargingControl\",\"legalStatus\":"     \
	"\"Unregulated\","                                                                                   \
	"\"regulatoryClassification\":[\"EU-MID\"],\"compatibility\":[{\"relation\":\"Requires\","           \
	"\"component\":\"M\","                                                                               \
	"\"minVersion\":\"1\",\"version\":[\"1\"]}],\"sbom\":{\"format\":\"SPDX\",\"location\":\"https://h/" \
	"s\",\"hash\":" HASH "},\"hash\":" HASH ",\"signature\":[{\"signer\":\"s\",\"role\":\"Certifier\","  \
	"\"algorithm\":\"ES256\",\"value\":\"AA==\","                                                        \
	"\"created\":\"2025-11-21T07:30:00Z\"}],\"updatePolicy\":{\"downgradeAllowed\":false,\"approval\":"  \
	"\"Operator\"},"                                                                                     \
	"\"updateSource\":[{\"type\":\"Web\",\"location\":\"https://"                                        \
	"h\"}],\"vulnerabilityReporting\":{\"email\":\"a@b\"},"                                              \
	"\"releaseDate\":\"2025-11-21T07:30:00Z\",\"auditTrailHash\":" HASH                                  \
	",\"implementedInterface\":[{\"name\":\"i\","                                                        \
	"\"nonReactive\":true}],\"updateStatus\":\"RolledBack\",\"customData\":{\"vendorId\":\"v\",\"x\":["  \
	"1.5]},\"foreign\":7}"

static int components(enum ocpp_version v, const char *payload, struct ocpp_components *c, struct err *e)
{
	OWN(json_free) struct json *j = parsed(payload);

	return ocpp_components_read(v, j, c, e);
}

START_TEST(components_keep_their_documents_in_canonical_form)
{
	OWN(ocpp_components_done) struct ocpp_components c = { 0 };
	OWN(ocpp_components_done) struct ocpp_components d = { 0 };
	struct err e;
	STR(text, 64 * KIB);

	ck_ok(components(
	    OCPP_21, "{\"status\":\"Accepted\",\"total\":2,\"firmwareComponent\":[" FULL "," LEAST("M") "]}",
	    &c, &e));
	ck_assert_uint_eq(c.n, 2);
	ck_assert_int_eq(c.total, 2);
	ck_assert_str_eq(c.v[0].name, "Main");
	ck_assert_str_eq(c.v[0].version, "2.1");
	ck_assert_str_eq(c.v[1].role, "Metrology");
	ck_assert_str_eq(c.v[1].legal, "Regulated");
	ck_assert_str_eq(c.v[1].document,
			 "{\"functionalRole\":\"Metrology\",\"hash\":" HASH
			 ",\"legalStatus\":\"Regulated\",\"name\":\"M\",\"version\":\"1.0\"}");
	ck_assert_msg(strstr(c.v[0].document, "\"foreign\":7") && strstr(c.v[0].document, "\"x\":[1.5]"),
		      "%s", c.v[0].document);
	ck_assert_uint_eq(strlen(c.v[0].digest), 64);
	/* The same within DataTransfer. */
	str_add(&text, "{\"status\":\"Accepted\",\"data\":\"");
	json_escape(&text, "{\"status\":\"Accepted\",\"firmwareComponent\":[" FULL "]}",
		    strlen("{\"status\":\"Accepted\",\"firmwareComponent\":[" FULL "]}"));
	str_add(&text, "\"}");
	ck_ok(components(OCPP_16, str_c(&text), &d, &e));
	ck_assert_uint_eq(d.n, 1);
	ck_assert_str_eq(d.v[0].digest, c.v[0].digest);
}
END_TEST

START_TEST(component_shapes_that_are_wrong_are_refused_with_the_place)
{
	static const struct {
		const char *find, *put, *where;
	} t[] = {
		{ "\"name\":\"Main\",", "", "/firmwareComponent/0/name" },
		{ "\"name\":\"Main\",", "\"name\":\"\",", "/firmwareComponent/0" },
		{ "\"name\":\"Main\",", "\"name\":\"a\\u0007\",", "/firmwareComponent/0" },
		{ "\"name\":\"Main\",", "\"name\":\"123456789012345678901234567890123456789012345678901\",",
		  "/firmwareComponent/0/name" },
		{ "\"version\":\"2.1\",", "\"version\":2.1,", "/firmwareComponent/0/version" },
		{ "\"Unregulated\"", "\"unregulated\"", "/firmwareComponent/0/legalStatus" },
		{ "[\"EU-MID\"]", "[]", "/firmwareComponent/0/regulatoryClassification" },
		{ "[\"EU-MID\"]", "[7]", "/firmwareComponent/0/regulatoryClassification/0" },
		{ "\"relation\":\"Requires\",", "", "/firmwareComponent/0/compatibility/0/relation" },
		{ "\"Requires\"", "\"Wants\"", "/firmwareComponent/0/compatibility/0/relation" },
		{ "\"SPDX\"", "\"SWID\"", "/firmwareComponent/0/sbom/format" },
		{ "abcdef\"}},\"hash\"", "abcde\"}},\"hash\"", "/firmwareComponent/0/sbom/hash" },
		{ "\"hash\":" HASH ",\"signature\"",
		  "\"hash\":{\"algorithm\":\"SHA512\",\"value\":\"00\"},\"signature\"",
		  "/firmwareComponent/0/hash" },
		{ "\"hash\":" HASH ",\"signature\"", "\"signature\"", "/firmwareComponent/0/hash" },
		{ "\"Certifier\"", "\"Friend\"", "/firmwareComponent/0/signature/0/role" },
		{ "\"created\":\"2025-11-21T07:30:00Z\"", "\"created\":\"yesterday\"",
		  "/firmwareComponent/0/signature/0/created" },
		{ "\"downgradeAllowed\":false,", "", "/firmwareComponent/0/updatePolicy/downgradeAllowed" },
		{ "\"downgradeAllowed\":false,", "\"downgradeAllowed\":\"no\",",
		  "/firmwareComponent/0/updatePolicy/downgradeAllowed" },
		{ "\"type\":\"Web\",", "\"type\":\"Post\",", "/firmwareComponent/0/updateSource/0/type" },
		{ "\"releaseDate\":\"2025-11-21T07:30:00Z\"", "\"releaseDate\":\"2025-11-21\"",
		  "/firmwareComponent/0/releaseDate" },
		{ "\"nonReactive\":true", "\"nonReactive\":1",
		  "/firmwareComponent/0/implementedInterface/0/nonReactive" },
		{ "\"RolledBack\"", "\"Rolled\"", "/firmwareComponent/0/updateStatus" },
	};
	const char *good = "{\"status\":\"Accepted\",\"firmwareComponent\":[" FULL "]}";

	for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
		OWN(ocpp_components_done) struct ocpp_components c = { 0 };
		const char *at = strstr(good, t[i].find);
		STR(text, 64 * KIB);
		struct err e;

		ck_assert_msg(at != NULL, "%s", t[i].find);
		str_addn(&text, good, (size_t)(at - good));
		str_add(&text, t[i].put);
		str_add(&text, at + strlen(t[i].find));
		ck_assert_msg(components(OCPP_21, str_c(&text), &c, &e) == ERR_JSON_FIELD, "%s: %s",
			      t[i].where, t[i].put);
		ck_assert_str_eq(e.where, t[i].where);
		ck_assert_uint_eq(c.n, 0);
	}
}
END_TEST

START_TEST(default_stands_alone_and_names_stand_once)
{
	static const char *const bad[] = {
		"{\"status\":\"Accepted\",\"firmwareComponent\":[" LEAST("default") "," LEAST("Main") "]}",
		"{\"status\":\"Accepted\",\"firmwareComponent\":[" LEAST("Main") "," LEAST("Main") "]}",
		"{\"status\":\"Accepted\",\"total\":2,\"firmwareComponent\":[" LEAST("default") "]}",
	};
	OWN(ocpp_components_done) struct ocpp_components c = { 0 };
	OWN(ocpp_components_done) struct ocpp_components more = { 0 };
	struct err e;

	for (size_t i = 0; i < 3; i++)
		ck_refused(components(OCPP_201, bad[i], &c, &e), ERR_INVALID, i == 1 ? "twice" : "default");
	ck_ok(components(OCPP_201,
			 "{\"status\":\"Accepted\",\"total\":1,\"firmwareComponent\":[" LEAST("default") "]}",
			 &c, &e));
	/* The second page of a list. */
	ck_ok(components(OCPP_201, "{\"status\":\"Accepted\",\"firmwareComponent\":[" LEAST("Main") "]}",
			 &more, &e));
	ck_refused(ocpp_components_join(&c, &more, &e), ERR_INVALID, "default");
	ck_assert_uint_eq(more.n, 0);
}
END_TEST

START_TEST(lists_that_are_none_say_why)
{
	static const struct {
		enum ocpp_version v;
		const char *payload, *status;
	} t[] = {
		{ OCPP_21, "{\"status\":\"EmptyResultSet\"}", "EmptyResultSet" },
		{ OCPP_201, "{\"status\":\"Rejected\",\"statusInfo\":{\"reasonCode\":\"NotEnabled\"}}",
		  "Rejected" },
		{ OCPP_16, "{\"status\":\"UnknownMessageId\"}", "NotSupported" },
		{ OCPP_16, "{\"status\":\"UnknownVendorId\"}", "NotSupported" },
		{ OCPP_16, "{\"status\":\"Rejected\"}", "Rejected" },
	};
	OWN(ocpp_components_done) struct ocpp_components none = { 0 };
	struct err e;

	for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
		OWN(ocpp_components_done) struct ocpp_components c = { 0 };

		ck_ok(components(t[i].v, t[i].payload, &c, &e));
		ck_assert_uint_eq(c.n, 0);
		ck_assert_str_eq(c.status, t[i].status);
	}
	ck_refused(components(OCPP_21, "{\"status\":\"Perhaps\"}", &none, &e), ERR_JSON_FIELD, "/status");
	ck_refused(components(OCPP_21, "{\"status\":\"Accepted\",\"firmwareComponent\":[]}", &none, &e),
		   ERR_JSON_FIELD, "empty");
	ck_refused(components(OCPP_16, "{\"status\":\"Accepted\"}", &none, &e), ERR_JSON_FIELD, "data");
}
END_TEST

/* A station has OCPP_COMPONENTS_MAX components at most, in one answer or in several. */
START_TEST(endless_lists_are_refused)
{
	OWN(ocpp_components_done) struct ocpp_components c = { 0 };
	OWN(ocpp_components_done) struct ocpp_components more = { 0 };
	STR(text, OCPP_TEXT_MAX);
	struct err e;

	for (int n = OCPP_COMPONENTS_MAX + 1; n >= OCPP_COMPONENTS_MAX; n--) {
		str_clear(&text);
		str_add(&text, "{\"status\":\"Accepted\",\"firmwareComponent\":[");
		for (int i = 0; i < n; i++)
			str_addf(&text,
				 "%s{\"name\":\"C%d\",\"version\":\"1\",\"functionalRole\":\"x\","
				 "\"legalStatus\":\"Regulated\",\"hash\":%s}",
				 i ? "," : "", i, HASH);
		str_add(&text, "]}");
		if (n > OCPP_COMPONENTS_MAX)
			ck_refused(components(OCPP_21, str_c(&text), &c, &e), ERR_JSON_FIELD, "64");
		else
			ck_ok(components(OCPP_21, str_c(&text), &c, &e));
	}
	ck_ok(components(OCPP_21, "{\"status\":\"Accepted\",\"firmwareComponent\":[" LEAST("Main") "]}",
			 &more, &e));
	ck_refused(ocpp_components_join(&c, &more, &e), ERR_JSON_FIELD, "64");
	ck_assert_uint_eq(c.n, OCPP_COMPONENTS_MAX);
}
END_TEST

START_TEST(documents_that_have_no_canonical_form_are_refused)
{
	OWN(ocpp_components_done) struct ocpp_components c = { 0 };
	struct err e;

	ck_refused(components(OCPP_21,
			      "{\"status\":\"Accepted\",\"firmwareComponent\":[{\"name\":\"M\",\"version\":"
			      "\"1\",\"functionalRole\":"
			      "\"x\",\"legalStatus\":\"Regulated\",\"hash\":" HASH
			      ",\"n\":9007199254740993}]}",
			      &c, &e),
		   ERR_JSON_FIELD, "/firmwareComponent/0");
}
END_TEST

static void value_add(struct ocpp_components *c, const char *instance, const char *variable, const char *text)
{
	struct ocpp_value v = { .component = "FirmwareComponentCtrlr",
				.status = "Accepted",
				.has = text != NULL };

	str_copy(v.instance, sizeof v.instance, instance);
	str_copy(v.variable, sizeof v.variable, variable);
	str_copy(v.value, sizeof v.value, text ? text : "");
	ck_assert(ocpp_components_add(c, &v));
}

START_TEST(components_are_assembled_from_the_device_model)
{
	OWN(ocpp_components_done) struct ocpp_components c = { 0 };
	struct ocpp_value other = { .component = "ChargingStation", .variable = "FirmwareVersion" };
	struct err e;

	ck_assert(!ocpp_components_add(&c, &other));
	value_add(&c, "Main", "FirmwareVersion", "2.0");
	value_add(&c, "Metrology", "LegalStatus", "Regulated");
	value_add(&c, "Main", "RegulatoryClassification", "EU-MID, DE-Eichrecht");
	value_add(&c, "Main", "Available", "true");
	value_add(&c, "Main", "FunctionalRole", NULL);
	value_add(&c, "Main", "ImplementedInterfaces", "meter@1,hmi");
	value_add(&c, "Metrology", "FirmwareVersion", "3");
	value_add(&c, "Metrology", "Hash",
		  "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef");
	ck_ok(ocpp_components_check(&c, &e));
	ck_assert_uint_eq(c.n, 2);
	ck_assert_str_eq(c.v[0].document,
			 "{\"implementedInterface\":[{\"name\":\"meter\",\"version\":\"1\"},{\"name\":"
			 "\"hmi\"}],\"name\":\"Main\","
			 "\"regulatoryClassification\":[\"EU-MID\",\"DE-Eichrecht\"],\"version\":\"2.0\"}");
	ck_assert_str_eq(c.v[1].document,
			 "{\"hash\":" HASH
			 ",\"legalStatus\":\"Regulated\",\"name\":\"Metrology\",\"version\":\"3\"}");
	ck_assert_str_eq(c.v[1].legal, "Regulated");
	value_add(&c, "default", "FirmwareVersion", "1");
	ck_refused(ocpp_components_check(&c, &e), ERR_INVALID, "default");
}
END_TEST

START_TEST(a_device_model_that_makes_no_sense_is_refused)
{
	static const char *const bad[][3] = {
		{ "Main", "LegalStatus", "Regulated" }, /* no version */
		{ "Main", "Hash", "SHA256:00" },        { "", "FirmwareVersion", "1" },
		{ "Main", "Available", "true" },        { "Main", "ReleaseDate", "soon" },
	};
	struct err e;

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		OWN(ocpp_components_done) struct ocpp_components c = { 0 };

		if (i == 1 || i == 4)
			value_add(&c, "Main", "FirmwareVersion", "1");
		value_add(&c, bad[i][0], bad[i][1], bad[i][2]);
		ck_assert_int_eq(ocpp_components_check(&c, &e), ERR_JSON_FIELD);
	}
	OWN(ocpp_components_done) struct ocpp_components many = { 0 };
	for (int i = 0; i < 200; i++) {
		char name[8];

		snprintf(name, sizeof name, "C%d", i);
		value_add(&many, name, "FirmwareVersion", "1");
	}
	ck_refused(ocpp_components_check(&many, &e), ERR_JSON_FIELD, "64");
}
END_TEST

START_TEST(the_extension_is_announced_by_its_vendor)
{
	struct ocpp_value v = { .component = "CustomizationCtrlr",
				.variable = "CustomImplementationEnabled",
				.variable_instance = OCPP_COMPONENTS_VENDOR,
				.value = "true",
				.has = true };

	ck_assert(ocpp_value_announces(&v));
	str_copy(v.value, sizeof v.value, "false");
	ck_assert(!ocpp_value_announces(&v));
	str_copy(v.value, sizeof v.value, "true");
	str_copy(v.variable_instance, sizeof v.variable_instance, "other");
	ck_assert(!ocpp_value_announces(&v));
}
END_TEST

int main(void)
{
	const TTest *all[] = {
		values_come_as_one_stream_from_all_versions,
		components_keep_their_documents_in_canonical_form,
		component_shapes_that_are_wrong_are_refused_with_the_place,
		default_stands_alone_and_names_stand_once,
		lists_that_are_none_say_why,
		endless_lists_are_refused,
		documents_that_have_no_canonical_form_are_refused,
		components_are_assembled_from_the_device_model,
		a_device_model_that_makes_no_sense_is_refused,
		the_extension_is_announced_by_its_vendor,
	};

	return RUN_TESTS("ocpp_components", all);
}
