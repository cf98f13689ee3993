/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/parse.h"
#include "cli/client.h"
#include "cli/client_stream.h"
#include "cli/command.h"
#include "core/lookup.h"

static int option_index(const struct call *c, const char *name)
{
	for (int i = 0; c->option[i]; i++)
		if (strcmp(c->option[i]->name, name) == 0)
			return i;
	return -1;
}

const char *call_opt(const struct call *c, const char *name)
{
	int i = option_index(c, name);

	return i >= 0 ? c->value[i] : NULL;
}

const char *call_opt_second(const struct call *c, const char *name)
{
	int i = option_index(c, name);

	return i >= 0 && c->option[i + 1] && !strcmp(c->option[i + 1]->name, name) ? c->value[i + 1] : NULL;
}

bool call_has(const struct call *c, const char *name)
{
	return call_opt(c, name) != NULL;
}

int call_opt_int(const struct call *c, const char *name, int64_t min, int64_t max, int64_t otherwise,
		 int64_t *ret, struct err *e)
{
	const char *s = call_opt(c, name);

	if (!s) {
		*ret = otherwise;
		return OK;
	}
	if (parse_i64(s, min, max, ret, e)) {
		e->code = ERR_USAGE;
		return err_wrap(e, "--%s", name);
	}
	return OK;
}

int call_need(const struct call *c, const char *name, const char **ret, struct err *e)
{
	const char *s = call_opt(c, name);

	if (!s || !*s)
		return err_set(e, ERR_USAGE, "'firpath %s' wants --%s", c->command->name, name);
	*ret = s;
	return OK;
}

bool call_offline(const struct call *c)
{
	return call_has(c, "db");
}

/* What the service takes as a name of a user: letters, digits and . _ @ -, at most 64. */
static void service_user(const struct call *c, char buf[65])
{
	str_copy(buf, 65, c->who + strlen("cli:"));
	for (char *p = buf; *p; p++)
		if (!((*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z') || (*p >= '0' && *p <= '9') ||
		      strchr("._@-", *p)))
			*p = '_';
}

int call_client(struct call *c, struct client **ret, struct err *e)
{
	char user[65];
	struct client_init init = {
		.server = conf_text(c->conf, "server"),
		.token = conf_text(c->conf, "token"),
		.ca_file = conf_text(c->conf, "ca_file"),
		.user = user,
		.timeout_ms = conf_ms(c->conf, "timeout"),
	};

	service_user(c, user);
	if (!c->client && client_new(&init, &c->client, e))
		return (int)e->code;
	*ret = c->client;
	return OK;
}

int call_ask(struct call *c, const char *method, const char *path, const char *match, const struct str *body,
	     struct str *out, struct err *e)
{
	struct client_send s = { .method = method,
				 .path = path,
				 .match = match,
				 .type = body ? "application/json" : NULL,
				 .body = body ? str_c(body) : NULL,
				 .len = body ? body->len : 0 };
	STR(ignored, MIB);
	struct client *client;

	return call_client(c, &client, e)
		   ? (int)e->code
		   : client_run(client, &s, out ? out : &ignored, &c->problems, NULL, e);
}

int call_ask_why(struct call *c, const char *method, const char *path, const char *match,
		 const struct str *body, struct str *out, struct err *e)
{
	STR(url, 4 * KIB);

	str_add(&url, path);
	if (strcmp(method, "GET") != 0)
		url_add(&url, "why", call_opt(c, "why"));
	return call_ask(c, method, str_c(&url), match, body, out, e);
}

int call_db(struct call *c, bool writes, bool create, struct db **ret, struct err *e)
{
	const char *dsn = call_opt(c, "db");

	if (c->db && writes && !c->db_writes) {
		db_close(c->db);
		c->db = NULL;
	}
	if (!c->db) {
		if (writes ? db_open(dsn, create, &c->db, e) : db_open_read(dsn, &c->db, e))
			return (int)e->code;
		c->db_writes = writes;
	}
	*ret = c->db;
	return OK;
}

int call_snapshot(struct call *c, const char *at, const struct snapshot **ret, struct err *e)
{
	struct db *db;
	int64_t ms = INT64_MAX, revision = 0;

	if (!c->snap) {
		if (call_db(c, false, false, &db, e))
			return (int)e->code;
		if (at) {
			if (lookup_moment(at, &ms, e)) {
				e->code = ERR_USAGE;
				return err_wrap(e, "--at");
			}
			if (ledger_at(db, ms, &revision, e))
				return (int)e->code;
			if (!revision)
				return err_set(e, ERR_NOT_FOUND, "the catalogue had no entry yet at %s", at);
		}
		if (snapshot_load_known(db, revision, ms, &c->snap, e))
			return (int)e->code;
	}
	*ret = c->snap;
	return OK;
}

int64_t call_moment(const struct call *c, const char *at)
{
	struct err e;
	int64_t ms;

	return at && !lookup_moment(at, &ms, &e) ? ms : call_now(c);
}

struct actor call_actor(const struct call *c)
{
	return (struct actor){ c->who, "", call_now(c) };
}

int64_t call_now(const struct call *c)
{
	return clock_wall(c->env->clock);
}

int call_unwritten(struct err *e)
{
	err_errno(e, errno, "the output cannot be written");
	e->code = ERR_OUTPUT;
	return (int)e->code;
}

int call_write(struct call *c, const void *p, size_t n, struct err *e)
{
	return n && fwrite(p, 1, n, c->env->out) != n ? call_unwritten(e) : OK;
}

void call_say(const struct call *c, const char *fmt, ...)
{
	va_list ap;

	if (c->quiet)
		return;
	va_start(ap, fmt);
	vfprintf(c->env->chat, fmt, ap);
	va_end(ap);
	fputc('\n', c->env->chat);
	fflush(c->env->chat);
}

int call_show(struct call *c, const struct str *answer, print_fn *print, struct err *e)
{
	OWN(json_free) struct json *j = NULL;

	if (c->json) {
		if (call_write(c, str_c(answer), answer->len, e))
			return (int)e->code;
		return answer->len && answer->p[answer->len - 1] != '\n' ? call_write(c, "\n", 1, e) : OK;
	}
	if (json_parse(str_c(answer), answer->len, &j, e)) {
		e->code = ERR_REMOTE;
		return err_wrap(e, "the answer is not JSON");
	}
	print(&c->page, j);
	return OK;
}

int call_get_show(struct call *c, const char *path, print_fn *print, struct err *e)
{
	STR(answer, ANSWER_MAX);
	struct client *client;

	if (call_client(c, &client, e) || client_get(client, path, &answer, e))
		return (int)e->code;
	return call_show(c, &answer, print, e);
}

/* Writes what the page holds, so that a reader sees it now. */
static int flush_page(struct call *c, struct err *e)
{
	if (call_write(c, str_c(&c->page.text), c->page.text.len, e))
		return (int)e->code;
	str_clear(&c->page.text);
	return fflush(c->env->out) ? call_unwritten(e) : OK;
}

int call_follow(struct call *c, const char *path,
		void (*event)(void *ctx, const char *name, const char *data, size_t len), struct err *e)
{
	OWN(stream_close) struct stream *s = NULL;
	struct client *client;
	bool readable, told = false;

	if (call_client(c, &client, e) || stream_open(client, path, NULL, event, c, &s, e))
		return (int)e->code;
	for (;;) {
		if (stream_wait(s, -1, 1000, &readable, e) || flush_page(c, e))
			return (int)e->code;
		if (stream_away(s) && !told)
			call_say(c, "%s; waiting for it", stream_away(s));
		told = stream_away(s) != NULL;
	}
}
