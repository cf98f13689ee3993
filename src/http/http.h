/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The public header of the HTTP door: what a route is, what a handler gets and what it gives back. Routes of
 * the REST interface are in http/routes.c; pages (web/) bring their own table of the same rows, so they
 * include this header and nothing else of the door (doc/adr/0004-pages-are-handlers.md). Programs join the
 * tables.
 *
 * A handler runs on a worker thread, reads struct req, fills struct resp and returns 0, or returns an error;
 * only the dispatcher writes to the socket, so heads, problem answers, validators and logs are made in one
 * place. Before a handler runs the dispatcher has checked: framing, address and method, role, origin of
 * writes, content type, body limit, names of query parameters (unknown or repeated ones are refused),
 * Idempotency-Key. What the handler gets is valid UTF-8 without control characters.
 *
 * Everything in struct req lives until the handler returns. Nothing here may be kept.
 */
#ifndef FIRPATH_HTTP_HTTP_H
#define FIRPATH_HTTP_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/conf.h"
#include "base/err.h"
#include "base/json.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/sign.h"
#include "base/str.h"
#include "core/access.h"
#include "core/catalog.h"
#include "model/path.h"
#include "store/db.h"
#include "store/store_ledger.h"

struct req;
struct resp;
struct worker;
struct runner;      /* orch/runner.h */
struct clerk;       /* orch/clerk.h */
struct fetch_rules; /* wire/fetch.h */
struct metrics;
struct web;      /* web/web.h */
struct vc_store; /* core/vc.h */

enum route_flag {
	ROUTE_PAGE = 1,    /* for people: errors are rendered as pages, page security headers are sent */
	ROUTE_STREAM = 2,  /* the handler reads the body itself with req_read(); rq->body is empty */
	ROUTE_ONCE = 4,    /* takes an Idempotency-Key; the answer is kept 24 h and given again */
	ROUTE_MATCH = 8,   /* needs If-Match (428/412); the handler compares with req_match() */
	ROUTE_HOT = 16,    /* answers may be kept per thread by (revision, day, question) */
	ROUTE_NO_ETAG = 32 /* no validator (event streams, downloads with their own) */
};

#define ROUTE_ARGS_MAX 4

/* One row of policy. */
struct route {
	const char *method;  /* "GET" (HEAD comes with it), "POST", "PUT", "DELETE"; NULL ends a table */
	const char *pattern; /* "/v1/entries/{}/history": {} is one segment, becomes rq->arg[n] (decoded) */
	unsigned roles;      /* any of these may use it (core/access.h); ROLE_PUBLIC = everybody */
	unsigned flags;      /* enum route_flag */
	const char *query;   /* permitted query parameters, separated by blanks; "" = none */
	const char *takes; /* accepted content types, separated by blanks; "" = no body; a star on both sides
			      of the slash = whatever is said, or nothing */
	size_t body_max;   /* bytes; 0 = no body */
	int (*handle)(struct req *rq, struct resp *rs, struct err *e);
};

/* The service: made once by the program, shared by all threads, never changed while requests run. */
struct app {
	const struct conf *conf;    /* borrowed */
	const struct clock *clock;  /* borrowed */
	const struct log *log;      /* borrowed */
	const char *dsn;            /* borrowed */
	const char *image_dir;      /* borrowed; where firmware images are kept, by SHA-256 */
	struct catalog *catalog;    /* borrowed */
	struct runner *runner;      /* borrowed; NULL when none runs in this process */
	struct ocpp_door *stations; /* borrowed; NULL when none runs in this process */
	struct dcc_door *meters;    /* borrowed; NULL when none runs in this process */
	struct clerk *clerk; /* borrowed; NULL when none runs in this process; clerk_wake() after a change */
	const struct fetch_rules *rules; /* borrowed; what outgoing HTTP may ask */
	struct oidc *oidc;               /* borrowed; NULL: nobody signs in elsewhere */
	struct metrics *metrics;         /* borrowed */
	int64_t started_at;              /* UTC ms */
	const struct sign_keys *keys;    /* borrowed; what answers are signed with; NULL = nothing is */
	/* Renders an error for a route with ROUTE_PAGE, or for an unknown address that a browser asked for;
	 * sets type and body (the status is set already). NULL: always problem+json. */
	void (*error_page)(struct req *rq, const struct err *e, struct resp *rs);
	/* Renders one model's neighbourhood as SVG for /v1/models/{}/graph.svg; the pages' drawing code, NULL
	 * = 404. */
	int (*graph_svg)(struct req *rq, struct resp *rs, struct err *e);
	bool demo;       /* firpathd --demo: pages say that nothing here is real */
	struct web *web; /* borrowed; what pages share (templates, assets, pictures); NULL without pages */
	const struct vc_store
	    *vcs; /* borrowed; where Vehicle Configurations are (core/vc.h); NULL = none here */
};

struct query_pair {
	const char *name, *value; /* decoded, borrowed from the worker */
};
struct header {
	const char *name, *value; /* as sent, borrowed from the connection */
};
#define HEADERS_MAX 64
#define QUERY_MAX 32

