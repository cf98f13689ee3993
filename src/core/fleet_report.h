/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reports of a fleet for whoever owns it and whoever runs it (gb-metering 6: 24): how many devices run what,
 * how far each is from the newest firmware that it is allowed, for which nobody has stated a path, what is
 * Removed, what loses its CPA certificate soon. Supplier and CPO see their own; operator and auditor see
 * everybody's, so a meter asset provider's devices that are with several suppliers are counted together.
 *
 * Every device is counted once in one of latest, behind, path_unknown, no_path and no_entry; removed and
 * cpa_* are counted beside that. Counting reads two indexes and no rows; paths are found once per entry.
 */
#ifndef FIRPATH_CORE_FLEET_REPORT_H
#define FIRPATH_CORE_FLEET_REPORT_H

#include "base/arena.h"
#include "core/fleet.h"

enum report_group {
	BY_MODEL,
	BY_FIRMWARE,     /* model x firmware */
	BY_CLASS,        /* ESME, GSME, CHF, HCALCS, PPMID; other schemes by their name */
	BY_STATUS,       /* distance to the newest, or why there is none */
	BY_ORGANISATION, /* whose they are */
	BY_GROUPS
};
extern const char *const report_group_text[BY_GROUPS + 1]; /* "model", ...; NULL ends */

#define REPORT_DAYS 90 /* CPA certificates that end within so many days "expire soon", unless said */
#define REPORT_DAYS_MAX 3650
struct report_ask {
	const char *group;         /* NULL = model */
	const char *adapter, *cls; /* only these devices; NULL = all */
	int64_t days;              /* 0 to REPORT_DAYS_MAX */
	int64_t now;               /* UTC ms; CPA dates and paths are judged at the start of this day */
};

struct report_counts {
	int64_t devices;
	int64_t latest;                       /* they run the newest that is allowed */
	int64_t behind;                       /* there is a way to it: of one, two, more hops */
	int64_t one_hop, two_hops, more_hops; /* of behind */
	int64_t path_unknown;                 /* nobody has stated how it is reached */
	int64_t no_path;                      /* no stated way leads there, or nothing is allowed */
	int64_t no_entry;                     /* it is not known which entry it runs; of them: */
	int64_t not_reported, unknown, ambiguous, hash_differs;
	int64_t removed;      /* it runs a Removed entry */
	int64_t cpa_expiring; /* the certificate of what it runs ends within the days */
	int64_t cpa_expired;
	int64_t cpa_renewal; /* a lifetime certificate's date of renewal has passed */
};
/* Names of these columns in the order of answers, with a sentence each, and where each is. */
struct report_column {
	const char *name, *says;
	size_t offset;
};
extern const struct report_column report_columns[]; /* name NULL ends */

/* A line; what its group does not have is NULL, -1. */
struct report_line {
	const char *key; /* model, firmware, class, word or organisation */
	const char *model, *version, *entry, *cls, *status, *path, *organisation;
	const char *newest;    /* entry: the newest of its model that is allowed */
	const char *reachable; /* entry: as far as stated ways lead */
	bool catalogued;       /* the catalogue knows the model */
	int64_t hops;          /* to the newest */
	int64_t cpa_until;     /* UTC ms */
	struct report_counts n;
};
#define REPORT_LINES_MAX 5000
struct fleet_report {
	enum report_group group;
	int64_t days, revision, revision_at, today;
	struct report_counts total;
	struct report_line *lines; /* the most devices first; REPORT_LINES_MAX at most */
	size_t n;
	int64_t left_out;    /* lines that are not there; their devices are in total */
	struct arena *arena; /* owned */
};
void fleet_report_free(struct fleet_report *r);
DEFINE_OWN(struct fleet_report, fleet_report_free)
/* ERR_INVALID: a group, class or number of days that is none. */
int fleet_report_make(struct db *db, struct scope scope, const struct snapshot *s,
		      const struct report_ask *ask, struct fleet_report **ret, struct err *e) MUST_USE;
/* {"group","days","revision","as_at","total":{columns},"lines":[{its members, columns,
 * "percent"}],"left_out"}
 */
void fleet_report_json(const struct fleet_report *r, struct str *out);
void fleet_report_csv(const struct fleet_report *r, struct str *out);

#endif
