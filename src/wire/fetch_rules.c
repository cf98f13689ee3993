/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which addresses may be asked. The tables are the IANA special-purpose address registries (IPv4: RFC 6890
 * and its updates; IPv6: only 2000::/3 is handed out, so everything outside is special), with multicast and
 * the class E. Forms that carry an IPv4 address (mapped, NAT64) are judged by that address; 6to4 and Teredo
 * are refused as a whole, nobody serves there.
 */
#include <arpa/inet.h>
#include <curl/curl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "base/network.h"
#include "base/parse.h"
#include "wire/fetch_p.h"

#define NETS_MAX 64
#define HOSTS_MAX 32
#define HOST_PORT_MAX 270

struct fetch_rules {
	bool ready; /* the library below was started; done before threads use it */
	struct network allow[NETS_MAX];
	size_t nallow;
	char http[HOSTS_MAX][HOST_PORT_MAX]; /* host:port, lower case */
	size_t nhttp;
	char *ca_file; /* owned; NULL = the system's */
};

struct special {
	const char *text; /* network/bits */
	const char *why;
};
static const struct special special4[] = {
	{ "0.0.0.0/8", "this network" },
	{ "10.0.0.0/8", "private" },
	{ "100.64.0.0/10", "shared" },
	{ "127.0.0.0/8", "loopback" },
	{ "169.254.0.0/16", "link local" },
	{ "172.16.0.0/12", "private" },
	{ "192.0.0.0/24", "protocol assignments" },
	{ "192.0.2.0/24", "documentation" },
	{ "192.31.196.0/24", "AS112" },
	{ "192.52.193.0/24", "AMT" },
	{ "192.88.99.0/24", "6to4 relay" },
	{ "192.168.0.0/16", "private" },
	{ "192.175.48.0/24", "AS112" },
	{ "198.18.0.0/15", "benchmarks" },
	{ "198.51.100.0/24", "documentation" },
	{ "203.0.113.0/24", "documentation" },
	{ "224.0.0.0/4", "multicast" },
	{ "240.0.0.0/4", "reserved" },
	{ .text = NULL },
};
/* Within 2000::/3. */
static const struct special special6[] = {
	{ "2001::/23", "protocol assignments" },
	{ "2001:db8::/32", "documentation" },
	{ "2002::/16", "6to4" },
	{ "2620:4f:8000::/48", "AS112" },
	{ "3fff::/20", "documentation" },
	{ .text = NULL },
};

static const uint8_t mapped[12] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff };
static const uint8_t nat64[12] = { 0, 0x64, 0xff, 0x9b };

static const char *table_why(const struct special *table, const uint8_t a[16])
{
	struct network n;

	for (; table->text; table++)
		if (network_read(table->text, &n) && network_holds(&n, a))
			return table->why;
	return NULL;
}

static bool allowed(const struct fetch_rules *r, const uint8_t a[16])
{
	for (size_t i = 0; i < r->nallow; i++)
		if (network_holds(&r->allow[i], a))
			return true;
	return false;
}

static const char *judge(const struct fetch_rules *r, const uint8_t a[16])
{
	static const uint8_t none[16];
	uint8_t v4[16];

	if (allowed(r, a))
		return NULL;
	if (!memcmp(a, mapped, 12))
		return table_why(special4, a);
	if (!memcmp(a, nat64, 12)) {
		memcpy(v4, mapped, 12);
		memcpy(v4 + 12, a + 12, 4);
		return judge(r, v4);
	}
	if (!memcmp(a, none, 15))
		return a[15] == 1 ? "loopback" : a[15] ? "reserved" : "unspecified";
	if (a[0] >> 5 != 1)
		return a[0] == 0xff                   ? "multicast"
		       : a[0] == 0xfe && a[1] >= 0x80 ? "link local"
		       : (a[0] & 0xfe) == 0xfc        ? "private"
						      : "not assigned";
	return table_why(special6, a);
}

