/* SPDX-License-Identifier: Apache-2.0 */
#include "main/demo.h"

#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/parse.h"
#include "base/rnd.h"
#include "core/people.h"
#include "core/proposal.h"
#include "core/restricted.h"
#include "import/feed.h"

#define MARK "demo" /* row of meta */

static const struct {
	const char *name, *kind, *codes;
} orgs[] = {
	{ "Sample Supplier", "supplier", "" },
	{ "Sample Maker Alpha", "manufacturer", "F0A1" },
	{ "Sample Charge Points", "cpo", "" },
	{ "Sample Code Office", "secas", "" },
};
/* Logins are the roles: whoever tries it need not learn names. */
static const struct {
	const char *login, *org;
	unsigned roles;
} people[DEMO_PEOPLE] = {
	{ "operator", "", ROLE_OPERATOR }, /* the first account must be one */
	{ "supplier", "Sample Supplier", ROLE_SUPPLIER },
	{ "manufacturer", "Sample Maker Alpha", ROLE_MANUFACTURER },
	{ "cpo", "Sample Charge Points", ROLE_CPO },
	{ "editor", "Sample Code Office", ROLE_EDITOR },
	{ "approver", "Sample Code Office", ROLE_APPROVER },
	{ "ssc", "", ROLE_SSC },
	{ "auditor", "", ROLE_AUDITOR },
};

static int is_default(const struct conf *c, const char *key, const char *wanted, struct err *e)
{
	if (!strcmp(conf_text(c, key), wanted))
		return OK;
	return err_set(e, ERR_CONFIG, "--demo chooses %s itself: leave it out", key);
}

/* A folder that is empty, or holds a demonstration. */
static int folder_check(const char *folder, struct err *e)
{
	char path[DEMO_FOLDER_MAX + 16];
	bool there;

	snprintf(path, sizeof path, "%s/demo.db", folder);
	there = !access(path, F_OK);
	if (file_mkdirs(folder, e))
		return e->code;
	if (!there && rmdir(folder) && errno != EBUSY)
		return err_set(e, ERR_CONFLICT,
			       "the folder '%.200s' holds something that is no demonstration", folder);
	return there ? OK : file_mkdirs(folder, e);
}

/* Everything a demonstration has lies in its folder. Nobody plays the Building Blocks of its vehicle, so it
 * need not wait for them long. */
static int paths_set(const struct demo *d, struct conf *c, struct err *e)
{
	static const char *const keys[][2] = {
		{ "db", "demo.db" },       { "restricted_db", "restricted.db" },
		{ "image_dir", "images" }, { "vc_inbox", "inbox" },
		{ "vc_dir", "vcs" },       { "trust_file", "trust.json" }
	};
	char path[DEMO_FOLDER_MAX + 16];

	for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
		snprintf(path, sizeof path, "%s/%s", d->folder, keys[i][1]);
		if (conf_set(c, keys[i][0], path, "--demo", e))
			return e->code;
	}
	snprintf(path, sizeof path, "%s/inbox", d->folder);
	return conf_set(c, "cm_status_limit", "1s", "--demo", e) ? (int)e->code : file_mkdirs(path, e);
}

int demo_prepare(struct demo *d, const char *folder, struct conf *c, struct err *e)
{
	const char *tmp = getenv("TMPDIR");

	if (is_default(c, "db", "firpath.db", e) || is_default(c, "image_dir", "images", e) ||
	    is_default(c, "restricted_db", "", e) || is_default(c, "public_url", "", e) ||
	    is_default(c, "host_names", "", e) || is_default(c, "token_file", "", e) ||
	    is_default(c, "device_token_file", "", e) || is_default(c, "vc_inbox", "", e) ||
	    is_default(c, "vc_dir", "vcs", e) || is_default(c, "trust_file", "", e))
		return e->code;
	if (conf_bool(c, "allow_public_listen") || conf_bool(c, "trust_forwarded"))
		return err_set(e, ERR_CONFIG,
			       "--demo listens on loopback addresses only, for this machine alone");
	d->temporary = !*folder;
	if (*folder && !str_copy(d->folder, sizeof d->folder, folder))
		return err_set(e, ERR_CONFIG, "the folder's name is too long");
	if (*folder && folder_check(d->folder, e))
		return e->code;
	if (!*folder) {
		snprintf(d->folder, sizeof d->folder, "%.300s/firpath-demo-XXXXXX",
			 tmp && *tmp ? tmp : "/tmp");
		if (!mkdtemp(d->folder))
			return err_set(e, ERR_FILE, "no temporary folder can be made like '%.300s'",
				       d->folder);
	}
	return paths_set(d, c, e);
}

int demo_check(struct db *db, struct err *e)
{
	char mark[16];
	bool exist, got;

	if (meta_get(db, MARK, mark, sizeof mark, &got, e) || people_exist(db, &exist, e))
		return e->code;
	return got || !exist ? OK : err_set(e, ERR_CONFLICT, "this store is no demonstration");
}

static int import_all(struct db *db, int64_t now, struct err *e)
{
	struct import_options o = { .file_name = "sample.csv",
				    .who = { "demo", "the demonstration", now },
				    .accept = true };
	struct feed_input cpl = { NULL, demo_cpl, demo_cpl_len };
	struct feed_input statements = { NULL, demo_statements, demo_statements_len };
	OWN(import_report_free) struct import_report *a = NULL, *b = NULL;

	if (feed_import_cpl(db, &cpl, &o, &a, e))
		return err_wrap(e, "the sample list");
	return feed_import_statements(db, &statements, &o, &b, e) ? err_wrap(e, "the sample statements") : OK;
}

