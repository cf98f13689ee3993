/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any JSON as the answer to GetFirmwareComponents, natively and as text within DataTransfer. What is taken
 * has what a plan rests on (names once, `default` alone), the same both ways, and its documents read back to
 * themselves. What is taken may also be asked for again.
 */
#include <stdlib.h>
#include <string.h>

#include "base/canon.h"
#include "base/mem.h"
#include "wire/ocpp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool ok)
{
	if (!ok)
		abort();
}

static void list_ok(const struct ocpp_components *c)
{
	struct err e;

	for (size_t i = 0; i < c->n; i++) {
		OWN(json_free) struct json *doc = NULL;
		STR(again, OCPP_TEXT_MAX);

		must(*c->v[i].name && *c->v[i].version && strlen(c->v[i].digest) == 64);
		must(strcmp(c->v[i].name, "default") != 0 || c->n == 1);
		must(!json_parse(c->v[i].document, strlen(c->v[i].document), &doc, &e));
		must(!canon_json(doc, NULL, &again, &e) && strcmp(str_c(&again), c->v[i].document) == 0);
		must(strcmp(json_text(json_get(doc, "name")), c->v[i].name) == 0);
		must(strcmp(json_text(json_get(doc, "version")), c->v[i].version) == 0);
		for (size_t k = 0; k < i; k++)
			must(strcmp(c->v[k].name, c->v[i].name) != 0);
	}
}

static void carried(const char *text, size_t n, int want, const struct ocpp_components *c)
{
	OWN(ocpp_components_done) struct ocpp_components d = { 0 };
	OWN(json_free) struct json *j = NULL;
	STR(transfer, 8 * OCPP_TEXT_MAX);
	struct jw w = jw_start(&transfer);
	struct err e;
	int rc;

	jw_obj(&w);
	jw_kstr(&w, "status", "Accepted");
	jw_key(&w, "data");
	jw_strn(&w, text, n);
	jw_end(&w);
	must(!transfer.over && !json_parse(str_c(&transfer), transfer.len, &j, &e));
	rc = ocpp_components_read(OCPP_16, j, &d, &e);
	must(rc == want && d.n == c->n);
	for (size_t i = 0; i < d.n; i++)
		must(strcmp(d.v[i].digest, c->v[i].digest) == 0);
}

static void asked(const struct json *filter)
{
	STR(out, 4 * OCPP_TEXT_MAX);
	OWN(json_free) struct json *j = NULL;
	const char *action;
	struct err e;

	if (!ocpp_components_put(OCPP_21, 1, 0, 1, filter, &action, &out, &e))
		must(!json_parse(str_c(&out), out.len, &j, &e));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	OWN(ocpp_components_done) struct ocpp_components c = { 0 };
	OWN(json_free) struct json *j = NULL;
	struct err e;
	int rc;

	if (size > OCPP_TEXT_MAX || json_parse((const char *)data, size, &j, &e))
		return 0;
	rc = ocpp_components_read(OCPP_21, j, &c, &e);
	must(!rc || rc == ERR_JSON_FIELD || rc == ERR_INVALID || rc == ERR_TOO_LARGE);
	must(!rc || !c.n);
	list_ok(&c);
	carried((const char *)data, size, rc, &c);
	asked(j);
	return 0;
}
