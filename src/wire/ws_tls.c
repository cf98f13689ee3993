/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <limits.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "wire/ws_tls.h"

/* The first four are what stations must be able to use (A00.FR.318); forward secrecy is preferred. */
#define SUITES                                                                                               \
	"ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES128-GCM-SHA256:"           \
	"ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305:"             \
	"AES128-GCM-SHA256:AES256-GCM-SHA384"

/* struct ws_tls is an SSL_CTX and struct ws_secure an SSL: the names keep OpenSSL out of other files. */
static SSL_CTX *ctx_of(struct ws_tls *t)
{
	return (SSL_CTX *)(void *)t;
}

static SSL *ssl_of(struct ws_secure *s)
{
	return (SSL *)(void *)s;
}

static const char *reason(char *buf, size_t size)
{
	unsigned long code = ERR_peek_error();
	const char *text = code ? ERR_reason_error_string(code) : NULL;

	str_copy(buf, size, text ? text : "unknown reason");
	ERR_clear_error();
	return buf;
}

static int take_pair(SSL_CTX *ctx, const char *cert, const char *key, const char *type, struct err *e)
{
	X509 *x;
	EVP_PKEY *public_key;
	char why[160];

	if (!cert || !*cert)
		return 0;
	if (!key || !*key)
		return err_set(e, ERR_CONFIG, "there is no key for the certificate %s", cert);
	ERR_clear_error();
	if (SSL_CTX_use_certificate_chain_file(ctx, cert) != 1)
		return err_set(e, ERR_CONFIG, "the certificate %s cannot be used: %s", cert,
			       reason(why, sizeof why));
	x = SSL_CTX_get0_certificate(ctx);
	public_key = x ? X509_get0_pubkey(x) : NULL;
	if (!public_key || EVP_PKEY_is_a(public_key, type) != 1)
		return err_set(e, ERR_CONFIG, "the certificate %s has no key of the type %s", cert, type);
	if (SSL_CTX_use_PrivateKey_file(ctx, key, SSL_FILETYPE_PEM) != 1)
		return err_set(e, ERR_CONFIG, "the key %s cannot be used: %s", key, reason(why, sizeof why));
	if (SSL_CTX_check_private_key(ctx) != 1)
		return err_set(e, ERR_CONFIG, "the key %s does not belong to the certificate %s", key, cert);
	return 0;
}

static int ask_clients(SSL_CTX *ctx, const char *ca, struct err *e)
{
	STACK_OF(X509_NAME) * names;
	char why[160];

	if (!ca || !*ca)
		return err_set(e, ERR_CONFIG,
			       "security profile 3 needs the certificate authorities of stations");
	names = SSL_load_client_CA_file(ca);
	if (!names || SSL_CTX_load_verify_file(ctx, ca) != 1)
		return err_set(e, ERR_CONFIG, "the certificate authorities %s cannot be used: %s", ca,
			       reason(why, sizeof why));
	SSL_CTX_set_client_CA_list(ctx, names);
	SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
	return 0;
}

int ws_tls_new(const struct ws_listener *l, struct ws_tls **ret, struct err *e)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());
	OWN(ws_tls_free) struct ws_tls *t = (struct ws_tls *)(void *)ctx;

	if (!ctx)
		return err_set(e, ERR_NO_MEMORY, "TLS cannot be started");
	if (SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION) != 1 ||
	    SSL_CTX_set_cipher_list(ctx, SUITES) != 1)
		return err_set(e, ERR_INTERNAL, "the TLS suites of stations are not available");
	SSL_CTX_set_options(ctx, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_TICKET | SSL_OP_NO_COMPRESSION |
				     SSL_OP_CIPHER_SERVER_PREFERENCE);
	SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_num_tickets(ctx, 0);
	SSL_CTX_set_mode(ctx, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
				  SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
	if ((!l->ec_cert || !*l->ec_cert) && (!l->rsa_cert || !*l->rsa_cert))
		return err_set(e, ERR_CONFIG, "security profile %d needs a server certificate", l->profile);
	if (take_pair(ctx, l->ec_cert, l->ec_key, "EC", e) ||
	    take_pair(ctx, l->rsa_cert, l->rsa_key, "RSA", e))
		return e->code;
	if (l->profile == 3 && ask_clients(ctx, l->client_ca, e))
		return e->code;
	*ret = MOVE(t);
	return 0;
}

