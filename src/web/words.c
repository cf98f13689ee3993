/* SPDX-License-Identifier: Apache-2.0 */
#include "web/words.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/parse.h"
#include "web/page.h"

struct word {
	const char *code, *text;
};

/* clang-format off */
static const struct word kinds[] = {
	{ "bases",   "from these entries" },
	{ "none",    "from no other firmware (it has no predecessor)" },
	{ "any",     "from any earlier entry of the model" },
	{ "floor",   "must be passed through" },
	{ "block",   "blocked" },
	{ NULL, NULL }
};
static const struct word sources[] = {
	{ "manufacturer", "the manufacturer" },
	{ "secas",        "SECAS, the code administrator" },
	{ "supplier",     "a supplier" },
	{ "inferred",     "nobody: inferred from the list" },
	{ NULL, NULL }
};
static const struct word whys[] = {
	{ "removed",     "The target was Removed from the list, so it must not be installed." },
	{ "cpa-expired", "The CPA certificate of the target has expired, so it must not be installed." },
	{ "blocked",     "The target is blocked. The reason is given below." },
	{ "unknown",     "Nobody has stated how the target may be reached. That does not mean that it cannot: check the release notes." },
	{ "no-edge",     "No stated path leads from the start to the target." },
	{ NULL, NULL }
};
static const struct word freshness[] = {
	{ "confirmed", "Confirmed" },
	{ "due",       "Due for confirmation" },
	{ "overdue",   "Overdue" },
	{ "disputed",  "Disputed" },
	{ "inferred",  "Inferred" },
	{ NULL, NULL }
};
/* Besides the colour and the word. */
static const struct word freshness_icons[] = {
	{ "confirmed", "\xe2\x9c\x93" }, { "due", "\xe2\x97\xb7" }, { "overdue", "!" },
	{ "disputed", "?" },            { "inferred", "~" },          { NULL, NULL }
};
static const struct word callout_kinds[] = {
	{ "missing",      "is missing" },
	{ "wrong",        "is wrong" },
	{ "stale",        "is out of date" },
	{ "unobtainable", "cannot be obtained" },
	{ NULL, NULL }
};
static const struct word callout_states[] = {
	{ "open",              "With SECAS" },
	{ "with-manufacturer", "With the manufacturer" },
	{ "answered",          "Answered" },
	{ "closed",            "Closed" },
	{ "rejected",          "Rejected" },
	{ NULL, NULL }
};
static const struct word parties[] = {
	{ "reporter", "Whoever reported it" }, { "secas", "SECAS" }, { "manufacturer", "The manufacturer" }, { NULL, NULL }
};
static const struct word queues[] = {
	{ "callouts-secas",        "Call-outs at SECAS" },
	{ "callouts-manufacturer", "Call-outs at manufacturers" },
	{ "proposals",             "Proposals" },
	{ "imports",               "Held imports" },
	{ NULL, NULL }
};
static const struct word warnings[] = {
	{ "prefer-unknown",        "What you prefer is not known for every step, so the path with the fewest steps is shown." },
	{ "different-model",       "Start and target are different hardware. Firmware never crosses models." },
	{ "fragment-not-last",     "The target is one fragment of a release and not its last: no device may stay there." },
	{ "target-renewal-passed", "The renewal date of the target's CPA certificate has passed." },
	{ "start-removed",         "The firmware that the device runs was Removed from the list." },
	{ "start-blocked",         "The firmware that the device runs is blocked." },
	{ "start-cpa-expired",     "The CPA certificate of the firmware that the device runs has expired." },
	{ "notes-only",            "Only the release notes can tell." },
	{ "cpl-stale",             "The Central Products List here may be out of date: it is old, or was not checked lately." },
	{ "statement-overdue",     "A step of this path was not confirmed in time: check the release notes first." },
	{ "statement-disputed",    "A step of this path is disputed and not settled yet: check the release notes first." },
	{ NULL, NULL }
};
static const struct word hop_warnings[] = {
	{ "downgrade",          "This is a deliberate downgrade: it goes back to an earlier entry of the list." },
	{ "cpa-renewal-passed", "The renewal date of its CPA certificate has passed." },
	{ "removed-hop",        "This entry was Removed from the list. It is passed through because you allowed that." },
	{ "no-hash",            "The list has no hash for it: firpath cannot verify the image, and will not push it." },
	{ "fragment",           "This is a fragment: the next step must follow at once, nothing may come between." },
	{ "inferred",           "Nobody stated this step. It was inferred: check the release notes first." },
	{ "never-confirmed",    "Nobody ever confirmed this step: check the release notes first." },
	{ NULL, NULL }
};
static const struct word columns[] = {
	{ "entry",        "Entry ID" },
	{ "status",       "status" },
	{ "device_type",  "device type" },
	{ "smets",        "SMETS or CHTS" },
	{ "gbcs",         "GBCS" },
	{ "hash",         "hash" },
	{ "descriptor",   "image" },
	{ "cpa",          "CPA date" },
	{ "version",      "firmware" },
	{ "hardware",     "hardware" },
	{ "model",        "model" },
	{ "manufacturer", "maker" },
	{ NULL, NULL }
};
static const struct word obstacles[] = {
	{ "removed",      "Removed from the list" },
	{ "cpa-expired",  "CPA certificate expired" },
	{ "blocked",      "Blocked" },
	{ "unknown",      "Nobody has stated how it may be reached" },
	{ "blocked-edge", "Blocked step" },
	{ NULL, NULL }
};
static const struct word states[] = {
	{ "draft",   "Not started" },
	{ "running", "Devices are walking" },
	{ "paused",  "No new hop begins until it is resumed" },
	{ "halted",  "No new hop begins" },
	{ "stopped", "No device walks any more" },
	{ "done",    "Every device is at an end" },
	{ NULL, NULL }
};
static const struct word phases[] = {
	{ "queued",  "Waiting" },
	{ "active",  "Walking" },
	{ "held",    "Held" },
	{ "done",    "Arrived" },
	{ "failed",  "Failed" },
	{ "refused", "Not walked" },
	{ "stopped", "Stopped" },
	{ NULL, NULL }
};
static const struct word changes[] = {
	{ "import-cpl",        "Central Products List imported" },
	{ "import-statements", "Path statements imported" },
	{ "import-undo",       "An import undone" },
	{ "proposal",          "A proposal published" },
	{ "block",             "Blocked at once" },
	{ "block-lift",        "A block lifted" },
	{ "dispute-open",      "A statement disputed" },
	{ "dispute-settle",    "A dispute settled" },
	{ "setting-change",    "A setting changed" },
	{ NULL, NULL }
};
/* Colours go with the words, never instead of them. */
static const struct word tags[] = {
	{ "running", "govuk-tag--blue" },   { "active",  "govuk-tag--blue" },   { "done",    "govuk-tag--green" },
	{ "draft",   "govuk-tag--grey" },   { "queued",  "govuk-tag--grey" },   { "stopped", "govuk-tag--grey" },
	{ "paused",  "govuk-tag--yellow" }, { "held",    "govuk-tag--yellow" }, { "halted",  "govuk-tag--red" },
	{ "failed",  "govuk-tag--red" },    { "refused", "govuk-tag--orange" }, { "error",   "govuk-tag--red" },
	{ "confirmed", "govuk-tag--green" }, { "due", "govuk-tag--yellow" },  { "overdue", "govuk-tag--orange" },
	{ "disputed", "govuk-tag--red" },   { "inferred", "govuk-tag--grey" }, { "open", "govuk-tag--blue" },
	{ "with-manufacturer", "govuk-tag--yellow" }, { "answered", "govuk-tag--turquoise" },
	{ "closed", "govuk-tag--green" },   { "rejected", "govuk-tag--grey" },
	{ "warning", "govuk-tag--orange" }, { "note",    "govuk-tag--blue" },
	{ "entry-operation", "govuk-tag--blue" }, { "normal-operation", "govuk-tag--green" }, { "update-pending", "govuk-tag--yellow" },
	{ "update", "govuk-tag--blue" },    { "update-completed", "govuk-tag--turquoise" }, { "boot", "govuk-tag--blue" },
	{ "ok", "govuk-tag--green" },       { "lost", "govuk-tag--red" },       { "new", "govuk-tag--grey" },
	{ "arriving", "govuk-tag--blue" },  { "stored", "govuk-tag--grey" },    { "verified", "govuk-tag--green" }, { "gone", "govuk-tag--grey" },
	{ "true", "govuk-tag--green" },     { "false", "govuk-tag--red" },
	{ "proven", "govuk-tag--green" },   { "published", "govuk-tag--green" }, { "approved", "govuk-tag--turquoise" }, { "withdrawn", "govuk-tag--red" },
	{ "unchanged", "govuk-tag--red" },  { "other", "govuk-tag--red" },      { "silent", "govuk-tag--red" }, { "canceled", "govuk-tag--grey" },
	{ "soaking", "govuk-tag--turquoise" }, { "ended", "govuk-tag--green" }, { "waiting", "govuk-tag--grey" },
	{ "quarantine", "govuk-tag--red" }, { "installed", "govuk-tag--turquoise" }, { "not-now:offline", "govuk-tag--grey" },
	{ "pushed-by-dcc", "govuk-tag--grey" }, { "no-ota", "govuk-tag--grey" }, { "smets1", "govuk-tag--grey" }, { "hub-firmware", "govuk-tag--yellow" },
	{ "hub-unknown", "govuk-tag--yellow" }, { "no-dcc-user", "govuk-tag--yellow" }, { "user-held", "govuk-tag--red" }, { "authority-lost", "govuk-tag--red" },
	{ NULL, NULL }
};
static const struct word roles[] = {
	{ "public", "Public reader" },   { "supplier", "Supplier" },     { "manufacturer", "Manufacturer" },
	{ "editor", "SECAS editor" },    { "approver", "SECAS approver" }, { "ssc", "SSC reviewer" },
	{ "cpo", "Charge point operator" }, { "operator", "Operator" },  { "auditor", "Auditor" },
	{ "device", "Device" },          { NULL, NULL }
};
static const struct word orgs[] = {
	{ "supplier", "Supplier" },      { "manufacturer", "Manufacturer" }, { "secas", "Code administrator (SECAS)" },
	{ "ssc", "Security Sub-Committee" }, { "cpo", "Charge point operator" },
	{ "operator", "Operator of this service" }, { "other", "Other" }, { NULL, NULL }
};
/* Vehicles, their Building Blocks, Vehicle Configurations. */
static const struct word vehicles[] = {
	{ "stopped",          "Stopped: it neither asks nor answers" },
	{ "entry-operation",  "Entry Operation: it asks every Building Block how it stands" },
	{ "normal-operation", "Normal Operation" },
	{ "update-pending",   "Update Pending: every Building Block has accepted" },
	{ "update",           "Update: Building Blocks download and install" },
	{ "update-completed", "Update Completed: results are in" },
	{ "error",            "Error: it cannot go on" },
	{ "idle",             "nothing" },
	{ "await-status",     "the status of every Building Block" },
	{ "await-sync",       "that all are in one state" },
	{ "await-advice",     "every Building Block's recommendation" },
	{ "await-accept",     "answers to the update request" },
	{ "await-retry",      "a short while, before it asks again" },
	{ "await-cancel",     "that all are back in Normal Operation" },
	{ "await-follow",     "that all begin the update" },
	{ "await-result",     "the results" },
	{ "await-restart",    "that those restarted are back" },
	{ "await-normal",     "that all are back in Normal Operation" },
	{ "await-shutdown",   "that all have shut down" },
	{ "arriving",         "Still arriving" },
	{ "stored",           "Arrived, not verified yet" },
	{ "verified",         "Verified" },
	{ "failed",           "Does not verify" },
	{ "gone",             "Taken away" },
	{ "undefined",        "none yet" },
	{ "none",             "" },
	{ "new",              "never heard" },
	{ "lost",             "silent" },
	{ NULL, NULL }
};
/* Firmware jobs of charging stations, and where their versions were read. */
static const struct word jobs[] = {
	{ "ready",      "Ready, not sent yet" },          { "asked",      "Asked, no answer yet" },
	{ "accepted",   "The station has accepted" },     { "scheduled",  "Download is scheduled" },
	{ "loading",    "Downloading" },                  { "loaded",     "Downloaded" },
	{ "waiting",    "Waits, then installs" },         { "installing", "Installing" },
	{ "rebooting",  "Restarting" },                   { "installed",  "Says it is installed: not proven yet" },
	{ "proven",     "Proven: it runs the new version" }, { "unchanged", "Said installed, runs the old version" },
	{ "other",      "Runs something else" },          { "refused",    "Refused by the station" },
	{ "failed",     "Failed" },                       { "silent",     "No answer any more" },
	{ "canceled",   "Another job took its place" },   { NULL, NULL }
};
/* How far a device is from the newest, and of which class it is (reports). */
static const struct word distances[] = {
	{ "latest",       "runs the newest" },            { "one-hop",     "one hop behind" },
	{ "two-hops",     "two hops behind" },            { "more-hops",   "more hops behind" },
	{ "path-unknown", "nobody has stated a way" },    { "no-path",     "no stated way leads there" },
	{ "not-reported", "has not said what it runs" },  { "unknown-firmware", "runs what the catalogue does not know" },
	{ "ambiguous",    "several entries fit" },        { "hash-differs", "the software is not the one of its version" },
	{ NULL, NULL }
};
static const struct word classes[] = {
	{ "CHF", "hub" }, { "ocpp", "part of a charging station" }, { "bb", "Building Block" }, { "unknown", "class not known" },
	{ NULL, NULL }
};
/* Firmware jobs of meters. */
static const struct word meter_jobs[] = {
	{ "ready",      "Waits for its place in a request" }, { "sent",      "Asked of the DCC" },
	{ "distributed", "Taken by the DCC" },            { "delivered",  "The hub has the image" },
	{ "verified",   "The meter holds the image" },    { "asked",      "Activation is being prepared" },
	{ "activating", "Activation is sent" },           { "scheduled",  "Activation is dated for later" },
	{ "taking-back", "Activation is being taken back" }, { "reading", "Its version is being read" },
	{ "proven",     "Proven: it runs the new version" }, { "unchanged", "Runs what it ran before" },
	{ "other",      "Runs something else" },          { "refused",    "Refused" },
	{ "failed",     "Failed" },                       { "lost",       "Belongs to another supplier now" },
	{ "silent",     "No answer any more" },           { "canceled",   "Taken back" },
	{ NULL, NULL }
};
static const struct word component_sources[] = {
	{ "boot", "its start message" }, { "variable", "its device model" }, { "components", "its list of components" },
	{ "rule", "one text, by the rule of its maker" }, { NULL, NULL }
};
/* Of checks, and of what a Building Block was asked. */
static const struct word checks[] = { { "true", "passed" }, { "false", "failed" }, { NULL, NULL } };
static const struct word answers[] = { { "true", "yes" }, { "false", "no" }, { NULL, NULL } };
static const struct { const char *name; const struct word *words; } tables[] = {
	{ "role_word", roles },     { "org_word", orgs },
	{ "kind_word", kinds },     { "source_word", sources }, { "why_word", whys },       { "warning", warnings },
	{ "hop_warning", hop_warnings }, { "obstacle", obstacles }, { "column_word", columns }, { "state_word", states }, { "phase_word", phases },
	{ "change_word", changes }, { "tag", tags },            { "vehicle_word", vehicles },
	{ "job_word", jobs },       { "component_source", component_sources },
	{ "meter_job", meter_jobs }, { "distance_word", distances }, { "class_word", classes }, { NULL, NULL }
};
/* clang-format on */

