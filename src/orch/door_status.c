/* SPDX-License-Identifier: Apache-2.0 */
#include "orch/door_status.h"

#include <stdio.h>

#include "base/mem.h"

static void offer_of(const struct snapshot *snap, const struct walk *w, struct bbum_status *s)
{
	uint32_t node = w->to_id ? graph_find_id(snap->graph, w->to_id) : NODE_NONE;

	s->recommends = -1;
	if (node == NODE_NONE)
		return;
	snprintf(s->manifest, sizeof s->manifest, "%s:%s", w->scheme,
		 graph_node(snap->graph, node)->public_id);
	str_copy(s->manifest_version, sizeof s->manifest_version, graph_node(snap->graph, node)->version);
	s->syntax_ok = s->integrity_ok = s->identity_ok = s->authenticity_ok = true;
	s->recommends = w->entry_id != w->to_id;
}

struct bbum_status door_status(const struct snapshot *snap, const struct walk *w)
{
	struct bbum_status s = { .state = BBUM_NORMAL, .boots = w->device_boots, .progress = -1 };

	offer_of(snap, w, &s);
	str_copy(s.manufacturer, sizeof s.manufacturer, w->manufacturer);
	str_copy(s.model, sizeof s.model, w->model);
	str_copy(s.hardware, sizeof s.hardware, w->hardware);
	str_copy(s.version, sizeof s.version, w->version);
	str_copy(s.hash, sizeof s.hash, w->hash);
	return s;
}

void door_status_restarted(const struct walk *w, struct bbum_status *s)
{
	s->answer = BBUM_ANSWER_ACCEPTED;
	s->state = BBUM_COMPLETED;
	s->boots = w->boots + 1;
}
