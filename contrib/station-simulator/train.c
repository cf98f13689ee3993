/* SPDX-License-Identifier: Apache-2.0 */
/* A firmware job as a train of steps (L01, L02), made when the request is accepted and kept in the flash:
 * what the behaviours want stands in it, so that it goes on after a power cut as if nothing had happened. */
#include "sim.h"

#include "base/digest.h"

enum {
	ST_NONE,
	ST_DOWNLOAD_SCHEDULED,
	ST_DOWNLOADING,
	ST_DOWNLOAD_PAUSED,
	ST_DOWNLOADED,
	ST_DOWNLOAD_FAILED,
	ST_SIGNATURE_VERIFIED,
	ST_INVALID_SIGNATURE,
	ST_INSTALL_SCHEDULED,
	ST_INSTALL_REBOOTING,
	ST_INSTALLING,
	ST_INSTALLED,
	ST_INSTALLATION_FAILED,
	ST_VERIFICATION_FAILED,
	ST_ROLLED_BACK
};
const char *const status_text[] = { "Idle",
				    "DownloadScheduled",
				    "Downloading",
				    "DownloadPaused",
				    "Downloaded",
				    "DownloadFailed",
				    "SignatureVerified",
				    "InvalidSignature",
				    "InstallScheduled",
				    "InstallRebooting",
				    "Installing",
				    "Installed",
				    "InstallationFailed",
				    "InstallVerificationFailed",
				    "RolledBack" };
enum { EVENT_UPDATED, EVENT_SIGNATURE };
static const char *const event_text[] = { "FirmwareUpdated", "InvalidFirmwareSignature" };

/* Dotted numbers; other text after them is compared as text. */
int version_compare(const char *a, const char *b)
{
	for (;;) {
		char *ea, *eb;
		long na = strtol(a, &ea, 10), nb = strtol(b, &eb, 10);

		if (ea == a || eb == b)
			return strcmp(a, b);
		if (na != nb)
			return na < nb ? -1 : 1;
		if (*ea != '.' || *eb != '.')
			return strcmp(ea, eb);
		a = ea + 1;
		b = eb + 1;
	}
}

const struct image *image_find(const struct sim *s, const char *text)
{
	for (size_t i = 0; i < s->images.n; i++)
		if (strcasestr(text, s->images.v[i].sha))
			return &s->images.v[i];
	return NULL;
}

/* ---- making the train ---- */

static void step(struct flash *f, enum op op, int arg)
{
	if (f->nsteps < STEPS)
		f->step[f->nsteps++] = (uint16_t)(op << 8 | arg);
}

static void status(const struct sim *s, const struct station *st, int what)
{
	struct flash *f = st->flash;

	if (behaves(s, st, B_ONLY_INSTALLED) && what != ST_INSTALLED)
		return;
	step(f, OP_STATUS, what);
	if (behaves(s, st, B_DUPLICATE_STATUS) ||
	    (what == ST_DOWNLOAD_FAILED && behaves(s, st, B_DOWNLOAD_FAILED_TWICE)))
		step(f, OP_STATUS, what);
}

static void event(const struct sim *s, const struct station *st, int what)
{
	if (!behaves(s, st, B_EVENT_NONE))
		step(st->flash, OP_EVENT, what);
}

static void make_download(const struct sim *s, const struct station *st)
{
	struct flash *f = st->flash;

	if (behaves(s, st, B_DOWNLOAD_SCHEDULED) || behaves(s, st, B_TRANSACTION_WAITS)) {
		status(s, st, ST_DOWNLOAD_SCHEDULED);
		step(f, OP_TX_WAIT, 20);
	}
	status(s, st, ST_DOWNLOADING);
	step(f, OP_WAIT, 20);
	for (int i = 0; i < 2 && behaves(s, st, B_REPEAT_DOWNLOADING); i++) {
		status(s, st, ST_DOWNLOADING);
		step(f, OP_WAIT, 10);
	}
	if (behaves(s, st, B_DOWNLOAD_PAUSED)) {
		status(s, st, ST_DOWNLOAD_PAUSED);
		step(f, OP_WAIT, 20);
		status(s, st, ST_DOWNLOADING);
	}
	if (behaves(s, st, B_DROP_MID_DOWNLOAD))
		step(f, OP_DROP, 0);
	if (behaves(s, st, B_REBOOT_MID_SKIP)) {
		step(f, OP_FORGET, 0);
		return;
	}
	if (behaves(s, st, B_REBOOT_MID_DOWNLOAD)) {
		step(f, OP_REBOOT, 0);
		status(s, st, ST_DOWNLOADING);
	}
	step(f, OP_FETCH, 0);
	step(f, OP_WAIT, 30);
}

