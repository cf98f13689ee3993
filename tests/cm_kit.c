/* SPDX-License-Identifier: Apache-2.0 */
#include "cm_kit.h"

#include <inttypes.h>

#include "base/digest.h"
#include "base/file.h"
#include "base/parse.h"
#include "core/cm_row.h"
#include "store/store_fleet.h"
#include "store/store_vc.h"

static void hash_of(const char *text, char ret[65])
{
	uint8_t hash[SHA256_LEN];

	sha256_of(text, strlen(text), hash);
	hex_text(hash, sizeof hash, ret);
}

void cm_kit_hash(int i, const char *version, char ret[65])
{
	char text[64];

	snprintf(text, sizeof text, "manifest %d %s", i, version);
	hash_of(text, ret);
}

void cm_kit_archive(int i, const char *version, char ret[65])
{
	char text[64];

	snprintf(text, sizeof text, "archive %d %s", i, version);
	hash_of(text, ret);
}

/* The word at place i. */
static void word_at(const char *words, int i, char ret[16])
{
	for (; i > 0; i--)
		words += strcspn(words, " ") + 1;
	str_copyn(ret, 16, words, strcspn(words, " "));
}

void cm_kit_open(struct cm_kit *c, int engine, int nbb)
{
	struct actor who;
	struct err e;

	memset(c, 0, sizeof *c);
	kit_open(&c->k, engine, 7);
	c->k.site = (struct site_settings){ .answer_limit = 60000,
					    .status_limit = 60000,
					    .accept_limit = 60000,
					    .follow_limit = 60000,
					    .result_limit = 600000,
					    .restart_limit = 60000,
					    .retry_wait = 1000,
					    .request_tries = 1,
					    .trigger_tries = 1,
					    .auto_rollback = true };
	kit_crash(&c->k); /* a runner with these settings */
	str_copy(c->vehicle, sizeof c->vehicle, "train-7");
	who = kit_who(&c->k);
	ck_ok(cm_register(c->k.db, SCOPE_ALL, &who, c->vehicle, CM_TYPE, &e));
	c->nbb = nbb;
	for (int i = 0; i < nbb; i++) {
		struct sim *s = &c->bb[i];

		snprintf(s->device, sizeof s->device, "train-7.b%d", i + 1);
		snprintf(s->type_id, sizeof s->type_id, "0000000%d-2222-4333-8444-555555555555", i + 1);
		s->state = BBUM_NORMAL;
		s->progress = -1;
		str_copy(s->runs_version, sizeof s->runs_version, "0.0.1");
		cm_kit_hash(i, "0.0.1", s->runs);
	}
}

void cm_kit_done(struct cm_kit *c)
{
	kit_done(&c->k);
}

static void block_row(struct cm_kit *c, int64_t vc, int i, const char *version, int wave)
{
	char hash[65], archive[65], archives[300], manifest[200], name[16], path[400];
	struct vc_bb_row b = { .vc_id = vc,
			       .n = i + 1,
			       .type_id = c->bb[i].type_id,
			       .config_id = "aaaaaaaa-2222-4333-8444-555555555555",
			       .name = name,
			       .version = version,
			       .functional = "1.0.0",
			       .system = i < 2 ? "Control" : "Doors",
			       .wave = wave,
			       .depends = "[]",
			       .network = "10.0.0.1 10.0.0.2",
			       .manifest = manifest,
			       .hash = hash,
			       .archives = archives };
	struct err e;

	cm_kit_hash(i, version, hash);
	cm_kit_archive(i, version, archive);
	snprintf(name, sizeof name, "b%d", i + 1);
	snprintf(manifest, sizeof manifest, "{\"Config Type\":\"Building Block\",\"Release Version\":\"%s\"}",
		 version);
	snprintf(
	    archives, sizeof archives,
	    "[{\"kind\":\"software\",\"name\":\"fw\",\"version\":\"%s\",\"hash\":\"%s\",\"size\":4,\"path\":"
	    "\"fw.tar.gz\"}]",
	    version, archive);
	if (i == 1)
		b.depends =
		    "[{\"type_id\":\"00000001-2222-4333-8444-555555555555\",\"name\":\"b1\","
		    "\"required\":\"1.0.0\",\"has\":\"1.0.0\",\"fits\":true,\"sentence\":\"b2 needs b1\"}]";
	ck_ok(store_vc_bb_put(c->k.db, &b, &e));
	snprintf(path, sizeof path, "%s/%s", c->k.images, archive);
	ck_ok(file_replace(path, "data", 4, &e));
}

