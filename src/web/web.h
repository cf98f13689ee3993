/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pages for people, rendered by the server (D9): every page is a handler of the HTTP door that puts the same
 * JSON as the API gives into a template. They work without script. struct web is what they share: compiled
 * templates, packed assets, drawn pictures. Made once by the program, then read by any thread (pictures have
 * a lock of their own).
 */
#ifndef FIRPATH_WEB_WEB_H
#define FIRPATH_WEB_WEB_H

#include "http/http.h"
#include "web/dot.h"

/* Fails only when a template is wrong, which the tests exclude. limits: DOT_LIMITS unless a test wants
 * others; strict: a name that the data lacks is an error (tests), else it is empty. */
int web_new(const struct dot_limits *limits, bool strict, struct web **ret, struct err *e) MUST_USE;
void web_free(struct web *w);
DEFINE_OWN(struct web, web_free)

/* The pages and their assets; ends with a row of NULLs. They need struct app.web. */
extern const struct route web_routes[];

/* For struct app. */
void web_error_page(struct req *rq, const struct err *e, struct resp *rs);
int web_graph_svg(struct req *rq, struct resp *rs, struct err *e);

#endif
