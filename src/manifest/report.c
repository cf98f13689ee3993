/* SPDX-License-Identifier: Apache-2.0 */
/* What is told about a Manifest: E13-E16. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "manifest/read_p.h"

void manifest_sentence(const struct config_item *dependency, const struct config_item *on, char buf[240])
{
	const struct config_item *bb = config_owner(dependency);
	const int64_t *v = dependency->functional.part;
	const char *need = dependency->text[ELEMENT_FUNCTIONAL_VERSION], *has;

	if (!on) {
		snprintf(buf, 240,
			 "%.50s %.20s needs %.50s with functional version %" PRId64 ".%" PRId64
			 ".x or later minor; it is not there",
			 config_name(bb),
			 bb->text[ELEMENT_RELEASE_VERSION] ? bb->text[ELEMENT_RELEASE_VERSION] : "",
			 config_name(dependency), need ? v[0] : 0, need ? v[1] : 0);
		return;
	}
	has = on->text[ELEMENT_FUNCTIONAL_VERSION];
	snprintf(buf, 240,
		 "%.50s %.20s needs %.50s with functional version %" PRId64 ".%" PRId64
		 ".x or later minor; %.40s %.20s is there: %s",
		 config_name(bb), bb->text[ELEMENT_RELEASE_VERSION] ? bb->text[ELEMENT_RELEASE_VERSION] : "",
		 config_name(on), v[0], v[1], config_name(on), has ? has : "without version",
		 need && has && config_fits(&dependency->functional, &on->functional) ? "fits"
										      : "does not fit");
}

static void checks(struct jw *w, const struct config_item *it)
{
	jw_kbool(w, "syntax", it && it->syntax_ok);
	jw_kbool(w, "integrity", it && it->integrity_ok);
	jw_kbool(w, "identity", it && it->identity_ok);
	jw_kbool(w, "authenticity", it && it->authentic_ok);
}

static const char *text_of(const struct config_item *it, enum config_element el)
{
	return it ? it->text[el] : NULL;
}

static void manifest_row(struct jw *w, const struct config_item *it)
{
	jw_obj(w);
	jw_kstr(w, "file", it->file);
	jw_kstr(w, "pointer", it->pointer);
	jw_kstr(w, "type", config_type_text[it->type]);
	jw_kstr(w, "name", it->text[ELEMENT_NAME]);
	jw_kstr(w, "version", it->text[ELEMENT_RELEASE_VERSION]);
	jw_kstr(w, "functional", it->text[ELEMENT_FUNCTIONAL_VERSION]);
	jw_kstr(w, "config_id", it->text[ELEMENT_CONFIG_ID]);
	jw_kstr(w, "type_id", it->text[ELEMENT_TYPE_ID]);
	jw_kstr(w, "hash", it->hash);
	checks(w, it);
	jw_kstr(w, "signer", it->signer);
	jw_end(w);
}

static void manifest_rows(struct jw *w, const struct config_item *it)
{
	if (it->type <= CONFIG_BUILDING_BLOCK)
		manifest_row(w, it);
	for (const struct config_item *c = it->child; c; c = c->next)
		manifest_rows(w, c);
}

/* Beneath the outermost folder. */
static void path_put(struct jw *w, const struct config_item *it)
{
	const char *path = it->text[ELEMENT_ARCHIVE];
	STR(full, 16 * KIB);

	str_addf(&full, "%s%s", it->folder, path && !strncmp(path, "./", 2) ? path + 2 : path ? path : "");
	jw_strn(w, str_c(&full), full.len);
}

static void archive_row(struct jw *w, const struct config_item *it)
{
	jw_obj(w);
	jw_kstr(w, "kind", config_type_text[it->type]);
	jw_kstr(w, "bb", config_name(config_owner(it)));
	jw_kstr(w, "name", it->text[ELEMENT_NAME]);
	jw_kstr(w, "type_id", it->text[ELEMENT_TYPE_ID]);
	jw_kstr(w, "version", it->text[ELEMENT_RELEASE_VERSION]);
	jw_key(w, "file");
	path_put(w, it);
	jw_key(w, "size");
	if (it->size >= 0)
		jw_int(w, it->size);
	else
		jw_null(w);
	jw_kstr(w, "hash", it->text[ELEMENT_HASH]);
	checks(w, it);
	jw_end(w);
}

