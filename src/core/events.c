/* SPDX-License-Identifier: Apache-2.0 */
#include "core/events.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/parse.h"
#include "core/history.h"
#include "store/store_ledger.h"

#define STAFF (ROLES_SECAS | ROLE_SSC | ROLE_OPERATOR | ROLE_AUDITOR)
#define DECIDERS (ROLES_SECAS | ROLE_SSC)
#define OVERSEERS (ROLE_OPERATOR | ROLE_AUDITOR)

/* Rows of one type stand together; the first one explains it. */
/* clang-format off */
const struct event_kind event_kinds[] = {
	/* What made a revision is a change of the catalogue, whatever its action is called (event_kind_of). */
	{ "import-cpl",        EVENT_PREFIX "catalogue.changed", SIGHT_PUBLIC, 0, false, "The catalogue has a new revision: entries, statements, floors or blocks changed." },
	{ "import-held",       EVENT_PREFIX "import.held",       SIGHT_ROLES, STAFF, false, "A feed was held by a gate and waits for a decision." },
	{ "import-accept-ask", EVENT_PREFIX "import.held",       SIGHT_ROLES, STAFF, false, NULL },
	{ "import-undo-ask",   EVENT_PREFIX "import.held",       SIGHT_ROLES, STAFF, false, NULL },
	{ "mark-reset-ask",    EVENT_PREFIX "import.held",       SIGHT_ROLES, STAFF, false, NULL },
	{ "import-reject",     EVENT_PREFIX "import.rejected",   SIGHT_ROLES, STAFF, false, "A held feed was rejected." },
	{ "feed-fail",         EVENT_PREFIX "feed.changed",      SIGHT_ROLES, STAFF, true, "The list could not be fetched from its publisher, or can be again." },
	{ "feed-recover",      EVENT_PREFIX "feed.changed",      SIGHT_ROLES, STAFF, true, NULL },
	/* Until they are published proposals may be under embargo (T47): the author's side and those who decide. */
	{ "proposal-open",     EVENT_PREFIX "proposal.changed",  SIGHT_ORG, DECIDERS, false, "A proposal was opened, changed, approved, returned, rejected, withdrawn or found stale." },
	{ "proposal-change",   EVENT_PREFIX "proposal.changed",  SIGHT_ORG, DECIDERS, false, NULL },
	{ "proposal-approve",  EVENT_PREFIX "proposal.changed",  SIGHT_ORG, DECIDERS, false, NULL },
	{ "proposal-return",   EVENT_PREFIX "proposal.changed",  SIGHT_ORG, DECIDERS, false, NULL },
	{ "proposal-reject",   EVENT_PREFIX "proposal.changed",  SIGHT_ORG, DECIDERS, false, NULL },
	{ "proposal-withdraw", EVENT_PREFIX "proposal.changed",  SIGHT_ORG, DECIDERS, false, NULL },
	{ "proposal-stale",    EVENT_PREFIX "proposal.changed",  SIGHT_ORG, DECIDERS, false, NULL },
	{ "block-overdue",     EVENT_PREFIX "block.overdue",     SIGHT_ROLES, STAFF, true, "A block that one person set at once had no second person within 24 hours." },
	{ "block-ratify",      EVENT_PREFIX "block.ratified",    SIGHT_ROLES, STAFF, true, "A second person stands by a block." },
	{ "dispute-open",      EVENT_PREFIX "dispute.changed",   SIGHT_PUBLIC, 0, false, "SECAS marked a stated path as disputed, or as settled." },
	{ "dispute-settle",    EVENT_PREFIX "dispute.changed",   SIGHT_PUBLIC, 0, false, NULL },
	{ "setting-change",    EVENT_PREFIX "setting.changed",   SIGHT_ROLES, OVERSEERS, false, "A setting of the service changed." },
	{ "url-key-make",      EVENT_PREFIX "setting.changed",   SIGHT_ROLES, OVERSEERS, false, NULL },
	{ "store-restored",    EVENT_PREFIX "store.restored",    SIGHT_PUBLIC, 0, false, "The store was restored from a copy: events after the copy are gone, ids have a new epoch." },
	{ "device-give",       EVENT_PREFIX "device.given",      SIGHT_ROLES, OVERSEERS, false, "A device belongs to another organisation now." },
	{ "campaign-create",   EVENT_PREFIX "campaign.changed",  SIGHT_ORG, OVERSEERS, true, "A campaign was made, started, paused, resumed, stopped, halted or is done." },
	{ "campaign-start",    EVENT_PREFIX "campaign.changed",  SIGHT_ORG, OVERSEERS, true, NULL },
	{ "campaign-pause",    EVENT_PREFIX "campaign.changed",  SIGHT_ORG, OVERSEERS, true, NULL },
	{ "campaign-resume",   EVENT_PREFIX "campaign.changed",  SIGHT_ORG, OVERSEERS, true, NULL },
	{ "campaign-stop",     EVENT_PREFIX "campaign.changed",  SIGHT_ORG, OVERSEERS, true, NULL },
	{ "campaign-progress", EVENT_PREFIX "campaign.progress", SIGHT_ORG, OVERSEERS, true, "Walks of a campaign ended, or the campaign's counters changed." },
	{ "vc-verify",         EVENT_PREFIX "vc.changed",        SIGHT_ROLES, ROLES_FLEET_READ, true, "A Vehicle Configuration was verified, kept so that it may be active, or taken out of the inbox." },
	{ "vc-keep",           EVENT_PREFIX "vc.changed",        SIGHT_ROLES, ROLES_FLEET_READ, true, NULL },
	{ "vc-gone",           EVENT_PREFIX "vc.changed",        SIGHT_ROLES, ROLES_FLEET_READ, true, NULL },
	{ "vehicle-state",     EVENT_PREFIX "vehicle.state",     SIGHT_ORG, OVERSEERS, true, "A vehicle entered another state of its update, or asks its operator something." },
	{ "vehicle-register",  EVENT_PREFIX "vehicle.configuration", SIGHT_ORG, OVERSEERS, true, "A vehicle was registered, or another Vehicle Configuration is active on it." },
	{ "vc-activate",       EVENT_PREFIX "vehicle.configuration", SIGHT_ORG, OVERSEERS, true, NULL },
	{ "rollout-create",    EVENT_PREFIX "rollout.changed",   SIGHT_ORG, OVERSEERS, true, "A rollout over vehicles was made, paused, resumed or stopped." },
	{ "rollout-pause",     EVENT_PREFIX "rollout.changed",   SIGHT_ORG, OVERSEERS, true, NULL },
	{ "rollout-resume",    EVENT_PREFIX "rollout.changed",   SIGHT_ORG, OVERSEERS, true, NULL },
	{ "rollout-stop",      EVENT_PREFIX "rollout.changed",   SIGHT_ORG, OVERSEERS, true, NULL },
	{ "rollout-progress",  EVENT_PREFIX "rollout.progress",  SIGHT_ORG, OVERSEERS, true, "Vehicles of a rollout arrived or are held, or it halted or is done." },
	{ "station-register",  EVENT_PREFIX "station.changed",   SIGHT_ORG, OVERSEERS, true, "A charging station was registered, changed or removed, or somebody asked it to do something." },
	{ "station-change",    EVENT_PREFIX "station.changed",   SIGHT_ORG, OVERSEERS, true, NULL },
	{ "station-command",   EVENT_PREFIX "station.changed",   SIGHT_ORG, OVERSEERS, true, NULL },
	{ "station-remove",    EVENT_PREFIX "station.changed",   SIGHT_ORG, OVERSEERS, false, NULL },
	{ "station-log",       EVENT_PREFIX "station.changed",   SIGHT_ORG, OVERSEERS, true, NULL },
	{ "station-components", EVENT_PREFIX "station.components", SIGHT_ORG, OVERSEERS, true, "A charging station runs other versions, or consists of other components." },
	{ "station-quarantine", EVENT_PREFIX "station.quarantine", SIGHT_ORG, OVERSEERS, true, "A charging station went into quarantine, or was released from it." },
	{ "station-release",   EVENT_PREFIX "station.quarantine", SIGHT_ORG, OVERSEERS, true, NULL },
	{ "meter-import",      EVENT_PREFIX "meter.imported",    SIGHT_ROLES, OVERSEERS, true, "A list of meters was read: some are new, or changed." },
	{ "meter-command",     EVENT_PREFIX "meter.changed",     SIGHT_ORG, OVERSEERS, true, "A meter was removed, its status changed, or somebody asked it to do something." },
	{ "meter-status",      EVENT_PREFIX "meter.changed",     SIGHT_ORG, OVERSEERS, true, NULL },
	{ "meter-remove",      EVENT_PREFIX "meter.changed",     SIGHT_ORG, OVERSEERS, false, NULL },
	{ "meter-inventory",   EVENT_PREFIX "meter.inventory",   SIGHT_ORG, OVERSEERS, true, "The DCC's inventory says something else of a home area network than was known." },
	{ "meter-job",         EVENT_PREFIX "meter.job",         SIGHT_ORG, OVERSEERS, true, "A firmware job of a meter ended." },
	{ "meter-authority",   EVENT_PREFIX "meter.authority",   SIGHT_ORG, OVERSEERS, true, "Authority over a meter is gone: another organisation supplies it now." },
	{ "meter-quarantine",  EVENT_PREFIX "meter.quarantine",  SIGHT_ORG, OVERSEERS, true, "A meter went into quarantine, or was released: nothing is pushed to it until somebody has looked." },
	{ "meter-release",     EVENT_PREFIX "meter.quarantine",  SIGHT_ORG, OVERSEERS, true, NULL },
	{ "dcc-user-hold",     EVENT_PREFIX "dcc.user",          SIGHT_ROLES, OVERSEERS, true, "The DCC quarantined requests of a user, so nothing critical is sent for it; or somebody released it." },
	{ "dcc-user-release",  EVENT_PREFIX "dcc.user",          SIGHT_ROLES, OVERSEERS, true, NULL },
	{ "han-rule-put",      EVENT_PREFIX "han.rule",          SIGHT_ROLES, STAFF | ROLES_FLEET, true, "What a home area network must run before a device may be moved was stated, changed or taken back." },
	{ "han-rule-drop",     EVENT_PREFIX "han.rule",          SIGHT_ROLES, STAFF | ROLES_FLEET, false, NULL },
	{ "ota-add",           EVENT_PREFIX "image.changed",     SIGHT_ROLES, OVERSEERS, true, "An image of meters was taken with a header, or a supplier signed it." },
	{ "ota-sign",          EVENT_PREFIX "image.changed",     SIGHT_ROLES, OVERSEERS, true, NULL },
	{ "area-set",          EVENT_PREFIX "area.set",          SIGHT_ROLES, OVERSEERS, true, "How many charging stations of an area may be updated at once was changed." },
	{ "release-add",       EVENT_PREFIX "release.changed",   SIGHT_ORG, STAFF, true, "A release of charger firmware was registered, completed, approved, published or withdrawn." },
	{ "release-image",     EVENT_PREFIX "release.changed",   SIGHT_ORG, STAFF, true, NULL },
	{ "release-sbom",      EVENT_PREFIX "release.changed",   SIGHT_ORG, STAFF, true, NULL },
	{ "release-approve",   EVENT_PREFIX "release.changed",   SIGHT_ORG, STAFF, true, NULL },
	{ "release-withdraw",  EVENT_PREFIX "release.changed",   SIGHT_ORG, STAFF, true, NULL },
	{ "set-add",           EVENT_PREFIX "release.set",       SIGHT_ROLES, STAFF, true, "A set of releases was made." },
	{ "station-job",       EVENT_PREFIX "station.job",       SIGHT_ORG, OVERSEERS, true, "A firmware job of a charging station began or ended." },
	{ "callout-open",      EVENT_PREFIX "callout.changed",   SIGHT_PUBLIC, 0, true, "A call-out was raised, passed to the manufacturer, answered, closed or rejected." },
	{ "callout-ask",       EVENT_PREFIX "callout.changed",   SIGHT_PUBLIC, 0, true, NULL },
	{ "callout-answer",    EVENT_PREFIX "callout.changed",   SIGHT_PUBLIC, 0, true, NULL },
	{ "callout-propose",   EVENT_PREFIX "callout.changed",   SIGHT_PUBLIC, 0, true, NULL },
	{ "callout-close",     EVENT_PREFIX "callout.changed",   SIGHT_PUBLIC, 0, true, NULL },
	{ "callout-reject",    EVENT_PREFIX "callout.changed",   SIGHT_PUBLIC, 0, true, NULL },
	{ "callout-escalate",  EVENT_PREFIX "callout.late",      SIGHT_PUBLIC, 0, true, "A call-out used 50, 80 or 100 percent of its time." },
	{ "webhook-add",       EVENT_PREFIX "webhook.changed",   SIGHT_ORG, OVERSEERS, false, "A webhook was made or changed, or disabled after failing for a day." },
	{ "webhook-change",    EVENT_PREFIX "webhook.changed",   SIGHT_ORG, OVERSEERS, false, NULL },
	{ "webhook-rotate",    EVENT_PREFIX "webhook.changed",   SIGHT_ORG, OVERSEERS, false, NULL },
	{ "webhook-disable",   EVENT_PREFIX "webhook.changed",   SIGHT_ORG, OVERSEERS, false, NULL },
	{ "user-add",          EVENT_PREFIX "account.changed",   SIGHT_ROLES, OVERSEERS, false, "An account, an organisation or an API token was made, changed or revoked." },
	{ "user-change",       EVENT_PREFIX "account.changed",   SIGHT_ROLES, OVERSEERS, false, NULL },
	{ "user-password",     EVENT_PREFIX "account.changed",   SIGHT_ROLES, OVERSEERS, false, NULL },
	{ "org-add",           EVENT_PREFIX "account.changed",   SIGHT_ROLES, OVERSEERS, false, NULL },
	{ "org-change",        EVENT_PREFIX "account.changed",   SIGHT_ROLES, OVERSEERS, false, NULL },
	{ "token-add",         EVENT_PREFIX "account.changed",   SIGHT_ROLES, OVERSEERS, false, NULL },
	{ "token-revoke",      EVENT_PREFIX "account.changed",   SIGHT_ROLES, OVERSEERS, false, NULL },
	{ .action = NULL },
};
/* clang-format on */

