/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/agent.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "base/parse.h"

#define TURN_MS 20

struct agent {
	const struct agent_init *init; /* borrowed */
	struct device_shared shared;
	struct net *net;         /* owned */
	struct device **devices; /* owned; NULL = fell silent */
	size_t n;
	int lock, signals; /* file descriptors */
	int64_t turn_at;   /* with many: when devices are looked at again, monotonic ms */
};

static void agent_done(struct agent *a)
{
	for (size_t i = 0; i < a->n; i++)
		device_free(a->devices[i]);
	free(a->devices);
	net_free(a->net);
	if (a->lock >= 0)
		close(a->lock);
	if (a->signals >= 0)
		close(a->signals);
}
DEFINE_OWN_VAL(struct agent, agent_done)

/* Two processes over one folder would each believe its own memory. */
static int folder_lock(struct agent *a, struct err *e)
{
	char path[DEVICE_PATH_MAX + 8];

	if (file_mkdirs(a->init->dir, e))
		return (int)e->code;
	snprintf(path, sizeof path, "%s/lock", a->init->dir);
	a->lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0640);
	if (a->lock < 0)
		return err_errno(e, errno, "'%s' cannot be opened", path);
	if (flock(a->lock, LOCK_EX | LOCK_NB))
		return errno == EWOULDBLOCK
			   ? err_set(e, ERR_CONFLICT, "another process works in '%s'", a->init->dir)
			   : err_errno(e, errno, "'%s' cannot be locked", path);
	return OK;
}

static int device_make(struct agent *a, size_t i, struct err *e)
{
	const struct agent_init *init = a->init;
	size_t blocks = init->nblocks ? (size_t)init->nblocks : 1;
	struct device_identity is = init->is;
	char name[128], dir[DEVICE_PATH_MAX + 130];

	if (!init->many)
		return device_new(&a->shared, init->name, init->dir, &init->is, &a->devices[i], e);
	snprintf(name, sizeof name, "%.32s%04zu", init->prefix, init->nblocks ? i / blocks + 1 : i + 1);
	if (init->nblocks) {
		const struct agent_block *b = &init->blocks[i % blocks];

		snprintf(name + strlen(name), sizeof name - strlen(name), ".%s", b->name);
		str_copy(is.type_id, sizeof is.type_id, b->type_id);
	}
	snprintf(dir, sizeof dir, "%s/%s", init->dir, name);
	return device_new(&a->shared, name, dir, &is, &a->devices[i], e);
}

static int agent_open(struct agent *a, struct err *e)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	a->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (a->signals < 0)
		return err_errno(e, errno, "signals cannot be waited for");
	if (folder_lock(a, e) || net_new(&a->init->net, &a->net, e))
		return (int)e->code;
	if (a->init->many)
		(void)file_limit_raise(); /* each device that downloads holds a file open */
	a->shared = a->init->shared;
	a->shared.net = net_ops(a->net);
	a->n = a->init->many ? (size_t)a->init->many : 1;
	a->devices = mem_array(a->n, sizeof(struct device *));
	for (size_t i = 0; i < a->n; i++)
		if (device_make(a, i, e))
			return (int)e->code;
	return OK;
}

static bool signalled(const struct agent *a)
{
	struct signalfd_siginfo info;

	return read(a->signals, &info, sizeof info) > 0;
}

/* What device i wishes for. *ret_end is set when the process has to end for it. */
static int follow(struct agent *a, size_t i, bool *ret_over, enum agent_end *ret_end, struct err *e)
{
	switch (device_wish(a->devices[i])) {
	case DEVICE_RESTARTS:
		if (!a->init->many) {
			*ret_end = AGENT_RESTART;
			*ret_over = true;
			return OK;
		}
		device_free(MOVE(a->devices[i]));
		return device_make(a, i, e);
	case DEVICE_SHUTS_DOWN:
		*ret_over = !a->init->many;
		if (a->init->many)
			device_free(MOVE(a->devices[i]));
		return OK;
	case DEVICE_VANISHES:
		*ret_end = AGENT_VANISHED;
		*ret_over = !a->init->many;
		if (a->init->many)
			device_free(MOVE(a->devices[i]));
		return OK;
	case DEVICE_RESTS:
		*ret_over = a->init->once && !a->init->many;
		return OK;
	case DEVICE_GOES_ON:
		break;
	}
	return OK;
}

/* Everybody whose time has come. *ret_due = when the next one wants it. */
static int turn(struct agent *a, int64_t *ret_due, bool *ret_over, enum agent_end *ret_end, struct err *e)
{
	int64_t now = clock_mono(a->shared.clock), due, first = INT64_MAX;

	/* With many, to look at each costs more than what one answer brings: not after every answer. */
	if (a->n > 64 && now < a->turn_at) {
		*ret_due = a->turn_at;
		return OK;
	}
	a->turn_at = now + TURN_MS;
	for (size_t i = 0; i < a->n && !*ret_over; i++) {
		if (!a->devices[i])
			continue;
		if (device_due(a->devices[i]) <= now)
			device_tick(a->devices[i]);
		if (follow(a, i, ret_over, ret_end, e))
			return (int)e->code;
		due = a->devices[i] ? device_due(a->devices[i]) : INT64_MAX;
		first = due < first ? due : first;
	}
	*ret_due = first;
	return OK;
}

int agent_run(const struct agent_init *init, enum agent_end *ret, struct err *e)
{
	OWN(agent_done) struct agent a = { .init = init, .lock = -1, .signals = -1 };
	int64_t due = 0, wait;
	bool over = false;

	if (agent_open(&a, e))
		return (int)e->code;
	*ret = AGENT_STOPPED;
	for (;;) {
		if (turn(&a, &due, &over, ret, e))
			return (int)e->code;
		if (over || signalled(&a))
			break;
		wait = due == INT64_MAX ? INT64_MAX : due - clock_mono(a.shared.clock);
		if (net_round(a.net, a.signals, wait < 0 ? 0 : wait, e))
			return (int)e->code;
	}
	if (init->once && *ret == AGENT_STOPPED && device_unheard(a.devices[0]))
		return err_set(e, ERR_REMOTE, "%s did not take the status of '%s'", init->net.server,
			       init->name);
	return OK;
}
