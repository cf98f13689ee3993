/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The real site_step() together with three devices that run the real table of bbum_states.c: every order of
 * events, breadth first, with a bounded number of faults - messages lost, doubled, delayed, devices and the
 * manager dying at any point, permission denied, installations and restarts failing, limits passed.
 *
 * Checked: from every state that is reached some way leads to rest (everybody in NO with the active
 * configuration, or a prompt); never at rest without a prompt and not all on the active configuration; no
 * trigger while somebody is in NO; UC only when everybody is; NO only with the active configuration; no
 * second rollback; waves in their order. Seeded faults of the manager must be found.
 *
 * Abstracted: time (a timer may run out whenever it is set), numbers of commands and restarts (their order
 * per device is kept), texts, the first two devices are interchangeable (they are of one group). */
#include "site_world.h"

#include "base/mem.h"
#include "base/parse.h"

enum seeded {
	SEEDED_NOTHING,
	SEEDED_EARLY_TRIGGER, /* does not wait until all have accepted */
	SEEDED_EARLY_RESULT,  /* does not wait for all results */
	SEEDED_NO_FLAG,       /* forgets that it rolls back */
	SEEDED_NO_WAVES,      /* serves every Package at once */
	SEEDED_EARLY_NORMAL,  /* does not wait for the restarts */
	SEEDED_NO_TIMER,      /* forgets the wait before a repetition */
	SEEDED_ALL
};

struct search {
	enum seeded seeded;
	struct site_settings set;
	struct site_out out;
	bool manual;
	bool only_devices; /* no message is lost, late or doubled, and the manager lives */
	uint8_t *state;    /* PACK bytes each */
	uint32_t n, room, next;
	uint32_t *slot; /* hash table: index + 1 */
	uint32_t slots;
	uint32_t *edge; /* from, to */
	uint64_t nedges, edge_room;
	uint8_t *rests;
	uint32_t limit;
	const char *found; /* what is wrong, NULL = nothing */
	uint32_t at;       /* state it was found in */
	struct world w;    /* being expanded */
	uint64_t steps;
};

static void grow_table(struct search *f)
{
	const uint32_t slots = f->slots ? f->slots * 2 : 1u << 16;
	uint32_t *t = mem_array(slots, sizeof *t);

	for (uint32_t i = 0; i < f->n; i++) {
		uint64_t h = hash_of(f->state + (size_t)i * PACK);

		while (t[h & (slots - 1)])
			h++;
		t[h & (slots - 1)] = i + 1;
	}
	mem_free(f->slot);
	f->slot = t;
	f->slots = slots;
}

static uint32_t state_of(struct search *f, const struct world *w)
{
	uint8_t p[PACK];
	uint64_t h;

	pack(p, w);
	if (f->n * 2 >= f->slots)
		grow_table(f);
	for (h = hash_of(p); f->slot[h & (f->slots - 1)]; h++) {
		const uint32_t i = f->slot[h & (f->slots - 1)] - 1;

		if (!memcmp(f->state + (size_t)i * PACK, p, PACK))
			return i;
	}
	if (f->n == f->room) {
		f->room = f->room ? f->room * 2 : 1 << 14;
		f->state = mem_realloc(f->state, f->room, PACK);
	}
	memcpy(f->state + (size_t)f->n * PACK, p, PACK);
	f->slot[h & (f->slots - 1)] = f->n + 1;
	return f->n++;
}

/* ---- what is checked ---- */

static void wrong(struct search *f, const struct world *w, const char *what)
{
	if (!f->found) {
		if (f->seeded == SEEDED_NOTHING) {
			printf("%s:\n", what);
			show_world(w);
		}
		f->found = what;
		f->at = f->next;
	}
}

static void check_step(struct search *f, const struct world *w, const struct site *was)
{
	const struct site *s = &w->s;

	if (s->state == SITE_ERROR)
		wrong(f, w, "the chart does not come to rest");
	for (int i = 0; i < KIT_BBS; i++) {
		const struct site_bb *b = &s->bb[i];

		if (b->seq == was->bb[i].seq)
			continue;
		for (int k = 0; k < KIT_BBS && b->command == BBUM_CMD_TRIGGER; k++)
			if (w->d[k].state == BBUM_NORMAL)
				wrong(f, w, "a trigger while somebody is in Normal Operation");
		if (b->command == BBUM_CMD_NORMAL_OPERATION && s->state == SITE_UC && !w->operated &&
		    w->d[i].runs != w->active)
			wrong(f, w, "Normal Operation without the active configuration");
	}
	for (int i = 0; i < KIT_BBS; i++)
		if (was->state == SITE_U && s->state == SITE_UC && w->d[i].state != BBUM_COMPLETED)
			wrong(f, w, "Update Completed before everybody is");
}

