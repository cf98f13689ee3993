/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/fake.h"

#include <stdio.h>
#include <string.h>

#include "base/map.h"
#include "base/parse.h"
#include "base/str.h"
#include "base/vec.h"
#include "model/ident.h"
#include "wire/bbum_message.h"

struct version {
	char manufacturer[8], model[8], hardware[8], version[16], hash[65];
};

struct fake {
	int64_t id;
	enum bbum_state state;
	struct version runs, standby; /* standby.version "" = nothing installed */
	struct version offered;       /* the active Manifest */
	char offered_name[64];
	int64_t cycle_id, seq; /* newest command handled */
	enum bbum_answer answer;
	char reason[96];
	enum bbum_result result;
	int64_t result_cycle_id, result_seq, triggers;
	int64_t boots;
	int work;  /* steps until the installation ends */
	bool news; /* something to report */
	/* A command that has arrived but was not looked at. */
	enum bbum_command pending;
	int64_t pending_cycle, pending_seq;
	/* behaviour */
	int refuse, fail, verify, stay, noboot;
	bool bad_hash, mute, stall, broken;
	char lie[16];
};

struct fake_world {
	struct rnd rnd;
	VEC(struct fake *) devices; /* owned */
	struct map64 *index;        /* device id -> place */
	VEC(struct fake_effect) effects;
	int lose; /* the command that will be lost, counted down; 0 = none */
	bool lost;
};

struct fake_adapter {
	struct report_sink to;
	struct fake_world *world;
	bool own_world;
};

struct fake_world *fake_world_new(struct rnd rnd)
{
	struct fake_world *w = mem_zalloc(sizeof *w);

	w->rnd = rnd;
	w->index = map64_new(16);
	return w;
}

void fake_world_free(struct fake_world *w)
{
	if (!w)
		return;
	for (size_t i = 0; i < w->devices.n; i++)
		free(w->devices.v[i]);
	vec_done(&w->devices);
	vec_done(&w->effects);
	map64_free(w->index);
	free(w);
}

size_t fake_effects(const struct fake_world *w)
{
	return w->effects.n;
}

const struct fake_effect *fake_effect_at(const struct fake_world *w, size_t i)
{
	return &w->effects.v[i];
}

static struct fake *fake_find(const struct fake_world *w, int64_t id)
{
	uint32_t at = map64_get(w->index, (uint64_t)id);

	return at == MAP64_NONE ? NULL : w->devices.v[at];
}

const char *fake_version(const struct fake_world *w, int64_t device_id)
{
	const struct fake *f = fake_find(w, device_id);

	return f ? f->runs.version : "";
}

int64_t fake_triggers(const struct fake_world *w, int64_t device_id)
{
	const struct fake *f = fake_find(w, device_id);

	return f ? f->triggers : 0;
}

void fake_lose(struct fake_world *w, int n)
{
	w->lose = n;
	w->lost = false;
}

bool fake_lost(const struct fake_world *w)
{
	return w->lost;
}

/* ---- behaviour from the address ---- */

static int first_version(const char *text, struct version *v, struct err *e)
{
	struct ident id;

	if (ident_parse(text, false, &id, e))
		return err_wrap(e, "at");
	if (id.kind != IDENT_CPL)
		return err_set(e, ERR_INVALID, "at=%.60s is not an identity", text);
	ident_cpl_text(id.model_key, v->manufacturer, v->model, v->hardware);
	ident_firmware_text(id.firmware, v->version);
	return OK;
}

static int behave(struct fake *f, const char *word, size_t n, struct err *e)
{
	const struct {
		const char *name;
		int *count;
		bool *flag;
	} words[] = { { "refuse", &f->refuse, NULL }, { "fail", &f->fail, NULL },
		      { "verify", &f->verify, NULL }, { "stay", &f->stay, NULL },
		      { "noboot", &f->noboot, NULL }, { "bad-hash", NULL, &f->bad_hash },
		      { "mute", NULL, &f->mute },     { "stall", NULL, &f->stall },
		      { "break", NULL, &f->broken } };
	char text[80];
	uint64_t count;

	if (!str_copyn(text, sizeof text, word, n))
		return err_set(e, ERR_INVALID, "a word of the address is too long");
	if (!strncmp(text, "at=", 3))
		return first_version(text + 3, &f->runs, e);
	if (!strncmp(text, "lie=", 4) && str_copy(f->lie, sizeof f->lie, text + 4))
		return OK;
	for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
		size_t len = strlen(words[i].name);

		if (strncmp(text, words[i].name, len) != 0)
			continue;
		if (words[i].flag && !text[len]) {
			*words[i].flag = true;
			return OK;
		}
		if (words[i].count && text[len] == '=' &&
		    parse_digits(text + len + 1, strlen(text + len + 1), &count) && count < 1000000) {
			*words[i].count = (int)count;
			return OK;
		}
	}
	return err_set(e, ERR_INVALID, "a fake device does not know '%.60s'", text);
}

