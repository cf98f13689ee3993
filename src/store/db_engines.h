/* SPDX-License-Identifier: Apache-2.0 */
/* The engines. A new one is a file that fills struct db_ops, a word per difference in schemagen.sh, and a row
 * in db.c. */
#ifndef FIRPATH_STORE_DB_ENGINES_H
#define FIRPATH_STORE_DB_ENGINES_H

#include "store/db.h"

extern const struct db_ops db_sqlite;
#ifdef WITH_POSTGRESQL
extern const struct db_ops db_pg;
#endif

#endif
