/* SPDX-License-Identifier: Apache-2.0 */
/* Errors, ownership, growing text, arrays, arenas and maps. */
#include <errno.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/vec.h"
#include "testing.h"

START_TEST(an_error_keeps_its_code_and_reads_from_outside_in)
{
	struct err e;
	char text[700];

	ck_assert_int_eq(err_set(&e, ERR_CONFLICT, "edge %d exists", 7), ERR_CONFLICT);
	ck_assert_int_eq(err_wrap(&e, "row %d", 3), ERR_CONFLICT);
	ck_assert_int_eq(err_wrap(&e, "import"), ERR_CONFLICT);
	ck_assert_str_eq(e.msg, "import: row 3: edge 7 exists");
	ck_assert_str_eq(err_text(&e, text, sizeof text), "import: row 3: edge 7 exists");
}
END_TEST

START_TEST(an_error_names_file_line_and_column_as_compilers_do)
{
	struct err e;
	char text[700];

	err_set(&e, ERR_JSON, "no");
	err_at(&e, NULL, 3, 9);
	ck_assert_str_eq(err_text(&e, text, sizeof text), "line 3:9: no");
	err_at(&e, "cpl.csv", 0, 0);
	ck_assert_str_eq(err_text(&e, text, sizeof text), "cpl.csv:3:9: no");
	err_at(&e, NULL, 12, 0);
	ck_assert_str_eq(err_text(&e, text, sizeof text), "cpl.csv:12:9: no");
	err_set(&e, ERR_JSON_FIELD, "no");
	err_at(&e, "/hops/1", 0, 0);
	ck_assert_str_eq(err_text(&e, text, sizeof text), "/hops/1: no");
	ck_assert_int_eq(e.line, 0); /* err_set cleared the place of the error before */
}
END_TEST

START_TEST(messages_longer_than_their_buffer_are_cut_and_stay_terminated)
{
	struct err e;
	char longer[2000], text[20];

	memset(longer, 'x', sizeof longer - 1);
	longer[sizeof longer - 1] = '\0';
	err_set(&e, ERR_INVALID, "%s", longer);
	ck_assert_uint_eq(strlen(e.msg), sizeof e.msg - 1);
	err_wrap(&e, "%s", longer);
	ck_assert_uint_eq(strlen(e.msg), sizeof e.msg - 1);
	err_set(&e, ERR_INVALID, "%s", longer);
	err_wrap(&e, "here");
	ck_assert_uint_eq(strlen(e.msg), sizeof e.msg - 1);
	ck_assert_int_eq(strncmp(e.msg, "here: xxx", 9), 0);
	err_at(&e, longer, 1, 1);
	ck_assert_uint_eq(strlen(e.where), sizeof e.where - 1);
	ck_assert_uint_eq(strlen(err_text(&e, text, sizeof text)), sizeof text - 1);
}
END_TEST

START_TEST(every_error_code_has_a_unique_name_an_http_status_and_advice)
{
	for (int i = 1; i < ERR_MAX; i++) {
		const struct err_info *a = err_info((enum err_code)i);

		ck_assert_uint_gt(strlen(a->code), 2);
		ck_assert_uint_eq(strspn(a->code, "abcdefghijklmnopqrstuvwxyz-"), strlen(a->code));
		ck_assert(a->http >= 200 && a->http <= 599);
		ck_assert(a->exit >= 1 && a->exit <= 5);
		ck_assert_uint_gt(strlen(a->title), 4);
		ck_assert_msg(a->next[strlen(a->next) - 1] == '.', "%s: advice is a sentence", a->code);
		for (int k = 1; k < i; k++)
			ck_assert_str_ne(a->code, err_info((enum err_code)k)->code);
	}
	ck_assert_ptr_eq(err_info(ERR_MAX), err_info(ERR_INTERNAL));
	ck_assert_ptr_eq(err_info((enum err_code)9999), err_info(ERR_INTERNAL));
}
END_TEST

START_TEST(a_full_disk_and_missing_memory_have_their_own_codes)
{
	struct err e;

	ck_refused(err_errno(&e, ENOSPC, "writing %s", "x"), ERR_DISK, "writing x: No space left");
	ck_refused(err_errno(&e, EIO, "w"), ERR_DISK, "w: ");
	ck_refused(err_errno(&e, ENOMEM, "w"), ERR_NO_MEMORY, "w: ");
	ck_refused(err_errno(&e, EBADF, "w"), ERR_INTERNAL, "w: Bad file descriptor");
}
END_TEST

