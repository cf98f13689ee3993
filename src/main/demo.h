/* SPDX-License-Identifier: Apache-2.0 */
/*
 * firpathd --demo: a whole service to try, in a folder of its own, with an invented catalogue and people of
 * every role whose passwords are printed at each start. Every page says that it is a demonstration. It
 * listens on loopback addresses only, and it never touches a store that it did not make itself: the store of
 * a demonstration carries a mark (meta 'demo'), and a folder that holds anything else is refused.
 */
#ifndef FIRPATH_MAIN_DEMO_H
#define FIRPATH_MAIN_DEMO_H

#include "base/conf.h"
#include "core/catalog.h"
#include "store/db.h"

#define DEMO_FOLDER_MAX 400
#define DEMO_PEOPLE 8

/* The sample list and its statements, packed into the program. */
extern const char demo_cpl[], demo_statements[];
extern const size_t demo_cpl_len, demo_statements_len;

struct demo {
	char folder[DEMO_FOLDER_MAX];
	bool temporary; /* made by demo_prepare, removed by demo_done */
	char password[DEMO_PEOPLE][21];
};
/* Makes or checks the folder ("" = a temporary one), and points the configuration at it. ERR_CONFIG when the
 * configuration says where something else is or lets others in; ERR_CONFLICT when the folder holds something
 * that is no demonstration. */
int demo_prepare(struct demo *d, const char *folder, struct conf *c, struct err *e) MUST_USE;
/* Is this a store that demo_fill made, or a new one? ERR_CONFLICT. */
int demo_check(struct db *db, struct err *e) MUST_USE;
/* Fills a new store; gives everybody a new password. Before anybody can connect. */
struct vc_store; /* core/vc.h */
int demo_fill(struct demo *d, const struct vc_store *vcs, const struct conf *conf, struct db *db,
	      struct catalog *catalog, int64_t now, struct err *e) MUST_USE;
/* A vehicle and its Vehicle Configurations (demo_vehicle.c); vcs points into the folder. */
int demo_vehicle_fill(const char *folder, const struct vc_store *vcs, const struct conf *conf, struct db *db,
		      int64_t now, struct err *e) MUST_USE;
/* Charging stations, and releases of their firmware (demo_station.c). */
int demo_station_fill(const char *image_dir, struct db *db, struct catalog *catalog, int64_t now,
		      struct err *e) MUST_USE;
/* Home area networks with their meters (demo_meter.c). */
int demo_meter_fill(struct db *db, struct catalog *catalog, int64_t now, struct err *e) MUST_USE;
/* The address, the people and their passwords, to standard output. */
void demo_print(const struct demo *d, const char *address);
void demo_done(struct demo *d); /* removes a temporary folder */

#endif
