/* SPDX-License-Identifier: Apache-2.0 */
/* Handlers of the REST routes, one file per subject (h_*.c), and what they share (page.c). Rows: routes.c. */
#ifndef FIRPATH_HTTP_HANDLERS_H
#define FIRPATH_HTTP_HANDLERS_H

#include "core/images.h"
#include "core/ota.h"
#include "core/release.h"
#include "http/http.h"
#include "manifest/package.h"

#define LIST_LIMIT_MAX 500
#define LIST_LIMIT_DEFAULT 100
#define STREAMS_MAX 16  /* event streams at the same time: each holds a thread */
#define STREAM_MS 60000 /* an event stream ends after this; the client comes again with Last-Event-ID */
#define WAIT_MAX_S 30   /* longest wait of a long poll */
#define BULK_BODY_MAX (64 * MIB) /* one bulk request; the rows are answered as they come */
#define IMAGE_BODY_MAX ((size_t)IMAGE_MAX)
#define PEOPLE_BODY_MAX (16 * KIB)
#define DECISION_BODY_MAX (16 * KIB) /* a reason and little more */
#define VEHICLE_BODY_MAX (4 * KIB)   /* a command, or a name */
#define VC_BODY_MAX ((size_t)PACKAGE_BYTES_MAX)
#define RELEASE_BODY_MAX ((size_t)RELEASE_IMAGE_MAX)
#define CAMPAIGN_BODY_MAX (8 * MIB) /* CAMPAIGN_MEMBERS_MAX names of DEVICE_NAME_MAX */

