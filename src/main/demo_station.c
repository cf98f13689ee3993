/* SPDX-License-Identifier: Apache-2.0 */
/* What a demonstration has of charging stations: one of one piece, one of three firmware components, and
 * releases for it. Nobody plays them: they are shown as they were when they were heard last. */
#include <stdio.h>
#include <string.h>

#include "core/people.h"
#include "core/release.h"
#include "core/station.h"
#include "main/demo.h"

#define OWNER "Sample Charge Points"

static const char stations[] =
    "{\"identity\":\"DEMO-CP1\",\"vendor\":\"Sample Chargers\",\"model\":\"Mono\",\"area\":\"north\","
    "\"timezone\":\"Europe/London\",\"windows\":\"mo-su "
    "01:00-05:00\",\"password\":\"only-for-demonstrations\"}\n"
    "{\"identity\":\"DEMO-CP2\",\"vendor\":\"Sample Chargers\",\"model\":\"Trio\",\"area\":\"north\","
    "\"timezone\":\"Europe/London\",\"password\":\"only-for-demonstrations\"}\n";

/* Components of DEMO-CP2, as it would report them. */
static const struct {
	const char *name, *version, *role, *legal, *more;
} parts[] = {
	{ "Main", "1.0", "ChargingControl", "Unregulated",
	  ",\"compatibility\":[{\"relation\":\"Requires\",\"component\":\"Metrology\",\"version\":[\"2.1\"]}"
	  "]" },
	{ "Metrology", "2.1", "Metrology", "Regulated",
	  ",\"regulatoryClassification\":[\"EU-MID\",\"DE-Eichrecht\"],\"vulnerabilityReporting\":{\"email\":"
	  "\"security@chargers.example\"}" },
	{ "UI", "0.9", "UserInterface", "Unregulated", "" },
};
#define PARTS (sizeof parts / sizeof *parts)

static const struct {
	const char *component, *version, *role, *legal, *more;
	bool publish;
} releases[] = {
	{ "Main", "1.0", "ChargingControl", "Unregulated", "", true },
	{ "Main", "1.1", "ChargingControl", "Unregulated",
	  ",\"path\":{\"kind\":\"bases\",\"bases\":[\"ocpp:Sample%20Chargers/Trio/"
	  "Main@1.0\"],\"source\":\"manufacturer\"},"
	  "\"compatibility\":[{\"relation\":\"Requires\",\"component\":\"UI\",\"minVersion\":\"0.9\"}]",
	  true },
	{ "UI", "0.9", "UserInterface", "Unregulated", "", true },
	{ "UI", "1.0", "UserInterface", "Unregulated",
	  ",\"path\":{\"kind\":\"bases\",\"bases\":[\"ocpp:Sample%20Chargers/Trio/"
	  "UI@0.9\"],\"source\":\"manufacturer\"},"
	  "\"security\":{\"advisory\":\"EX-2024-1: the screen shows notes of "
	  "others\",\"disclosed_at\":\"2024-09-16T08:00:00Z\"}",
	  true },
	{ "Metrology", "2.2", "Metrology", "Regulated",
	  ",\"certificate\":{\"number\":\"EX-MID-0042\",\"issuer\":\"Sample Notified "
	  "Body\",\"issued_on\":\"2024-09-01\"}",
	  false },
};
#define RELEASES (sizeof releases / sizeof *releases)

static void hash_of(const char *text, char ret[SHA256_HEX])
{
	uint8_t raw[SHA256_LEN];

	sha256_of(text, strlen(text), raw);
	hex_text(raw, sizeof raw, ret);
}

static void image_text(char ret[120], const char *component, const char *version)
{
	snprintf(ret, 120, "This is no firmware: %s %s\n", component, version);
}

