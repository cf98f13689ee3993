# SPDX-License-Identifier: Apache-2.0
noinst_LIBRARIES += %D%/libcore.a
%C%_libcore_a_SOURCES = %D%/access.c %D%/access.h %D%/people.c %D%/people.h %D%/people_org.c %D%/people_pass.c %D%/people_util.h %D%/people_wish.c %D%/bulk.c %D%/bulk.h %D%/history.c %D%/history.h
# Telling others.
%C%_libcore_a_SOURCES += %D%/atom.c %D%/atom.h %D%/events.c %D%/events.h %D%/watch.c %D%/watch.h %D%/webhook.c %D%/webhook.h \
	%D%/webhook_p.h %D%/webhook_queue.c %D%/webhook_send.c
# The catalogue in memory, questions to it and their answers.
%C%_libcore_a_SOURCES += %D%/answer.c %D%/answer_bulk.c %D%/catalog.c %D%/catalog.h %D%/csv.c %D%/describe.c %D%/lint_report.c \
	%D%/lookup.c %D%/lookup.h %D%/proof.c %D%/proof.h %D%/receipt.c %D%/receipt.h %D%/rendered.c %D%/rendered.h %D%/search.c %D%/checklist.c %D%/checklist.h %D%/checklist_read.c %D%/twins.c %D%/twins.h
# What people keep by the pages.
%C%_libcore_a_SOURCES += %D%/saved_list.c %D%/saved_list.h
# Fleet, images and campaigns.
%C%_libcore_a_SOURCES += %D%/campaign.c %D%/campaign.h %D%/campaign_json.c %D%/campaign_plans.c %D%/campaign_plans.h %D%/campaign_spec.c %D%/campaign_spec.h %D%/campaign_waves.c %D%/campaign_waves.h %D%/area.c %D%/area.h %D%/station_plan.c %D%/fleet.c %D%/fleet.h %D%/fleet_json.c \
	%D%/list_read.c %D%/list_read.h %D%/fleet_util.h %D%/images.c %D%/images.h %D%/owner.c %D%/plan.c %D%/plan.h
# Reports.
%C%_libcore_a_SOURCES += %D%/fleet_report.c %D%/fleet_report.h %D%/fleet_report_json.c
# Vehicle Configurations.
%C%_libcore_a_SOURCES += %D%/vc.c %D%/vc.h %D%/vc_keep.c %D%/vc_p.h %D%/vc_put.c %D%/vc_verify.c
# Imports and exports.
%C%_libcore_a_SOURCES += %D%/export.c %D%/export.h %D%/export_audit.c %D%/export_json.c %D%/export_statements.c %D%/feed_status.c %D%/feed_status.h %D%/import.h %D%/import_cpl.c %D%/import_held.c %D%/import_needed.c %D%/needs.c %D%/needs.h %D%/import_plan.c \
	%D%/import_plan.h %D%/import_report.c %D%/import_report.h %D%/import_review.c %D%/import_review.h %D%/import_stage.c %D%/import_stage.h \
	%D%/import_statements.c %D%/import_story.c %D%/statement_rows.c %D%/statement_rows.h %D%/validate.c \
	%D%/validate.h
# Edits by people.
%C%_libcore_a_SOURCES += %D%/block.c %D%/impact.c %D%/impact.h %D%/impact_devices.c %D%/impact_devices.h %D%/proposal.c %D%/proposal.h %D%/proposal_content.c \
	%D%/proposal_content.h %D%/proposal_dossier.c %D%/proposal_graph.c %D%/proposal_json.c %D%/proposal_publish.c %D%/proposal_row.h \
	%D%/rule_text.c %D%/rule_text.h %D%/statement_change.c %D%/statement_change.h %D%/statement_json.c
# Trust: excerpts, contacts, disputes, freshness, call-outs, service levels.
%C%_libcore_a_SOURCES += %D%/dossier.c %D%/dossier.h %D%/dossier_item.c %D%/setting.c %D%/setting.h %D%/notice.c %D%/notice.h \
	%D%/callout.c %D%/callout.h %D%/callout_json.c %D%/callout_propose.c %D%/callout_row.h %D%/service_level.c %D%/service_level.h
# The register of the SSC.
%C%_libcore_a_SOURCES += %D%/restricted.c %D%/restricted.h %D%/rows_json.c %D%/rows_json.h
%C%_libcore_a_SOURCES += %D%/diff.c %D%/diff.h
# Signing in elsewhere.
%C%_libcore_a_SOURCES += %D%/oidc.c %D%/oidc.h %D%/oidc_token.c
# Vehicles.
%C%_libcore_a_SOURCES += %D%/cm.c %D%/cm.h %D%/cm_activate.c %D%/cm_command.c %D%/cm_help.h %D%/cm_json.c %D%/cm_log.c %D%/cm_row.c %D%/cm_row.h %D%/cm_serve.c
# Vehicles along routes.
%C%_libcore_a_SOURCES += %D%/rollout.c %D%/rollout.h %D%/rollout_row.h %D%/rollout_turn.c
# Charging stations.
%C%_libcore_a_SOURCES += %D%/station.c %D%/station.h %D%/station_p.h %D%/station_item.c %D%/station_chain.c %D%/station_parts.c \
	%D%/station_json.c %D%/station_story.c %D%/station_wish.c
# Meters.
%C%_libcore_a_SOURCES += %D%/meter.c %D%/meter.h %D%/meter_p.h %D%/meter_put.c %D%/meter_gate.c %D%/meter_learn.c %D%/meter_json.c %D%/meter_wish.c \
	%D%/han_rule.c %D%/dcc_show.c
# Releases of chargers.
%C%_libcore_a_SOURCES += %D%/release.c %D%/release.h %D%/release_doc.c %D%/release_doc.h %D%/release_json.c %D%/release_plan.c %D%/release_publish.c %D%/release_row.h \
	%D%/release_sbom.c %D%/release_sbom.h %D%/release_set.c %D%/release_set.h %D%/release_url.c %D%/release_url.h \
	%D%/release_use.c %D%/station_log.c %D%/station_log.h %D%/station_plan.h
# Images of meters.
%C%_libcore_a_SOURCES += %D%/ota.c %D%/ota.h %D%/ota_json.c %D%/ota_p.h %D%/ota_send.c
