/* SPDX-License-Identifier: Apache-2.0 */
/* All commands on one screen or two: how each is called and what it is for. */
#include "cli/cmd.h"

#define AT                                                                                                   \
	{                                                                                                    \
		"at", 0, "TIME", "the catalogue as it was then: 2026-11-20 or 2026-11-20T09:00:00Z"          \
	}
#define ORG                                                                                                  \
	{                                                                                                    \
		"org", 0, "NAME", "whose: an organisation, or - for what belongs to none"                    \
	}
#define ASK                                                                                                  \
	{ "from", 0, "ID", "what the device runs: Entry ID, or MMMM:TTTTVVRR:FFFFFFFF" },                    \
	    { "to", 0, "ID", "where it shall go: the same, or latest" }, AT,                                 \
	    { "prefer", 0, "WHAT", "hops (default), time, bytes or restarts" },                              \
	{                                                                                                    \
		"allow-removed", 0, "hop", "Removed entries may be passed through"                           \
	}

/* clang-format off */
static const struct option_row path_options[] = {
	ASK,
	{ "receipt", 0, "FILE", "also get a signed receipt of the answer, into this file" },
	{ "key", 0, "KEY", "with --receipt and --db: the key file to sign with" },
	{ "bulk", 0, "FILE", "many questions: CSV device,from,to or NDJSON; - is standard input" },
	END_OF_OPTIONS,
};
static const struct option_row check_options[] = {
	ASK,
	{ "receipt", 0, "FILE", "also get a signed receipt of the answer, into this file" },
	{ "key", 0, "KEY", "with --receipt and --db: the key file to sign with" },
	END_OF_OPTIONS,
};
static const struct option_row at_options[] = { AT, END_OF_OPTIONS };
static const struct option_row search_options[] = { AT, LIMIT, END_OF_OPTIONS };
static const struct option_row limit_options[] = { LIMIT, END_OF_OPTIONS };
static const struct option_row why_options[] = { WHY, END_OF_OPTIONS };
static const struct option_row decide_options[] = {
	{ "hash", 0, "SHA-256", "the report that you looked at: its report_sha256; accounts must name it" },
	WHY, END_OF_OPTIONS,
};
static const struct option_row entry_list_options[] = {
	{ "manufacturer", 0, "MMMM", "manufacturer identifier" },
	{ "model", 0, "TTTT", "model identifier" },
	{ "hardware", 0, "VVRR", "hardware version and revision" },
	{ "version", 0, "FFFFFFFF", "firmware version" },
	{ "hash", 0, "HEX", "beginning of the image hash" },
	{ "device-type", 0, "TEXT", "part of the device type" },
	{ "status", 0, "STATUS", "Current or Removed" },
	AT, LIMIT, END_OF_OPTIONS,
};
static const struct option_row model_list_options[] = {
	{ "manufacturer", 0, "MMMM", "manufacturer identifier" },
	{ "model", 0, "TTTT", "model identifier" },
	{ "hardware", 0, "VVRR", "hardware version and revision" },
	AT, LIMIT, END_OF_OPTIONS,
};
static const struct option_row output_options[] = {
	{ "output", 'o', "FILE", "write to this file (replaced when all is there) instead of standard output" },
	END_OF_OPTIONS,
};
static const struct option_row export_options[] = {
	{ "format", 0, "FORMAT", "csv (default), ndjson or json" },
	AT,
	{ "output", 'o', "FILE", "write to this file (replaced when all is there) instead of standard output" },
	{ "notice-read", 0, NULL, "you have read that this does not replace the release notes; accounts must say so" },
	END_OF_OPTIONS,
};
static const struct option_row statements_options[] = {
	{ "dry-run", 'n', NULL, "say what would change, change nothing" },
	WHY, END_OF_OPTIONS,
};
static const struct option_row device_list_options[] = {
	ORG,
	{ "search", 0, "TEXT", "part of the name" },
	{ "prefix", 0, "TEXT", "beginning of the name" },
	{ "site", 0, "NAME", "devices of this site" },
	{ "model", 0, "MMMM:TTTTVVRR", "devices of this model" },
	{ "entry", 0, "ID", "devices that run this entry" },
	{ "life", 0, "STATE", "new, ok or lost" },
	{ "adapter", 0, "NAME", "devices that speak this protocol" },
	LIMIT, END_OF_OPTIONS,
};
static const struct option_row device_import_options[] = { ORG, WHY, END_OF_OPTIONS };
static const struct option_row device_give_options[] = {
	{ "to", 0, "NAME", "the organisation that gains it; - for none" },
	ORG,
	WHY, END_OF_OPTIONS,
};
static const struct option_row owner_options[] = { ORG, END_OF_OPTIONS };
static const struct option_row image_options[] = {
	{ "image-dir", 0, "DIR", "with --db: where images are kept" },
	WHY, END_OF_OPTIONS,
};
static const struct option_row campaign_create_options[] = {
	{ "name", 0, "NAME", "what it is called" },
	{ "target", 0, "ID", "the entry to reach, latest, or set:NAME (a release set)" },
	{ "all", 0, NULL, "members: every device" },
	{ "prefix", 0, "TEXT", "members: devices whose name begins so" },
	{ "model", 0, "MMMM:TTTTVVRR", "members: devices of this model" },
	{ "entry", 0, "ID", "members: devices that run this entry" },
	{ "site", 0, "NAME", "members: devices of this site" },
	{ "area", 0, "NAME", "members: components of stations in this area" },
	{ "devices", 0, "FILE", "members: these names of devices or stations, one a line; - is standard input" },
	{ "max-active", 0, "N", "how many walk at once; default 100" },
	{ "stop-after", 0, "N", "halt after so many failures; 0 = never; default 10, with waves 0" },
	{ "waves", 0, "P,P,100", "begin with so many per cent of the sites, then with so many ..." },
	{ "wave-failures", 0, "P", "per cent of a wave that may fail; default 5" },
	{ "soak", 0, "TIME", "how long a wave is looked at before the next" },
	{ "spread", 0, "TIME", "within which time members begin; stations: 10m unless given" },
	{ "security", 0, NULL, "a security patch: each component of a station goes alone" },
	{ "prefer", 0, "WHAT", "hops (default), time, bytes or restarts" },
	{ "allow-removed", 0, "hop", "Removed entries may be passed through" },
	{ "allow-downgrade", 0, NULL, "a stated downgrade may be walked" },
	{ "notice-read", 0, NULL, "I have read that the manufacturer's release notes still rule" },
	{ "on-change", 0, "WHAT", "when the graph changes on the way: hold (default), finish-recorded, replan" },
	ORG,
	{ "key", 0, "TEXT", "Idempotency-Key: the same key again gives the same campaign" },
	WHY, END_OF_OPTIONS,
};
static const struct option_row campaign_list_options[] = {
	{ "state", 0, "STATE", "draft, running, paused, halted, stopped or done" },
	LIMIT, END_OF_OPTIONS,
};
static const struct option_row watch_options[] = {
	{ "interval", 0, "TIME", "how often to look; default 1s" },
	END_OF_OPTIONS,
};
static const struct option_row report_options[] = {
	{ "phase", 0, "PHASE", "only queued, active, held, done, failed, refused or stopped" },
	END_OF_OPTIONS,
};

