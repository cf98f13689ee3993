/* SPDX-License-Identifier: Apache-2.0 */
/* The world of a device agent without a network: answers, images, the application and the time come from the
 * test. */
#ifndef FIRPATH_TESTS_BBUM_WORLD_H
#define FIRPATH_TESTS_BBUM_WORLD_H

#include "testing.h"

#include <inttypes.h>
#include <sys/stat.h>

#include "agent/device.h"
#include "base/file.h"
#include "base/json.h"
#include "base/mem.h"

#define IMAGE_SIZE 1000
#define PIECE 300

struct world {
	char dir[128];
	int64_t now;
	struct clock clock;
	struct log log;
	struct rnd rnd;
	struct device_shared shared;
	struct device_identity is;
	struct device *d;
	/* what the device asked for, and has not got yet */
	bool wants[NET_KINDS];
	struct bbum_poll_msg said; /* the newest poll */
	char path[200];            /* of the image it wants, from where */
	int64_t from;
	int images; /* how many it asked for */
	/* what the service would say */
	struct bbum_answer_msg answer;
	char image[IMAGE_SIZE];
	const char *text; /* of a Building Block: its Manifest (tests/block_world.h), NULL = one image */
	struct {
		char hash[65], data[IMAGE_SIZE];
	} file[4]; /* Archives */
	int nfiles;
	int manifests;         /* how many the device asked for */
	enum permit_word word; /* of the application */
	int withdrawn;
	int told; /* how often it was sent versions */
};

static inline int64_t now_of(void *ctx)
{
	return ((struct world *)ctx)->now;
}

static inline void want_poll(void *ctx, struct device *d, const char *body, size_t len)
{
	struct world *w = ctx;
	struct err e;

	(void)d;
	ck_assert(!w->wants[NET_POLL]);
	ck_ok(bbum_poll_read(body, len, &w->said, &e));
	w->wants[NET_POLL] = true;
}

static inline void want_manifest(void *ctx, struct device *d, const char *path)
{
	struct world *w = ctx;

	(void)d;
	(void)path;
	ck_assert(!w->wants[NET_MANIFEST]);
	w->wants[NET_MANIFEST] = true;
	w->manifests++;
}

static inline void want_image(void *ctx, struct device *d, const char *path, int64_t from)
{
	struct world *w = ctx;

	(void)d;
	ck_assert(!w->wants[NET_IMAGE]);
	w->wants[NET_IMAGE] = true;
	str_copy(w->path, sizeof w->path, path);
	w->from = from;
	w->images++;
}

static inline void want_drop(void *ctx, struct device *d, enum net_kind kind)
{
	struct world *w = ctx;

	(void)d;
	ck_assert(w->wants[kind]);
	w->wants[kind] = false;
}

static inline enum permit_word word_of(void *ctx, enum permit_what what, const char **ret_why)
{
	struct world *w = ctx;

	*ret_why = what == PERMIT_UPDATE ? "charging" : "charging, do not restart";
	return w->word;
}

static inline void word_withdrawn(void *ctx, enum permit_what what)
{
	(void)what;
	((struct world *)ctx)->withdrawn++;
}

/* The Manifest of entry n, version 0001000n; its image is n's bytes. */
static inline void manifest_is(struct world *w, int n)
{
	struct bbum_manifest *m = &w->answer.manifest;
	uint8_t sum[SHA256_LEN];

	for (size_t i = 0; i < IMAGE_SIZE; i++)
		w->image[i] = (char)(i * 7 + (size_t)n);
	sha256_of(w->image, IMAGE_SIZE, sum);
	memset(m, 0, sizeof *m);
	snprintf(m->name, sizeof m->name, "cpl:%06d", n);
	str_copy(m->manufacturer, sizeof m->manufacturer, "1081");
	str_copy(m->model, sizeof m->model, "00A1");
	str_copy(m->hardware, sizeof m->hardware, "0102");
	snprintf(m->version, sizeof m->version, "%08X", 0x10000 + n);
	hex_text(sum, sizeof sum, m->hash);
	m->size = IMAGE_SIZE;
	snprintf(m->image, sizeof m->image, "/bbum/v1/images/%s", m->hash);
	w->answer.has_manifest = true;
}