static bool at_rest(struct search *f, const struct world *w)
{
	if (w->s.prompt != SITE_ASKS_NOTHING)
		return true;
	if (w->s.state == SITE_STOPPED)
		return w->operated;
	if (w->s.state != SITE_NO || w->s.wait != SITE_IDLE || !quiet(w))
		return false;
	for (int i = 0; i < KIT_BBS; i++)
		if (w->d[i].state != BBUM_NORMAL || w->d[i].runs != w->active)
			wrong(f, w, "at rest on different configurations without a prompt");
	return true;
}

/* ---- one input, with the seeded fault ---- */

static void seed(struct search *f, struct world *w, const struct site *was)
{
	struct site *s = &w->s;

	for (int i = 0; i < KIT_BBS; i++) {
		struct site_bb *b = &s->bb[i];
		const bool done = b->known && b->status.state == BBUM_COMPLETED;

		if (f->seeded == SEEDED_EARLY_TRIGGER && s->state == SITE_NO && b->known &&
		    b->status.state == BBUM_PENDING && b->command == BBUM_CMD_NONE) {
			b->command = b->last = BBUM_CMD_TRIGGER;
			b->seq = b->trigger_seq = ++s->seq;
		}
		if (f->seeded == SEEDED_EARLY_RESULT && s->state == SITE_U && was->state == SITE_U && done)
			s->state = SITE_UC, s->wait = SITE_IDLE;
		if (f->seeded == SEEDED_EARLY_NORMAL && s->wait == SITE_AWAIT_RESTART && done &&
		    was->wait == SITE_AWAIT_RESTART && b->command == BBUM_CMD_RESTART) {
			b->command = b->last = BBUM_CMD_NORMAL_OPERATION;
			b->seq = ++s->seq;
		}
	}
	if (f->seeded == SEEDED_NO_FLAG)
		s->rolling_back = false;
	if (f->seeded == SEEDED_NO_FLAG && w->rolled)
		s->has_previous = true;
	if (f->seeded == SEEDED_NO_WAVES)
		s->wave = KIT_BBS;
	if (f->seeded == SEEDED_NO_TIMER && s->wait == SITE_AWAIT_RETRY)
		s->due_at = -1;
}

static void set_active(struct world *w, char letter)
{
	w->active = letter;
	for (int i = 0; i < KIT_BBS; i++)
		kit_hash(w->s.bb[i].want_hash, letter);
}

static void give(struct search *f, struct world *w, struct site_in in)
{
	static struct site was;

	was.state = w->s.state;
	was.wait = w->s.wait;
	memcpy(was.bb, w->s.bb, KIT_BBS * sizeof *was.bb);
	in.now = 1;
	site_step(&w->s, &in, &f->set, &f->out);
	seed(f, w, &was);
	f->steps++;
	check_step(f, w, &was);
	if (f->out.wants_rollback) {
		if (w->rolled)
			wrong(f, w, "a second rollback by itself");
		w->rolled = true;
		set_active(w, w->active == 'B' ? 'A' : 'B');
		w->s.has_previous = false;
		give(f, w, (struct site_in){ .kind = SITE_IN_ACTIVATED });
		give(f, w, (struct site_in){ .kind = SITE_IN_VERB, .verb = SITE_DO_ROLLBACK });
	}
}

static void give_status(struct search *f, struct world *w, int i, const struct sim *m)
{
	struct bbum_status st;

	sim_status(m, w->s.id, &st);
	give(f, w, (struct site_in){ .kind = SITE_IN_STATUS, .bb = i, .status = &st });
	/* what it knows now: the snapshot is kept beside the status for packing */
	if (!memcmp(&w->s.bb[i].status, &st, sizeof st)) {
		w->snap[i] = *m;
		w->snap[i].waiting = BBUM_CMD_NONE;
		w->snap[i].waiting_seq = 0;
	}
}

/* ---- events ---- */

