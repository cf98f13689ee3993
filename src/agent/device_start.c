/* SPDX-License-Identifier: Apache-2.0 */
/* How a device comes up (I1-I3), and what it thinks of a Manifest (I4). */
#include <string.h>

#include "agent/device_p.h"
#include "base/file.h"
#include "base/mem.h"

/* ---- the Manifest ---- */

bool device_runs(const struct device *d, const struct bbum_manifest *m)
{
	if (device_is_block(d)) /* ADR 0008: told by the configuration hash, never by version text */
		return *d->hash && !strcmp(m->hash, d->hash);
	return !strcmp(m->version, d->version) && (!*d->hash || !strcmp(m->hash, d->hash));
}

void device_judge(struct device *d, const struct bbum_manifest *m)
{
	struct bbum_status *t = &d->mem.told;

	str_copy(t->manifest, sizeof t->manifest, m->name);
	str_copy(t->manifest_version, sizeof t->manifest_version, m->version);
	t->syntax_ok = true;
	t->integrity_ok = m->size <= d->shared->image_max;
	t->identity_ok = !strcmp(m->manufacturer, d->mem.manufacturer) && !strcmp(m->model, d->mem.model) &&
			 !strcmp(m->hardware, d->mem.hardware);
	/* Manifests are not signed yet: it came from the server that the device was told to trust. */
	t->authenticity_ok = true;
	t->recommends = t->integrity_ok && t->identity_ok && !device_runs(d, m);
	if (!strncmp(t->error, "manifest-", 9))
		t->error[0] = '\0';
	if (!t->identity_ok)
		str_copy(t->error, sizeof t->error, "manifest-conformity");
	else if (!t->integrity_ok)
		str_copy(t->error, sizeof t->error, "manifest-integrity");
}

static void manifest_none(struct bbum_status *t, const char *name)
{
	bool any = *name != '\0';

	str_copy(t->manifest, sizeof t->manifest, name);
	t->manifest_version[0] = t->manifest_hash[0] = '\0';
	t->syntax_ok = t->integrity_ok = t->identity_ok = t->authenticity_ok = false;
	t->recommends = any ? 0 : -1;
	if (any)
		str_copy(t->error, sizeof t->error, "manifest-syntax");
	else if (!strncmp(t->error, "manifest-", 9))
		t->error[0] = '\0';
}

/* I4: only what changes is said again. */
void device_manifest_seen(struct device *d, const struct bbum_answer_msg *a)
{
	struct bbum_status was = d->mem.told;
	char before[17], after[17];

	if (!bbum_move(d->state, BBUM_EV_MANIFEST))
		return;
	if (a->has_manifest && !*a->manifest.manufacturer && device_is_block(d)) {
		device_offered(d, &a->manifest);
		return;
	}
	if (a->has_manifest && device_is_block(d) != !*a->manifest.manufacturer)
		manifest_none(&d->mem.told, a->manifest.name); /* of another kind of device */
	else if (a->has_manifest)
		device_judge(d, &a->manifest);
	else if (*a->manifest_wrong)
		manifest_none(&d->mem.told, *a->manifest.name ? a->manifest.name : "?");
	else if (a->no_manifest)
		manifest_none(&d->mem.told, "");
	else
		return;
	bbum_status_mark(&was, before);
	bbum_status_mark(&d->mem.told, after);
	if (!strcmp(before, after))
		return;
	device_event(d, BBUM_EV_MANIFEST);
	device_say(d);
}

/* ---- the start ---- */

static int identity_set(struct device *d, bool fresh, const struct device_identity *is, struct err *e)
{
	struct memory *m = &d->mem;

	if (!fresh) {
		if (strcmp(m->device, d->name) != 0)
			return err_set(e, ERR_INVALID, "%s belongs to the device '%s'", d->dir, m->device);
		if (*is->manufacturer &&
		    (strcmp(is->manufacturer, m->manufacturer) != 0 || strcmp(is->model, m->model) != 0 ||
		     strcmp(is->hardware, m->hardware) != 0))
			return err_set(e, ERR_INVALID, "%s belongs to a device %s:%s%s", d->dir,
				       m->manufacturer, m->model, m->hardware);
		if (*is->type_id && strcmp(is->type_id, m->type_id) != 0)
			return err_set(e, ERR_INVALID, "%s belongs to a device of %s%s", d->dir,
				       *m->type_id ? "the Type ID " : "another kind", m->type_id);
		return OK;
	}
	if (!*is->manufacturer && !*is->type_id)
		return err_set(
		    e, ERR_USAGE,
		    "%s is empty: say with --identity MMMM:TTTTVVRR:FFFFFFFF what the device is and runs, or "
		    "with --type-id UUID which Building Block it is",
		    d->dir);
	*m = (struct memory){ .told = { .state = BBUM_NORMAL, .recommends = -1, .progress = -1 } };
	str_copy(m->device, sizeof m->device, d->name);
	str_copy(m->manufacturer, sizeof m->manufacturer, is->manufacturer);
	str_copy(m->model, sizeof m->model, is->model);
	str_copy(m->hardware, sizeof m->hardware, is->hardware);
	str_copy(m->factory, sizeof m->factory, is->version);
	str_copy(m->type_id, sizeof m->type_id, is->type_id);
	return OK;
}