static const struct option_row callout_new_options[] = {
	{ "kind", 0, "KIND", "missing, wrong, stale or unobtainable" },
	{ "entry", 0, "ID", "the entry whose path it is about" },
	{ "from", 0, "ID", "where the path would begin" },
	{ "text", 0, "TEXT", "what is wrong, in a sentence or two" },
	END_OF_OPTIONS,
};
static const struct option_row callout_list_options[] = {
	{ "state", 0, "STATE", "open, with-manufacturer, answered, closed, rejected, or waiting" },
	{ "entry", 0, "ID", "only about this entry" },
	{ "mine", 0, NULL, "only those of your organisation" },
	{ "todo", 0, NULL, "only those that wait for you" },
	LIMIT, END_OF_OPTIONS,
};
static const struct option_row callout_answer_options[] = {
	{ "text", 0, "TEXT", "what is said" },
	{ "kind", 0, "KIND", "how the entry may be reached: bases, none or any" },
	{ "bases", 0, "IDS", "with --kind bases: Entry IDs with blanks between" },
	END_OF_OPTIONS,
};
static const struct option_row callout_close_options[] = {
	{ "text", 0, "TEXT", "why it is settled" },
	{ "proposal", 0, "NUMBER", "the proposal that mends it" },
	{ "reject", 0, NULL, "there was nothing to mend (SECAS)" },
	END_OF_OPTIONS,
};
static const struct option_row callout_text_options[] = {
	{ "text", 0, "TEXT", "what is said" },
	END_OF_OPTIONS,
};

#define BOTH (COMMAND_SERVER | COMMAND_STORE)

