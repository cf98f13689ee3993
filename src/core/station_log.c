/* SPDX-License-Identifier: Apache-2.0 */
#include "core/station_log.h"

#include <inttypes.h>
#include <stdio.h>
#include <sys/stat.h>

#include "base/digest.h"
#include "base/file.h"
#include "store/store_release.h"

static int log_file(const char *image_dir, int64_t job, char buf[STATION_LOG_PATH_MAX], struct err *e)
{
	char dir[STATION_LOG_PATH_MAX];

	if (snprintf(dir, sizeof dir, "%s/logs", image_dir) >= (int)sizeof dir - 40)
		return err_set(e, ERR_CONFIG, "the path of the image folder is too long");
	if (file_mkdirs(dir, e))
		return err_wrap(e, "the folder of logs");
	snprintf(buf, STATION_LOG_PATH_MAX, "%.900s/%" PRId64 ".log", dir, job);
	return OK;
}

int station_log_put(struct db *db, const char *image_dir, int64_t job, const char *identity,
		    const struct actor *who, const void *p, size_t n, struct err *e)
{
	TX(tx);
	char path[STATION_LOG_PATH_MAX], subject[40], after[200], name[48], sum[SHA256_HEX];
	uint8_t raw[SHA256_LEN];
	int64_t site;
	bool got;

	if (!n || n > STATION_LOG_MAX)
		return n ? err_set(e, ERR_TOO_LARGE, "a log may have %zu MiB", STATION_LOG_MAX / MIB)
			 : err_set(e, ERR_INVALID, "the log is empty");
	if (store_log_site(db, job, identity, &got, &site, e))
		return (int)e->code;
	if (!got)
		return err_set(e, ERR_NOT_FOUND, "that station has no job %" PRId64, job);
	if (log_file(image_dir, job, path, e) || file_replace(path, p, n, e))
		return err_wrap(e, "the log of job %" PRId64, job);
	sha256_of(p, n, raw);
	snprintf(name, sizeof name, "%" PRId64 ".log", job);
	snprintf(subject, sizeof subject, "station/%" PRId64, site);
	snprintf(after, sizeof after, "{\"job\":%" PRId64 ",\"bytes\":%zu,\"sha256\":\"%s\"}", job, n,
		 hex_text(raw, sizeof raw, sum));
	if (tx_begin(&tx, db, true, e) || store_log_set(db, job, name, e) ||
	    audit_add(db, who, "station-log", subject, NULL, after, 0, NULL, e) || tx_keep(&tx, e))
		return (int)e->code;
	return OK;
}

int station_log_path(struct db *db, struct scope scope, const char *image_dir, int64_t job,
		     char buf[STATION_LOG_PATH_MAX], struct err *e)
{
	struct stat st;
	bool seen;

	if (store_log_seen(db, job, scope.sees, &seen, e) || log_file(image_dir, job, buf, e))
		return (int)e->code;
	if (!seen || stat(buf, &st) || !S_ISREG(st.st_mode))
		return err_set(e, ERR_NOT_FOUND, "job %" PRId64 " has no log here", job);
	return OK;
}
