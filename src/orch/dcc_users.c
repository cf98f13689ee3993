/* SPDX-License-Identifier: Apache-2.0 */
#include "orch/dcc_users.h"

#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/parse.h"
#include "base/vec.h"
#include "store/store_people.h"
#include "wire/duis.h"

#define FILE_MAX MIB
#define WARN_AHEAD_MS (60 * MS_PER_DAY) /* people need time to get a certificate */
#define OU_XML_SIGN "87"
#define OU_DCC "89"
#define PLACE_SIZE 64
#define PATH_SIZE 1024

/* A set with its references; what others see is its first member. */
struct set {
	struct dcc_users u;
	atomic_int refs;
	VEC(char *) warnings; /* owned texts; u.warning is their array */
};

static struct set *set_of(struct dcc_users *u)
{
	return (struct set *)u;
}

static void user_done(struct dcc_user *u)
{
	p256_free(u->xml_key);
	p256_free(u->command_key);
	if (u->xml_cert)
		p256_cert_free(u->xml_cert);
	if (u->command_cert)
		p256_cert_free(u->command_cert);
}

struct dcc_users *dcc_users_none(void)
{
	struct set *s = mem_zalloc(sizeof *s);

	atomic_init(&s->refs, 1);
	return &s->u;
}

struct dcc_users *dcc_users_ref(struct dcc_users *u)
{
	atomic_fetch_add(&set_of(u)->refs, 1);
	return u;
}

void dcc_users_unref(struct dcc_users *u)
{
	if (!u || atomic_fetch_sub(&set_of(u)->refs, 1) > 1)
		return;
	for (size_t i = 0; i < u->ncerts; i++)
		p256_cert_free(u->cert[i]);
	free(u->cert);
	for (size_t i = 0; i < u->nusers; i++)
		user_done(&u->user[i]);
	free(u->user);
	for (size_t i = 0; i < u->nwarnings; i++)
		free(u->warning[i]);
	vec_done(&set_of(u)->warnings);
	free(set_of(u));
}

const struct dcc_user *dcc_user_eui(const struct dcc_users *u, uint64_t eui)
{
	for (size_t i = 0; i < u->nusers; i++)
		if (u->user[i].eui == eui)
			return &u->user[i];
	return NULL;
}

const struct dcc_user *dcc_user_of_org(const struct dcc_users *u, int64_t org_id)
{
	for (size_t i = 0; i < u->nusers && org_id >= 0; i++)
		if (u->user[i].org_id == org_id)
			return &u->user[i];
	return NULL;
}

bool dcc_user_may_sign(const struct dcc_user *u, int64_t now)
{
	return p256_cert_valid(u->xml_cert, now) && p256_cert_valid(u->command_cert, now);
}

/* ---- reading ---- */

/* What one reading is about. */
struct reading {
	const char *path; /* of the file */
	size_t folder;    /* bytes of path that are its folder, with the slash */
	struct db *db;
	int64_t now;
	struct dcc_users *u;
};

static int wrong(struct err *e, const char *place, const char *member, const char *fmt, ...)
    PRINTF_LIKE(4, 5);
static int wrong(struct err *e, const char *place, const char *member, const char *fmt, ...)
{
	char at[sizeof e->where], text[sizeof e->msg];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	err_set(e, ERR_CONFIG, "%s", text);
	snprintf(at, sizeof at, "%s%s%s", place, *member ? "/" : "", member);
	return err_at(e, at, 0, 0);
}

static void warn(struct reading *r, const char *fmt, ...) PRINTF_LIKE(2, 3);
static void warn(struct reading *r, const char *fmt, ...)
{
	struct set *s = set_of(r->u);
	char text[480];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	vec_push(&s->warnings, mem_strdup(text));
	s->u.warning = s->warnings.v;
	s->u.nwarnings = s->warnings.n;
}

static int text_of(const struct json *obj, const char *place, const char *name, const char **ret,
		   struct err *e)
{
	const char *t = json_text(json_get(obj, name));

	if (!t)
		return wrong(e, place, name, "'%s' is missing or no text", name);
	*ret = t;
	return OK;
}

static int eui_of(const struct json *obj, const char *place, uint64_t *ret, struct err *e)
{
	const char *t = "";

	if (text_of(obj, place, "eui", &t, e))
		return (int)e->code;
	if (!duis_eui_parse(t, ret) || !*ret)
		return wrong(e, place, "eui", "'%.40s' is no EUI-64 such as 90-B3-D5-1F-30-01-00-00", t);
	return OK;
}

/* A name in the file, relative to the folder of the file. */
static int path_of(const struct reading *r, const char *name, char ret[PATH_SIZE], struct err *e)
{
	size_t folder = *name == '/' ? 0 : r->folder;

	if (!*name || snprintf(ret, PATH_SIZE, "%.*s%s", (int)folder, r->path, name) >= PATH_SIZE)
		return err_set(e, ERR_CONFIG, "the name of the file is empty or too long");
	return OK;
}