/* One request. */
struct req {
	const struct app *app;
	struct worker *worker;     /* the thread: connections, buffers; opaque to handlers */
	const struct route *route; /* NULL in error_page for an unknown address */
	const char *method;
	const char *path;                  /* raw path without the query */
	const char *query;                 /* raw query or "" */
	const char *arg[ROUTE_ARGS_MAX];   /* decoded {} segments, never empty */
	struct query_pair pair[QUERY_MAX]; /* decoded query */
	size_t npairs;
	const struct header *header; /* borrowed */
	size_t nheaders;
	struct str body;      /* whole body, unless ROUTE_STREAM */
	const char *type;     /* media type of the body without parameters, lower case; "" = none */
	const char *peer;     /* address of the client as text */
	bool wants_page;      /* errors should be pages: a page route, or a browser at an unknown address */
	struct principal who; /* whoever asks; its roles fit the route */
	const char *actor;    /* who.name */
	char csrf[33];        /* what changes made by this session must bring back (T24); "" without one */
	char id[17];          /* request id: in problem answers (trace), logs and the header Request-Id */
	int64_t now;          /* UTC ms when the request came */
	struct catalog_view *view;    /* this thread's */
	struct path_scratch *scratch; /* this thread's */
};

/* The newest snapshot, or the one of the parameter `at` when the route permits it and it is given. */
int req_snapshot(struct req *rq, const struct snapshot **ret, struct err *e) MUST_USE;
/* The moment that a snapshot of req_snapshot() is shown for: that of `at`, else now. What depends on the day
 * (freshness) is judged then. */
int64_t req_moment(const struct req *rq);
/* The newest snapshot, looked for in the store this moment: for handlers that decide a change from it. */
int req_newest(struct req *rq, const struct snapshot **ret, struct err *e) MUST_USE;
/* A change was refused with e although only the catalogue had moved on from that revision meanwhile (see
 * snapshot_check): true a few times, do it again from req_newest(). *tries counts, from 0. */
bool req_again(struct req *rq, int64_t revision, int *tries, const struct err *e);
/* Value of a query parameter; NULL when it is absent. An empty value is absent. */
const char *req_query(const struct req *rq, const char *name);
int req_query_int(const struct req *rq, const char *name, int64_t min, int64_t max, int64_t otherwise,
		  int64_t *ret, struct err *e) MUST_USE;
/* The number in a route's first {}. ERR_NOT_FOUND "there is no NOUN '...'" when it is none. */
int req_number(const struct req *rq, const char *noun, int64_t *ret, struct err *e) MUST_USE;
int req_query_bool(const struct req *rq, const char *name, bool otherwise, bool *ret, struct err *e) MUST_USE;
/* Header by name (any case); NULL when absent. */
const char *req_header(const struct req *rq, const char *name);
/* This thread's connection for reading (read only, T22) or for writing (opened at first use). */
int req_db(struct req *rq, struct db **ret, struct err *e) MUST_USE;
int req_db_write(struct req *rq, struct db **ret, struct err *e) MUST_USE;
/* The body as a strict JSON object into a struct; refuses unknown members (T33). */
int req_json(struct req *rq, const struct json_field *fields, void *into, struct err *e) MUST_USE;
/* For ROUTE_STREAM: up to n body bytes, *ret_n = 0 at the end; ERR_TOO_LARGE past body_max. */
int req_read(struct req *rq, void *buf, size_t n, size_t *ret_n, struct err *e) MUST_USE;
/* The circumstances of an edit (core/proposal.h): the newest snapshot, who asks, a connection that may write
 * or not. problems: NULL, or what takes every error of the items. */
struct edit;
struct problems;
int req_edit(struct req *rq, bool writes, struct problems *problems, struct edit *ret,
	     struct err *e) MUST_USE;
/* Around whatever works out what an edit would do (core/impact.h), which takes up to seconds: a few at a
 * time, so that nobody takes all threads and connections with it (T40). ERR_BUSY, then with Retry-After when
 * rs is not NULL; what was entered is left. */
int req_impact_enter(struct req *rq, struct resp *rs, struct err *e) MUST_USE;
void req_impact_leave(struct req *rq);
/* The catalogue has a new revision: this process sees it at once, runner and clerk look again. */
void req_catalogue_changed(const struct req *rq);
/* Who does it, for audit rows. */
struct actor req_actor(const struct req *rq);
/* T24: is this what a page of this session was given (rq->csrf)? Forms send it in the field `csrf`, scripts
 * in the header Firpath-Csrf. Without a session there is nothing to steal: true, guard_origin() has judged.
 */
bool req_csrf_ok(const struct req *rq, const char *value) MUST_USE;
/* T35 for forms (web/form.h): what a form makes is made once, however often it is sent. key: up to
 * REQ_ONCE_KEY bytes, of this form and all that it holds; it counts for this address and account. *ret_again:
 * it was made before, and rs leads to it. A first request that still runs is waited for, 3 s at most, then
 * ERR_KEY_RUNNING. Otherwise req_once_end() must follow. */
