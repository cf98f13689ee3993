/* SPDX-License-Identifier: Apache-2.0 */
/* Policy on one screen. doc/openapi.json says the same to people; tests/api/test_http_openapi.py compares. */
#include "core/callout.h"
#include "core/campaign.h"
#include "core/fleet.h"
#include "core/import.h"
#include "core/meter.h"
#include "core/proposal.h"
#include "core/release.h"
#include "core/rollout.h"
#include "core/station.h"
#include "core/station_log.h"
#include "core/webhook.h"
#include "http/handlers.h"
#include "orch/bbum_door.h"
#include "wire/duis.h"

#define CSV_NDJSON "text/csv application/x-ndjson"
#define FEEDS                                                                                                \
	"text/csv application/x-ndjson application/octet-stream "                                            \
	"application/vnd.ms-excel.sheet.macroenabled.12 "                                                    \
	"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
#define JSON "application/json"
#define STATE (ROUTE_NO_ETAG)
#define NOTE_MAX (8 * KIB) /* a webhook, a line of a watch list */
#define ROLES_ANSWER (ROLES_SECAS | ROLE_MANUFACTURER)

/* clang-format off */
const struct route http_routes[] = {
	/* method, address, roles, flags, query, content types, body limit, handler */
	{ "GET",  "/v1/path",                   ROLE_PUBLIC,   ROUTE_HOT, "from to at prefer allow_removed receipt", "", 0, get_path },
	{ "GET",  "/v1/path/check",             ROLE_PUBLIC,   0, "from to at prefer allow_removed receipt", "", 0, get_path_check },
	{ "POST", "/v1/path/bulk",              ROLE_PUBLIC,   ROUTE_STREAM, "at prefer allow_removed", CSV_NDJSON, BULK_BODY_MAX, post_path_bulk },

	{ "GET",  "/v1/entries",                ROLE_PUBLIC,   0, "q manufacturer model hardware version hash device_type status at limit cursor", "", 0, get_entries },
	{ "GET",  "/v1/entries/{}",             ROLE_PUBLIC,   0, "at", "", 0, get_entry },
	{ "GET",  "/v1/entries/{}/history",     ROLE_PUBLIC,   0, "at", "", 0, get_entry_history },
	{ "GET",  "/v1/models",                 ROLE_PUBLIC,   0, "manufacturer model hardware at limit cursor", "", 0, get_models },
	{ "GET",  "/v1/models/{}",              ROLE_PUBLIC,   0, "at", "", 0, get_model },
	{ "GET",  "/v1/models/{}/graph",        ROLE_PUBLIC,   0, "at", "", 0, get_model_graph },
	{ "GET",  "/v1/models/{}/graph.svg",    ROLE_PUBLIC,   0, "around at", "", 0, get_model_svg },
	{ "GET",  "/v1/graph",                  ROLE_PUBLIC,   0, "model at channel arch version id", "", 0, get_graph },
	{ "GET",  "/v1/lint",                   ROLE_PUBLIC,   0, "at", "", 0, get_lint },

	{ "GET",  "/v1/changes",                ROLE_PUBLIC,   0, "since order at limit cursor", "", 0, get_changes },
	{ "GET",  "/v1/diff",                   ROLE_PUBLIC,   0, "at to", "", 0, get_diff },
	{ "GET",  "/v1/export/cpl",             ROLE_PUBLIC,   0, "at notice format", "", 0, get_export_cpl },
	{ "GET",  "/v1/export/statements",      ROLE_PUBLIC,   0, "at notice format", "", 0, get_export_statements },
	{ "GET",  "/v1/export/fir",             ROLE_PUBLIC,   0, "at notice format", "", 0, get_export_fir },
	{ "GET",  "/v1/export/audit",           ROLE_OPERATOR | ROLE_AUDITOR, STATE, "", "", 0, get_export_audit },
	{ "GET",  "/v1/audit",                  ROLE_PUBLIC,   0, "who action subject revision order limit cursor", "", 0, get_audit },
	{ "GET",  "/v1/audit/head",             ROLE_PUBLIC,   STATE, "seq", "", 0, get_audit_head },
	{ "GET",  "/v1/audit/verify",           ROLES_AUDIT,   STATE, "", "", 0, get_audit_verify },
	{ "GET",  "/v1/keys",                   ROLE_PUBLIC,   0, "", "", 0, get_keys },

	{ "GET",  "/v1/imports",                ROLE_PUBLIC,   0, "limit cursor", "", 0, get_imports },
	{ "POST", "/v1/imports",                ROLES_SECAS,   ROUTE_ONCE, "feed dry_run accept file_name why", FEEDS, IMPORT_FILE_MAX, post_import },
	{ "GET",  "/v1/imports/{}",             ROLE_PUBLIC,   0, "", "", 0, get_import },
	{ "GET",  "/v1/feeds",                  ROLE_PUBLIC,   STATE, "", "", 0, get_feeds },
	{ "POST", "/v1/imports/fetch",          ROLES_SECAS,   0, "why", "", 0, post_import_fetch },
	{ "POST", "/v1/imports/reset-serial",   ROLES_SECAS,   0, "hash why", "", 0, post_import_reset },
	{ "POST", "/v1/imports/{}/accept",      ROLES_SECAS,   0, "hash why", "", 0, post_import_accept },
	{ "POST", "/v1/imports/{}/reject",      ROLES_SECAS,   0, "why", "", 0, post_import_reject },
	{ "POST", "/v1/imports/{}/undo",        ROLES_SECAS,   0, "hash why", "", 0, post_import_undo },

	{ "GET",  "/v1/restricted/entries",     ROLE_SSC,      STATE, "q band why limit cursor", "", 0, get_restricted_entries },
	{ "GET",  "/v1/restricted/export",      ROLE_SSC,      STATE, "q band why", "", 0, get_restricted_export },
	{ "GET",  "/v1/restricted/entries/{}",  ROLE_SSC | ROLE_MANUFACTURER, 0, "why", "", 0, get_restricted_entry },
	{ "PUT",  "/v1/restricted/entries/{}",  ROLE_SSC | ROLE_MANUFACTURER, ROUTE_MATCH, "why", JSON, 16 * KIB, put_restricted_entry },
	{ "POST", "/v1/restricted/entries/{}/notes", ROLE_SSC | ROLE_MANUFACTURER, 0, "why", JSON, 16 * KIB, post_restricted_note },
	{ "GET",  "/v1/restricted/notes",       ROLE_SSC | ROLE_APPROVER, STATE, "entry why limit cursor", "", 0, get_restricted_notes },
	{ "DELETE", "/v1/restricted/notes/{}",  ROLE_SSC,      0, "why", "", 0, delete_restricted_note },
	{ "GET",  "/v1/restricted/log",         ROLE_SSC,      STATE, "mine limit cursor", "", 0, get_restricted_log },
	{ "GET",  "/v1/restricted/verify",      ROLE_SSC,      STATE, "", "", 0, get_restricted_verify },
	{ "GET",  "/v1/entries/{}/notes",       ROLE_PUBLIC,   0, "", "", 0, get_entry_notes },

	{ "GET",  "/v1/devices",                ROLES_FLEET_READ, 0, "q prefix site model entry life adapter org limit cursor", "", 0, get_devices },
	{ "POST", "/v1/devices",                ROLES_FLEET, ROUTE_ONCE, "why org", CSV_NDJSON, DEVICE_IMPORT_MAX, post_devices },
	{ "GET",  "/v1/devices/{}",             ROLES_FLEET_READ, 0, "org", "", 0, get_device },
	{ "POST", "/v1/devices/{}/give",        ROLE_OPERATOR, 0, "why org", JSON, 4096, post_device_give },
	{ "GET",  "/v1/sites",                  ROLES_FLEET_READ, 0, "org limit cursor", "", 0, get_sites },
	{ "GET",  "/v1/sites/{}",               ROLES_FLEET_READ, 0, "org", "", 0, get_site },
	{ "GET",  "/v1/rollouts",               ROLES_FLEET_READ, 0, "org limit cursor", "", 0, get_rollouts },
	{ "POST", "/v1/rollouts",               ROLES_FLEET, ROUTE_ONCE, "why org", JSON, ROLLOUT_BODY_MAX, post_rollout },
	{ "GET",  "/v1/rollouts/{}",            ROLES_FLEET_READ, 0, "", "", 0, get_rollout },
	{ "GET",  "/v1/rollouts/{}/vehicles",   ROLES_FLEET_READ, 0, "phase limit cursor", "", 0, get_rollout_vehicles },
	{ "POST", "/v1/rollouts/{}/pause",      ROLES_FLEET, 0, "why", "", 0, post_rollout_pause },
	{ "POST", "/v1/rollouts/{}/resume",     ROLES_FLEET, 0, "why", "", 0, post_rollout_resume },
	{ "POST", "/v1/rollouts/{}/stop",       ROLES_FLEET, 0, "why", "", 0, post_rollout_stop },
	{ "PUT",  "/v1/images/{}",              ROLES_FLEET, ROUTE_STREAM, "why", "application/octet-stream", IMAGE_BODY_MAX, put_image },
	{ "GET",  "/v1/images/{}",              ROLES_FLEET_READ, 0, "", "", 0, get_image },
	{ "GET",  "/v1/ota",                    ROLES_FLEET_READ, 0, "limit cursor", "", 0, get_otas },
	{ "POST", "/v1/ota",                    ROLES_FLEET, 0, "why", "application/octet-stream", OTA_BODY_MAX, post_ota },
	{ "GET",  "/v1/ota/{}",                 ROLES_FLEET_READ, 0, "", "", 0, get_ota },
	{ "POST", "/v1/ota/{}/sign",            ROLES_FLEET, 0, "user why", "", 0, post_ota_sign },

	{ "GET",  "/v1/campaigns",              ROLES_FLEET_READ, 0, "state org limit cursor", "", 0, get_campaigns },
	{ "POST", "/v1/campaigns",              ROLES_FLEET, ROUTE_ONCE, "why org", JSON, CAMPAIGN_BODY_MAX, post_campaign },
	{ "GET",  "/v1/campaigns/{}",           ROLES_FLEET_READ, 0, "", "", 0, get_campaign },
	{ "GET",  "/v1/campaigns/{}/cycles",    ROLES_FLEET_READ, 0, "phase limit cursor", "", 0, get_campaign_cycles },
	{ "GET",  "/v1/campaigns/{}/progress",  ROLES_FLEET_READ, 0, "", "", 0, get_campaign_progress },
	{ "GET",  "/v1/campaigns/{}/report",    ROLES_FLEET_READ, STATE, "phase", "", 0, get_campaign_report },
	{ "GET",  "/v1/campaigns/{}/events",    ROLES_FLEET_READ, ROUTE_STREAM | STATE, "after wait", "", 0, get_campaign_events },
	{ "POST", "/v1/campaigns/{}/start",     ROLES_FLEET, 0, "why", "", 0, post_campaign_start },
	{ "POST", "/v1/campaigns/{}/pause",     ROLES_FLEET, 0, "why", "", 0, post_campaign_pause },
	{ "POST", "/v1/campaigns/{}/resume",    ROLES_FLEET, 0, "why", "", 0, post_campaign_resume },
	{ "POST", "/v1/campaigns/{}/stop",      ROLES_FLEET, 0, "why", "", 0, post_campaign_stop },

	{ "GET",  "/v1/vehicles",               ROLES_FLEET_READ, STATE, "org limit cursor", "", 0, get_vehicles },
	{ "POST", "/v1/vehicles",               ROLES_FLEET, ROUTE_ONCE, "why org", JSON, VEHICLE_BODY_MAX, post_vehicle },
	{ "GET",  "/v1/vehicles/{}",            ROLES_FLEET_READ, STATE, "org", "", 0, get_vehicle },
	{ "GET",  "/v1/vehicles/{}/tree",       ROLES_FLEET_READ, STATE, "org", "", 0, get_vehicle_tree },
	{ "POST", "/v1/vehicles/{}/commands",   ROLES_FLEET, ROUTE_ONCE, "org", JSON, VEHICLE_BODY_MAX, post_vehicle_command },
	{ "GET",  "/v1/vehicles/{}/log",        ROLES_FLEET_READ, ROUTE_STREAM | STATE, "level bb event since last org", "", 0, get_vehicle_log },
	{ "GET",  "/v1/meters",                 ROLES_FLEET_READ, STATE, "q type status hub entry authority quarantine org limit cursor", "", 0, get_meters },
	{ "POST", "/v1/meters",                 ROLES_FLEET, ROUTE_ONCE, "why org", CSV_NDJSON, METER_IMPORT_MAX, post_meters },
	{ "GET",  "/v1/meters/{}",              ROLES_FLEET_READ, STATE, "org", "", 0, get_meter },
	{ "DELETE", "/v1/meters/{}",            ROLES_FLEET, 0, "why org", "", 0, delete_meter },
	{ "POST", "/v1/meters/{}/commands",     ROLES_FLEET, ROUTE_ONCE, "org", JSON, 4096, post_meter_command },
	{ "GET",  "/v1/meters/{}/story",        ROLES_FLEET_READ, STATE, "job org limit cursor", "", 0, get_meter_story },
	{ "GET",  "/v1/han-rules",              ROLES_FLEET_READ | ROLES_SECAS, STATE, "limit cursor", "", 0, get_han_rules },
	{ "PUT",  "/v1/han-rules/{}",           ROLE_OPERATOR | ROLES_SECAS, 0, "why", JSON, 8192, put_han_rule },
	{ "DELETE", "/v1/han-rules/{}",         ROLE_OPERATOR | ROLES_SECAS, 0, "why", "", 0, delete_han_rule },
	{ "GET",  "/v1/dcc",                    ROLES_FLEET_READ, STATE, "org", "", 0, get_dcc },
	{ "POST", "/v1/dcc/users/{}/release",   ROLES_FLEET, 0, "why org", "", 0, post_dcc_release },
	{ "GET",  "/v1/stations",               ROLES_FLEET_READ, STATE, "q area model connected quarantine org limit cursor", "", 0, get_stations },
	{ "POST", "/v1/stations",               ROLES_FLEET, 0, "why org", JSON " application/x-ndjson", STATION_IMPORT_MAX, post_stations },
	{ "GET",  "/v1/stations/{}",            ROLES_FLEET_READ, STATE, "org", "", 0, get_station },
	{ "DELETE", "/v1/stations/{}",          ROLES_FLEET, 0, "why org", "", 0, delete_station },
	{ "POST", "/v1/stations/{}/commands",   ROLES_FLEET, ROUTE_ONCE, "org", JSON, VEHICLE_BODY_MAX, post_station_command },
	{ "GET",  "/v1/stations/{}/components", ROLES_FLEET_READ, STATE, "name legal_status classification role version history org limit cursor", "", 0, get_station_components },
	{ "GET",  "/v1/stations/{}/story",      ROLES_FLEET_READ, ROUTE_STREAM | STATE, "job since last org", "", 0, get_station_story },
	{ "GET",  "/v1/stations/{}/chain",      ROLES_FLEET_READ, STATE, "org", "", 0, get_station_chain },
	{ "GET",  "/v1/export/stations",        ROLES_FLEET_READ, STATE, "org", "", 0, get_export_stations },
	{ "GET",  "/v1/reports/fleet",          ROLES_FLEET_READ, STATE, "group adapter class days format org", "", 0, get_fleet_report },
	{ "GET",  "/v1/areas",                  ROLES_FLEET_READ, STATE, "org limit cursor", "", 0, get_areas },
	{ "GET",  "/v1/areas/{}",               ROLES_FLEET_READ, STATE, "org", "", 0, get_area },
	{ "PUT",  "/v1/areas/{}",               ROLES_FLEET, 0, "why org", JSON, 4096, put_area },
	{ "GET",  "/v1/vcs",                    ROLES_FLEET_READ, STATE, "gone", "", 0, get_vcs },
	{ "POST", "/v1/vcs",                    ROLES_FLEET, ROUTE_STREAM, "name why", "application/gzip", VC_BODY_MAX, post_vc },
	{ "GET",  "/v1/vcs/{}",                 ROLES_FLEET_READ, STATE, "", "", 0, get_vc },
	{ "POST", "/v1/vcs/{}/verify",          ROLES_FLEET, STATE, "why", "", 0, post_vc_verify },

	{ "GET",  "/v1/releases",               ROLES_PEOPLE,  STATE, "vendor model component state part part_version limit cursor", "", 0, get_releases },
	{ "POST", "/v1/releases",               RELEASE_MAKERS, ROUTE_ONCE, "why", JSON, RELEASE_DOCUMENT_MAX, post_release },
	{ "GET",  "/v1/releases/{}",            ROLES_PEOPLE,  STATE, "", "", 0, get_release },
	{ "PUT",  "/v1/releases/{}/image",      RELEASE_MAKERS, ROUTE_STREAM, "why", "application/octet-stream", RELEASE_BODY_MAX, put_release_image },
	{ "PUT",  "/v1/releases/{}/sbom",       RELEASE_MAKERS, 0, "why", JSON " application/vnd.cyclonedx+json application/spdx+json", RELEASE_SBOM_MAX, put_release_sbom },
	{ "GET",  "/v1/releases/{}/sbom",       ROLES_PEOPLE,  STATE, "", "", 0, get_release_sbom },
	{ "GET",  "/v1/releases/{}/parts",      ROLES_PEOPLE,  STATE, "", "", 0, get_release_parts },
	{ "POST", "/v1/releases/{}/approve",    ROLE_APPROVER, 0, "why", JSON, DECISION_BODY_MAX, post_release_approve },
	{ "POST", "/v1/releases/{}/publish",    RELEASE_PUBLISHERS, 0, "why", "", 0, post_release_publish },
	{ "POST", "/v1/releases/{}/withdraw",   RELEASE_MAKERS, 0, "why", JSON, DECISION_BODY_MAX, post_release_withdraw },

	{ "GET",  "/v1/sets",                   ROLES_PEOPLE,  STATE, "limit cursor", "", 0, get_sets },
	{ "POST", "/v1/sets",                   SET_MAKERS, ROUTE_ONCE, "why", JSON, DECISION_BODY_MAX, post_set },
	{ "GET",  "/v1/sets/{}",                ROLES_PEOPLE,  STATE, "", "", 0, get_set },
	{ "POST", "/v1/sets/{}/plan",           ROLES_PEOPLE,  STATE, "", JSON, DECISION_BODY_MAX, post_set_plan },

	{ "GET",  "/v1/me",                     ROLE_PUBLIC,   STATE, "", "", 0, get_me },
	{ "GET",  "/v1/users",                  ROLES_PEOPLE,  STATE, "limit cursor", "", 0, get_users },
	{ "POST", "/v1/users",                  ROLE_OPERATOR, 0, "why", JSON, PEOPLE_BODY_MAX, post_user },
	{ "GET",  "/v1/users/{}",               ROLES_PEOPLE,  0, "", "", 0, get_user },
	{ "PUT",  "/v1/users/{}",               ROLE_OPERATOR, ROUTE_MATCH, "why", JSON, PEOPLE_BODY_MAX, put_user_one },
	{ "GET",  "/v1/organisations",          ROLES_PEOPLE,  STATE, "limit cursor", "", 0, get_orgs },
	{ "POST", "/v1/organisations",          ROLE_OPERATOR, ROUTE_ONCE, "why", JSON, PEOPLE_BODY_MAX, post_org },
	{ "GET",  "/v1/organisations/{}",       ROLES_PEOPLE,  0, "", "", 0, get_org },
	{ "PUT",  "/v1/organisations/{}",       ROLE_OPERATOR, ROUTE_MATCH, "why", JSON, PEOPLE_BODY_MAX, put_org_one },
	{ "GET",  "/v1/tokens",                 ROLES_PEOPLE,  STATE, "limit cursor", "", 0, get_tokens },
	{ "POST", "/v1/tokens",                 ROLES_PEOPLE,  0, "why", JSON, PEOPLE_BODY_MAX, post_token },
	{ "DELETE", "/v1/tokens/{}",            ROLES_PEOPLE,  0, "why", "", 0, delete_token },

	{ "GET",  "/v1/changes.atom",           ROLE_PUBLIC,   0, "model", "", 0, get_changes_atom },
	{ "GET",  "/v1/events",                 ROLE_PUBLIC,   0, "", "", 0, get_events },
	{ "GET",  "/v1/webhooks",               ROLES_PEOPLE,  STATE, "", "", 0, get_webhooks },
	{ "POST", "/v1/webhooks",               ROLES_HOOKS,   0, "why", JSON, NOTE_MAX, post_webhook },
	{ "GET",  "/v1/webhooks/{}",            ROLES_PEOPLE,  0, "", "", 0, get_webhook },
	{ "PUT",  "/v1/webhooks/{}",            ROLES_HOOKS,   ROUTE_MATCH, "why", JSON, NOTE_MAX, put_webhook },
	{ "DELETE", "/v1/webhooks/{}",          ROLES_HOOKS,   0, "why", "", 0, delete_webhook },
	{ "POST", "/v1/webhooks/{}/rotate",     ROLES_HOOKS,   0, "why", "", 0, post_webhook_rotate },
	{ "POST", "/v1/webhooks/{}/test",       ROLES_HOOKS,   0, "why", "", 0, post_webhook_test },
	{ "POST", "/v1/webhooks/{}/replay",     ROLES_HOOKS,   0, "why", JSON, NOTE_MAX, post_webhook_replay },
	{ "GET",  "/v1/webhooks/{}/deliveries", ROLES_PEOPLE,  STATE, "state limit cursor", "", 0, get_webhook_deliveries },
	{ "POST", "/v1/webhooks/{}/deliveries/{}/replay", ROLES_HOOKS, 0, "why", "", 0, post_delivery_replay },
	{ "GET",  "/v1/watch",                  ROLES_PEOPLE,  STATE, "", "", 0, get_watch },
	{ "POST", "/v1/watch",                  ROLES_PEOPLE,  0, "", JSON, NOTE_MAX, post_watch },
	{ "POST", "/v1/watch/seen",             ROLES_PEOPLE,  0, "", JSON, NOTE_MAX, post_watch_seen },
	{ "DELETE", "/v1/watch/{}",             ROLES_PEOPLE,  0, "", "", 0, delete_watch },

	{ "GET",  "/v1/callouts",               ROLE_PUBLIC,   0, "state entry mine todo limit cursor", "", 0, get_callouts },
	{ "POST", "/v1/callouts",               ROLES_PEOPLE,  ROUTE_ONCE, "", JSON, CALLOUT_BODY_MAX, post_callout },
	{ "GET",  "/v1/callouts/{}",            ROLE_PUBLIC,   0, "", "", 0, get_callout },
	{ "POST", "/v1/callouts/{}/ask",        ROLES_SECAS,   ROUTE_ONCE, "", JSON, CALLOUT_BODY_MAX, post_callout_ask },
	{ "POST", "/v1/callouts/{}/answer",     ROLES_ANSWER,  ROUTE_ONCE, "", JSON, CALLOUT_BODY_MAX, post_callout_answer },
	{ "POST", "/v1/callouts/{}/close",      ROLES_PEOPLE,  ROUTE_ONCE, "", JSON, CALLOUT_BODY_MAX, post_callout_close },
	{ "POST", "/v1/callouts/{}/reject",     ROLES_SECAS,   ROUTE_ONCE, "", JSON, CALLOUT_BODY_MAX, post_callout_reject },
	{ "POST", "/v1/callouts/{}/say",        ROLES_PEOPLE,  ROUTE_ONCE, "", JSON, CALLOUT_BODY_MAX, post_callout_say },
	{ "POST", "/v1/callouts/{}/dispute",    ROLES_SECAS,   ROUTE_ONCE, "", JSON, CALLOUT_BODY_MAX, post_callout_dispute },
	{ "POST", "/v1/callouts/{}/settle",     ROLES_SECAS,   ROUTE_ONCE, "", JSON, CALLOUT_BODY_MAX, post_callout_settle },
	{ "POST", "/v1/callouts/{}/proposal",   ROLES_ANSWER,  ROUTE_ONCE, "", "", 0, post_callout_proposal },
	{ "GET",  "/v1/service-levels",         ROLE_PUBLIC,   STATE, "", "", 0, get_service_levels },
	{ "GET",  "/v1/confirmations",          ROLE_PUBLIC,   0, "state mine at limit cursor", "", 0, get_confirmations },
	{ "GET",  "/v1/proposals",              ROLES_PEOPLE,  STATE, "state mine limit cursor", "", 0, get_proposals },
	{ "POST", "/v1/proposals",              ROLES_PROPOSE, ROUTE_ONCE, "", JSON, PROPOSAL_BODY_MAX, post_proposal },
	{ "GET",  "/v1/proposals/{}",           ROLES_PEOPLE,  0, "", "", 0, get_proposal },
	{ "PUT",  "/v1/proposals/{}",           ROLES_PROPOSE, ROUTE_MATCH, "", JSON, PROPOSAL_BODY_MAX, put_proposal },
	{ "GET",  "/v1/proposals/{}/impact",    ROLES_PEOPLE,  STATE, "", "", 0, get_proposal_impact },
	{ "POST", "/v1/proposals/{}/approve",   ROLE_APPROVER, ROUTE_ONCE | ROUTE_MATCH, "", JSON, DECISION_BODY_MAX, post_proposal_approve },
	{ "POST", "/v1/proposals/{}/return",    ROLE_APPROVER | ROLE_SSC, ROUTE_ONCE | ROUTE_MATCH, "", JSON, DECISION_BODY_MAX, post_proposal_return },
	{ "POST", "/v1/proposals/{}/reject",    ROLE_APPROVER | ROLE_SSC, ROUTE_ONCE | ROUTE_MATCH, "", JSON, DECISION_BODY_MAX, post_proposal_reject },
	{ "POST", "/v1/proposals/{}/withdraw",  ROLES_PROPOSE, ROUTE_ONCE | ROUTE_MATCH, "", JSON, DECISION_BODY_MAX, post_proposal_withdraw },
	{ "POST", "/v1/whatif",                 ROLES_PEOPLE,  STATE, "", JSON " " CSV_NDJSON, PROPOSAL_BODY_MAX, post_whatif },
	{ "POST", "/v1/whatif/rule",            ROLES_PEOPLE,  STATE, "", JSON, DECISION_BODY_MAX, post_whatif_rule },
	{ "GET",  "/v1/blocks",                 ROLES_SECAS | ROLE_SSC | ROLE_OPERATOR | ROLE_AUDITOR, STATE, "state limit cursor", "", 0, get_blocks },
	{ "POST", "/v1/blocks",                 ROLES_SECAS | ROLE_SSC, ROUTE_ONCE, "", JSON, DECISION_BODY_MAX, post_block },
	{ "GET",  "/v1/blocks/{}",              ROLES_SECAS | ROLE_SSC | ROLE_OPERATOR | ROLE_AUDITOR, STATE, "", "", 0, get_block },
	{ "POST", "/v1/blocks/{}/ratify",       ROLE_APPROVER | ROLE_SSC, ROUTE_ONCE, "", JSON, DECISION_BODY_MAX, post_block_ratify },
	{ "POST", "/v1/blocks/{}/lift",         ROLES_SECAS | ROLE_SSC, ROUTE_ONCE, "", JSON, DECISION_BODY_MAX, post_block_lift },

	{ "POST", "/bbum/v1/poll",              ROLE_DEVICE,   0, "", BBUM_MEDIA, BBUM_BODY_MAX, post_bbum_poll },
	{ "GET",  "/bbum/v1/manifest",          ROLE_DEVICE,   0, "device", "", 0, get_bbum_manifest },
	{ "GET",  "/bbum/v1/images/{}",         ROLE_DEVICE,   0, "", "", 0, get_bbum_image },
	{ "GET",  "/bbum/v1/packages/{}",       ROLE_DEVICE,   0, "device", "", 0, get_bbum_package },

	/* From the addresses of dcc_from; the signature of the DCC is the permission. */
	{ "POST", "/dcc/v1/messages",           ROLE_PUBLIC,   ROUTE_STREAM | STATE, "", "application/xml text/xml", DUIS_MAX, post_dcc_message },

	/* The address is the permission (core/release_url.h). */
	{ "GET",  "/ocpp/firmware/{}/{}/{}",    ROLE_PUBLIC,   0, "", "", 0, get_ocpp_firmware },
	{ "PUT",  "/ocpp/logs/{}/{}/{}",        ROLE_PUBLIC,   0, "", "*/*", STATION_LOG_MAX, put_ocpp_log },
	{ "POST", "/ocpp/logs/{}/{}/{}",        ROLE_PUBLIC,   0, "", "*/*", STATION_LOG_MAX, put_ocpp_log },
	{ "GET",  "/ocpp/logs/{}",              ROLES_FLEET_READ, 0, "", "", 0, get_ocpp_log },

	{ "GET",  "/v1/limits",                 ROLE_PUBLIC,   0, "", "", 0, get_limits },
	{ "GET",  "/v1/openapi.json",           ROLE_PUBLIC,   0, "", "", 0, get_openapi },
	{ "GET",  "/problems/{}",               ROLE_PUBLIC,   0, "", "", 0, get_problem },
	{ .method = NULL },
};
/* clang-format on */
