/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Forms of pages, described once as a table: what may come in, how it is asked for, and what is said when it
 * is wrong. A handler that serves both GET and POST of a form does
 *
 *	OWN(form_done) struct form f = { .fields = fields };
 *
 *	form_start(&f, rq);
 *	form_set(&f, "entry", id);                         what the fields hold at first; options from data
 *	if (posted && form_read(&f, e))                    body -> values; CSRF (T24)
 *		return e->code;
 *	if (posted && form_ok(&f) && !strcmp(form_value(&f, "kind"), "none") && ...)
 *		form_error(&f, "bases", "Leave the bases empty");
 *	if (posted && form_ok(&f))
 *		return do_it(...), resp_redirect(...);
 *	page_begin(...); form_json(&f, &p); page_end(...)  shows it, with errors and the values given
 *
 * and its template {{>form-errors}} as the first thing of the page, then a <form method="post"> with
 *{{>csrf}},
 * {{>fields}} (all of them in the order of the table) or {{#form.by.NAME}}{{>field}}{{/form.by.NAME}}, and
 *one button. GOV.UK patterns: error summary first with links, the message at the field, values given back
 * (passwords never).
 *
 * A form that makes something says once = true, and its handler, when all is well and before it does it,
 *
 *	if (form_once(&f, rs, &again, e) || again)         sent before: rs leads to what was made then
 *		return e->code;
 *	... form_made(&f, rs, href)                        in place of resp_redirect
 *
 * so that a double click or a reload makes it once (T35).
 *
 * What no page of ours can have sent is refused as a whole with ERR_INVALID: unknown names, a name twice
 * (but for FORM_CHECKS and FORM_LIST), bad escapes, what is not UTF-8, control characters (but line ends in
 * FORM_AREA, which become \n), options that were not offered. What people get wrong is an error at the field.
 */
#ifndef FIRPATH_WEB_FORM_H
#define FIRPATH_WEB_FORM_H

#include "base/arena.h"
#include "base/vec.h"
#include "http/http.h"
#include "web/page.h"

/* For rows of web_routes: what their POST takes; a form with a FORM_FILE has the second and says
 * enctype="multipart/form-data". */
#define FORM_TYPE "application/x-www-form-urlencoded"
#define FORM_FILE_TYPE "multipart/form-data"
#define FORM_BODY (64 * KIB)

enum form_kind {
	FORM_INPUT,    /* one line */
	FORM_PASSWORD, /* one line, never given back */
	FORM_AREA,     /* several lines */
	FORM_SELECT,   /* one of the options, a list that opens */
	FORM_RADIOS,   /* one of the options, all shown */
	FORM_CHECKS,   /* any of the options; each ticked one is a value */
	FORM_HIDDEN,   /* travels with the form: one line */
	FORM_BUTTON,   /* the value of the button that sent it; never rendered */
	FORM_LIST,     /* hidden, may come any number of times */
	FORM_FILE      /* a file of the user's: form_file(); missing when none was chosen */
};

struct form_option {
	const char *value, *text; /* value NULL ends the list */
	const char *hint;         /* or NULL */
};

/* One row of a form. Everything is static text. */
struct form_field {
	const char *name; /* also its id in the page; NULL ends the table */
	enum form_kind kind;
	const char *label;                 /* NULL for hidden ones */
	const char *hint;                  /* or NULL */
	const char *missing;               /* what is said when it is empty; NULL = it may be */
	size_t max;                        /* bytes; 0 = 200 */
	const struct form_option *options; /* SELECT, RADIOS, CHECKS; NULL = by form_option() */
	unsigned width;           /* INPUT: 2 3 4 5 10 20 30 characters; 0 = as wide as there is room */
	unsigned rows;            /* AREA; 0 = 5 */
	const char *autocomplete; /* INPUT, PASSWORD: "username", "current-password"; NULL = "off" */
	bool late;                /* its options are known only after reading: no value is refused */
	bool code;                /* Entry IDs, hashes, rows of a file: shown in fixed width */
};

/* One value of one field. */
struct form_given {
	size_t field; /* index in the table */
	const char *text;
};
struct form_said {
	size_t field;
	const char *text; /* a sentence */
};
/* A file as it came; borrowed from the request's body. */
struct form_upload {
	size_t field;
	const char *p;
	size_t len;
	char name[200]; /* as the browser says, for people only; "" = none */
};
/* An option that came from data. */
struct form_offer {
	size_t field;
	struct form_option option;
};

struct form {
	const struct form_field *fields; /* borrowed; set by the caller */
	/* Question pages: the names of the fields that this page asks for, separated by blanks; the values of
	 * all others travel along unseen. NULL = all are asked for. Borrowed. */
	const char *shown;
	bool once;                    /* carries a random value; see form_once() */
	char once_given[65];          /* the value that came; "" = none */
	char once_key[65];            /* taken by form_once() and not ended yet; "" = none */
	struct req *rq;               /* borrowed */
	struct arena *arena;          /* owned; every text below lies in it */
	VEC(struct form_given) given; /* in the order of the body */
	VEC(struct form_said) said;   /* errors, at most one a field */
	VEC(struct form_offer) offers;
	VEC(struct form_upload) uploads;
};

/* fields must be set, all else zero. */
void form_start(struct form *f, struct req *rq);
void form_done(struct form *f);
DEFINE_OWN_VAL(struct form, form_done)

/* Offers an option; text NULL = the value itself. Before form_read. */
void form_option(struct form *f, const char *name, const char *value, const char *text, const char *hint);
/* Gives a field one more value (NULL or "" = nothing): what it holds before somebody fills it. */
void form_set(struct form *f, const char *name, const char *value);

/* Takes what a field holds away. */
void form_clear(struct form *f, const char *name);
/* Takes the values out of rq->body, in place of all set before. ERR_ORIGIN when the form is not from a page
 * of this session; ERR_INVALID for what no page of ours sends. Values too long, or missing, are errors at
 * their fields: ask form_ok(). */
int form_read(struct form *f, struct err *e) MUST_USE;
bool form_posted(const struct req *rq); /* is this the POST of the form? */

bool form_ok(const struct form *f);
/* First value of a field without blanks around it, "" when there is none. */
const char *form_value(const struct form *f, const char *name);
/* NULL when it is empty, for optional columns. */
const char *form_value_or_null(const struct form *f, const char *name);
size_t form_count(const struct form *f, const char *name);
const char *form_item(const struct form *f, const char *name, size_t i); /* i-th value of a field */
/* The file of a FORM_FILE; NULL when none was chosen. Its bytes may be anything. */
const struct form_upload *form_file(const struct form *f, const char *name);
bool form_has(const struct form *f, const char *name, const char *value);
/* An error at a field; the first one of a field stays. The text becomes a sentence. */
void form_error(struct form *f, const char *name, const char *fmt, ...) PRINTF_LIKE(3, 4);
/* The error of a use case at a field: its sentence, with its place. */
void form_error_of(struct form *f, const char *name, const struct err *e);

/* Before what the form says is done. *ret_again: it was done before, and rs leads there. A form that came
 * without the value (a program's) is done each time. When the form ends without form_made() nothing was made,
 * and it may be sent again. */
int form_once(struct form *f, struct resp *rs, bool *ret_again, struct err *e) MUST_USE;
/* It was made: repetitions of this form are led to href from now on. */
void form_keep(struct form *f, const char *href);
/* The same, and this request is led there too. */
void form_made(struct form *f, struct resp *rs, const char *href);

/* "form":{"errors":[{"field","text"}],"fields":[...],"by":{name:{...}}}; with errors the status becomes 400
 * unless it was set. Set page_head.error = !form_ok(f) so that the title says so. */
void form_json(const struct form *f, struct page *p);

/* ---- for form.c and form_multipart.c ---- */

#define FORM_NO_FIELD SIZE_MAX
size_t form_find(const struct form *f, const char *name);
/* Takes one decoded value; the text lies in f->arena and may be cut. */
int form_take(struct form *f, size_t field, char *text, size_t len, struct err *e) MUST_USE;
/* The field of a name that came, refused when there is none or it came before. csrf and once, which are no
 * field: ret FORM_NO_FIELD. */
int form_field_of(struct form *f, const char *name, bool *seen, size_t *ret, struct err *e) MUST_USE;
/* What came for csrf or once; *ret_csrf is set for the first. */
int form_take_word(struct form *f, const char *name, const char *text, const char **ret_csrf,
		   struct err *e) MUST_USE;
/* A body of parts (RFC 7578), each a field or a file; *ret_csrf is borrowed from f->arena. */
int form_read_parts(struct form *f, bool *seen, const char **ret_csrf, struct err *e) MUST_USE;

#endif