/* Startup verification (D6): is what will run what its Manifest says, and is that to be believed? */
static int package_check(struct device *d, struct err *e)
{
	OWN(package_clear) struct package p = { .n = 0 };
	bool ok[PACKAGE_FILES_MAX] = { false };
	int rc;

	if (d->mem.active == SLOT_FACTORY) {
		str_copy(d->version, sizeof d->version, d->mem.factory);
		return OK;
	}
	rc = device_slot(d, d->mem.active, &p, e);
	if (!rc)
		rc = device_slot_verify(d, d->mem.active, &p, ok, e);
	if (device_is_block(d))
		device_parts_tell(d, &p, !rc, ok);
	if (rc)
		return rc;
	if (strcmp(p.m.manufacturer, d->mem.manufacturer) != 0 || strcmp(p.m.model, d->mem.model) != 0 ||
	    strcmp(p.m.hardware, d->mem.hardware) != 0)
		return err_set(e, ERR_INVALID, "slot %s holds a Package for a %s:%s%s",
			       slot_name[d->mem.active], p.m.manufacturer, p.m.model, p.m.hardware);
	str_copy(d->version, sizeof d->version, p.m.version);
	str_copy(d->hash, sizeof d->hash, p.m.hash);
	return OK;
}

static enum bbum_event start_event(const struct device *d, bool fresh)
{
	switch (d->mem.told.state) {
	case BBUM_PENDING:
		return BBUM_EV_STARTED_PENDING;
	case BBUM_UPDATE:
		return BBUM_EV_STARTED_UPDATE;
	case BBUM_COMPLETED:
		return BBUM_EV_STARTED_COMPLETED;
	case BBUM_NORMAL:
	case BBUM_START:
	case BBUM_ERROR:
	case BBUM_BOOT:
	case BBUM_STATES:
		break;
	}
	return fresh ? BBUM_EV_STARTED_FRESH : BBUM_EV_STARTED_NORMAL;
}

static void start(struct device *d, bool fresh)
{
	struct err e;

	d->mem.told.boots++;
	d->mem.told.recommends = -1;         /* what it was compared with may not run any more */
	d->mem.told.manifest_hash[0] = '\0'; /* D12: fetched anew at each start */
	if (effects_settle(d->dir, &d->mem.effect, d->shared->sync, &e)) {
		device_fault(d, "memory", e.msg);
		return;
	}
	if (package_check(d, &e)) {
		log_event(d->shared->log, LOG_ERROR, "bbum-error", "device", d->name, "error",
			  "stored-package", "text", e.msg, NULL);
		str_copy(d->mem.told.error, sizeof d->mem.told.error, "stored-package");
		device_event(d, BBUM_EV_STARTED_INVALID);
		device_say(d);
		return;
	}
	d->mem.running = d->mem.active;
	device_event(d, start_event(d, fresh));
	device_say(d);
	if (d->state == BBUM_UPDATE)
		update_begin(d);
}

int device_new(const struct device_shared *s, const char *name, const char *dir,
	       const struct device_identity *is, struct device **ret, struct err *e)
{
	OWN(device_free) struct device *d = mem_zalloc(sizeof *d);
	struct err trouble;
	bool fresh;
	int rc;

	d->shared = s;
	d->fd = -1;
	d->progress = -1;
	d->state = BBUM_START;
	package_clear(&d->pack);
	if (!str_copy(d->name, sizeof d->name, name) || !*name)
		return err_set(e, ERR_INVALID, "the name of a device has 1 to %zu characters",
			       sizeof d->name - 1);
	if (!str_copy(d->dir, sizeof d->dir, dir))
		return err_set(e, ERR_INVALID, "the name of the folder is longer than %d bytes",
			       DEVICE_PATH_MAX - 1);
	if (file_mkdirs(dir, e))
		return (int)e->code;
	rc = memory_load(dir, &d->mem, &fresh, &trouble);
	if (!rc && identity_set(d, fresh, is, e))
		return (int)e->code;
	if (rc) {
		/* Nothing is written over it: somebody may still read it. */
		memset(&d->mem, 0, sizeof d->mem);
		d->mem.told.recommends = d->mem.told.progress = -1;
		d->lost_memory = true;
		device_fault(d, "memory", trouble.msg);
	} else {
		start(d, fresh);
	}
	device_app_look(d);
	if (s->spread)
		d->next_poll += (int64_t)rnd_below(s->rnd, (uint64_t)s->poll_ms);
	log_event(s->log, LOG_INFO, "bbum-start", "device", d->name, "state", bbum_state_text[d->state],
		  "version", *d->version ? d->version : NULL, "slot", slot_name[d->mem.running], NULL);
	*ret = MOVE(d);
	return OK;
}

void device_free(struct device *d)
{
	if (!d)
		return;
	update_drop(d);
	if (d->polling)
		d->shared->net.drop(d->shared->net.ctx, d, NET_POLL);
	device_fetch_drop(d);
	package_clear(&d->pack);
	free(d->parts);
	free(d);
}