int64_t cm_kit_vc(struct cm_kit *c, const char *type_id, const char *versions, const char *waves)
{
	TX(tx);
	char version[16], folder[40], config[40], hash[65];
	struct vc_info info;
	struct vc_row v = { .folder = folder,
			    .config_id = config,
			    .type_id = type_id,
			    .name = "Train",
			    .version = "1.0.0",
			    .manifest = "vehicle.json",
			    .hash = hash,
			    .state = "verified",
			    .mark = "x",
			    .kept = true,
			    .report = "{}",
			    .seen_at = c->k.now,
			    .verified_at = c->k.now };
	int64_t n;
	struct err e;

	snprintf(folder, sizeof folder, "vc-%.30s", versions);
	cm_kit_hash(9, versions, hash);
	snprintf(config, sizeof config, "%.8s-2222-4333-8444-555555555555", hash);
	ck_ok(tx_begin(&tx, c->k.db, true, &e));
	ck_ok(store_vc_add(c->k.db, &v, &n, &e));
	ck_ok(vc_by_n(c->k.db, n, &info, &e));
	for (int i = 0; i < c->nbb; i++) {
		word_at(versions, i, version);
		block_row(c, info.id, i, version, waves[i] - '0');
	}
	ck_ok(tx_keep(&tx, &e));
	return n;
}

int cm_kit_say(struct cm_kit *c, const char *line, struct str *out, struct err *e)
{
	struct cm_say say = { .vehicle = c->vehicle, .prompt = -1 };
	struct cm_tools tools = { .vcs = c->k.vcs, .set = &c->k.site };
	struct actor who = { "user:desk", "", c->k.now };

	if (cm_line_parse(line, &say.line, e))
		ck_abort_msg("%s: %s", line, e->msg);
	return cm_command(c->k.db, SCOPE_ALL, &who, &tools, &say, out, e);
}

void cm_kit_do(struct cm_kit *c, const char *line)
{
	STR(out, 16 * MIB);
	struct err e;

	ck_assert_msg(cm_kit_say(c, line, &out, &e) == 0, "%s: %s", line, e.msg);
}

void cm_kit_no(struct cm_kit *c, const char *line, const char *words)
{
	STR(out, 16 * MIB);
	struct err e;

	ck_refused(cm_kit_say(c, line, &out, &e), ERR_CM_REJECTED, words);
	ck_assert(strstr(e.msg, "rejected, because ") != NULL);
}

int cm_kit_try_activate(struct cm_kit *c, int64_t n, struct err *e)
{
	TX(tx);
	OWN(cm_vehicle_free) struct cm_vehicle *v = NULL;
	struct actor who = { "user:desk", "", c->k.now };
	char why[SITE_WHY_SIZE];
	struct vc_info vc;
	bool changed;

	if (tx_begin(&tx, c->k.db, true, e) || vc_by_n(c->k.db, n, &vc, e) ||
	    cm_vehicle_named(c->k.db, SCOPE_ALL, c->vehicle, &v, e))
		return (int)e->code;
	ck_assert_msg(site_may_activate(&v->site, why), "%s", why);
	if (cm_activate(c->k.db, v, &c->k.site, vc.id, cm_previous_of(v), &who, e) ||
	    cm_vehicle_keep(c->k.db, v, &who, &changed, e))
		return (int)e->code;
	return tx_keep(&tx, e);
}

void cm_kit_activate(struct cm_kit *c, int64_t n)
{
	struct err e;

	ck_ok(cm_kit_try_activate(c, n, &e));
}

void cm_kit_settle(struct cm_kit *c, int64_t n)
{
	struct json *bb;

	cm_kit_activate(c, n);
	for (int i = 0; i < c->nbb; i++) {
		bb = cm_kit_block(c, i + 1);
		str_copy(c->bb[i].runs, 65, json_text(json_get(json_get(bb, "wanted"), "hash")));
		str_copy(c->bb[i].runs_version, 16, json_text(json_get(json_get(bb, "wanted"), "version")));
		json_free(bb);
	}
	cm_kit_until(c, "normal-operation", "idle", 40);
}

/* ---- a Building Block ---- */

static struct bbum_door door_of(struct cm_kit *c)
{
	return (struct bbum_door){ .db = c->k.db,
				   .snap = kit_snap(&c->k),
				   .runner = c->k.runner,
				   .image_dir = c->k.images,
				   .peer = *c->peer ? c->peer : NULL,
				   .poll_ms = 1000 };
}