static void go(struct search *f, const struct world *w)
{
	const uint32_t to = state_of(f, w);

	if (f->nedges + 2 > f->edge_room) {
		f->edge_room = f->edge_room ? f->edge_room * 2 : 1 << 16;
		f->edge = mem_realloc(f->edge, f->edge_room, sizeof *f->edge);
	}
	f->edge[f->nedges++] = f->next;
	f->edge[f->nedges++] = to;
}

static struct world *fresh(struct search *f)
{
	unpack(f->state + (size_t)f->next * PACK, &f->w);
	return &f->w;
}

/* The same, one fault poorer; NULL: none is left. */
static struct world *faulty_device(struct search *f)
{
	struct world *w = fresh(f);

	if (!w->faults)
		return NULL;
	w->faults--;
	return w;
}

static struct world *faulty(struct search *f)
{
	return f->only_devices ? NULL : faulty_device(f);
}

static void fetch_manifest(struct world *w, int i)
{
	if (w->d[i].state == BBUM_NORMAL)
		w->d[i].holds = w->active;
}

static void polls(struct search *f, int i)
{
	struct world *w = fresh(f);

	give_status(f, w, i, &w->d[i]);
	sim_command(&w->d[i], w->s.bb[i].command, w->s.bb[i].seq);
	fetch_manifest(w, i);
	go(f, w);
	if ((w = faulty(f)) != NULL) { /* the answer is lost */
		give_status(f, w, i, &w->d[i]);
		go(f, w);
	}
	if ((w = faulty(f)) != NULL && w->late_c[i] == BBUM_CMD_NONE) { /* the answer is late */
		give_status(f, w, i, &w->d[i]);
		w->late_c[i] = w->s.bb[i].command;
		w->late_seq[i] = w->late_c[i] == BBUM_CMD_NONE ? 0 : w->s.bb[i].seq;
		go(f, w);
	}
	if ((w = faulty(f)) != NULL && !w->has_late[i]) { /* the status is late */
		w->late[i] = w->d[i];
		w->has_late[i] = true;
		go(f, w);
	}
	w = fresh(f);
	if (w->has_late[i]) {
		const struct sim m = w->late[i];

		w->has_late[i] = false;
		give_status(f, w, i, &m);
		go(f, w);
		if ((w = faulty(f)) != NULL) { /* and comes once more */
			give_status(f, w, i, &m);
			go(f, w);
		}
	}
	w = fresh(f);
	if (w->late_c[i] != BBUM_CMD_NONE) {
		sim_command(&w->d[i], w->late_c[i], w->late_seq[i]);
		w->late_c[i] = BBUM_CMD_NONE;
		w->late_seq[i] = 0;
		go(f, w);
	}
}

/* Its Package was served and installed: all before it must be, as far as the manager can know (a boot process
 * that went back was not told yet). */
static void check_wave(struct search *f, const struct world *w, int i)
{
	for (int k = 0; k < KIT_BBS; k++)
		if (w->s.bb[k].wave < w->s.bb[i].wave && w->d[k].slot != w->active &&
		    w->d[k].boots == w->snap[k].boots)
			wrong(f, w, "a Package before its turn");
}

static void works(struct search *f, int i)
{
	struct world *w = fresh(f);
	bool gone;

	if (w->d[i].waiting != BBUM_CMD_NONE) {
		sim_permit(&w->d[i], true);
		go(f, w);
		if ((w = faulty_device(f)) != NULL) {
			sim_permit(&w->d[i], false);
			go(f, w);
		}
		/* its boot process goes back to what ran before */
		if ((w = faulty_device(f)) != NULL && w->d[i].waiting == BBUM_CMD_RESTART &&
		    w->d[i].slot != w->d[i].runs) {
			w->d[i].slot = w->d[i].runs;
			sim_permit(&w->d[i], true);
			go(f, w);
		}
	}
	w = fresh(f);
	if (w->d[i].state == BBUM_UPDATE) {
		const bool may = site_may_package(&w->s, i, &gone);

		if (may || w->d[i].runs == w->active) {
			if (w->d[i].runs != w->active)
				check_wave(f, w, i);
			sim_update(&w->d[i], w->active, SIM_INSTALLS);
			go(f, w);
			if ((w = faulty_device(f)) != NULL) {
				sim_update(&w->d[i], w->active, SIM_INSTALL_FAILS);
				go(f, w);
			}
		} else if (gone) {
			sim_update(&w->d[i], w->active, SIM_VERIFY_FAILS);
			go(f, w);
		}
	}
	if ((w = faulty_device(f)) != NULL) { /* loses power */
		sim_start(&w->d[i], w->d[i].state);
		go(f, w);
	}
}