const struct command commands[] = {
	{ .summary = "Questions" },
	{ "path", "", "Through which versions, in which order, and who says so", BOTH, path_options, cmd_path,
	  "Rows of --bulk are spelt as --from and --to; lists of devices in looser spellings are read by the page /bulk.\n"
	  "Exit status: 0 path (or already there), 3 no path, 5 ambiguous. With --bulk the answers come as CSV or NDJSON,\n"
	  "as the questions did: device,from,to,result,hops,next,why,furthest,alternatives,warnings,candidates.\n\n"
	  "  firpath path --from 000098 --to 000120\n"
	  "  firpath path --from 118F:00000000:00040800 --to latest --json\n"
	  "  firpath path --bulk fleet.csv --db firpath.db > answers.csv\n" },
	{ "check", "", "Is this upgrade on the path, in one hop", BOTH, check_options, cmd_check,
	  "Verdicts and exit status: allowed 0, not-direct 4 (the hops are shown), forbidden 4, unknown 3, ambiguous 5.\n\n"
	  "  firpath check --from 000098 --to 000110 && push-image\n" },

	{ .summary = "Catalogue" },
	{ "entry list", "", "Entries by any of their fields", BOTH, entry_list_options, cmd_entry_list, NULL },
	{ "entry show", "ID", "One entry: identity, status, certificates, statements", BOTH, at_options, cmd_entry_show, NULL },
	{ "model list", "", "Models and how well their paths are known", BOTH, model_list_options, cmd_model_list, NULL },
	{ "model show", "MODEL", "One model: its entries and what leads where", BOTH, at_options, cmd_model_show,
	  "  firpath model show 118F:00000000\n" },
	{ "search", "TEXT...", "Entries in which a text occurs", BOTH, search_options, cmd_search, NULL },
	{ "lint", "", "What is wrong or worth a look in the graph", BOTH, at_options, cmd_lint,
	  "Exit status: 1 when there is a finding of level error.\n" },
	{ "diff", "", "What changed between two moments, who changed it and why", BOTH, diff_options, cmd_diff,
	  "  firpath diff --at 2026-10-01 --at 2026-11-01\n  firpath diff --at r57\n" },
	{ "export cpl", "", "The Central Products List as the published CSV", BOTH, export_options, cmd_export_cpl, NULL },
	{ "export statements", "", "The path statements that stand, as CSV", BOTH, export_options, cmd_export_statements, NULL },
	{ "export fir", "", "One row per entry with its upgrade path", BOTH, export_options, cmd_export_fir, NULL },
	{ "export audit", "", "The audit chain, as CSV", BOTH, output_options, cmd_export_audit, NULL },

	{ .summary = "Imports" },
	{ "import cpl", "[FILE]", "Central Products List: CSV or XLSM, from a file or its publisher", BOTH, import_cpl_options, cmd_import_cpl,
	  "All or nothing. Exit status: 0 applied, 2 nothing to do, 4 held by a gate (more than 2 % removed, more than 5 %\n"
	  "changed, a changed hash): look at the difference, then 'firpath import accept', by two persons, or\n"
	  "without accounts import again with --accept. With --db the store is made when it is not there.\n\n"
	  "  firpath import cpl central-products-list.csv --dry-run\n"
	  "  firpath import cpl --feed\n" },
	{ "import statements", "FILE", "Path statements, floors and blocks: CSV or NDJSON", BOTH, statements_options, cmd_import_statements,
	  "Columns: entry,kind,bases,source,author,stated_on,confirmed_on,excerpt,reference. All or nothing.\n" },
	{ "import show", "[NUMBER]", "One import, or the list of them", BOTH, limit_options, cmd_import_show, NULL },
	{ "import accept", "NUMBER", "Apply an import that a gate held", BOTH, decide_options, cmd_import_accept,
	  "Accounts need two persons: the first word waits for an approver's. With --db, and with the operator's token file,\n"
	  "it is done at once.\n" },
	{ "import reject", "NUMBER", "Drop an import that a gate held", BOTH, why_options, cmd_import_reject, NULL },
	{ "import undo", "NUMBER", "Take the list that was applied last back", BOTH, decide_options, cmd_import_undo,
	  "Possible while nobody relies on it: no later change touches its entries, no device runs an entry that it added, no\n"
	  "campaign walks over one of them. Accounts need two persons.\n" },
	{ "import reset-serial", "", "The list that stands binds the next one no more", BOTH, decide_options, cmd_import_reset,
	  "For a list with a version or date so high that every later one would be held as older. Accounts need two persons.\n" },
	{ "validate", "FILE", "Would this new submission to the Central Products List be right", 0, NULL, cmd_validate,
	  "FILE (- is standard input) is a JSON object with members named like the columns, such as \"Device_Type.name\". All\n"
	  "failures are told at once, with the names of their fields. Nothing is stored. Exit status: 0 valid, 1 not.\n" },

	{ .summary = "Edits" },
	{ "propose", "[FILE]", "Propose a change of path statements", COMMAND_SERVER, propose_options, cmd_propose,
	  "FILE is a statements file (CSV or NDJSON; further columns: op, name, protects) or the JSON of a proposal.\n"
	  "A second person approves it. doc/editing.md is the guide.\n\n"
	  "  firpath propose new-path.csv --why 'Release note 4.2'\n"
	  "  firpath propose --rule 'below 000110 go via 000098' --entry 000110 --why 'Release note 4.2'\n" },
	{ "review", "[NUMBER]", "One proposal with what it does, or the list of them", COMMAND_SERVER, review_options, cmd_review,
	  "  firpath review --state waiting\n" },
	{ "approve", "NUMBER", "Approve exactly what is shown", COMMAND_SERVER, approve_options, cmd_approve,
	  "Shows the proposal and what it does, then asks. Who wrote it cannot approve it.\n" },
	{ "return", "NUMBER", "Give a proposal back to its author", COMMAND_SERVER, edit_why_options, cmd_return, NULL },
	{ "reject", "NUMBER", "Reject a proposal", COMMAND_SERVER, edit_why_options, cmd_reject, NULL },
	{ "withdraw", "NUMBER", "Take your own proposal back", COMMAND_SERVER, edit_why_options, cmd_withdraw, NULL },
	{ "whatif", "[FILE]", "What a change would do; nothing is stored", COMMAND_SERVER, whatif_options, cmd_whatif, NULL },
	{ "block", "", "Block an entry or a step at once", COMMAND_SERVER, block_options, cmd_block,
	  "For the SSC and SECAS. A second person ratifies or lifts it within 24 hours; past that it stays in force.\n" },
	{ "blocks", "", "Urgent blocks, and how long the second person has", COMMAND_SERVER, blocks_options, cmd_blocks, NULL },
	{ "ratify", "NUMBER", "As the second person: the block is right", COMMAND_SERVER, edit_why_options, cmd_ratify, NULL },
	{ "unblock", "NUMBER", "As the second person, or who made it: lift the block", COMMAND_SERVER, edit_why_options, cmd_unblock, NULL },

	{ .summary = "Proof" },
	{ "receipt show", "FILE", "What a receipt says; nothing is checked", 0, NULL, cmd_receipt_show, NULL },
	{ "receipt verify", "FILE", "Does the signature of a receipt hold", COMMAND_SERVER, key_options, cmd_receipt_verify,
	  "With --key offline; else the service is asked for its keys. 'firpath path --receipt FILE' gets a receipt. Exit\n"
	  "status: 1 when it was changed.\n" },
	{ "receipt check", "FILE", "Does a store bear a receipt out: the answer, and the head of the chain", COMMAND_STORE, key_options,
	  cmd_receipt_check, "Exit status: 4 when the store gives another answer, or its chain no longer holds that head.\n" },
	{ "audit head", "", "Where the audit chain ends, to be kept elsewhere", BOTH, audit_head_options, cmd_audit_head, NULL },
	{ "audit verify", "", "Are the audit chain and the catalogue as they were written", BOTH, audit_verify_options, cmd_audit_verify,
	  "With --heads also: is every kept head in the chain. Exit status: 1 when something is wrong.\n" },
	{ "key new", "FILE", "A new Ed25519 key, to be named as signing_key", 0, NULL, cmd_key_new, NULL },
	{ "key public", "FILE", "The public key of a key file, as PEM", 0, NULL, cmd_key_public, NULL },
	{ "store restored", "", "After a copy was restored: the next epoch, so that clients see it", COMMAND_STORE, why_options, cmd_store_restored, NULL },

	{ .summary = "Trust" },
	{ "callout new", "", "Report a missing, wrong, stale or unobtainable path", COMMAND_SERVER, callout_new_options, cmd_callout_new,
	  "  firpath callout new --kind missing --entry 000120 --from 000098 --text 'Release notes cannot be obtained.'\n" },
	{ "callout list", "", "What was reported, and how long it waits", COMMAND_SERVER, callout_list_options, cmd_callout_list, NULL },
	{ "callout show", "NUMBER", "One call-out, as much of it as is yours to see", COMMAND_SERVER, NULL, cmd_callout_show, NULL },
	{ "callout ask", "NUMBER", "Pass it to the manufacturer (SECAS)", COMMAND_SERVER, callout_text_options, cmd_callout_ask, NULL },
	{ "callout answer", "NUMBER", "Say how it is (manufacturer, SECAS)", COMMAND_SERVER, callout_answer_options, cmd_callout_answer, NULL },
	{ "callout say", "NUMBER", "Add a message", COMMAND_SERVER, callout_text_options, cmd_callout_say, NULL },
	{ "callout close", "NUMBER", "It is settled", COMMAND_SERVER, callout_close_options, cmd_callout_close, NULL },
	{ "callout dispute", "NUMBER", "Mark the path of its entry as disputed (SECAS)", COMMAND_SERVER, callout_text_options, cmd_callout_dispute, NULL },
	{ "callout settle", "NUMBER", "The path is disputed no more (SECAS)", COMMAND_SERVER, callout_text_options, cmd_callout_settle, NULL },
	{ "service-levels", "", "Queues, their targets, and what was met", COMMAND_SERVER, NULL, cmd_service_levels, NULL },

	{ .summary = "Fleet" },
	{ "device import", "FILE", "Devices from CSV or NDJSON", BOTH, device_import_options, cmd_device_import,
	  "Columns: name,site,adapter,address,identity,entry; only name is needed.\n" },
	{ "device list", "", "Devices and what they run", BOTH, device_list_options, cmd_device_list, NULL },
	{ "device show", "NAME", "One device and its walks", BOTH, owner_options, cmd_device_show, NULL },
	{ "device give", "NAME", "Another organisation has it from now on", COMMAND_SERVER, device_give_options, cmd_device_give,
	  "For the operator. Walks in campaigns of the one that loses it end: at once where nothing is under way, else at the\n"
	  "next safe point.\n" },
	{ "site list", "", "Sites", BOTH, limit_options, cmd_site_list, NULL },
	{ "site show", "NAME", "One site and its devices", BOTH, owner_options, cmd_site_show, NULL },
	{ "report fleet", "", "What the fleet runs, and how far that is from the newest", BOTH, report_fleet_options, cmd_report_fleet,
	  "  firpath report fleet --group firmware --class ESME\n  firpath report fleet --group firmware --csv --output fleet.csv\n" },
	{ "image add", "FILE...", "Firmware images; known by their SHA-256", BOTH, image_options, cmd_image_add,
	  "An image is taken when its hash is that of an entry. Exit status: 2 when all were there already.\n" },

	{ .summary = "Campaigns" },
	{ "campaign create", "", "Who shall go where, and how fast", COMMAND_SERVER, campaign_create_options, cmd_campaign_create,
	  "  firpath campaign create --name spring --target 000120 --model 118F:00000000 --max-active 50 --stop-after 5\n" },
	{ "campaign list", "", "Campaigns, newest first", COMMAND_SERVER, campaign_list_options, cmd_campaign_list, NULL },
	{ "campaign start", "NAME", "Begin to walk its devices", COMMAND_SERVER, why_options, cmd_campaign_start, NULL },
	{ "campaign status", "NAME", "Policy, counters and plans", COMMAND_SERVER, NULL, cmd_campaign_status, NULL },
	{ "campaign watch", "NAME", "Follow it until it ends", COMMAND_SERVER, watch_options, cmd_campaign_watch,
	  "Exit status: 0 when it is done and nothing failed or was refused, else 1.\n" },
	{ "campaign pause", "NAME", "No new hop from now on", COMMAND_SERVER, why_options, cmd_campaign_pause, NULL },
	{ "campaign resume", "NAME", "Go on after a pause or a halt", COMMAND_SERVER, why_options, cmd_campaign_resume, NULL },
	{ "campaign stop", "NAME", "End it", COMMAND_SERVER, why_options, cmd_campaign_stop, NULL },
	{ "campaign report", "NAME", "The story of each device: hops, times, reasons", COMMAND_SERVER, report_options, cmd_campaign_report, NULL },

	{ .summary = "Vehicles" },
	{ "rollout create", "", "Take many vehicles along a route of Vehicle Configurations", COMMAND_SERVER, rollout_create_options,
	  cmd_rollout_create,
	  "  firpath rollout create --name spring --route 1,4,7 --at-most 50 --stop-after 3\n" },
	{ "rollout list", "", "Rollouts, newest first", COMMAND_SERVER, NULL, cmd_rollout_list, NULL },
	{ "rollout status", "NAME", "Its route, counters and vehicles", COMMAND_SERVER, rollout_status_options, cmd_rollout_status, NULL },
	{ "rollout pause", "NAME", "No further hop from now on", COMMAND_SERVER, rollout_why_options, cmd_rollout_pause, NULL },
	{ "rollout resume", "NAME", "Go on after a pause or a halt", COMMAND_SERVER, rollout_why_options, cmd_rollout_resume, NULL },
	{ "rollout stop", "NAME", "End it", COMMAND_SERVER, rollout_why_options, cmd_rollout_stop, NULL },
	{ "vehicle add", "NAME", "A new vehicle", COMMAND_SERVER, vehicle_add_options, cmd_vehicle_add,
	  "  firpath vehicle add TRAIN-1 --type-id 7c3f5f5e-3c55-4c5e-9c58-7a1d0a1b2c3d\n" },
	{ "vehicle list", "", "Vehicles, their states and what they ask", COMMAND_SERVER, vehicle_list_options, cmd_vehicle_list, NULL },
	{ "vehicle show", "NAME", "One vehicle and its Building Blocks", COMMAND_SERVER, NULL, cmd_vehicle_show, NULL },
	{ "cm watch", "", "Lines of a vehicle's log as they come", COMMAND_SERVER, cm_watch_options, cmd_cm_watch, NULL },
	{ "cm shell", "", "The same commands, typed one after another, with the log as it comes", COMMAND_SERVER, cm_shell_options, cmd_cm_shell,
	  "For sshd's ForceCommand: it starts no program. With SSH_ORIGINAL_COMMAND it obeys that one command and ends with its\n"
	  "status. Without a terminal it takes lines from standard input.\n" },
	{ "cm", "WORD...", "A command for the Configuration Manager of a vehicle", COMMAND_SERVER, cm_options, cmd_cm,
	  "'firpath cm help' lists the commands; doc/cm.md is the guide. Exit status: 1 rejected (or a Vehicle Configuration\n"
	  "that does not verify), 5 several vehicles and none named.\n\n"
	  "  firpath cm status\n  firpath cm --vehicle TRAIN-1 activate vc 3\n  firpath cm show log extended last 50\n" },

	{ .summary = "Smart meters" },
	{ "meter add", "FILE", "Meters from CSV or NDJSON", COMMAND_SERVER, meter_why_options, cmd_meter_add,
	  "Columns: eui, type, hub, identity, mpxn, uprn, status, variant, han_variant, smets, entry (doc/meters.md). Each part of\n"
	  "1 MiB is taken whole or not at all; a list may be sent again.\n" },
	{ "meter list", "", "Meters and the other devices of their networks, and what bars an update", COMMAND_SERVER, meter_list_options, cmd_meter_list, NULL },
	{ "meter show", "EUI", "One meter: what it runs, its network, the job under way", COMMAND_SERVER, meter_owner_options, cmd_meter_show, NULL },
	{ "meter story", "EUI", "What was said and done, newest first", COMMAND_SERVER, meter_story_options, cmd_meter_story, NULL },
	{ "meter read", "EUI", "Ask the DCC what it runs", COMMAND_SERVER, meter_read_options, cmd_meter_read, NULL },
	{ "meter cancel", "EUI", "Take back an activation that it keeps for later", COMMAND_SERVER, meter_why_options, cmd_meter_cancel, NULL },
	{ "meter release", "EUI", "Somebody has looked: out of quarantine, authority is held again", COMMAND_SERVER, meter_why_options, cmd_meter_release, NULL },
	{ "meter lost", "EUI", "Authority over it is gone: nothing is pushed any more", COMMAND_SERVER, meter_why_options, cmd_meter_lost, NULL },
	{ "meter remove", "EUI", "It is a meter of this service no more", COMMAND_SERVER, meter_why_options, cmd_meter_remove, NULL },
	{ "han rule", "NAME", "State what a network must run before a device may be moved, or take it back", COMMAND_SERVER, han_rule_options, cmd_han_rule,
	  "  firpath han rule ppmid-hub --for PPMID --needs CHF --gbcs 4.0 --source 'Release note 4.0'\n" },
	{ "han rules", "", "What networks must run, and who says so", COMMAND_SERVER, han_rules_options, cmd_han_rules, NULL },
	{ "dcc show", "", "Users of the DCC, what they sent today, what is held, distributions", COMMAND_SERVER, meter_owner_options, cmd_dcc_show, NULL },
	{ "dcc release", "EUI", "Somebody has looked: requests of a user go on", COMMAND_SERVER, meter_why_options, cmd_dcc_release, NULL },

	{ .summary = "Charging stations" },
	{ "station add", "IDENTITY", "Register a station, or change it; what is not named stays as it is", COMMAND_SERVER, station_add_options,
	  cmd_station_add, "  firpath station add CS-1 --password generate --area high-street --timezone Europe/London --windows 'mo-su 01:00-05:00'\n" },
	{ "station import", "FILE", "Many stations from NDJSON, all or nothing", COMMAND_SERVER, station_import_options, cmd_station_import, NULL },
	{ "station list", "", "Stations, whether they are there, and what bars an update", COMMAND_SERVER, station_list_options, cmd_station_list, NULL },
	{ "station show", "IDENTITY", "One station: connection, gate, components, jobs", COMMAND_SERVER, station_owner_options, cmd_station_show, NULL },
	{ "station components", "IDENTITY", "What it consists of; --history: and did before", COMMAND_SERVER, station_components_options, cmd_station_components, NULL },
	{ "station story", "IDENTITY", "Every message of its jobs; --follow: as they come", COMMAND_SERVER, station_story_options, cmd_station_story, NULL },
	{ "station command", "IDENTITY WORD", "Ask it to do something", COMMAND_SERVER, station_command_options, cmd_station_command,
	  "Words: read-components, read-version, report, trigger-status, get-log, reset, publish-firmware, unpublish-firmware,\nrelease-quarantine.\n" },
	{ "station chain", "IDENTITY", "Proof of what was installed when", COMMAND_SERVER, station_file_options, cmd_station_chain, NULL },
	{ "station verify", "FILE", "Is such a proof unbroken; asks nobody", 0, NULL, cmd_station_verify, "Exit status: 1 when it is not.\n" },
	{ "station export", "", "All stations with metadata and history of their components, as NDJSON", COMMAND_SERVER, station_file_options, cmd_station_export, NULL },
	{ "station remove", "IDENTITY", "It is a station of this service no more", COMMAND_SERVER, station_why_options, cmd_station_remove, NULL },
	{ "station release", "IDENTITY", "Somebody has looked: out of quarantine", COMMAND_SERVER, station_why_options, cmd_station_release, NULL },

	{ .summary = "Firmware of charging stations" },
	{ "release add", "FILE", "Register a release from its document (JSON, doc/releases.md)", COMMAND_SERVER, release_why_options, cmd_release_add, NULL },
	{ "release image", "N FILE", "Its image", COMMAND_SERVER, release_why_options, cmd_release_image, NULL },
	{ "release sbom", "N FILE", "Its software bill of materials, CycloneDX or SPDX as JSON", COMMAND_SERVER, release_why_options, cmd_release_sbom, NULL },
	{ "release approve", "N", "As a second person, what was looked at", COMMAND_SERVER, release_approve_options, cmd_release_approve, NULL },
	{ "release publish", "N", "Verify everything and put it into the catalogue", COMMAND_SERVER, release_why_options, cmd_release_publish, NULL },
	{ "release withdraw", "N", "Nobody shall install it any more", COMMAND_SERVER, release_withdraw_options, cmd_release_withdraw, NULL },
	{ "release list", "", "Releases, newest first", COMMAND_SERVER, release_list_options, cmd_release_list, NULL },
	{ "release show", "N", "One release and what was verified", COMMAND_SERVER, NULL, cmd_release_show, NULL },
	{ "release parts", "NAME", "Which releases hold this part", COMMAND_SERVER, release_parts_options, cmd_release_parts, "  firpath release parts openssl --version 3.0.1\n" },
	{ "set add", "NAME RELEASE...", "Releases that are meant to run together, one per component", COMMAND_SERVER, set_add_options, cmd_set_add,
	  "  firpath set add spring 4 7 9 --vendor ACME --model 'Wall Box'\n" },
	{ "set list", "", "Sets of releases, newest first", COMMAND_SERVER, set_list_options, cmd_set_list, NULL },
	{ "set show", "NAME", "What it holds", COMMAND_SERVER, NULL, cmd_set_show, NULL },
	{ "set plan", "NAME", "In which order a station gets there", COMMAND_SERVER, set_plan_options, cmd_set_plan, "  firpath set plan spring --state ctrl=1.0,ui=1.0\n" },

	{ .summary = "People and machines" },
	{ "user add", "NAME", "A new account", BOTH, user_add_options, cmd_user_add,
	  "The password is read from standard input, or asked for at the terminal; never given as an option. With --db the\n"
	  "store is made when it is not there. The first account must have the role operator:\n\n"
	  "  firpath user add admin --role operator --db firpath.db\n" },
	{ "user list", "", "Accounts", BOTH, people_list_options, cmd_user_list, NULL },
	{ "user show", "NAME", "One account", BOTH, NULL, cmd_user_show, NULL },
	{ "user change", "NAME", "Its name, organisation, roles; --enable", BOTH, user_change_options, cmd_user_change,
	  "What is not named stays as it is. Other roles or another organisation end its sessions.\n" },
	{ "user disable", "NAME", "It may not sign in, its tokens do not work", BOTH, people_why_options, cmd_user_disable, NULL },
	{ "user password", "NAME", "A new password, from standard input or the terminal", BOTH, people_why_options, cmd_user_password, NULL },
	{ "org add", "NAME", "A new organisation", BOTH, org_add_options, cmd_org_add,
	  "  firpath org add 'Example Meters' --kind manufacturer --codes 118F,1081\n" },
	{ "org list", "", "Organisations and their manufacturer codes", BOTH, people_list_options, cmd_org_list, NULL },
	{ "token new", "", "An API token; it is shown once", BOTH, token_new_options, cmd_token_new,
	  "  firpath token new --label nightly --role supplier --days 30\n" },
	{ "token list", "", "API tokens", BOTH, people_list_options, cmd_token_list, NULL },
	{ "token revoke", "NUMBER", "It stops working at once", BOTH, people_why_options, cmd_token_revoke, NULL },
	{ "whoami", "", "Who the service takes me for, and what I may do", COMMAND_SERVER, NULL, cmd_whoami, NULL },

	{ .summary = "Being told" },
	{ "webhook add", "URL", "Have events sent to an address; its secret is shown once", COMMAND_SERVER, webhook_add_options, cmd_webhook_add,
	  "  firpath webhook add https://hooks.example.com/firpath --types org.firpath.catalogue.changed\n" },
	{ "webhook list", "", "Webhooks of one's organisation", COMMAND_SERVER, NULL, cmd_webhook_list, NULL },
	{ "webhook show", "NUMBER", "One webhook and its newest deliveries", COMMAND_SERVER, NULL, cmd_webhook_show, NULL },
	{ "webhook change", "NUMBER", "Its address, label, types, state", COMMAND_SERVER, webhook_change_options, cmd_webhook_change,
	  "What is not named stays as it is. A disabled webhook becomes active again.\n" },
	{ "webhook test", "NUMBER", "Send a test event and wait for the answer", COMMAND_SERVER, webhook_why_options, cmd_webhook_test,
	  "Exit status: 1 when it was not taken.\n" },
	{ "webhook replay", "NUMBER", "Send everything since a time, or one delivery, once more", COMMAND_SERVER, webhook_replay_options, cmd_webhook_replay, NULL },
	{ "webhook rotate", "NUMBER", "A new secret; the old one signs too for 24 hours", COMMAND_SERVER, webhook_why_options, cmd_webhook_rotate, NULL },
	{ "webhook remove", "NUMBER", "No more events, and its deliveries are forgotten", COMMAND_SERVER, webhook_why_options, cmd_webhook_remove, NULL },
	{ "watch list", "", "What I follow, and what changed of it since I looked", COMMAND_SERVER, NULL, cmd_watch_list, NULL },
	{ "watch add", "KIND [WHICH]", "Follow: entry ID, model ID, manufacturer CODE, or catalogue", COMMAND_SERVER, NULL, cmd_watch_add,
	  "  firpath watch add model 118F:00000000\n" },
	{ "watch remove", "NUMBER", "Follow it no more", COMMAND_SERVER, NULL, cmd_watch_remove, NULL },
	{ "watch seen", "", "I have looked at everything up to now", COMMAND_SERVER, NULL, cmd_watch_seen, NULL },

	{ .summary = "Manifests" },
	{ "manifest new", "FILE [PART...]", "A Manifest to begin with; identifiers are made", 0, manifest_new_options, cmd_manifest_new,
	  "Parts are beneath the folder of FILE: NAME.tar.gz (Software), parameter:NAME.tar.gz, NAME.json (Building Blocks and\n"
	  "Systems of a System or Vehicle, by reference). needs:FILE.json (any path) or needs:TYPE-ID@x.y.z is a Dependency:\n\n"
	  "  firpath manifest new vc/ETP/ETP.json etp.tar.gz --type 'Building Block' --name ETP --network 192.168.1.11\n" },
	{ "manifest sign", "FOLDER", "Fill in hashes and signatures, from the bottom to the top", 0, manifest_sign_options, cmd_manifest_sign,
	  "  firpath manifest sign vc --supplier octan.key --integrator acme.key\n" },
	{ "manifest verify", "FOLDER", "Check all of it; every problem with its place and how to mend it", 0, manifest_verify_options, cmd_manifest_verify,
	  "Exit status: 0 when it is good, else 1.\n\n  firpath manifest verify vc --trust trust.json\n" },
	{ "manifest pack", "FOLDER", "A Package (tar.gz) with exactly the files that the Manifest names", 0, manifest_pack_options, cmd_manifest_pack,
	  "The same folder gives the same bytes. Of a Vehicle, a System or a Building Block.\n\n"
	  "  firpath manifest pack vc --out vc.tar.gz --trust trust.json\n" },
	{ "manifest unpack", "PACKAGE FOLDER", "A folder from a Package, if it is what its Manifest states and nothing else", 0, manifest_unpack_options, cmd_manifest_unpack,
	  "The folder must not be there yet. Nothing is left of a Package that is refused.\n\n"
	  "  firpath manifest unpack vc.tar.gz vc --trust trust.json\n" },
	{ "manifest key", "FILE", "A private key for Manifests; prints the owner's entry for the trust store", 0, manifest_key_options, cmd_manifest_key,
	  "A key file that is there is used. RSA with 3072 bits (PKCS#1) unless --ed25519.\n\n"
	  "  firpath manifest key octan.key --name Octan --role supplier --add trust.json\n" },
	{ "manifest canonical", "FILE", "The bytes that are signed (RFC 8785)", 0, manifest_item_options, cmd_manifest_canonical, NULL },
	{ "manifest hash", "FILE", "Configuration hash of a Manifest; SHA-256 of any other file", 0, manifest_item_options, cmd_manifest_hash, NULL },

	{ .summary = "Meters: images" },
	{ "image check", "FILE...", "What an OTA file holds: header, hash of the image, signature; with --db or --server: which entries it fits", BOTH,
	  image_check_options, cmd_image_check,
	  "Asks nobody without --db or --server. Exit status: 1 when a file is none, a signature is bad, or no entry fits.\n\n"
	  "  firpath image check esme.zigbee --certificate supplier-ds.pem\n" },
	{ "ota add", "FILE...", "OTA files: the image is kept by its hash, header and signature beside it", BOTH, ota_add_options, cmd_ota_add,
	  "A file is taken when it fits an entry, and a signature in it when a certificate that is known verifies it.\n" },
	{ "ota list", "", "Images of meters, whom they serve, and who signed them", BOTH, ota_list_options, cmd_ota_list, NULL },
	{ "ota show", "SHA-256", "One of them", BOTH, ota_show_options, cmd_ota_show, NULL },
	{ "ota sign", "SHA-256", "Sign it as the supplier that distributes it", BOTH, ota_sign_options, cmd_ota_sign,
	  "The service signs with the command key of your organisation's DCC User.\n" },

	{ .summary = "Meters: documents of the DCC" },
	{ "duis build", "SERVICE", "A signed request (11.1, 11.2, 11.3, 11.4, 8.2), as it is sent", 0, duis_build_options, cmd_duis_build,
	  "  firpath duis build 11.2 --target 00-DB-12-34-56-78-90-A0 --key us.key --cert us.pem\n"
	  "  firpath duis build 11.1 --target 90-B3-D5-1F-30-00-00-02 --image esme.zigbee --version ACDCACDC --devices list.txt \\\n"
	  "    --key us.key --cert us.pem -o request.xml\n" },
	{ "duis verify", "FILE", "What a request, response or alert says, whether its signature is good, and traps in it", 0, duis_verify_options, cmd_duis_verify,
	  "Exit status: 1 when the signature is not good, or the DCC would refuse the request.\n\n"
	  "  firpath duis verify response.xml --certs dcc.pem\n" },

	{ .summary = "SSC register" },
	{ "ssc list", "", "Restricted facts of entries: ZigBee band, chipset vendor, stack version", COMMAND_SERVER, ssc_list_options, cmd_ssc_list,
	  "Every look is kept with its reason.\n\n"
	  "  firpath ssc list --search 'Example Silicon' --why 'Incident 7'\n" },
	{ "ssc show", "ID", "Those of one entry (the SSC, and its manufacturer)", COMMAND_SERVER, ssc_why_options, cmd_ssc_show, NULL },
	{ "ssc set", "ID", "Change them; what is not named stays as it is", COMMAND_SERVER, ssc_set_options, cmd_ssc_set,
	  "  firpath ssc set 000120 --band dual --stack 7.1.0 --why \"Maker's form\"\n" },
	{ "ssc export", "", "The register as CSV", COMMAND_SERVER, ssc_export_options, cmd_ssc_export, NULL },
	{ "ssc log", "", "Who looked at what, when and why", COMMAND_SERVER, ssc_log_options, cmd_ssc_log, NULL },
	{ "ssc verify", "", "Is the access log as it was written", COMMAND_SERVER, NULL, cmd_ssc_verify,
	  "Exit status: 1 when it was changed.\n" },
	{ "ssc note add", "ID", "A note that is not public before its release", COMMAND_SERVER, ssc_note_add_options, cmd_ssc_note_add,
	  "  firpath ssc note add 000120 --text 'Fixes a fault of the radio.' --release-at 2027-03-31T00:00:00Z --why 'Vendor notice'\n" },
	{ "ssc note list", "", "Notes, newest first (the SSC, and approvers of SECAS)", COMMAND_SERVER, ssc_note_list_options, cmd_ssc_note_list, NULL },
	{ "ssc note drop", "NUMBER", "Remove a note", COMMAND_SERVER, ssc_why_options, cmd_ssc_note_drop, NULL },

	{ "completion bash", "", "Completion for bash", COMMAND_HIDDEN, NULL, cmd_completion_bash,
	  "  source <(firpath completion bash)\n" },
	{ .name = NULL },
};
/* clang-format on */