static const char *const sight_text[] = { "public", "organisation", "roles" };

const struct event_kind *event_kind_of(const char *action, int64_t revision)
{
	if (revision)
		return &event_kinds[0];
	for (const struct event_kind *k = event_kinds; k->action; k++)
		if (!strcmp(k->action, action))
			return k;
	return NULL;
}

static bool word_fits(const char *word, size_t n, const char *type)
{
	if (n > 2 && word[n - 2] == '.' && word[n - 1] == '*')
		return strlen(type) >= n && !strncmp(type, word, n - 1);
	return strlen(type) == n && !strncmp(type, word, n);
}

bool event_type_fits(const char *filter, const char *type)
{
	size_t n;

	if (!*filter)
		return true;
	for (const char *p = filter; *p; p += n + strspn(p + n, " ")) {
		n = strcspn(p, " ");
		if (word_fits(p, n, type))
			return true;
	}
	return false;
}

int event_filter_check(const char *filter, struct err *e)
{
	bool known;
	size_t n;

	for (const char *p = filter; *p; p += n + strspn(p + n, " ")) {
		n = strcspn(p, " ");
		known = false;
		for (const struct event_kind *k = event_kinds; k->action; k++)
			known = known || word_fits(p, n, k->type);
		if (!known)
			return err_set(e, ERR_INVALID,
				       "there is no event type '%.*s'; GET /v1/events lists them",
				       n < 80 ? (int)n : 80, p);
	}
	return OK;
}