static bool falls_back(const struct sim *s, const struct station *st)
{
	return behaves(s, st, B_ROLLED_BACK) || behaves(s, st, B_ROLLED_BACK_LATE);
}

/* The new firmware starts. */
static void make_start(const struct sim *s, const struct station *st)
{
	struct flash *f = st->flash;
	bool quiet = behaves(s, st, B_INSTALLED_NEW_CONNECTION) || behaves(s, st, B_INSTALLED_BEFORE_BOOT);

	if (!behaves(s, st, B_NO_REBOOT)) {
		if (!quiet && !behaves(s, st, B_REBOOT_FIRST))
			status(s, st, ST_INSTALL_REBOOTING);
		if (behaves(s, st, B_ROLLED_BACK))
			step(f, OP_BACK, 0);
		step(f, OP_REBOOT, !behaves(s, st, B_ROLLED_BACK));
	}
	if (behaves(s, st, B_ROLLED_BACK_LATE)) {
		step(f, OP_WAIT, 20);
		step(f, OP_BACK, 0);
		step(f, OP_REBOOT, 0);
	}
	if (falls_back(s, st)) {
		status(s, st, f->by_parts ? ST_ROLLED_BACK : ST_INSTALLATION_FAILED);
		return;
	}
	if (behaves(s, st, B_INSTALL_LOST))
		return;
	if (behaves(s, st, B_EVENT_BEFORE))
		event(s, st, EVENT_UPDATED);
	status(s, st, ST_INSTALLED);
	if (!behaves(s, st, B_EVENT_BEFORE))
		event(s, st, EVENT_UPDATED);
}

static bool is_downgrade(const struct flash *f)
{
	for (int i = 0; i < f->ntargets; i++)
		for (int k = 0; k < f->nparts; k++)
			if (!strcmp(f->target[i].name, f->part[k].name) && f->target[i].version[0] &&
			    version_compare(f->target[i].version, f->part[k].version) < 0)
				return true;
	return false;
}

static void make_install(const struct sim *s, const struct station *st)
{
	struct flash *f = st->flash;

	if (behaves(s, st, B_INSTALL_SCHEDULED)) {
		status(s, st, ST_INSTALL_SCHEDULED);
		step(f, OP_TX_WAIT, 20);
	}
	if (behaves(s, st, B_REBOOT_FIRST)) {
		status(s, st, ST_INSTALL_REBOOTING);
		step(f, OP_WAIT, 20);
	}
	status(s, st, ST_INSTALLING);
	step(f, OP_WAIT, 60);
	if (behaves(s, st, B_INSTALLATION_FAILED) ||
	    (behaves(s, st, B_HW_REFUSES_DOWNGRADE) && is_downgrade(f))) {
		status(s, st, ST_INSTALLATION_FAILED);
	} else if (behaves(s, st, B_VERIFICATION_FAILED)) {
		status(s, st, ST_VERIFICATION_FAILED);
	} else {
		if (!behaves(s, st, B_INSTALLED_UNCHANGED))
			step(f, OP_ACTIVATE, 0);
		make_start(s, st);
	}
}

void train_start(struct sim *s, struct station *st, bool is_signed)
{
	struct flash *f = st->flash;

	f->busy = true;
	f->last_request = f->request;
	f->nsteps = f->at = f->fetched = 0;
	s->jobs++;
	tell(s, st, "job", ",\"request\":%lld,\"update\":%lld,\"signed\":%s", (long long)f->request,
	     (long long)f->updates, is_signed ? "true" : "false");
	if (behaves(s, st, B_UNAVAILABLE))
		step(f, OP_EVSES, 0);
	make_download(s, st);
	if (behaves(s, st, B_DOWNLOAD_FAILED) || behaves(s, st, B_DOWNLOAD_FAILED_TWICE)) {
		status(s, st, ST_DOWNLOAD_FAILED);
	} else {
		status(s, st, ST_DOWNLOADED);
		if (behaves(s, st, B_INVALID_SIGNATURE)) {
			if (behaves(s, st, B_EVENT_BEFORE))
				event(s, st, EVENT_SIGNATURE);
			status(s, st, ST_INVALID_SIGNATURE);
			if (!behaves(s, st, B_EVENT_BEFORE))
				event(s, st, EVENT_SIGNATURE);
		} else {
			if (is_signed)
				status(s, st, ST_SIGNATURE_VERIFIED);
			make_install(s, st);
		}
	}
	if (behaves(s, st, B_UNAVAILABLE))
		step(f, OP_EVSES, 1);
	step(f, OP_END, 0);
	train_resume(s, st);
}

