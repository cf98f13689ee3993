/* SPDX-License-Identifier: Apache-2.0 */
#include "web/chart.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "web/html.h"

#define WIDTH 900
#define LABEL_WIDTH 270 /* of the column of labels */
#define LABEL_MAX 34    /* characters */
#define BAR_WIDTH 530   /* of the longest bar */
#define ROW 28
#define TOP 34 /* the legend */

/* Green, blue, red, grey of the page's palette. */
static const char *const fill[CHART_PARTS] = { "#00703c", "#1d70b8", "#d4351c", "#505a5f" };

static void text_put(struct str *out, int x, int y, const char *text, size_t n)
{
	str_addf(out, "<text x=\"%d\" y=\"%d\" fill=\"#0b0c0c\">", x, y);
	html_escape(out, text, n);
	str_add(out, "</text>");
}

static void legend_draw(const struct chart *c, struct str *out)
{
	int x = 0;

	for (int i = 0; i < CHART_PARTS; i++) {
		str_addf(out, "<rect x=\"%d\" y=\"4\" width=\"16\" height=\"16\" fill=\"%s\"/>", x, fill[i]);
		text_put(out, x + 22, 17, c->parts[i], strlen(c->parts[i]));
		x += 60 + 9 * (int)strlen(c->parts[i]);
	}
}

static int64_t whole(const struct chart_bar *b)
{
	int64_t sum = 0;

	for (int i = 0; i < CHART_PARTS; i++)
		sum += b->part[i];
	return sum;
}

/* A label that does not fit is cut between characters. */
static void label_draw(const char *label, int y, struct str *out)
{
	size_t n = strlen(label), keep = n;
	STR(cut, 256);

	if (n > LABEL_MAX) {
		keep = LABEL_MAX - 1;
		while (keep && ((unsigned char)label[keep] & 0xc0) == 0x80)
			keep--;
	}
	str_addn(&cut, label, keep);
	if (keep < n)
		str_add(&cut, "\xe2\x80\xa6");
	text_put(out, 0, y + 15, str_c(&cut), cut.len);
}

static void bar_draw(const struct chart_bar *b, int64_t most, int y, struct str *out)
{
	int x = LABEL_WIDTH;
	char n[24];

	label_draw(b->label, y, out);
	for (int i = 0; i < CHART_PARTS; i++) {
		int w = most > 0 ? (int)(b->part[i] * BAR_WIDTH / most) : 0;

		if (b->part[i] && w < 2)
			w = 2; /* what is there is seen */
		if (w)
			str_addf(out, "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"20\" fill=\"%s\"/>", x,
				 y, w > 2 ? w - 1 : w, fill[i]);
		x += w;
	}
	snprintf(n, sizeof n, "%" PRId64, whole(b));
	text_put(out, x + 8, y + 15, n, strlen(n));
}

void chart_draw(const struct chart *c, struct str *out)
{
	size_t n = c->n < CHART_BARS ? c->n : CHART_BARS;
	int64_t most = 0;

	for (size_t i = 0; i < n; i++)
		most = whole(&c->bars[i]) > most ? whole(&c->bars[i]) : most;
	str_addf(out,
		 "<svg xmlns=\"http://www.w3.org/2000/svg\" role=\"img\" aria-labelledby=\"chart-title "
		 "chart-says\" viewBox=\"0 0 %d %zu\" width=\"%d\" height=\"%zu\" font-family=\"arial, "
		 "sans-serif\" font-size=\"15\">",
		 WIDTH, TOP + n * ROW, WIDTH, TOP + n * ROW);
	str_add(out, "<title id=\"chart-title\">");
	html_escape(out, c->title, strlen(c->title));
	str_add(out, "</title><desc id=\"chart-says\">");
	html_escape(out, c->says, strlen(c->says));
	str_add(out, "</desc>");
	legend_draw(c, out);
	for (size_t i = 0; i < n; i++)
		bar_draw(&c->bars[i], most, TOP + (int)i * ROW, out);
	str_add(out, "</svg>");
}
