/* SPDX-License-Identifier: Apache-2.0 */
/* The services D (non-device), S (send command) and T (transform): checks, acknowledgements, answers. */
#include "fake.h"

#include <stdlib.h>
#include <string.h>

static void journal_add(struct world *w, uint32_t meter, const struct request *r, const char *code)
{
	struct journal *j;

	if (!w->journal_on)
		return;
	w->journal = grow(w->journal, &w->cjournal, w->njournal + 1, sizeof *w->journal);
	j = &w->journal[w->njournal++];
	*j = (struct journal){ meter,           (uint8_t)r->user, (uint8_t)r->what, (uint8_t)r->variant,
			       r->head.counter, now_ms(),         r->when,          "" };
	snprintf(j->code, sizeof j->code, "%s", code);
}

#define OVERTAKEN 60000 /* so far (ms) may a request to the DCC be behind another one that it left before */

/*
 * Requests to the DCC itself leave in order but come over several connections (and from several nodes), so
 * that one may overtake another. That is counted, and no sin but with `strict`; the same one twice is.
 */
static bool dcc_counter_good(struct world *w, const struct request *r)
{
	struct user *u = &w->user[r->user];
	uint64_t c = r->head.counter;
	enum sin s = SINS;

	if (!u->recent)
		u->recent = need(calloc(RECENT, sizeof *u->recent));
	if (u->recent[c % RECENT] == c || c == u->counter)
		s = SIN_REUSED;
	else if (c < u->counter && (w->strict || u->counter - c > OVERTAKEN))
		s = SIN_FELL;
	if (s < SINS) {
		sin_add(w, s, NOBODY, "RequestID to the DCC");
		return false;
	}
	if (c < u->counter)
		w->overtaken++;
	else
		u->counter = c;
	u->recent[c % RECENT] = c;
	return true;
}

/* Counters rise for each originator and target; the same request is never sent twice. */
static bool counter_good(struct world *w, const struct request *r, uint32_t meter)
{
	uint64_t *last;

	if (meter == NOBODY)
		return dcc_counter_good(w, r);
	last = &w->meter[meter].counter;
	if (w->meter[meter].counter_user != r->user) {
		w->meter[meter].counter_user = (uint8_t)r->user;
		*last = 0;
	}
	if (r->what == ASK_11_3 && r->variant == 5) {
		struct meter *m = &w->meter[meter];

		if (r->head.counter == m->transformed && r->head.counter == *last && !m->sent)
			return true;
		sin_add(w, r->head.counter == m->transformed ? SIN_REUSED : SIN_FELL, meter,
			"RequestID of a signed Pre-Command");
		return false;
	}
	if (r->head.counter > *last) {
		*last = r->head.counter;
		return true;
	}
	sin_add(w, r->head.counter == *last ? SIN_REUSED : SIN_FELL, meter, "RequestID");
	return false;
}

/* ---- 11.1, 11.4 ---- */

static unsigned le(const uint8_t *p, int n)
{
	unsigned v = 0;

	for (int i = n - 1; i >= 0; i--)
		v = v << 8 | p[i];
	return v;
}

const char *image_read(struct world *w, const struct request *r, struct image *ret)
{
	const uint8_t *p = (const uint8_t *)r->image.p;
	size_t n = r->image.len, head, at = 56;
	unsigned control, tail = r->what == ASK_11_1 ? 66 : 0;
	char version[12];

	if (n < 57 || le(p, 4) != 0x0BEEF11E || le(p + 4, 2) != 0x0100)
		return "magic or version of the header";
	head = le(p + 6, 2);
	control = le(p + 8, 2);
	*ret = (struct image){ .manufacturer = (uint16_t)le(p + 10, 2),
			       .type = (uint16_t)le(p + 12, 2),
			       .version = le(p + 14, 4) };
	at += (control & 1) + (control & 2 ? 8 : 0);
	if (control & 4) {
		ret->has_hw = true;
		ret->hw_min = (uint16_t)(p[at + 1] << 8 | p[at]);
		ret->hw_max = (uint16_t)(p[at + 3] << 8 | p[at + 2]);
		at += 4;
	}
	if (head != at || le(p + 52, 4) != n || n <= head + tail)
		return "a length of the header";
	snprintf(version, sizeof version, "%08X", ret->version);
	if (strcmp(version, r->version) != 0)
		return "FirmwareVersion is not that of the header";
	sha256(p + head, n - head - tail, ret->sha);
	ret->good = true;
	if (tail) {
		if (p[n - 66] != 0 || p[n - 65] != 64)
			return "no 00 40 before the signature";
		ret->good = w->user[r->user].command && raw_good(X509_get0_pubkey(w->user[r->user].command),
								 p + head, n - head - tail, p + n - 64);
	} else if (n > head + 66 && p[n - 66] == 0 && p[n - 65] == 64 &&
		   raw_good(X509_get0_pubkey(w->user[r->user].command), p + head, n - head - 66,
			    p + n - 64)) {
		return "a supplier's signature on an image of a PPMID";
	}
	return NULL;
}

