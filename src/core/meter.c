/* SPDX-License-Identifier: Apache-2.0 */
/* Registration of meters, and their end. */
#include "core/meter.h"

#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/parse.h"
#include "core/list_read.h"
#include "core/meter_p.h"

char *meter_subject(int64_t device_id, char buf[METER_SUBJECT])
{
	snprintf(buf, METER_SUBJECT, "meter/%" PRId64, device_id);
	return buf;
}

int meter_eui_read(const char *text, uint64_t *ret, struct err *e)
{
	if (!duis_eui_parse(text, ret) || !*ret)
		return err_set(e, ERR_INVALID,
			       "'%.40s' is no EUI-64; write 8 octets in hex with hyphens: "
			       "00-DB-12-34-56-78-90-A0",
			       text);
	return OK;
}

int meter_load(struct db *db, struct scope scope, const char *eui, struct store_meter *ret, struct err *e)
{
	struct store_meter v[2];
	uint64_t number;
	size_t n;

	if (meter_eui_read(eui, &number, e) || store_meter_own(db, scope.sees, number, v, &n, e))
		return (int)e->code;
	if (n > 1)
		return err_set(e, ERR_CONFLICT,
			       "several organisations have a meter %.40s; say whose is meant (org)", eui);
	if (!n)
		return err_set(e, ERR_NOT_FOUND, "there is no meter %.40s", eui);
	*ret = v[0];
	return OK;
}

const struct graph_node *meter_runs(const struct snapshot *s, int64_t entry_id)
{
	uint32_t node = entry_id > 0 ? graph_find_id(s->graph, entry_id) : NODE_NONE;

	return node == NODE_NONE ? NULL : graph_node(s->graph, node);
}

/* "SMETS1", or a version below 2: "SMETS V1.2". */
static bool text_smets1(const char *text)
{
	const char *v = text ? strstr(text, "V1.") : NULL;

	return text && !strncmp(text, "SMETS", 5) && (!strcmp(text, "SMETS1") || v);
}

bool meter_smets1(const struct store_meter *m, const struct graph_node *runs)
{
	return text_smets1(m->smets) || text_smets1(m->region) || (runs && text_smets1(runs->smets));
}

int meter_note(struct db *db, int64_t device_id, const char *what, const char *detail, int64_t now,
	       struct err *e)
{
	return store_meter_event_add(
	    db,
	    &(struct store_meter_event){
		.device_id = device_id, .at = now, .way = "note", .what = what, .detail = detail },
	    e);
}

/* ---- import ---- */

struct meter_row {
	char eui[DUIS_EUI_SIZE + 8], type[16], hub[DUIS_EUI_SIZE + 8], identity[48], mpxn[16], uprn[16],
	    status[24], variant[8], han_variant[32], smets[24], entry[48];
};
enum { COL_EUI, COL_TYPE };
static const char *const meter_cols[] = { "eui",    "type",    "hub",         "identity", "mpxn",  "uprn",
					  "status", "variant", "han_variant", "smets",    "entry", NULL };
static const struct list_place meter_places[] = {
	LIST_PLACE(meter_row, eui),      LIST_PLACE(meter_row, type),    LIST_PLACE(meter_row, hub),
	LIST_PLACE(meter_row, identity), LIST_PLACE(meter_row, mpxn),    LIST_PLACE(meter_row, uprn),
	LIST_PLACE(meter_row, status),   LIST_PLACE(meter_row, variant), LIST_PLACE(meter_row, han_variant),
	LIST_PLACE(meter_row, smets),    LIST_PLACE(meter_row, entry)
};
static const struct list_shape meter_shape = { "meters",
					       meter_cols,
					       meter_places,
					       sizeof meter_places / sizeof *meter_places,
					       1 << COL_EUI | 1 << COL_TYPE,
					       sizeof(struct meter_row) };

static const char *const status_list[] = { "Pending",
					   "Whitelisted",
					   "InstalledNotCommissioned",
					   "Commissioned",
					   "Decommissioned",
					   "Withdrawn",
					   "Suspended",
					   "Recovery",
					   "Recovered",
					   NULL };

static int wrong(struct err *e, const char *column)
{
	return err_at(e, column, 0, 0);
}

