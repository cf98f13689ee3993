/* SPDX-License-Identifier: Apache-2.0 */
#include "base/network.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

#include "base/parse.h"
#include "base/str.h"

bool network_address(const char *text, uint8_t ret[16], bool *ret_v4)
{
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };
	struct in_addr v4;
	struct in6_addr v6;

	*ret_v4 = inet_pton(AF_INET, text, &v4) == 1;
	if (*ret_v4) {
		memcpy(ret, mapped, 12);
		memcpy(ret + 12, &v4, 4);
		return true;
	}
	if (inet_pton(AF_INET6, text, &v6) != 1)
		return false;
	memcpy(ret, &v6, 16);
	return true;
}

bool network_read(const char *text, struct network *ret)
{
	char host[64];
	const char *slash = strchr(text, '/');
	uint64_t bits;
	bool v4;

	if (!slash || !str_copyn(host, sizeof host, text, (size_t)(slash - text)) ||
	    !network_address(host, ret->at, &v4) || !parse_digits(slash + 1, strlen(slash + 1), &bits) ||
	    bits > (v4 ? 32 : 128))
		return false;
	ret->bits = (int)bits + (v4 ? 96 : 0);
	return true;
}

bool network_holds(const struct network *n, const uint8_t address[16])
{
	int whole = n->bits / 8, rest = n->bits % 8;

	if (memcmp(n->at, address, (size_t)whole))
		return false;
	return !rest || !((n->at[whole] ^ address[whole]) >> (8 - rest));
}

int networks_read(const char *text, struct networks *ret, struct err *e)
{
	struct networks l = { .n = 0 };
	char word[64];
	bool v4;

	for (const char *p = text + strspn(text, " "); *p; p += strspn(p, " ")) {
		size_t n = strcspn(p, " ");
		struct network *one = &l.v[l.n];

		if (l.n == NETWORKS_MAX)
			return err_set(e, ERR_CONFIG, "there are more than %d networks", NETWORKS_MAX);
		if (!str_copyn(word, sizeof word, p, n) ||
		    !(strchr(word, '/') ? network_read(word, one) : network_address(word, one->at, &v4)))
			return err_set(e, ERR_CONFIG,
				       "'%.63s' is no address and no network such as 10.1.0.0/16 or fd00::/8",
				       word);
		if (!strchr(word, '/'))
			one->bits = 128;
		l.n++;
		p += n;
	}
	*ret = l;
	return OK;
}

bool networks_hold(const struct networks *l, const char *address)
{
	uint8_t a[16];
	bool v4;

	if (!network_address(address, a, &v4))
		return false;
	for (size_t i = 0; i < l->n; i++)
		if (network_holds(&l->v[i], a))
			return true;
	return false;
}
