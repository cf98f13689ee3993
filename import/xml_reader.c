/* SPDX-License-Identifier: Apache-2.0 */
#include "import/xml_reader.h"

#include <libxml/parser.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"

#define PIECE (16 * KIB)

struct xml_attrs {
	int n;
	const xmlChar **v; /* five pointers each: name, prefix, namespace, value, end of value */
};

struct xml_reader {
	struct zip_member *member; /* owned */
	char name[128];
	xmlParserCtxtPtr parser; /* owned */
	const struct xml_calls *calls;
	void *ctx;
	struct err bad; /* what a callback failed with */
	size_t silent;  /* bytes pushed since libxml2 last said something */
	int depth;
	bool done;
	char piece[PIECE];
};

bool xml_attr(const struct xml_attrs *a, const char *name, char *buf, size_t size)
{
	for (int i = 0; i < a->n; i++) {
		const xmlChar **v = a->v + (size_t)i * 5;
		size_t n = (size_t)(v[4] - v[3]);

		if (strcmp((const char *)v[0], name))
			continue;
		if (n >= size)
			return false;
		memcpy(buf, v[3], n);
		buf[n] = 0;
		return true;
	}
	return false;
}

static void stop(struct xml_reader *x)
{
	xmlStopParser(x->parser);
}

static void on_start(void *ctx, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri, int nns,
		     const xmlChar **ns, int nattrs, int ndefault, const xmlChar **attrs)
{
	struct xml_reader *x = ctx;
	struct xml_attrs a = { nattrs, attrs };

	(void)prefix;
	(void)uri;
	(void)nns;
	(void)ns;
	(void)ndefault;
	x->silent = 0;
	if (x->bad.code)
		return;
	if (++x->depth > XML_DEPTH_MAX)
		err_set(&x->bad, ERR_IMPORT, "the XML is nested too deeply");
	else if (x->calls->start)
		x->calls->start(x->ctx, (const char *)name, &a, &x->bad);
	if (x->bad.code)
		stop(x);
}

static void on_end(void *ctx, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri)
{
	struct xml_reader *x = ctx;

	(void)prefix;
	(void)uri;
	x->silent = 0;
	x->depth--;
	if (!x->bad.code && x->calls->end && x->calls->end(x->ctx, (const char *)name, &x->bad))
		stop(x);
}

static void on_text(void *ctx, const xmlChar *s, int n)
{
	struct xml_reader *x = ctx;

	x->silent = 0;
	if (!x->bad.code && x->calls->text && x->calls->text(x->ctx, (const char *)s, (size_t)n, &x->bad))
		stop(x);
}

/* The first sign of a DOCTYPE: before anything in it is read. */
static void on_doctype(void *ctx, const xmlChar *name, const xmlChar *public_id, const xmlChar *system_id)
{
	struct xml_reader *x = ctx;

	(void)name;
	(void)public_id;
	(void)system_id;
	if (!x->bad.code)
		err_set(&x->bad, ERR_IMPORT, "the XML has a DOCTYPE; workbooks have none, and none is read");
	stop(x);
}

/* No entity has a meaning here but the five of XML itself, which libxml2 knows without asking. */
static xmlEntityPtr no_entity(void *ctx, const xmlChar *name)
{
	(void)ctx;
	(void)name;
	return NULL;
}

int xml_reader_open(const struct zip *z, const char *member, const struct xml_calls *calls, void *ctx,
		    struct xml_reader **ret, struct err *e)
{
	OWN(xml_reader_free) struct xml_reader *x = mem_zalloc(sizeof *x);
	xmlSAXHandler sax = { .initialized = XML_SAX2_MAGIC,
			      .startElementNs = on_start,
			      .endElementNs = on_end,
			      .characters = on_text,
			      .cdataBlock = on_text,
			      .ignorableWhitespace = on_text,
			      .internalSubset = on_doctype,
			      .getEntity = no_entity,
			      .getParameterEntity = no_entity };

	x->calls = calls;
	x->ctx = ctx;
	snprintf(x->name, sizeof x->name, "%s", member);
	if (zip_member_open(z, member, &x->member, e))
		return e->code;
	x->parser = xmlCreatePushParserCtxt(&sax, x, NULL, 0, NULL);
	if (!x->parser)
		return err_set(e, ERR_NO_MEMORY, "reading the workbook");
	xmlCtxtUseOptions(x->parser, XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING);
	*ret = MOVE(x);
	return OK;
}

void xml_reader_free(struct xml_reader *x)
{
	if (!x)
		return;
	if (x->parser) {
		if (x->parser->myDoc)
			xmlFreeDoc(x->parser->myDoc);
		xmlFreeParserCtxt(x->parser);
	}
	zip_member_free(x->member);
	mem_free(x);
}

/* What libxml2 complains about, in one line. */
static int xml_fail(struct xml_reader *x, struct err *e)
{
	xmlErrorPtr why = xmlCtxtGetLastError(x->parser);
	char text[160] = "it cannot be read";

	if (why && why->message)
		snprintf(text, sizeof text, "%s", why->message);
	text[strcspn(text, "\r\n")] = 0;
	if (why && why->code == XML_ERR_NO_MEMORY)
		return err_set(e, ERR_NO_MEMORY, "reading the workbook");
	err_set(e, ERR_IMPORT, "the XML is not well formed: %s", text);
	return err_at(e, x->name, why ? why->line : 0, why ? why->int2 : 0);
}

int xml_reader_step(struct xml_reader *x, bool *ret_more, struct err *e)
{
	size_t n;
	int rc;

	*ret_more = false;
	if (x->done)
		return OK;
	if (zip_member_read(x->member, x->piece, sizeof x->piece, &n, e))
		return e->code;
	x->silent += n;
	rc = xmlParseChunk(x->parser, x->piece, (int)n, n == 0);
	if (x->bad.code) {
		*e = x->bad;
		return *e->where ? (int)e->code : err_at(e, x->name, 0, 0);
	}
	if (rc || !x->parser->wellFormed)
		return xml_fail(x, e);
	if (x->silent > XML_VALUE_MAX + PIECE) {
		err_set(e, ERR_TOO_LARGE, "the XML has a tag or a comment of more than %zu KiB",
			XML_VALUE_MAX / KIB);
		return err_at(e, x->name, 0, 0);
	}
	x->done = n == 0;
	*ret_more = !x->done;
	return OK;
}

int xml_read_member(const struct zip *z, const char *member, const struct xml_calls *calls, void *ctx,
		    struct err *e)
{
	OWN(xml_reader_free) struct xml_reader *x = NULL;
	bool more = true;

	if (xml_reader_open(z, member, calls, ctx, &x, e))
		return e->code;
	while (more)
		if (xml_reader_step(x, &more, e))
			return e->code;
	return OK;
}