const char *fetch_judge(const struct fetch_rules *r, const struct sockaddr *sa, socklen_t len)
{
	uint8_t a[16];

	if (sa->sa_family == AF_INET && len >= (socklen_t)sizeof(struct sockaddr_in)) {
		struct sockaddr_in in;

		memcpy(&in, sa, sizeof in);
		memcpy(a, mapped, 12);
		memcpy(a + 12, &in.sin_addr, 4);
		return judge(r, a);
	}
	if (sa->sa_family == AF_INET6 && len >= (socklen_t)sizeof(struct sockaddr_in6)) {
		struct sockaddr_in6 in6;

		memcpy(&in6, sa, sizeof in6);
		memcpy(a, &in6.sin6_addr, 16);
		return judge(r, a);
	}
	return "not of the internet";
}

const char *fetch_address_special(const struct fetch_rules *r, const char *text)
{
	uint8_t a[16];
	bool v4;

	return network_address(text, a, &v4) ? judge(r, a) : "not an address";
}

const char *fetch_ca_file(const struct fetch_rules *r)
{
	return r->ca_file;
}

/* ---- making ---- */

/* The next word of a list separated by blanks; false at its end. */
static bool next_word(const char **p, char *buf, size_t size)
{
	size_t n;

	*p += strspn(*p, " \t");
	n = strcspn(*p, " \t");
	if (!n)
		return false;
	if (!str_copyn(buf, size, *p, n))
		buf[size - 1] = '\0'; /* cut: it will not be understood */
	*p += n;
	return true;
}

static void lower(char *s)
{
	for (; *s; s++)
		if (*s >= 'A' && *s <= 'Z')
			*s = (char)(*s - 'A' + 'a');
}

static bool host_port_ok(const char *word)
{
	const char *colon = strrchr(word, ':');
	uint64_t port;

	return colon && colon != word && parse_digits(colon + 1, strlen(colon + 1), &port) && port > 0 &&
	       port < 65536;
}

int fetch_rules_new(const char *allow_http, const char *allow, const char *ca_file, struct fetch_rules **ret,
		    struct err *e)
{
	OWN(fetch_rules_free) struct fetch_rules *r = mem_zalloc(sizeof *r);
	char word[HOST_PORT_MAX];
	const char *p = allow_http ? allow_http : "";

	while (next_word(&p, word, sizeof word)) {
		lower(word);
		if (!host_port_ok(word) || r->nhttp == HOSTS_MAX)
			return err_set(
			    e, ERR_CONFIG,
			    "fetch_allow_http: '%.80s' is not HOST:PORT, or there are more than %d", word,
			    HOSTS_MAX);
		str_copy(r->http[r->nhttp++], HOST_PORT_MAX, word);
	}
	p = allow ? allow : "";
	while (next_word(&p, word, sizeof word))
		if (r->nallow == NETS_MAX || !network_read(word, &r->allow[r->nallow++]))
			return err_set(e, ERR_CONFIG,
				       "fetch_allow: '%.80s' is no network such as 10.1.0.0/16 or fd00::/8, "
				       "or there are more than %d",
				       word, NETS_MAX);
	r->ca_file = ca_file && *ca_file ? mem_strdup(ca_file) : NULL;
	r->ready = !curl_global_init(CURL_GLOBAL_DEFAULT);
	if (!r->ready)
		return err_set(e, ERR_NO_MEMORY, "starting the library of outgoing HTTP");
	*ret = MOVE(r);
	return OK;
}

int fetch_rules_from(const struct conf *c, struct fetch_rules **ret, struct err *e)
{
	return fetch_rules_new(conf_text(c, "fetch_allow_http"), conf_text(c, "fetch_allow"),
			       conf_text(c, "fetch_ca_file"), ret, e);
}

void fetch_rules_free(struct fetch_rules *r)
{
	if (r->ready)
		curl_global_cleanup();
	free(r->ca_file);
	free(r);
}