static int release_fill(const struct release_ctx *c, size_t i, struct err *e)
{
	OWN(image_drop) struct image_in *in = NULL;
	OWN(json_free) struct json *j = NULL;
	char image[120], hash[SHA256_HEX];
	STR(text, 8 * KIB);
	STR(sbom, 4 * KIB);
	int64_t id;
	bool fresh;

	snprintf(image, sizeof image, "This is no firmware: %s %s\n", releases[i].component,
		 releases[i].version);
	hash_of(image, hash);
	str_addf(&text,
		 "{\"vendor\":\"Sample "
		 "Chargers\",\"model\":\"Trio\",\"component\":\"%s\",\"version\":\"%s\",\"hash\":\"%s\","
		 "\"role\":\"%s\",\"legal_status\":\"%s\",\"unsigned\":{\"reason\":\"Made up for a "
		 "demonstration.\"}%s}",
		 releases[i].component, releases[i].version, hash, releases[i].role, releases[i].legal,
		 releases[i].more);
	str_addf(&sbom,
		 "{\"bomFormat\":\"CycloneDX\",\"specVersion\":\"1.5\",\"metadata\":{\"component\":{\"type\":"
		 "\"firmware\",\"name\":\"%s\","
		 "\"version\":\"%s\"}},\"components\":[{\"type\":\"library\",\"name\":\"openssl\","
		 "\"version\":\"3.0.1\"},"
		 "{\"type\":\"library\",\"name\":\"zlib\",\"version\":\"1.2.13\"}]}",
		 releases[i].component, releases[i].version);
	if (json_parse(str_c(&text), text.len, &j, e) || release_add(c, j, &id, e) ||
	    release_image_begin(c, id, &in, e) || image_write(in, image, strlen(image), e) ||
	    release_image_end(c, id, MOVE(in), &fresh, e) ||
	    release_sbom_put(c, id, str_c(&sbom), sbom.len, e))
		return e->code;
	return releases[i].publish ? release_publish(c, id, NULL, e) : OK;
}

static int components_fill(struct db *db, const struct snapshot *s, int64_t now, struct err *e)
{
	struct station_component_in v[PARTS];
	struct store_station st;
	struct station_change change;
	char text[PARTS][1024], hash[SHA256_HEX];
	struct station_said said = { .source = STATION_COMPONENTS,
				     .v = v,
				     .n = PARTS,
				     .now = now,
				     .evidence = "GetFirmwareComponents" };
	bool got;
	TX(tx);

	for (size_t i = 0; i < PARTS; i++) {
		char image[120];

		image_text(image, parts[i].name, parts[i].version);
		hash_of(image, hash);
		snprintf(text[i], sizeof text[i],
			 "{\"functionalRole\":\"%s\",\"hash\":{\"algorithm\":\"SHA256\",\"value\":\"%s\"},"
			 "\"legalStatus\":\"%s\","
			 "\"name\":\"%s\",\"version\":\"%s\"%s}",
			 parts[i].role, hash, parts[i].legal, parts[i].name, parts[i].version, parts[i].more);
		v[i] = (struct station_component_in){ parts[i].name, parts[i].version, text[i] };
	}
	if (tx_begin(&tx, db, true, e) || store_station_get(db, 0, "DEMO-CP2", &got, &st, e))
		return e->code;
	said.site_id = st.site_id;
	if (station_components_set(db, s, &said, &change, e) ||
	    store_station_get(db, 0, "DEMO-CP1", &got, &st, e) ||
	    station_version_said(db, s, st.site_id, STATION_BOOT, "4.0.4.22", 0, "BootNotification", now,
				 &change, e))
		return e->code;
	return tx_keep(&tx, e);
}

int demo_station_fill(const char *image_dir, struct db *db, struct catalog *catalog, int64_t now,
		      struct err *e)
{
	OWN(catalog_view_free) struct catalog_view *view = NULL;
	struct actor who = { "demo", "the demonstration", now };
	struct principal by = { .roles = ROLE_OPERATOR };
	struct release_ctx c = { .db = db, .by = &by, .who = &who, .image_dir = image_dir };
	struct rnd rnd = rnd_system();
	struct station_counts n;
	struct scope scope;
	struct account maker; /* so that another person can approve */
	struct org org;

	if (org_find(db, OWNER, &org, e) || account_find(db, "operator", &maker, e))
		return e->code;
	by.account_id = maker.id;
	scope = (struct scope){ org.id, org.id };
	for (size_t i = 0; i < RELEASES; i++)
		if (release_fill(&c, i, e))
			return err_wrap(e, "the sample release %s %s", releases[i].component,
					releases[i].version);
	if (station_import(db, scope, &who, &rnd, stations, sizeof stations - 1, &n, NULL, e) ||
	    catalog_refresh(catalog, e))
		return err_wrap(e, "the sample stations");
	view = catalog_view_new(catalog);
	return components_fill(db, catalog_current(view), now, e);
}
