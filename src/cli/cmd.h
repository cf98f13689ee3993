/* SPDX-License-Identifier: Apache-2.0 */
/* The functions of the commands, one file per subject; rows: commands.c. */
#ifndef FIRPATH_CLI_CMD_H
#define FIRPATH_CLI_CMD_H

#include "cli/command.h"

/* cmd_path.c */
int cmd_path(struct call *c, struct err *e);
int cmd_check(struct call *c, struct err *e);
/* cmd_catalog.c */
int cmd_entry_list(struct call *c, struct err *e);
int cmd_entry_show(struct call *c, struct err *e);
int cmd_model_list(struct call *c, struct err *e);
int cmd_model_show(struct call *c, struct err *e);
int cmd_search(struct call *c, struct err *e);
int cmd_lint(struct call *c, struct err *e);
int cmd_export_cpl(struct call *c, struct err *e);
int cmd_export_statements(struct call *c, struct err *e);
int cmd_export_fir(struct call *c, struct err *e);
int cmd_export_audit(struct call *c, struct err *e);
/* cmd_import.c */
int cmd_import_cpl(struct call *c, struct err *e);
int cmd_import_statements(struct call *c, struct err *e);
int cmd_import_show(struct call *c, struct err *e);
int cmd_import_accept(struct call *c, struct err *e);
int cmd_import_reject(struct call *c, struct err *e);
int cmd_import_undo(struct call *c, struct err *e);
int cmd_import_reset(struct call *c, struct err *e);
/* cmd_feed.c */
extern const struct option_row import_cpl_options[];
int cmd_import_feed(struct call *c, struct err *e);
int cmd_validate(struct call *c, struct err *e);
/* cmd_fleet.c */
int cmd_device_import(struct call *c, struct err *e);
int cmd_device_list(struct call *c, struct err *e);
int cmd_device_give(struct call *c, struct err *e);
int cmd_device_show(struct call *c, struct err *e);
int cmd_site_list(struct call *c, struct err *e);
int cmd_site_show(struct call *c, struct err *e);
int cmd_image_add(struct call *c, struct err *e);
/* cmd_campaign.c */
int cmd_campaign_create(struct call *c, struct err *e);
int cmd_campaign_list(struct call *c, struct err *e);
int cmd_campaign_status(struct call *c, struct err *e);
int cmd_campaign_start(struct call *c, struct err *e);
int cmd_campaign_pause(struct call *c, struct err *e);
int cmd_campaign_resume(struct call *c, struct err *e);
int cmd_campaign_stop(struct call *c, struct err *e);
int cmd_campaign_watch(struct call *c, struct err *e);
int cmd_campaign_report(struct call *c, struct err *e);
/* cmd_people.c */
extern const struct option_row user_add_options[], user_change_options[], org_add_options[],
    token_new_options[], people_why_options[], people_list_options[];
int cmd_user_add(struct call *c, struct err *e);
int cmd_user_list(struct call *c, struct err *e);
int cmd_user_show(struct call *c, struct err *e);
int cmd_user_change(struct call *c, struct err *e);
int cmd_user_disable(struct call *c, struct err *e);
int cmd_user_password(struct call *c, struct err *e);
int cmd_org_add(struct call *c, struct err *e);
int cmd_org_list(struct call *c, struct err *e);
int cmd_token_new(struct call *c, struct err *e);
int cmd_token_list(struct call *c, struct err *e);
int cmd_token_revoke(struct call *c, struct err *e);
int cmd_whoami(struct call *c, struct err *e);
/* cmd_proof.c */
int cmd_key_new(struct call *c, struct err *e);
int cmd_key_public(struct call *c, struct err *e);
int cmd_receipt_show(struct call *c, struct err *e);
int cmd_receipt_verify(struct call *c, struct err *e);
int cmd_receipt_check(struct call *c, struct err *e);
int cmd_audit_verify(struct call *c, struct err *e);
int cmd_audit_head(struct call *c, struct err *e);
int cmd_diff(struct call *c, struct err *e);
int cmd_store_restored(struct call *c, struct err *e);
/* cmd_notify.c */
extern const struct option_row webhook_add_options[], webhook_change_options[], webhook_replay_options[],
    webhook_why_options[];
