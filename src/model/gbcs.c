/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Octets as published in the test set RTDS 4.5.0 (with SmartDCCInnovation/gbcs-parser); doc/meters.md says
 * which layouts have no published vector.
 */
#include "model/gbcs.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/digest.h"
#include "base/parse.h"
#include "base/str.h"
#include "model/gbcs_octets.h"

static void command_body(struct octets *c, struct gbcs_command *g)
{
	struct octets in = octets_der_sequence(c, "the body is a SEQUENCE");
	const uint8_t *hash = octets_der_octets(&in, HASH_LEN, "the hash of the image, 32 octets");

	if (hash)
		memcpy(g->hash, hash, HASH_LEN);
	g->inner_counter = octets_der_integer(&in, "the counter as an INTEGER");
	g->at = -1;
	if (octets_peek(&in) >= 0)
		g->at = octets_der_time(&in, "the time of execution");
	octets_part_end(c, &in, "something follows in the body");
}

int gbcs_read_command(const uint8_t *p, size_t n, struct gbcs_command *ret, struct err *e)
{
	struct octets c = { .p = p, .end = n };
	struct gbcs_command g = { .at = -1 };
	struct octets_header h = { .use_case = 0 };

	if (n > GBCS_MAX)
		return err_set(e, ERR_INVALID, "it has more than %d octets", GBCS_MAX);
	octets_header(&c, &h);
	if (!c.bad && (h.kind != OCTETS_COMMAND || h.use_case != GBCS_CS06 || !h.plain))
		octets_spoil(&c, 2, "it is another command or none");
	command_body(&h.body, &g);
	octets_part_end(&c, &h.body, "something follows the body");
	if (octets_peek(&c) == 0)
		c.at++;
	if (!c.bad && c.at != c.end)
		octets_spoil(&c, c.at, "something follows it");
	if (octets_judge(&c, "a CS06 Pre-Command", e))
		return (int)e->code;
	g.counter = h.counter;
	g.originator = h.originator;
	g.device = h.receiver;
	g.signed_at = h.from;
	g.signed_len = h.behind - h.from;
	*ret = g;
	return OK;
}

/* "00-DB-12-34-56-78-90-A0", as DUIS writes them. */
static const char *eui_text(uint64_t v, char buf[24])
{
	for (int i = 0; i < EUI_LEN; i++)
		snprintf(buf + (size_t)i * 3, 4, i < EUI_LEN - 1 ? "%02X-" : "%02X",
			 (unsigned)(v >> (56 - 8 * i)) & 0xFF);
	return buf;
}

static void differ_eui(struct str *out, const char *what, uint64_t is, uint64_t want)
{
	char a[24], b[24];

	if (is != want)
		str_addf(out, "; its %s is %s, not %s", what, eui_text(is, a), eui_text(want, b));
}

static const char *when_text(int64_t at, char buf[TIME_TEXT])
{
	if (at == GBCS_CANCEL_AT)
		return "never (taken back)";
	return at < 0 ? "at once" : time_text(at, buf);
}

int gbcs_command_matches(const struct gbcs_command *c, const struct gbcs_want *want, struct err *e)
{
	char a[2 * HASH_LEN + 1], b[2 * HASH_LEN + 1];
	STR(out, 1000);

	differ_eui(&out, "originator", c->originator, want->originator);
	differ_eui(&out, "device", c->device, want->device);
	if (c->counter != want->counter)
		str_addf(&out, "; its counter is %" PRIu64 ", not %" PRIu64, c->counter, want->counter);
	if (c->inner_counter != want->counter)
		str_addf(&out, "; the counter in its body is %" PRIu64 ", not %" PRIu64, c->inner_counter,
			 want->counter);
	if (memcmp(c->hash, want->hash, HASH_LEN) != 0)
		str_addf(&out, "; its hash is %s, not %s", hex_text(c->hash, HASH_LEN, a),
			 hex_text(want->hash, HASH_LEN, b));
	if (c->at != want->at) {
		char t[TIME_TEXT], u[TIME_TEXT];

		str_addf(&out, "; it is for %s, not for %s", when_text(c->at, t), when_text(want->at, u));
	}
	if (!out.len)
		return OK;
	return err_set(e, ERR_CONFLICT, "the Pre-Command is not what was asked for: %s", out.p + 2);
}

int gbcs_sign(const uint8_t *p, size_t n, gbcs_sign_fn sign, void *ctx, uint8_t *ret, size_t *ret_len,
	      struct err *e)
{
	struct gbcs_command c;
	uint8_t rs[SIGN_LEN];
	size_t len;

	if (gbcs_read_command(p, n, &c, e) || sign(ctx, p + c.signed_at, c.signed_len, rs, e))
		return (int)e->code;
	len = c.signed_at + c.signed_len;
	memcpy(ret, p, len);
	ret[len++] = SIGN_LEN;
	memcpy(ret + len, rs, sizeof rs);
	*ret_len = len + sizeof rs;
	return OK;
}