static int freed;
static void thing_free(int *p)
{
	freed = freed * 10 + *p;
}
DEFINE_OWN(int, thing_free)

START_TEST(owned_locals_are_released_in_reverse_order_unless_moved)
{
	int one = 1, two = 2, three = 3, *kept;

	freed = 0;
	{
		OWN(thing_free) int *a = &one;
		OWN(thing_free) int *b = &two;
		OWN(thing_free) int *c = &three;
		OWN(thing_free) int *none = NULL;

		ck_assert_ptr_nonnull(a);
		ck_assert_ptr_nonnull(c);
		ck_assert_ptr_null(none);
		kept = MOVE(b);
		ck_assert_ptr_null(b);
	}
	ck_assert_int_eq(freed, 31);
	ck_assert_ptr_eq(kept, &two);
}
END_TEST

START_TEST(text_grows_up_to_its_ceiling_and_not_one_byte_further)
{
	STR(s, 10);

	str_add(&s, "12345");
	str_addc(&s, '6');
	str_addn(&s, "7890", 4);
	ck_assert_str_eq(s.p, "1234567890");
	ck_assert(!s.over);
	str_addc(&s, 'x');
	ck_assert(s.over);
	ck_assert_str_eq(s.p, "1234567890");
	ck_assert_uint_eq(s.len, 10);
	ck_assert_uint_le(s.cap, 11);
}
END_TEST

START_TEST(what_does_not_fit_is_dropped_and_the_flag_stays_until_cleared)
{
	STR(s, 4);

	str_addf(&s, "%s-%d", "abc", 77);
	ck_assert(s.over);
	ck_assert_str_eq(s.p, "abc-");
	str_add(&s, "");
	ck_assert(s.over);
	str_clear(&s);
	ck_assert(!s.over);
	ck_assert_str_eq(str_c(&s), "");
	str_add(&s, "ok");
	ck_assert_str_eq(s.p, "ok");
	ck_assert_uint_eq(s.max, 4);
}
END_TEST

START_TEST(empty_text_is_never_a_null_pointer)
{
	STR(s, 100);

	ck_assert_str_eq(str_c(&s), "");
	str_add(&s, NULL);
	str_addn(&s, NULL, 0);
	ck_assert_str_eq(str_c(&s), "");
	OWN(mem_free) char *p = str_take(&s);
	ck_assert_str_eq(p, "");
	str_add(&s, "abc");
	OWN(mem_free) char *q = str_take(&s);
	ck_assert_str_eq(q, "abc");
	ck_assert_uint_eq(s.len, 0);
	ck_assert_uint_eq(s.max, 100);
}
END_TEST

START_TEST(room_is_given_up_to_the_ceiling_only)
{
	STR(s, 8);
	char *p = str_room(&s, 8);

	ck_assert_ptr_nonnull(p);
	memcpy(p, "12345678", 8);
	str_room_end(&s, p + 8);
	ck_assert_str_eq(s.p, "12345678");
	ck_assert_ptr_nonnull(str_room(&s, 0));
	ck_assert_ptr_null(str_room(&s, 1));
	ck_assert_ptr_null(str_room(&s, SIZE_MAX));
	ck_assert(!s.over);
}
END_TEST

START_TEST(long_formatted_text_is_not_cut_before_the_ceiling)
{
	STR(s, 5000);
	char longer[3001];

	memset(longer, 'y', 3000);
	longer[3000] = '\0';
	str_addf(&s, "<%s>", longer);
	ck_assert_uint_eq(s.len, 3002);
	ck_assert(!s.over);
	ck_assert_int_eq(s.p[3001], '>');
}
END_TEST

START_TEST(whole_numbers_are_written_exactly_at_every_length)
{
	static const int64_t edges[] = { 0,   9,    10,    99,        100,       101,
					 999, 1000, 12345, INT32_MAX, INT64_MAX, INT64_MIN };
	char want[32];

	for (size_t i = 0; i < sizeof edges / sizeof *edges; i++)
		for (int sign = 1; sign >= -1; sign -= 2) {
			int64_t v = edges[i] == INT64_MIN ? INT64_MIN : edges[i] * sign;
			STR(s, 64);

			str_add_i64(&s, v);
			snprintf(want, sizeof want, "%lld", (long long)v);
			ck_assert_str_eq(str_c(&s), want);
		}
}
END_TEST

