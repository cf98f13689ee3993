/* SPDX-License-Identifier: Apache-2.0 */
/* The update sequence against brute force; signing, and Manifests to begin with. */
#include "base/sign_pkcs1.h"
#include "manifest/sign.h"
#include "manifest_kit.h"

/* ---- waves ---- */

#define NODES 8

struct graph {
	int n;
	bool edge[NODES][NODES]; /* [i][j]: i depends on j */
	struct config_item bb[NODES], dep[NODES * NODES];
	char id[NODES][40];
	const struct config_item *list[NODES];
};

static void graph_items(struct graph *g)
{
	int d = 0;

	for (int i = 0; i < g->n; i++) {
		struct config_item **end = &g->bb[i].child;

		g->bb[i] = (struct config_item){ .type = CONFIG_BUILDING_BLOCK };
		snprintf(g->id[i], sizeof g->id[i], "00000000-0000-4000-8000-%012d", i);
		g->bb[i].text[ELEMENT_TYPE_ID] = g->id[i];
		g->list[i] = &g->bb[i];
		for (int j = 0; j < g->n; j++) {
			if (!g->edge[i][j])
				continue;
			g->dep[d] = (struct config_item){ .type = CONFIG_DEPENDENCY, .parent = &g->bb[i] };
			g->dep[d].text[ELEMENT_TYPE_ID] = g->id[j];
			*end = &g->dep[d];
			end = &g->dep[d++].next;
		}
	}
}

/* Who reaches whom, and from that groups and the least waves: none of it as the product does it. */
static int waves_by_force(const struct graph *g, int *waves)
{
	bool reach[NODES][NODES];
	bool again = true;
	int most = 0;

	memcpy(reach, g->edge, sizeof reach);
	for (int k = 0; k < g->n; k++)
		for (int i = 0; i < g->n; i++)
			for (int j = 0; j < g->n; j++)
				reach[i][j] = reach[i][j] || (reach[i][k] && reach[k][j]);
	memset(waves, 0, (size_t)g->n * sizeof *waves);
	while (again) {
		again = false;
		for (int i = 0; i < g->n; i++)
			for (int j = 0; j < g->n; j++) {
				bool mutual = i == j || (reach[i][j] && reach[j][i]);
				int want = mutual ? waves[j] : reach[i][j] ? waves[j] + 1 : 0;

				if (waves[i] < want) {
					waves[i] = want;
					again = true;
				}
			}
	}
	for (int i = 0; i < g->n; i++)
		most = waves[i] > most ? waves[i] : most;
	return g->n ? most + 1 : 0;
}

static void waves_agree(struct graph *g)
{
	int got[NODES] = { 0 }, want[NODES] = { 0 }, n;

	graph_items(g);
	n = config_waves(g->list, g->n, got);
	ck_assert_int_eq(n, waves_by_force(g, want));
	for (int i = 0; i < g->n; i++)
		ck_assert_msg(got[i] == want[i], "node %d of %d: wave %d, not %d", i, g->n, got[i], want[i]);
}

static struct graph *graph_new(int n)
{
	struct graph *g = mem_zalloc(sizeof *g);

	g->n = n;
	return g;
}

START_TEST(A11_a_building_block_without_dependencies_is_in_the_first_wave)
{
	OWN(mem_free) char *own = NULL;
	struct graph *g = graph_new(3);

	own = (char *)g;
	waves_agree(g);
	ck_assert_int_eq(waves_by_force(g, (int[NODES]){ 0 }), 1);
	g->n = 0;
	waves_agree(g);
}
END_TEST

START_TEST(A12_J21_who_is_depended_upon_comes_first)
{
	struct graph *g = graph_new(3);
	int waves[NODES];

	g->edge[0][1] = g->edge[1][2] = true; /* 0 needs 1 needs 2 */
	waves_agree(g);
	ck_assert_int_eq(config_waves(g->list, 3, waves), 3);
	ck_assert(waves[2] == 0 && waves[1] == 1 && waves[0] == 2);
	free(g);
}
END_TEST

START_TEST(A13_J21_who_depend_on_each_other_share_a_wave)
{
	struct graph *g = graph_new(4);
	int waves[NODES];

	g->edge[0][1] = g->edge[1][0] = true;
	g->edge[1][2] = g->edge[3][0] = true;
	waves_agree(g);
	ck_assert_int_eq(config_waves(g->list, 4, waves), 3);
	ck_assert(waves[2] == 0 && waves[0] == 1 && waves[1] == 1 && waves[3] == 2);
	free(g);
}
END_TEST

