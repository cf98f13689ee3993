/* SPDX-License-Identifier: Apache-2.0 */
/* Components of firmware: GetFirmwareComponents with filters and pages, and its carriage in DataTransfer
 * for 1.6. */
#include "sim.h"

#include "base/digest.h"

bool is_parted(const struct sim *s, const struct station *st)
{
	return s->components || st->flash->converted;
}

static const char *role_of(const char *name)
{
	static const char *const role[][2] = { { "Metrology", "Metrology" },    { "Main", "ChargingControl" },
					       { "Display", "UserInterface" },  { "Modem", "Communication" },
					       { "Power", "PowerElectronics" }, { "Boot", "Bootloader" },
					       { "default", "Monolithic" } };

	for (size_t i = 0; i < sizeof role / sizeof *role; i++)
		if (!strncmp(role[i][0], name, strlen(role[i][0])))
			return role[i][1];
	return "Other";
}

static const struct json *document_of(const struct sim *s, const char *name)
{
	for (size_t i = 0; i < json_len(s->component_docs); i++) {
		const char *text = json_text(json_get(json_at(s->component_docs, i), "name"));

		if (text && !strcmp(text, name))
			return json_at(s->component_docs, i);
	}
	return NULL;
}

/* Of the image as --images knows it, or made up. */
static void put_hash(const struct sim *s, struct jw *w, const char *name, const char *version)
{
	char text[200], hex[SHA256_HEX];
	uint8_t sum[SHA256_LEN];

	snprintf(text, sizeof text, "%s %s", name, version);
	sha256_of(text, strlen(text), sum);
	hex_text(sum, sizeof sum, hex);
	for (size_t i = 0; i < s->images.n; i++)
		if (!strcmp(s->images.v[i].name, name) && !strcmp(s->images.v[i].version, version))
			str_copy(hex, sizeof hex, s->images.v[i].sha);
	jw_key(w, "hash");
	jw_obj(w);
	jw_kstr(w, "algorithm", "SHA256");
	jw_kstr(w, "value", hex);
	jw_end(w);
}

/* FirmwareComponentType: what --components-file says of it, else what can be made up. */
static void put_part(const struct sim *s, const struct station *st, int i, struct jw *w)
{
	const struct target *t = &st->flash->part[i];
	const struct json *doc = document_of(s, t->name);
	struct json_walk walk = { 0 };
	const struct json *v;
	const char *name;

	jw_obj(w);
	jw_kstr(w, "name", t->name);
	jw_kstr(w, "version", t->version);
	if (!json_get(doc, "functionalRole"))
		jw_kstr(w, "functionalRole", role_of(t->name));
	if (!json_get(doc, "legalStatus"))
		jw_kstr(w, "legalStatus", st->flash->regulated[i] ? "Regulated" : "Unregulated");
	if (st->flash->regulated[i] && !json_get(doc, "regulatoryClassification")) {
		jw_key(w, "regulatoryClassification");
		jw_arr(w);
		jw_str(w, "EU-MID");
		jw_str(w, "DE-Eichrecht");
		jw_arr_end(w);
	}
	if (!json_get(doc, "hash"))
		put_hash(s, w, t->name, t->version);
	while (doc && json_next(doc, &walk, &name, &v)) {
		STR(text, TEXT_MAX);

		if (!strcmp(name, "name") || !strcmp(name, "version") || !v)
			continue;
		json_print(v, &text, false);
		jw_key(w, name);
		jw_raw(w, text.p, text.len);
	}
	jw_end(w);
}

static bool named(const struct json *list, const char *word)
{
	for (size_t i = 0; i < json_len(list); i++)
		if (json_text(json_at(list, i)) && !strcmp(json_text(json_at(list, i)), word))
			return true;
	return false;
}

static bool part_wanted(const struct station *st, int i, const struct json *p)
{
	const struct flash *f = st->flash;
	const struct json *names = json_get(p, "componentName"), *filter = json_get(p, "filter");
	const char *legal = json_text(json_get(filter, "legalStatus"));
	const char *below = json_text(json_get(filter, "versionBelow"));

	if (json_len(names) && !named(names, f->part[i].name))
		return false;
	if (legal && strcmp(legal, f->regulated[i] ? "Regulated" : "Unregulated") != 0)
		return false;
	if (json_len(json_get(filter, "regulatoryClassification")) &&
	    (!f->regulated[i] || !named(json_get(filter, "regulatoryClassification"), "EU-MID")))
		return false;
	if (json_len(json_get(filter, "functionalRole")) &&
	    !named(json_get(filter, "functionalRole"), role_of(f->part[i].name)))
		return false;
	return !below || version_compare(f->part[i].version, below) < 0;
}