static const char *find(const struct word *words, const char *code)
{
	for (; words->code; words++)
		if (!strcmp(words->code, code))
			return words->text;
	return NULL;
}

const char *word_of(const char *table, const char *code)
{
	for (size_t i = 0; tables[i].name; i++)
		if (!strcmp(tables[i].name, table))
			return find(tables[i].words, code);
	return NULL;
}

/* Truth values are words, too. */
static const char *code_of(const struct json *v)
{
	return json_kind(v) == JSON_BOOL ? json_bool(v, false) ? "true" : "false" : json_text(v);
}

static void word_write(const struct word *words, const struct json *v, struct str *out)
{
	const char *code = code_of(v), *text = code ? find(words, code) : NULL;

	if (code)
		str_add(out, text ? text : code);
}
#define WORD_FILTER(name, words)                                                                             \
	static void name(const struct json *v, struct str *out)                                              \
	{                                                                                                    \
		word_write(words, v, out);                                                                   \
	}
WORD_FILTER(kind_word, kinds)
WORD_FILTER(source_word, sources)
WORD_FILTER(why_word, whys)
WORD_FILTER(freshness_word, freshness)
WORD_FILTER(freshness_icon, freshness_icons)
WORD_FILTER(callout_kind_word, callout_kinds)
WORD_FILTER(callout_state_word, callout_states)
WORD_FILTER(party_word, parties)
WORD_FILTER(queue_word, queues)
WORD_FILTER(warning_word, warnings)
WORD_FILTER(hop_warning_word, hop_warnings)
WORD_FILTER(obstacle_word, obstacles)
WORD_FILTER(column_word, columns)
WORD_FILTER(role_word, roles)
WORD_FILTER(org_word, orgs)
WORD_FILTER(state_word, states)
WORD_FILTER(phase_word, phases)
WORD_FILTER(change_word, changes)
WORD_FILTER(vehicle_word, vehicles)
WORD_FILTER(job_word, jobs)
WORD_FILTER(distance_word, distances)
WORD_FILTER(class_word, classes)
WORD_FILTER(meter_job, meter_jobs)
WORD_FILTER(component_source_word, component_sources)