void train_resume(struct sim *s, struct station *st)
{
	if (!st->flash->busy)
		return;
	st->job_epoch++;
	due_at(s, st, D_STEP, paced(s, st, 500), st->job_epoch, 0, NULL);
}

void train_cancel(struct sim *s, struct station *st)
{
	struct flash *f = st->flash;

	st->job_epoch++;
	f->busy = false;
	mem_free(st->certificate);
	mem_free(st->signature);
	st->certificate = st->signature = NULL;
	tell(s, st, "job-end", ",\"request\":%lld", (long long)f->request);
	s->ended++;
}

/* ---- its steps ---- */

static void runs(struct sim *s, struct station *st, struct target *part, const char *version)
{
	char from[NAME];

	str_copy(from, sizeof from, part->version);
	str_copy(part->version, NAME, version);
	tell(s, st, "runs", ",\"component\":\"%s\",\"from\":\"%s\",\"to\":\"%s\",\"request\":%lld",
	     part->name, from, version, (long long)st->flash->request);
}

static struct target *part_of(struct flash *f, const char *name)
{
	for (int i = 0; i < f->nparts; i++)
		if (!strcmp(f->part[i].name, name))
			return &f->part[i];
	return NULL;
}

static void activate(struct sim *s, struct station *st)
{
	struct flash *f = st->flash;

	if (behaves(s, st, B_COMPONENTS_CHANGE) && !f->converted && f->nparts == 1) {
		runs(s, st, &f->part[0], f->target[0].version);
		str_copy(f->part[0].name, NAME, "Main");
		f->part[1] = (struct target){ "Metrology", "1.0" };
		f->regulated[1] = true;
		f->nparts = 2;
		f->converted = true;
		return;
	}
	for (int i = 0; i < f->ntargets; i++) {
		struct target *part = part_of(f, f->target[i].name);
		char old[NAME];

		if (!part)
			part = &f->part[0];
		str_copy(old, sizeof old, part->version);
		runs(s, st, part, behaves(s, st, B_WRONG_VERSION) ? "99.9.9" : f->target[i].version);
		if (falls_back(s, st))
			str_copy(f->target[i].version, NAME, old); /* where it falls back to */
	}
}

static void fall_back(struct sim *s, struct station *st)
{
	struct flash *f = st->flash;

	for (int i = 0; i < f->ntargets; i++) {
		struct target *part = part_of(f, f->target[i].name);

		runs(s, st, part ? part : &f->part[0], f->target[i].version);
	}
}

static void tell_status(struct sim *s, struct station *st, int what)
{
	struct flash *f = st->flash;

	f->last_status = (uint8_t)what;
	if (!f->by_parts) {
		say_status(s, st, status_text[what], f->request);
		return;
	}
	for (int i = 0; i < f->ntargets; i++)
		say_component(s, st, &f->target[i], status_text[what]);
}

/* The n-th line of the locations; false: there is none. */
static bool location(const struct flash *f, int n, char *buf, size_t size)
{
	const char *at = f->location;

	while (n-- > 0 && *at) {
		at += strcspn(at, "\n");
		at += *at == '\n';
	}
	str_copyn(buf, size, at, strcspn(at, "\n"));
	return *buf;
}

static void reboot(struct sim *s, struct station *st, bool updated)
{
	struct flash *f = st->flash;

	f->booted = false;
	f->reason_update = updated;
	st->sent_boot = false;
	net_drop(s, st, "restart", paced(s, st, 3000) + 1);
}

