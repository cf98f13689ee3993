/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Answers as text for people: one printer per kind of answer, from the JSON that the service and the store
 * give alike. A printer never fails: what is missing is shown as "-".
 */
#ifndef FIRPATH_CLI_SHOW_H
#define FIRPATH_CLI_SHOW_H

#include "base/json.h"
#include "cli/page.h"

/* show_path.c */
void show_path(struct page *p, const struct json *a);
void show_check(struct page *p, const struct json *a);
int show_path_exit(const struct json *a);  /* by result: 0, 3, 5 */
int show_check_exit(const struct json *a); /* allowed 0, not-direct and forbidden 4, unknown 3, ambiguous 5 */
/* show_entry.c */
void show_entries(struct page *p, const struct json *a);
void show_entry(struct page *p, const struct json *a);
void show_models(struct page *p, const struct json *a);
void show_model(struct page *p, const struct json *a);
void show_lint(struct page *p, const struct json *a);
void show_validation(struct page *p, const struct json *a);
/* show_import.c */
void show_import(struct page *p, const struct json *a);
/* show_fleet.c */
void show_devices(struct page *p, const struct json *a);
void show_device(struct page *p, const struct json *a);
void show_sites(struct page *p, const struct json *a);
void show_site(struct page *p, const struct json *a);
void show_counts(struct page *p, const struct json *a); /* of a device import */
/* show_report.c */
void show_fleet_report(struct page *p, const struct json *a);
/* show_campaign.c */
void show_campaigns(struct page *p, const struct json *a);
void show_campaign(struct page *p, const struct json *a);
void show_story(struct page *p, const struct json *line); /* one line of a report */

/* show_people.c */
void show_user(struct page *p, const struct json *a);
void show_users(struct page *p, const struct json *a);
void show_org(struct page *p, const struct json *a);
void show_orgs(struct page *p, const struct json *a);
void show_token(struct page *p, const struct json *a);
void show_token_new(struct page *p, const struct json *a);
void show_tokens(struct page *p, const struct json *a);
void show_me(struct page *p, const struct json *a);
/* show_proof.c */
void show_verify(struct page *p, const struct json *a);
void show_chain_head(struct page *p, const struct json *a);
void show_receipt(struct page *p, const struct json *a);
void show_diff(struct page *p, const struct json *a);
void show_replay(struct page *p, const struct json *a); /* a receipt against a store */
/* show_trust.c */
void show_callouts(struct page *p, const struct json *a);
void show_callout(struct page *p, const struct json *a);
void show_service_levels(struct page *p, const struct json *a);
/* show_duis.c */
void show_duis(struct page *p, const struct json *a);
/* show_notify.c */
void show_webhook(struct page *p, const struct json *a);
void show_webhooks(struct page *p, const struct json *a);
void show_delivery(struct page *p, const struct json *a);
void show_replayed(struct page *p, const struct json *a);
void show_watch(struct page *p, const struct json *a);

/* show_ssc.c */
void show_radio(struct page *p, const struct json *a);
void show_radios(struct page *p, const struct json *a);
void show_access_log(struct page *p, const struct json *a);
void show_access_chain(struct page *p, const struct json *a);
void show_note(struct page *p, const struct json *a);
void show_notes(struct page *p, const struct json *a);

/* show_edit.c */
void show_proposals(struct page *p, const struct json *a);
void show_proposal(struct page *p, const struct json *a);
void show_proposal_end(struct page *p, const struct json *a); /* in one line */
void show_impact(struct page *p, const struct json *a);
void show_block(struct page *p, const struct json *a);
void show_blocks(struct page *p, const struct json *a);

/* show_cm.c; shell: the reader is in the shell, where a number is an answer */
struct cm_line;
void show_cm(struct page *p, const struct cm_line *l, const struct json *a, bool shell);
void show_cm_status(struct page *p, const struct json *v, bool shell);
void show_cm_prompt(struct page *p, const struct json *prompt, bool shell);
void show_cm_log(struct page *p, const struct json *a);
void show_cm_log_line(struct page *p, const struct json *line);
void show_cm_help(struct page *p, const char *words);
void show_vcs(struct page *p, const struct json *a);
void show_vc(struct page *p, const struct json *v);
void show_block_of(struct page *p, const struct json *b);
void show_blocks_of(struct page *p, const struct json *list);
void show_vehicles(struct page *p, const struct json *a);
void show_vehicle(struct page *p, const struct json *v);
void show_manifest_report(struct page *p, const struct json *r);
/* show_meter.c */
void show_meters(struct page *p, const struct json *a);
void show_meter(struct page *p, const struct json *a);
void show_meter_story(struct page *p, const struct json *a);
void show_meter_command(struct page *p, const struct json *a);
void show_meter_gone(struct page *p, const struct json *a);
void show_han_rule(struct page *p, const struct json *a);
void show_han_rules(struct page *p, const struct json *a);
void show_dcc(struct page *p, const struct json *a);
void show_dcc_released(struct page *p, const struct json *a);
/* show_station.c */
void show_stations(struct page *p, const struct json *a);
void show_station(struct page *p, const struct json *a);
void show_station_made(struct page *p, const struct json *a); /* one, or a list */
void show_station_gone(struct page *p, const struct json *a);
void show_station_parts(struct page *p, const struct json *a);
void show_station_messages(struct page *p, const struct json *a);
void show_station_message(struct page *p, const struct json *m);
void show_station_wish(struct page *p, const struct json *a);
void show_station_verified(struct page *p, const struct json *a);

/* Shared, show.c. All take an object that may be NULL. */
const char *txt(const struct json *o, const char *name); /* "" when it is absent or no text */
int64_t num(const struct json *o, const char *name);     /* 0 when it is absent */
/* Texts of an array with blanks between, "-" when there is none. */
const char *words(const struct json *array, struct str *buf);
bool has(const struct json *o, const char *name); /* there and not null */
/* "118F:00000000:00040800" of an object with manufacturer, model, hardware, version. */
char *identity_text(const struct json *o, char *buf, size_t size);
void show_statement(struct page *p, int indent, const struct json *s); /* who says so, when, in which words */
void show_contacts(struct page *p, int indent, const struct json *list); /* who can help */
void show_state_of_catalogue(struct page *p, const struct json *a);      /* revision, as_at, cpl */
const char *plural(int64_t n, const char *one, const char *many);

#endif