START_TEST(J21_waves_of_20000_random_graphs_are_those_of_brute_force)
{
	struct graph *g = graph_new(0);
	uint64_t x = 0x9E3779B97F4A7C15u;

	for (int run = 0; run < 20000; run++) {
		unsigned dense;

		x ^= x << 13;
		x ^= x >> 7;
		x ^= x << 17;
		g->n = (int)(x % (NODES + 1));
		dense = (unsigned)(x >> 20) % 7 + 1;
		for (int i = 0; i < NODES; i++)
			for (int j = 0; j < NODES; j++) {
				x ^= x << 13;
				x ^= x >> 7;
				x ^= x << 17;
				g->edge[i][j] = i < g->n && j < g->n && (x >> 30) % 16 < dense;
			}
		waves_agree(g);
	}
	free(g);
}
END_TEST

START_TEST(J21_a_thousand_building_blocks_are_ordered_at_once)
{
	struct config_item *bb = mem_array(CONFIG_BBS_MAX * 2, sizeof *bb), *dep = bb + CONFIG_BBS_MAX;
	const struct config_item **list = mem_array(CONFIG_BBS_MAX, sizeof *list);
	char(*id)[40] = mem_array(CONFIG_BBS_MAX, sizeof *id);
	int *waves = mem_array(CONFIG_BBS_MAX, sizeof *waves);

	for (int i = 0; i < CONFIG_BBS_MAX; i++) {
		snprintf(id[i], sizeof id[i], "00000000-0000-4000-8000-%012d", i);
		bb[i].type = CONFIG_BUILDING_BLOCK;
		bb[i].text[ELEMENT_TYPE_ID] = id[i];
		bb[i].child = i ? &dep[i] : NULL;
		dep[i].type = CONFIG_DEPENDENCY;
		dep[i].text[ELEMENT_TYPE_ID] = id[i ? i - 1 : 0];
		list[i] = &bb[i];
	}
	ck_assert_int_eq(config_waves(list, CONFIG_BBS_MAX, waves), CONFIG_BBS_MAX);
	for (int i = 0; i < CONFIG_BBS_MAX; i++)
		ck_assert_int_eq(waves[i], i);
	free(bb);
	free(list);
	free(id);
	free(waves);
}
END_TEST

/* ---- signing, and Manifests to begin with ---- */

static struct pkcs1_key *key_new(const char *dir, const char *name)
{
	struct pkcs1_key *k = NULL;
	char path[400];
	struct err e;

	snprintf(path, sizeof path, "%s/%s", dir, name);
	ck_ok(pkcs1_make(PKCS1_ED25519, path, &k, &e));
	return k;
}

static struct trust *trust_of(const struct pkcs1_key *supplier, const struct pkcs1_key *integrator)
{
	const struct pkcs1_key *keys[] = { supplier, integrator };
	static const char *const role[] = { "supplier", "integrator" };
	struct trust *t = NULL;
	STR(store, KIT_TEXT);
	struct jw w = jw_start(&store);
	struct err e;

	jw_obj(&w);
	jw_key(&w, "entities");
	jw_arr(&w);
	for (int i = 0; i < 2; i++) {
		STR(pem, KIT_TEXT);

		pkcs1_pem(keys[i], &pem);
		jw_obj(&w);
		jw_kstr(&w, "name", role[i]);
		jw_kwords(&w, "roles", role[i]);
		jw_key(&w, "keys");
		jw_arr(&w);
		jw_obj(&w);
		jw_kstr(&w, "pem", str_c(&pem));
		jw_end(&w);
		jw_arr_end(&w);
		jw_end(&w);
	}
	jw_arr_end(&w);
	jw_end(&w);
	ck_ok(trust_parse(str_c(&store), store.len, &t, &e));
	return t;
}

static void begin(const char *dir, const char *name, enum config_type type, const char *const *parts,
		  int nparts)
{
	const struct manifest_wish w = { .type = type,
					 .name = name,
					 .network = type == CONFIG_BUILDING_BLOCK ? "10.0.0.1" : NULL,
					 .folder = dir,
					 .parts = parts,
					 .nparts = nparts };
	STR(text, KIT_TEXT);
	char file[100];
	struct err e;

	ck_ok(manifest_new(&w, &text, &e));
	snprintf(file, sizeof file, "%s.json", name);
	kit_put(dir, file, str_c(&text));
}

