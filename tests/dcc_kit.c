/* SPDX-License-Identifier: Apache-2.0 */
#include "dcc_kit.h"

#include <inttypes.h>
#include <stdarg.h>

#include "base/digest.h"
#include "base/file.h"
#include "core/meter.h"
#include "model/ota.h"
#include "p256_kit.h"

static const struct conf_key keys[] = { DCC_CONF_KEYS, DCC_LINE_CONF_KEYS, { .name = NULL } };

void mk_sql(struct mk_world *w, const char *fmt, ...)
{
	char sql[4000];
	struct err e;
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(sql, sizeof sql, fmt, ap);
	va_end(ap);
	ck_ok(w->k.db->ops->script(w->k.db, sql, &e));
}

/* ---- the world ---- */

void mk_conf(struct mk_world *w, const char *key, const char *value)
{
	struct err e;

	ck_ok(conf_set(w->conf, key, value, "a test", &e));
}

static struct dcc_door_init door_init(struct mk_world *w, struct db *db, const char *node)
{
	return (struct dcc_door_init){ .dsn = w->k.dsn,
				       .db = db,
				       .catalog = w->k.catalog,
				       .clock = &w->k.clock,
				       .conf = w->conf,
				       .image_dir = w->k.images,
				       .node = node,
				       .rnd = rnd_seeded(7),
				       .send = mk_wire_send,
				       .send_ctx = w };
}

struct dcc_door *mk_second(struct mk_world *w, const char *node)
{
	struct dcc_door_init init = door_init(w, NULL, node);
	struct dcc_door *d;
	struct err e;

	ck_ok(dcc_door_new(&init, &d, &e));
	return d;
}

void mk_door(struct mk_world *w, struct db *db)
{
	struct dcc_door_init init = door_init(w, db, "here");
	struct runner_init ri = { .dsn = w->k.dsn,
				  .catalog = w->k.catalog,
				  .clock = &w->k.clock,
				  .rnd = rnd_seeded(8),
				  .image_dir = w->k.images,
				  .set = w->k.set,
				  .site = w->k.site };
	struct err e;

	runner_free(w->k.runner);
	w->k.runner = NULL;
	dcc_door_free(w->door);
	w->door = NULL;
	w->dead = true;
	if (dcc_door_new(&init, &w->door, &e)) {
		ck_assert_msg(db != NULL, "a door: %s", e.msg);
		init.db = NULL;
		ck_ok(dcc_door_new(&init, &w->door, &e));
	}
	ri.meters = (struct adapter_bell){ dcc_door_ring, w->door };
	ck_ok(runner_new(&ri, &w->k.runner, &e));
	dcc_door_runner(w->door, w->k.runner);
	ck_ok(runner_recover(w->k.runner, &e));
	w->dead = false;
}

/* Each image gets a header and the signature of our user, as `firpath ota add` and `ota sign` would do. */
static void images_fill(struct mk_world *w)
{
	OWN(p256_free) struct p256_key *key = NULL;
	char path[300];
	struct err e;

	snprintf(path, sizeof path, "%s/command.key", w->dir);
	ck_ok(p256_open(path, &key, &e));
	for (int n = 1; n <= KIT_ENTRIES; n++) {
		struct ota o = { .field_control = 4,
				 .header_len = 60,
				 .manufacturer = 0x118F,
				 .image_type = 1,
				 .stack = 2,
				 .version = (uint32_t)n * 0x100,
				 .has_hardware = true,
				 .hw_min = 2,
				 .hw_max = 2,
				 .layout = OTA_GBCS };
		uint8_t raw[32], header[OTA_HEADER_MAX], sign[P256_SIGN_LEN];
		char text[40], hash[65], head[2 * OTA_HEADER_MAX + 1], signature[2 * P256_SIGN_LEN + 1];
		size_t len;

		snprintf(text, sizeof text, "image of entry %d", n);
		mk_image_hash(w, n, raw);
		hex_text(raw, sizeof raw, hash);
		ck_ok(ota_write_header(&o, strlen(text), header, &len, &e));
		hex_text(header, len, head);
		ck_ok(p256_sign(key, text, strlen(text), sign, &e));
		hex_text(sign, sizeof sign, signature);
		mk_sql(w,
		       "INSERT INTO ota_image (sha256, header, manufacturer, image_type, version, hw_min, "
		       "hw_max, size, "
		       "added_by, added_at) VALUES ('%s', '%s', '118F', '0001', '%08X', '0002', '0002', %zu, "
		       "'a', 1)",
		       hash, head, (unsigned)n * 0x100, strlen(text));
		mk_sql(w,
		       "INSERT INTO ota_signature (sha256, user_eui, signature, signed_by, signed_at) VALUES "
		       "('%s', %" PRId64 ", '%s', 'a', 1)",
		       hash, (int64_t)MK_USER, signature);
	}
}

