/* SPDX-License-Identifier: Apache-2.0 */
/* Images for distributions: whether there is what can be sent, and its octets. */
#include "core/ota.h"
#include "orch/dcc_p.h"

int dcc_image_ready(struct dcc_round *r, const struct store_ready *g, const char **ret_why, struct err *e)
{
	uint32_t node = graph_find_id(r->snap->graph, g->to_id);

	*ret_why = OTA_NO_IMAGE;
	return node == NODE_NONE
		   ? OK
		   : ota_ready(r->db, r->d->init.image_dir, r->snap, node, g->user_eui, ret_why, e);
}

int dcc_image_load(struct dcc_round *r, const struct dcc_out *o, struct str *image, struct err *e)
{
	uint32_t node = graph_find_id(r->snap->graph, o->entry_id);
	const struct dcc_user *u = dcc_user_eui(r->users, o->sent.user);
	const char *why = OTA_NO_IMAGE;

	if (node != NODE_NONE && ota_file(r->db, r->d->init.image_dir, r->snap, node, o->sent.user,
					  u ? u->command_cert : NULL, image, &why, e))
		return (int)e->code;
	return why ? err_set(e, ERR_IMAGE, "the image of entry %s cannot be sent: %s",
			     node == NODE_NONE ? "?" : graph_node(r->snap->graph, node)->public_id, why)
		   : OK;
}
