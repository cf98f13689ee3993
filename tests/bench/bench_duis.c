/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Building and signing requests, reading and verifying responses, with the processor's own limits beside
 * them: what OpenSSL needs for one signature and one verification. tests/bench/run-duis prints the table.
 * Lines "name<TAB>microseconds of CPU each".
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/mem.h"
#include "duis_kit.h"
#include "testing.h"

#define ROUNDS 3000
#define LARGE_ROUNDS 3

struct bench {
	struct duis_kit k;
	struct duis_request r;
	struct str out;      /* what was built */
	struct str response; /* a signed one */
	uint8_t sign[P256_SIGN_LEN];
};

static void must(bool ok, const char *what)
{
	if (ok)
		return;
	fprintf(stderr, "bench_duis: %s\n", what);
	exit(1);
}

static double microseconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t); /* others may use the machine */
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static void measure(const char *name, struct bench *b, void (*act)(struct bench *b), int rounds)
{
	double begun = microseconds();

	for (int i = 0; i < rounds; i++)
		act(b);
	printf("%s\t%.1f\n", name, (microseconds() - begun) / rounds);
}

static void build(struct bench *b)
{
	struct err e;

	str_clear(&b->out);
	b->r.id.counter++;
	must(!duis_build(&b->r, b->k.key, b->k.cert, &b->out, &e), "not built");
}

static void read_one(struct bench *b)
{
	OWN(duis_message_done) struct duis_message m = { .kind = DUIS_RESPONSE };
	enum duis_signed s;
	struct err e;

	must(!duis_read(b->response.p, b->response.len, &b->k.trust, &m, &s, &e) && s == DUIS_GOOD,
	     "not read");
}

static void sign_only(struct bench *b)
{
	struct err e;

	must(!p256_sign(b->k.key, b->out.p, 1000, b->sign, &e), "not signed");
}

static void verify_only(struct bench *b)
{
	must(p256_cert_good(b->k.cert, b->out.p, 1000, b->sign), "not verified");
}

static void large(struct bench *b)
{
	uint64_t *device = mem_array(DUIS_DEVICES_MAX, sizeof *device);
	uint8_t *image = mem_zalloc(DUIS_IMAGE_MAX);

	for (size_t i = 0; i < DUIS_DEVICES_MAX; i++)
		device[i] = KIT_METER + i;
	b->r = (struct duis_request){ .id = { KIT_US, KIT_DCC, 1 },
				      .service = DUIS_11_1,
				      .variant = 8,
				      .schema = "5.4",
				      .at = -1,
				      .image = image,
				      .nimage = DUIS_IMAGE_MAX,
				      .device = device,
				      .ndevices = DUIS_DEVICES_MAX };
	measure("build-large", b, build, LARGE_ROUNDS);
	mem_free(device);
	mem_free(image);
}

START_TEST(bench) /* the kit asserts, so it wants to be in a test */
{
	static const char body[] =
	    "<sr:ResponseMessage><sr:ServiceReference>11.2</sr:ServiceReference>"
	    "<sr:ServiceReferenceVariant>11.2</sr:ServiceReferenceVariant><sr:GBCSPayload>"
	    "3QAAAAAAAFURAAAAAN8JAgAAAYKse1oHCIhzhFcAL5YeCJCz1R8wAAACABIAWZCz1R8wAQAAAAABgqx7WN8R2iB7WgcAAAEJ"
	    "BAwj"
	    "AAABAQAAnbt9CWxcgwworYef</sr:GBCSPayload></sr:ResponseMessage>";
	struct bench b = { .r = { .id = { KIT_US, KIT_METER, 1 },
				  .service = DUIS_11_2,
				  .variant = 1,
				  .schema = "5.4",
				  .at = -1 } };
	STR(plain, 64 * KIB);

	duis_kit_make(&b.k);
	str_init(&b.out, DUIS_BUILD_MAX);
	str_init(&b.response, 64 * KIB);
	kit_response("I0", body, &plain);
	kit_sign(plain.p, b.k.dcc_key, b.k.dcc_cert, KIT_NO_MISTAKE, &b.response);
	measure("build-11.2", &b, build, ROUNDS);
	b.r.service = DUIS_11_3;
	b.r.variant = 4;
	measure("build-11.3", &b, build, ROUNDS);
	measure("read", &b, read_one, ROUNDS);
	measure("sign", &b, sign_only, ROUNDS);
	measure("verify", &b, verify_only, ROUNDS);
	large(&b);
	str_done(&b.out);
	str_done(&b.response);
	duis_kit_done(&b.k);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("bench");
	TCase *tc = tcase_create("bench");
	SRunner *sr;
	int failed;

	tcase_set_timeout(tc, 0);
	tcase_add_test(tc, bench);
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_set_fork_status(sr, CK_NOFORK);
	srunner_run_all(sr, CK_SILENT);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed != 0;
}