/* h_path.c */
int get_path(struct req *rq, struct resp *rs, struct err *e);
int get_path_check(struct req *rq, struct resp *rs, struct err *e);
int post_path_bulk(struct req *rq, struct resp *rs, struct err *e);
/* h_entry.c */
int get_entries(struct req *rq, struct resp *rs, struct err *e);
int get_entry(struct req *rq, struct resp *rs, struct err *e);
/* The node of an Entry ID in the address (rq->arg[0]). */
int entry_node(const struct req *rq, const struct snapshot *s, uint32_t *ret, struct err *e) MUST_USE;
int get_entry_history(struct req *rq, struct resp *rs, struct err *e);
/* h_model.c */
int get_models(struct req *rq, struct resp *rs, struct err *e);
int get_model(struct req *rq, struct resp *rs, struct err *e);
int get_model_graph(struct req *rq, struct resp *rs, struct err *e);
int get_model_svg(struct req *rq, struct resp *rs, struct err *e);
int get_graph(struct req *rq, struct resp *rs, struct err *e);
int get_lint(struct req *rq, struct resp *rs, struct err *e);
/* h_ledger.c */
int get_changes(struct req *rq, struct resp *rs, struct err *e);
int get_export_cpl(struct req *rq, struct resp *rs, struct err *e);
int get_export_statements(struct req *rq, struct resp *rs, struct err *e);
int get_export_fir(struct req *rq, struct resp *rs, struct err *e);
int get_export_audit(struct req *rq, struct resp *rs, struct err *e);
/* h_proof.c */
int get_audit(struct req *rq, struct resp *rs, struct err *e);
int get_audit_head(struct req *rq, struct resp *rs, struct err *e);
int get_audit_verify(struct req *rq, struct resp *rs, struct err *e);
int get_diff(struct req *rq, struct resp *rs, struct err *e);
int get_keys(struct req *rq, struct resp *rs, struct err *e);
/* h_report.c */
int get_fleet_report(struct req *rq, struct resp *rs, struct err *e);
/* h_ota.c */
#define OTA_BODY_MAX OTA_FILE_MAX
int get_otas(struct req *rq, struct resp *rs, struct err *e);
int get_ota(struct req *rq, struct resp *rs, struct err *e);
int post_ota(struct req *rq, struct resp *rs, struct err *e);
int post_ota_sign(struct req *rq, struct resp *rs, struct err *e);
/* h_area.c */
int get_areas(struct req *rq, struct resp *rs, struct err *e);
int get_area(struct req *rq, struct resp *rs, struct err *e);
int put_area(struct req *rq, struct resp *rs, struct err *e);
/* h_meter.c */
int get_meters(struct req *rq, struct resp *rs, struct err *e);
int post_meters(struct req *rq, struct resp *rs, struct err *e);
int get_meter(struct req *rq, struct resp *rs, struct err *e);
int delete_meter(struct req *rq, struct resp *rs, struct err *e);
int post_meter_command(struct req *rq, struct resp *rs, struct err *e);
int get_meter_story(struct req *rq, struct resp *rs, struct err *e);
int get_han_rules(struct req *rq, struct resp *rs, struct err *e);
int put_han_rule(struct req *rq, struct resp *rs, struct err *e);
int delete_han_rule(struct req *rq, struct resp *rs, struct err *e);
int get_dcc(struct req *rq, struct resp *rs, struct err *e);
int post_dcc_release(struct req *rq, struct resp *rs, struct err *e);
/* h_station.c */
int get_stations(struct req *rq, struct resp *rs, struct err *e);
int post_stations(struct req *rq, struct resp *rs, struct err *e);
int get_station(struct req *rq, struct resp *rs, struct err *e);
int delete_station(struct req *rq, struct resp *rs, struct err *e);
int post_station_command(struct req *rq, struct resp *rs, struct err *e);
int get_station_components(struct req *rq, struct resp *rs, struct err *e);
int get_station_chain(struct req *rq, struct resp *rs, struct err *e);
int get_station_story(struct req *rq, struct resp *rs, struct err *e);
int get_export_stations(struct req *rq, struct resp *rs, struct err *e);
/* h_import.c */
int post_import(struct req *rq, struct resp *rs, struct err *e);
int get_imports(struct req *rq, struct resp *rs, struct err *e);
int get_import(struct req *rq, struct resp *rs, struct err *e);
int post_import_accept(struct req *rq, struct resp *rs, struct err *e);
int post_import_reject(struct req *rq, struct resp *rs, struct err *e);
int post_import_undo(struct req *rq, struct resp *rs, struct err *e);
int post_import_reset(struct req *rq, struct resp *rs, struct err *e);
int post_import_fetch(struct req *rq, struct resp *rs, struct err *e);
int get_feeds(struct req *rq, struct resp *rs, struct err *e);
/* h_restricted.c */
int get_restricted_entries(struct req *rq, struct resp *rs, struct err *e);
int get_restricted_export(struct req *rq, struct resp *rs, struct err *e);
int get_restricted_entry(struct req *rq, struct resp *rs, struct err *e);
int put_restricted_entry(struct req *rq, struct resp *rs, struct err *e);
int post_restricted_note(struct req *rq, struct resp *rs, struct err *e);
int get_restricted_notes(struct req *rq, struct resp *rs, struct err *e);
int delete_restricted_note(struct req *rq, struct resp *rs, struct err *e);
int get_restricted_log(struct req *rq, struct resp *rs, struct err *e);
int get_restricted_verify(struct req *rq, struct resp *rs, struct err *e);
int get_entry_notes(struct req *rq, struct resp *rs, struct err *e);
/* h_fleet.c */
int get_devices(struct req *rq, struct resp *rs, struct err *e);
int get_device(struct req *rq, struct resp *rs, struct err *e);
int post_devices(struct req *rq, struct resp *rs, struct err *e);
int post_device_give(struct req *rq, struct resp *rs, struct err *e);
int get_sites(struct req *rq, struct resp *rs, struct err *e);
int get_site(struct req *rq, struct resp *rs, struct err *e);
int put_image(struct req *rq, struct resp *rs, struct err *e);
/* The body into an image. */
int image_take(struct req *rq, struct image_in *in, struct err *e) MUST_USE;
int get_image(struct req *rq, struct resp *rs, struct err *e);
/* h_campaign.c */
int post_campaign(struct req *rq, struct resp *rs, struct err *e);
int get_campaigns(struct req *rq, struct resp *rs, struct err *e);
int get_campaign(struct req *rq, struct resp *rs, struct err *e);
int get_campaign_cycles(struct req *rq, struct resp *rs, struct err *e);
int get_campaign_progress(struct req *rq, struct resp *rs, struct err *e);
int get_campaign_report(struct req *rq, struct resp *rs, struct err *e);
int get_campaign_events(struct req *rq, struct resp *rs, struct err *e);
int post_campaign_start(struct req *rq, struct resp *rs, struct err *e);
int post_campaign_pause(struct req *rq, struct resp *rs, struct err *e);
int post_campaign_resume(struct req *rq, struct resp *rs, struct err *e);
int post_campaign_stop(struct req *rq, struct resp *rs, struct err *e);
int get_releases(struct req *rq, struct resp *rs, struct err *e);
int post_release(struct req *rq, struct resp *rs, struct err *e);
int get_release(struct req *rq, struct resp *rs, struct err *e);
/* What core/release.h needs of a request; *actor is borrowed by *ret. */
int req_release_ctx(struct req *rq, bool writes, struct actor *actor, struct release_ctx *ret,
		    struct err *e) MUST_USE;