START_TEST(A14_J60_J63_what_is_begun_and_signed_is_good)
{
	static const char *const das[] = { "fw.tar.gz", "parameter:p.tar.gz" }, *const all[] = { "DAS.json",
												 "ETP.json" };
	char dir[200], needs[300];
	const char *etp[] = { "software:fw.tar.gz", needs };
	OWN(pkcs1_free) struct pkcs1_key *supplier = NULL;
	OWN(pkcs1_free) struct pkcs1_key *integrator = NULL;
	OWN(trust_free) struct trust *t = NULL;
	struct manifest_signed done;
	struct manifest_ask ask = { .profile = MANIFEST_STRICT,
				    .checks = MANIFEST_CHECK_ARCHIVES,
				    .now = KIT_NOW };
	struct manifest *m = NULL;
	STR(before, KIT_TEXT);
	STR(after, KIT_TEXT);
	char path[300];
	struct err e;

	test_dir_new(dir, sizeof dir);
	supplier = key_new(dir, "s.key");
	integrator = key_new(dir, "i.key");
	ask.trust = t = trust_of(supplier, integrator);
	kit_put(dir, "fw.tar.gz", "firmware");
	kit_put(dir, "p.tar.gz", "parameters");
	begin(dir, "DAS", CONFIG_BUILDING_BLOCK, das, 2);
	snprintf(needs, sizeof needs, "needs:%s/DAS.json", dir);
	begin(dir, "ETP", CONFIG_BUILDING_BLOCK, etp, 2);
	begin(dir, "train", CONFIG_VEHICLE, all, 2);
	/* before it is signed: only signatures are missing, and hashes that signing writes */
	{
		const struct manifest_ask plain = { .profile = MANIFEST_STRICT, .now = KIT_NOW };
		const struct manifest_problem *p;

		ck_ok(manifest_read(dir, "train.json", &plain, &m, &e));
		for (int i = 0; (p = manifest_problem_at(m, i)) != NULL; i++)
			ck_assert_msg(p->warning || !strcmp(p->row, "L19"), "%s", kit_told(m));
		ck_assert(kit_warned(m, "wrong-reference", "J56", NULL) && !manifest_root(m)->authentic_ok);
		manifest_free(m);
	}
	/* nothing is written when anything is missing */
	snprintf(path, sizeof path, "%s/DAS.json", dir);
	ck_ok(file_read(path, &before, &e));
	ck_refused(manifest_sign(dir, NULL, &(struct manifest_keys){ NULL, NULL }, &done, &e), ERR_USAGE,
		   "no key");
	{
		char gone[300], back[300];

		snprintf(gone, sizeof gone, "%s/p.tar.gz", dir);
		snprintf(back, sizeof back, "%s/q.tar.gz", dir);
		ck_assert_int_eq(rename(gone, back), 0);
		ck_refused(
		    manifest_sign(dir, NULL, &(struct manifest_keys){ supplier, integrator }, &done, &e),
		    ERR_NO_FILE, "p.tar.gz");
		ck_assert_int_eq(rename(back, gone), 0);
	}
	ck_refused(manifest_sign(dir, NULL, &(struct manifest_keys){ NULL, NULL }, &done, &e), ERR_USAGE,
		   "no key");
	ck_ok(file_read(path, &after, &e));
	ck_assert_str_eq(str_c(&before), str_c(&after));
	/* the supplier signs its part, then the integrator the whole, and does not touch the supplier's */
	ck_ok(manifest_sign(dir, "DAS.json", &(struct manifest_keys){ supplier, NULL }, &done, &e));
	ck_assert(done.items == 1 && done.files == 1);
	str_clear(&before);
	ck_ok(file_read(path, &before, &e));
	ck_ok(manifest_sign(dir, "train.json", &(struct manifest_keys){ NULL, integrator }, &done, &e));
	ck_assert_int_eq(done.items, 3); /* Vehicle, System, and ETP that nobody had signed */
	ck_assert_int_eq(done.files, 2);
	str_clear(&after);
	ck_ok(file_read(path, &after, &e));
	ck_assert_str_eq(str_c(&before), str_c(&after));
	ck_ok(manifest_read(dir, "train.json", &ask, &m, &e));
	ck_assert_msg(manifest_good(m), "%s", kit_told(m));
	ck_assert_str_eq(manifest_root(m)->child->child->signer, "supplier");
	ck_assert_str_eq(manifest_root(m)->child->child->next->signer, "integrator");
	manifest_free(m);
	/* a firmware that changes later: found, and signed again */
	kit_put(dir, "fw.tar.gz", "other firmware");
	ck_ok(manifest_read(dir, "train.json", &ask, &m, &e));
	ck_assert(kit_problem(m, "hash-differs", "J60", NULL) != NULL);
	manifest_free(m);
	ck_ok(manifest_sign(dir, "train.json", &(struct manifest_keys){ supplier, integrator }, &done, &e));
	ck_assert(done.items == 4 && done.files == 3);
	ck_ok(manifest_read(dir, "train.json", &ask, &m, &e));
	ck_assert_msg(manifest_good(m), "%s", kit_told(m));
	manifest_free(m);
	test_dir_free(dir);
}
END_TEST

