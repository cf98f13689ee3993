/* SPDX-License-Identifier: Apache-2.0 */
/* Who does what: names, passwords, behaviours, the heap of what is due, the flash, the status file, the
 * control. */
#include "sim.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

const char *const word_text[WORDS] = {
#define X(name, word, what) word,
#include "words.h"
#undef X
};
const char *const word_what[WORDS] = {
#define X(name, word, what) what,
#include "words.h"
#undef X
};

/* ---- rules ---- */

static uint64_t dice_of(const struct sim *s, int index, uint64_t salt)
{
	uint64_t h = (s->seed * 0x9E3779B97F4A7C15U) ^ ((uint64_t)index + 1) * 0xBF58476D1CE4E5B9U ^
		     salt * 0x94D049BB133111EBU;

	h ^= h >> 31;
	h *= 0x7FB5D329728EA185U;
	h ^= h >> 27;
	h *= 0x81DADEF4BC2DD44DU;
	return h ^ h >> 33;
}

static bool rule_fits(const struct sim *s, const struct station *st, const struct rule *r, size_t n)
{
	if (r->nth && st->flash->updates != r->nth)
		return false;
	if (r->share >= 0)
		return dice_of(s, st->index, n + 1) % 10000 < (uint64_t)r->share;
	return st->index >= r->from && st->index <= r->until;
}

bool behaves(const struct sim *s, const struct station *st, enum word w)
{
	static const enum word failures[] = { B_DOWNLOAD_FAILED, B_INSTALLATION_FAILED, B_INVALID_SIGNATURE,
					      B_INSTALLED_UNCHANGED, B_REJECTED_NO_REASON };

	for (size_t i = 0; i < s->rules.n; i++) {
		const struct rule *r = &s->rules.v[i];

		if (r->any_failure) {
			if (rule_fits(s, st, r, i) && failures[dice_of(s, st->index, 99) % 5] == w)
				return true;
		} else if ((r->bits[w / 64] >> w % 64 & 1) && rule_fits(s, st, r, i)) {
			return true;
		}
	}
	return false;
}

int word_named(const char *text, size_t n)
{
	for (int i = 0; i < WORDS; i++)
		if (strlen(word_text[i]) == n && !memcmp(word_text[i], text, n))
			return i;
	return -1;
}

/* Which stations: "7:", "3-9:", "5%:"; returns where the words begin. */
static const char *rule_which(const char *text, struct rule *r)
{
	const char *colon = strchr(text, ':');
	char *end;

	r->from = 0;
	r->until = INT_MAX;
	r->share = -1;
	if (!colon)
		return text;
	r->from = r->until = (int)strtol(text, &end, 10);
	if (*end == '%' || *end == '.') {
		r->share = (int)(strtod(text, &end) * 100 + 0.5);
		end += *end == '%';
	} else if (*end == '-') {
		r->until = (int)strtol(end + 1, &end, 10);
	}
	return end == colon && end != text ? colon + 1 : NULL;
}

bool rule_add(struct sim *s, const char *text, char *why, size_t n)
{
	struct rule which = { 0 };
	const char *at = rule_which(text, &which);

	if (!at) {
		snprintf(why, n, "'%s': WHICH is a number, from-until or a share like 5%%", text);
		return false;
	}
	while (*at) {
		size_t len = strcspn(at, ","), word = strcspn(at, ",@");
		struct rule r = which;
		int w = word_named(at, word);

		if (w < 0) {
			snprintf(why, n, "no behaviour is called '%.*s' (--list-behaviours)", (int)word, at);
			return false;
		}
		r.nth = at[word] == '@' ? (int)strtol(at + word + 1, NULL, 10) : 0;
		r.bits[w / 64] |= (uint64_t)1 << w % 64;
		vec_push(&s->rules, r);
		at += len + (at[len] == ',');
	}
	return true;
}

/* ---- names ---- */

/* %d or %0Nd, and %% */
static void numbered(const char *format, int index, char *buf, size_t n)
{
	size_t at = 0;

	for (const char *f = format; *f && at + 1 < n; f++) {
		int width = 0;

		if (*f != '%') {
			buf[at++] = *f;
			continue;
		}
		f++;
		while (*f >= '0' && *f <= '9')
			width = width * 10 + *f++ - '0';
		if (*f == 'd')
			at += (size_t)snprintf(buf + at, n - at, "%0*d", width % 20, index);
		else if (*f)
			buf[at++] = *f;
		else
			break;
		if (at >= n)
			at = n - 1;
	}
	buf[at] = '\0';
}

void identity_of(const struct sim *s, int index, char *buf, size_t n)
{
	numbered(s->identity, index, buf, n);
}