/* What a step does at once; the time until the next one, or -1: something else calls. */
static int64_t step_do(struct sim *s, struct station *st, enum op op, int arg)
{
	struct flash *f = st->flash;
	char url[2050];

	switch (op) {
	case OP_STATUS:
		tell_status(s, st, arg);
		return paced(s, st, 300);
	case OP_WAIT:
		return paced(s, st, arg * 100);
	case OP_TX_WAIT:
		return paced(s, st, arg * 100);
	case OP_FETCH:
		if (!s->fetch || !location(f, f->fetched, url, sizeof url))
			return paced(s, st, 1000);
		f->at--; /* until it is here */
		fetch_ask(s, st, url);
		return -1;
	case OP_ACTIVATE:
		activate(s, st);
		return 0;
	case OP_BACK:
		fall_back(s, st);
		return 0;
	case OP_DROP:
		net_drop(s, st, "drop", paced(s, st, 2000) + 1);
		return -1;
	case OP_REBOOT:
		reboot(s, st, arg);
		return -1;
	case OP_EVENT:
		say_event(s, st, event_text[arg]);
		return 0;
	case OP_EVSES:
		say_evses(s, st, arg);
		return 0;
	case OP_FORGET:
		train_cancel(s, st);
		reboot(s, st, false);
		return -1;
	case OP_END:
		train_cancel(s, st);
		return -1;
	}
	return -1;
}

void train_step(struct sim *s, struct station *st)
{
	struct flash *f = st->flash;

	while (f->busy && f->at < f->nsteps) {
		uint32_t epoch = st->job_epoch;
		enum op op = (enum op)(f->step[f->at] >> 8);
		int arg = f->step[f->at] & 255;
		int64_t wait;

		/* What must be said waits for somebody who listens. */
		if (st->stage != S_OPEN &&
		    (op == OP_STATUS || op == OP_EVENT || op == OP_EVSES || op == OP_DROP || op == OP_REBOOT))
			return;
		/* A station restarts when it has said what it had to say, or after three seconds. */
		if (op == OP_REBOOT && (st->pending || st->queue) && st->waits++ < 150) {
			due_at(s, st, D_STEP, 20, st->job_epoch, 0, NULL);
			return;
		}
		st->waits = 0;
		if (op == OP_TX_WAIT && st->busy_tx) {
			due_at(s, st, D_STEP, paced(s, st, 1000), st->job_epoch, 0, NULL);
			return;
		}
		f->at++;
		wait = step_do(s, st, op, arg);
		if (wait < 0 || epoch != st->job_epoch)
			return;
		if (wait > 0) {
			due_at(s, st, D_STEP, wait, st->job_epoch, 0, NULL);
			return;
		}
	}
}

/* The rest of the train is one bad end. */
static void fail(struct sim *s, struct station *st, int what)
{
	struct flash *f = st->flash;

	f->nsteps = f->at = 0;
	status(s, st, what);
	if (what == ST_INVALID_SIGNATURE)
		event(s, st, EVENT_SIGNATURE);
	if (behaves(s, st, B_UNAVAILABLE))
		step(f, OP_EVSES, 1);
	step(f, OP_END, 0);
	due_at(s, st, D_STEP, 0, st->job_epoch, 0, NULL);
}

/* "station-image COMPONENT VERSION" is how an image may begin. */
static void learn(struct sim *s, struct station *st, const char *sha, const char *head)
{
	struct flash *f = st->flash;
	struct target *t = &f->target[f->fetched < f->ntargets ? f->fetched : 0];
	const struct image *i = image_find(s, sha);
	char name[NAME], version[NAME];

	if (f->by_parts)
		return;
	if (i) {
		str_copy(t->name, NAME, i->name);
		str_copy(t->version, NAME, i->version);
	} else if (sscanf(head, "station-image %50s %50s", name, version) == 2) {
		str_copy(t->name, NAME, name);
		str_copy(t->version, NAME, version);
	}
}

void train_fetched(struct sim *s, struct station *st, enum fetched how, const char *sha, const char *head)
{
	struct flash *f = st->flash;

	tell(s, st, "fetched", ",\"ok\":%s,\"sha256\":\"%s\"", how == FETCH_OK ? "true" : "false", sha);
	if (how == FETCH_FAILED) {
		fail(s, st, ST_DOWNLOAD_FAILED);
		return;
	}
	if (how == FETCH_BAD_SIGNATURE) {
		fail(s, st, ST_INVALID_SIGNATURE);
		return;
	}
	learn(s, st, sha, head);
	f->fetched++;
	if (f->fetched >= f->ntargets)
		f->at++;
	due_at(s, st, D_STEP, 0, st->job_epoch, 0, NULL);
}