START_TEST(fixed_buffers_are_filled_and_a_cut_is_told)
{
	char b[4];

	ck_assert(str_copy(b, sizeof b, "abc"));
	ck_assert_str_eq(b, "abc");
	ck_assert(!str_copy(b, sizeof b, "abcd"));
	ck_assert_str_eq(b, "abc");
	ck_assert(str_copyn(b, sizeof b, "xyz123", 2));
	ck_assert_str_eq(b, "xy");
	ck_assert(!str_copyn(b, 0, "x", 1));
	ck_assert_str_eq(b, "xy");
}
END_TEST

START_TEST(arrays_keep_their_elements_while_growing)
{
	VEC(int) v = { 0 };

	for (int i = 0; i < 1000; i++)
		vec_push(&v, i * i);
	ck_assert_uint_eq(v.n, 1000);
	for (int i = 0; i < 1000; i++)
		ck_assert_int_eq(v.v[i], i * i);
	vec_done(&v);
	ck_assert_ptr_null(v.v);
	ck_assert_uint_eq(v.n, 0);
}
END_TEST

START_TEST(arena_pieces_are_zeroed_aligned_and_do_not_overlap)
{
	OWN(arena_free) struct arena *a = arena_new();
	enum { N = 2000 };
	unsigned char *p[N];
	size_t size[N], total = 0;

	for (size_t i = 0; i < N; i++) {
		size[i] = i % 97 + (i % 211 == 0 ? 20000 : 0);
		p[i] = arena_alloc(a, size[i]);
		ck_assert_uint_eq((uintptr_t)p[i] % 16, 0);
		for (size_t k = 0; k < size[i]; k++)
			ck_assert_int_eq(p[i][k], 0);
		memset(p[i], (int)(i % 251) + 1, size[i]);
		total += size[i];
	}
	for (size_t i = 0; i < N; i++)
		for (size_t k = 0; k < size[i]; k++)
			ck_assert_int_eq(p[i][k], (int)(i % 251) + 1);
	ck_assert_uint_ge(arena_bytes(a), total);
	ck_assert_ptr_ne(arena_alloc(a, 0), arena_alloc(a, 0));
}
END_TEST

START_TEST(arena_text_is_copied)
{
	OWN(arena_free) struct arena *a = arena_new();
	char from[] = "meter";
	char *s = arena_strdup(a, from), *t = arena_strndup(a, from, 3);
	uint32_t *n = arena_array(a, 10, sizeof *n);

	from[0] = 'X';
	ck_assert_str_eq(s, "meter");
	ck_assert_str_eq(t, "met");
	ck_assert_ptr_null(arena_strdup(a, NULL));
	ck_assert_uint_eq(n[9], 0);
}
END_TEST

/* What map_each saw. */
struct seen {
	size_t n;
	uintptr_t sum;
};
static void see(const char *key, void *val, void *ctx)
{
	struct seen *s = ctx;

	ck_assert_ptr_nonnull(key);
	s->n++;
	s->sum += (uintptr_t)val;
}

START_TEST(a_map_finds_what_was_put_and_forgets_what_was_deleted)
{
	OWN(map_free) struct map *m = map_new();
	struct seen seen = { 0, 0 };
	char key[32];

	for (uintptr_t i = 1; i <= 5000; i++) {
		snprintf(key, sizeof key, "key-%d", (int)i);
		map_put(m, key, (void *)i);
	}
	ck_assert_uint_eq(map_count(m), 5000);
	for (uintptr_t i = 1; i <= 5000; i += 2) {
		snprintf(key, sizeof key, "key-%d", (int)i);
		ck_assert_uint_eq((uintptr_t)map_del(m, key), i);
		ck_assert_ptr_null(map_del(m, key));
	}
	ck_assert_uint_eq(map_count(m), 2500);
	for (uintptr_t i = 1; i <= 5000; i++) {
		snprintf(key, sizeof key, "key-%d", (int)i);
		ck_assert_uint_eq((uintptr_t)map_get(m, key), i % 2 ? 0 : i);
	}
	map_each(m, see, &seen);
	ck_assert_uint_eq(seen.n, 2500);
	ck_assert_uint_eq(seen.sum, 2500u * 2501u);
}
END_TEST