static void sim_answer(struct sim *s, bool yes, const char *reason)
{
	s->answer = yes ? BBUM_ANSWER_ACCEPTED : BBUM_ANSWER_REJECTED;
	str_copy(s->reason, sizeof s->reason, yes ? "" : reason);
}

static bool sim_request(struct sim *s, enum bbum_permit permit)
{
	if (s->simulated && permit == BBUM_PERMIT_NONE)
		return false; /* the application has not said anything yet */
	if ((s->simulated && permit == BBUM_PERMIT_REJECT) || s->deny > 0) {
		s->deny -= s->deny > 0;
		sim_answer(s, false, "no permission");
	} else if (s->state != BBUM_NORMAL && s->state != BBUM_PENDING) {
		sim_answer(s, false, "not in normal operation");
	} else {
		s->state = BBUM_PENDING;
		sim_answer(s, true, "");
	}
	return true;
}

static void sim_restart(struct sim *s)
{
	s->boots++;
	if (*s->slot) {
		str_copy(s->runs, 65, s->slot);
		str_copy(s->runs_version, 16, s->slot_version);
		s->slot[0] = 0;
	}
	sim_answer(s, true, "");
}

static void sim_command(struct sim *s, const struct bbum_answer_msg *a)
{
	if (a->command == BBUM_CMD_NONE || (a->cycle_id == s->cycle && a->seq <= s->seq))
		return;
	if (a->command == BBUM_CMD_REQUEST_UPDATE && !sim_request(s, a->permit))
		return;
	s->cycle = a->cycle_id;
	s->seq = a->seq;
	switch (a->command) {
	case BBUM_CMD_TRIGGER:
		if (s->state == BBUM_PENDING || s->state == BBUM_COMPLETED)
			s->state = BBUM_UPDATE;
		sim_answer(s, s->state == BBUM_UPDATE, "not pending");
		s->busy = 2;
		s->result_cycle = a->cycle_id;
		s->result_seq = a->seq;
		s->result = BBUM_RESULT_UNDEFINED;
		break;
	case BBUM_CMD_CANCEL:
		s->state = s->state == BBUM_PENDING ? BBUM_NORMAL : s->state;
		sim_answer(s, true, "");
		break;
	case BBUM_CMD_NORMAL_OPERATION:
		s->state = BBUM_NORMAL;
		s->result = BBUM_RESULT_UNDEFINED;
		s->result_cycle = s->result_seq = 0;
		sim_answer(s, true, "");
		break;
	case BBUM_CMD_RESTART:
	case BBUM_CMD_SHUTDOWN:
		sim_restart(s);
		break;
	case BBUM_CMD_REQUEST_UPDATE:
	case BBUM_CMD_TURN_TO_ERROR:
	case BBUM_CMD_NONE:
	case BBUM_COMMANDS:
		break;
	}
}

static void sim_result(struct sim *s, enum bbum_result r, const char *error)
{
	s->result = r;
	s->state = BBUM_COMPLETED;
	s->progress = r == BBUM_RESULT_SUCCESS ? 100 : s->progress;
	str_copy(s->error, sizeof s->error, error);
}

static void sim_update(struct cm_kit *c, struct sim *s)
{
	struct bbum_door d = door_of(c);
	char path[400], hash[65];
	struct err e;
	int i = (int)(s - c->bb);

	if (s->corrupt) {
		sim_result(s, BBUM_RESULT_VERIFY_FAILED, "manifest-signature");
		return;
	}
	if (!strcmp(s->held, s->runs)) {
		s->slot[0] = 0; /* what was installed and never ran is not what is wanted any more */
		sim_result(s, BBUM_RESULT_NOT_REQUIRED, "");
		return;
	}
	cm_kit_archive(i, s->held_version, hash);
	if (bbum_package(&d, s->device, hash, path, &e)) {
		s->last_error = e.code;
		s->turned_away += e.code == ERR_CM_TURN;
		if (e.code == ERR_CM_GONE)
			sim_result(s, BBUM_RESULT_VERIFY_FAILED, "package-withdrawn");
		return;
	}
	s->packages++;
	if (s->fail > 0) {
		s->fail--;
		sim_result(s, BBUM_RESULT_INSTALL_FAILED, "install-failed");
		return;
	}
	str_copy(s->slot, 65, s->held);
	str_copy(s->slot_version, 16, s->held_version);
	sim_result(s, BBUM_RESULT_SUCCESS, "");
}