const char *password_of(const struct sim *s, int index)
{
	if (s->passwords.n)
		return s->passwords.v[(size_t)index % s->passwords.n];
	return s->password;
}

/* ---- the status file ---- */

void tell(struct sim *s, const struct station *st, const char *event, const char *fmt, ...)
{
	char more[9000], name[200];
	va_list ap;

	if (!s->status)
		return;
	va_start(ap, fmt);
	vsnprintf(more, sizeof more, fmt, ap);
	va_end(ap);
	identity_of(s, st->index, name, sizeof name);
	fprintf(s->status, "{\"at\":%lld,\"station\":\"%s\",\"event\":\"%s\"%s}\n", (long long)sim_wall(),
		name, event, more);
}

void trace(struct sim *s, const struct station *st, const char *way, const char *text, size_t n)
{
	STR(out, TEXT_MAX);

	if (!s->trace || !s->status)
		return;
	json_escape(&out, text, n < 2000 ? n : 2000);
	tell(s, st, way, ",\"text\":\"%s\"", str_c(&out));
}

/* What the server must not do. */
void violation(struct sim *s, const struct station *st, const char *what)
{
	s->violations++;
	tell(s, st, "violation", ",\"what\":\"%s\"", what);
}

/* ---- what is due ---- */

static bool earlier(const struct sim *s, size_t a, size_t b)
{
	return s->heap.v[a].due < s->heap.v[b].due;
}

static void swap(struct sim *s, size_t a, size_t b)
{
	struct event t = s->heap.v[a];

	s->heap.v[a] = s->heap.v[b];
	s->heap.v[b] = t;
}

void due_at(struct sim *s, struct station *st, enum due kind, int64_t after_ms, uint32_t epoch, int64_t arg,
	    char *text)
{
	struct event ev = { sim_mono() + after_ms, st->index, (uint8_t)kind, epoch, arg, text };
	size_t i;

	vec_push(&s->heap, ev);
	for (i = s->heap.n - 1; i && earlier(s, i, (i - 1) / 2); i = (i - 1) / 2)
		swap(s, i, (i - 1) / 2);
}

int64_t due_next(const struct sim *s)
{
	int64_t left;

	if (!s->heap.n)
		return -1;
	left = s->heap.v[0].due - sim_mono();
	return left > 0 ? left : 0;
}

static struct event due_pop(struct sim *s)
{
	struct event first = s->heap.v[0];
	size_t i = 0;

	s->heap.v[0] = s->heap.v[--s->heap.n];
	for (;;) {
		size_t least = i, l = 2 * i + 1;

		if (l < s->heap.n && earlier(s, l, least))
			least = l;
		if (l + 1 < s->heap.n && earlier(s, l + 1, least))
			least = l + 1;
		if (least == i)
			return first;
		swap(s, i, least);
		i = least;
	}
}

static void call_too_late(struct sim *s, struct station *st, uint32_t epoch)
{
	if (epoch != st->epoch || !st->pending)
		return;
	tell(s, st, "no-answer", ",\"id\":\"%s\"", st->pending->id);
	str_done(&st->pending->text);
	mem_free(st->pending);
	st->pending = NULL;
	say_next(s, st);
}

static void due_do(struct sim *s, struct station *st, struct event *ev)
{
	bool here = ev->epoch == st->epoch && st->stage == S_OPEN;

	switch ((enum due)ev->kind) {
	case D_CONNECT:
		if (st->stage == S_OFF && !st->held)
			net_connect(s, st);
		break;
	case D_HEARTBEAT:
		if (here) {
			say(s, st, C_HEARTBEAT, "Heartbeat", "{}");
			due_at(s, st, D_HEARTBEAT, st->interval_ms, st->epoch, 0, NULL);
		}
		break;
	case D_STEP:
		if (ev->epoch == st->job_epoch)
			train_step(s, st);
		break;
	case D_TIMEOUT:
		if (st->pending && ev->text && !strcmp(st->pending->id, ev->text))
			call_too_late(s, st, ev->epoch);
		break;
	case D_ANSWER:
		if (here)
			frame_send(s, st, 1, ev->text, strlen(ev->text));
		break;
	case D_TX_END:
		if (st->busy_tx)
			say_transaction(s, st, false);
		else if (st->reserved)
			say_reservation_over(s, st);
		break;
	case D_PUBLISH:
		if (here)
			publish_step(s, st, ev->arg);
		break;
	case D_LOG:
		if (here)
			log_step(s, st, ev->arg, ev->text);
		break;
	case D_OLD_FAILS:
		if (here && st->flash->old_request >= 0) {
			int64_t old = st->flash->old_request;

			st->flash->old_request = -1;
			say_status(s, st, "DownloadFailed", old);
		}
		break;
	}
}

