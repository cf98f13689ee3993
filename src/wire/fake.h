/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Devices that are not there: an adapter for tests and for trying out campaigns without hardware. A fake
 * device runs the real state table of a Building Block Update Manager and takes one step per tick. How it
 * behaves is written in its address, words separated by ';':
 *
 *	at=MMMM:TTTTVVRR:FFFFFFFF   what it runs at first (needed)
 *	refuse=N    refuses the next N update requests        fail=N    the next N installations fail
 *	verify=N    the next N verifications fail             stay=N    comes back with the old software N
 *times noboot=N    refuses the next N restarts               lie=TEXT  reports that version after an update
 *	bad-hash    reports a wrong hash after an update      mute      never says anything
 *	stall       never ends an installation                break     goes to its error state on a trigger
 *
 * A world outlives the adapter when a test gives one: then it plays the devices while the service crashes.
 */
#ifndef FIRPATH_WIRE_FAKE_H
#define FIRPATH_WIRE_FAKE_H

#include "base/rnd.h"
#include "wire/adapter.h"

extern const struct adapter ad_fake;

struct fake_world;
struct fake_world *fake_world_new(struct rnd rnd);
void fake_world_free(struct fake_world *w);
DEFINE_OWN(struct fake_world, fake_world_free)

/* An activation with effect: the device switched from one version to another. */
struct fake_effect {
	int64_t device_id, cycle_id, seq; /* seq of the trigger */
	char from[16], to[16];
};
size_t fake_effects(const struct fake_world *w);
const struct fake_effect *fake_effect_at(const struct fake_world *w, size_t i);
/* What a device runs now; "" when it was never heard of. */
const char *fake_version(const struct fake_world *w, int64_t device_id);
/* The n-th command or offer from now on (1 = the next) never reaches its device: the service died before it
 * went out. True once that has happened. */
void fake_lose(struct fake_world *w, int n);
bool fake_lost(const struct fake_world *w);
/* Triggers that were followed: commands that began an update. */
int64_t fake_triggers(const struct fake_world *w, int64_t device_id);

#endif
