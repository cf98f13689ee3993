/* SPDX-License-Identifier: Apache-2.0 */
/* What only Building Blocks have: a Manifest of their own that is fetched and verified, Archives, and an
 * application that is looked at and told versions. */
#include <string.h>

#include "agent/device_p.h"
#include "agent/firmware.h"
#include "base/mem.h"

#define OTHER_MAX                                                                                            \
	2 /* times in a row that another Manifest comes than was named, before it counts as wrong            \
	   */

/* ---- the Manifest ---- */

bool device_judge_block(struct device *d, const char *text, size_t len, struct package *ret)
{
	struct bbum_status *t = &d->mem.told;
	struct block_verdict v;

	block_read(&d->shared->block, d->name, d->mem.type_id, text, len, clock_wall(d->shared->clock), ret,
		   &v);
	str_copy(t->manifest, sizeof t->manifest, *ret->m.name ? ret->m.name : "?");
	str_copy(t->manifest_version, sizeof t->manifest_version, ret->m.version);
	str_copy(t->manifest_hash, sizeof t->manifest_hash, ret->m.hash);
	t->syntax_ok = v.syntax_ok;
	t->integrity_ok = v.integrity_ok;
	t->identity_ok = v.identity_ok;
	t->authenticity_ok = v.authentic_ok;
	t->recommends = block_good(&v) && !device_runs(d, &ret->m);
	if (!strncmp(t->error, "manifest-", 9))
		t->error[0] = '\0';
	if (block_good(&v))
		return true;
	str_copy(t->error, sizeof t->error, v.error);
	log_event(d->shared->log, LOG_WARN, "bbum-manifest", "device", d->name, "manifest", t->manifest,
		  "error", v.error, "text", v.why, NULL);
	return false;
}

/* The Manifest of normal operation is judged: only what changes is said again (I4). */
static void judged(struct device *d, const struct bbum_status *was)
{
	char before[17], after[17];

	bbum_status_mark(was, before);
	bbum_status_mark(&d->mem.told, after);
	if (!strcmp(before, after))
		return;
	device_event(d, BBUM_EV_MANIFEST);
	device_say(d);
}

void device_fetch_drop(struct device *d)
{
	if (d->fetching)
		d->shared->net.drop(d->shared->net.ctx, d, NET_MANIFEST);
	d->fetching = false;
}

/* The summary in the answer to a poll: the whole is fetched at the start and when it is another (D12). */
void device_offered(struct device *d, const struct bbum_manifest *m)
{
	if (d->fetching || !strcmp(m->hash, d->offered))
		return;
	str_copy(d->wanted, sizeof d->wanted, m->hash);
	d->fetching = true;
	d->shared->net.manifest(d->shared->net.ctx, d, m->image);
}

void device_manifest_fetched(struct device *d, const struct net_result *r)
{
	OWN(package_clear) struct package p = { .n = 0 };
	struct bbum_status was = d->mem.told, *t = &d->mem.told;
	bool good;

	d->fetching = false;
	if (!bbum_move(d->state, BBUM_EV_MANIFEST) || d->restart)
		return;
	if (r->status == 404) { /* C42: it was named, and is not there */
		t->recommends = 0;
		str_copy(t->error, sizeof t->error, "manifest-missing");
		judged(d, &was);
		return;
	}
	if (r->status != 200 || r->trouble)
		return; /* D13: the next poll names it again */
	package_clear(&p);
	good = device_judge_block(d, r->body, r->len, &p);
	/* Another than was named: activated in between, or not what the service means. */
	if (*p.m.hash && strcmp(p.m.hash, d->wanted) != 0 && ++d->other < OTHER_MAX) {
		d->mem.told = was;
		return;
	}
	if (good && strcmp(p.m.hash, d->wanted) != 0) {
		t->integrity_ok = false;
		t->recommends = 0;
		str_copy(t->error, sizeof t->error, "manifest-integrity");
	} else if (!*p.m.hash || !strcmp(p.m.hash, d->wanted)) {
		d->other = 0;
		str_copy(d->offered, sizeof d->offered, d->wanted);
	}
	judged(d, &was);
}