/* Whose is what an audit row is about ("campaign/7")? 0 = nobody's. */
static int owner_of(struct db *db, const char *subject, int64_t *ret, struct err *e)
{
	static const struct {
		const char *prefix;
		enum sql_id q;
	} owners[] = { { "webhook/", SQL_EVENT_ORG_WEBHOOK },
		       { "campaign/", SQL_EVENT_ORG_CAMPAIGN },
		       { "rollout/", SQL_EVENT_ORG_ROLLOUT },
		       { "release/", SQL_EVENT_ORG_RELEASE },
		       { "vehicle/", SQL_EVENT_ORG_VEHICLE },
		       { "station/", SQL_EVENT_ORG_VEHICLE }, /* of a site, either */
		       { "meter/", SQL_EVENT_ORG_DEVICE },
		       { "proposal/", SQL_EVENT_ORG_PROPOSAL } };
	const char *slash = strchr(subject, '/');
	uint64_t id = 0;
	bool got;

	*ret = 0;
	if (!slash || !parse_digits(slash + 1, strlen(slash + 1), &id))
		return OK;
	for (size_t i = 0; i < sizeof owners / sizeof *owners; i++)
		if (!strncmp(subject, owners[i].prefix, strlen(owners[i].prefix)) &&
		    db_one(db, owners[i].q, ARGS(VINT(id)), &got, ret, e))
			return (int)e->code;
	return OK;
}