int put_release_image(struct req *rq, struct resp *rs, struct err *e);
int put_release_sbom(struct req *rq, struct resp *rs, struct err *e);
int get_release_sbom(struct req *rq, struct resp *rs, struct err *e);
int get_release_parts(struct req *rq, struct resp *rs, struct err *e);
int post_release_approve(struct req *rq, struct resp *rs, struct err *e);
int post_release_publish(struct req *rq, struct resp *rs, struct err *e);
int post_release_withdraw(struct req *rq, struct resp *rs, struct err *e);
/* h_set.c */
int get_sets(struct req *rq, struct resp *rs, struct err *e);
int post_set(struct req *rq, struct resp *rs, struct err *e);
int get_set(struct req *rq, struct resp *rs, struct err *e);
int post_set_plan(struct req *rq, struct resp *rs, struct err *e);
/* h_dcc.c */
int post_dcc_message(struct req *rq, struct resp *rs, struct err *e);

/* h_ocpp.c */
int get_ocpp_firmware(struct req *rq, struct resp *rs, struct err *e);
int put_ocpp_log(struct req *rq, struct resp *rs, struct err *e);
int get_ocpp_log(struct req *rq, struct resp *rs, struct err *e);
/* h_rollout.c */
int get_rollouts(struct req *rq, struct resp *rs, struct err *e);
int post_rollout(struct req *rq, struct resp *rs, struct err *e);
int get_rollout(struct req *rq, struct resp *rs, struct err *e);
int get_rollout_vehicles(struct req *rq, struct resp *rs, struct err *e);
int post_rollout_pause(struct req *rq, struct resp *rs, struct err *e);
int post_rollout_resume(struct req *rq, struct resp *rs, struct err *e);
int post_rollout_stop(struct req *rq, struct resp *rs, struct err *e);
/* h_people.c */
int get_me(struct req *rq, struct resp *rs, struct err *e);
int get_users(struct req *rq, struct resp *rs, struct err *e);
int get_user(struct req *rq, struct resp *rs, struct err *e);
int post_user(struct req *rq, struct resp *rs, struct err *e);
int put_user_one(struct req *rq, struct resp *rs, struct err *e);
int get_orgs(struct req *rq, struct resp *rs, struct err *e);
int get_org(struct req *rq, struct resp *rs, struct err *e);
int post_org(struct req *rq, struct resp *rs, struct err *e);
int put_org_one(struct req *rq, struct resp *rs, struct err *e);
int get_tokens(struct req *rq, struct resp *rs, struct err *e);
int post_token(struct req *rq, struct resp *rs, struct err *e);
int delete_token(struct req *rq, struct resp *rs, struct err *e);
/* h_proposal.c */
int get_proposals(struct req *rq, struct resp *rs, struct err *e);
int post_proposal(struct req *rq, struct resp *rs, struct err *e);
int get_proposal(struct req *rq, struct resp *rs, struct err *e);
int put_proposal(struct req *rq, struct resp *rs, struct err *e);
int get_proposal_impact(struct req *rq, struct resp *rs, struct err *e);
int post_proposal_approve(struct req *rq, struct resp *rs, struct err *e);
int post_proposal_return(struct req *rq, struct resp *rs, struct err *e);
int post_proposal_reject(struct req *rq, struct resp *rs, struct err *e);
int post_proposal_withdraw(struct req *rq, struct resp *rs, struct err *e);
int post_whatif(struct req *rq, struct resp *rs, struct err *e);
int post_whatif_rule(struct req *rq, struct resp *rs, struct err *e);
/* h_block.c */
int get_blocks(struct req *rq, struct resp *rs, struct err *e);
int post_block(struct req *rq, struct resp *rs, struct err *e);
int get_block(struct req *rq, struct resp *rs, struct err *e);
int post_block_ratify(struct req *rq, struct resp *rs, struct err *e);
int post_block_lift(struct req *rq, struct resp *rs, struct err *e);
/* h_bbum.c */
int post_bbum_poll(struct req *rq, struct resp *rs, struct err *e);
int get_bbum_manifest(struct req *rq, struct resp *rs, struct err *e);
int get_bbum_image(struct req *rq, struct resp *rs, struct err *e);
int get_bbum_package(struct req *rq, struct resp *rs, struct err *e);
/* h_cm.c */
int get_vehicles(struct req *rq, struct resp *rs, struct err *e);
int post_vehicle(struct req *rq, struct resp *rs, struct err *e);
int get_vehicle(struct req *rq, struct resp *rs, struct err *e);
int get_vehicle_tree(struct req *rq, struct resp *rs, struct err *e);
int get_vehicle_log(struct req *rq, struct resp *rs, struct err *e);
int post_vehicle_command(struct req *rq, struct resp *rs, struct err *e);
/* h_vc.c */
int get_vcs(struct req *rq, struct resp *rs, struct err *e);
int get_vc(struct req *rq, struct resp *rs, struct err *e);
int post_vc_verify(struct req *rq, struct resp *rs, struct err *e);
int post_vc(struct req *rq, struct resp *rs, struct err *e);
/* h_notify.c */
int get_changes_atom(struct req *rq, struct resp *rs, struct err *e);
int get_events(struct req *rq, struct resp *rs, struct err *e);
int get_webhooks(struct req *rq, struct resp *rs, struct err *e);
int post_webhook(struct req *rq, struct resp *rs, struct err *e);
int get_webhook(struct req *rq, struct resp *rs, struct err *e);
int put_webhook(struct req *rq, struct resp *rs, struct err *e);
int delete_webhook(struct req *rq, struct resp *rs, struct err *e);
int post_webhook_rotate(struct req *rq, struct resp *rs, struct err *e);
int post_webhook_test(struct req *rq, struct resp *rs, struct err *e);
int post_webhook_replay(struct req *rq, struct resp *rs, struct err *e);
int get_webhook_deliveries(struct req *rq, struct resp *rs, struct err *e);
int post_delivery_replay(struct req *rq, struct resp *rs, struct err *e);
int get_watch(struct req *rq, struct resp *rs, struct err *e);
int post_watch(struct req *rq, struct resp *rs, struct err *e);
int delete_watch(struct req *rq, struct resp *rs, struct err *e);
int post_watch_seen(struct req *rq, struct resp *rs, struct err *e);
/* h_about.c */
int get_openapi(struct req *rq, struct resp *rs, struct err *e);
int get_limits(struct req *rq, struct resp *rs, struct err *e);
int get_problem(struct req *rq, struct resp *rs, struct err *e);