void due_run(struct sim *s)
{
	int64_t now = sim_mono();

	/* A few thousand in a turn, so that reading is not kept waiting. */
	for (int i = 0; i < 4000 && s->heap.n && s->heap.v[0].due <= now; i++) {
		struct event ev = due_pop(s);

		due_do(s, &s->station[ev.station], &ev);
		mem_free(ev.text);
	}
}

int64_t paced(const struct sim *s, const struct station *st, int64_t ms)
{
	double t = (double)ms / s->speed * (behaves(s, st, B_SLOW) ? 10 : 1) *
		   (behaves(s, st, B_VERY_SLOW) ? 40 : 1);

	t *= 0.75 + (double)(rnd_u64(&((struct sim *)s)->rnd) % 1000) / 2000;
	return (int64_t)t;
}

/* ---- flash ---- */

#define FLASH_MAGIC 0x46534831U

static void parts_parse(struct flash *f, const char *list)
{
	while (*list && f->nparts < PARTS) {
		size_t len = strcspn(list, ","), name = strcspn(list, "=,");
		struct target *t = &f->part[f->nparts];
		const char *version = list + name + (list[name] == '=');
		size_t vlen = strcspn(version, ":,");

		str_copyn(t->name, sizeof t->name, list, name);
		str_copyn(t->version, sizeof t->version, version, vlen);
		f->regulated[f->nparts++] =
		    version[vlen] == ':' && !strncmp(version + vlen + 1, "regulated", 9);
		list += len + (list[len] == ',');
	}
}

void flash_fresh(const struct sim *s, struct flash *f)
{
	*f = (struct flash){ .magic = FLASH_MAGIC, .old_request = -1, .last_request = -1 };
	if (s->components) {
		parts_parse(f, s->components);
	} else {
		f->nparts = 1;
		str_copy(f->part[0].name, NAME, "default");
		str_copy(f->part[0].version, NAME, s->first_version);
	}
}

bool flash_open(struct sim *s, const char *path)
{
	size_t size = (size_t)s->count * sizeof *s->flash;
	int fd = -1;
	void *p;

	if (path) {
		fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
		if (fd < 0 || ftruncate(fd, (off_t)size)) {
			fprintf(stderr, "firpath-station: --state-file %s: %s\n", path, strerror(errno));
			return false;
		}
	}
	p = mmap(NULL, size, PROT_READ | PROT_WRITE, fd < 0 ? MAP_PRIVATE | MAP_ANONYMOUS : MAP_SHARED, fd,
		 0);
	if (fd >= 0)
		close(fd);
	if (p == MAP_FAILED) {
		fprintf(stderr, "firpath-station: no memory for %d stations\n", s->count);
		return false;
	}
	s->flash = p;
	return true;
}

/* ---- control ---- */

static void control_online(struct sim *s, struct station *st)
{
	st->held = false;
	if (st->stage == S_OFF)
		due_at(s, st, D_CONNECT, 0, 0, 0, NULL);
}

/* VERB NAME [ARGUMENT] */
void control_line(struct sim *s, char *line)
{
	char *verb = strsep(&line, " "), *name = strsep(&line, " ");
	struct station *st = name ? map_get(s->by_identity, name) : NULL;
	char why[200];

	if (!st) {
		printf("? no such station\n");
	} else if (!strcmp(verb, "tx-start")) {
		say_transaction(s, st, true);
	} else if (!strcmp(verb, "tx-end")) {
		say_transaction(s, st, false);
	} else if (!strcmp(verb, "release")) {
		say_reservation_over(s, st);
	} else if (!strcmp(verb, "drop")) {
		net_drop(s, st, "control", 10);
	} else if (!strcmp(verb, "offline")) {
		st->held = true;
		net_drop(s, st, "control", -1);
	} else if (!strcmp(verb, "online")) {
		control_online(s, st);
	} else if (!strcmp(verb, "reboot")) {
		st->sent_boot = false;
		st->flash->booted = false;
		net_drop(s, st, "reboot", 50);
	} else if (!strcmp(verb, "event") && line) {
		say_event(s, st, line);
	} else if (!strcmp(verb, "raw") && line) {
		frame_send(s, st, 1, line, strlen(line));
	} else if (!strcmp(verb, "behave") && line) {
		char rule[400];

		snprintf(rule, sizeof rule, "%d:%s", st->index, line);
		if (!rule_add(s, rule, why, sizeof why))
			printf("? %s\n", why);
	} else {
		printf("? no such order\n");
	}
	printf("done\n");
	fflush(stdout);
}
