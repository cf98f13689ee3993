/* SPDX-License-Identifier: Apache-2.0 */
/* How a site comes into each pair of state and wait. */
#ifndef FIRPATH_TESTS_SITE_WAYS_H
#define FIRPATH_TESTS_SITE_WAYS_H

#include "site_kit.h"

static inline void polls(struct kit *k)
{
	for (int i = 0; i < k->s.nbbs; i++)
		kit_poll(k, i);
}

static inline void permits(struct kit *k, bool a, bool b)
{
	sim_permit(&k->d[0], a);
	sim_permit(&k->d[1], b);
	for (int i = 0; i < 2; i++)
		kit_status(k, i);
}

static inline void no_idle(struct kit *k, enum site_mode m)
{
	kit_rest(k, 2, m);
}

static inline void no_advice(struct kit *k, enum site_mode m)
{
	kit_rest(k, 2, m);
	kit_new(k);
}

static inline void no_accept(struct kit *k, enum site_mode m)
{
	no_advice(k, m);
	polls(k);
	if (m == SITE_MANUAL)
		kit_verb(k, SITE_DO_REQUEST);
	polls(k);
}

static inline void no_retry(struct kit *k, enum site_mode m)
{
	no_accept(k, m);
	permits(k, true, false);
}

static inline void no_cancel(struct kit *k, enum site_mode m)
{
	no_accept(k, m);
	kit_verb(k, SITE_DO_CANCEL);
}

static inline void up(struct kit *k, enum site_mode m) /* auto: FOLLOW, manual: IDLE */
{
	no_accept(k, m);
	permits(k, true, true);
}

static inline void up_cancel(struct kit *k, enum site_mode m)
{
	up(k, m);
	kit_verb(k, SITE_DO_CANCEL);
}

static inline void u_result(struct kit *k, enum site_mode m)
{
	up(k, m);
	if (m == SITE_MANUAL)
		kit_verb(k, SITE_DO_TRIGGER);
	polls(k);
	polls(k);
}

static inline void ends(struct kit *k, enum sim_end a, enum sim_end b)
{
	sim_update(&k->d[0], k->active, a);
	sim_update(&k->d[1], k->active, b);
	for (int i = 0; i < 2; i++)
		kit_status(k, i);
}

static inline void uc(struct kit *k, enum site_mode m) /* auto: RESTART, manual: IDLE */
{
	u_result(k, m);
	ends(k, SIM_INSTALLS, SIM_INSTALLS);
}

static inline void uc_retry(struct kit *k, enum site_mode m)
{
	u_result(k, m);
	ends(k, SIM_INSTALLS, SIM_INSTALL_FAILS);
}

static inline void uc_follow(struct kit *k, enum site_mode m)
{
	uc_retry(k, m);
	kit_verb(k, SITE_DO_TRIGGER);
}

static inline void uc_normal(struct kit *k, enum site_mode m)
{
	uc(k, m);
	if (m == SITE_MANUAL)
		kit_verb(k, SITE_DO_RESTART);
	polls(k);
	permits(k, true, true);
	if (m == SITE_MANUAL)
		kit_verb(k, SITE_DO_NORMAL);
}

static inline void uc_shutdown(struct kit *k, enum site_mode m)
{
	uc(k, m);
	kit_verb(k, SITE_DO_SHUTDOWN);
}

static inline void stopped(struct kit *k, enum site_mode m)
{
	kit_rest(k, 2, m);
	kit_verb(k, SITE_DO_STOP);
}

static inline void entry_status(struct kit *k, enum site_mode m)
{
	kit_rest(k, 2, m);
	kit_boot(k);
}

static inline void entry_differ(struct kit *k, enum site_mode m) /* auto: SYNC, manual: IDLE */
{
	no_advice(k, m);
	k->d[1].state = BBUM_UPDATE;
	kit_boot(k);
	for (int i = 0; i < 2; i++)
		kit_status(k, i);
}

static inline void entry_retry(struct kit *k, enum site_mode m)
{
	entry_differ(k, m);
	kit_poll(k, 0);
	sim_permit(&k->d[0], false);
	kit_status(k, 0);
}

static inline void in_error(struct kit *k, enum site_mode m)
{
	kit_rest(k, 2, m);
	kit_give(k, (struct site_in){ .kind = SITE_IN_FATAL, .why = "test" });
}

static const struct {
	enum site_state state;
	enum site_wait wait;
	enum site_mode mode;
	void (*come)(struct kit *, enum site_mode);
} ways[] = {
	{ SITE_STOPPED, SITE_IDLE, SITE_AUTO, stopped },
	{ SITE_ENTRY, SITE_IDLE, SITE_MANUAL, entry_differ },
	{ SITE_ENTRY, SITE_AWAIT_STATUS, SITE_AUTO, entry_status },
	{ SITE_ENTRY, SITE_AWAIT_SYNC, SITE_AUTO, entry_differ },
	{ SITE_ENTRY, SITE_AWAIT_RETRY, SITE_AUTO, entry_retry },
	{ SITE_NO, SITE_IDLE, SITE_AUTO, no_idle },
	{ SITE_NO, SITE_AWAIT_ADVICE, SITE_AUTO, no_advice },
	{ SITE_NO, SITE_AWAIT_ACCEPT, SITE_AUTO, no_accept },
	{ SITE_NO, SITE_AWAIT_RETRY, SITE_AUTO, no_retry },
	{ SITE_NO, SITE_AWAIT_CANCEL, SITE_AUTO, no_cancel },
	{ SITE_UP, SITE_IDLE, SITE_MANUAL, up },
	{ SITE_UP, SITE_AWAIT_CANCEL, SITE_MANUAL, up_cancel },
	{ SITE_UP, SITE_AWAIT_FOLLOW, SITE_AUTO, up },
	{ SITE_U, SITE_AWAIT_RESULT, SITE_AUTO, u_result },
	{ SITE_UC, SITE_IDLE, SITE_MANUAL, uc },
	{ SITE_UC, SITE_AWAIT_RETRY, SITE_AUTO, uc_retry },
	{ SITE_UC, SITE_AWAIT_FOLLOW, SITE_MANUAL, uc_follow },
	{ SITE_UC, SITE_AWAIT_RESTART, SITE_AUTO, uc },
	{ SITE_UC, SITE_AWAIT_NORMAL, SITE_AUTO, uc_normal },
	{ SITE_UC, SITE_AWAIT_SHUTDOWN, SITE_MANUAL, uc_shutdown },
	{ SITE_ERROR, SITE_IDLE, SITE_AUTO, in_error },
};
#define WAYS (sizeof ways / sizeof *ways)

static inline void come(struct kit *k, size_t i)
{
	ways[i].come(k, ways[i].mode);
	ck_assert_msg(k->s.state == ways[i].state && k->s.wait == ways[i].wait, "%s, %s instead of %s, %s",
		      site_state_text[k->s.state], site_wait_text[k->s.wait], site_state_text[ways[i].state],
		      site_wait_text[ways[i].wait]);
}

#endif