static uint16_t image_index(struct world *w, const struct image *i)
{
	for (size_t at = 2; at < w->nimages; at++)
		if (!memcmp(w->image[at].sha, i->sha, 32) && w->image[at].good == i->good &&
		    w->image[at].version == i->version)
			return (uint16_t)at;
	w->image = grow(w->image, &w->cimages, w->nimages + 1, sizeof *w->image);
	w->image[w->nimages] = *i;
	return (uint16_t)w->nimages++;
}

enum why { W_TAKEN, W_INVALID_ID, W_NOT_COMM, W_NOT_APP, W_OTHER_BUSY, W_GBCS_VERSION, WHYS };

/* Who cannot be pushed to, for reasons of its own. */
static enum why push_judge(struct world *w, const struct request *r, uint32_t meter, const struct image *i)
{
	struct meter *m = &w->meter[meter];
	const struct model *o = &w->model[m->model];
	const struct firmware *f = firmware_of(w, m->model, i->version);

	if (o->kind == CHF || o->kind == GPF) {
		sin_add(w, SIN_TO_HUB, meter, "the DCC pushes hubs");
		return W_INVALID_ID;
	}
	if (o->kind == IHD || o->kind == CAD) {
		sin_add(w, SIN_TYPE_2, meter, "has no firmware over the air");
		return W_INVALID_ID;
	}
	if ((o->kind == PPMID) != (r->what == ASK_11_4)) {
		sin_add(w, SIN_MISFIT, meter, "11.4 is for PPMID, 11.1 for the others");
		return W_INVALID_ID;
	}
	if (m->user != r->user) {
		sin_add(w, SIN_NOT_ITS, meter, "pushed by another supplier");
		return W_INVALID_ID;
	}
	if (fault_now(w, meter, W_INVALID, NULL))
		return W_INVALID_ID;
	if (m->status != S_COMMISSIONED || fault_now(w, meter, W_NOT_COMMISSIONED, NULL))
		return W_NOT_COMM;
	if (o->manufacturer != i->manufacturer || o->type != i->type) {
		sin_add(w, SIN_MISFIT, meter, "image of another maker or model");
		return W_NOT_APP;
	}
	if (fault_now(w, meter, W_NOT_APPLICABLE, NULL))
		return W_NOT_APP;
	if (m->push || fault_now(w, meter, W_BUSY, NULL))
		return W_OTHER_BUSY;
	if (fault_now(w, meter, W_GBCS, NULL) || (f && version_compare(f->gbcs, gbcs_of(w, m)) < 0))
		return W_GBCS_VERSION;
	return W_TAKEN;
}

