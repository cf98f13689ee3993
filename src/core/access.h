/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who may do what: the roles, and the principal that every request acts as. Pure data, so that doors, use
 * cases and the generated role tests read the same thing (T32). Deny by default: a route names the roles that
 * may use it; whoever has none of them is refused; what belongs to one organisation is, for others, the same
 * as absent (T34).
 *
 * The rules of the roles are in doc/adr/0007-people-and-edits.md.
 */
#ifndef FIRPATH_CORE_ACCESS_H
#define FIRPATH_CORE_ACCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/* A set of roles is the sum of its bits. */
enum role {
	ROLE_PUBLIC = 1,       /* everybody, signed in or not: reads what is public */
	ROLE_SUPPLIER = 2,     /* own devices and campaigns, call-outs, watch lists */
	ROLE_MANUFACTURER = 4, /* proposes and confirms for its own manufacturer codes, answers call-outs */
	ROLE_EDITOR = 8,       /* SECAS: proposes anything, imports feeds */
	ROLE_APPROVER = 16,    /* SECAS: approves what somebody else proposed, accepts held imports */
	ROLE_SSC = 32,       /* Security Sub-Committee reviewer: restricted fields, blocks an edge at once */
	ROLE_CPO = 64,       /* charge point operator: as supplier, for chargers */
	ROLE_OPERATOR = 128, /* runs this service: accounts, fleet, campaigns of everybody */
	ROLE_AUDITOR = 256,  /* reads everything but restricted fields, changes nothing */
	ROLE_DEVICE = 512    /* a device's update manager */
};
#define ROLES 10

#define ROLES_PEOPLE                                                                                         \
	(ROLE_SUPPLIER | ROLE_MANUFACTURER | ROLE_EDITOR | ROLE_APPROVER | ROLE_SSC | ROLE_CPO |             \
	 ROLE_OPERATOR | ROLE_AUDITOR)                         /* whoever is signed in */
#define ROLES_FLEET (ROLE_SUPPLIER | ROLE_CPO | ROLE_OPERATOR) /* have devices and campaigns */
#define ROLES_FLEET_READ (ROLES_FLEET | ROLE_AUDITOR)          /* may look at them */
#define ROLES_PROPOSE (ROLE_MANUFACTURER | ROLE_EDITOR)        /* propose changes of path statements */
#define ROLES_SECAS (ROLE_EDITOR | ROLE_APPROVER)
#define ROLES_AUDIT                                                                                          \
	(ROLES_SECAS | ROLE_SSC | ROLE_OPERATOR | ROLE_AUDITOR) /* read all of the audit chain               \
								 */
/* What this machine's own operator is while there is no account yet, and whoever holds `token_file`: enough
 * to set the service up, but no approver: a second person needs an account. */
#define ROLES_LOCAL (ROLE_PUBLIC | ROLE_SUPPLIER | ROLE_EDITOR | ROLE_CPO | ROLE_OPERATOR | ROLE_AUDITOR)

/* "public", "supplier", "manufacturer", "editor", "approver", "ssc", "cpo", "operator", "auditor", "device",
 * NULL; in the order of the bits. */
extern const char *const role_text[ROLES + 1];
/* The bit of a role's name; 0 = there is none. */
unsigned role_find(const char *text);
/* A set from names separated by blanks or commas; "" = none. ERR_INVALID names what is no role. */
int roles_read(const char *text, unsigned *ret, struct err *e) MUST_USE;
/* The names of a set, separated by blanks, in the order of the bits. */
#define ROLES_TEXT_MAX 128
char *roles_write(unsigned roles, char buf[ROLES_TEXT_MAX]);

enum sign_in {
	SIGN_IN_NONE,   /* nobody: ROLE_PUBLIC only */
	SIGN_IN_LOCAL,  /* this machine's loopback, while no account and no token file exists */
	SIGN_IN_FILE,   /* the token of `token_file` or `device_token_file` */
	SIGN_IN_TOKEN,  /* an API token of an account */
	SIGN_IN_SESSION /* a browser's session */
};

#define PRINCIPAL_NAME_MAX 80
/* Who a request acts as. */
struct principal {
	enum sign_in how;
	unsigned roles;                /* always with ROLE_PUBLIC, but for devices */
	int64_t account_id;            /* 0 = none (local, token file, nobody) */
	int64_t org_id;                /* organisation; 0 = none: sees no organisation's own things */
	int64_t session_id, token_id;  /* 0 = none */
	int64_t signed_in_at;          /* UTC ms, -1 */
	char name[PRINCIPAL_NAME_MAX]; /* for audit rows: "user:desk", "token:desk/nightly", "api",
					  "api:NAME" */
	char org[PRINCIPAL_NAME_MAX];  /* name of the organisation, "" */
	char codes[256];               /* the organisation's manufacturer codes, separated by blanks, "" */
};

/* The principal of somebody who is not signed in. */
struct principal principal_nobody(void);
static inline bool may(const struct principal *p, unsigned roles)
{
	return (p->roles & roles) != 0;
}
/* Two different persons? False when either is not an account (T07): who approves must be somebody. */
bool principal_other_person(const struct principal *p, int64_t account_id);
/* Does a manufacturer code (4 hex digits) belong to the principal's organisation? */
bool principal_owns_code(const struct principal *p, const char *manufacturer);
/* Whose devices and campaigns p sees: 0 = everybody's (operator, auditor), -1 = nobody's, else its
 * organisation's. */
int64_t principal_fleet_org(const struct principal *p);

#endif