static int word_check(const char *column, const char *text, const char *const *list, struct err *e)
{
	const char *near;

	for (const char *const *w = list; *w; w++)
		if (!strcmp(text, *w))
			return OK;
	near = parse_nearest(text, list);
	err_set(e, ERR_INVALID, "there is no %s '%.40s'%s%s%s", column, text, near ? ", did you mean '" : "",
		near ? near : "", near ? "'?" : "");
	return wrong(e, column);
}

/* Whether it is SMETS1 decides whether it is touched at all, so nothing is guessed. */
static const char *const smets_list[] = { "SMETS1", "SMETS2", NULL };

static int digits_check(const char *column, const char *text, size_t max, struct err *e)
{
	size_t n = strspn(text, "0123456789");

	if (!text[n] && n <= max)
		return OK;
	err_set(e, ERR_INVALID, "%s is a number of at most %zu digits, not '%.40s'", column, max, text);
	return wrong(e, column);
}

static bool printable(const char *text)
{
	for (; *text; text++)
		if ((unsigned char)*text < 0x20 || *text == 0x7f)
			return false;
	return true;
}

static int row_words(const struct meter_row *row, struct meter_word *w, struct err *e)
{
	if (meter_eui_read(row->eui, &w->eui, e))
		return wrong(e, "eui");
	if (word_check("type", row->type, han_class_text, e))
		return (int)e->code;
	w->class = han_class_named(row->type);
	if (*row->hub && meter_eui_read(row->hub, &w->hub, e))
		return wrong(e, "hub");
	if (w->hub && w->class == HAN_CHF && w->hub != w->eui) {
		err_set(e, ERR_INVALID, "a CHF is its own hub");
		return wrong(e, "hub");
	}
	if (w->hub == w->eui && w->class != HAN_CHF) {
		err_set(e, ERR_INVALID, "only a CHF is a hub, and this is %s", row->type);
		return wrong(e, "hub");
	}
	if ((*row->status && word_check("status", row->status, status_list, e)) ||
	    (*row->smets && word_check("smets", row->smets, smets_list, e)) ||
	    digits_check("mpxn", row->mpxn, 13, e) || digits_check("uprn", row->uprn, 12, e))
		return (int)e->code;
	if (*row->variant && (w->class != HAN_ESME || row->variant[strspn(row->variant, "ABCDEFG")])) {
		err_set(e, ERR_INVALID, "'%s' is no variant of an ESME (letters A to G)", row->variant);
		return wrong(e, "variant");
	}
	if (!printable(row->han_variant)) {
		err_set(e, ERR_INVALID, "texts have no control characters");
		return wrong(e, "han_variant");
	}
	w->mpxn = row->mpxn;
	w->uprn = row->uprn;
	w->status = row->status;
	w->variant = row->variant;
	w->han_variant = row->han_variant;
	w->smets = row->smets;
	w->region = "";
	return OK;
}

/* Does the device type of an entry go with the class? What is not among the types is let through. */
static bool type_fits(const char *type, enum han_class c)
{
	static const struct {
		const char *part;
		unsigned classes;
	} types[] = { { "Electricity Metering", 1 << HAN_ESME },
		      { "Gas Smart Meter", 1 << HAN_GSME },
		      { "Communications Hub", 1 << HAN_CHF | 1 << HAN_GPF },
		      { "Auxiliary Load Control", 1 << HAN_HCALCS },
		      { "Pre-Payment Interface", 1 << HAN_PPMID } };

	for (size_t i = 0; type && i < sizeof types / sizeof *types; i++)
		if (strstr(type, types[i].part))
			return types[i].classes >> c & 1;
	return true;
}

static int row_put(struct db *db, int64_t org, const struct snapshot *s, int64_t now,
		   const struct meter_row *row, struct meter_site *last, struct meter_counts *counts,
		   uint64_t *ret_eui, struct err *e)
{
	struct fleet_wanted wanted = { .d = { .told_by = "nobody" } };
	struct meter_word w = { .w = &wanted };
	const struct graph_node *runs;
	struct meter_put_ret put;

	if (row_words(row, &w, e) ||
	    fleet_wanted_identity(s, row->identity, row->entry, &wanted, &w.hint, e) ||
	    meter_put(db, s, org, &w, true, last, now, &put, e))
		return (int)e->code;
	*ret_eui = w.eui;
	if (put.other_type) {
		err_set(e, ERR_CONFLICT,
			"%s is registered as another type of device, and this is %s; remove it first",
			row->eui, row->type);
		return wrong(e, "type");
	}
	runs = meter_runs(s, wanted.d.entry_id);
	if (runs && !type_fits(runs->device_type, w.class)) {
		err_set(e, ERR_INVALID, "entry %s is %s, and this is %s", runs->name, runs->device_type,
			row->type);
		return wrong(e, "type");
	}
	counts->rows++;
	counts->added += put.what == METER_ADDED;
	counts->changed += put.what == METER_CHANGED;
	counts->unchanged += put.what == METER_SAME;
	return OK;
}

