/* SPDX-License-Identifier: Apache-2.0 */
/* Documents from outside: what may go to the parser at all, and how to look at what it made. */
#include <libxml/parser.h>
#include <stdio.h>
#include <strings.h>

#include "base/digest.h"
#include "base/mem.h"
#include "base/parse.h"
#include "wire/duis_p.h"

/* ---- before the parser -------------------------------------------------------------------------------- */

struct gate {
	const char *p; /* the document */
	size_t n, at;
	size_t depth, elements;
};

static int stop(const struct gate *g, const char *why, struct err *e)
{
	int64_t line = 1, col = 1;

	for (size_t i = 0; i < g->at && i < g->n; i++, col++)
		if (g->p[i] == '\n') {
			line++;
			col = 0;
		}
	err_set(e, ERR_INVALID, "%s", why);
	return err_at(e, NULL, line, col);
}

static bool begins(const struct gate *g, const char *word)
{
	size_t n = strlen(word);

	return g->n - g->at >= n && memcmp(g->p + g->at, word, n) == 0;
}

/* Past the end of what `end` ends; false: it never ends. */
static bool skip_to(struct gate *g, const char *end)
{
	const char *hit = memmem(g->p + g->at, g->n - g->at, end, strlen(end));

	if (hit)
		g->at = (size_t)(hit - g->p) + strlen(end);
	return hit != NULL;
}

/* Only UTF-8: what was looked at here must be what the parser reads. */
static int pass_declaration(struct gate *g, struct err *e)
{
	size_t from = g->at;
	const char *said, *end;
	size_t n;

	if (!begins(g, "<?xml ") && !begins(g, "<?xml\t") && !begins(g, "<?xml\n") && !begins(g, "<?xml\r"))
		return OK;
	if (!skip_to(g, "?>"))
		return stop(g, "the XML declaration does not end", e);
	end = g->p + g->at;
	said = memmem(g->p + from, (size_t)(end - g->p) - from, "encoding", 8);
	if (!said)
		return OK;
	for (said += 8; said < end && strchr(" \t\r\n=", *said);)
		said++;
	n = (size_t)(end - said);
	if (n > 7 && (*said == '"' || *said == '\'') && strncasecmp(said + 1, "UTF-8", 5) == 0 &&
	    said[6] == *said)
		return OK;
	g->at = from;
	return stop(g, "the document is not in UTF-8", e);
}

/* An element's tag, at its '<'. */
static int pass_tag(struct gate *g, struct err *e)
{
	bool closing = begins(g, "</");
	size_t from = g->at, equals = 0, i;
	char quote = 0;

	for (i = g->at + 1; i < g->n && (quote || g->p[i] != '>'); i++) {
		char c = g->p[i];

		if (quote)
			quote = c == quote ? 0 : quote;
		else if (c == '"' || c == '\'')
			quote = c;
		else
			equals += c == '=';
	}
	if (i >= g->n)
		return stop(g, "a tag does not end", e);
	g->at = i + 1;
	if (closing) {
		g->depth -= g->depth > 0;
		return OK;
	}
	if (g->p[i - 1] != '/')
		g->depth++;
	g->elements++;
	if (g->depth <= DUIS_DEPTH_MAX && g->elements <= DUIS_ELEMENTS_MAX && equals <= DUIS_ATTRIBUTES_MAX)
		return OK;
	g->at = from;
	return stop(g,
		    g->depth > DUIS_DEPTH_MAX         ? "the XML is nested too deeply"
		    : g->elements > DUIS_ELEMENTS_MAX ? "the XML has too many elements"
						      : "an element has too many attributes",
		    e);
}

/* Nothing of a DOCTYPE is read: it is refused where it begins. */
static int pass(struct gate *g, struct err *e)
{
	const char *next;

	if (!parse_utf8_ok(g->p, g->n))
		return stop(g, "the document is not in UTF-8", e);
	if (begins(g, "\xEF\xBB\xBF"))
		g->at += 3;
	if (pass_declaration(g, e))
		return (int)e->code;
	while ((next = memchr(g->p + g->at, '<', g->n - g->at))) {
		g->at = (size_t)(next - g->p);
		if (begins(g, "<!--")) {
			if (!skip_to(g, "-->"))
				return stop(g, "a comment does not end", e);
		} else if (begins(g, "<![CDATA[")) {
			if (!skip_to(g, "]]>"))
				return stop(g, "a CDATA section does not end", e);
		} else if (begins(g, "<!")) {
			return stop(g, "the document has a DOCTYPE; DUIS has none, and none is read", e);
		} else if (begins(g, "<?")) {
			return stop(g, "the document has a processing instruction; DUIS has none", e);
		} else if (pass_tag(g, e)) {
			return (int)e->code;
		}
	}
	return OK;
}

/* ---- the parser --------------------------------------------------------------------------------------- */

static inline void parser_free_own(xmlParserCtxtPtr *p)
{
	if (*p)
		xmlFreeParserCtxt(*p);
}