/* As the service does before it gives the verb; once. */
static bool operator_sets_previous(struct search *f, struct world *w)
{
	char why[SITE_WHY_SIZE];

	if (w->rolled || !site_may_activate(&w->s, why))
		return false;
	w->rolled = true;
	set_active(w, w->active == 'B' ? 'A' : 'B');
	give(f, w, (struct site_in){ .kind = SITE_IN_ACTIVATED });
	return true;
}

static void manager(struct search *f)
{
	struct world *w = fresh(f);
	const bool wait = w->s.wait == SITE_AWAIT_RETRY || w->s.wait == SITE_IDLE;

	if (w->s.due_at >= 0 && wait) {
		give(f, w, (struct site_in){ .kind = SITE_IN_TIMER });
		go(f, w);
	} else if ((w = faulty(f)) != NULL && w->s.due_at >= 0) {
		give(f, w, (struct site_in){ .kind = SITE_IN_TIMER });
		go(f, w);
	}
	if ((w = faulty(f)) != NULL) { /* dies; what is stored is left */
		give(f, w, (struct site_in){ .kind = SITE_IN_BOOT });
		go(f, w);
	}
	w = fresh(f);
	if (!f->manual || w->s.prompt == SITE_ASKS_NOTHING)
		return;
	for (int v = 0; v < SITE_VERBS; v++) {
		w = fresh(f);
		if (!(site_prompt_choices(w->s.prompt, w->s.state) >> v & 1) || v == SITE_DO_STOP)
			continue;
		w->operated = true;
		if (v == SITE_DO_ROLLBACK && !operator_sets_previous(f, w))
			continue;
		give(f, w, (struct site_in){ .kind = SITE_IN_VERB, .verb = (enum site_verb)v });
		if (!f->out.refused)
			go(f, w);
	}
}

/* ---- the search ---- */

static void begin(struct search *f, int faults, bool manual, enum seeded seeded, uint32_t limit)
{
	static struct kit k;
	struct world *w = &f->w;

	memset(f, 0, sizeof *f);
	f->seeded = seeded;
	f->manual = manual;
	f->limit = limit;
	kit_rest(&k, KIT_BBS, manual ? SITE_MANUAL : SITE_AUTO);
	k.s.bb[2].wave = 1;
	kit_new(&k);
	f->set = k.set;
	w->s = k.s;
	w->active = 'B';
	w->faults = faults;
	for (int i = 0; i < KIT_BBS; i++) {
		w->d[i] = w->snap[i] = k.d[i];
		w->snap[i].slot = 0;
	}
	state_of(f, w);
}

/* Every state from which no way leads to rest. */
static uint32_t without_rest(struct search *f)
{
	uint32_t left = f->n;
	bool more = true;

	for (uint32_t i = 0; i < f->n; i++)
		left -= f->rests[i];
	while (more) {
		more = false;
		for (uint64_t e = f->nedges; e > 0; e -= 2)
			if (f->rests[f->edge[e - 1]] && !f->rests[f->edge[e - 2]]) {
				f->rests[f->edge[e - 2]] = 1;
				left--;
				more = true;
			}
	}
	return left;
}

static void search(struct search *f)
{
	for (f->next = 0; f->next < f->n && f->next < f->limit && !f->found; f->next++) {
		for (int i = 0; i < KIT_BBS && !f->found; i++) {
			polls(f, i);
			works(f, i);
		}
		manager(f);
	}
	f->rests = mem_array(f->n, 1);
	for (uint32_t i = 0; i < f->n; i++) {
		unpack(f->state + (size_t)i * PACK, &f->w);
		f->next = i;
		/* what was not looked at any more is no finding */
		f->rests[i] = (uint8_t)(at_rest(f, &f->w) || i >= f->limit);
	}
	if (!f->found && without_rest(f))
		for (uint32_t i = f->n; i-- > 0;)
			if (!f->rests[i]) {
				f->next = i;
				f->found = NULL;
				unpack(f->state + (size_t)i * PACK, &f->w);
				wrong(f, &f->w, "no way leads to rest");
			}
}