static void sim_manifest(struct cm_kit *c, struct sim *s, const struct bbum_answer_msg *a)
{
	struct bbum_door d = door_of(c);
	STR(text, 64 * KIB);
	struct err e;

	if (!a->has_manifest || !strcmp(a->manifest.hash, s->held))
		return;
	if (bbum_manifest(&d, s->device, &text, &e)) {
		s->last_error = e.code;
		return;
	}
	s->manifests++;
	str_copy(s->held, 65, a->manifest.hash);
	str_copy(s->held_version, 16, a->manifest.version);
	str_copy(s->held_name, 64, a->manifest.name);
}

static void sim_status(const struct sim *s, struct bbum_poll_msg *m)
{
	struct bbum_status *st = &m->status;

	memset(m, 0, sizeof *m);
	str_copy(m->device, sizeof m->device, s->device);
	m->wants_manifest = true;
	st->state = s->state;
	str_copy(st->manifest, sizeof st->manifest, s->held_name);
	str_copy(st->manifest_version, sizeof st->manifest_version, s->held_version);
	str_copy(st->manifest_hash, sizeof st->manifest_hash, s->held);
	st->syntax_ok = st->integrity_ok = st->identity_ok = true;
	st->authenticity_ok = !s->corrupt;
	st->recommends = *s->held ? strcmp(s->held, s->runs) != 0 && !s->corrupt : -1;
	st->cycle_id = s->cycle;
	st->seq = s->seq;
	st->answer = s->answer;
	str_copy(st->reason, sizeof st->reason, s->reason);
	st->result = s->result;
	st->result_cycle_id = s->result_cycle;
	st->result_seq = s->result_seq;
	str_copy(st->type_id, sizeof st->type_id, s->type_id);
	str_copy(st->version, sizeof st->version, s->runs_version);
	str_copy(st->hash, sizeof st->hash, s->runs);
	st->iec = BBUM_IEC_RUNNING;
	st->boots = s->boots;
	st->progress = s->progress;
	str_copy(st->error, sizeof st->error, s->error);
	m->parts.n = 1;
	str_copy(m->parts.v[0].kind, sizeof m->parts.v[0].kind, "software");
	str_copy(m->parts.v[0].name, sizeof m->parts.v[0].name, "fw");
	str_copy(m->parts.v[0].version, sizeof m->parts.v[0].version, s->runs_version);
	m->parts.v[0].ok = true;
}

void sim_turn(struct cm_kit *c, struct sim *s)
{
	struct bbum_door d = door_of(c);
	struct bbum_poll_msg *m = mem_zalloc(sizeof *m);
	struct bbum_answer_msg a;
	STR(text, 64 * KIB);
	STR(out, 64 * KIB);
	struct err e;

	if (s->silent) {
		free(m);
		return;
	}
	if (s->state == BBUM_UPDATE && s->busy-- <= 0)
		sim_update(c, s);
	sim_status(s, m);
	bbum_poll_write(m, &text);
	free(m);
	s->polls++;
	if (bbum_poll(&d, str_c(&text), text.len, &out, &e)) {
		s->refused++;
		s->last_error = e.code;
		return;
	}
	ck_ok(bbum_answer_read(str_c(&out), out.len, &a, &e));
	sim_manifest(c, s, &a);
	sim_command(s, &a);
}

/* ---- time ---- */

void cm_kit_turn(struct cm_kit *c, int64_t ms)
{
	for (int i = 0; i < c->nbb; i++)
		sim_turn(c, &c->bb[i]);
	kit_round(&c->k, ms);
}

struct json *cm_kit_status(struct cm_kit *c)
{
	STR(out, 16 * MIB);
	struct json *j;
	struct err e;

	ck_ok(cm_status_json(c->k.db, SCOPE_ALL, c->vehicle, &out, &e));
	ck_ok(json_parse(str_c(&out), out.len, &j, &e));
	return j;
}

struct json *cm_kit_block(struct cm_kit *c, int n)
{
	STR(out, 16 * MIB);
	struct json *j;
	struct err e;

	ck_ok(cm_bb_json(c->k.db, SCOPE_ALL, c->vehicle, n, &out, &e));
	ck_ok(json_parse(str_c(&out), out.len, &j, &e));
	return j;
}