/* What libxml2 complains about, in one line. */
static int not_formed(xmlParserCtxtPtr parser, struct err *e)
{
	xmlErrorPtr why = xmlCtxtGetLastError(parser);
	char text[160] = "it cannot be read";

	if (why && why->code == XML_ERR_NO_MEMORY)
		return err_set(e, ERR_NO_MEMORY, "reading a document");
	if (why && why->message)
		str_copy(text, sizeof text, why->message);
	text[strcspn(text, "\r\n")] = '\0';
	err_set(e, ERR_INVALID, "the XML is not well formed: %s", text);
	return err_at(e, NULL, why ? why->line : 0, why ? why->int2 : 0);
}

/* No entity has a meaning here but the five of XML itself, which libxml2 knows without asking. */
static xmlEntityPtr no_entity(void *ctx, const xmlChar *name)
{
	(void)ctx;
	(void)name;
	return NULL;
}

int duis_open(const char *p, size_t n, size_t max, xmlDoc **ret, struct err *e)
{
	const int options = XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING;
	OWN(parser_free) xmlParserCtxtPtr parser = NULL;
	OWN(duis_doc_free) xmlDoc *doc = NULL;
	struct gate g = { .p = p, .n = n };

	if (n > max)
		return err_set(e, ERR_TOO_LARGE, "the document has %zu bytes; %zu are read", n, max);
	if (pass(&g, e))
		return (int)e->code;
	parser = xmlNewParserCtxt();
	if (!parser)
		return err_set(e, ERR_NO_MEMORY, "reading a document");
	parser->sax->getEntity = no_entity;
	parser->sax->getParameterEntity = no_entity;
	/* A text of more than 10 MB is an image in a request of ours. */
	doc = xmlCtxtReadMemory(parser, p, (int)n, NULL, "UTF-8",
				n > DUIS_MAX ? options | XML_PARSE_HUGE : options);
	if (!doc || !parser->wellFormed || !xmlDocGetRootElement(doc))
		return not_formed(parser, e);
	*ret = MOVE(doc);
	return OK;
}

/* ---- looking ------------------------------------------------------------------------------------------ */

bool duis_is(const xmlNode *n, const char *name)
{
	return n && n->type == XML_ELEMENT_NODE && n->ns && strcmp((const char *)n->name, name) == 0 &&
	       strcmp((const char *)n->ns->href, DUIS_NS) == 0;
}

xmlNode *duis_child(const xmlNode *parent, const char *name)
{
	for (xmlNode *n = parent ? parent->children : NULL; n; n = n->next)
		if (duis_is(n, name))
			return n;
	return NULL;
}

xmlNode *duis_first(const xmlNode *parent)
{
	for (xmlNode *n = parent ? parent->children : NULL; n; n = n->next)
		if (n->type == XML_ELEMENT_NODE && n->ns && strcmp((const char *)n->ns->href, DUIS_NS) == 0)
			return n;
	return NULL;
}

int64_t duis_line(const xmlNode *n)
{
	return n ? xmlGetLineNo(n) : 0;
}

const char *duis_content(const xmlNode *n, struct str *scratch, size_t *ret_len)
{
	const xmlNode *c = n ? n->children : NULL;
	const char *s = "";

	if (c && !c->next && c->type == XML_TEXT_NODE) {
		s = (const char *)c->content;
		*ret_len = parse_trim(&s, strlen(s));
		return s;
	}
	str_clear(scratch);
	for (; c; c = c->next) {
		if (c->type == XML_TEXT_NODE || c->type == XML_CDATA_SECTION_NODE)
			str_add(scratch, (const char *)c->content);
		else if (c->type != XML_COMMENT_NODE)
			return NULL;
	}
	s = str_c(scratch);
	*ret_len = parse_trim(&s, scratch->len);
	return s;
}

bool duis_text(const xmlNode *n, char *buf, size_t size)
{
	STR(scratch, DUIS_BUILD_MAX);
	size_t len;
	const char *s = n ? duis_content(n, &scratch, &len) : NULL;

	return s && len && str_copyn(buf, size, s, len);
}

bool duis_eui(const xmlNode *n, uint64_t *ret)
{
	char buf[DUIS_EUI_SIZE];

	return duis_text(n, buf, sizeof buf) && duis_eui_parse(buf, ret);
}

bool duis_base64(const xmlNode *n, struct str *out)
{
	STR(scratch, DUIS_BUILD_MAX);
	STR(dense, DUIS_BUILD_MAX);
	size_t len, got, room;
	const char *s = n ? duis_content(n, &scratch, &len) : NULL;
	char *to;

	if (!s)
		return false;
	while (len) {
		size_t run = 0;

		while (run < len && !strchr(" \t\r\n", s[run]))
			run++;
		str_addn(&dense, s, run);
		run += run < len;
		s += run;
		len -= run;
	}
	room = dense.len / 4 * 3;
	to = str_room(out, room);
	if (!to || !base64_bytes(str_c(&dense), (uint8_t *)to, room, &got))
		return false;
	str_room_end(out, to + got);
	return true;
}