#define REQ_ONCE_KEY 64
int req_once(struct req *rq, const char *key, struct resp *rs, bool *ret_again, struct err *e) MUST_USE;
/* made: the address that repetitions are led to for 24 h; NULL = nothing was made, the key is free again. */
void req_once_end(struct req *rq, const char *key, const char *made);
/* The browser that asks is this account from now on: makes its session, ends the one it had, sets the cookie.
 * For whoever has proven who it is (password, OpenID Connect). */
int req_sign_in(struct req *rq, struct resp *rs, int64_t account_id, struct err *e) MUST_USE;
/* Is that this account's password, within the limits of tries for a name and an address (T34)? *ret_ok false:
 * wrong, unknown or disabled, after the same time. ERR_RATE with Retry-After, ERR_BUSY. */
int req_password(struct req *rq, struct resp *rs, const char *login, const char *password,
		 int64_t *ret_account, bool *ret_ok, struct err *e) MUST_USE;
/* Ends the session and takes the cookie back; nothing without one. */
int req_sign_out(struct req *rq, struct resp *rs, struct err *e) MUST_USE;
/* An account was made by this request: from now on the loopback is no longer trusted. */
void req_people_exist(const struct req *rq);
/* ERR_STALE unless If-Match names this validator (given without quotes) or is "*". */
int req_match(const struct req *rq, const char *etag, struct err *e) MUST_USE;

struct scope; /* core/fleet.h */
/* Whose things the request may look at, or change: the principal's, narrowed by the parameter `org`. */
int req_scope(struct req *rq, struct scope *ret, struct err *e) MUST_USE;
int req_scope_write(struct req *rq, struct scope *ret, struct err *e) MUST_USE;
/* One command of a vehicle's Configuration Manager (core/cm.h), about the vehicle that the address names
 * (rq->arg[0]): why "" = what the request says otherwise; prompt -1 = it answers none. Appends what
 * cm_command() does. */
int req_command(struct req *rq, const char *line, const char *why, int64_t prompt, struct str *out,
		struct err *e) MUST_USE;
/* Where Vehicle Configurations are; ERR_CONFIG: this service has none. */
int req_vcs(struct req *rq, const struct vc_store **ret, struct err *e) MUST_USE;
/* A connection to read them from, after a look at the inbox. */
int req_vcs_look(struct req *rq, struct db **ret, struct err *e) MUST_USE;

enum cache {
	CACHE_CHECK, /* may be kept, must be revalidated: private, no-cache; of a route for some roles only:
			no-store */
	CACHE_NEVER, /* no-store */
	CACHE_ASSET  /* named by its hash: public for a year */
};

/* One answer. */
struct resp {
	int status;         /* 200 unless set */
	const char *type;   /* content type; "application/json" unless set; borrowed, static */
	struct str body;    /* this thread's buffer */
	struct str headers; /* further header lines, by resp_header() */
	struct str errors;  /* of a refused body: a JSON array for errors[]; empty = from the struct err */
	char etag[64];      /* strong validator without quotes; empty = from the body's hash */
	enum cache cache;
	int64_t
	    epoch; /* of the store (T46), in the header Firpath-Epoch; 0 = that of the catalogue in memory */
	char file[1024]; /* or: send this file; ranges are served */
	bool streaming;  /* resp_stream() was called */
	bool sent;       /* head and body went out already (files) */
	struct worker *worker;
};

/* name and value must not hold control characters (refused: the header is dropped). */
void resp_header(struct resp *rs, const char *name, const char *value);
/* The validator of an answer made from the catalogue alone: revision, day and program. True: the client has
 * this very answer (If-None-Match) and the handler should return 0 at once; the dispatcher sends 304. */
bool resp_fresh(struct resp *rs, const struct req *rq, const struct snapshot *s);
/* From now on the body goes out in pieces while the handler runs (chunked). Errors after this can only end
 * the connection, so check first, stream then. */
int resp_stream(struct resp *rs, struct err *e) MUST_USE;
int resp_send(struct resp *rs, const void *p, size_t n,
	      struct err *e) MUST_USE; /* ERR_REMOTE: client went away */
/* A redirect (303) to an address of this service. */
void resp_redirect(struct resp *rs, const char *path);

/* Which audit rows the query asks for (who, action, subject, revision, order), as far as the principal may
 * see them (core/history.h). names: room for its own. newest: the order when none is asked for. */
struct audit_filter;
struct audit_names {
	char own[PRINCIPAL_NAME_MAX + 8], tokens[PRINCIPAL_NAME_MAX + 8];
};
int req_audit_filter(const struct req *rq, bool newest, struct audit_names *names, struct audit_filter *ret,
		     struct err *e) MUST_USE;

/* Are names of people kept from whoever asks? They are told as "user" to those who are not signed in. */
bool req_nameless(const struct req *rq);

/* Does the route permit that query parameter? */
bool route_takes(const struct route *r, const char *name);

/* The REST routes; ends with a row of NULLs. */
extern const struct route http_routes[];
/* doc/openapi.json, packed into the program at build (openapi_gen.c). */
extern const char openapi_json[];
extern const size_t openapi_json_len;

#endif