static void show(struct search *f, uint32_t at)
{
	unpack(f->state + (size_t)at * PACK, &f->w);
	show_world(&f->w);
}

/* The shortest way there: the first edge to each state is the one that found it. */
static void show_way(struct search *f, uint32_t at)
{
	uint32_t way[400];
	int n = 0;

	while (n < 400) {
		way[n++] = at;
		uint64_t e = 0;

		while (e < f->nedges && f->edge[e + 1] != at)
			e += 2;
		if (!at || e >= f->nedges)
			break;
		at = f->edge[e];
	}
	while (n-- > 0)
		show(f, way[n]);
}

static void end(struct search *f)
{
	mem_free(f->state);
	mem_free(f->slot);
	mem_free(f->edge);
	mem_free(f->rests);
}

#if defined(__has_feature)
#define UNDER(sanitizer) __has_feature(sanitizer)
#else
#define UNDER(sanitizer) 0
#endif

/* More faults take minutes (tests/long/run); under a sanitizer one less is what the time allows. */
static int depth(void)
{
	const char *text = getenv("FIRPATH_SITE_FAULTS");
	int64_t n = 2;
	struct err e;

#if defined(__SANITIZE_ADDRESS__) || UNDER(address_sanitizer) || UNDER(thread_sanitizer)
	n = 1;
#endif
	if (text)
		ck_ok(parse_i64(text, 1, 9, &n, &e));
	return (int)n;
}

static void must_be_right(int faults, bool manual)
{
	static struct search f;

	begin(&f, faults, manual, SEEDED_NOTHING, UINT32_MAX);
	search(&f);
	printf("%s mode, %d faults: %u states, %llu events, %llu steps\n", manual ? "manual" : "auto", faults,
	       f.n, (unsigned long long)(f.nedges / 2), (unsigned long long)f.steps);
	if (f.found)
		show_way(&f, f.at);
	fflush(stdout);
	ck_assert_msg(!f.found, "%s", f.found);
	ck_assert_uint_gt(f.n, 500);
	end(&f);
}

START_TEST(E47_Z32_auto_mode_comes_to_rest_on_one_configuration_whatever_is_lost_late_or_dies)
{
	must_be_right(depth(), false);
}
END_TEST

START_TEST(manual_mode_comes_to_a_prompt_or_to_rest_whatever_the_operator_answers)
{
	const int n = depth(); /* with every answer of an operator a fault more costs thirty times as much */

	must_be_right(n < 3 ? n - 1 : n - 2, true);
}
END_TEST

static void must_be_found(enum seeded seeded, int faults, const char *what)
{
	static struct search f;

	begin(&f, faults, false, seeded, 400000);
	f.only_devices = seeded == SEEDED_NO_FLAG;
	if (seeded == SEEDED_NO_FLAG)
		f.set.trigger_tries = 0;
	search(&f);
	ck_assert_msg(f.found != NULL, "the seeded fault '%s' was not found in %u states", what, f.n);
	printf("seeded, found: %s (expected: %s) after %u states\n", f.found, what, f.n);
	fflush(stdout);
	ck_assert_str_eq(f.found, what);
	end(&f);
}

START_TEST(seeded_faults_of_the_manager_are_found)
{
	must_be_found(SEEDED_EARLY_TRIGGER, 0, "a trigger while somebody is in Normal Operation");
	must_be_found(SEEDED_EARLY_RESULT, 0, "Update Completed before everybody is");
	must_be_found(SEEDED_NO_WAVES, 0, "a Package before its turn");
	must_be_found(SEEDED_EARLY_NORMAL, 0, "Normal Operation without the active configuration");
	must_be_found(SEEDED_NO_TIMER, 1, "no way leads to rest");
	must_be_found(SEEDED_NO_FLAG, 3, "a second rollback by itself");
}
END_TEST

int main(void)
{
	const TTest *all[] = {
		E47_Z32_auto_mode_comes_to_rest_on_one_configuration_whatever_is_lost_late_or_dies,
		manual_mode_comes_to_a_prompt_or_to_rest_whatever_the_operator_answers,
		seeded_faults_of_the_manager_are_found,
	};

	return RUN_TESTS("site_exhaustive", all);
}