static int cert_of(const struct reading *r, const char *name, const char *place, const char *member,
		   struct p256_cert **ret, struct err *e)
{
	char path[PATH_SIZE];
	struct err why;

	if (path_of(r, name, path, &why) || p256_cert_load(path, ret, &why))
		return wrong(e, place, member, "%.400s", why.msg);
	return OK;
}

static void warn_expiry(struct reading *r, const struct p256_cert *c, const char *what, const char *of)
{
	char day[TIME_TEXT];

	date_text(p256_cert_end(c), day);
	if (!p256_cert_valid(c, r->now))
		warn(r,
		     "the %s of %s is not valid now, its last day is %s (serial %s): nothing is signed or "
		     "believed "
		     "by it",
		     what, of, day, p256_cert_serial(c));
	else if (!p256_cert_valid(c, r->now + WARN_AHEAD_MS))
		warn(r, "the %s of %s ends on %s (serial %s)", what, of, day, p256_cert_serial(c));
}

static int key_of(const struct reading *r, const struct json *obj, const char *place, const char *member,
		  struct p256_key **ret, struct err *e)
{
	char path[PATH_SIZE];
	const char *t = "";
	struct err why;

	if (text_of(obj, place, member, &t, e))
		return (int)e->code;
	if (!strncmp(t, "pkcs11:", 7) ? p256_open(t, ret, &why)
				      : path_of(r, t, path, &why) || p256_open(path, ret, &why))
		return wrong(e, place, member, "%.400s", why.msg);
	return OK;
}

/* A key with its certificate. */
static int pair_of(struct reading *r, const struct json *obj, const char *place, const char *const member[2],
		   uint64_t eui, struct p256_key **ret_key, struct p256_cert **ret_cert, struct err *e)
{
	char has[DUIS_EUI_SIZE], want[DUIS_EUI_SIZE];
	const char *t = "";

	if (text_of(obj, place, member[1], &t, e) || cert_of(r, t, place, member[1], ret_cert, e))
		return (int)e->code;
	if (p256_cert_eui(*ret_cert) != eui)
		return wrong(e, place, member[1], "the certificate is of %s, not of %s",
			     p256_cert_eui(*ret_cert) ? duis_eui_text(p256_cert_eui(*ret_cert), has)
						      : "no EUI-64",
			     duis_eui_text(eui, want));
	if (key_of(r, obj, place, member[0], ret_key, e))
		return (int)e->code;
	if (!p256_cert_fits(*ret_cert, *ret_key))
		return wrong(e, place, member[0], "the key is not the one of the certificate '%s'",
			     member[1]);
	return OK;
}

static int roles_of(const struct json *obj, const char *place, struct dcc_user *u, struct err *e)
{
	const struct json *list = json_get(obj, "roles");

	if (json_kind(list) != JSON_ARRAY || !json_len(list))
		return wrong(e, place, "roles",
			     "'roles' is a list of \"IS\" (import supplier) and \"GS\" (gas supplier)");
	for (size_t i = 0; i < json_len(list); i++) {
		const char *t = json_text(json_at(list, i));
		bool *role = t && !strcmp(t, "IS")   ? &u->import_supplier
			     : t && !strcmp(t, "GS") ? &u->gas_supplier
						     : NULL;

		if (!role || *role)
			return wrong(e, place, "roles",
				     "'%.20s' is neither \"IS\" nor \"GS\", or stands there twice",
				     t ? t : "");
		*role = true;
	}
	return OK;
}

static int organisation_of(struct reading *r, const struct json *obj, const char *place, struct dcc_user *u,
			   struct err *e)
{
	OWN(rows_done) struct rows *rows = NULL;
	struct store_org org;
	const char *t = "";
	bool got = false;

	if (text_of(obj, place, "organisation", &t, e))
		return (int)e->code;
	if (!str_copy(u->organisation, sizeof u->organisation, t))
		return wrong(e, place, "organisation", "the name is longer than %zu bytes",
			     sizeof u->organisation - 1);
	for (size_t i = 0; i < r->u->nusers; i++)
		if (!strcmp(r->u->user[i].organisation, u->organisation))
			return wrong(
			    e, place, "organisation",
			    "users %zu and %zu speak for the same organisation; give one of them all roles",
			    i, r->u->nusers);
	if (!*t)
		return OK;
	if (r->db && store_org_get(r->db, 0, t, &rows, &org, &got, e))
		return (int)e->code;
	u->org_id = got ? org.id : -1;
	if (!got)
		warn(r,
		     "there is no organisation '%.100s': its user of the DCC speaks for nobody until it is "
		     "added and the file is read again",
		     t);
	return OK;
}

static int user_read(struct reading *r, const struct json *obj, const char *place, struct dcc_user *u,
		     struct err *e)
{
	static const char *const members[] = {
		"organisation",        "eui", "roles", "xml_key", "xml_certificate", "command_key",
		"command_certificate", NULL
	};
	static const char *const xml[2] = { "xml_key", "xml_certificate" };
	static const char *const command[2] = { "command_key", "command_certificate" };
	char eui[DUIS_EUI_SIZE];