/* h_trust.c */
int get_callouts(struct req *rq, struct resp *rs, struct err *e);
int get_callout(struct req *rq, struct resp *rs, struct err *e);
int post_callout(struct req *rq, struct resp *rs, struct err *e);
int post_callout_ask(struct req *rq, struct resp *rs, struct err *e);
int post_callout_answer(struct req *rq, struct resp *rs, struct err *e);
int post_callout_close(struct req *rq, struct resp *rs, struct err *e);
int post_callout_reject(struct req *rq, struct resp *rs, struct err *e);
int post_callout_say(struct req *rq, struct resp *rs, struct err *e);
int post_callout_dispute(struct req *rq, struct resp *rs, struct err *e);
int post_callout_settle(struct req *rq, struct resp *rs, struct err *e);
int post_callout_proposal(struct req *rq, struct resp *rs, struct err *e);
int get_service_levels(struct req *rq, struct resp *rs, struct err *e);
int get_confirmations(struct req *rq, struct resp *rs, struct err *e);
/* Notes the tick that the parameter notice=read is; ERR_NOTICE when it is needed and missing. */
int export_notice(struct req *rq, const char *what, struct err *e) MUST_USE;

/* Lists whose cursor is a number: from the parameter `cursor` (0 = none), and the links (next 0 = the end).
 */
int page_number(const struct req *rq, int64_t *ret, struct err *e) MUST_USE;
void page_number_links(struct resp *rs, const struct req *rq, int64_t next);
/* page.c: lists. A cursor is opaque to readers: hex of the name where the next page begins after. */
#define CURSOR_MAX 800
void page_cursor_make(const char *kind, const char *after, char buf[CURSOR_MAX]);
/* From the parameter `cursor`; *ret_got false when there is none. ERR_INVALID when it is none of ours. */
int page_cursor(const struct req *rq, const char *kind, char *buf, size_t size, bool *ret_got,
		struct err *e) MUST_USE;
/* The entry that a cursor of the kind "entry" names, NODE_NONE without a cursor. */
int page_cursor_node(const struct req *rq, const struct snapshot *s, uint32_t *ret, struct err *e) MUST_USE;
int page_limit(const struct req *rq, int64_t *ret, struct err *e) MUST_USE; /* parameter `limit` */
/* Ends the object of a list of the catalogue: next (empty = no more), revision, links. */
void page_list_end(const struct req *rq, struct resp *rs, int64_t revision, struct jw *w, const char *next);
/* Link headers (RFC 8288): first, and next when there is a cursor. Addresses are relative: no Host is
 * trusted. */
void resp_links(struct resp *rs, const struct req *rq, const char *next);
/* The value of "next" at the end of a list that a lower floor wrote: NULL at the end. Into buf. */
const char *page_next(const struct str *body, char *buf, size_t size);

#endif
