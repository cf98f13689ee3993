/* SPDX-License-Identifier: Apache-2.0 */
/* What Building Blocks fetch: their Manifest, and their Package when it is their turn. */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/json.h"
#include "core/cm_row.h"

static bool is_loopback(const char *peer)
{
	return !strncmp(peer, "127.", 4) || !strcmp(peer, "::1") || !strncmp(peer, "::ffff:127.", 11);
}

/* J50. network: IPv4 addresses, separated by blanks. */
static bool address_allowed(const char *network, const char *peer)
{
	size_t n;

	if (!peer || is_loopback(peer))
		return true;
	if (!strncmp(peer, "::ffff:", 7))
		peer += 7;
	for (const char *p = network; *p; p += n + strspn(p + n, " ")) {
		n = strcspn(p, " ");
		if (strlen(peer) == n && !strncmp(p, peer, n))
			return true;
	}
	return false;
}

/* The row of bb_files, checked for whoever asks; texts are borrowed from *ret. */
static int files_of(struct db *db, int64_t device_id, const char *peer, struct rows **ret, struct err *e)
{
	OWN(rows_done) struct rows *r = NULL;
	bool got;

	if (db_run(db, SQL_BB_FILES, ARGS(VINT(device_id)), &r, e) || rows_next(r, &got, e))
		return (int)e->code;
	if (!got)
		return err_set(e, ERR_NOT_FOUND, "this device is no building block of a vehicle");
	if (!rows_num(r, 1))
		return err_set(e, ERR_CM_STOPPED, "the Configuration Manager of this vehicle is stopped");
	if (rows_null(r, 4))
		return err_set(e, ERR_NOT_FOUND, "building block '%.60s' has no active Manifest",
			       rows_text(r, 7));
	if (!address_allowed(rows_text(r, 6), peer))
		return err_set(e, ERR_CM_ADDRESS,
			       "building block '%.60s' may not be reached from %.60s: its Network IDs are "
			       "%.120s",
			       rows_text(r, 7), peer, rows_text(r, 6));
	*ret = MOVE(r);
	return OK;
}

int cm_serve_manifest(struct db *db, int64_t device_id, const char *peer, struct str *out, bool *ret_first,
		      struct err *e)
{
	OWN(rows_done) struct rows *r = NULL;

	if (files_of(db, device_id, peer, &r, e))
		return (int)e->code;
	str_add(out, rows_text(r, 4));
	*ret_first = !rows_num(r, 2);
	return OK;
}

/* Is this Archive one of its Package? archives: JSON of vc_bb. */
static int archive_find(const char *archives, const char *hash, bool *ret, struct err *e)
{
	OWN(json_free) struct json *j = NULL;
	const char *is;

	*ret = false;
	if (json_parse(archives, strlen(archives), &j, e))
		return err_wrap(e, "the stored list of archives");
	for (size_t i = 0; i < json_len(j) && !*ret; i++) {
		is = json_text(json_get(json_at(j, i), "hash"));
		*ret = is && !strcasecmp(is, hash);
	}
	return OK;
}

int cm_serve_package(struct db *db, int64_t device_id, const char *hash, const char *peer, bool *ret_first,
		     struct err *e)
{
	OWN(rows_done) struct rows *r = NULL;
	OWN(cm_vehicle_free) struct cm_vehicle *v = NULL;
	bool found, gone = false;
	int bb;

	if (files_of(db, device_id, peer, &r, e) || archive_find(rows_text(r, 5), hash, &found, e))
		return (int)e->code;
	if (!found)
		return err_set(e, ERR_NOT_FOUND, "the Package of building block '%.60s' has no Archive %.64s",
			       rows_text(r, 7), hash);
	if (cm_vehicle_load(db, rows_num(r, 0), &v, e))
		return (int)e->code;
	bb = cm_vehicle_bb(v, device_id);
	if (bb < 0 || !site_may_package(&v->site, bb, &gone))
		return gone ? err_set(e, ERR_CM_GONE, "the update of building block '%.60s' was given up",
				      rows_text(r, 7))
			    : err_set(e, ERR_CM_TURN,
				      "building block '%.60s' is not served yet: others come first",
				      rows_text(r, 7));
	*ret_first = !rows_num(r, 3);
	return OK;
}
