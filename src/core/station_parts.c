/* SPDX-License-Identifier: Apache-2.0 */
/* What a station consists of: what it says is compared with what stands (components paper; ocpp.md 2.3). */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/canon.h"
#include "base/parse.h"
#include "base/vec.h"
#include "core/station_p.h"
#include "model/version_rule.h"
#include "store/store_cycle.h"
#include "store/store_fleet.h"
#include "store/store_ledger.h"

const char *const station_source_text[STATION_SOURCES + 1] = { "boot", "variable", "components", "rule",
							       NULL };

#define DOCUMENT_MAX (64 * KIB)
#define CHANGES_MAX 1000 /* rows that one station may begin in a day */
#define PIECES_MAX 256   /* devices that one station may ever have; most of them are parked */

/* A component that stands; owned. */
struct standing {
	int64_t id, device_id;
	char name[51], version[51], digest[SHA256_HEX];
	bool rich; /* its document says more than name and version */
	bool said; /* the station names it still */
};
/* A device of the site; owned. */
struct piece {
	int64_t id, hint, entry;
	char name[DEVICE_NAME_SIZE], hardware[51], version[51], hash[SHA256_HEX], why[16], manufacturer[51],
	    model[51];
};
struct scene {
	struct db *db;
	const struct snapshot *s;
	const struct station_said *said;
	struct store_station st;
	VEC(struct standing) now;
	VEC(struct piece) piece;
	struct station_change change;
	struct str told; /* what the audit row says became of each: members of an array */
	struct jw w;
};

static void scene_done(struct scene *c)
{
	vec_done(&c->now);
	vec_done(&c->piece);
	str_done(&c->told);
}
DEFINE_OWN_VAL(struct scene, scene_done)

static void word(char *buf, size_t size, const char *s)
{
	str_copy(buf, size, s ? s : "");
}

static int now_load(struct scene *c, struct err *e)
{
	OWN(rows_done) struct rows *r = NULL;
	struct store_component k;
	bool got;

	if (store_component_now(c->db, c->said->site_id, &r, e))
		return (int)e->code;
	for (;;) {
		struct standing s = { 0 };

		if (store_component_next(r, &k, &got, e))
			return (int)e->code;
		if (!got)
			return OK;
		s.id = k.id;
		s.device_id = k.device_id;
		s.rich = strstr(k.document, "\"legalStatus\"") != NULL;
		word(s.name, sizeof s.name, k.name);
		word(s.version, sizeof s.version, k.version);
		word(s.digest, sizeof s.digest, k.digest);
		vec_push(&c->now, s);
	}
}

static int pieces_load(struct scene *c, struct err *e)
{
	OWN(rows_done) struct rows *r = NULL;
	bool got;

	if (db_run(c->db, SQL_STATION_DEVICES, ARGS(VINT(c->said->site_id)), &r, e))
		return (int)e->code;
	for (;;) {
		struct piece p = { 0 };

		if (rows_next(r, &got, e))
			return (int)e->code;
		if (!got)
			return OK;
		p.id = rows_num(r, 0);
		word(p.name, sizeof p.name, rows_text(r, 1));
		word(p.hardware, sizeof p.hardware, rows_text(r, 2));
		word(p.version, sizeof p.version, rows_text(r, 3));
		word(p.hash, sizeof p.hash, rows_text(r, 4));
		p.hint = rows_null(r, 5) ? 0 : rows_num(r, 5);
		p.entry = rows_null(r, 6) ? 0 : rows_num(r, 6);
		word(p.why, sizeof p.why, rows_text(r, 7));
		word(p.manufacturer, sizeof p.manufacturer, rows_text(r, 8));
		word(p.model, sizeof p.model, rows_text(r, 9));
		vec_push(&c->piece, p);
	}
}

static int scene_load(struct scene *c, struct db *db, const struct snapshot *s,
		      const struct station_said *said, struct err *e)
{
	bool got;

	*c = (struct scene){ .db = db, .s = s, .said = said };
	str_init(&c->told, 64 * KIB);
	c->w = jw_start(&c->told);
	if (store_station_of_site(db, said->site_id, &got, &c->st, e))
		return (int)e->code;
	if (!got)
		return err_set(e, ERR_NOT_FOUND, "site %" PRId64 " is no station", said->site_id);
	return now_load(c, e) || pieces_load(c, e) ? (int)e->code : OK;
}