/* A class name: nothing rather than a foreign word. */
static void tag_write(const struct json *v, struct str *out)
{
	const char *text = code_of(v) ? find(tags, code_of(v)) : NULL;

	if (text)
		str_add(out, text);
}

/* What was not told is no failure, and no success either. */
static void told_write(const struct word *words, const struct json *v, struct str *out)
{
	const char *text = code_of(v) ? find(words, code_of(v)) : "not told";

	str_add(out, text ? text : code_of(v));
}
static void check_write(const struct json *v, struct str *out)
{
	told_write(checks, v, out);
}
static void answer_write(const struct json *v, struct str *out)
{
	told_write(answers, v, out);
}

/* Seconds as the largest unit that has at least two of them; the sign is the sentence's. */
static void span_write(const struct json *v, struct str *out)
{
	int64_t n = json_int(v, 0);

	n = n < 0 ? -n : n;
	if (json_kind(v) != JSON_INT)
		return;
	if (n >= 2 * 86400)
		str_addf(out, "%lld days", (long long)(n / 86400));
	else if (n >= 2 * 3600)
		str_addf(out, "%lld hours", (long long)(n / 3600));
	else
		str_addf(out, "%lld minutes", (long long)(n / 60));
}

static void day_write(int64_t ms, struct str *out)
{
	static const char *const months[] = { "January",   "February", "March",    "April",
					      "May",       "June",     "July",     "August",
					      "September", "October",  "November", "December" };
	int y, m, d;

	time_to_ymd(ms, &y, &m, &d);
	str_addf(out, "%d %s %d", d, months[m - 1], y);
}

