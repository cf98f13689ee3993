/* SPDX-License-Identifier: Apache-2.0 */
#include "orch/bbum_block.h"

#include <stdio.h>
#include <string.h>

#include "core/cm.h"
#include "core/images.h"
#include "store/store_cm.h"

/* Does the status say something that its vehicle does not know yet? Progress and step alone are none. Whoever
 * was asked something is heard once whatever it says: it is alive (E27). */
static bool says_news(const struct store_bb_poll *b, const struct bbum_status *s, const char *mark,
		      const char *known_mark)
{
	return strcmp(mark, known_mark) != 0 || !b->known || b->lost || b->asked_at >= 0 ||
	       (!b->advised && *b->want_hash && !strcmp(s->manifest_hash, b->want_hash));
}

/* What travels of the active Manifest; the whole is fetched when the hash is another. */
static bool summary_of(const struct walk *w, const struct store_bb_poll *b, struct bbum_manifest *ret)
{
	if (!*b->want_hash)
		return false;
	memset(ret, 0, sizeof *ret);
	str_copy(ret->name, sizeof ret->name, b->manifest);
	str_copy(ret->config_id, sizeof ret->config_id, b->config_id);
	str_copy(ret->version, sizeof ret->version, b->version);
	str_copy(ret->hash, sizeof ret->hash, b->want_hash);
	snprintf(ret->image, sizeof ret->image, "%s?device=%s", BBUM_ADDRESS_MANIFEST, w->device);
	return true;
}

static void answer_of(const struct bbum_door *d, const struct walk *w, const struct store_bb_poll *b,
		      struct bbum_answer_msg *a)
{
	static const enum bbum_permit permits[] = { [SITE_PERMIT_NONE] = BBUM_PERMIT_NONE,
						    [SITE_PERMIT_GIVEN] = BBUM_PERMIT_ACCEPT,
						    [SITE_PERMIT_DENIED] = BBUM_PERMIT_REJECT };

	if (b->command != BBUM_CMD_NONE) {
		a->command = b->command;
		a->cycle_id = b->site_id;
		a->seq = b->seq;
	}
	a->permit = permits[b->permit];
	if (b->command != BBUM_CMD_NONE || b->asked_at >= 0 || b->updating)
		a->poll_ms = d->poll_ms;
	a->has_manifest = summary_of(w, b, &a->manifest);
	a->no_manifest = !a->has_manifest;
}

int block_poll(const struct bbum_door *d, const struct walk *w, const struct bbum_poll_msg *in,
	       struct str *out, struct err *e)
{
	struct bbum_answer_msg answer = { .command = BBUM_CMD_NONE };
	struct report rep = { .device_id = w->device_id, .status = in->status, .parts = in->parts };
	struct store_bb_poll b = { .n = 0 };
	bool got;

	if (store_bb_poll(d->db, w->device_id, &got, &b, e))
		return (int)e->code;
	if (got && strcmp(b.type_id, in->status.type_id) != 0)
		return err_set(
		    e, ERR_CONFLICT,
		    "device '%.64s' says that its Type ID is '%.40s'; the active Manifest states %s",
		    w->device, in->status.type_id, b.type_id);
	bbum_poll_mark(in, rep.mark);
	rep.seen_only =
	    got ? !b.running || !says_news(&b, &in->status, rep.mark, w->mark) : !strcmp(rep.mark, w->mark);
	if (d->runner)
		(void)runner_post(d->runner, &rep); /* full: the device says it again with its next poll */
	if (got && !b.running)
		return err_set(e, ERR_CM_STOPPED, "the Configuration Manager of this vehicle is stopped");
	if (got)
		answer_of(d, w, &b, &answer);
	if (!in->wants_manifest)
		answer.has_manifest = answer.no_manifest = false;
	else
		answer.no_manifest = !answer.has_manifest;
	bbum_answer_write(&answer, out);
	return OK;
}

/* Said once: the log has a line when it is the first time (H4, H10). */
static void served(const struct bbum_door *d, int64_t device_id, enum report_what what, bool first)
{
	struct report rep = { .device_id = device_id, .what = what };

	if (first && d->runner)
		(void)runner_post(d->runner, &rep);
}

int block_manifest(const struct bbum_door *d, int64_t device_id, struct str *out, struct err *e)
{
	bool first;

	if (cm_serve_manifest(d->db, device_id, d->peer, out, &first, e))
		return (int)e->code;
	served(d, device_id, REPORT_SERVED, first);
	return OK;
}

int bbum_package(const struct bbum_door *d, const char *device, const char *hash, char *ret_path,
		 struct err *e)
{
	int64_t device_id;
	bool first;

	if (bbum_device(d, device, &device_id, e) || image_path(d->image_dir, hash, ret_path, NULL, e) ||
	    cm_serve_package(d->db, device_id, hash, d->peer, &first, e))
		return (int)e->code;
	served(d, device_id, REPORT_PACKAGED, first);
	return OK;
}