void ws_tls_free(struct ws_tls *t)
{
	SSL_CTX_free(ctx_of(t));
}

struct ws_secure *ws_secure_new(struct ws_tls *t, int fd)
{
	SSL *ssl = SSL_new(ctx_of(t));

	if (!ssl || SSL_set_fd(ssl, fd) != 1)
		abort(); /* out of memory ends the process, as in base/mem.h */
	SSL_set_accept_state(ssl);
	return (struct ws_secure *)(void *)ssl;
}

void ws_secure_free(struct ws_secure *s)
{
	SSL_free(ssl_of(s));
}

enum ws_io ws_secure_handshake(struct ws_secure *s, char *why, size_t size)
{
	SSL *ssl = ssl_of(s);
	long verified;
	int rc;

	ERR_clear_error();
	rc = SSL_do_handshake(ssl);
	if (rc == 1)
		return WS_IO_DONE;
	rc = SSL_get_error(ssl, rc);
	if (rc == SSL_ERROR_WANT_READ)
		return WS_IO_READ;
	if (rc == SSL_ERROR_WANT_WRITE)
		return WS_IO_WRITE;
	verified = SSL_get_verify_result(ssl);
	if (verified != X509_V_OK)
		str_copy(why, size, X509_verify_cert_error_string(verified));
	else if (rc == SSL_ERROR_SSL)
		reason(why, size);
	else
		str_copy(why, size, "the peer ended the connection");
	ERR_clear_error();
	return WS_IO_FAILED;
}

/* What OpenSSL said as the return value and errno of a plain socket. */
static ssize_t as_socket(SSL *ssl, int n)
{
	int rc = n > 0 ? SSL_ERROR_NONE : SSL_get_error(ssl, n);

	if (rc == SSL_ERROR_NONE)
		return n;
	if (rc == SSL_ERROR_ZERO_RETURN)
		return 0;
	ERR_clear_error();
	errno = rc == SSL_ERROR_WANT_READ || rc == SSL_ERROR_WANT_WRITE ? EAGAIN : ECONNRESET;
	return -1;
}

ssize_t ws_secure_read(struct ws_secure *s, void *buf, size_t n)
{
	ERR_clear_error();
	return as_socket(ssl_of(s), SSL_read(ssl_of(s), buf, n > INT_MAX ? INT_MAX : (int)n));
}

ssize_t ws_secure_write(struct ws_secure *s, const void *buf, size_t n)
{
	ERR_clear_error();
	return as_socket(ssl_of(s), SSL_write(ssl_of(s), buf, n > INT_MAX ? INT_MAX : (int)n));
}

void ws_secure_bye(struct ws_secure *s)
{
	ERR_clear_error();
	(void)SSL_shutdown(ssl_of(s));
	ERR_clear_error();
}

/* The one entry of that kind as UTF-8, or "". */
static void name_part(const X509_NAME *name, int nid, char buf[WS_NAME_MAX])
{
	int at = X509_NAME_get_index_by_NID(name, nid, -1), len;
	unsigned char *text = NULL;

	buf[0] = '\0';
	if (at < 0 || X509_NAME_get_index_by_NID(name, nid, at) >= 0)
		return;
	len = ASN1_STRING_to_UTF8(&text, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, at)));
	if (len > 0 && len < WS_NAME_MAX && !memchr(text, '\0', (size_t)len))
		str_copyn(buf, WS_NAME_MAX, (const char *)text, (size_t)len);
	OPENSSL_free(text);
}

bool ws_secure_peer(const struct ws_secure *s, char cn[WS_NAME_MAX], char o[WS_NAME_MAX])
{
	const SSL *ssl = (const SSL *)(const void *)s;
	X509 *x = SSL_get0_peer_certificate(ssl);

	cn[0] = o[0] = '\0';
	if (!x || SSL_get_verify_result(ssl) != X509_V_OK || !(SSL_get_verify_mode(ssl) & SSL_VERIFY_PEER))
		return false;
	name_part(X509_get_subject_name(x), NID_commonName, cn);
	name_part(X509_get_subject_name(x), NID_organizationName, o);
	return *cn && *o;
}
