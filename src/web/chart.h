/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bars as inline SVG, made here, without script or style sheet of its own (the page's content security policy
 * lets neither through). A picture repeats what the table beside it says; its parts differ by their place and
 * the legend's order, not by colour alone, and each colour stands out from white by more than 4.5 : 1.
 */
#ifndef FIRPATH_WEB_CHART_H
#define FIRPATH_WEB_CHART_H

#include "base/str.h"

#define CHART_PARTS 4
#define CHART_BARS 20
#define CHART_BYTES ((size_t)64 << 10)

struct chart_bar {
	const char *label; /* borrowed; shortened to fit */
	int64_t part[CHART_PARTS];
};
struct chart {
	const char *title, *says;       /* for whoever does not see it */
	const char *parts[CHART_PARTS]; /* the legend */
	const struct chart_bar *bars;
	size_t n; /* at most CHART_BARS are drawn */
};
void chart_draw(const struct chart *c, struct str *out);

#endif