static int fake_get(struct fake_world *w, int64_t id, const char *address, struct fake **ret, struct err *e)
{
	struct fake *f = fake_find(w, id);

	if (f) {
		*ret = f;
		return OK;
	}
	f = mem_zalloc(sizeof *f);
	f->id = id;
	for (const char *p = address ? address : ""; *p;) {
		size_t n = strcspn(p, ";");

		if (n && behave(f, p, n, e)) {
			free(f);
			return (int)e->code;
		}
		p += n + (p[n] == ';');
	}
	if (!f->runs.version[0]) {
		free(f);
		return err_set(e, ERR_INVALID, "a fake device needs at=IDENTITY in its address");
	}
	f->state = bbum_move(BBUM_START, BBUM_EV_STARTED_FRESH)->to;
	f->news = true;
	map64_put(w->index, (uint64_t)id, (uint32_t)w->devices.n);
	vec_push(&w->devices, f);
	*ret = f;
	return OK;
}

/* ---- what a device does ---- */

static bool go(struct fake *f, enum bbum_event ev)
{
	const struct bbum_move *m = bbum_move(f->state, ev);

	if (!m)
		return false;
	f->state = m->to;
	f->news = true;
	return true;
}

static bool use_up(int *n)
{
	if (*n <= 0)
		return false;
	(*n)--;
	return true;
}

static void trigger(struct fake *f)
{
	if (f->broken) {
		go(f, BBUM_EV_FAULT);
		return;
	}
	if (!go(f, BBUM_EV_TRIGGER)) {
		f->answer = BBUM_ANSWER_REJECTED;
		return;
	}
	f->triggers++;
	f->result = BBUM_RESULT_UNDEFINED;
	f->result_cycle_id = f->cycle_id;
	f->result_seq = f->seq;
	f->work = 2;
}

static void boot(struct fake_world *w, struct fake *f)
{
	enum bbum_state memorised = f->state;

	if (!go(f, use_up(&f->noboot) ? BBUM_EV_RESTART_DENIED : BBUM_EV_RESTART_ALLOWED)) {
		f->answer = BBUM_ANSWER_REJECTED;
		return;
	}
	if (f->state != BBUM_BOOT) {
		f->answer = BBUM_ANSWER_REJECTED;
		str_copy(f->reason, sizeof f->reason, "not now");
		return;
	}
	f->boots++;
	if (f->standby.version[0] && !use_up(&f->stay)) {
		struct fake_effect fx = { .device_id = f->id,
					  .cycle_id = f->result_cycle_id,
					  .seq = f->result_seq };

		str_copy(fx.from, sizeof fx.from, f->runs.version);
		str_copy(fx.to, sizeof fx.to, f->standby.version);
		vec_push(&w->effects, fx);
		f->runs = f->standby;
		if (f->lie[0]) {
			str_copy(f->runs.version, sizeof f->runs.version, f->lie);
			f->runs.hash[0] = 0;
		}
		if (f->bad_hash)
			memset(f->runs.hash, 'F', 64);
	}
	memset(&f->standby, 0, sizeof f->standby);
	f->state = BBUM_START;
	go(f, memorised == BBUM_COMPLETED ? BBUM_EV_STARTED_COMPLETED
	      : memorised == BBUM_UPDATE  ? BBUM_EV_STARTED_UPDATE
					  : BBUM_EV_STARTED_NORMAL);
}

static void obey(struct fake_world *w, struct fake *f)
{
	enum bbum_command c = f->pending;

	f->pending = BBUM_CMD_NONE;
	f->news = true;
	/* A command that was handled before has no second effect (T41). */
	if (f->pending_cycle == f->cycle_id && f->pending_seq <= f->seq)
		return;
	f->cycle_id = f->pending_cycle;
	f->seq = f->pending_seq;
	f->answer = BBUM_ANSWER_ACCEPTED;
	f->reason[0] = 0;
	if (c == BBUM_CMD_TRIGGER) {
		trigger(f);
	} else if (c == BBUM_CMD_RESTART) {
		boot(w, f);
	} else if (c == BBUM_CMD_REQUEST_UPDATE) {
		bool no = use_up(&f->refuse);

		if (!go(f, no ? BBUM_EV_REQUEST_DENIED : BBUM_EV_REQUEST_ALLOWED) || no) {
			f->answer = BBUM_ANSWER_REJECTED;
			str_copy(f->reason, sizeof f->reason, "no permission");
		}
	} else if (!go(f, c == BBUM_CMD_CANCEL ? BBUM_EV_CANCEL : BBUM_EV_NORMAL_ALLOWED)) {
		f->answer = BBUM_ANSWER_REJECTED;
	} else {
		f->result = BBUM_RESULT_UNDEFINED;
	}
}