static void dependency_rows(struct jw *w, const struct config_item *const *bb, int n, bool alone)
{
	char sentence[240];

	for (int i = 0; i < n; i++)
		for (const struct config_item *d = bb[i]->child; d; d = d->next) {
			const struct config_item *on;

			if (d->type != CONFIG_DEPENDENCY)
				continue;
			on = config_bb_of(bb, n, d->text[ELEMENT_TYPE_ID]);
			jw_obj(w);
			jw_kstr(w, "bb", config_name(bb[i]));
			jw_kstr(w, "on", config_name(on ? on : d));
			jw_kstr(w, "type_id", d->text[ELEMENT_TYPE_ID]);
			jw_kstr(w, "required", d->text[ELEMENT_FUNCTIONAL_VERSION]);
			jw_kstr(w, "has", text_of(on, ELEMENT_FUNCTIONAL_VERSION));
			jw_key(w, "fits");
			if (alone)
				jw_null(w); /* nobody is there to look for */
			else
				jw_bool(w, on && config_fits(&d->functional, &on->functional));
			manifest_sentence(d, on, sentence);
			jw_kstr(w, "sentence", sentence);
			jw_end(w);
		}
}

static void wave_rows(struct jw *w, const struct config_item *const *bb, int n)
{
	int *waves = mem_array((size_t)n + 1, sizeof *waves);
	int count = config_waves(bb, n, waves);

	for (int k = 0; k < count; k++) {
		jw_arr(w);
		for (int i = 0; i < n; i++)
			if (waves[i] == k)
				jw_str(w, config_name(bb[i]));
		jw_arr_end(w);
	}
	free(waves);
}

static void problem_rows(struct jw *w, const struct manifest *m)
{
	for (size_t i = 0; i < m->problems.n; i++) {
		const struct manifest_problem *p = &m->problems.v[i];

		jw_obj(w);
		jw_kstr(w, "code", p->code);
		jw_kstr(w, "severity", p->warning ? "warning" : "error");
		jw_kstr(w, "file", p->file);
		jw_kstr(w, "pointer", p->pointer);
		jw_kint(w, "line", p->line);
		jw_kint(w, "column", p->column);
		jw_kstr(w, "what", p->what);
		jw_kstr(w, "mend", p->mend);
		jw_kstr(w, "row", p->row);
		jw_kstr(w, "error", p->error);
		jw_end(w);
	}
}

void manifest_report(const struct manifest *m, struct str *out)
{
	const struct config_item *root = m->root;
	const struct config_item **bb = mem_array(CONFIG_BBS_MAX, sizeof *bb);
	int n = root ? config_bbs(root, bb, CONFIG_BBS_MAX) : 0;
	struct jw w = jw_start(out);

	if (n > CONFIG_BBS_MAX)
		n = CONFIG_BBS_MAX;
	jw_obj(&w);
	jw_kbool(&w, "good", manifest_good(m));
	jw_kstr(&w, "profile", manifest_profile_text[m->profile]);
	checks(&w, root);
	jw_kbool(&w, "archives_checked", m->checks & MANIFEST_CHECK_ARCHIVES);
	jw_kbool(&w, "signatures_checked", m->looked_for_signers);
	jw_kstr(&w, "type", root ? config_type_text[root->type] : NULL);
	jw_kstr(&w, "name", text_of(root, ELEMENT_NAME));
	jw_kstr(&w, "version", text_of(root, ELEMENT_RELEASE_VERSION));
	jw_kstr(&w, "config_id", text_of(root, ELEMENT_CONFIG_ID));
	jw_kstr(&w, "type_id", text_of(root, ELEMENT_TYPE_ID));
	jw_kstr(&w, "hash", root ? root->hash : NULL);
	jw_key(&w, "manifests");
	jw_arr(&w);
	if (root)
		manifest_rows(&w, root);
	jw_arr_end(&w);
	jw_key(&w, "archives");
	jw_arr(&w);
	for (const struct config_item *it = root ? config_archive_next(root, NULL) : NULL; it;
	     it = config_archive_next(root, it))
		archive_row(&w, it);
	jw_arr_end(&w);
	jw_key(&w, "dependencies");
	jw_arr(&w);
	dependency_rows(&w, bb, n, root && root->type == CONFIG_BUILDING_BLOCK);
	jw_arr_end(&w);
	jw_key(&w, "waves");
	jw_arr(&w);
	wave_rows(&w, bb, n);
	jw_arr_end(&w);
	jw_key(&w, "problems");
	jw_arr(&w);
	problem_rows(&w, m);
	jw_arr_end(&w);
	jw_kint(&w, "more_problems", m->more);
	jw_end(&w);
	free(bb);
}