static void put_parts(const struct sim *s, const struct station *st, const struct json *p, struct str *out)
{
	STR(list, TEXT_MAX);
	struct jw w = jw_start(&list), all = jw_start(out);
	int64_t offset = json_int(json_get(p, "offset"), 0), limit = json_int(json_get(p, "limit"), 0);
	int64_t total = 0, shown = 0;
	bool beside = behaves(s, st, B_DEFAULT_BESIDE) && st->flash->nparts > 1;
	int first;

	jw_arr(&w);
	if (beside) {
		jw_obj(&w);
		jw_kstr(&w, "name", "default");
		jw_kstr(&w, "version", "1.0");
		jw_kstr(&w, "functionalRole", "Monolithic");
		jw_kstr(&w, "legalStatus", "Unregulated");
		put_hash(s, &w, "default", "1.0");
		jw_end(&w);
		shown = total = 1;
	}
	first = behaves(s, st, B_SHUFFLED) ? (int)(sim_mono() % st->flash->nparts) : 0;
	for (int k = 0; k < st->flash->nparts; k++) {
		int i = (k + first) % st->flash->nparts;

		if (!part_wanted(st, i, p))
			continue;
		if (total++ < offset || (limit && shown >= limit))
			continue;
		put_part(s, st, i, &w);
		shown++;
	}
	jw_arr_end(&w);
	jw_obj(&all);
	jw_kstr(&all, "status", shown ? "Accepted" : "EmptyResultSet");
	jw_kint(&all, "total", total);
	if (shown) {
		jw_key(&all, "firmwareComponent");
		jw_raw(&all, list.p, list.len);
	}
	jw_end(&all);
}

/* An answer as it is, or in DataTransfer's data. */
static void answer_data(struct sim *s, struct station *st, const char *id, const struct str *payload,
			bool data)
{
	STR(out, TEXT_MAX);

	if (!data) {
		answer(s, st, id, payload->p);
		return;
	}
	str_add(&out, "{\"status\":\"Accepted\",\"data\":\"");
	json_escape(&out, payload->p, payload->len);
	str_add(&out, "\"}");
	answer(s, st, id, out.p);
}

void ask_components(struct sim *s, struct station *st, const char *id, const struct json *p, bool data)
{
	STR(out, TEXT_MAX);

	if (!is_parted(s, st)) {
		if (data)
			answer(s, st, id, "{\"status\":\"UnknownMessageId\"}");
		else
			answer_error(s, st, id, st->version == V21 ? "NotSupported" : "NotImplemented",
				     "no components here");
		return;
	}
	if (json_int(json_get(p, "requestId"), -1) < 0)
		violation(s, st, "GetFirmwareComponents without a requestId");
	put_parts(s, st, p, &out);
	answer_data(s, st, id, &out, data);
}

void ask_data(struct sim *s, struct station *st, const char *id, const struct json *p)
{
	const char *message = json_text(json_get(p, "messageId")), *text = json_text(json_get(p, "data"));
	const char *vendor = json_text(json_get(p, "vendorId"));
	OWN(json_free) struct json *j = NULL;
	struct err e;

	if (!vendor || !message || !text || !is_parted(s, st)) {
		answer(s, st, id, "{\"status\":\"UnknownVendorId\"}");
		return;
	}
	str_copy(st->data_vendor, sizeof st->data_vendor, vendor);
	if (json_parse(text, strlen(text), &j, &e)) {
		answer(s, st, id, "{\"status\":\"Rejected\"}");
		violation(s, st, "DataTransfer whose data is no JSON");
		return;
	}
	if (!strcmp(message, "GetFirmwareComponents"))
		ask_components(s, st, id, j, true);
	else if (!strcmp(message, "UpdateFirmwareComponents"))
		ask_parts(s, st, id, j, true);
	else
		answer(s, st, id, "{\"status\":\"UnknownMessageId\"}");
}
