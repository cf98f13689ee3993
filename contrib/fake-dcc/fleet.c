/* SPDX-License-Identifier: Apache-2.0 */
/* The file that says what is played, and who is where. See firpath-fakedcc --help for its lines. */
#include "fake.h"

#include <stdlib.h>
#include <string.h>

uint32_t meter_find(const struct world *w, uint64_t eui)
{
	uint64_t state = eui;
	size_t at;

	if (!w->by_eui_size)
		return NOBODY;
	for (at = chance(&state) % w->by_eui_size; w->by_eui[at]; at = (at + 1) % w->by_eui_size)
		if (w->meter[w->by_eui[at] - 1].eui == eui)
			return w->by_eui[at] - 1;
	return NOBODY;
}

static void index_make(struct world *w)
{
	w->by_eui_size = w->nmeters * 2 + 7;
	w->by_eui = need(calloc(w->by_eui_size, sizeof *w->by_eui));
	for (size_t i = 0; i < w->nmeters; i++) {
		uint64_t state = w->meter[i].eui;
		size_t at = chance(&state) % w->by_eui_size;

		while (w->by_eui[at])
			at = (at + 1) % w->by_eui_size;
		w->by_eui[at] = (uint32_t)i + 1;
	}
}

int user_find(const struct world *w, uint64_t eui)
{
	for (size_t i = 0; i < w->nusers; i++)
		if (w->user[i].eui == eui)
			return (int)i;
	return -1;
}

int model_named(const struct world *w, const char *name)
{
	for (size_t i = 0; i < w->nmodels; i++)
		if (!strcmp(w->model[i].name, name))
			return (int)i;
	return -1;
}

const struct firmware *firmware_of(const struct world *w, int model, uint32_t version)
{
	for (size_t i = 0; i < w->nfirmwares; i++)
		if (w->firmware[i].model == model && w->firmware[i].version == version)
			return &w->firmware[i];
	return NULL;
}

const char *gbcs_of(const struct world *w, const struct meter *m)
{
	const struct firmware *f = firmware_of(w, m->model, m->version);

	return f ? f->gbcs : "0.0";
}

bool hop_allowed(const struct world *w, int model, uint32_t from, uint32_t to)
{
	for (size_t i = 0; i < w->nhops; i++)
		if (w->hop[i].model == model && w->hop[i].from == from && w->hop[i].to == to)
			return true;
	return false;
}

struct meter *hub_of(const struct world *w, const struct meter *m)
{
	const struct han *h = &w->han[m->han];

	return h->hub < h->count ? &w->meter[h->first + h->hub] : NULL;
}

int version_compare(const char *a, const char *b)
{
	char *x, *y;

	for (;;) {
		long p = strtol(a, &x, 10), q = strtol(b, &y, 10);

		if (p != q)
			return p < q ? -1 : 1;
		if (*x != '.' || *y != '.')
			return (*x == '.') - (*y == '.');
		a = x + 1;
		b = y + 1;
	}
}

/* One line, taken apart: words, and NAME=VALUE among them. */
#define WORDS_MAX 24
struct line {
	const char *path;
	int n, number;
	char *word[WORDS_MAX];
};

static bool wrong(const struct line *l, const char *why)
{
	fprintf(stderr, "firpath-fakedcc: %s:%d: %s\n", l->path, l->number, why);
	return false;
}

static const char *value(const struct line *l, const char *name)
{
	size_t n = strlen(name);

	for (int i = 1; i < l->n; i++)
		if (!strncmp(l->word[i], name, n) && l->word[i][n] == '=')
			return l->word[i] + n + 1;
	return NULL;
}

static bool hex_value(const struct line *l, const char *name, int octets, uint32_t *ret)
{
	const char *v = value(l, name);
	uint8_t p[4];

	if (!v || !hex_read(v, p, (size_t)octets))
		return false;
	*ret = 0;
	for (int i = 0; i < octets; i++)
		*ret = *ret << 8 | p[i];
	return true;
}

static void text_value(const struct line *l, const char *name, char *ret, size_t n)
{
	const char *v = value(l, name);

	snprintf(ret, n, "%s", v ? v : "");
	for (; *ret; ret++)
		if (*ret == '_')
			*ret = ' ';
}