int event_visible(struct db *db, const struct event *ev, unsigned roles, int64_t org_id, bool *ret,
		  struct err *e)
{
	int64_t owner;

	*ret = ev->kind->sight == SIGHT_PUBLIC || (ev->kind->roles & roles);
	if (*ret || ev->kind->sight != SIGHT_ORG || !org_id)
		return OK;
	if (owner_of(db, ev->subject, &owner, e))
		return err_wrap(e, "whose %.80s is", ev->subject);
	*ret = owner == org_id;
	return OK;
}

static int epoch_of(struct db *db, char buf[32], struct err *e)
{
	bool got;

	if (meta_get(db, "epoch", buf, 32, &got, e))
		return (int)e->code;
	if (!got)
		str_copy(buf, 32, "1");
	return OK;
}

int event_id(struct db *db, int64_t seq, char buf[EVENT_ID_MAX], struct err *e)
{
	char epoch[32];

	if (epoch_of(db, epoch, e))
		return (int)e->code;
	if (seq < 0)
		snprintf(buf, EVENT_ID_MAX, "test-%s-%" PRId64, epoch, -seq);
	else
		snprintf(buf, EVENT_ID_MAX, "%s-%" PRId64, epoch, seq);
	return OK;
}

static int head_json(struct db *db, int64_t seq, const char *type, int64_t at, const char *subject,
		     const char *source, struct jw *w, struct err *e)
{
	char id[EVENT_ID_MAX];

	if (event_id(db, seq, id, e))
		return (int)e->code;
	jw_obj(w);
	jw_kstr(w, "specversion", "1.0");
	jw_kstr(w, "id", id);
	jw_kstr(w, "source", source && *source ? source : "urn:firpath");
	jw_kstr(w, "type", type);
	jw_ktime(w, "time", at);
	jw_kstr(w, "subject", subject);
	jw_kstr(w, "datacontenttype", "application/json");
	jw_key(w, "data");
	jw_obj(w);
	return OK;
}