/* ---- devices ---- */

static bool main_device(const struct scene *c, const struct piece *p)
{
	return !strcmp(p->name, c->st.identity);
}

/* `STATION:COMPONENT`, with _ for what a device name may not hold; another one when that is taken. */
static int piece_name(struct scene *c, const char *component, char ret[DEVICE_NAME_SIZE], struct err *e)
{
	size_t n;

	snprintf(ret, DEVICE_NAME_SIZE, "%s:%.50s", c->st.identity, component);
	for (char *p = ret; *p; p++)
		if (!device_name_char(*p))
			*p = '_';
	n = strlen(ret);
	for (int i = 2;; i++) {
		OWN(rows_done) struct rows *r = NULL;
		struct store_device d;
		bool got;

		if (store_device_get(c->db, sees_owner(c->st.org_id), ret, &r, &d, &got, e))
			return (int)e->code;
		if (!got)
			return OK;
		if (i > 2 * PIECES_MAX)
			return err_set(e, ERR_CONFLICT, "there is no free name for component '%.50s'",
				       component);
		snprintf(ret + n, DEVICE_NAME_SIZE - n, ".%d", i);
	}
}

/* The device of a component; made when there is none. Gives its place in c->piece. */
static int piece_find(struct scene *c, const char *component, size_t *ret, struct err *e)
{
	bool lone = !strcmp(component, STATION_DEFAULT), got;
	OWN(rows_done) struct rows *r = NULL;
	char name[DEVICE_NAME_SIZE];
	struct piece p = { 0 };
	struct store_device d;

	for (size_t i = 0; i < c->piece.n; i++)
		if (lone ? main_device(c, &c->piece.v[i])
			 : !main_device(c, &c->piece.v[i]) && !strcmp(c->piece.v[i].hardware, component)) {
			*ret = i;
			return OK;
		}
	if (lone)
		str_copy(name, sizeof name, c->st.identity);
	else if (piece_name(c, component, name, e))
		return (int)e->code;
	d = (struct store_device){ .name = name,
				   .adapter = "ocpp",
				   .scheme = "ocpp",
				   .hardware = component,
				   .told_by = "nobody",
				   .entry_why = "not-reported",
				   .added_at = c->said->now,
				   .org_id = c->st.org_id };
	if (store_device_add(c->db, &d, c->said->site_id, e) ||
	    store_device_get(c->db, sees_owner(c->st.org_id), name, &r, &d, &got, e))
		return (int)e->code;
	p.id = d.id;
	str_copy(p.name, sizeof p.name, name);
	str_copy(p.hardware, sizeof p.hardware, component);
	str_copy(p.why, sizeof p.why, "not-reported");
	vec_push(&c->piece, p);
	*ret = c->piece.n - 1;
	return OK;
}

/* What the device is from now on; version NULL: it is not known. Writes only what differs. */
static int piece_tell(struct scene *c, struct piece *p, const char *version, const char *hash, struct err *e)
{
	struct store_told t = { .device_id = p->id,
				.manufacturer = *c->st.vendor ? c->st.vendor : NULL,
				.model = *c->st.model ? c->st.model : NULL,
				.hardware = p->hardware,
				.version = version,
				.hash = hash && *hash ? hash : NULL,
				.entry_why = "not-reported",
				.now = c->said->now };
	struct identity id = { "ocpp", t.manufacturer, t.model, t.hardware, t.version, t.hash };
	uint32_t hint = p->hint ? graph_find_id(c->s->graph, p->hint) : NODE_NONE, node;

	node = fleet_identify(c->s, &id, hint, &t.entry_why);
	t.entry_id = node == NODE_NONE ? 0 : graph_node(c->s->graph, node)->entry_id;
	if (t.entry_id == p->entry && !strcmp(p->why, t.entry_why) &&
	    !strcmp(p->version, version ? version : "") && !strcmp(p->hash, t.hash ? t.hash : "") &&
	    !strcmp(p->manufacturer, c->st.vendor) && !strcmp(p->model, c->st.model))
		return OK;
	p->entry = t.entry_id;
	return store_station_device_told(c->db, &t, e);
}