	if (json_kind(obj) != JSON_OBJECT)
		return wrong(e, place, "", "a user is an object");
	if (json_only(obj, members, place, e) || organisation_of(r, obj, place, u, e) ||
	    eui_of(obj, place, &u->eui, e))
		return (int)e->code;
	if (u->eui == r->u->dcc || dcc_user_eui(r->u, u->eui))
		return wrong(e, place, "eui", "%s stands there twice", duis_eui_text(u->eui, eui));
	if (roles_of(obj, place, u, e) || pair_of(r, obj, place, xml, u->eui, &u->xml_key, &u->xml_cert, e) ||
	    pair_of(r, obj, place, command, u->eui, &u->command_key, &u->command_cert, e))
		return (int)e->code;
	if (strcmp(p256_cert_ou(u->xml_cert), OU_XML_SIGN) != 0)
		return wrong(e, place, "xml_certificate",
			     "its OU is '%.20s'; those for signing XML have " OU_XML_SIGN,
			     p256_cert_ou(u->xml_cert));
	duis_eui_text(u->eui, eui);
	warn_expiry(r, u->xml_cert, "XML certificate", eui);
	warn_expiry(r, u->command_cert, "command certificate", eui);
	return OK;
}

static int dcc_read(struct reading *r, const struct json *obj, struct err *e)
{
	static const char *const members[] = { "eui", "certificates", NULL };
	const struct json *list = json_get(obj, "certificates");

	if (json_kind(obj) != JSON_OBJECT)
		return wrong(e, "/dcc", "", "'dcc' is missing or no object");
	if (json_only(obj, members, "/dcc", e) || eui_of(obj, "/dcc", &r->u->dcc, e))
		return (int)e->code;
	if (json_kind(list) != JSON_ARRAY || !json_len(list) || json_len(list) > DCC_CERTIFICATES_MAX)
		return wrong(e, "/dcc", "certificates", "it is a list of 1 to %d files",
			     DCC_CERTIFICATES_MAX);
	r->u->cert = mem_array(json_len(list), sizeof *r->u->cert);
	for (size_t i = 0; i < json_len(list); i++) {
		const char *t = json_text(json_at(list, i));
		char member[40];

		snprintf(member, sizeof member, "certificates/%zu", i);
		if (!t)
			return wrong(e, "/dcc", member, "it is no text");
		if (cert_of(r, t, "/dcc", member, &r->u->cert[i], e))
			return (int)e->code;
		r->u->ncerts++;
		if (strcmp(p256_cert_ou(r->u->cert[i]), OU_DCC) != 0)
			return wrong(e, "/dcc", member, "its OU is '%.20s'; those of the DCC have " OU_DCC,
				     p256_cert_ou(r->u->cert[i]));
		warn_expiry(r, r->u->cert[i], "certificate", "the DCC");
	}
	return OK;
}

static int users_read(struct reading *r, const struct json *root, struct err *e)
{
	static const char *const members[] = { "dcc", "users", NULL };
	const struct json *list = json_get(root, "users");
	char place[PLACE_SIZE];

	if (json_kind(root) != JSON_OBJECT)
		return wrong(e, "", "", "the file holds an object with 'dcc' and 'users'");
	if (json_only(root, members, "", e) || dcc_read(r, json_get(root, "dcc"), e))
		return (int)e->code;
	if (json_kind(list) != JSON_ARRAY || json_len(list) > DCC_USERS_MAX)
		return wrong(e, "", "users", "it is a list of at most %d users", DCC_USERS_MAX);
	r->u->user = mem_array(json_len(list) + 1, sizeof *r->u->user);
	for (size_t i = 0; i < json_len(list); i++) {
		struct dcc_user u = { .eui = 0 };

		snprintf(place, sizeof place, "/users/%zu", i);
		if (user_read(r, json_at(list, i), place, &u, e)) {
			user_done(&u);
			return (int)e->code;
		}
		r->u->user[r->u->nusers++] = u;
	}
	return OK;
}

int dcc_users_load(const char *path, struct db *db, int64_t now, struct dcc_users **ret, struct err *e)
{
	OWN(dcc_users_unref) struct dcc_users *u = dcc_users_none();
	OWN(json_free) struct json *root = NULL;
	STR(text, FILE_MAX);
	const char *slash = strrchr(path, '/');
	struct reading r = { path, slash ? (size_t)(slash - path) + 1 : 0, db, now, u };

	u->loaded_at = now;
	if (!*path) {
		*ret = MOVE(u);
		return OK;
	}
	if (file_read(path, &text, e) || json_parse(str_c(&text), text.len, &root, e) ||
	    users_read(&r, root, e)) {
		/* Whatever is wrong with the file is wrong with the configuration; what the store says is
		 * not. */
		if (err_info(e->code)->http < 500 || e->code == ERR_FILE)
			e->code = ERR_CONFIG;
		return err_wrap(e, "dcc_users: %.200s", path);
	}
	*ret = MOVE(u);
	return OK;
}