static int by_value(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

static bool list_twice(struct request *r)
{
	qsort(r->device, r->ndevices, sizeof *r->device, by_value);
	for (size_t i = 1; i < r->ndevices; i++)
		if (r->device[i] == r->device[i - 1])
			return true;
	return false;
}

static void push_refuse(struct world *w, struct request *r, enum sin s, const char *why, const char *code,
			struct buf *answer)
{
	if (s < SINS)
		sin_add(w, s, NOBODY, why);
	for (size_t i = 0; i < r->ndevices; i++)
		journal_add(w, meter_find(w, r->device[i]), r, code);
	say_ack(w, &r->head, code, NULL, answer);
}

static void push_answer(struct world *w, struct request *r, struct buf list[WHYS], struct buf *answer)
{
	static const char *const name[WHYS] = { "",
						"InvalidDeviceIDList",
						"NotCommissionedDeviceIDList",
						"NotApplicableFirmwareDeviceIDList",
						"OtherRequestInProgressList",
						"InvalidGBCSVersionList" };
	const char *element =
	    r->what == ASK_11_1 ? "DSPUpdateFirmwareWarning" : "DSPUpdatePPMIDFirmwareWarning";
	struct buf in = { 0 };

	for (int i = 1; i < WHYS; i++)
		if (list[i].len) {
			if (!in.len)
				buf_fmt(&in, "<sr:%s>", element);
			buf_fmt(&in, "<sr:%s>%s</sr:%s>", name[i], list[i].p, name[i]);
		}
	if (in.len) {
		buf_fmt(&in, "</sr:%s>", element);
		say_ack(w, &r->head, r->what == ASK_11_1 ? "W110101" : "W110401", &in, answer);
	} else {
		buf_put(&in, "");
		say_ack(w, &r->head, "I0", &in, answer);
	}
	buf_free(&in);
}

static void push_do(struct world *w, struct request *r, struct buf *answer)
{
	bool ppmid = r->what == ASK_11_4;
	struct buf list[WHYS] = { 0 };
	struct image image;
	const char *wrong = image_read(w, r, &image);
	uint16_t index;

	if (wrong) {
		push_refuse(w, r, SIN_IMAGE, wrong, ppmid ? "E110401" : "E110101", answer);
		return;
	}
	if (r->ndevices > 50000 || list_twice(r)) {
		push_refuse(w, r, SIN_LIST, "a device twice, or more than 50,000",
			    ppmid ? "E110402" : "E110102", answer);
		return;
	}
	if (fault_now(w, NOBODY, W_PUSH_REFUSED, NULL)) {
		push_refuse(w, r, SINS, "", ppmid ? "E110403" : "E110103", answer);
		return;
	}
	index = image_index(w, &image);
	for (size_t i = 0; i < r->ndevices; i++) {
		uint32_t meter = meter_find(w, r->device[i]);
		enum why why = meter == NOBODY ? W_INVALID_ID : push_judge(w, r, meter, &w->image[index]);
		char eui[EUI_SIZE];

		if (why)
			buf_fmt(&list[why], "%s%s", list[why].len ? "," : "", eui_text(r->device[i], eui));
		else
			push_begin(w, meter, index, r->head.counter, (uint8_t)r->user);
		if (meter != NOBODY)
			journal_add(w, meter, r, why ? "W" : "I0");
	}
	push_answer(w, r, list, answer);
	for (int i = 0; i < WHYS; i++)
		buf_free(&list[i]);
}

/* ---- 8.2 ---- */

static void device_put(struct world *w, const struct meter *m, struct buf *b)
{
	const struct model *o = &w->model[m->model];
	char eui[EUI_SIZE];

	buf_fmt(
	    b,
	    "<sr:Device><sr:DeviceID>%s</sr:DeviceID><sr:DeviceType>%s</sr:DeviceType><sr:DeviceStatus>%s</"
	    "sr:DeviceStatus>"
	    "<sr:DeviceManufacturer>%04X</sr:DeviceManufacturer><sr:DeviceModel>%04X%04X</sr:DeviceModel>",
	    eui_text(m->eui, eui), kind_text[o->kind], status_text[m->status], o->manufacturer, o->type,
	    o->hardware);
	if (*o->smets)
		buf_fmt(b, "<sr:SMETSCHTSVersion>%s</sr:SMETSCHTSVersion>", o->smets);
	buf_fmt(
	    b,
	    "<sr:DeviceFirmwareVersion>%08X</sr:DeviceFirmwareVersion><sr:DeviceFirmwareVersionStatus>Active"
	    "</sr:DeviceFirmwareVersionStatus><sr:CPLStatus>Active</"
	    "sr:CPLStatus><sr:DateCommissioned>2020-02-29</sr:DateCommissioned>",
	    m->inventory);
	if (o->kind == ESME || o->kind == GSME)
		buf_fmt(b, "<sr:ImportMPxN>%013llu</sr:ImportMPxN>",
			(unsigned long long)(m->eui % 10000000000000ULL));
	if (o->kind == ESME)
		buf_fmt(b, "<sr:ESMEVariant>%s</sr:ESMEVariant>", *o->variant ? o->variant : "A");
	buf_fmt(b,
		"<sr:UPRN>%u</sr:UPRN><sr:CSPRegion>North</sr:CSPRegion><sr:DeviceGBCSVersion>%s</"
		"sr:DeviceGBCSVersion>",
		m->han + 1, gbcs_of(w, m));
	if (*o->band)
		buf_fmt(b, "<sr:HANVariant>%s</sr:HANVariant>", o->band);
	buf_put(b, "</sr:Device>");
}

static void inventory_do(struct world *w, struct request *r, struct buf *answer)
{
	uint32_t at = meter_find(w, r->about);
	struct buf in = { 0 };
	const struct han *h;

	journal_add(w, at, r, at == NOBODY ? "E080201" : "I0");
	if (at == NOBODY) {
		say_ack(w, &r->head, "E080201", NULL, answer);
		return;
	}
	h = &w->han[w->meter[at].han];
	buf_put(&in, "<sr:DSPInventory>");
	for (uint32_t i = 0; i < h->count && i < 17; i++)
		device_put(w, &w->meter[h->first + i], &in);
	buf_put(&in, "</sr:DSPInventory>");
	say_ack(w, &r->head, "I0", &in, answer);
	buf_free(&in);
}

/* ---- 11.3, 11.2 ---- */

/* NULL: this user may command it now. */
static const char *command_refused(struct world *w, const struct request *r, uint32_t meter)
{
	const struct meter *m = &w->meter[meter];

	if (m->user != r->user) {
		sin_add(w, SIN_NOT_ITS, meter, "commanded by another supplier");
		return w->authority_code;
	}
	return r->what == ASK_11_3 && m->status != S_COMMISSIONED ? "E5" : NULL;
}

static void transform_do(struct world *w, struct request *r, uint32_t meter, struct buf *answer)
{
	struct meter *m = &w->meter[meter];
	struct cs06 c = { r->head.originator, m->eui, r->head.counter, { 0 }, r->when };
	struct buf payload = { 0 }, in = { 0 };

	memcpy(c.hash, r->hash, 32);
	m->lied = true;
	m->sent = false;
	m->transformed = r->head.counter;
	if (fault_now(w, meter, W_PRE_HASH, NULL))
		c.hash[0] ^= 1;
	else if (fault_now(w, meter, W_PRE_COUNTER, NULL))
		c.counter++;
	else if (fault_now(w, meter, W_PRE_DEVICE, NULL))
		c.device ^= 1;
	else if (fault_now(w, meter, W_PRE_TIME, NULL))
		c.when = c.when < 0 ? now_ms() + 86400000 : c.when + 1000;
	else
		m->lied = false;
	gbcs_pre_command(&c, &payload);
	if (fault_now(w, meter, W_PRE_GARBAGE, NULL)) {
		m->lied = true;
		payload.len /= 2;
	} else if (fault_now(w, meter, W_PRE_BARE, NULL)) {
		payload.len--;
	}
	buf_fmt(&in, "<sr:PreCommand><sr:GBCSVersion>%s</sr:GBCSVersion><sr:GBCSPayload>", gbcs_of(w, m));
	buf_base64(&in, payload.p, payload.len);
	buf_put(&in, "</sr:GBCSPayload></sr:PreCommand>");
	say_ack(w, &r->head, "I0", &in, answer);
	buf_free(&payload);
	buf_free(&in);
}

/* NULL: the signed Pre-Command is the one that we gave out, signed by the user. */
static const char *signed_wrong(struct world *w, const struct request *r, uint32_t meter, struct cs06 *c)
{
	const uint8_t *sign;
	size_t len;
	const uint8_t *p = (const uint8_t *)r->payload.p;
	struct buf again = { 0 };
	const char *wrong = gbcs_signed_read(p, r->payload.len, c, &sign, &len);
	EVP_PKEY *key = w->user[r->user].command ? X509_get0_pubkey(w->user[r->user].command) : NULL;

	if (wrong)
		return wrong;
	gbcs_pre_command(c, &again);
	if (again.len - 1 != len || memcmp(again.p, p, len) != 0)
		wrong = "it is not as it was given out";
	buf_free(&again);
	if (wrong)
		return wrong;
	if (c->originator != r->head.originator || c->device != w->meter[meter].eui ||
	    c->counter != r->head.counter)
		return "it is for another request";
	return key && raw_good(key, p + 1, len - 1, sign) ? NULL : "the signature is wrong";
}

static const char *activate_do(struct world *w, struct request *r, uint32_t meter)
{
	struct meter *m = &w->meter[meter];
	struct event e = {
		.meter = meter, .kind = EV_COMMAND, .user = (uint8_t)r->user, .counter = r->head.counter
	};
	struct cs06 c;
	const char *wrong = signed_wrong(w, r, meter, &c);

	m->sent = true;
	if (wrong) {
		sin_add(w, SIN_COMMAND, meter, wrong);
		return "E65";
	}
	if (m->lied)
		sin_add(w, SIN_SIGNED_LIE, meter, "the Pre-Command said something else than was asked for");
	if (c.when != CANCEL_AT &&
	    (!m->verified || m->held < 2 || memcmp(w->image[m->held].sha, c.hash, 32) != 0))
		sin_add(w, SIN_EARLY, meter, "11.3 before 8F72 with that hash");
	e.when = c.when;
	e.image = NO_IMAGE;
	for (size_t i = 2; i < w->nimages; i++)
		if (!memcmp(w->image[i].sha, c.hash, 32) && (e.image == NO_IMAGE || i == m->held))
			e.image = (uint16_t)i;
	if (fault_now(w, meter, W_COMMAND_REFUSED, NULL))
		return "E20";
	event_add(w, delayed(w, w->delay_command), &e);
	return NULL;
}

static void command_do(struct world *w, enum service s, struct request *r, struct buf *answer,
		       int64_t *ret_late)
{
	uint32_t meter = meter_find(w, r->head.target);
	struct event e = {
		.meter = meter, .kind = EV_READ, .user = (uint8_t)r->user, .counter = r->head.counter
	};
	const char *code = meter == NOBODY ? "E19" : command_refused(w, r, meter);
	int64_t breach;

	if (!code && fault_now(w, meter, W_UNSIGNED, NULL))
		code = "E65";
	if (!code && s == T_SERVICE && fault_now(w, meter, W_TRANSFORM_REFUSED, NULL))
		code = "E11";
	if (!code && s == T_SERVICE) {
		journal_add(w, meter, r, "I0");
		transform_do(w, r, meter, answer);
		return;
	}
	if (!code && r->what == ASK_11_3 && fault_now(w, meter, W_QUARANTINED, &breach)) {
		w->meter[meter].sent = true;
		tell(w, (struct out){ .what = M_QUARANTINED,
				      .meter = meter,
				      .user = (uint8_t)r->user,
				      .code = (int)breach,
				      .counter = r->head.counter });
	} else if (!code && r->what == ASK_11_3) {
		bool early = fault_now(w, meter, W_OUT_EARLY, NULL);

		code = activate_do(w, r, meter);
		if (early)
			*ret_late = w->delay_command + 300;
	} else if (!code) {
		event_add(w, delayed(w, w->delay_read), &e);
	}
	journal_add(w, meter, r, code ? code : "I99");
	if (code && !strcmp(code, "E65"))
		say_error(w, &r->head, code, answer);
	else
		say_ack(w, &r->head, code ? code : "I99", NULL, answer);
}

static const char *wrong_way(struct world *w, enum service s, const struct request *r)
{
	enum service fits = r->variant == 8 ? D_SERVICE : r->variant == 4 ? T_SERVICE : S_SERVICE;

	if (s != fits) {
		sin_add(w, SIN_SERVICE, NOBODY, asked_text[r->what]);
		return "E65";
	}
	if ((r->head.target == w->eui) != (r->variant == 8)) {
		sin_add(w, SIN_TARGET, NOBODY, asked_text[r->what]);
		return "E65";
	}
	if (r->what != ASK_11_2 && r->what != ASK_8_2 && !w->user[r->user].is && !w->user[r->user].gs) {
		sin_add(w, SIN_ROLE, NOBODY, asked_text[r->what]);
		return "E2";
	}
	return NULL;
}

static const char *request_wrong(struct world *w, enum service s, struct request *r)
{
	const char *code = wrong_way(w, s, r);
	uint32_t meter = r->variant == 8 ? NOBODY : meter_find(w, r->head.target);

	if (!code && r->variant != 8 && meter == NOBODY)
		return NULL; /* told as E19 */
	return code ? code : counter_good(w, r, meter) ? NULL : "E65";
}

int service_do(struct world *w, enum service s, const char *p, size_t n, struct buf *answer,
	       int64_t *ret_late)
{
	struct request r = { 0 };
	const char *code;
	uint32_t meter;
	int64_t late;

	if (fault_now(w, NOBODY, W_HTTP_500, NULL))
		return 500;
	if (fault_now(w, NOBODY, W_THROTTLED, NULL))
		return 429;
	*ret_late = 0;
	code = request_read(w, p, n, &r);
	if (code && !*code) {
		request_free(&r);
		return 400;
	}
	if (!code)
		code = request_wrong(w, s, &r);
	meter = r.variant == 8 ? NOBODY : meter_find(w, r.head.target);
	if (code) {
		journal_add(w, meter, &r, code);
		say_error(w, &r.head, code, answer);
	} else {
		w->asked[r.what]++;
		if (s != D_SERVICE)
			command_do(w, s, &r, answer, ret_late);
		else if (r.what == ASK_8_2)
			inventory_do(w, &r, answer);
		else
			push_do(w, &r, answer);
	}
	request_free(&r);
	if (fault_now(w, meter, W_HTTP_SILENT, NULL))
		return 0;
	if (fault_now(w, meter, W_HTTP_CLOSED, NULL))
		return -1;
	if (fault_now(w, meter, W_ANSWER_LATE, &late))
		*ret_late = late;
	return 200;
}
