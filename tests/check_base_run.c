/* SPDX-License-Identifier: Apache-2.0 */
/* Clock, random numbers and the mailbox between threads. */
#include <pthread.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/mailbox.h"
#include "base/rnd.h"
#include "testing.h"

START_TEST(the_system_clock_moves_forward_and_knows_the_century)
{
	const struct clock *c = clock_system();
	int64_t wall = clock_wall(c), mono = clock_mono(c);

	ck_assert_int_gt(wall, INT64_C(1600000000000));
	ck_assert_int_lt(wall, INT64_C(7258118400000)); /* year 2200: ms, not us */
	usleep(3000);
	ck_assert_int_ge(clock_mono(c), mono + 2);
	ck_assert_int_lt(clock_mono(c), mono + 60000);
}
END_TEST

START_TEST(a_seed_replays_the_same_numbers_and_another_seed_gives_others)
{
	struct rnd a = rnd_seeded(7), b = rnd_seeded(7), c = rnd_seeded(8);
	char x[41], y[41], z[41];

	for (int i = 0; i < 100; i++)
		ck_assert_uint_eq(rnd_u64(&a), rnd_u64(&b));
	rnd_hex(&a, 20, x);
	rnd_hex(&b, 20, y);
	rnd_hex(&c, 20, z);
	ck_assert_str_eq(x, y);
	ck_assert_str_ne(x, z);
	ck_assert_uint_eq(strlen(x), 40);
	ck_assert_uint_eq(strspn(x, "0123456789abcdef"), 40);
}
END_TEST

START_TEST(the_seeded_run_is_the_published_splitmix64_sequence)
{
	struct rnd r = rnd_seeded(1234567);

	ck_assert_uint_eq(rnd_u64(&r), UINT64_C(6457827717110365317));
	ck_assert_uint_eq(rnd_u64(&r), UINT64_C(3203168211198807973));
	ck_assert_uint_eq(rnd_u64(&r), UINT64_C(9817491932198370423));
}
END_TEST

START_TEST(numbers_below_a_limit_reach_all_values_evenly_and_never_the_limit)
{
	struct rnd r = rnd_seeded(1);
	int count[10] = { 0 };

	for (int i = 0; i < 100000; i++) {
		uint64_t v = rnd_below(&r, 10);

		ck_assert_uint_lt(v, 10);
		count[v]++;
	}
	for (int i = 0; i < 10; i++)
		ck_assert_msg(count[i] > 9500 && count[i] < 10500, "%d came %d times", i, count[i]);
	for (int i = 0; i < 100; i++) {
		ck_assert_uint_eq(rnd_below(&r, 1), 0);
		ck_assert_uint_lt(rnd_below(&r, UINT64_MAX), UINT64_MAX);
	}
}
END_TEST

START_TEST(the_kernel_gives_numbers_that_differ)
{
	struct rnd r = rnd_system();
	uint64_t seen[64], all_or = 0, all_and = UINT64_MAX;

	for (int i = 0; i < 64; i++) {
		seen[i] = rnd_u64(&r);
		all_or |= seen[i];
		all_and &= seen[i];
		for (int k = 0; k < i; k++)
			ck_assert_uint_ne(seen[i], seen[k]);
	}
	ck_assert_uint_eq(all_or,
			  UINT64_MAX); /* each bit was 1 once and 0 once; wrong by chance in 1 of 2^57 */
	ck_assert_uint_eq(all_and, 0);
}
END_TEST

START_TEST(messages_come_out_in_order_and_a_full_box_refuses)
{
	OWN(mailbox_free) struct mailbox *m = mailbox_new(sizeof(int), 3);
	int in, out[5] = { 0 };

	for (int round = 0; round < 5; round++) { /* the ring wraps */
		for (in = 1; in <= 3; in++)
			ck_assert(mailbox_post(m, &in));
		ck_assert(!mailbox_post(m, &in));
		ck_assert_uint_eq(mailbox_take(m, out, 2, 0), 2);
		ck_assert_int_eq(out[0] * 10 + out[1], 12);
		in = 9;
		ck_assert(mailbox_post(m, &in));
		ck_assert_uint_eq(mailbox_take(m, out, 5, 1000), 2);
		ck_assert_int_eq(out[0] * 10 + out[1], 39);
		ck_assert_uint_eq(mailbox_take(m, out, 5, 0), 0);
	}
}
END_TEST