/* ---- documents ---- */

/* Name and version, when the station says no more. */
static int document_plain(const struct station_component_in *in, struct str *out, struct err *e)
{
	STR(plain, KIB);
	OWN(json_free) struct json *j = NULL;
	struct jw w = jw_start(&plain);

	jw_obj(&w);
	jw_kstr(&w, "name", in->name);
	jw_kstr(&w, "version", in->version);
	jw_end(&w);
	return json_parse(str_c(&plain), plain.len, &j, e) || canon_json(j, NULL, out, e) ? (int)e->code : OK;
}

/* The SHA-256 of the running image as the document states it, in upper case; "" = it does not. */
static void document_hash(const char *document, char ret[SHA256_HEX])
{
	OWN(json_free) struct json *j = NULL;
	const struct json *hash;
	const char *algorithm, *value;
	uint8_t bytes[SHA256_LEN];
	struct err e;

	*ret = 0;
	if (json_parse(document, strlen(document), &j, &e))
		return;
	hash = json_get(j, "hash");
	algorithm = json_text(json_get(hash, "algorithm"));
	value = json_text(json_get(hash, "value"));
	if (algorithm && value && !strcmp(algorithm, "SHA256") &&
	    parse_hex_bytes(value, strlen(value), bytes, sizeof bytes))
		hex_text(bytes, sizeof bytes, ret);
}

/* ---- one component ---- */

static int install_note(struct scene *c, const char *component, const char *from, const char *to,
			const char *hash, struct err *e)
{
	struct station_install i = { .station = c->st.identity,
				     .component = component,
				     .to = to,
				     .hash = hash && *hash ? hash : NULL,
				     .evidence = c->said->evidence ? c->said->evidence
								   : station_source_text[c->said->source],
				     .at = c->said->now,
				     .job_id = c->said->job_id };
	char head[SHA256_HEX];
	bool added;

	if (station_install_add(c->db, c->said->site_id, &i, &added, head, e))
		return (int)e->code;
	jw_obj(&c->w);
	jw_kstr(&c->w, "component", component);
	jw_kstr(&c->w, "from", from);
	jw_kstr(&c->w, "to", to);
	jw_kstr(&c->w, "chain", *head ? head : NULL);
	jw_end(&c->w);
	return OK;
}

static struct standing *standing_find(struct scene *c, const char *name)
{
	for (size_t i = 0; i < c->now.n; i++)
		if (!strcmp(c->now.v[i].name, name))
			return &c->now.v[i];
	return NULL;
}

/* NULL: it has none. */
static const char *catalogue_hash(const struct snapshot *s, int64_t entry_id)
{
	uint32_t node = graph_find_id(s->graph, entry_id);

	return node == NODE_NONE ? NULL : graph_node(s->graph, node)->hash;
}

static int component_put(struct scene *c, const struct station_component_in *in, struct err *e)
{
	struct standing *old = standing_find(c, in->name);
	bool other = !old || strcmp(old->version, in->version) != 0;
	char digest[SHA256_HEX], hash[SHA256_HEX];
	STR(plain, DOCUMENT_MAX);
	const char *document = in->document;
	uint8_t sum[SHA256_LEN];
	struct store_component k;
	size_t at = 0;

	if (!document) {
		if (document_plain(in, &plain, e))
			return (int)e->code;
		document = str_c(&plain);
	}
	sha256_of(document, strlen(document), sum);
	hex_text(sum, sizeof sum, digest);
	document_hash(document, hash);
	if (piece_find(c, in->name, &at, e))
		return (int)e->code;
	if (old) {
		old->said = true;
		/* A bare text does not take away what is known of the same version. */
		if (!other && (!strcmp(old->digest, digest) || (!in->document && old->rich))) {
			const char *known = !in->document && old->rich ? c->piece.v[at].hash : hash;
			char keep[SHA256_HEX];

			str_copy(keep, sizeof keep, known);
			return piece_tell(c, &c->piece.v[at], in->version, keep, e);
		}
		if (store_component_close(c->db, old->id, c->said->now, e))
			return (int)e->code;
	}
	if (piece_tell(c, &c->piece.v[at], in->version, hash, e))
		return (int)e->code;
	k = (struct store_component){ .site_id = c->said->site_id,
				      .device_id = c->piece.v[at].id,
				      .name = in->name,
				      .version = in->version,
				      .entry_id = c->piece.v[at].entry,
				      .source = station_source_text[c->said->source],
				      .document = document,
				      .digest = digest,
				      .since = c->said->now };
	/* What it states of itself, else what the catalogue knows of that version. */
	if (!*hash && k.entry_id && catalogue_hash(c->s, k.entry_id))
		str_copy(hash, sizeof hash, catalogue_hash(c->s, k.entry_id));
	c->change.versions |= other;
	c->change.set |= !old && (c->now.n || strcmp(in->name, STATION_DEFAULT) != 0);
	if (store_component_open(c->db, &k, e))
		return (int)e->code;
	return install_note(c, in->name, old ? old->version : NULL, in->version, hash, e);
}