static bool in_state(struct cm_kit *c, const char *state, const char *wait, const char *asks, char now[128])
{
	OWN(json_free) struct json *j = cm_kit_status(c);
	const char *kind = json_text(json_get(json_get(j, "prompt"), "kind"));

	snprintf(now, 128, "%s/%s/%s", json_text(json_get(j, "state")), json_text(json_get(j, "wait")),
		 kind ? kind : "-");
	return (!state || !strcmp(state, json_text(json_get(j, "state")))) &&
	       (!wait || !strcmp(wait, json_text(json_get(j, "wait")))) &&
	       (!asks || (kind && !strcmp(kind, asks)));
}

static struct json *log_of(struct cm_kit *c, const char *level, const char *event, int bb)
{
	STR(out, 16 * MIB);
	struct cm_log_filter f = {
		.level = level, .event = event, .bb = bb, .since = -1, .last = CM_LOG_LAST_MAX
	};
	struct json *j;
	struct err e;

	ck_ok(cm_log_json(c->k.db, SCOPE_ALL, c->vehicle, &f, &out, &e));
	ck_ok(json_parse(str_c(&out), out.len, &j, &e));
	return j;
}

/* For whoever reads a failed test: the log and what the Building Blocks are. */
static void cm_kit_tell(struct cm_kit *c)
{
	OWN(json_free) struct json *j = log_of(c, "extended", NULL, 0);
	const struct json *lines = json_get(j, "lines");
	size_t n = json_len(lines);

	for (size_t i = n > 40 ? n - 40 : 0; i < n; i++)
		fprintf(stderr, "%s: %s\n", json_text(json_get(json_at(lines, i), "event")),
			json_text(json_get(json_at(lines, i), "text")));
	for (int i = 0; i < c->nbb; i++)
		fprintf(
		    stderr,
		    "%s: state %s, runs %s, holds %s, result %s, answer %s %s, polls %d, refused %d (%s)\n",
		    c->bb[i].device, bbum_state_text[c->bb[i].state], c->bb[i].runs_version,
		    c->bb[i].held_version, bbum_result_text[c->bb[i].result],
		    bbum_answer_text[c->bb[i].answer], c->bb[i].reason, c->bb[i].polls, c->bb[i].refused,
		    err_info(c->bb[i].last_error)->code);
}

static void turns_until(struct cm_kit *c, const char *state, const char *wait, const char *asks, int turns)
{
	char now[128];

	for (int i = 0; i < turns; i++) {
		if (in_state(c, state, wait, asks, now))
			return;
		cm_kit_turn(c, 1000);
	}
	if (in_state(c, state, wait, asks, now))
		return;
	cm_kit_tell(c);
	ck_abort_msg("after %d turns the vehicle is in %s, not in %s/%s/%s", turns, now, state ? state : "*",
		     wait ? wait : "*", asks ? asks : "*");
}

void cm_kit_until(struct cm_kit *c, const char *state, const char *wait, int turns)
{
	turns_until(c, state, wait, NULL, turns);
}

void cm_kit_asks(struct cm_kit *c, const char *kind, int turns)
{
	turns_until(c, NULL, NULL, kind, turns);
}

const char *cm_kit_state(struct cm_kit *c, char buf[64])
{
	OWN(json_free) struct json *j = cm_kit_status(c);

	str_copy(buf, 64, json_text(json_get(j, "state")));
	return buf;
}

int cm_kit_lines(struct cm_kit *c, const char *level, const char *event, int bb)
{
	OWN(json_free) struct json *j = log_of(c, level, event, bb);

	return (int)json_len(json_get(j, "lines"));
}

bool cm_kit_logged(struct cm_kit *c, const char *event, const char *words)
{
	OWN(json_free) struct json *j = log_of(c, "extended", event, 0);
	const struct json *lines = json_get(j, "lines");

	for (size_t i = 0; i < json_len(lines); i++)
		if (strstr(json_text(json_get(json_at(lines, i), "text")), words))
			return true;
	return false;
}

int64_t cm_kit_audit(struct cm_kit *c, const char *action)
{
	OWN(rows_done) struct rows *r = NULL;
	int64_t n = 0;
	struct err e;
	bool got;

	ck_ok(db_run(c->k.db, SQL_AUDIT_OUTBOX, ARGS(VINT(0), VINT(100000)), &r, &e));
	for (;;) {
		ck_ok(rows_next(r, &got, &e));
		if (!got)
			return n;
		n += !strcmp(rows_text(r, 3), action);
	}
}