/* ---- slots ---- */

int device_slot(const struct device *d, enum slot_id id, struct package *ret, struct err *e)
{
	STR(text, BLOCK_MANIFEST_MAX);
	struct block_verdict v;
	struct bbum_manifest m;

	package_clear(ret);
	if (slot_text(d->dir, id, &text, e))
		return (int)e->code;
	if (!device_is_block(d)) {
		if (bbum_manifest_read(str_c(&text), text.len, &m, e))
			return err_wrap(e, "slot %s", slot_name[id]);
		package_of_image(ret, &m);
		return OK;
	}
	/* Signatures must have been good when it was installed: a key that ran out since does not stop what
	 * runs. */
	block_read(&d->shared->block, d->name, d->mem.type_id, str_c(&text), text.len,
		   d->mem.installed_at[id], ret, &v);
	return block_good(&v) ? OK
			      : err_set(e, ERR_INVALID, "slot %s: its Manifest is not good (%s): %s",
					slot_name[id], v.error, v.why);
}

int device_slot_verify(const struct device *d, enum slot_id id, const struct package *p, bool *ok,
		       struct err *e)
{
	const char *program = d->shared->block.firmware_check;
	char path[SLOT_PATH_SIZE];
	int rc;

	for (int i = 0; d->shared->bare && ok && i < p->n; i++)
		ok[i] = true;
	if (d->shared->bare)
		return OK;
	rc = slot_verify(d->dir, id, p, ok, e);
	for (int i = 0; !rc && program && i < p->n; i++)
		if (!strcmp(p->file[i].kind, "software") &&
		    firmware_check(program, slot_file(d->dir, id, p, i, path), e)) {
			rc = (int)e->code;
			if (ok)
				ok[i] = false;
		}
	return rc;
}

/* ---- the application ---- */

static void part_add(struct bbum_parts *to, const char *kind, const char *name, const char *version, bool ok)
{
	struct bbum_part *p;

	if (to->n == BBUM_PARTS_MAX)
		return;
	p = &to->v[to->n++];
	str_copy(p->kind, sizeof p->kind, kind);
	str_copy(p->name, sizeof p->name, name);
	str_copy(p->version, sizeof p->version, version);
	p->ok = ok;
}

/* D45: what was verified at the start, for the status and for the application. ok: one for each file, NULL =
 * none is right. */
void device_parts_tell(struct device *d, const struct package *p, bool good, const bool *ok)
{
	const struct iec *a = &d->shared->iec;
	struct bbum_parts *parts = mem_zalloc(sizeof *parts);
	STR(json, 16 * KIB);
	struct jw w = jw_start(&json);

	free(d->parts);
	d->parts = parts;
	part_add(parts, "manifest", *p->title ? p->title : "?", p->m.version, good);
	for (int i = 0; i < p->n; i++)
		part_add(parts, p->file[i].kind, p->file[i].name, p->file[i].version, ok && ok[i]);
	if (!a->versions)
		return;
	jw_obj(&w);
	jw_kstr(&w, "device", d->name);
	jw_kstr(&w, "type_id", d->mem.type_id);
	jw_kstr(&w, "manifest", p->m.name);
	jw_kstr(&w, "version", p->m.version);
	jw_kstr(&w, "hash", p->m.hash);
	jw_kbool(&w, "ok", good);
	bbum_parts_write(parts, &w);
	jw_end(&w);
	a->versions(a->ctx, str_c(&json), json.len);
}

void device_app_look(struct device *d)
{
	const struct iec *a = &d->shared->iec;
	struct iec_state now;

	d->app_at = a->tick ? a->tick(a->ctx, device_now(d)) : INT64_MAX;
	now = a->state ? a->state(a->ctx) : (struct iec_state){ BBUM_IEC_RUNNING, false };
	if (now.runs != d->app.runs) {
		d->said++;
		d->next_poll = device_now(d);
	}
	d->app = now;
	if (now.safe && bbum_move(d->state, BBUM_EV_FAULT))
		device_fault(d, "application-fault", "the application has entered its safe state");
}
