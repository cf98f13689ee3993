/* SPDX-License-Identifier: Apache-2.0 */
/* The files of web/ (templates, stylesheet, script, icon) as build-aux/embed packs them into the program. */
#ifndef FIRPATH_WEB_FILES_H
#define FIRPATH_WEB_FILES_H

#include <stddef.h>

struct web_file {
	const char *name; /* relative to web/, "templates/home.html"; NULL ends the table */
	const char *p;    /* with a NUL behind the end */
	size_t len;
};
extern const struct web_file web_files[];

#endif