/* ---- addresses as text ---- */

/* One part of an address into buf; false when it is absent or too long. */
static bool part(CURLU *u, CURLUPart what, unsigned flags, char *buf, size_t size)
{
	char *text = NULL;
	bool ok = !curl_url_get(u, what, &text, flags) && text && str_copy(buf, size, text);

	curl_free(text);
	return ok;
}

static int url_parts(CURLU *u, const char *url, struct fetch_url *ret, struct err *e)
{
	char scheme[16], port[8], user[8];
	size_t n;

	for (const char *p = url; *p; p++)
		if ((unsigned char)*p <= ' ' || (unsigned char)*p >= 0x7f || *p == '\\')
			return err_set(e, ERR_INVALID,
				       "the address holds a blank, a control character, a backslash or a "
				       "character outside ASCII");
	/* The library reads https:///x as a host x. */
	if (!strstr(url, "://") || strstr(url, "://")[3] == '/' ||
	    curl_url_set(u, CURLUPART_URL, url, CURLU_NON_SUPPORT_SCHEME) ||
	    !part(u, CURLUPART_SCHEME, 0, scheme, sizeof scheme) ||
	    !part(u, CURLUPART_HOST, 0, ret->host, sizeof ret->host) ||
	    !part(u, CURLUPART_PORT, CURLU_DEFAULT_PORT, port, sizeof port))
		return err_set(e, ERR_INVALID, "that is not an address such as https://example.org/hook");
	ret->tls = !strcasecmp(scheme, "https");
	if (!ret->tls && strcasecmp(scheme, "http"))
		return err_set(e, ERR_ADDRESS, "only https addresses are asked, not %s", scheme);
	if (part(u, CURLUPART_USER, 0, user, sizeof user) ||
	    part(u, CURLUPART_PASSWORD, 0, user, sizeof user) || strchr(url, '@'))
		return err_set(e, ERR_INVALID, "the address holds a user name or an @; write it without");
	lower(ret->host);
	n = strlen(ret->host);
	if (n > 1 && ret->host[0] == '[') {
		memmove(ret->host, ret->host + 1, n - 2);
		ret->host[n - 2] = '\0';
	}
	snprintf(ret->origin, sizeof ret->origin, "%s://%s:%s", ret->tls ? "https" : "http", ret->host, port);
	return OK;
}

int fetch_url_read(const char *url, struct fetch_url *ret, struct err *e)
{
	struct fetch_url got;
	CURLU *u;
	int rc;

	if (strlen(url) > FETCH_URL_MAX)
		return err_set(e, ERR_INVALID, "the address is longer than %d characters", FETCH_URL_MAX);
	u = curl_url();
	if (!u)
		return err_set(e, ERR_NO_MEMORY, "reading an address");
	rc = url_parts(u, url, &got, e);
	curl_url_cleanup(u);
	if (!rc)
		*ret = got;
	return rc;
}

int fetch_url_check(const struct fetch_rules *r, const char *url, struct err *e)
{
	struct fetch_url u;
	const char *why, *host;
	uint8_t a[16];
	bool v4, listed = false;

	if (fetch_url_read(url, &u, e))
		return (int)e->code;
	host = strchr(u.origin, ':') + 3;
	for (size_t i = 0; i < r->nhttp; i++)
		listed = listed || !strcmp(r->http[i], host);
	if (!u.tls && !listed)
		return err_set(e, ERR_ADDRESS, "only https addresses are asked; %.200s is http", host);
	if (network_address(u.host, a, &v4)) {
		why = judge(r, a);
		if (why)
			return err_set(e, ERR_ADDRESS, "the address %.64s is not asked: %s", u.host, why);
	} else if (strchr(u.host, ':')) {
		return err_set(e, ERR_INVALID, "'%.64s' is neither a name nor an address", u.host);
	}
	return OK;
}
