/* SPDX-License-Identifier: Apache-2.0 */
/* Words of devices and campaigns: names of entries, reasons of walks, targets. */
#include <stdio.h>
#include <string.h>

#include "model/ident.h"
#include "web/words.h"

/* An entry or a model of a charger as people say it: vendor, model, component, version; nothing for others.
 */
void words_charger(const struct json *v, struct str *out)
{
	const char *s = json_text(v);
	char id[PUBLIC_ID_SIZE + 2];
	struct ident_ocpp p;
	bool model;

	if (!s || strncmp(s, "ocpp:", 5) != 0)
		return;
	model = !strchr(s, '@');
	if ((size_t)snprintf(id, sizeof id, "%s%s", s + 5, model ? "@0" : "") >= sizeof id ||
	    !ident_ocpp_parts(id, &p)) {
		str_add(out, s);
		return;
	}
	str_addf(out, "%s %s", p.vendor, p.model);
	if (strcmp(p.component, "default") != 0)
		str_addf(out, " %s", p.component);
	if (!model)
		str_addf(out, " %s", p.version);
}

/* The name of an entry or a model of any kind. */
void words_named(const struct json *v, struct str *out)
{
	size_t before = out->len;

	words_charger(v, out);
	if (out->len == before)
		str_add(out, json_text(v));
}

/* "no-path:unknown" and the like, the reasons of walks. A row for the whole comes first; otherwise the words
 * after the first part are details. */
void words_reason(const struct json *v, struct str *out)
{
	static const struct {
		const char *code, *text;
	} reasons[] = {
		{ "no-path", "no path" },
		{ "no-entry", "which entry it runs is not known" },
		{ "in-vehicle", "its vehicle moves as a whole" },
		{ "no-image", "the image is not here" },
		{ "no-hash", "the list has no hash, so nothing can be verified" },
		{ "already", "it runs that already" },
		{ "path-changed", "the path is another one now" },
		{ "edge-withdrawn", "nobody states it any more" },
		{ "edge-blocked", "it is blocked" },
		{ "entry-blocked", "the entry is blocked" },
		{ "entry-removed", "the entry is Removed from the list" },
		{ "cpa-expired", "the entry's CPA certificate has expired" },
		{ "not-owned", "the device belongs to another owner now" },
		{ "downgrade", "the path goes back, and the campaign does not allow that" },
		/* of charging stations */
		{ "turn", "another component of its station goes first" },
		{ "not-now:offline", "waits: its station is not connected" },
		{ "not-now:window", "waits for the hours in which its station may be updated" },
		{ "not-now:transaction", "waits: a vehicle is charging" },
		{ "not-now:reservation", "waits: the station is reserved" },
		{ "not-now:area", "waits: enough stations of its area are being updated" },
		{ "not-now", "its station cannot be updated now" },
		{ "quarantine", "its station is in quarantine until somebody has looked at it" },
		{ "not-approved", "it is regulated, and nobody has approved it" },
		{ "no-release", "no release says what this entry is" },
		{ "not-published", "its release is not published" },
		{ "release-withdrawn", "its release was withdrawn" },
		{ "no-location", "there is no address to fetch the image from" },
		{ "component-gone", "the station does not report this component any more" },
		{ "version-unchanged", "it said that it had installed, and runs what it ran before" },
		{ "other-version", "it runs another version than the one that was sent" },
		{ "version-unknown", "it installed, and never said which version it runs" },
		{ "invalid-signature", "the station did not accept the signature" },
		{ "invalid-certificate", "the station did not accept the certificate" },
		{ "revoked-certificate", "the station says that the certificate was revoked" },
		{ "invalid-checksum", "the checksum did not match" },
		{ "download-failed", "the station could not fetch the image" },
		{ "installation-failed", "the installation failed" },
		{ "verification-failed", "the station did not accept the image" },
		{ "rolled-back", "the station went back to what it ran before" },
		{ "not-doing-it", "the station says that it does no such update" },
		{ "no-answer", "the station did not answer" },
		{ "no-status", "the station accepted, and said no more" },
		{ "no-progress", "the station said nothing more in time" },
		{ "call-error", "the station answered with an error" },
		/* of meters */
		{ "not-now:inventory", "waits: its inventory is being read" },
		{ "not-now:han", "waits: another device of its home area network is under way" },
		{ "not-now:han-first", "waits: another device of its home area network goes first" },
		{ "pushed-by-dcc", "it is part of a hub, and the DCC upgrades hubs" },
		{ "no-ota", "the DCC has no request that upgrades it" },
		{ "smets1", "it is a SMETS1 device" },
		{ "authority-lost", "another supplier is responsible for it now" },
		{ "not-commissioned", "it is not commissioned" },
		{ "hub-unknown", "nobody has said which hub can carry its firmware, or what its hub runs" },
		{ "hub-firmware", "its hub must be upgraded first" },
		{ "user-held", "the DCC holds the requests of this user" },
		{ "no-dcc-user", "nobody here may speak to the DCC for it" },
		{ "not-applicable", "the DCC says that this firmware is not for it" },
		{ "gbcs-version", "the DCC says that its GBCS version does not fit" },
		{ "invalid-device", "the DCC does not know it" },
		{ "hardware-mismatch", "the image is not for its hardware" },
		{ "not-delivered", "its hub did not get the image" },
		{ "not-verified", "it did not accept the image" },
		{ "hash-differs", "it holds another image than the one that was sent" },
		{ "command-differs", "the DCC prepared another command than was asked for" },
		{ "not-activated", "it could not start the new firmware" },
		{ NULL, NULL },
	};
	const char *s = json_text(v), *colon = s ? strchr(s, ':') : NULL;
	size_t head = colon ? (size_t)(colon - s) : 0, best = 0;

	if (!s)
		return;
	while (reasons[best].code && strcmp(reasons[best].code, s) != 0)
		best++;
	if (reasons[best].code) {
		str_add(out, reasons[best].text);
		return;
	}
	for (best = 0; colon && reasons[best].code; best++)
		if (strlen(reasons[best].code) == head && !memcmp(reasons[best].code, s, head))
			break;
	if (colon && reasons[best].code)
		str_addf(out, "%s (%s)", reasons[best].text, colon + 1);
	else if (colon)
		str_addf(out, "%.*s (%s)", (int)head, s, colon + 1);
	else
		str_add(out, s);
}

/* The name in 'set:NAME'; nothing for other targets. */
void words_set(const struct json *v, struct str *out)
{
	const char *s = json_text(v);

	if (s && !strncmp(s, "set:", 4))
		str_add(out, s + 4);
}

/* The target of a campaign: an Entry ID needs no scheme in front. */
void words_target(const struct json *v, struct str *out)
{
	const char *s = json_text(v);

	if (!s)
		return;
	if (!strcmp(s, "latest"))
		str_add(out, "the newest that each device can reach");
	else if (!strncmp(s, "set:", 4))
		str_addf(out, "Release set %s", s + 4);
	else if (!strncmp(s, "ocpp:", 5))
		words_charger(v, out);
	else
		str_addf(out, "Entry %s", !strncmp(s, "cpl:", 4) ? s + 4 : s);
}