static int mark(struct db *db, struct err *e)
{
	TX(tx);

	if (tx_begin(&tx, db, true, e) || meta_put(db, MARK, "yes", e))
		return e->code;
	return tx_keep(&tx, e);
}

static int person_add(struct db *db, size_t i, const struct actor *who, struct err *e)
{
	struct account a = { .roles = people[i].roles }, ignored;
	struct org org;

	str_copy(a.login, sizeof a.login, people[i].login);
	str_copy(a.name, sizeof a.name, people[i].login);
	if (*people[i].org) {
		if (org_find(db, people[i].org, &org, e))
			return e->code;
		a.org_id = org.id;
	}
	return account_add(db, who, &a, NULL, &ignored, e);
}

/* Something for the approver to decide. */
static int propose(struct db *db, const struct snapshot *snap, int64_t now, struct err *e)
{
	static const char body[] = "{\"title\":\"Entry 000004 is still reached over "
				   "000003\",\"reason\":\"Looked up in the release notes again.\","
				   "\"items\":[{\"op\":\"confirm\",\"entry\":\"000004\"}]}";
	struct principal p = { .how = SIGN_IN_SESSION,
			       .roles = ROLE_PUBLIC | ROLE_MANUFACTURER,
			       .name = "user:manufacturer" };
	struct edit x = { .db = db, .snap = snap, .who = &p, .now = now };
	struct account a;
	int64_t id;

	if (account_find(db, "manufacturer", &a, e))
		return e->code;
	p.account_id = a.id;
	p.org_id = a.org_id;
	str_copy(p.org, sizeof p.org, a.org);
	str_copy(p.codes, sizeof p.codes, a.codes);
	return proposal_add(&x, body, sizeof body - 1, &id, e) ? err_wrap(e, "the sample proposal") : OK;
}

/* Something for the SSC to look at. */
static int fill_register(const struct demo *d, int64_t now, struct err *e)
{
	static const struct radio radio = { "000005", "F0A1", "dual", "Sample Silicon", "7.1.0" };
	struct actor who = { "demo", "the demonstration", now };
	OWN(db_close) struct db *db = NULL;
	char path[DEMO_FOLDER_MAX + 16];
	STR(out, 16 * KIB);
	int64_t rev;

	snprintf(path, sizeof path, "%s/restricted.db", d->folder);
	if (restricted_open(path, &db, e) || radio_put(db, &radio, -1, &who, &out, &rev, e))
		return e->code;
	return note_add(db, "000005", "A sample note, which is not public for 90 days.",
			now + 90 * MS_PER_DAY, &who, &out, e);
}

static int fill_new(struct db *db, struct catalog *catalog, int64_t now, struct err *e)
{
	struct actor who = { "demo", "the demonstration", now };
	OWN(catalog_view_free) struct catalog_view *view = NULL;

	if (mark(db, e) || import_all(db, now, e))
		return e->code;
	for (size_t i = 0; i < sizeof orgs / sizeof *orgs; i++) {
		struct org in = { .id = 0 }, made;

		str_copy(in.name, sizeof in.name, orgs[i].name);
		str_copy(in.kind, sizeof in.kind, orgs[i].kind);
		str_copy(in.codes, sizeof in.codes, orgs[i].codes);
		if (org_add(db, &who, &in, &made, e))
			return e->code;
	}
	for (size_t i = 0; i < DEMO_PEOPLE; i++)
		if (person_add(db, i, &who, e))
			return e->code;
	if (catalog_refresh(catalog, e))
		return e->code;
	view = catalog_view_new(catalog);
	return propose(db, catalog_current(view), now, e);
}

int demo_fill(struct demo *d, const struct vc_store *vcs, const struct conf *conf, struct db *db,
	      struct catalog *catalog, int64_t now, struct err *e)
{
	struct actor who = { "demo", "the demonstration", now };
	struct rnd rnd = rnd_system();
	char text[16];
	bool got;

	if (meta_get(db, MARK, text, sizeof text, &got, e) ||
	    (!got && (fill_register(d, now, e) || fill_new(db, catalog, now, e) ||
		      demo_vehicle_fill(d->folder, vcs, conf, db, now, e) ||
		      demo_station_fill(conf_text(conf, "image_dir"), db, catalog, now, e) ||
		      demo_meter_fill(db, catalog, now, e))))
		return e->code;
	for (size_t i = 0; i < DEMO_PEOPLE; i++) {
		struct account a, changed;

		if (account_find(db, people[i].login, &a, e) ||
		    account_change(db, &who, &a, 0, rnd_hex(&rnd, 10, d->password[i]), &changed, e))
			return e->code;
	}
	return OK;
}

void demo_print(const struct demo *d, const char *address)
{
	printf("This is a demonstration. Every product, path and person in it is made up.\n"
	       "  http://%s/\n\n"
	       "  sign in as     password\n",
	       address);
	for (size_t i = 0; i < DEMO_PEOPLE; i++)
		printf("  %-13s  %s\n", people[i].login, d->password[i]);
	puts("\nStop it with Ctrl-C.");
	fflush(stdout);
}

static int drop(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
	(void)st;
	(void)flag;
	(void)ftw;
	return remove(path);
}

void demo_done(struct demo *d)
{
	if (d->temporary && *d->folder)
		nftw(d->folder, drop, 16, FTW_DEPTH | FTW_PHYS);
}