static void audit_json(const struct event *ev, struct jw *w)
{
	jw_kstr(w, "action", ev->action);
	jw_kstr(w, "subject", ev->subject);
	jw_key(w, "revision");
	if (ev->revision)
		jw_int(w, ev->revision);
	else
		jw_null(w);
	jw_key(w, "audit");
	jw_obj(w);
	jw_kint(w, "seq", ev->seq);
	jw_kstr(w, "hash", ev->hash);
	jw_end(w);
}

int event_json(struct db *db, const struct event *ev, const char *source, struct str *out, struct err *e)
{
	struct jw w = jw_start(out);
	char subject[64];

	snprintf(subject, sizeof subject, "revision/%" PRId64, ev->revision);
	if (head_json(db, ev->seq, ev->kind->type, ev->at, ev->revision ? subject : ev->subject, source, &w,
		      e))
		return (int)e->code;
	audit_json(ev, &w);
	if (ev->revision && history_change_members(db, ev->revision, &w, e))
		return (int)e->code;
	if (ev->kind->after && ev->after) {
		jw_key(&w, "now");
		jw_raw(&w, ev->after, strlen(ev->after));
	}
	jw_end(&w);
	jw_end(&w);
	return out->over ? err_set(e, ERR_TOO_LARGE, "event %" PRId64 " is larger than %zu bytes", ev->seq,
				   out->max)
			 : OK;
}

int event_test_json(struct db *db, int64_t n, int64_t now, const char *source, struct str *out, struct err *e)
{
	struct jw w = jw_start(out);

	if (head_json(db, n, EVENT_TEST, now, "test", source, &w, e))
		return (int)e->code;
	jw_kbool(&w, "test", true);
	jw_end(&w);
	jw_end(&w);
	return OK;
}

struct event event_of_row(const struct rows *r)
{
	struct event ev = { .seq = rows_num(r, 0),
			    .at = rows_num(r, 1),
			    .why = rows_text(r, 2),
			    .action = rows_text(r, 3),
			    .subject = rows_text(r, 4),
			    .after = rows_null(r, 5) ? NULL : rows_text(r, 5),
			    .revision = rows_null(r, 6) ? 0 : rows_num(r, 6),
			    .hash = rows_text(r, 7) };

	ev.kind = event_kind_of(ev.action, ev.revision);
	return ev;
}

void events_json(struct str *out)
{
	struct jw w = jw_start(out);
	char roles[ROLES_TEXT_MAX];

	jw_obj(&w);
	jw_key(&w, "events");
	jw_arr(&w);
	for (const struct event_kind *k = event_kinds; k->action; k++) {
		if (!k->what)
			continue;
		jw_obj(&w);
		jw_kstr(&w, "type", k->type);
		jw_kstr(&w, "sight", sight_text[k->sight]);
		jw_kstr(&w, "roles", roles_write(k->roles, roles));
		jw_kstr(&w, "what", k->what);
		jw_key(&w, "actions");
		jw_arr(&w);
		for (const struct event_kind *a = event_kinds; a->action; a++)
			if (!strcmp(a->type, k->type))
				jw_str(&w, a->action);
		jw_arr_end(&w);
		jw_end(&w);
	}
	jw_arr_end(&w);
	jw_end(&w);
	str_addc(out, '\n');
}
