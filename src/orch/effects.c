/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "core/images.h"
#include "orch/runner_priv.h"

static int place_of(const char *name)
{
	for (int i = 0; adapters[i]; i++)
		if (!strcmp(adapters[i]->name, name))
			return i;
	return -1;
}

static int effect_send(struct runner *r, const struct effect *f, const struct snapshot *s, struct err *e)
{
	int place = place_of(f->adapter);
	uint32_t node = f->to_id ? graph_find_id(s->graph, f->to_id) : NODE_NONE;
	char name[ENTRY_NAME_SIZE], path[IMAGE_PATH_MAX];
	struct manifest m = { .size = 0 };
	struct command c = { .device_id = f->device_id,
			     .device = f->device,
			     .address = f->address[0] ? f->address : NULL,
			     .cycle_id = f->cycle_id,
			     .seq = f->seq,
			     .kind = f->command };

	if (place < 0)
		return err_set(e, ERR_INTERNAL, "there is no adapter '%s'", f->adapter);
	if (f->ask)
		return adapters[place]->ask
			   ? adapters[place]->ask(r->selfs[place], f->device_id, f->device, c.address, e)
			   : OK;
	if (node != NODE_NONE && !(adapters[place]->can & ADAPTER_DEVICE_CALLS_US)) {
		const struct graph_node *n = graph_node(s->graph, node);
		const struct graph_model *gm = graph_model(s->graph, n->model);

		snprintf(name, sizeof name, "%s:%s", gm->scheme, n->public_id);
		m = (struct manifest){
			name, gm->manufacturer, gm->model, gm->hardware, n->version, n->hash, 0
		};
		if (image_path(r->init.image_dir, n->hash, path, &m.size, e))
			return (int)e->code;
		c.manifest = &m;
	}
	return adapters[place]->command(r->selfs[place], &c, e);
}

void effects_send(struct runner *r, const struct effect *v, size_t n)
{
	const struct snapshot *s = n ? catalog_current(r->view) : NULL;
	struct err e;

	for (size_t i = 0; i < n; i++)
		if (effect_send(r, &v[i], s, &e)) {
			if (r->init.log)
				log_event(r->init.log, LOG_WARN, "command-not-sent", "device", v[i].device,
					  "error", e.msg, NULL);
			vec_push(&r->unsent, v[i]);
		}
}

/* What could not be sent is sent again as long as it is still the newest command of its walk. */
void effects_resend(struct runner *r)
{
	VEC(struct effect) again = { 0 };
	struct walk w;
	struct err e;
	bool got;

	if (!r->unsent.n)
		return;
	for (size_t i = 0; i < r->unsent.n; i++)
		if (store_walk_of_cycle(r->db, r->unsent.v[i].cycle_id, &got, &w, &e)) {
			vec_done(&again); /* the store cannot say: all wait for the next time */
			return;
		} else if (got && w.phase == PHASE_ACTIVE && w.seq == r->unsent.v[i].seq) {
			vec_push(&again, r->unsent.v[i]);
		}
	r->unsent.n = 0;
	effects_send(r, again.v, again.n);
	vec_done(&again);
}