static inline void world_new(struct world *w)
{
	memset(w, 0, sizeof *w);
	test_dir_new(w->dir, sizeof w->dir);
	w->now = 1000000;
	w->clock = (struct clock){ now_of, now_of, w };
	w->log.fd = STDERR_FILENO; /* level 0: silent */
	w->rnd = rnd_seeded(1);
	w->word = PERMIT_YES;
	w->shared = (struct device_shared){
		.clock = &w->clock,
		.log = &w->log,
		.rnd = &w->rnd,
		.net = { want_poll, want_manifest, want_image, want_drop, w },
		.iec = { .look = word_of, .withdraw = word_withdrawn, .ctx = w, .limit_ms = 5000 },
		.poll_ms = 1000,
		.image_max = 1 << 20
	};
	w->is = (struct device_identity){ "1081", "00A1", "0102", "00010001", "" };
	manifest_is(w, 2);
}

static inline void world_done(struct world *w)
{
	device_free(w->d);
	test_dir_free(w->dir);
}
DEFINE_OWN_VAL(struct world, world_done)
#define WORLD(w)                                                                                             \
	OWN(world_done) struct world w;                                                                      \
	world_new(&w)

static inline void boot(struct world *w)
{
	struct err e;

	memset(w->wants, 0, sizeof w->wants);
	ck_ok(device_new(&w->shared, "dev", w->dir, &w->is, &w->d, &e));
}

/* The process ends without a word, and starts again. */
static inline void crash(struct world *w)
{
	device_free(MOVE(w->d));
	boot(w);
}

static inline void tick(struct world *w)
{
	if (device_due(w->d) <= w->now)
		device_tick(w->d);
}

static inline void answer_manifest(struct world *w)
{
	struct net_result r = { .status = 200 };
	STR(body, BBUM_MESSAGE_MAX);
	struct jw j = jw_start(&body);

	ck_assert(w->wants[NET_MANIFEST]);
	w->wants[NET_MANIFEST] = false;
	if (!w->text)
		bbum_manifest_write(&w->answer.manifest, &j);
	r.body = w->text ? w->text : str_c(&body);
	r.len = strlen(r.body);
	device_manifest_came(w->d, &r);
}

/* Time passes until the device has asked for a poll; its status is in said. */
static inline void until_poll(struct world *w)
{
	for (int i = 0; i < 1000 && !w->wants[NET_POLL]; i++) {
		tick(w);
		w->now += 10;
		if (w->text && w->wants[NET_MANIFEST])
			answer_manifest(w);
		ck_assert_msg(device_wish(w->d) != DEVICE_RESTARTS, "it restarts");
	}
	ck_assert(w->wants[NET_POLL]);
}

static inline void answer_poll(struct world *w)
{
	struct net_result r = { .status = 200 };
	struct bbum_answer_msg a = w->answer;
	STR(body, BBUM_MESSAGE_MAX);

	ck_assert(w->wants[NET_POLL]);
	if (!w->said.wants_manifest)
		a.has_manifest = a.no_manifest = false;
	bbum_answer_write(&a, &body);
	r.body = str_c(&body);
	r.len = body.len;
	w->wants[NET_POLL] = false;
	device_polled(w->d, &r);
}

/* One exchange: the device says its status, and gets what waits for it. */
static inline struct bbum_status exchange(struct world *w)
{
	until_poll(w);
	answer_poll(w);
	return w->said.status;
}

/* Gives a command; the status that answers it. Its answer does not repeat the command. */
static inline struct bbum_status order(struct world *w, enum bbum_command kind, int64_t cycle, int64_t seq)
{
	w->answer.command = kind;
	w->answer.cycle_id = cycle;
	w->answer.seq = seq;
	exchange(w);
	w->answer.command = BBUM_CMD_NONE;
	until_poll(w);
	return w->said.status;
}

