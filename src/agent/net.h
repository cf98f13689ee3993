/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The network of one agent process: all requests of all its devices in one libcurl multi handle, one thread.
 * Plain HTTP or HTTPS to one server; no redirects, no proxy from the environment, nothing but what the caller
 * configured.
 */
#ifndef FIRPATH_AGENT_NET_H
#define FIRPATH_AGENT_NET_H

#include "agent/device.h"

struct net;

struct net_init {
	const char *server;  /* "http://host:port", no slash at the end; borrowed */
	const char *token;   /* bearer token, NULL = none; borrowed */
	const char *ca_file; /* certificates to trust, NULL = the system's; borrowed */
	int64_t image_max;   /* bytes */
	long connections;    /* at most at once */
	bool reuse;          /* keep connections (many devices share them); else each request has its own, and
				holds no thread of the service in between */
};

/* Makes the library ready too, so the first call comes before other threads. */
int net_new(const struct net_init *init, struct net **ret, struct err *e) MUST_USE;
void net_free(struct net *n); /* all devices are gone */
DEFINE_OWN(struct net, net_free)
struct device_net net_ops(struct net *n);
/* Carries on what is under way and tells devices what came; then waits until something happens, until
 * extra_fd (-1 = none) can be read, or wait_ms are over. */
int net_round(struct net *n, int extra_fd, int64_t wait_ms, struct err *e) MUST_USE;

#endif
