/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The control port. GET /totals, /faults, /meters/EUI; POST /faults, POST /do with one of
 *   churn {eui, user, [quiet]}: the device's whole HAN is another supplier's; the losing one is told
 *   status {eui, status, [quiet]}      hub-firmware {eui, version, gbcs of its row}: the DCC pushed the hub
 *   runs {eui, version}: somebody else changed its firmware     said {eui, what, [user]}: sends an alert
 * again raw {user, body}: posts a document as it is                 clock {ahead}: ms that the devices'
 * clocks are ahead pause, resume: messages to the users are kept back          case {lower}: EUIs in lower
 * case   restart {}: counts of sins begin anew
 */
#include "fake.h"

#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

static const char *text_member(struct json_object *o, const char *name)
{
	struct json_object *v;

	return json_object_object_get_ex(o, name, &v) && json_object_is_type(v, json_type_string)
		   ? json_object_get_string(v)
		   : "";
}

static int64_t number_member(struct json_object *o, const char *name, int64_t otherwise)
{
	struct json_object *v;

	return json_object_object_get_ex(o, name, &v) ? json_object_get_int64(v) : otherwise;
}

static void number_put(struct json_object *o, const char *name, int64_t v)
{
	json_object_object_add(o, name, json_object_new_int64(v));
}

static void text_put(struct json_object *o, const char *name, const char *v)
{
	json_object_object_add(o, name, json_object_new_string(v));
}

static uint32_t meter_member(struct world *w, struct json_object *o, const char *name)
{
	const char *t = text_member(o, name);
	uint64_t eui;

	return eui_read(t, strlen(t), &eui) ? meter_find(w, eui) : NOBODY;
}