int cmd_webhook_add(struct call *c, struct err *e);
int cmd_webhook_list(struct call *c, struct err *e);
int cmd_webhook_show(struct call *c, struct err *e);
int cmd_webhook_change(struct call *c, struct err *e);
int cmd_webhook_test(struct call *c, struct err *e);
int cmd_webhook_replay(struct call *c, struct err *e);
int cmd_webhook_rotate(struct call *c, struct err *e);
int cmd_webhook_remove(struct call *c, struct err *e);
int cmd_watch_list(struct call *c, struct err *e);
int cmd_watch_add(struct call *c, struct err *e);
int cmd_watch_remove(struct call *c, struct err *e);
int cmd_watch_seen(struct call *c, struct err *e);
extern const struct option_row diff_options[], key_options[], audit_verify_options[], audit_head_options[];
/* cmd_manifest.c */
struct trust;
struct manifest_ask;
/* What --trust or --unsigned, and --profile say; one of the first two must be given. */
int manifest_ask_of(struct call *c, struct trust **ret_trust, struct manifest_ask *ret,
		    struct err *e) MUST_USE;
extern const struct option_row manifest_new_options[], manifest_sign_options[], manifest_verify_options[],
    manifest_key_options[], manifest_item_options[];
int cmd_manifest_new(struct call *c, struct err *e);
int cmd_manifest_sign(struct call *c, struct err *e);
int cmd_manifest_verify(struct call *c, struct err *e);
int cmd_manifest_key(struct call *c, struct err *e);
int cmd_manifest_canonical(struct call *c, struct err *e);
int cmd_manifest_hash(struct call *c, struct err *e);
/* cmd_package.c */
extern const struct option_row manifest_pack_options[], manifest_unpack_options[];
int cmd_manifest_pack(struct call *c, struct err *e);
int cmd_manifest_unpack(struct call *c, struct err *e);
/* cmd_edit.c */
extern const struct option_row propose_options[], review_options[], approve_options[], edit_why_options[],
    whatif_options[], block_options[], blocks_options[];
int cmd_propose(struct call *c, struct err *e);
int cmd_review(struct call *c, struct err *e);
int cmd_approve(struct call *c, struct err *e);
int cmd_return(struct call *c, struct err *e);
int cmd_reject(struct call *c, struct err *e);
int cmd_withdraw(struct call *c, struct err *e);
int cmd_whatif(struct call *c, struct err *e);
int cmd_block(struct call *c, struct err *e);
int cmd_blocks(struct call *c, struct err *e);
int cmd_ratify(struct call *c, struct err *e);
int cmd_unblock(struct call *c, struct err *e);
/* cmd_ssc.c */
extern const struct option_row ssc_list_options[], ssc_export_options[], ssc_set_options[], ssc_log_options[],
    ssc_why_options[], ssc_note_add_options[], ssc_note_list_options[];
int cmd_ssc_list(struct call *c, struct err *e);
int cmd_ssc_show(struct call *c, struct err *e);
int cmd_ssc_set(struct call *c, struct err *e);
int cmd_ssc_export(struct call *c, struct err *e);
int cmd_ssc_log(struct call *c, struct err *e);
int cmd_ssc_verify(struct call *c, struct err *e);
int cmd_ssc_note_add(struct call *c, struct err *e);
int cmd_ssc_note_list(struct call *c, struct err *e);
int cmd_ssc_note_drop(struct call *c, struct err *e);
/* cmd_rollout.c */
extern const struct option_row rollout_create_options[], rollout_status_options[], rollout_why_options[];
int cmd_rollout_create(struct call *c, struct err *e);
int cmd_rollout_list(struct call *c, struct err *e);
int cmd_rollout_status(struct call *c, struct err *e);
int cmd_rollout_pause(struct call *c, struct err *e);
int cmd_rollout_resume(struct call *c, struct err *e);
int cmd_rollout_stop(struct call *c, struct err *e);

/* cmd_cm.c, shell.c */
extern const struct option_row cm_options[], cm_watch_options[], cm_shell_options[], vehicle_add_options[],
    vehicle_list_options[];
int cmd_cm(struct call *c, struct err *e);
int cmd_cm_watch(struct call *c, struct err *e);
int cmd_cm_shell(struct call *c, struct err *e);
int cmd_vehicle_add(struct call *c, struct err *e);
int cmd_vehicle_list(struct call *c, struct err *e);
int cmd_vehicle_show(struct call *c, struct err *e);
/* cmd_release.c */
extern const struct option_row release_list_options[], release_parts_options[], release_why_options[],
    release_approve_options[], release_withdraw_options[], set_add_options[], set_list_options[],
    set_plan_options[];
