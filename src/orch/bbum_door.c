/* SPDX-License-Identifier: Apache-2.0 */
#include "orch/bbum_door.h"

#include <stdio.h>
#include <string.h>

#include "core/images.h"
#include "orch/bbum_block.h"
#include "store/store_cm.h"
#include "store/store_cycle.h"
#include "wire/bbum_message.h"

#define POLL_ACTIVE_MS 1000 /* wish to devices that are being walked */

/* The active Manifest: of the hop under way, else of what the device is known to run. False: there is none.
 */
static bool manifest_of(const struct bbum_door *d, int64_t entry_id, struct bbum_manifest *ret)
{
	uint32_t node = entry_id ? graph_find_id(d->snap->graph, entry_id) : NODE_NONE;
	const struct graph_node *n;
	const struct graph_model *m;
	char path[IMAGE_PATH_MAX];
	struct err e;

	if (node == NODE_NONE)
		return false;
	n = graph_node(d->snap->graph, node);
	m = graph_model(d->snap->graph, n->model);
	memset(ret, 0, sizeof *ret);
	if (image_path(d->image_dir, n->hash, path, &ret->size, &e))
		return false;
	snprintf(ret->name, sizeof ret->name, "%s:%.40s", m->scheme, n->public_id);
	str_copy(ret->manufacturer, sizeof ret->manufacturer, m->manufacturer);
	str_copy(ret->model, sizeof ret->model, m->model);
	str_copy(ret->hardware, sizeof ret->hardware, m->hardware);
	str_copy(ret->version, sizeof ret->version, n->version);
	str_copy(ret->hash, sizeof ret->hash, n->hash);
	snprintf(ret->image, sizeof ret->image, "%s%s", BBUM_ADDRESS_IMAGES, n->hash);
	return true;
}

/* A walk that is not under way has no Manifest but that of what runs. In CM_ENTRY the hop was not decided
 * yet, but may be remembered from before: the device keeps what it has. */
static int64_t active_entry(const struct walk *w)
{
	if (w->cycle_id && w->cm != CM_ENTRY && w->to_id && w->hop > w->hops_done)
		return w->to_id;
	return w->entry_id;
}

static int walk_get(const struct bbum_door *d, const char *device, struct walk *w, struct err *e)
{
	bool got;

	if (store_walk_of_name(d->db, device, &got, w, e))
		return (int)e->code;
	if (!got)
		return err_set(e, ERR_NO_DEVICE, "there is no device '%s'", device);
	if (strcmp(w->adapter, "bbum") != 0)
		return err_set(e, ERR_CONFLICT, "device '%s' is registered with the adapter '%s'", device,
			       w->adapter);
	return OK;
}

int bbum_device(const struct bbum_door *d, const char *device, int64_t *ret_id, struct err *e)
{
	struct walk w;

	if (walk_get(d, device, &w, e))
		return (int)e->code;
	*ret_id = w.device_id;
	return OK;
}

/* Does the status say something that the runner does not know yet, or waits for? */
static bool says_news(const struct bbum_door *d, const struct walk *w, const struct bbum_status *s,
		      const char *mark)
{
	uint32_t node = w->to_id ? graph_find_id(d->snap->graph, w->to_id) : NODE_NONE;
	char name[ENTRY_NAME_SIZE] = "";
	struct cm_walk cw = { w->cm, w->cycle_id, w->seq, w->trigger_seq, w->boots, name };

	if (strcmp(mark, w->mark) != 0)
		return true;
	if (!w->cycle_id)
		return false;
	if (node != NODE_NONE)
		snprintf(name, sizeof name, "%s:%s", w->scheme, graph_node(d->snap->graph, node)->public_id);
	return cm_observe(&cw, s) != CM_SAW_NOTHING;
}

int bbum_poll(const struct bbum_door *d, const char *body, size_t len, struct str *out, struct err *e)
{
	struct bbum_answer_msg answer = { .command = BBUM_CMD_NONE };
	struct bbum_poll_msg in;
	struct report rep;
	struct walk w;

	if (bbum_poll_read(body, len, &in, e) || walk_get(d, in.device, &w, e))
		return (int)e->code;
	if (!strcmp(w.scheme, SCHEME_BLOCK))
		return block_poll(d, &w, &in, out, e);
	rep = (struct report){ .device_id = w.device_id, .status = in.status };
	bbum_status_mark(&in.status, rep.mark);
	rep.seen_only = !says_news(d, &w, &in.status, rep.mark);
	if (d->runner)
		(void)runner_post(d->runner, &rep); /* full: the device says it again with its next poll */
	if (w.cycle_id) {
		answer.command = w.command;
		answer.cycle_id = w.cycle_id;
		answer.seq = w.seq;
		answer.poll_ms = POLL_ACTIVE_MS;
	}
	if (in.wants_manifest) {
		answer.has_manifest = manifest_of(d, active_entry(&w), &answer.manifest);
		answer.no_manifest = !answer.has_manifest;
	}
	bbum_answer_write(&answer, out);
	return OK;
}

int bbum_manifest(const struct bbum_door *d, const char *device, struct str *out, struct err *e)
{
	struct jw w = jw_start(out);
	struct bbum_manifest m;
	struct walk walk;

	if (walk_get(d, device, &walk, e))
		return (int)e->code;
	if (!strcmp(walk.scheme, SCHEME_BLOCK))
		return block_manifest(d, walk.device_id, out, e);
	if (!manifest_of(d, active_entry(&walk), &m))
		return err_set(e, ERR_NOT_FOUND, "device '%s' has no active Manifest", device);
	bbum_manifest_write(&m, &w);
	return OK;
}