static void pair(struct mk_world *w, const char *name, const char *ou, uint64_t eui)
{
	char key[300], cert[300];

	snprintf(key, sizeof key, "%s/%s.key", w->dir, name);
	snprintf(cert, sizeof cert, "%s/%s.pem", w->dir, name);
	kit_key(key);
	kit_cert(cert, key,
		 &(struct kit_cert){ .issuer_cn = "Z1",
				     .issuer_ou = "07",
				     .ou = ou,
				     .eui = eui,
				     .serial = 77,
				     .from = KIT_START / 1000 - 86400,
				     .until = KIT_START / 1000 + 86400 * INT64_C(3650) });
}

void mk_open(struct mk_world *w, int engine, uint64_t seed)
{
	static const char users[] =
	    "{\"dcc\":{\"eui\":\"90-B3-D5-1F-30-00-00-02\",\"certificates\":[\"dcc.pem\"]},\"users\":[{"
	    "\"organisation\":\"\",\"eui\":\"90-B3-D5-1F-30-01-00-00\",\"roles\":[\"IS\",\"GS\"],\"xml_key\":"
	    "\"xml.key\",\"xml_certificate\":\"xml.pem\",\"command_key\":\"command.key\",\"command_"
	    "certificate\":\"command.pem\"}]}";
	char path[300];
	struct err e;

	memset(w, 0, sizeof *w);
	kit_open(&w->k, engine, seed);
	test_dir_new(w->dir, sizeof w->dir);
	pair(w, "dcc", "89", MK_DCC);
	pair(w, "xml", "87", MK_USER);
	pair(w, "command", "02", MK_USER);
	snprintf(path, sizeof path, "%s/users.json", w->dir);
	ck_ok(file_replace(path, users, strlen(users), &e));
	w->conf = conf_new(keys);
	mk_conf(w, "dcc_users", path);
	mk_conf(w, "dcc_gather", "1s");
	mk_conf(w, "dcc_pace", "1000");
	images_fill(w);
	mk_door(w, NULL);
}

void mk_done(struct mk_world *w)
{
	runner_free(w->k.runner);
	w->k.runner = NULL;
	dcc_door_free(w->door);
	conf_free(w->conf);
	for (int i = 0; i < w->nsaid; i++) {
		duis_message_done(w->said[i].m);
		free(w->said[i].m);
	}
	for (size_t i = 0; i < w->queue.n; i++) {
		duis_message_done(w->queue.v[i]);
		free(w->queue.v[i]);
	}
	vec_done(&w->queue);
	test_dir_free(w->dir);
	kit_done(&w->k);
}

struct mk_meter *mk_meter(struct mk_world *w, const char *type, int runs)
{
	struct mk_meter *m = &w->meter[w->n++];
	struct actor who = kit_who(&w->k);
	struct meter_counts counts;
	struct store_meter row[2];
	char csv[400], hub[DUIS_EUI_SIZE], identity[32];
	struct err e;
	size_t n;

	ck_assert_int_le(w->n, MK_METERS);
	*m = (struct mk_meter){ .eui = UINT64_C(0x00DB123456780000) + (uint64_t)w->n * 7,
				.runs = runs,
				.status = "Commissioned" };
	duis_eui_text(m->eui, m->name);
	str_copy(m->type, sizeof m->type, type);
	/* Each in a HAN of its own: they move at the same time. */
	snprintf(csv, sizeof csv, "eui,type,hub,identity,status,smets\r\n%s,%s,%s,%s,Commissioned,SMETS2\r\n",
		 m->name, type, duis_eui_text(MK_HUB + (uint64_t)w->n, hub), kit_identity(runs, identity));
	ck_ok(meter_import(w->k.db, SCOPE_ALL, kit_snap(&w->k), &who, FLEET_CSV, csv, strlen(csv), &counts,
			   &e));
	ck_ok(store_meter_of_eui(w->k.db, m->eui, 2, row, &n, &e));
	ck_assert_uint_eq(n, 1);
	m->device = row[0].device_id;
	mk_sql(w, "UPDATE meter SET inventory_at = %" PRId64, w->k.now);
	return m;
}

void mk_hub(struct mk_world *w, const struct mk_meter *m, int runs)
{
	struct actor who = kit_who(&w->k);
	struct meter_counts counts;
	char csv[400], hub[DUIS_EUI_SIZE], identity[32];
	struct err e;

	duis_eui_text(MK_HUB + (uint64_t)(m - w->meter) + 1, hub);
	snprintf(csv, sizeof csv,
		 "eui,type,hub,identity,status,smets\r\n%s,CHF,%s,%s,Commissioned,SMETS2\r\n", hub, hub,
		 kit_identity(runs, identity));
	ck_ok(meter_import(w->k.db, SCOPE_ALL, kit_snap(&w->k), &who, FLEET_CSV, csv, strlen(csv), &counts,
			   &e));
}

