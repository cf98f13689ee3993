/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A model's graph as a picture: DOT text from the snapshot, drawn by dot.h, checked, kept. The picture says
 * with shapes and words what colours say too, and shows nothing that the table beside it does not
 * (ecosystem-ux 5).
 *
 * Drawn are at most PICTURE_NODES entries: the whole model, or the neighbourhood of one entry. An `any`
 * statement with many bases is one thick arrow with a count instead of a bush. What comes back from Graphviz
 * is let through only if it consists of the few elements and attributes that such pictures have, and links
 * only to our own entry pages.
 */
#ifndef FIRPATH_WEB_PICTURE_H
#define FIRPATH_WEB_PICTURE_H

#include <stdbool.h>

#include "core/catalog.h"
#include "web/dot.h"

#define PICTURE_NODES 60
#define PICTURE_EDGES 300
#define PICTURE_BYTES ((size_t)4 << 20) /* ceiling of one SVG */

struct picture_ask {
	const struct snapshot *snap; /* borrowed */
	uint32_t model;              /* index into the graph's models */
	uint32_t focus;              /* node in the middle, or NODE_NONE = the whole model */
	int64_t day;                 /* UTC ms: expired CPA certificates are judged then */
	const struct str *source;    /* borrowed: DOT text of something else than a model; then nothing of the
					above counts. NULL = the model */
};

/* Text from the data for a quoted DOT string: cut, no escape sequences, no entities, no control characters.
 */
void picture_label(struct str *out, const char *s);
/* DOT text; *ret_partial = entries or arrows were left out. */
void picture_source(const struct picture_ask *ask, struct str *out, bool *ret_partial);
/* Copies the <svg> of Graphviz's answer if it holds nothing unexpected; ERR_PICTURE otherwise. */
int picture_clean(const char *svg, size_t n, struct str *out, struct err *e) MUST_USE;

/* Drawn pictures, shared by all threads. Its lock guards the list of kept pictures and the number of children
 * at work; it is never held while one draws. */
struct pictures;
struct pictures *pictures_new(const struct dot_limits *limits);
void pictures_free(struct pictures *p);
DEFINE_OWN(struct pictures, pictures_free)

/* Appends the SVG. Waits for a free place among the children at most as long as drawing may take; a graph
 * that could not be drawn is not tried again for a minute. ERR_PICTURE. */
int pictures_get(struct pictures *p, const struct picture_ask *ask, struct str *out, bool *ret_partial,
		 struct err *e) MUST_USE;

#endif
