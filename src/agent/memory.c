/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/parse.h"

#define STATE_MAX (16 * KIB)
#define LINE_MAX 256
#define TAIL_MAX (4 * KIB) /* more than the newest two lines of effects.log */

const char *const slot_name[SLOTS + 1] = {
	[SLOT_FACTORY] = "factory",
	[SLOT_A] = "A",
	[SLOT_B] = "B",
};

static void fd_close_own(int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

/* Words of enums as they are in the file. */
struct raw {
	struct memory m;
	char state[24], answer[16], result[24], active[12], running[12];
	int64_t format, recommends, used[FAULTS_MAX];
};
#define AT(m_) offsetof(struct raw, m_)
#define SIZE(m_) sizeof(((struct raw *)0)->m_)
#define TEXT(name, m_)                                                                                       \
	{                                                                                                    \
		name, FIELD_TEXT, AT(m_), true, 0, SIZE(m_)                                                  \
	}
#define NUMBER(name, m_)                                                                                     \
	{                                                                                                    \
		name, FIELD_INT, AT(m_), true, 0, INT64_MAX                                                  \
	}
#define TRUTH(name, m_)                                                                                      \
	{                                                                                                    \
		name, FIELD_BOOL, AT(m_), true, 0, 0                                                         \
	}
/* clang-format off */
static const struct json_field fields[] = {
	{ "format", FIELD_INT, AT(format), true, 1, 1 },
	TEXT("device", m.device), TEXT("manufacturer", m.manufacturer), TEXT("model", m.model),
	TEXT("hardware", m.hardware), TEXT("factory", m.factory),
	TEXT("state", state), NUMBER("boots", m.told.boots),
	TEXT("manifest", m.told.manifest), TEXT("manifest_version", m.told.manifest_version),
	TRUTH("syntax", m.told.syntax_ok), TRUTH("integrity", m.told.integrity_ok),
	TRUTH("identity", m.told.identity_ok), TRUTH("authenticity", m.told.authenticity_ok),
	{ "recommends", FIELD_INT, AT(recommends), true, -1, 1 },
	NUMBER("cycle", m.told.cycle_id), NUMBER("seq", m.told.seq), TEXT("answer", answer),
	TEXT("reason", m.told.reason),
	TEXT("result", result), NUMBER("result_cycle", m.told.result_cycle_id),
	NUMBER("result_seq", m.told.result_seq), TEXT("error", m.told.error),
	NUMBER("trigger_cycle", m.trigger_cycle_id), NUMBER("trigger_seq", m.trigger_seq),
	TEXT("active", active), TEXT("running", running),
	NUMBER("effect", m.effect.n), NUMBER("effect_cycle", m.effect.cycle_id),
	NUMBER("effect_seq", m.effect.seq), NUMBER("effect_at", m.effect.at),
	TEXT("effect_from", m.effect.from), TEXT("effect_to", m.effect.to),
	TEXT("effect_hash", m.effect.hash),
	NUMBER("fault_0", used[0]), NUMBER("fault_1", used[1]), NUMBER("fault_2", used[2]),
	NUMBER("fault_3", used[3]), NUMBER("fault_4", used[4]), NUMBER("fault_5", used[5]),
	NUMBER("fault_6", used[6]), NUMBER("fault_7", used[7]),
	/* Since Building Blocks: */
	{ "manifest_hash", FIELD_TEXT, AT(m.told.manifest_hash), false, 0, SIZE(m.told.manifest_hash) },
	{ "type_id", FIELD_TEXT, AT(m.type_id), false, 0, SIZE(m.type_id) },
	{ "before", FIELD_TEXT, AT(m.before), false, 0, SIZE(m.before) },
	{ "installed_a", FIELD_INT, AT(m.installed_at[SLOT_A]), false, 0, INT64_MAX },
	{ "installed_b", FIELD_INT, AT(m.installed_at[SLOT_B]), false, 0, INT64_MAX },
	{ NULL, FIELD_TEXT, 0, false, 0, 0 },
};
/* clang-format on */

static int word(const char *text, const char *const *words)
{
	for (int i = 0; words[i]; i++)
		if (!strcmp(words[i], text))
			return i;
	return -1;
}

static int raw_finish(struct raw *r, struct memory *ret, struct err *e)
{
	int state = word(r->state, bbum_state_text), answer = word(r->answer, bbum_answer_text),
	    result = word(r->result, bbum_result_text), active = word(r->active, slot_name),
	    running = word(r->running, slot_name);

	if (answer < 0 || result < 0 || active < 0 || running < 0 ||
	    (state != BBUM_NORMAL && state != BBUM_PENDING && state != BBUM_UPDATE &&
	     state != BBUM_COMPLETED))
		return err_set(e, ERR_INVALID, "the memory holds a word that means nothing");
	*ret = r->m;
	ret->told.state = (enum bbum_state)state;
	ret->told.answer = (enum bbum_answer)answer;
	ret->told.result = (enum bbum_result)result;
	ret->told.recommends = (int)r->recommends;
	ret->told.progress = -1;
	ret->active = (enum slot_id)active;
	ret->running = (enum slot_id)running;
	memcpy(ret->faults, r->used, sizeof ret->faults);
	return OK;
}

/* Without a state file: has there been one? */
static int fresh_or_lost(const char *dir, bool *ret_fresh, struct err *e)
{
	static const char *const traces[] = { "effects.log", "slot-A/image", "slot-B/image",
					      "slot-A/manifest.json", "slot-B/manifest.json" };
	char path[DEVICE_PATH_MAX + 32];
	struct stat st;

	for (size_t i = 0; i < sizeof traces / sizeof *traces; i++) {
		snprintf(path, sizeof path, "%s/%s", dir, traces[i]);
		if (!stat(path, &st))
			return err_set(e, ERR_INVALID, "there is %s, but no memory beside it", path);
	}
	*ret_fresh = true;
	return OK;
}

int memory_load(const char *dir, struct memory *ret, bool *ret_fresh, struct err *e)
{
	OWN(json_free) struct json *j = NULL;
	char path[DEVICE_PATH_MAX + 32];
	struct raw r;
	STR(text, STATE_MAX);

	*ret_fresh = false;
	snprintf(path, sizeof path, "%s/state", dir);
	if (file_read(path, &text, e))
		return e->code == ERR_NO_FILE ? fresh_or_lost(dir, ret_fresh, e) : (int)e->code;
	memset(&r, 0, sizeof r);
	if (json_parse(str_c(&text), text.len, &j, e) || json_decode(j, fields, &r, e) ||
	    raw_finish(&r, ret, e))
		return err_wrap(e, "%s", path);
	return OK;
}

static void memory_write(const struct memory *m, struct str *out)
{
	const struct bbum_status *t = &m->told;
	struct jw w = jw_start(out);
	char name[16];

	jw_obj(&w);
	jw_kint(&w, "format", 1);
	jw_kstr(&w, "device", m->device);
	jw_kstr(&w, "manufacturer", m->manufacturer);
	jw_kstr(&w, "model", m->model);
	jw_kstr(&w, "hardware", m->hardware);
	jw_kstr(&w, "factory", m->factory);
	jw_kstr(&w, "state", bbum_state_text[t->state]);
	jw_kint(&w, "boots", t->boots);
	jw_kstr(&w, "manifest", t->manifest);
	jw_kstr(&w, "manifest_version", t->manifest_version);
	jw_kbool(&w, "syntax", t->syntax_ok);
	jw_kbool(&w, "integrity", t->integrity_ok);
	jw_kbool(&w, "identity", t->identity_ok);
	jw_kbool(&w, "authenticity", t->authenticity_ok);
	jw_kint(&w, "recommends", t->recommends);
	jw_kint(&w, "cycle", t->cycle_id);
	jw_kint(&w, "seq", t->seq);
	jw_kstr(&w, "answer", bbum_answer_text[t->answer]);
	jw_kstr(&w, "reason", t->reason);
	jw_kstr(&w, "result", bbum_result_text[t->result]);
	jw_kint(&w, "result_cycle", t->result_cycle_id);
	jw_kint(&w, "result_seq", t->result_seq);
	jw_kstr(&w, "error", t->error);
	jw_kint(&w, "trigger_cycle", m->trigger_cycle_id);
	jw_kint(&w, "trigger_seq", m->trigger_seq);
	jw_kstr(&w, "active", slot_name[m->active]);
	jw_kstr(&w, "running", slot_name[m->running]);
	jw_kint(&w, "effect", m->effect.n);
	jw_kint(&w, "effect_cycle", m->effect.cycle_id);
	jw_kint(&w, "effect_seq", m->effect.seq);
	jw_kint(&w, "effect_at", m->effect.at);
	jw_kstr(&w, "effect_from", m->effect.from);
	jw_kstr(&w, "effect_to", m->effect.to);
	jw_kstr(&w, "effect_hash", m->effect.hash);
	if (*m->type_id) {
		jw_kstr(&w, "manifest_hash", t->manifest_hash);
		jw_kstr(&w, "type_id", m->type_id);
		jw_kstr(&w, "before", m->before);
		jw_kint(&w, "installed_a", m->installed_at[SLOT_A]);
		jw_kint(&w, "installed_b", m->installed_at[SLOT_B]);
	}
	for (int i = 0; i < FAULTS_MAX; i++) {
		snprintf(name, sizeof name, "fault_%d", i);
		jw_kint(&w, name, m->faults[i]);
	}
	jw_end(&w);
	str_addc(out, '\n');
}

static int write_all(int fd, const char *p, size_t n)
{
	while (n) {
		ssize_t put = write(fd, p, n);

		if (put < 0 && errno != EINTR)
			return -1;
		if (put > 0) {
			p += put;
			n -= (size_t)put;
		}
	}
	return 0;
}

int memory_put_file(const char *path, const void *p, size_t n, bool sync, struct err *e)
{
	OWN(fd_close) int fd = -1;
	char tmp[DEVICE_PATH_MAX + 40];

	if (sync)
		return file_replace(path, p, n, e);
	snprintf(tmp, sizeof tmp, "%s.new", path);
	fd = open(tmp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0640);
	if (fd < 0 || write_all(fd, p, n) || rename(tmp, path))
		return err_errno(e, errno, "'%s' cannot be written", path);
	return OK;
}

int memory_save(const char *dir, const struct memory *m, bool sync, struct err *e)
{
	char path[DEVICE_PATH_MAX + 32];
	STR(text, STATE_MAX);

	memory_write(m, &text);
	if (text.over)
		return err_set(e, ERR_INTERNAL, "the memory is larger than it may be");
	snprintf(path, sizeof path, "%s/state", dir);
	return memory_put_file(path, str_c(&text), text.len, sync, e);
}

static void effect_line(const struct effect *f, struct str *out)
{
	char at[TIME_TEXT];

	str_addf(out, "n=%" PRId64 " at=%s command=%" PRId64 "-%" PRId64 " from=%s to=%s hash=%s\n", f->n,
		 time_text(f->at, at), f->cycle_id, f->seq, f->from, f->to, f->hash);
}

/* The last whole line, and where what was torn off behind it begins. */
static int tail_read(int fd, off_t size, struct str *ret_line, off_t *ret_end, struct err *e)
{
	off_t from = size > (off_t)TAIL_MAX ? size - (off_t)TAIL_MAX : 0;
	char buf[TAIL_MAX];
	ssize_t n = pread(fd, buf, sizeof buf, from);
	ssize_t end = n, start;

	if (n < 0)
		return err_errno(e, errno, "effects.log cannot be read");
	while (end > 0 && buf[end - 1] != '\n')
		end--;
	for (start = end - 1; start > 0 && buf[start - 1] != '\n';)
		start--;
	if (end > 0)
		str_addn(ret_line, buf + start, (size_t)(end - start));
	*ret_end = from + end;
	return OK;
}

int effects_settle(const char *dir, const struct effect *f, bool sync, struct err *e)
{
	OWN(fd_close) int fd = -1;
	char path[DEVICE_PATH_MAX + 32];
	struct stat st;
	STR(last, TAIL_MAX);
	STR(line, LINE_MAX);
	off_t end = 0;

	if (f->n == 0)
		return OK;
	snprintf(path, sizeof path, "%s/effects.log", dir);
	effect_line(f, &line);
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0640);
	if (fd < 0 || fstat(fd, &st))
		return err_errno(e, errno, "'%s' cannot be opened", path);
	if (tail_read(fd, st.st_size, &last, &end, e))
		return (int)e->code;
	if (!strcmp(str_c(&last), str_c(&line)) && end == st.st_size)
		return OK;
	if ((end < st.st_size && ftruncate(fd, end)) || lseek(fd, end, SEEK_SET) < 0)
		return err_errno(e, errno, "'%s' cannot be repaired", path);
	if (strcmp(str_c(&last), str_c(&line)) != 0 && write_all(fd, str_c(&line), line.len))
		return err_errno(e, errno, "'%s' cannot be written", path);
	return sync && fsync(fd) ? err_errno(e, errno, "'%s' cannot be synced", path) : OK;
}
