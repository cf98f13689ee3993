/* SPDX-License-Identifier: Apache-2.0 */
#include "testing.h"

#include <stdio.h>
#include <string.h>

#include "base/parse.h"
#include "core/release.h"
#include "core/release_doc.h"
#include "core/release_sbom.h"
#include "core/release_url.h"

#define DAY MS_PER_DAY
#define HASH "33C4CEC878A744EFF45807B3693EFC8A193194CF6011301B109833E298F0FD82"

static const struct url_key key = { { 1, 2, 3 } }, other_key = { { 1, 2, 4 } };

/* What stands behind the n-th slash from the end. */
static const char *behind(const char *url, int n)
{
	const char *p = url + strlen(url);

	while (n && p > url)
		n -= *--p == '/';
	return p + 1;
}

static void token_of(const char *url, char token[OCPP_TOKEN_SIZE])
{
	const char *p = behind(url, 2);

	str_copyn(token, OCPP_TOKEN_SIZE, p, strcspn(p, "/"));
}

START_TEST(an_address_is_good_for_its_image_its_station_and_its_days_only)
{
	char url[OCPP_URL_SIZE], token[OCPP_TOKEN_SIZE], bad[OCPP_TOKEN_SIZE];
	int64_t now = 20000 * DAY + 5;
	struct err e;

	ck_ok(release_image_url(&key, NULL, "http://example.com:8231/", HASH, "CS*1", now, 512, url, &e));
	ck_assert_str_eq(behind(url, 1), "CS%2A1");
	token_of(url, token);
	ck_assert(release_image_url_ok(&key, HASH, token, "CS*1", now));
	ck_assert(release_image_url_ok(&key, HASH, token, "CS*1", now + OCPP_URL_DAYS * DAY));
	ck_assert(!release_image_url_ok(&key, HASH, token, "CS*1", now + (OCPP_URL_DAYS + 1) * DAY));
	ck_assert(!release_image_url_ok(&key, HASH, token, "CS*2", now));
	ck_assert(!release_image_url_ok(&other_key, HASH, token, "CS*1", now));
	ck_assert(!release_image_url_ok(&key, HASH + 1, token, "CS*1", now));
	ck_assert(!log_url_ok(&key, 7, token, "CS*1", now));
	for (size_t i = 0; token[i]; i++) { /* any changed letter */
		str_copy(bad, sizeof bad, token);
		bad[i] = (char)(bad[i] == '1' ? '2' : '1');
		ck_assert_msg(!release_image_url_ok(&key, HASH, bad, "CS*1", now), "%s", bad);
	}
	ck_assert(!release_image_url_ok(&key, HASH, "", "CS*1", now));
}
END_TEST

START_TEST(trap_an_address_that_is_too_long_for_the_station_is_no_address)
{
	char url[OCPP_URL_SIZE] = "kept", base[600];
	struct err e;

	memset(base, 'a', sizeof base);
	memcpy(base, "http://", 7);
	base[450] = 0;
	ck_refused(release_image_url(&key, "", base, HASH, "CS-1", 0, 512, url, &e), ERR_TOO_LARGE,
		   "takes 512");
	ck_assert_str_eq(url, "kept");
	ck_ok(release_image_url(&key, "", base, HASH, "CS-1", 0, 2000, url, &e));
	ck_ok(release_image_url(&key, "https://cdn.example.com/x/", base, HASH, "CS-1", 0, 512, url, &e));
	ck_assert_str_eq(url, "https://cdn.example.com/x/" HASH);
}
END_TEST

START_TEST(feature_17_a_location_is_an_address_without_a_password_and_never_a_path_of_a_disk)
{
	static const char *const good[] = { "http://a/b", "HTTPS://a:1/b?c=d@e", "ftp://a",
					    "ftps://a/b", "sftp://[::1]/b",      NULL };
	static const char *const bad[] = { "",
					   "/boot/x",
					   "file:///x",
					   "C:\\x",
					   "a/b",
					   "http:/a",
					   "http://",
					   "http:///x",
					   "http://:80/x",
					   "ftp://u@a/x",
					   "sftp://u:p@a",
					   "http://a/b c",
					   "http://a/\n",
					   "http://a/\x7f",
					   NULL };
	char why[80];

	for (int i = 0; good[i]; i++)
		ck_assert_msg(release_location_ok(good[i], why), "%s", good[i]);
	for (int i = 0; bad[i]; i++) {
		*why = 0;
		ck_assert_msg(!release_location_ok(bad[i], why) && *why, "%s", bad[i]);
	}
}
END_TEST

