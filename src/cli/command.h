/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a command is, and what its function gets. The row of a command says everything about how it is called:
 * parsing, refusal of what is unknown, help and completion come from it.
 */
#ifndef FIRPATH_CLI_COMMAND_H
#define FIRPATH_CLI_COMMAND_H

#include <stdbool.h>
#include <stdio.h>

#include "base/conf.h"
#include "base/err.h"
#include "base/json.h"
#include "base/str.h"
#include "cli/cli.h"
#include "cli/page.h"
#include "core/catalog.h"
#include "store/db.h"
#include "store/store_ledger.h"

struct call;
struct client;

struct option_row {
	const char *name;  /* without dashes; NULL ends a list */
	char letter;       /* short form, 0 = none */
	const char *value; /* what stands for the value in help ("FILE"); NULL = a switch */
	const char *help;  /* a phrase */
};

/* Rows that many lists share. */
/* clang-format off */
#define WHY { "why", 0, "TEXT", "the reason, kept in the audit chain" }
#define LIMIT { "limit", 0, "N", "at most so many; default all" }
#define END_OF_OPTIONS { NULL, 0, NULL, NULL }
/* clang-format on */

enum command_flag {
	COMMAND_SERVER = 1, /* speaks to the service: takes --server */
	COMMAND_STORE = 2,  /* can open the store itself: takes --db */
	COMMAND_HIDDEN = 4  /* not in the list of commands */
};

struct command {
	const char
	    *name; /* "import cpl"; NULL with a summary is a heading, NULL without one ends the table */
	const char *args;                 /* "FILE", "[ID]", "FILE..."; "" = none */
	const char *summary;              /* a phrase */
	unsigned flags;                   /* enum command_flag */
	const struct option_row *options; /* NULL = only the common ones */
	int (*run)(struct call *c, struct err *e);
	const char *notes; /* more help: paragraphs, examples; NULL = none */
};
extern const struct command commands[];
extern const struct option_row common_options[]; /* every command has them (--db, --server by its flags) */

#define OPTIONS_MAX 32 /* options of one command, the common ones included */
#define ANSWER_MAX (64 * MIB)

/* One run of one command. */
struct call {
	const struct cli_env *env;
	const struct command *command;
	const struct option_row
	    *option[OPTIONS_MAX + 1];   /* those of the command, then the common ones; NULL at the end */
	const char *value[OPTIONS_MAX]; /* what was given; "" for a switch, NULL = not given */
	char **arg;                     /* arguments that are no options */
	int nargs;
	bool json, quiet;
	struct conf *conf;     /* owned: defaults, file, environment, options */
	int exit;              /* exit status of a run without error */
	struct page page;      /* text for people; written when the command ends well */
	struct client *client; /* owned; use call_client() */
	struct db *db;         /* owned; use call_db() */
	bool db_writes;        /* it may write */
	struct snapshot *snap; /* owned; use call_snapshot() */
	char who[96];          /* "cli:NAME" */
	struct str problems;   /* JSON array of all errors of an input, when there are several */
};

/* Value of an option; NULL when it was not given. */
const char *call_opt(const struct call *c, const char *name);
/* The second value of an option that has two rows; NULL when it was not given. */
const char *call_opt_second(const struct call *c, const char *name);
bool call_has(const struct call *c, const char *name);
/* As a number with limits; `otherwise` when it was not given. */
int call_opt_int(const struct call *c, const char *name, int64_t min, int64_t max, int64_t otherwise,
		 int64_t *ret, struct err *e) MUST_USE;
/* The mandatory option is there, else ERR_USAGE. */
int call_need(const struct call *c, const char *name, const char **ret, struct err *e) MUST_USE;

/* --db was given: work on the store itself. */
bool call_offline(const struct call *c);
int call_client(struct call *c, struct client **ret, struct err *e) MUST_USE;
/* One request to the service; body (JSON), match (If-Match) and out may be NULL. What a refused input's
 * errors say goes to call.problems. */
int call_ask(struct call *c, const char *method, const char *path, const char *match, const struct str *body,
	     struct str *out, struct err *e) MUST_USE;
/* The same with the reason of a change, option `why`. */
int call_ask_why(struct call *c, const char *method, const char *path, const char *match,
		 const struct str *body, struct str *out, struct err *e) MUST_USE;
/* The store named by --db. writes: for a change, without it the connection cannot write; create: make it when
 * it is not there. */
int call_db(struct call *c, bool writes, bool create, struct db **ret, struct err *e) MUST_USE;
/* The newest state of that store, or with an `at` (RFC 3339) the one of then. */
int call_snapshot(struct call *c, const char *at, const struct snapshot **ret, struct err *e) MUST_USE;
/* The moment of `at` (NULL: now), for what depends on the day. */
int64_t call_moment(const struct call *c, const char *at);
struct actor call_actor(const struct call *c);
int64_t call_now(const struct call *c);
/* Follows server-sent events of an address for ever; event (its ctx is c) fills c->page, which is written at
 * once. */
int call_follow(struct call *c, const char *path,
		void (*event)(void *ctx, const char *name, const char *data, size_t len),
		struct err *e) MUST_USE;

/* ERR_OUTPUT with what errno says. */
int call_unwritten(struct err *e);
/* Writes data at once (streams); ERR_OUTPUT when that fails. */
int call_write(struct call *c, const void *p, size_t n, struct err *e) MUST_USE;
/* A line of chatter, unless --quiet. */
void call_say(const struct call *c, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* Tells of an error, as a run that ends with it does. */
void call_tell_error(struct call *c, const struct err *e);

/* A line of standard input that holds a secret; without its end. */
int call_secret_line(char *buf, size_t size, struct err *e) MUST_USE;

/* GETs the address and shows the answer: as it is with --json, else through print. */
typedef void print_fn(struct page *p, const struct json *answer);
int call_show(struct call *c, const struct str *answer, print_fn *print, struct err *e) MUST_USE;
int call_get_show(struct call *c, const char *path, print_fn *print, struct err *e) MUST_USE;

#endif