/* It is not named any more: its history ends, its device runs nothing that is known. */
static int component_park(struct scene *c, struct standing *old, struct err *e)
{
	if (store_component_close(c->db, old->id, c->said->now, e))
		return (int)e->code;
	c->change.set = c->change.versions = true;
	for (size_t i = 0; i < c->piece.n; i++)
		if (c->piece.v[i].id == old->device_id && piece_tell(c, &c->piece.v[i], NULL, NULL, e))
			return (int)e->code;
	return install_note(c, old->name, old->version, NULL, NULL, e);
}

/* Why this list cannot be; false: it can. */
static bool list_wrong(const struct station_said *said, char *why, size_t size)
{
	if (said->n > STATION_COMPONENTS_MAX) {
		snprintf(why, size, "The station lists %zu components; %d are understood at most.", said->n,
			 STATION_COMPONENTS_MAX);
		return true;
	}
	for (size_t i = 0; i < said->n; i++) {
		const char *name = said->v[i].name, *version = said->v[i].version;

		if (!*name || strlen(name) > 50 || !version || !*version || strlen(version) > 50) {
			snprintf(
			    why, size,
			    "The station lists component '%.50s' without a name or version of 1 to 50 bytes.",
			    name);
			return true;
		}
		if (said->n > 1 && !strcmp(name, STATION_DEFAULT)) {
			snprintf(
			    why, size,
			    "The station lists 'default' beside other components; 'default' means that there "
			    "are no others.");
			return true;
		}
		for (size_t k = 0; k < i; k++)
			if (!strcmp(said->v[k].name, name)) {
				snprintf(why, size, "The station lists component '%.50s' twice.", name);
				return true;
			}
	}
	return false;
}

/* The audit row, when anything changed. */
static int change_tell(struct scene *c, struct err *e)
{
	struct actor who = { "orchestrator", "", c->said->now };
	char subject[STATION_SUBJECT];
	STR(after, 80 * KIB);
	struct jw w = jw_start(&after);

	jw_obj(&w);
	jw_kstr(&w, "station", c->st.identity);
	jw_kstr(&w, "source", station_source_text[c->said->source]);
	jw_kbool(&w, "set_changed", c->change.set);
	jw_key(&w, "components");
	jw_raw(&w, str_c(&c->told), c->told.len);
	jw_end(&w);
	return audit_add(c->db, &who, "station-components", station_subject(c->said->site_id, subject), NULL,
			 str_c(&after), 0, NULL, e);
}

static bool piece_known(const struct scene *c, const char *component)
{
	for (size_t i = 0; i < c->piece.n; i++)
		if (!strcmp(c->piece.v[i].hardware, component))
			return true;
	return false;
}

/* A station that tells something else all the time would fill the store: nothing of it is taken any more.
 * why "" = it is as others are. */