void mk_round(struct mk_world *w, int64_t ms)
{
	int64_t moves;
	struct err e;

	w->k.now += ms;
	for (int i = 0; i < w->n; i++)
		if (w->meter[i].pending && ms >= 3600000) { /* its time has come */
			struct mk_meter *m = &w->meter[i];

			ck_assert_int_eq(m->pending, m->runs + 1);
			m->runs = m->pending;
			m->activations++;
			m->pending = 0;
			mk_say_future(w, m, true, m->last_command);
		}
	mk_play(w);
	if (dcc_door_round(w->door, 0, &e)) {
		ck_assert_msg(w->dead || e.code == ERR_DISK || e.code == ERR_BUSY, "the door: %s", e.msg);
		w->dead = e.code != ERR_BUSY;
	}
	if (runner_round(w->k.runner, 0, &moves, &e))
		ck_assert_msg(e.code == ERR_BUSY, "the runner: %s", e.msg);
}

void mk_rounds(struct mk_world *w, int n, int64_t ms)
{
	for (int i = 0; i < n && !w->dead; i++)
		mk_round(w, ms);
}

int64_t mk_campaign(struct mk_world *w, int to)
{
	char body[300];
	int64_t id;

	snprintf(
	    body, sizeof body,
	    "{\"name\":\"c%d\",\"target\":\"%06d\",\"spread\":\"0s\",\"members\":{\"filter\":{\"prefix\":"
	    "\"00-DB-12-34-56-78\"}},\"max_active\":100}",
	    (int)rnd_below(&w->k.rnd, 1000000), to);
	id = kit_asked(&w->k, SCOPE_ALL, body);
	runner_wake(w->k.runner);
	return id;
}

void mk_finish(struct mk_world *w, int64_t campaign)
{
	for (int i = 0; i < 400 && !w->dead && kit_state(&w->k, campaign).ended_at < 0; i++)
		mk_round(w, 500);
}

/* ---- looking ---- */

static bool is_doc(const struct mk_doc *d, const char *service, int variant, const struct mk_meter *m)
{
	return !strcmp(d->m->service, service) && (!variant || d->m->variant == variant) &&
	       d->m->id.target == (m ? m->eui : MK_DCC);
}

int mk_count(const struct mk_world *w, const char *service, int variant, const struct mk_meter *m)
{
	int n = 0;

	for (int i = 0; i < w->nsaid; i++)
		n += is_doc(&w->said[i], service, variant, m);
	return n;
}

struct mk_doc *mk_last(struct mk_world *w, const char *service, int variant, const struct mk_meter *m)
{
	for (int i = w->nsaid; i-- > 0;)
		if (is_doc(&w->said[i], service, variant, m))
			return &w->said[i];
	return NULL;
}

bool mk_story_has(struct mk_world *w, const struct mk_meter *m, const char *words)
{
	STR(out, 4 * MIB);
	struct err e;

	ck_ok(meter_story_json(w->k.db, SCOPE_ALL, kit_snap(&w->k), m->name, 0, NULL, METER_STORY_MAX, &out,
			       &e));
	return strstr(str_c(&out), words) != NULL;
}

void mk_until(struct mk_world *w, const char *service, int variant, const struct mk_meter *m)
{
	STR(out, 4 * MIB);
	int before = mk_count(w, service, variant, m);
	struct err e;

	for (int i = 0; i < 200 && !w->dead; i++) {
		if (mk_count(w, service, variant, m) > before)
			return;
		mk_round(w, 500);
	}
	if (w->dead)
		return;
	ck_ok(meter_story_json(w->k.db, SCOPE_ALL, kit_snap(&w->k), w->meter[0].name, 0, NULL,
			       METER_STORY_MAX, &out, &e));
	ck_abort_msg("%s (%d) was not sent: %.1500s", service, variant, str_c(&out));
}

struct store_meter_job mk_job(struct mk_world *w, const struct mk_meter *m)
{
	struct store_meter_job j;
	struct err e;
	bool got;

	ck_ok(store_meter_job_last(w->k.db, m->device, &got, &j, &e));
	ck_assert_msg(got, "meter %s has no job", m->name);
	return j;
}

struct store_meter mk_row(struct mk_world *w, const struct mk_meter *m)
{
	struct store_meter row;
	struct err e;
	bool got;

	ck_ok(store_meter_get(w->k.db, m->device, &got, &row, &e));
	ck_assert(got);
	return row;
}