START_TEST(the_clock_counts_24_and_72_hours_from_the_disclosure)
{
	int64_t hour = 3600000, at = 20000 * DAY;
	struct release_clock c = release_clock(at, at + 5 * hour);
	STR(out, 400);
	struct jw w = jw_start(&out);

	ck_assert_int_eq(c.left24, 19 * hour);
	ck_assert_int_eq(c.left72, 67 * hour);
	release_clock_json(at, at + 24 * hour, &w);
	ck_assert(strstr(str_c(&out), "\"hours_left_24\":0") && strstr(str_c(&out), "\"hours_left_72\":48") &&
		  strstr(str_c(&out), "\"over_24\":true,\"over_72\":false"));
	str_clear(&out);
	w = jw_start(&out);
	release_clock_json(-1, at, &w);
	ck_assert_str_eq(str_c(&out), "null");
}
END_TEST

START_TEST(a_document_gives_what_goes_into_requests)
{
	static const char text[] =
	    "{\"vendor\":\"A\",\"model\":\"B/2\",\"component\":\"c\",\"version\":\"1\",\"hash\":\"" HASH
	    "\",\"role\":\"Other\","
	    "\"legal_status\":\"Unregulated\",\"signatures\":[{\"signer\":\"o\",\"role\":\"Operator\","
	    "\"algorithm\":\"ECDSA-SHA256\","
	    "\"value\":\"AA==\"},{\"signer\":\"m\",\"role\":\"Manufacturer\",\"algorithm\":\"RSA-PSS-"
	    "SHA256\",\"value\":\"AQ==\"}]}";
	OWN(release_doc_done) struct release_doc d = { .json = NULL };
	struct err e;

	ck_ok(release_doc_parse(text, strlen(text), &d, &e));
	ck_assert_str_eq(d.public_id, "A/B%2F2/c@1");
	ck_assert_int_eq(d.nsignatures, 2);
	ck_assert_int_eq(release_doc_signer(&d), 1);
	ck_assert_int_eq(d.signature[1].algorithm, CERT_RSA_PSS);
	ck_assert(d.position == -1 && !d.regulated && !d.unsigned_reason && d.security_at == -1);
}
END_TEST

START_TEST(parts_of_a_bill_of_materials_are_found_however_deep_they_stand)
{
	static const char text[] = "{\"bomFormat\":\"CycloneDX\",\"specVersion\":\"1.6\",\"metadata\":{"
				   "\"component\":{\"name\":\"m\",\"version\":\"1\"}},"
				   "\"components\":[{\"name\":\"a\",\"components\":[{\"name\":\"b\","
				   "\"version\":\"2\",\"licenses\":[{\"expression\":\"MIT\"}]}]}]}";
	OWN(sbom_done) struct sbom s = { .arena = NULL };
	struct err e;

	ck_ok(sbom_parse(text, strlen(text), &s, &e));
	ck_assert_uint_eq(s.parts.n, 2);
	ck_assert_str_eq(s.parts.v[1].name, "b");
	ck_assert_str_eq(s.parts.v[1].licence, "MIT");
	ck_assert_str_eq(s.parts.v[0].version, "");
}
END_TEST

int main(void)
{
	const TTest *tests[] = {
		an_address_is_good_for_its_image_its_station_and_its_days_only,
		trap_an_address_that_is_too_long_for_the_station_is_no_address,
		feature_17_a_location_is_an_address_without_a_password_and_never_a_path_of_a_disk,
		the_clock_counts_24_and_72_hours_from_the_disclosure,
		a_document_gives_what_goes_into_requests,
		parts_of_a_bill_of_materials_are_found_however_deep_they_stand
	};

	return RUN_TESTS("release", tests);
}