static bool version_read(const char *text, uint32_t *ret)
{
	uint8_t p[4];

	if (!text || !hex_read(text, p, 4))
		return false;
	*ret = (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
	return true;
}

/* model NAME kind=ESME manufacturer=1081 model=00A10102 firmware=00010000 [variant= band= smets=] */
static bool model_line(struct world *w, const struct line *l)
{
	struct model m = { 0 };
	const char *kind = value(l, "kind");
	uint32_t manufacturer, model;

	for (m.kind = 0; kind && m.kind < KINDS && strcmp(kind, kind_text[m.kind]) != 0; m.kind++)
		;
	if (l->n < 2 || !kind || m.kind == KINDS || w->nmodels == 255)
		return wrong(l, "model NAME kind=ESME ...");
	if (!hex_value(l, "manufacturer", 2, &manufacturer) || !hex_value(l, "model", 4, &model) ||
	    !hex_value(l, "firmware", 4, &m.first))
		return wrong(l, "manufacturer= (4 digits), model= (8) and firmware= (8) are wanted");
	snprintf(m.name, sizeof m.name, "%s", l->word[1]);
	m.manufacturer = (uint16_t)manufacturer;
	m.type = (uint16_t)(model >> 16);
	m.hardware = (uint16_t)model;
	text_value(l, "variant", m.variant, sizeof m.variant);
	text_value(l, "band", m.band, sizeof m.band);
	text_value(l, "smets", m.smets, sizeof m.smets);
	w->model = grow(w->model, &w->cmodels, w->nmodels + 1, sizeof *w->model);
	w->model[w->nmodels++] = m;
	return true;
}

/* firmware MODEL 00010100 gbcs=2.0 [hub=4.0] */
static bool firmware_line(struct world *w, const struct line *l)
{
	struct firmware f = { .model = l->n > 2 ? model_named(w, l->word[1]) : -1 };

	if (f.model < 0 || !version_read(l->word[2], &f.version) || !value(l, "gbcs"))
		return wrong(l, "firmware MODEL VERSION gbcs=2.0");
	text_value(l, "gbcs", f.gbcs, sizeof f.gbcs);
	text_value(l, "hub", f.hub_gbcs, sizeof f.hub_gbcs);
	w->firmware = grow(w->firmware, &w->cfirmwares, w->nfirmwares + 1, sizeof *w->firmware);
	w->firmware[w->nfirmwares++] = f;
	return true;
}

/* hop MODEL FROM TO */
static bool hop_line(struct world *w, const struct line *l)
{
	struct hop h = { .model = l->n == 4 ? model_named(w, l->word[1]) : -1 };

	if (h.model < 0 || !version_read(l->word[2], &h.from) || !version_read(l->word[3], &h.to))
		return wrong(l, "hop MODEL FROM TO");
	w->hop = grow(w->hop, &w->chops, w->nhops + 1, sizeof *w->hop);
	w->hop[w->nhops++] = h;
	return true;
}

/* user EUI roles=IS,GS xml=FILE command=FILE url=http://HOST:PORT/PATH */
static bool user_line(struct world *w, const struct line *l)
{
	struct user u = { 0 };
	const char *roles = value(l, "roles"), *xml = value(l, "xml"), *command = value(l, "command"),
		   *url = value(l, "url");

	if (l->n < 2 || !eui_read(l->word[1], strlen(l->word[1]), &u.eui) || !roles || !xml || !url ||
	    w->nusers == 250)
		return wrong(l, "user EUI roles=IS,GS xml=FILE [command=FILE] url=http://HOST:PORT/PATH");
	if (sscanf(url, "http://%79[^:/]:%7[0-9]%199s", u.host, u.port, u.path) != 3)
		return wrong(l, "url=http://HOST:PORT/PATH");
	u.is = strstr(roles, "IS") != NULL;
	u.gs = strstr(roles, "GS") != NULL;
	u.xml = cert_load(xml);
	u.command = command ? cert_load(command) : NULL;
	if (!u.xml || (command && !u.command) || !cert_names(u.xml, u.issuer, u.serial))
		return wrong(l, "a certificate cannot be read");
	w->user = grow(w->user, &w->cusers, w->nusers + 1, sizeof *w->user);
	w->user[w->nusers++] = u;
	return true;
}

static bool device_add(struct world *w, struct han *h, const char *name, uint64_t eui, int user,
		       enum status status, const char *firmware)
{
	int model = model_named(w, name);
	struct meter m = { .eui = eui,
			   .activate_at = -1,
			   .user = (uint8_t)user,
			   .model = (uint8_t)model,
			   .status = (uint8_t)status };

	if (model < 0)
		return false;
	m.han = (uint32_t)w->nhans;
	m.counter_user = m.user;
	m.version = w->model[model].first;
	if (firmware && !version_read(firmware, &m.version))
		return false;
	m.inventory = m.version;
	if (w->model[model].kind == CHF)
		h->hub = h->count;
	h->count++;
	w->meter = grow(w->meter, &w->cmeters, w->nmeters + 1, sizeof *w->meter);
	w->meter[w->nmeters++] = m;
	return true;
}

/* han EUI COUNT MODEL[,MODEL...] user=EUI [status=Suspended firmware=00010000]: HANs one after another, their
 * devices too */
static bool han_line(struct world *w, const struct line *l)
{
	uint64_t eui, count, owner;
	const char *user = value(l, "user"), *status = value(l, "status"), *firmware = value(l, "firmware");
	int who = user && eui_read(user, strlen(user), &owner) ? user_find(w, owner) : -1;
	unsigned s = S_COMMISSIONED;

	for (; status && s < STATUSES && strcmp(status, status_text[s]) != 0;)
		s = s == S_COMMISSIONED ? 0 : s + 1 == S_COMMISSIONED ? S_COMMISSIONED + 1 : s + 1;
	if (l->n < 5 || !eui_read(l->word[1], strlen(l->word[1]), &eui) || !u64_read(l->word[2], &count) ||
	    who < 0 || s >= STATUSES)
		return wrong(l, "han EUI COUNT MODEL,... user=EUI [status=]");
	for (uint64_t i = 0; i < count; i++) {
		struct han h = { (uint32_t)w->nmeters, 0, UINT16_MAX };
		char models[300], *at = models, *name;

		snprintf(models, sizeof models, "%s", l->word[3]);
		while ((name = strsep(&at, ",")))
			if (!device_add(w, &h, name, eui++, who, (enum status)s, firmware))
				return wrong(l, "a model or firmware that is not known");
		w->han = grow(w->han, &w->chans, w->nhans + 1, sizeof *w->han);
		w->han[w->nhans++] = h;
	}
	return true;
}

static bool number_line(const struct line *l, int64_t *ret)
{
	uint64_t v;

	if (l->n != 2 || !u64_read(l->word[1], &v) || v > INT64_MAX)
		return wrong(l, "a number is wanted");
	*ret = (int64_t)v;
	return true;
}

static bool text_line(const struct line *l, char *ret, size_t n)
{
	if (l->n != 2 || strlen(l->word[1]) >= n)
		return wrong(l, "one word is wanted");
	snprintf(ret, n, "%s", l->word[1]);
	return true;
}

static bool dcc_line(struct world *w, const struct line *l)
{
	const char *cert = value(l, "cert"), *key = value(l, "key"), *forger = value(l, "forger");

	if (l->n < 4 || !eui_read(l->word[1], strlen(l->word[1]), &w->eui) || !cert || !key)
		return wrong(l, "dcc EUI cert=FILE key=FILE [forger=FILE]");
	w->dsp = cert_load(cert);
	w->dsp_key = key_load(key);
	w->forger = forger ? key_load(forger) : w->dsp_key;
	return w->dsp && w->dsp_key && w->forger && cert_names(w->dsp, w->dsp_issuer, w->dsp_serial);
}

static bool line_take(struct world *w, const struct line *l, char *listen, char *control)
{
	const struct {
		const char *name;
		int64_t *number;
	} numbers[] = { { "delay-answer", &w->delay_answer },
			{ "delay-deliver", &w->delay_deliver },
			{ "delay-verify", &w->delay_verify },
			{ "delay-command", &w->delay_command },
			{ "delay-read", &w->delay_read },
			{ "delay-install", &w->delay_install },
			{ "jitter", &w->jitter } };
	const char *what = l->word[0];
	int64_t n;

	for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
		if (!strcmp(what, numbers[i].name))
			return number_line(l, numbers[i].number);
	if (!strcmp(what, "dcc"))
		return dcc_line(w, l);
	if (!strcmp(what, "model"))
		return model_line(w, l);
	if (!strcmp(what, "firmware"))
		return firmware_line(w, l);
	if (!strcmp(what, "hop"))
		return hop_line(w, l);
	if (!strcmp(what, "user"))
		return user_line(w, l);
	if (!strcmp(what, "han"))
		return han_line(w, l);
	if (!strcmp(what, "listen"))
		return text_line(l, listen, 64);
	if (!strcmp(what, "control"))
		return text_line(l, control, 64);
	if (!strcmp(what, "schema"))
		return text_line(l, w->schema, sizeof w->schema);
	if (!strcmp(what, "authority-code"))
		return text_line(l, w->authority_code, sizeof w->authority_code);
	if (!strcmp(what, "log"))
		return text_line(l, w->log_dir, sizeof w->log_dir);
	if (!strcmp(what, "journal"))
		return w->journal_on = true;
	if (!strcmp(what, "strict"))
		return w->strict = true;
	if (!strcmp(what, "version-alert"))
		return w->version_alert = true;
	if (!strcmp(what, "parallel") && number_line(l, &n) && n > 0 && n <= 256) {
		w->parallel = (int)n;
		return true;
	}
	return wrong(l, "such a line is not known");
}

bool config_read(struct world *w, const char *path, char *listen, char *control)
{
	FILE *f = fopen(path, "re");
	struct line l = { .path = path };
	char *text = NULL, *at;
	size_t cap = 0;
	bool ok = f != NULL;

	if (!f)
		perror(path);
	while (ok && getline(&text, &cap, f) >= 0) {
		l.number++;
		l.n = 0;
		for (at = text; l.n < WORDS_MAX && (l.word[l.n] = strsep(&at, " \t\n"));)
			if (*l.word[l.n])
				l.n++;
		if (l.n && l.word[0][0] != '#')
			ok = line_take(w, &l, listen, control);
	}
	free(text);
	if (f)
		fclose(f);
	if (ok && !w->dsp) {
		fprintf(stderr, "firpath-fakedcc: %s: no line `dcc`\n", path);
		ok = false;
	}
	index_make(w);
	return ok;
}