static bool version_member(struct json_object *o, uint32_t *ret)
{
	uint8_t p[4];

	if (!hex_read(text_member(o, "version"), p, 4))
		return false;
	*ret = (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
	return true;
}

/* How many of each model run what. */
static struct json_object *versions(const struct world *w)
{
	struct tally {
		uint32_t version;
		int64_t n;
	} *t = NULL;
	size_t n, cap = 0;
	struct json_object *all = json_object_new_object();

	for (size_t model = 0; model < w->nmodels; model++) {
		struct json_object *of = json_object_new_object();

		n = 0;
		for (size_t i = 0; i < w->nmeters; i++) {
			size_t k = 0;

			if (w->meter[i].model != model)
				continue;
			while (k < n && t[k].version != w->meter[i].version)
				k++;
			if (k == n) {
				t = grow(t, &cap, n + 1, sizeof *t);
				t[n++] = (struct tally){ w->meter[i].version, 0 };
			}
			t[k].n++;
		}
		for (size_t k = 0; k < n; k++) {
			char name[12];

			snprintf(name, sizeof name, "%08X", t[k].version);
			number_put(of, name, t[k].n);
		}
		json_object_object_add(all, w->model[model].name, of);
	}
	free(t);
	return all;
}

static void totals(const struct world *w, struct json_object *o)
{
	struct json_object *sins = json_object_new_object(), *asked = json_object_new_object(),
			   *sent = json_object_new_object();

	for (int i = 0; i < SINS; i++)
		if (w->sin[i])
			number_put(sins, sin_text[i], w->sin[i]);
	for (int i = 0; i < ASKS; i++)
		number_put(asked, asked_text[i], w->asked[i]);
	for (int i = 0; i < MESSAGES; i++)
		number_put(sent, message_text[i], w->sent[i]);
	number_put(o, "meters", (int64_t)w->nmeters);
	json_object_object_add(o, "versions", versions(w));
	json_object_object_add(o, "sins", sins);
	json_object_object_add(o, "asked", asked);
	json_object_object_add(o, "sent", sent);
	number_put(o, "answers", w->acks);
	number_put(o, "errors", w->errors);
	number_put(o, "taken", w->taken);
	number_put(o, "refused", w->refused_by_user);
	number_put(o, "again", w->again_count);
	number_put(o, "lost", w->lost);
	number_put(o, "activations", w->activations);
	number_put(o, "queue", (int64_t)w->queue_len);
	number_put(o, "events", (int64_t)w->nevents);
	number_put(o, "overtaken", w->overtaken);
	number_put(o, "bytes_in", w->bytes_in);
}

static struct json_object *path_of(const struct world *w, uint32_t meter)
{
	struct json_object *path = json_object_new_array();
	char v[12];

	for (size_t i = 0; i < w->nsteps; i++) {
		if (w->step[i].meter != meter)
			continue;
		if (!json_object_array_length(path)) {
			snprintf(v, sizeof v, "%08X", w->step[i].from);
			json_object_array_add(path, json_object_new_string(v));
		}
		snprintf(v, sizeof v, "%08X", w->step[i].to);
		json_object_array_add(path, json_object_new_string(v));
	}
	return path;
}

static struct json_object *journal_of(const struct world *w, uint32_t meter)
{
	struct json_object *list = json_object_new_array();
	char counter[24], eui[EUI_SIZE];

	for (size_t i = 0; i < w->njournal; i++) {
		const struct journal *j = &w->journal[i];
		struct json_object *o;

		if (j->meter != meter)
			continue;
		o = json_object_new_object();
		text_put(o, "service", asked_text[j->service]);
		number_put(o, "variant", j->variant);
		snprintf(counter, sizeof counter, "%llu", (unsigned long long)j->counter);
		text_put(o, "counter", counter);
		text_put(o, "user", eui_text(w->user[j->user].eui, eui));
		text_put(o, "code", j->code);
		number_put(o, "at", j->at);
		number_put(o, "when", j->when);
		json_object_array_add(list, o);
	}
	return list;
}

static void meter_put(const struct world *w, uint32_t at, struct json_object *o)
{
	const struct meter *m = &w->meter[at];
	char text[EUI_SIZE];

	text_put(o, "eui", eui_text(m->eui, text));
	text_put(o, "model", w->model[m->model].name);
	text_put(o, "kind", kind_text[w->model[m->model].kind]);
	snprintf(text, sizeof text, "%08X", m->version);
	text_put(o, "version", text);
	snprintf(text, sizeof text, "%08X", m->inventory);
	text_put(o, "inventory", text);
	text_put(o, "status", status_text[m->status]);
	text_put(o, "user", eui_text(w->user[m->user].eui, text));
	text_put(o, "hub", hub_of(w, m) ? eui_text(hub_of(w, m)->eui, text) : "");
	json_object_object_add(o, "bricked", json_object_new_boolean(m->bricked));
	json_object_object_add(o, "holds", json_object_new_boolean(m->held != NO_IMAGE));
	number_put(o, "activate_at", m->activate_at);
	json_object_object_add(o, "path", path_of(w, at));
	json_object_object_add(o, "journal", journal_of(w, at));
}

static const char *faults_do(struct world *w, struct json_object *in)
{
	int word = word_named(text_member(in, "word"));
	int64_t times = number_member(in, "times", 1), arg = number_member(in, "arg", 0);
	struct json_object *euis, *rate;

	if (word < 0)
		return "no such fault";
	if (json_object_object_get_ex(in, "rate", &rate)) {
		w->rate[word] = json_object_get_double(rate);
		w->rate_arg[word] = arg;
		return NULL;
	}
	if (!json_object_object_get_ex(in, "euis", &euis)) {
		fault_add(w, NOBODY, (enum word)word, times, arg);
		return NULL;
	}
	for (size_t i = 0; i < json_object_array_length(euis); i++) {
		const char *t = json_object_get_string(json_object_array_get_idx(euis, i));
		uint64_t eui;
		uint32_t at = eui_read(t, strlen(t), &eui) ? meter_find(w, eui) : NOBODY;

		if (at == NOBODY)
			return "no such meter";
		fault_add(w, at, (enum word)word, times, arg);
	}
	return NULL;
}

static const char *churn_do(struct world *w, struct json_object *in, uint32_t at)
{
	const char *t = text_member(in, "user");
	uint64_t eui;
	int user = eui_read(t, strlen(t), &eui) ? user_find(w, eui) : -1;
	const struct han *h;

	if (at == NOBODY || user < 0)
		return "eui and user are wanted";
	h = &w->han[w->meter[at].han];
	for (uint32_t i = h->first; i < h->first + h->count; i++) {
		enum kind k = w->model[w->meter[i].model].kind;

		if (!number_member(in, "quiet", 0) && (k == ESME || k == GSME))
			tell(w, (struct out){ .what = M_CHURN, .meter = i, .user = w->meter[i].user });
		w->meter[i].user = (uint8_t)user;
	}
	return NULL;
}

static const char *status_do(struct world *w, struct json_object *in, uint32_t at)
{
	const char *t = text_member(in, "status");
	int s;

	for (s = 0; s < STATUSES && strcmp(t, status_text[s]) != 0; s++)
		;
	if (at == NOBODY || s == STATUSES)
		return "eui and status are wanted";
	if (!number_member(in, "quiet", 0) && (s == S_SUSPENDED || w->meter[at].status == S_SUSPENDED))
		tell(w, (struct out){ .what = M_STATUS,
				      .meter = at,
				      .user = w->meter[at].user,
				      .code = s == S_SUSPENDED });
	w->meter[at].status = (uint8_t)s;
	return NULL;
}

static const char *hub_do(struct world *w, struct json_object *in, uint32_t at)
{
	const struct han *h;
	uint32_t version;

	if (at == NOBODY || !version_member(in, &version))
		return "eui and version are wanted";
	h = &w->han[w->meter[at].han];
	for (uint32_t i = h->first; i < h->first + h->count; i++) {
		struct meter *m = &w->meter[i];

		if (w->model[m->model].kind != CHF && w->model[m->model].kind != GPF)
			continue;
		m->version = m->inventory = version;
		tell(w, (struct out){ .what = M_HUB, .meter = i, .user = m->user, .version = version });
	}
	return NULL;
}

static const char *said_do(struct world *w, struct json_object *in, uint32_t at)
{
	const char *t = text_member(in, "what");
	struct out o = { .meter = at,
			 .version = at == NOBODY ? 0 : w->meter[at].version,
			 .code = (int)number_member(in, "code", 0),
			 .counter = (uint64_t)number_member(in, "counter", 0) };
	int what;

	for (what = 0; what < M_RAW && strcmp(t, message_text[what]) != 0; what++)
		;
	if (at == NOBODY || what == M_RAW)
		return "eui and what are wanted";
	o.what = (enum message)what;
	o.user = w->meter[at].user;
	o.image = w->meter[at].held;
	version_member(in, &o.version);
	if (o.what == M_MISMATCH)
		o.when = w->meter[at].inventory;
	tell(w, o);
	return NULL;
}

static const char *raw_do(struct world *w, struct json_object *in)
{
	const char *t = text_member(in, "user");
	uint64_t eui;
	int user = eui_read(t, strlen(t), &eui) ? user_find(w, eui) : -1;

	if (user < 0 || !w->nmeters)
		return "user is wanted";
	tell(w, (struct out){ .what = M_RAW,
			      .user = (uint8_t)user,
			      .raw = need(strdup(text_member(in, "body"))),
			      .forged = true });
	return NULL;
}

static const char *order_do(struct world *w, struct json_object *in)
{
	const char *what = text_member(in, "do");
	uint32_t at = meter_member(w, in, "eui"), version;

	if (!strcmp(what, "churn"))
		return churn_do(w, in, at);
	if (!strcmp(what, "status"))
		return status_do(w, in, at);
	if (!strcmp(what, "hub-firmware"))
		return hub_do(w, in, at);
	if (!strcmp(what, "said"))
		return said_do(w, in, at);
	if (!strcmp(what, "raw"))
		return raw_do(w, in);
	if (!strcmp(what, "runs") && at != NOBODY && version_member(in, &version)) {
		w->meter[at].version = version;
		return NULL;
	}
	if (!strcmp(what, "clock")) {
		w->clock_offset = number_member(in, "ahead", 0);
		return NULL;
	}
	if (!strcmp(what, "pause") || !strcmp(what, "resume")) {
		w->paused = !strcmp(what, "pause");
		return NULL;
	}
	if (!strcmp(what, "case")) {
		w->lower = number_member(in, "lower", 0);
		return NULL;
	}
	if (!strcmp(what, "restart")) {
		memset(w->sin, 0, sizeof w->sin);
		return NULL;
	}
	return "no such order";
}

static const char *get_do(struct world *w, const char *path, struct json_object *out)
{
	uint64_t eui;

	if (!strcmp(path, "/totals")) {
		totals(w, out);
		return NULL;
	}
	if (!strncmp(path, "/meters/", 8) && eui_read(path + 8, strlen(path + 8), &eui) &&
	    meter_find(w, eui) != NOBODY) {
		meter_put(w, meter_find(w, eui), out);
		return NULL;
	}
	if (!strcmp(path, "/faults")) {
		for (size_t i = 0; i < w->nfaults; i++)
			if (w->fault[i].left)
				number_put(out, word_text[w->fault[i].word], w->fault[i].left);
		return NULL;
	}
	return "no such thing";
}

int control_do(struct world *w, const char *method, const char *path, const char *body, size_t n,
	       struct buf *answer)
{
	struct json_object *out = json_object_new_object(), *in = NULL;
	const char *wrong = "no such thing";
	struct json_tokener *t = json_tokener_new();

	if (!strcmp(method, "GET")) {
		wrong = get_do(w, path, out);
	} else {
		in = json_tokener_parse_ex(t, body, (int)n);
		if (!in)
			wrong = "no JSON";
		else if (!strcmp(path, "/faults"))
			wrong = faults_do(w, in);
		else if (!strcmp(path, "/do"))
			wrong = order_do(w, in);
	}
	if (wrong)
		text_put(out, "error", wrong);
	buf_put(answer, json_object_to_json_string_ext(out, JSON_C_TO_STRING_PLAIN));
	json_tokener_free(t);
	json_object_put(in);
	json_object_put(out);
	return wrong ? 404 : 200;
}
