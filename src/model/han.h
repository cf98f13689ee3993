/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a home area network allows: may this device be moved to that entry, given what the others of the HAN
 * run? One pure rule for the plan, the door and the pages. The first thing that bars counts, in the order of
 * the enum: what is never ours, what nobody but a person can end, what somebody else must do first, what
 * only needs time. Sources: gb-metering 2 (SECMP0007), 3.2 no. 6, 6: 21 and 23.
 */
#ifndef FIRPATH_MODEL_HAN_H
#define FIRPATH_MODEL_HAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/window.h"

enum han_class { HAN_ESME, HAN_GSME, HAN_GPF, HAN_CHF, HAN_HCALCS, HAN_PPMID, HAN_IHD, HAN_CAD, HAN_CLASSES };
extern const char *const han_class_text[HAN_CLASSES + 1]; /* DeviceType of DUIS */
enum han_class han_class_named(const char *text);         /* HAN_CLASSES: there is none */
#define HAN_DEVICES_MAX 17                                /* devices of an 8.2 answer */
#define HAN_NEEDS_MAX 32

enum han_gate {
	HAN_OPEN,
	HAN_HUB_IS_DCCS, /* "pushed-by-dcc": CHF and GPF */
	HAN_NO_OTA,      /* "no-ota": IHD, CAD */
	HAN_SMETS1,      /* "smets1" */
	HAN_AUTHORITY,   /* "authority-lost" */
	HAN_QUARANTINE,  /* "quarantine" */
	HAN_NO_USER,     /* "no-dcc-user": nobody may speak for it */
	HAN_NO_RULE,     /* "hub-unknown": no statement says which hub can carry it (PPMID, HCALCS) */
	HAN_USER_HELD,   /* "user-held": the DCC quarantined requests of this user */
	HAN_STALE,       /* "not-now:inventory": the inventory is older than allowed; it is being read. What
			    follows is known from it */
	HAN_STATUS,      /* "not-commissioned": Pending, Decommissioned, Withdrawn ... */
	HAN_NO_HUB,      /* "hub-unknown": nobody knows which hub, or what it runs */
	HAN_HUB,         /* "hub-firmware": the DCC must upgrade the hub first */
	HAN_FIRST,       /* "not-now:han-first": another device of the HAN must be upgraded first */
	HAN_OTHER,       /* "not-now:han": another device of this HAN is under way */
	HAN_WINDOW,      /* "not-now:window" */
	HAN_GATES
};
extern const char *const han_gate_text[HAN_GATES + 1];

struct han_device {
	enum han_class class;
	int64_t entry_id;   /* 0 = not known */
	const char *entry;  /* Entry ID for the sentence; "" = not known */
	const char *gbcs;   /* GBCS version of its entry; "" = not known */
	const char *status; /* DeviceStatus; "" = not said */
	bool smets1;
};
/* A row of han_rule. CHF and GPF are one unit: what is asked of one is asked of the hub. Of another class
 * every other device of it must fulfil the need; that none is there fulfils none. Either of needs_gbcs and
 * needs_ids fulfils it. */
struct han_need {
	const char *name, *source;
	int applies_class;  /* enum han_class, -1 = any */
	int64_t applies_id; /* 0 = to any entry */
	enum han_class needs_class;
	const char *needs_gbcs; /* "" = not asked */
	const int64_t *needs_ids;
	size_t nids;
};
struct han_ask {
	const struct han_device *device; /* of the whole HAN */
	size_t ndevices, which;          /* which of them is to be moved */
	int64_t to_id;
	const struct han_need *need;
	size_t nneeds;
	bool authority_lost;
	const char *quarantine, *user_held; /* "" = not */
	bool has_user, fresh, other_active;
	const struct windows *windows; /* NULL = always */
	tz_offset_fn tz;
	void *zone;
	int64_t now;
};
struct han_answer {
	enum han_gate gate;
	int64_t opens_at; /* UTC ms, -1 = not known; open: when it closes, -1 = never */
	char text[320];   /* a sentence for people: names the other device, what it runs, what it needs, who
			     says so */
};
void han_judge(const struct han_ask *ask, struct han_answer *ret);
/* GBCS versions are numbers with dots; -1, 0, 1; *ret_ok false when one is none. "4.2" > "3.2", "1.10" >
 * "1.9". */
int han_gbcs_compare(const char *a, const char *b, bool *ret_ok);

#endif