static int restless(const struct scene *c, char *why, size_t size, struct err *e)
{
	const struct station_said *said = c->said;
	size_t pieces = c->piece.n;
	int64_t since = 0;
	bool got;

	*why = 0;
	for (size_t i = 0; i < said->n; i++)
		pieces += !piece_known(c, said->v[i].name);
	if (pieces > PIECES_MAX)
		snprintf(why, size, "The station has named more than %d different components.", PIECES_MAX);
	if (db_one(c->db, SQL_COMPONENT_NTH, ARGS(VINT(said->site_id), VINT(CHANGES_MAX)), &got, &since, e))
		return (int)e->code;
	if (got && since > said->now - MS_PER_DAY)
		snprintf(why, size, "The versions of the station changed more than %d times in a day.",
			 CHANGES_MAX);
	return OK;
}

static int parts_put(struct scene *c, struct err *e)
{
	const struct station_said *said = c->said;
	struct val asked = said->source == STATION_COMPONENTS ? VINT(said->now) : VNULL;
	size_t empty;

	jw_arr(&c->w);
	empty = c->told.len;
	for (size_t i = 0; i < said->n; i++)
		if (component_put(c, &said->v[i], e))
			return (int)e->code;
	for (size_t i = 0; i < c->now.n; i++)
		if (!c->now.v[i].said && component_park(c, &c->now.v[i], e))
			return (int)e->code;
	jw_arr_end(&c->w);
	if (db_exec(c->db, SQL_STATION_VERSION_READ, ARGS(VINT(said->now), asked, VINT(said->site_id)), NULL,
		    e))
		return (int)e->code;
	return c->told.len > empty + 1 ? change_tell(c, e) : OK;
}

int station_components_set(struct db *db, const struct snapshot *s, const struct station_said *said,
			   struct station_change *ret, struct err *e)
{
	OWN(scene_done) struct scene c = { 0 };
	char why[200];

	if (list_wrong(said, why, sizeof why)) {
		if (station_quarantine(db, said->site_id, why, said->now, e))
			return (int)e->code;
		*ret = (struct station_change){ .quarantine = true };
		return OK;
	}
	if (scene_load(&c, db, s, said, e) || restless(&c, why, sizeof why, e))
		return (int)e->code;
	if (*why) {
		*ret = (struct station_change){ .quarantine = true };
		return station_quarantine(db, said->site_id, why, said->now, e);
	}
	if (parts_put(&c, e))
		return (int)e->code;
	*ret = c.change;
	return OK;
}

/* Does the station itself name its components? Then one text is not theirs. */
static int names_itself(struct db *db, const struct store_station *st, bool *ret, struct err *e)
{
	OWN(rows_done) struct rows *r = NULL;
	struct store_component k;
	bool got;

	*ret = false;
	if (store_component_now(db, st->site_id, &r, e) || store_component_next(r, &k, &got, e))
		return (int)e->code;
	*ret = got && !strcmp(k.source, station_source_text[STATION_COMPONENTS]) &&
	       strcmp(k.name, STATION_DEFAULT) != 0;
	return OK;
}

int station_version_said(struct db *db, const struct snapshot *s, int64_t site_id, enum station_source source,
			 const char *text, int64_t job_id, const char *evidence, int64_t now,
			 struct station_change *ret, struct err *e)
{
	struct station_component_in v[VERSION_RULE_NAMES] = { { STATION_DEFAULT, text, NULL } };
	struct station_said said = { site_id, source, v, 1, now, job_id, evidence };
	struct version_rule_found found = { .n = 0 };
	struct store_station st;
	bool got, itself;

	if (store_station_of_site(db, site_id, &got, &st, e))
		return (int)e->code;
	if (!got)
		return err_set(e, ERR_NOT_FOUND, "site %" PRId64 " is no station", site_id);
	*ret = (struct station_change){ .set = false };
	if (!text || !*text)
		return OK;
	if (names_itself(db, &st, &itself, e) || itself)
		return itself ? OK : (int)e->code;
	if (*st.version_rule) {
		said.source = STATION_RULE;
		said.n = version_rule_apply(st.version_rule, text, &found) ? (size_t)found.n : 0;
		for (size_t i = 0; i < said.n; i++)
			v[i] = (struct station_component_in){ found.v[i].name, found.v[i].version, NULL };
	}
	return station_components_set(db, s, &said, ret, e);
}
