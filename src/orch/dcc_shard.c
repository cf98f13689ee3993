/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which meters are this node's: leases on shards. A node takes what is free or has run out up to its share,
 * and gives back what is above it, so that a new node gets work and a dead one's goes over within the lease.
 */
#include "orch/dcc_p.h"

#define RENEWALS 4 /* within one lease */

int dcc_shards(struct dcc_round *r, struct err *e)
{
	struct dcc_door *d = r->d;
	const char *node = d->init.node;
	int64_t nodes, held, share, until = r->now + d->set.lease, n = 0;
	uint64_t mine;

	if (r->mono < d->next_shards)
		return OK;
	if (dcc_begin(r, e) || store_dcc_node_seen(r->db, node, r->now, e) ||
	    store_dcc_nodes(r->db, r->now - d->set.lease, &nodes, e) ||
	    store_shard_renew(r->db, node, until, &held, e))
		return (int)e->code;
	share = (METER_SHARDS + nodes - 1) / (nodes ? nodes : 1);
	if (held > share && store_shard_give(r->db, node, share, e))
		return (int)e->code;
	if (held < share &&
	    store_shard_take(r->db, node, r->now, until, r->now + 2 * d->set.lease, share - held, &n, e))
		return (int)e->code;
	if (store_shard_held(r->db, node, r->now, &mine, e))
		return (int)e->code;
	r->shards = mine;
	r->shards_new = true;
	return OK;
}

void dcc_shards_kept(struct dcc_round *r)
{
	struct dcc_door *d = r->d;

	if (!r->shards_new)
		return;
	/* Walks of meters that are new here are looked at from the beginning. */
	if (r->shards & ~d->shards) {
		d->next_sweep = d->sweep_after = 0;
		d->sweep_slow = false;
	}
	d->shards = r->shards;
	atomic_store(&d->c_shards, __builtin_popcountll(d->shards));
	d->next_shards = r->mono + d->set.lease / RENEWALS;
}