START_TEST(putting_again_replaces_the_value_and_copies_no_key_twice)
{
	OWN(map_free) struct map *m = map_new();
	char key[] = "entry";
	int a = 1, b = 2;

	map_put(m, key, &a);
	map_put(m, "entry", &b);
	key[0] = 'X';
	ck_assert_uint_eq(map_count(m), 1);
	ck_assert_ptr_eq(map_get(m, "entry"), &b);
	ck_assert_ptr_null(map_get(m, "Xntry"));
	ck_assert_ptr_null(map_get(m, ""));
	map_put(m, "", &a);
	ck_assert_ptr_eq(map_get(m, ""), &a);
}
END_TEST

START_TEST(integer_keys_of_any_pattern_are_found_and_absent_ones_are_not)
{
	static const uint64_t strides[] = {
		1, 2, 16, 256, UINT64_C(1) << 32, (UINT64_C(1) << 32) + 1, UINT64_C(1) << 52
	};

	for (size_t k = 0; k < sizeof strides / sizeof *strides; k++) {
		OWN(map64_free) struct map64 *m = map64_new(k % 2 ? 0 : 4000);

		for (uint32_t i = 0; i < 4000; i++)
			ck_assert(map64_put(m, i * strides[k], i));
		for (uint32_t i = 0; i < 4000; i++) {
			ck_assert_uint_eq(map64_get(m, i * strides[k]), i);
			if (strides[k] > 1)
				ck_assert_uint_eq(map64_get(m, i * strides[k] + strides[k] / 2), MAP64_NONE);
		}
	}
}
END_TEST

START_TEST(an_integer_key_is_not_replaced)
{
	OWN(map64_free) struct map64 *m = map64_new(1);

	ck_assert(map64_put(m, 0, 5));
	ck_assert(!map64_put(m, 0, 6));
	ck_assert_uint_eq(map64_get(m, 0), 5);
	ck_assert(map64_put(m, UINT64_MAX, 0));
	ck_assert_uint_eq(map64_get(m, UINT64_MAX), 0);
	ck_assert_uint_eq(m->n, 2);
}
END_TEST

START_TEST(text_hashes_depend_on_every_byte_and_the_length)
{
	unsigned char a[64] = { 0 }, b[64] = { 0 };

	for (size_t n = 0; n < 64; n++) {
		ck_assert_uint_eq(map_hash(a, n), map_hash(b, n));
		ck_assert_uint_ne(map_hash(a, n), map_hash(a, n + 1 <= 64 ? n + 1 : 0));
		for (size_t i = 0; i < n; i++) {
			b[i] = 1;
			ck_assert_uint_ne(map_hash(a, n), map_hash(b, n));
			b[i] = 0;
		}
	}
}
END_TEST

int main(void)
{
	const TTest *all[] = {
		an_error_keeps_its_code_and_reads_from_outside_in,
		an_error_names_file_line_and_column_as_compilers_do,
		messages_longer_than_their_buffer_are_cut_and_stay_terminated,
		every_error_code_has_a_unique_name_an_http_status_and_advice,
		a_full_disk_and_missing_memory_have_their_own_codes,
		owned_locals_are_released_in_reverse_order_unless_moved,
		text_grows_up_to_its_ceiling_and_not_one_byte_further,
		what_does_not_fit_is_dropped_and_the_flag_stays_until_cleared,
		empty_text_is_never_a_null_pointer,
		room_is_given_up_to_the_ceiling_only,
		long_formatted_text_is_not_cut_before_the_ceiling,
		whole_numbers_are_written_exactly_at_every_length,
		fixed_buffers_are_filled_and_a_cut_is_told,
		arrays_keep_their_elements_while_growing,
		arena_pieces_are_zeroed_aligned_and_do_not_overlap,
		arena_text_is_copied,
		a_map_finds_what_was_put_and_forgets_what_was_deleted,
		putting_again_replaces_the_value_and_copies_no_key_twice,
		integer_keys_of_any_pattern_are_found_and_absent_ones_are_not,
		an_integer_key_is_not_replaced,
		text_hashes_depend_on_every_byte_and_the_length,
	};

	return RUN_TESTS("base_text", all);
}
