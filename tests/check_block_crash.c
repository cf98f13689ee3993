/* SPDX-License-Identifier: Apache-2.0 */
/* A Building Block that dies at any point of an update, and of the way back. */
#include "block_world.h"

#define CUTS 44 /* moves of the device, and exchanges, until it is back */

/* The next command that the manager would send, by what the device says: an update to release 2 as 1..4, back
 * to release 1 as 5..7. */
static void next_order(struct block_world *b)
{
	struct bbum_answer_msg *a = &b->w.answer;
	struct bbum_status s = now_says(&b->w);

	a->cycle_id = 8;
	a->seq = s.cycle_id == 8 ? s.seq : 0;
	a->command = BBUM_CMD_NONE;
	if (a->seq == 0 && s.recommends == 1)
		a->command = BBUM_CMD_REQUEST_UPDATE;
	else if (a->seq == 1)
		a->command = BBUM_CMD_TRIGGER;
	else if ((a->seq == 2 || a->seq == 4) && s.state == BBUM_COMPLETED && s.result_seq == a->seq)
		a->command = BBUM_CMD_RESTART;
	else if (a->seq == 3 && !strcmp(s.version, "1.0.2")) {
		block_is(b, 1);
		a->command = BBUM_CMD_TRIGGER;
	} else if (a->seq == 5 && !strcmp(s.version, "1.0.1"))
		a->command = BBUM_CMD_NORMAL_OPERATION;
	a->seq++;
}

/* Gives the device one thing it asked for; false: it asked for nothing. */
static bool serve_one(struct block_world *b)
{
	struct world *w = &b->w;

	if (w->wants[NET_POLL]) {
		next_order(b);
		answer_poll(w);
	} else if (w->wants[NET_MANIFEST]) {
		answer_manifest(w);
	} else if (w->wants[NET_IMAGE]) {
		answer_image(w, w->from + 400 < IMAGE_SIZE ? 400 : IMAGE_SIZE - w->from, "cut");
	} else {
		return false;
	}
	return true;
}

START_TEST(D3_D26_C36_cut_off_at_any_point_an_update_and_its_rollback_have_one_effect_each)
{
	for (int cut = 0; cut < CUTS; cut++) {
		BLOCK_WORLD(b);
		struct bbum_status s;
		STR(text, 4096);
		int n = 0;

		boot(&b.w);
		block_runs(&b, 1);
		block_is(&b, 2);
		for (int i = 0; i < 20000; i++) {
			bool moved = device_due(b.w.d) <= b.w.now;

			tick(&b.w);
			if (device_wish(b.w.d) != DEVICE_RESTARTS && moved && ++n == cut)
				crash(&b.w);
			b.w.now += 10;
			moved = serve_one(&b);
			if (device_wish(b.w.d) == DEVICE_RESTARTS || (moved && ++n == cut))
				crash(&b.w);
			s = now_says(&b.w);
			if (s.cycle_id == 8 && s.seq == 6)
				break;
		}
		ck_assert_msg(s.cycle_id == 8 && s.seq == 6, "cut %d: it hangs in %s after %d", cut,
			      bbum_state_text[s.state], (int)s.seq);
		ck_assert_int_ge(n, cut); /* it was cut indeed */
		ck_assert_int_eq(s.answer, BBUM_ANSWER_ACCEPTED);
		ck_assert_int_eq(s.state, BBUM_NORMAL);
		ck_assert_str_eq(s.version, "1.0.1");
		ck_assert_str_eq(s.error, "");
		ck_assert_uint_eq(effects(&b.w, &text), 3); /* the first one was release 1 */
		crash(&b.w);
		ck_assert_uint_eq(effects(&b.w, &text), 3);
	}
}
END_TEST

int main(void)
{
	const TTest *all[] = {
		D3_D26_C36_cut_off_at_any_point_an_update_and_its_rollback_have_one_effect_each,
	};

	return RUN_TESTS("block_crash", all);
}