/* What the device asked for. */
static inline const char *image_asked(const struct world *w)
{
	for (int i = 0; i < w->nfiles; i++)
		if (strstr(w->path, w->file[i].hash))
			return w->file[i].data;
	ck_assert_msg(!w->nfiles, "there is no %s", w->path);
	return w->image;
}

static inline void answer_image(struct world *w, int64_t bytes, const char *trouble)
{
	struct net_result r = { .status = w->from ? 206 : 200, .body = "", .trouble = trouble };

	ck_assert(w->wants[NET_IMAGE]);
	device_image_whole(w->d, IMAGE_SIZE);
	for (int64_t at = w->from, n; at < w->from + bytes; at += n) {
		n = w->from + bytes - at < PIECE ? w->from + bytes - at : PIECE;
		if (!device_image_piece(w->d, image_asked(w) + at, (size_t)n)) {
			r.trouble = "stopped";
			break;
		}
	}
	w->wants[NET_IMAGE] = false;
	device_image_ended(w->d, &r);
}

/* Serves what the device asks for except polls, until it asks for a poll that says `state`. */
static inline struct bbum_status serve_until(struct world *w, enum bbum_state state)
{
	for (int i = 0; i < 5000; i++) {
		tick(w);
		w->now += 10;
		if (w->wants[NET_POLL] && w->said.status.state == state)
			return w->said.status;
		if (w->wants[NET_POLL])
			answer_poll(w);
		if (w->wants[NET_MANIFEST])
			answer_manifest(w);
		if (w->wants[NET_IMAGE])
			answer_image(w, IMAGE_SIZE - w->from, NULL);
	}
	ck_abort_msg("it did not come to %s", bbum_state_text[state]);
	return w->said.status;
}

/* From normal operation to U: Manifest seen, request accepted, trigger given. */
static inline void into_update(struct world *w)
{
	struct bbum_status s;

	exchange(w);
	s = order(w, BBUM_CMD_REQUEST_UPDATE, 7, 1);
	ck_assert_int_eq(s.state, BBUM_PENDING);
	ck_assert_int_eq(s.answer, BBUM_ANSWER_ACCEPTED);
	s = order(w, BBUM_CMD_TRIGGER, 7, 2);
	ck_assert_int_eq(s.state, BBUM_UPDATE);
	ck_assert_int_eq(s.answer, BBUM_ANSWER_ACCEPTED);
	ck_assert_int_eq(s.seq, 2);
}

static inline struct bbum_status update(struct world *w)
{
	into_update(w);
	return serve_until(w, BBUM_COMPLETED);
}

/* The restart that was accepted: until the process wants to end, then anew. */
static inline void restart(struct world *w)
{
	for (int i = 0; i < 2000 && device_wish(w->d) != DEVICE_RESTARTS; i++) {
		tick(w);
		w->now += 10;
		if (w->wants[NET_POLL])
			answer_poll(w);
	}
	ck_assert_int_eq(device_wish(w->d), DEVICE_RESTARTS);
	crash(w);
}

static inline size_t effects(const struct world *w, struct str *text)
{
	char path[200];
	size_t n = 0;
	struct err e;

	snprintf(path, sizeof path, "%s/effects.log", w->dir);
	str_clear(text);
	if (file_read(path, text, &e))
		return 0;
	for (size_t i = 0; i < text->len; i++)
		n += text->p[i] == '\n';
	return n;
}

static inline struct bbum_status now_says(const struct world *w)
{
	struct bbum_poll_msg m;

	device_status(w->d, &m);
	return m.status;
}

static inline void spoil(const struct world *w, const char *file)
{
	char path[320];
	FILE *f;

	snprintf(path, sizeof path, "%s/%s", w->dir, file);
	f = fopen(path, "r+b");
	ck_assert(f != NULL);
	fputc('#', f);
	fclose(f);
}

#endif