static void date_write(const struct json *v, struct str *out)
{
	const char *s = json_text(v);
	struct err e;
	int64_t ms;

	if (s && !parse_time(s, &ms, &e))
		day_write(ms, out);
}

static void moment_write(const struct json *v, struct str *out)
{
	const char *s = json_text(v);
	struct err e;
	int64_t ms, minute;

	if (!s || parse_time(s, &ms, &e))
		return;
	day_write(ms, out);
	if (strlen(s) == 10)
		return;
	minute = (ms % MS_PER_DAY + MS_PER_DAY) % MS_PER_DAY / 60000;
	str_addf(out, " at %02d:%02d UTC", (int)(minute / 60), (int)(minute % 60));
}

static bool all_hex(const char *s, size_t n)
{
	uint64_t v;

	return n && n % 2 == 0 && n <= 16 && parse_hex(s, n, &v);
}

/* The time of day alone, to the second, for stories. */
static void clock_write(const struct json *v, struct str *out)
{
	const char *s = json_text(v);
	struct err e;
	int64_t ms, second;

	if (!s || parse_time(s, &ms, &e))
		return;
	second = (ms % MS_PER_DAY + MS_PER_DAY) % MS_PER_DAY / 1000;
	str_addf(out, "%02d:%02d:%02d", (int)(second / 3600), (int)(second / 60 % 60), (int)(second % 60));
}

