/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the files of OCPP share: shapes of messages as tables, and the one checker that reads them. A shape
 * says of each member its type, its size and the versions in which it must be there; what it does not name is
 * let pass. A null counts as absent, and an empty list that may be absent too, because stations send both.
 */
#ifndef FIRPATH_WIRE_OCPP_P_H
#define FIRPATH_WIRE_OCPP_P_H

#include "wire/ocpp.h"

#define V16 (1u << OCPP_16)
#define V201 (1u << OCPP_201)
#define V21 (1u << OCPP_21)
#define V2 (V201 | V21)
#define VALL (V16 | V2)

enum ocpp_type {
	OT_TEXT,
	OT_INT, /* a whole number; 5.0 is one too: the first schemas of 1.6 said "number" */
	OT_BOOL,
	OT_STAMP,  /* text that should be a time; stations without a clock write what they like */
	OT_TIME,   /* RFC 3339 */
	OT_WORD,   /* one of words */
	OT_HASH,   /* {algorithm, value}: hex digits as many as the algorithm has */
	OT_OBJECT, /* of */
	OT_LIST,   /* of objects */
	OT_TEXTS,  /* list of texts */
	OT_ANY
};
struct ocpp_field {
	const char *name; /* NULL ends the shape */
	enum ocpp_type type;
	unsigned need;  /* versions (V16 ...) in which it must be there */
	int max, max21; /* characters; 0 = any; max21: in 2.1, 0 = the same */
	const struct ocpp_field *of;
	const char *const *words; /* NULL ends them */
};
#define OF(name, type, need, max)                                                                            \
	{                                                                                                    \
		name, type, need, max, 0, NULL, NULL                                                         \
	}
#define OF_2(name, type, need, max, max21)                                                                   \
	{                                                                                                    \
		name, type, need, max, max21, NULL, NULL                                                     \
	}
#define OF_IN(name, type, need, shape)                                                                       \
	{                                                                                                    \
		name, type, need, 0, 0, shape, NULL                                                          \
	}
#define OF_WORD(name, need, words)                                                                           \
	{                                                                                                    \
		name, OT_WORD, need, 0, 0, NULL, words                                                       \
	}
#define OF_END                                                                                               \
	{                                                                                                    \
		NULL, OT_ANY, 0, 0, 0, NULL, NULL                                                            \
	}

/* A CALL of stations. */
struct ocpp_action {
	const char *name;
	unsigned versions;
	enum ocpp_in in;
	const struct ocpp_field *shape; /* NULL: not looked into */
};
const struct ocpp_action *ocpp_action_of(enum ocpp_version v, const char *name); /* NULL: not of stations */

struct ocpp_checker {
	enum ocpp_version v;
	bool strict;      /* empty lists are refused */
	bool partial;     /* what is missing is let pass */
	const char *code; /* of the fault, in the 2.x spelling */
};
/* ERR_JSON_FIELD with e->where = place + pointer, and c->code. */
int ocpp_check(struct ocpp_checker *c, const struct ocpp_field *shape, const struct json *obj,
	       const char *place, struct err *e) MUST_USE;

extern const struct ocpp_field ocpp_status_info[], ocpp_firmware_shape[], ocpp_component_shape[],
    ocpp_component_ref[], ocpp_variable_ref[];

/* One component of a list that stands in j; place: of it, for errors. */
int ocpp_component_read(struct ocpp_checker *c, const struct json *j, const char *place,
			struct ocpp_component *ret, struct err *e) MUST_USE;
int ocpp_names_check(const struct ocpp_components *c, struct err *e) MUST_USE; /* unique, `default` alone */

/* The text of a member into buf, cut between characters; "" when absent. */
void ocpp_text(const struct json *obj, const char *name, char *buf, size_t size);
/* The same for what must not be cut (versions, names): "" when it does not fit. */
void ocpp_text_whole(const struct json *obj, const char *name, char *buf, size_t size);
void ocpp_cut(char *buf, size_t size, const char *text); /* text may be NULL */
/* A number of a member; otherwise when absent or no whole number. */
int64_t ocpp_int(const struct json *obj, const char *name, int64_t otherwise);
size_t ocpp_chars(const char *text); /* characters of UTF-8 */
/* DataTransfer's data: a text of JSON or the value itself (2.x). NULL: neither; *own holds what was parsed.
 */
const struct json *ocpp_data(const struct json *transfer, struct json **own);

#endif