START_TEST(waiting_ends_after_its_time_or_at_once_when_woken_or_closed)
{
	OWN(mailbox_free) struct mailbox *m = mailbox_new(sizeof(int), 3);
	int64_t t = clock_mono(clock_system());
	int out, in = 4;

	ck_assert_uint_eq(mailbox_take(m, &out, 1, 30), 0);
	ck_assert_int_ge(clock_mono(clock_system()) - t, 29);
	mailbox_wake(m);
	t = clock_mono(clock_system());
	ck_assert_uint_eq(mailbox_take(m, &out, 1, 60000), 0);
	ck_assert_int_lt(clock_mono(clock_system()) - t, 30000);
	ck_assert_uint_eq(mailbox_take(m, &out, 1, 1), 0); /* one wake ends one wait */
	ck_assert(mailbox_post(m, &in));
	mailbox_close(m);
	ck_assert(!mailbox_post(m, &in));
	ck_assert_uint_eq(mailbox_take(m, &out, 1, 60000), 1); /* what was in stays readable */
	ck_assert_uint_eq(mailbox_take(m, &out, 1, 60000), 0);
	ck_assert_int_lt(clock_mono(clock_system()) - t, 30000);
}
END_TEST

enum { WRITERS = 4, EACH = 5000 };
struct message {
	int writer, n;
	char filler[48]; /* larger than a word: a torn copy would show */
};
struct writer {
	struct mailbox *m;
	int id;
};

static void *write_many(void *arg)
{
	struct writer *w = arg;
	struct message msg = { w->id, 0, { 0 } };

	for (msg.n = 0; msg.n < EACH; msg.n++) {
		memset(msg.filler, (w->id * 31 + msg.n) & 127, sizeof msg.filler);
		while (!mailbox_post(w->m, &msg))
			usleep(50);
	}
	return NULL;
}

START_TEST(many_writers_lose_nothing_and_each_keeps_its_order)
{
	OWN(mailbox_free) struct mailbox *m = mailbox_new(sizeof(struct message), 64);
	struct writer w[WRITERS];
	pthread_t t[WRITERS];
	struct message buf[16];
	int next[WRITERS] = { 0 }, left = WRITERS * EACH;

	for (int i = 0; i < WRITERS; i++) {
		w[i] = (struct writer){ m, i };
		ck_assert_int_eq(pthread_create(&t[i], NULL, write_many, &w[i]), 0);
	}
	while (left > 0) {
		size_t n = mailbox_take(m, buf, 16, 60000);

		ck_assert_uint_gt(n, 0);
		for (size_t i = 0; i < n; i++, left--) {
			ck_assert_int_eq(buf[i].n, next[buf[i].writer]++);
			for (size_t k = 0; k < sizeof buf[i].filler; k++)
				if (buf[i].filler[k] != ((buf[i].writer * 31 + buf[i].n) & 127))
					ck_abort_msg("a torn message");
		}
	}
	for (int i = 0; i < WRITERS; i++)
		pthread_join(t[i], NULL);
	ck_assert_uint_eq(mailbox_take(m, buf, 16, 0), 0);
}
END_TEST

int main(void)
{
	const TTest *all[] = {
		the_system_clock_moves_forward_and_knows_the_century,
		a_seed_replays_the_same_numbers_and_another_seed_gives_others,
		the_seeded_run_is_the_published_splitmix64_sequence,
		numbers_below_a_limit_reach_all_values_evenly_and_never_the_limit,
		the_kernel_gives_numbers_that_differ,
		messages_come_out_in_order_and_a_full_box_refuses,
		waiting_ends_after_its_time_or_at_once_when_woken_or_closed,
		many_writers_lose_nothing_and_each_keeps_its_order,
	};

	return RUN_TESTS("base_run", all);
}
