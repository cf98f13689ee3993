/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The commands of the Configuration Manager as people write them (OCORA-TWS15-060 annex, 5.2.2; part F and
 * Z22): one line, words separated by blanks, case does not matter. One table serves `firpath cm ...`, the
 * shell, REST and the pages. Pure.
 */
#ifndef FIRPATH_MODEL_CM_WORDS_H
#define FIRPATH_MODEL_CM_WORDS_H

#include "base/err.h"
#include "model/site.h"

enum cm_command {
	CM_CMD_VERB,     /* acts on the chart: verb, n */
	CM_CMD_VCS,      /* vcs */
	CM_CMD_ACTIVATE, /* activate vc <n> */
	CM_CMD_VERIFY,   /* verify vc <n> */
	CM_CMD_LIST_BB,  /* list bb [1..n]; n 0 = all */
	CM_CMD_STATUS,   /* status */
	CM_CMD_VERSION,  /* version */
	CM_CMD_LOG_MODE, /* log <normal, extended> */
	CM_CMD_SHOW_LOG, /* show log [normal|extended] [bb <n>] [event <word>] [last <n>] */
	CM_CMD_ANSWER,   /* answer <choice>: a verb that the standing prompt offers, by its words or number */
	CM_CMD_HELP,     /* help [command] */
	CM_CMDS
};

#define CM_LOG_LAST_MAX 500

struct cm_line {
	enum cm_command command;
	enum site_verb verb; /* CM_CMD_VERB, else SITE_VERBS */
	int n;               /* 0 = all, or not given */
	bool extended;       /* CM_CMD_LOG_MODE; CM_CMD_SHOW_LOG when has_level */
	bool has_level;
	char event[32];  /* CM_CMD_SHOW_LOG, "" = any */
	int last;        /* CM_CMD_SHOW_LOG, 0 = the default */
	char answer[64]; /* CM_CMD_ANSWER: the choice; CM_CMD_HELP: the command, "" = all; in lower case */
};

/* ERR_USAGE names the word that does not fit and the nearest command. At most 200 characters of ASCII; a
 * number of a Building Block is 1 to SITE_BBS_MAX (whether there is such a one, only the site knows). */
int cm_line_parse(const char *text, struct cm_line *ret, struct err *e) MUST_USE;

/* For help and completion: the i-th command; false past the end. In a form, <..> must be filled in and [..]
 * may be left out. */
struct cm_word {
	const char *form;  /* "restart <all, n>" */
	const char *says;  /* one sentence */
	const char *where; /* "Update Completed", "any" */
	const char *row;   /* "F13" */
};
bool cm_word_at(int i, struct cm_word *ret);
/* The i-th word that can follow what was typed (complete words, then the beginning of one); false past the
 * end. For readline. */
bool cm_complete(const char *typed, int i, char ret[32]);

#endif