/* Two lines about one device: which of them counts? */
struct said {
	uint64_t eui;
	int64_t line;
};
#define ROW_MIN 24 /* an EUI and a comma */

static void said_free(struct said *v)
{
	free(v);
}
DEFINE_OWN(struct said, said_free)

static int said_order(const void *a, const void *b)
{
	const struct said *x = a, *y = b;

	return x->eui != y->eui ? (x->eui > y->eui) - (x->eui < y->eui)
				: (x->line > y->line) - (x->line < y->line);
}

static int said_once(struct said *v, size_t n, struct err *e)
{
	char eui[DUIS_EUI_SIZE];

	qsort(v, n, sizeof *v, said_order);
	for (size_t i = 1; i < n; i++)
		if (v[i].eui == v[i - 1].eui) {
			err_set(e, ERR_INVALID, "line %" PRId64 " is about %s already", v[i - 1].line,
				duis_eui_text(v[i].eui, eui));
			return err_at(e, "eui", v[i].line, 0);
		}
	return OK;
}

int meter_import(struct db *db, struct scope scope, const struct snapshot *s, const struct actor *who,
		 enum fleet_format format, const char *text, size_t len, struct meter_counts *ret,
		 struct err *e)
{
	TX(tx);
	struct meter_counts counts = { 0 };
	struct meter_site last = { 0 };
	struct list_reader f;
	struct meter_row row;
	OWN(said_free) struct said *said = NULL;
	size_t nsaid = 0, most = len / ROW_MIN + 1;
	char after[160];
	bool got;

	if (len > METER_IMPORT_MAX)
		return err_set(e, ERR_TOO_LARGE, "a list of meters may have %zu MiB; send it in parts",
			       METER_IMPORT_MAX >> 20);
	if (list_reader_init(&f, &meter_shape, format, text, len, e) || tx_begin(&tx, db, true, e) ||
	    snapshot_check(db, s, e))
		return (int)e->code;
	said = mem_array(most, sizeof *said);
	for (;;) {
		if (list_reader_next(&f, &row, &got, e))
			return (int)e->code;
		if (!got || nsaid == most)
			break;
		said[nsaid].line = f.line;
		if (row_put(db, scope.owner, s, who->now, &row, &last, &counts, &said[nsaid++].eui, e))
			return err_at(e, NULL, f.line, 0);
	}
	if (said_once(said, nsaid, e))
		return (int)e->code;
	*ret = counts;
	if (counts.added + counts.changed == 0)
		return OK; /* nothing to keep */
	snprintf(after, sizeof after, "{\"rows\":%" PRId64 ",\"added\":%" PRId64 ",\"changed\":%" PRId64 "}",
		 counts.rows, counts.added, counts.changed);
	if (audit_add(db, who, "meter-import", "meters", NULL, after, 0, NULL, e))
		return (int)e->code;
	return tx_keep(&tx, e);
}

/* ---- the end ---- */

int meter_remove(struct db *db, struct scope scope, const struct actor *who, const char *eui, struct err *e)
{
	TX(tx);
	char subject[METER_SUBJECT], before[64];
	struct store_meter m;
	int64_t busy;

	if (tx_begin(&tx, db, true, e) || meter_load(db, scope, eui, &m, e) ||
	    store_meter_under_way(db, m.device_id, &busy, e))
		return (int)e->code;
	if (busy)
		return err_set(e, ERR_CONFLICT,
			       "meter %s has %" PRId64 " walk(s) or job(s) under way; stop them first",
			       m.name, busy);
	snprintf(before, sizeof before, "{\"meter\":\"%s\",\"type\":\"%s\"}", m.name, m.class);
	if (store_meter_remove(db, m.device_id, e) ||
	    audit_add(db, who, "meter-remove", meter_subject(m.device_id, subject), before, NULL, 0, NULL, e))
		return (int)e->code;
	return tx_keep(&tx, e);
}