int cmd_release_add(struct call *c, struct err *e);
int cmd_release_image(struct call *c, struct err *e);
int cmd_release_sbom(struct call *c, struct err *e);
int cmd_release_approve(struct call *c, struct err *e);
int cmd_release_publish(struct call *c, struct err *e);
int cmd_release_withdraw(struct call *c, struct err *e);
int cmd_release_list(struct call *c, struct err *e);
int cmd_release_parts(struct call *c, struct err *e);
int cmd_release_show(struct call *c, struct err *e);
int cmd_set_add(struct call *c, struct err *e);
int cmd_set_list(struct call *c, struct err *e);
int cmd_set_show(struct call *c, struct err *e);
int cmd_set_plan(struct call *c, struct err *e);
/* cmd_meter.c */
extern const struct option_row meter_why_options[], meter_owner_options[], meter_list_options[],
    meter_read_options[], meter_story_options[], han_rule_options[], han_rules_options[];
int cmd_meter_add(struct call *c, struct err *e);
int cmd_meter_list(struct call *c, struct err *e);
int cmd_meter_show(struct call *c, struct err *e);
int cmd_meter_story(struct call *c, struct err *e);
int cmd_meter_read(struct call *c, struct err *e);
int cmd_meter_cancel(struct call *c, struct err *e);
int cmd_meter_release(struct call *c, struct err *e);
int cmd_meter_lost(struct call *c, struct err *e);
int cmd_meter_remove(struct call *c, struct err *e);
int cmd_han_rule(struct call *c, struct err *e);
int cmd_han_rules(struct call *c, struct err *e);
int cmd_dcc_show(struct call *c, struct err *e);
int cmd_dcc_release(struct call *c, struct err *e);
/* cmd_report.c */
extern const struct option_row report_fleet_options[];
int cmd_report_fleet(struct call *c, struct err *e);
/* cmd_station.c */
extern const struct option_row station_add_options[], station_import_options[], station_list_options[],
    station_components_options[], station_story_options[], station_command_options[], station_why_options[],
    station_owner_options[], station_file_options[];
int cmd_station_add(struct call *c, struct err *e);
int cmd_station_import(struct call *c, struct err *e);
int cmd_station_list(struct call *c, struct err *e);
int cmd_station_show(struct call *c, struct err *e);
int cmd_station_components(struct call *c, struct err *e);
int cmd_station_story(struct call *c, struct err *e);
int cmd_station_command(struct call *c, struct err *e);
int cmd_station_chain(struct call *c, struct err *e);
int cmd_station_verify(struct call *c, struct err *e);
int cmd_station_export(struct call *c, struct err *e);
int cmd_station_remove(struct call *c, struct err *e);
int cmd_station_release(struct call *c, struct err *e);
/* cmd_ota.c */
extern const struct option_row ota_add_options[], ota_list_options[], ota_show_options[], ota_sign_options[],
    image_check_options[];
int cmd_ota_add(struct call *c, struct err *e);
int cmd_ota_list(struct call *c, struct err *e);
int cmd_ota_show(struct call *c, struct err *e);
int cmd_ota_sign(struct call *c, struct err *e);
int cmd_image_check(struct call *c, struct err *e);
/* cmd_duis.c */
extern const struct option_row duis_build_options[], duis_verify_options[];
int cmd_duis_build(struct call *c, struct err *e);
int cmd_duis_verify(struct call *c, struct err *e);
/* help.c */
int cmd_completion_bash(struct call *c, struct err *e);
/* cmd_trust.c */
int cmd_callout_new(struct call *c, struct err *e);
int cmd_callout_list(struct call *c, struct err *e);
int cmd_callout_show(struct call *c, struct err *e);
int cmd_callout_ask(struct call *c, struct err *e);
int cmd_callout_answer(struct call *c, struct err *e);
int cmd_callout_say(struct call *c, struct err *e);
int cmd_callout_close(struct call *c, struct err *e);
int cmd_callout_dispute(struct call *c, struct err *e);
int cmd_callout_settle(struct call *c, struct err *e);
int cmd_service_levels(struct call *c, struct err *e);

#endif