static void octets_write(const struct json *v, struct str *out)
{
	const char *s = json_text(v);
	size_t n = s ? strlen(s) : 0;

	if (!s)
		return;
	if (!all_hex(s, n)) {
		str_addn(out, s, n);
		return;
	}
	for (size_t i = 0; i < n; i += 2)
		str_addf(out, "%s%.2s", i ? ":" : "", s + i);
}

static void decimal_write(const struct json *v, struct str *out)
{
	const char *s = json_text(v);
	size_t n = s ? strlen(s) : 0;
	uint64_t octet;

	if (!s || !all_hex(s, n))
		return;
	for (size_t i = 0; i < n; i += 2) {
		if (!parse_hex(s + i, 2, &octet))
			return;
		str_addf(out, "%s%" PRIu64, i ? "." : "", octet);
	}
}

static void thousands_add(int64_t v, struct str *out)
{
	char digits[24];
	int n = snprintf(digits, sizeof digits, "%" PRId64, v);

	for (int i = 0; i < n; i++) {
		str_addc(out, digits[i]);
		if (i + 1 < n && (n - i - 1) % 3 == 0 && digits[i] != '-')
			str_addc(out, ',');
	}
}

static void thousands_write(const struct json *v, struct str *out)
{
	if (json_kind(v) == JSON_INT)
		thousands_add(json_int(v, 0), out);
}

