/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The strict rules for new submissions to the Central Products List: all failures at once, each with its
 * field. Stored rows are only warned about (cpl.h): 94 rows of CPL 2.051 break the table of device level
 * versions. gb-metering 1.2, feature 4. Pure.
 */
#ifndef FIRPATH_MODEL_CPL_RULES_H
#define FIRPATH_MODEL_CPL_RULES_H

#include "model/cpl.h"

enum cpl_type {
	CPL_TYPE_CH,
	CPL_TYPE_GSME,
	CPL_TYPE_HCALCS,
	CPL_TYPE_POLYPHASE,
	CPL_TYPE_PPMID,
	CPL_TYPE_SINGLE,
	CPL_TYPE_TWIN,
	CPL_TYPES
};
extern const char *const cpl_type_text[CPL_TYPES + 1]; /* as the CPL spells them, NULL at the end */
enum cpl_type cpl_type_find(const char *text);         /* trimmed, any case; CPL_TYPES = unknown */

/* The 49 legal triples of device type, SMETS/CHTS version and GBCS version. */
struct cpl_triple {
	enum cpl_type type;
	const char *smets; /* "CHTS V1.0", "SMETS V4.2" */
	const char *gbcs;  /* "1.1" */
};
#define CPL_TRIPLES 49
extern const struct cpl_triple cpl_triples[CPL_TRIPLES];
bool cpl_triple_of(enum cpl_type type, const char *smets, const char *gbcs);
bool cpl_triple_legal(const char *type, const char *smets, const char *gbcs); /* as written, trimmed inside */

/* The fields of the New Entry form that are not on the CPL: CPA contact (never published) and what is
 * published on the FIR. */
enum cpl_form {
	FORM_CONTACT_NAME,
	FORM_CONTACT_TELEPHONE,
	FORM_CONTACT_EMAIL,
	FORM_COMPANY,
	FORM_HOUSE,
	FORM_STREET,
	FORM_CITY,
	FORM_POSTCODE,
	FORM_COUNTRY,
	FORM_TELEPHONE,
	FORM_WEBSITE,
	FORM_EMAIL,
	FORM_NOTES,
	CPL_FORMS
};
struct cpl_form_info {
	const char *name; /* "FIR.company_name" ... */
	unsigned longest; /* bytes */
	bool fir;         /* published on the FIR: electricity meters and GSME only */
};
extern const struct cpl_form_info cpl_form_infos[CPL_FORMS];

/* A submission: texts as the submitter wrote them; NULL or "" = empty. Number and status are given by the
 * code administrator: they may be empty, but if given they must be right. */
struct cpl_submission {
	const char *text[CPL_COLS];
	const char *form[CPL_FORMS];
	bool has_form; /* the form's own fields are part of the submission; false: rules about them are
			  skipped */
	int64_t today; /* UTC ms: [E] certificates expire between this day and six years later */
};

struct cpl_failure {
	const char *field; /* column name or form name; borrowed from the tables */
	const char *rule;  /* stable code of the rule */
	char msg[200];     /* a sentence */
};
#define CPL_FAILURES_MAX 96 /* more than all rules together can give */
struct cpl_failures {
	struct cpl_failure v[CPL_FAILURES_MAX];
	size_t n;
};
/* Fills ret with every failure, fields in column order; returns how many there are (0 = a good submission).
 */
size_t cpl_validate(const struct cpl_submission *s, struct cpl_failures *ret);

#endif