START_TEST(A14_signing_refuses_circles_and_what_has_no_type)
{
	OWN(pkcs1_free) struct pkcs1_key *key = NULL;
	struct manifest_signed done;
	char dir[200];
	struct err e;

	test_dir_new(dir, sizeof dir);
	key = key_new(dir, "key");
	kit_system_of(dir, "vehicle.json", 1, 1, "Vehicle");
	kit_system_of(dir, "s1.json", 1, 1, "System");
	ck_refused(manifest_sign(dir, "vehicle.json", &(struct manifest_keys){ NULL, key }, &done, &e),
		   ERR_INVALID, "itself");
	kit_put(dir, "s1.json", "{}");
	ck_refused(manifest_sign(dir, "vehicle.json", &(struct manifest_keys){ NULL, key }, &done, &e),
		   ERR_INVALID, "no Config Type");
	kit_put(dir, "s1.json", "{\"Config Type\":\"System\"");
	ck_refused(manifest_sign(dir, "vehicle.json", &(struct manifest_keys){ NULL, key }, &done, &e),
		   ERR_JSON, "s1.json");
	kit_put(dir, "vehicle.json", "{\"Config Type\":\"Software\"}");
	ck_refused(manifest_sign(dir, "vehicle.json", &(struct manifest_keys){ NULL, key }, &done, &e),
		   ERR_NOTHING, "nothing");
	test_dir_free(dir);
}
END_TEST

START_TEST(A14_wishes_that_make_no_manifest_are_refused)
{
	static const struct {
		enum config_type type;
		const char *part, *why;
	} all[] = {
		{ CONFIG_BUILDING_BLOCK, "a.zip", ".tar.gz" },
		{ CONFIG_BUILDING_BLOCK, "../a.tar.gz", "upward" },
		{ CONFIG_BUILDING_BLOCK, "/a.tar.gz", "begins with" },
		{ CONFIG_BUILDING_BLOCK, "needs:x", "needs:x" },
		{ CONFIG_BUILDING_BLOCK, "needs:11111111-1111-4111-8111-111111111111", "functional version" },
		{ CONFIG_BUILDING_BLOCK, "needs:11111111-1111-4111-8111-111111111111@1",
		  "functional version" },
		{ CONFIG_BUILDING_BLOCK, "bb.json", "no other Manifest" },
		{ CONFIG_VEHICLE, "a.tar.gz", "belongs to a Building Block" },
		{ CONFIG_VEHICLE, "none.json", "none.json" },
		{ CONFIG_VEHICLE, "vehicle.json", "neither" },
		{ CONFIG_SOFTWARE, "a.tar.gz", "type" },
	};
	char dir[200];
	struct err e;

	test_dir_new(dir, sizeof dir);
	kit_put(dir, "bb.json", "{\"Config Type\":\"Building Block\"}");
	kit_put(dir, "vehicle.json", "{\"Config Type\":\"Vehicle\"}");
	for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
		const struct manifest_wish w = {
			.type = all[i].type, .folder = dir, .parts = &all[i].part, .nparts = 1
		};
		STR(out, KIT_TEXT);
		int rc = manifest_new(&w, &out, &e);

		ck_assert_msg(rc && strstr(e.msg, all[i].why), "%s: %d %s", all[i].part, rc, rc ? e.msg : "");
	}
	test_dir_free(dir);
}
END_TEST

int main(void)
{
	const TTest *all[] = {
		A11_a_building_block_without_dependencies_is_in_the_first_wave,
		A12_J21_who_is_depended_upon_comes_first,
		A13_J21_who_depend_on_each_other_share_a_wave,
		J21_waves_of_20000_random_graphs_are_those_of_brute_force,
		J21_a_thousand_building_blocks_are_ordered_at_once,
		A14_J60_J63_what_is_begun_and_signed_is_good,
		A14_signing_refuses_circles_and_what_has_no_type,
		A14_wishes_that_make_no_manifest_are_refused,
	};

	return RUN_TESTS("manifest sign", all);
}