/* How many elements; nothing for none, so that {{#count list}} asks whether there are any. */
static void count_write(const struct json *v, struct str *out)
{
	if (json_kind(v) == JSON_ARRAY && json_len(v))
		thousands_add((int64_t)json_len(v), out);
}

/* The same for lists that are too long to lie open in a table. */
static void many_write(const struct json *v, struct str *out)
{
	if (json_kind(v) == JSON_ARRAY && json_len(v) > 12)
		count_write(v, out);
}

/* Seconds as "2 h 5 min". */
static void lasting_write(const struct json *v, struct str *out)
{
	int64_t s = json_int(v, -1);

	if (json_kind(v) != JSON_INT || s < 0)
		return;
	if (s >= 2 * 86400)
		str_addf(out, "%" PRId64 " days", s / 86400);
	else if (s >= 3600)
		str_addf(out, "%" PRId64 " h %" PRId64 " min", s / 3600, s % 3600 / 60);
	else if (s >= 60)
		str_addf(out, "%" PRId64 " min %" PRId64 " s", s / 60, s % 60);
	else
		str_addf(out, "%" PRId64 " s", s);
}

/* "user:ada" is ada, "token:ada/nightly" is ada's token nightly; others are as they are. */
static void person_write(const struct json *v, struct str *out)
{
	const char *s = json_text(v), *slash;

	if (!s)
		return;
	if (!strncmp(s, "token:", 6) && (slash = strchr(s, '/')))
		str_addf(out, "%.*s (token %s)", (int)(slash - s - 6), s + 6, slash + 1);
	else
		str_add(out, strncmp(s, "user:", 5) ? s : s + 5);
}

static void sentence_write(const struct json *v, struct str *out)
{
	char text[700];

	if (!json_text(v))
		return;
	page_sentence(text, sizeof text, json_text(v));
	str_add(out, text);
}

const struct template_filter web_filters[] = {
	{ "sentence", sentence_write },
	{ "person", person_write },
	{ "date", date_write },
	{ "moment", moment_write },
	{ "clock", clock_write },
	{ "charger", words_charger },
	{ "named", words_named },
	{ "octets", octets_write },
	{ "decimal", decimal_write },
	{ "count", count_write },
	{ "many", many_write },
	{ "freshness", freshness_word },
	{ "freshness_icon", freshness_icon },
	{ "callout_kind", callout_kind_word },
	{ "callout_state", callout_state_word },
	{ "party", party_word },
	{ "queue", queue_word },
	{ "span", span_write },
	{ "thousands", thousands_write },
	{ "lasting", lasting_write },
	{ "kind_word", kind_word },
	{ "source_word", source_word },
	{ "why_word", why_word },
	{ "warning", warning_word },
	{ "hop_warning", hop_warning_word },
	{ "obstacle", obstacle_word },
	{ "column_word", column_word },
	{ "role_word", role_word },
	{ "org_word", org_word },
	{ "state_word", state_word },
	{ "phase_word", phase_word },
	{ "change_word", change_word },
	{ "reason_word", words_reason },
	{ "target_word", words_target },
	{ "set_name", words_set },
	{ "vehicle_word", vehicle_word },
	{ "job_word", job_word },
	{ "distance_word", distance_word },
	{ "class_word", class_word },
	{ "meter_job", meter_job },
	{ "component_source", component_source_word },
	{ "check_word", check_write },
	{ "answer_word", answer_write },
	{ "tag", tag_write },
	{ NULL, NULL },
};