static void install(struct fake *f)
{
	enum bbum_event ev = BBUM_EV_INSTALLED;

	if (f->stall || --f->work > 0)
		return;
	if (!strcmp(f->offered.version, f->runs.version))
		ev = BBUM_EV_NO_UPDATE_NEEDED;
	else if (use_up(&f->verify))
		ev = BBUM_EV_VERIFY_FAILED;
	else if (use_up(&f->fail))
		ev = BBUM_EV_INSTALL_FAILED;
	if (ev == BBUM_EV_INSTALLED)
		f->standby = f->offered;
	f->result = ev == BBUM_EV_INSTALLED          ? BBUM_RESULT_SUCCESS
		    : ev == BBUM_EV_NO_UPDATE_NEEDED ? BBUM_RESULT_NOT_REQUIRED
		    : ev == BBUM_EV_VERIFY_FAILED    ? BBUM_RESULT_VERIFY_FAILED
						     : BBUM_RESULT_INSTALL_FAILED;
	go(f, ev);
}

static void tell(const struct fake_adapter *a, struct fake *f)
{
	struct report r = { .device_id = f->id };
	struct bbum_status *s = &r.status;

	if (f->mute)
		return;
	*s = (struct bbum_status){ .state = f->state,
				   .syntax_ok = true,
				   .integrity_ok = true,
				   .identity_ok = true,
				   .recommends = -1,
				   .cycle_id = f->cycle_id,
				   .seq = f->seq,
				   .answer = f->answer,
				   .result = f->result,
				   .result_cycle_id = f->result_cycle_id,
				   .result_seq = f->result_seq,
				   .boots = f->boots,
				   .progress = -1 };
	if (f->offered_name[0]) {
		str_copy(s->manifest, sizeof s->manifest, f->offered_name);
		str_copy(s->manifest_version, sizeof s->manifest_version, f->offered.version);
		s->recommends = strcmp(f->offered.version, f->runs.version) != 0;
	}
	str_copy(s->reason, sizeof s->reason, f->reason);
	str_copy(s->manufacturer, sizeof s->manufacturer, f->runs.manufacturer);
	str_copy(s->model, sizeof s->model, f->runs.model);
	str_copy(s->hardware, sizeof s->hardware, f->runs.hardware);
	str_copy(s->version, sizeof s->version, f->runs.version);
	str_copy(s->hash, sizeof s->hash, f->runs.hash);
	bbum_status_mark(s, r.mark);
	f->news = !a->to.post(a->to.ctx, &r);
}

/* ---- the adapter ---- */

static int ad_start(void **self, const struct adapter_init *init, struct err *e)
{
	struct fake_adapter *a = mem_zalloc(sizeof *a);

	(void)e;
	a->to = init->to;
	a->world = init->world ? init->world : fake_world_new(rnd_seeded(1));
	a->own_world = !init->world;
	*self = a;
	return OK;
}

static void ad_stop(void *self)
{
	struct fake_adapter *a = self;

	if (a->own_world)
		fake_world_free(a->world);
	free(a);
}

static int ad_command(void *self, const struct command *c, struct err *e)
{
	struct fake_adapter *a = self;
	struct fake *f;

	if (fake_get(a->world, c->device_id, c->address, &f, e))
		return err_wrap(e, "device %s", c->device);
	if (a->world->lose > 0 && --a->world->lose == 0) {
		a->world->lost = true;
		return OK;
	}
	if (c->manifest) {
		str_copy(f->offered_name, sizeof f->offered_name, c->manifest->name);
		str_copy(f->offered.manufacturer, sizeof f->offered.manufacturer, c->manifest->manufacturer);
		str_copy(f->offered.model, sizeof f->offered.model, c->manifest->model);
		str_copy(f->offered.hardware, sizeof f->offered.hardware, c->manifest->hardware);
		str_copy(f->offered.version, sizeof f->offered.version, c->manifest->version);
		str_copy(f->offered.hash, sizeof f->offered.hash, c->manifest->hash);
		f->news = true;
	}
	if (c->kind != BBUM_CMD_NONE) {
		f->pending = c->kind;
		f->pending_cycle = c->cycle_id;
		f->pending_seq = c->seq;
	}
	return OK;
}

static int ad_ask(void *self, int64_t device_id, const char *device, const char *address, struct err *e)
{
	struct fake_adapter *a = self;
	struct fake *f;

	if (fake_get(a->world, device_id, address, &f, e))
		return err_wrap(e, "device %s", device);
	f->news = true;
	return OK;
}

/* Every device takes at most one step, in an order that the seed decides; some say again what was said. */
static void ad_tick(void *self)
{
	struct fake_adapter *a = self;
	struct fake_world *w = a->world;

	for (size_t i = 0; i < w->devices.n; i++) {
		struct fake *f = w->devices.v[i];

		if (rnd_below(&w->rnd, 3) == 0)
			continue;
		if (f->pending != BBUM_CMD_NONE)
			obey(w, f);
		else if (f->state == BBUM_UPDATE)
			install(f);
		if (f->news || rnd_below(&w->rnd, 4) == 0)
			tell(a, f);
	}
}

const struct adapter ad_fake = {
	.name = "fake",
	.can = ADAPTER_CAN_CANCEL,
	.start = ad_start,
	.stop = ad_stop,
	.command = ad_command,
	.ask = ad_ask,
	.tick = ad_tick,
};
