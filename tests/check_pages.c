/* SPDX-License-Identifier: Apache-2.0 */
/* Pages through the real dispatcher, without a socket: what they say in each state; text from the data stays
 * text (T23); without Graphviz only the picture is missing. A name without data fails here. */
#include <inttypes.h>

#include "base/parse.h"
#include "core/campaign.h"
#include "core/fleet.h"
#include "http/door.h"
#include "http/worker.h"
#include "pages_seed.h"
#include "stores.h"
#include "web/web.h"
#include "web/words.h"

#define NOTICE_TEXT_HTML "does not replace, the manufacturer&#39;s release notes."

static int64_t seed_wall(void *ctx)
{
	(void)ctx;
	return SEED_NOW;
}
static int64_t real_mono(void *ctx)
{
	(void)ctx;
	return clock_mono(clock_system());
}
static const struct clock seed_clock = { seed_wall, real_mono, NULL };
static const struct conf_key keys[] = { HTTP_CONF_KEYS,
					{ "restricted_db", CONF_TEXT, "", 0, 0, "" },
					{ .name = NULL } };

struct site {
	char dsn[STORE_DSN_MAX];
	struct conf *conf;
	struct log log;
	struct app app;
	struct catalog *catalog;
	struct metrics *metrics;
	struct web *web;
	struct door *door;
	struct worker *worker;
	struct db *db;
	struct str out; /* the last answer, head and body */
	int status;
};

static bool take(void *ctx, const void *p, size_t n)
{
	str_addn(&((struct site *)ctx)->out, p, n);
	return true;
}
static int64_t nothing(void *ctx, void *buf, size_t n)
{
	(void)ctx;
	(void)buf;
	(void)n;
	return 0;
}
static bool alive(void *ctx)
{
	(void)ctx;
	return true;
}

static void site_done(struct site *s)
{
	worker_free(s->worker);
	door_free(s->door);
	web_free(s->web);
	metrics_free(s->metrics);
	catalog_free(s->catalog);
	conf_free(s->conf);
	db_close(s->db);
	str_done(&s->out);
}
DEFINE_OWN_VAL(struct site, site_done)

static void site_open(struct site *s, bool seeded, const char *dot)
{
	const struct route *tables[] = { web_routes, NULL };
	struct dot_limits l = DOT_LIMITS;
	struct err e;

	s->log = (struct log){ .fd = 2, .level = LOG_ERROR };
	l.program = dot;
	fresh_store_dsn(STORE_SQLITE, s->dsn);
	s->db = open_store(s->dsn);
	if (seeded)
		seed_catalogue(s->db);
	s->conf = conf_new(keys);
	str_init(&s->out, 16 * MIB);
	ck_ok(catalog_new(s->dsn, &seed_clock, &s->catalog, &e));
	ck_ok(web_new(&l, true, &s->web, &e));
	s->metrics = metrics_new();
	s->app = (struct app){ .conf = s->conf,
			       .clock = &seed_clock,
			       .log = &s->log,
			       .dsn = s->dsn,
			       .image_dir = "/nowhere",
			       .catalog = s->catalog,
			       .metrics = s->metrics,
			       .error_page = web_error_page,
			       .graph_svg = web_graph_svg,
			       .web = s->web };
	ck_ok(door_new(&s->app, tables, false, &s->door, &e));
	s->worker = worker_new(s->door);
}

/* GET of an address with its query; returns the body. */
static const char *get_as(struct site *s, const char *address, const char *name, const char *value)
{
	const struct header headers[] = { { "Host", "localhost" },
					  { "Accept", "text/html" },
					  { name, value } };
	char path[4096];
	const char *query = strchr(address, '?'), *body;
	const struct line line = { s, nothing, take, alive };
	struct head head = { .method = "GET",
			     .path = path,
			     .query = query ? query + 1 : NULL,
			     .version = "1.1",
			     .header = headers,
			     .nheaders = name ? 3 : 2 };

	str_copyn(path, sizeof path, address, strcspn(address, "?"));
	str_clear(&s->out);
	s->status = dispatch(s->worker, &head, "127.0.0.1", &line);
	body = strstr(str_c(&s->out), "\r\n\r\n");
	ck_assert_msg(body != NULL, "%s: no answer", address);
	return body + 4;
}
static const char *get(struct site *s, const char *address)
{
	return get_as(s, address, NULL, NULL);
}

#define SITE(name, seeded, dot)                                                                              \
	OWN(site_done) struct site name = { .status = 0 };                                                   \
	site_open(&name, seeded, dot)
#define has(text, part) ck_assert_msg(strstr((text), (part)) != NULL, "no '%s' in:\n%.1500s", (part), (text))
#define has_not(text, part) ck_assert_msg(strstr((text), (part)) == NULL, "'%s' in:\n%.1500s", (part), (text))

static size_t count(const char *text, const char *part)
{
	size_t n = 0;

	for (; (text = strstr(text, part)); text += strlen(part))
		n++;
	return n;
}

static const struct {
	const char *address;
	int status;
	const char *title;
} addresses[] = {
	{ "/", 200, "Find a firmware upgrade path" },
	{ "/search", 200, "Search" },
	{ "/search?q=118F", 200, "Search results" },
	{ "/search?q=nothing+like+this", 200, "Search results" },
	{ "/path", 200, "Path finder" },
	{ "/path?from=000001&to=000009", 200, "Upgrade path" },
	{ "/path?from=000001&to=latest&prefer=time&at=2026-11-20", 200, "Upgrade path" },
	{ "/path?from=000004&to=000004", 200, "Nothing to do" },
	{ "/path?from=000001&to=000005", 200, "No upgrade path" },
	{ "/path?from=000001&to=000006", 200, "No upgrade path" },
	{ "/path?from=000001&to=000010", 200, "No upgrade path" },
	{ "/path?from=000001&to=000012", 200, "No upgrade path" },
	{ "/path?from=000012&to=000001&allow_removed=hop", 200, "No upgrade path" },
	{ "/path?from=000001&to=000022", 200, "No upgrade path" },
	{ "/path?from=10AA:57310100:00000100&to=latest", 300, "Which entry is meant?" },
	{ "/path?from=000022&to=10AA:57310100:00000100&at=2026-11-20", 300, "Which entry is meant?" },
	{ "/path?from=&to=latest", 400, "Error: Path finder" },
	{ "/path?from=zzz&to=latest", 400, "Error: Path finder" },
	{ "/path?from=000999&to=latest", 404, "Error: Path finder" },
	{ "/path?from=000001&to=zzz", 400, "Error: Path finder" },
	{ "/path?from=000001&at=yesterday", 400, "Error: Path finder" },
	{ "/path?from=000001&to=latest&at=1999-01-01", 404, "Error: Path finder" },
	{ "/models", 200, "Models" },
	{ "/models?manufacturer=118f", 200, "Models" },
	{ "/models?manufacturer=FFFF", 200, "Models" },
	{ "/models/118F:00000000", 200, "Model 118F:00000000" },
	{ "/models/118F:00000000?around=000004", 200, "Model 118F:00000000" },
	{ "/models/10AA:57310100", 200, "Model 10AA:57310100" },
	{ "/models/nothing", 404, "Error: Not found" },
	{ "/models/118F:00000000?around=000020", 400, "Error: The input is not valid" },
	{ "/entries/000001", 200, "Entry 000001" },
	{ "/entries/1", 200, "Entry 000001" },
	{ "/entries/000007", 200, "Entry 000007" },
	{ "/entries/000009", 200, "Entry 000009" },
	{ "/entries/000010", 200, "Entry 000010" },
	{ "/entries/000012", 200, "Entry 000012" },
	{ "/entries/000999", 404, "Error: Not found" },
	{ "/campaigns", 200, "Campaigns" },
	{ "/campaigns/7", 404, "Error: Not found" },
	{ "/changes", 200, "Changes" },
	{ "/changes?before=2", 200, "Changes" },
	{ "/data-health", 200, "Data health" },
	{ "/help", 200, "Help" },
	{ "/accessibility", 200, "Accessibility statement" },
	{ "/bulk", 200, "Bulk check" },
	{ "/developers", 200, "API and events" },
	{ "/security", 200, "Security" },
	{ "/licences", 200, "Licences" },
	{ "/status", 200, "Status" },
	{ "/work", 200, "Your work" },
	{ "/search?q=0.4.8.0", 200, "Search results" },
	{ "/nowhere", 404, "Error: Not found" },
	{ "/help?x=1", 400, "Error: A parameter is not known here" },
};

START_TEST(every_page_and_state_is_a_whole_page)
{
	SITE(s, true, NULL);

	for (size_t i = 0; i < sizeof addresses / sizeof *addresses; i++) {
		const char *body = get(&s, addresses[i].address);
		char title[200];

		snprintf(title, sizeof title, "<title>%s – firpath</title>", addresses[i].title);
		ck_assert_msg(s.status == addresses[i].status, "%s gave %d:\n%.1500s", addresses[i].address,
			      s.status, body);
		has(str_c(&s.out), "text/html; charset=utf-8");
		has(str_c(&s.out), "default-src 'none'");
		has(body, title);
		has(body, "<html lang=\"en\"");
		has(body, "Skip to main content");
		has(body, NOTICE_TEXT_HTML);
		ck_assert_uint_eq(count(body, "<h1"), 1);
		ck_assert_uint_eq(count(body, "</html>"), 1);
		has_not(body, "style=");
		has_not(body, "{{");
		ck_assert_msg(strlen(body) < 150 * KIB, "%s has %zu bytes", addresses[i].address,
			      strlen(body));
	}
}
END_TEST

START_TEST(an_empty_catalogue_says_what_to_do_next)
{
	SITE(s, false, NULL);

	has(get(&s, "/"), "firpath import cpl FILE");
	has(get(&s, "/models"), "firpath import cpl FILE");
	has(get(&s, "/changes"), "firpath import cpl FILE");
	has(get(&s, "/campaigns"), "firpath campaign create");
	has(get(&s, "/data-health"), "never");
	has(get(&s, "/path?from=000001&to=latest"), "import a Central Products List");
	ck_assert_int_eq(s.status, 404);
	has(get(&s, "/search?q=1"), "Nothing fits");
}
END_TEST

START_TEST(a_path_shows_each_step_with_both_identities_and_who_says_so)
{
	SITE(s, true, NULL);
	const char *body = get(&s, "/path?from=118f:0:00040500&to=000009");

	has(body, "6 steps, in this order");
	has(body, "Runs <span class=\"fp-id\">00:04:05:00</span>, <a class=\"govuk-link\" "
		  "href=\"/entries/000001\">");
	has(body, "Install <span class=\"fp-id\">00:04:07:FF</span>, <a class=\"govuk-link\" "
		  "href=\"/entries/000003\">");
	has(body, "fragment 1 of 2");
	has(body, "the next step must follow at once");
	has(body, "Confirmed</dt><dd>1 April 2023");
	has(body, "as any earlier entry of the model");
	has(body, "<dt>Confirmed</dt><dd>never ");
	has(body, "</span> Overdue</strong>");
	has(body, "the manufacturer (Example Meters)");
	has(body, "href=\"https://www.example.org/notes/4.8.0\"");
	has(body, "catalogue revision 2, Central Products List 9.001 of 1 November 2026 (18 days old)");
	/* blocked alternatives, with reason, link, date and who */
	has(body, "Blocked on this model");
	has(body, "Loses the clock.");
	has(body, "https://www.example.org/advice/7");
	has(body, "1 September 2023");
	/* the link that will give the same answer in a year */
	has(body, "href=\"/path?from=000001&amp;to=000009&amp;at=2026-11-20T09%3A00%3A00Z\"");
	has(body, "href=\"/v1/path?from=118f%3A0%3A00040500&amp;to=000009\"");
}
END_TEST

START_TEST(no_path_says_why_how_far_and_what_stands_in_the_way)
{
	SITE(s, true, NULL);
	const char *body = get(&s, "/path?from=000001&to=000012");

	has(body, "Nobody has stated how the target may be reached.");
	has(body, "As far as one can go");
	has(body, "href=\"/path?from=000001&amp;to=000009\"");
	has(body, "What stands in the way");
	body = get(&s, "/path?from=000009&to=000011");
	has(body, "A path would open if this were lifted");
	has(body, "Blocked: <a class=\"govuk-link\" href=\"/entries/000010\">");
	has(body, "Withdrawn.");
	body = get(&s, "/path?from=000001&to=000005");
	has(body, "The target was Removed from the list");
	body = get(&s, "/path?from=000001&to=000006");
	has(body, "The CPA certificate of the target has expired");
	body = get(&s, "/path?from=000001&to=000022");
	has(body, "Firmware never crosses models");
}
END_TEST

START_TEST(twins_are_shown_side_by_side_and_the_choice_keeps_the_question)
{
	SITE(s, true, NULL);
	const char *body = get(&s, "/path?from=10AA:57310100:00000100&to=000022&prefer=time");

	has(body, "2 entries fit what you wrote");
	has(body, "type=\"radio\" id=\"pick-000020\" name=\"from\" value=\"000020\" required>");
	has(body, "type=\"radio\" id=\"pick-000021\" name=\"from\" value=\"000021\" required>");
	has(body, "<input type=\"hidden\" name=\"to\" value=\"000022\">");
	has(body, "<input type=\"hidden\" name=\"prefer\" value=\"time\">");
	has(body, "SMETS or CHTS<br><strong class=\"govuk-tag govuk-tag--yellow\">differs</strong>");
	has(body, "<td class=\"govuk-table__cell fp-differs\">SMETS V4.2</td>");
	has(body, "<th scope=\"col\" class=\"govuk-table__header\">GBCS</th>");
	has_not(body, "checked");
	body = get(&s, "/path?from=000022&to=10AA:57310100:00000100");
	has(body, "name=\"to\" value=\"000021\"");
	has(body, "<input type=\"hidden\" name=\"from\" value=\"000022\">");
}
END_TEST

START_TEST(a_wrong_input_is_named_at_its_field)
{
	SITE(s, true, NULL);
	const char *body = get(&s, "/path?from=000001&to=xyzzy");

	has(body, "There is a problem");
	has(body, "<a href=\"#to\">");
	has(body, "id=\"to-error\"");
	has(body, "aria-describedby=\"to-hint to-error\"");
	has(body, "value=\"xyzzy\"");
	has_not(body, "id=\"from-error\"");
	body = get(&s, "/path?from=000999");
	has(body, "<a href=\"#from\">There is no entry 000999");
	body = get(&s, "/path?from=1&at=soon");
	has(body, "<a href=\"#at\">");
	has(body, " open>");
}
END_TEST

START_TEST(a_model_page_has_the_picture_and_the_same_facts_as_a_table)
{
	SITE(s, true, NULL);
	const char *body = get(&s, "/models/118F:00000000");

	has(body, "<svg role=\"group\"");
	has(body, "xlink:href=\"/entries/000005\"");
	has(body, "id=\"e000005\"");
	has(body, "must be passed</strong>");
	has(body, "CPA expired</strong>");
	has(body, "CPA renewal date passed</strong>");
	has(body, "<a class=\"govuk-link fp-id\" href=\"#e000007\">000007</a> <strong class=\"govuk-tag "
		  "govuk-tag--red\">blocked");
	has(body, "path not stated</strong>");
	has(body, "0.4.10.1");
	has(body, "dashed: Removed from the list");
}
END_TEST

START_TEST(without_graphviz_the_page_still_has_the_table_and_says_why)
{
	SITE(s, true, "/nowhere/dot");
	const char *body = get(&s, "/models/118F:00000000");

	ck_assert_int_eq(s.status, 200);
	has(body, "There is no picture: Graphviz &#39;dot&#39; is not installed on the server.");
	has(body, "id=\"e000012\"");
	has_not(body, "<svg role");
}
END_TEST

START_TEST(an_entry_page_tells_facts_statement_steps_and_history)
{
	SITE(s, true, NULL);
	const char *body = get(&s, "/entries/000009");

	has(body, "href=\"/models/118F%3A00000000\">118F:00000000</a></li>");
	has(body, "00:05:04:00");
	has(body, "as decimal numbers 0.5.4.0");
	has(body, "from these entries: <a class=\"govuk-link fp-id\" href=\"/entries/000007\">");
	has(body, "1 August 2023");
	has(body, "Direct steps to this entry");
	has(body, "blocked</strong>");
	has(body, "Direct steps from this entry");
	has(body, "What the list said, oldest first");
	has(body, "href=\"/v1/entries/000009/history\"");
	body = get(&s, "/entries/000012");
	has(body, "Nobody has stated how this entry may be reached");
	has(body, "No stated step leads on from here");
}
END_TEST

START_TEST(a_search_for_one_entry_goes_there_at_once)
{
	SITE(s, true, NULL);

	get(&s, "/search?q=9");
	ck_assert_int_eq(s.status, 303);
	has(str_c(&s.out), "Location: /entries/000009\r\n");
	get(&s, "/search?q=118F:00000000:00050400");
	has(str_c(&s.out), "Location: /entries/000009\r\n");
	has(get(&s, "/search?q=10AA:57310100:00000100"), "2 entries fit");
	get(&s, "/entries/10AA:57310100:00000100");
	has(str_c(&s.out), "Location: /search?q=10AA%3A57310100%3A00000100\r\n");
}
END_TEST

START_TEST(T23_text_from_the_data_stays_text)
{
	static const char *const pages[] = { "/",
					     "/changes",
					     "/entries/000007",
					     "/entries/000009",
					     "/models/118F:00000000",
					     "/path?from=000004&to=latest" };
	SITE(s, true, NULL);

	for (size_t i = 0; i < sizeof pages / sizeof *pages; i++) {
		const char *body = get(&s, pages[i]);

		ck_assert_int_eq(s.status, 200);
		has_not(body, "<script>");
		has_not(body, "<img");
		has_not(body, "<b>import");
		has_not(body, "href=\"javascript:");
	}
	has(get(&s, "/entries/000007"),
	    "&lt;script&gt;alert(1)&lt;/script&gt;&#34;&#39;&gt;&lt;img src=x onerror=alert(2)&gt;");
}
END_TEST

static const char *const payloads[] = {
	"<script>alert(1)</script>",
	"\"><script>alert(1)</script>",
	"'><script>alert(1)</script>",
	"\" onmouseover=\"alert(1)",
	"' autofocus onfocus='alert(1)",
	"</title><script>alert(1)</script>",
	"</textarea><script>alert(1)</script>",
	"<svg/onload=alert(1)>",
	"<img src=x onerror=alert(1)>",
	"javascript:alert(1)",
	"{{from}}",
	"{{&svg}}",
	"--><script>alert(1)</script>",
	"&#60;script&#62;alert(1)",
	"%3Cscript%3Ealert(1)%3C/script%3E",
};

START_TEST(T23_what_is_typed_comes_back_as_text)
{
	static const char *const fields[] = { "/search?q=",
					      "/path?from=",
					      "/path?from=000001&to=",
					      "/path?from=1&at=",
					      "/path?from=1&prefer=",
					      "/models?manufacturer=",
					      "/entries/",
					      "/models/" };
	SITE(s, true, NULL);

	for (size_t f = 0; f < sizeof fields / sizeof *fields; f++) {
		for (size_t i = 0; i < sizeof payloads / sizeof *payloads; i++) {
			STR(address, 4 * KIB);
			const char *body;

			str_add(&address, fields[f]);
			for (const char *p = payloads[i]; *p; p++)
				str_addf(&address, "%%%02X", (unsigned char)*p);
			body = get(&s, str_c(&address));
			has_not(body, "<script>");
			has_not(body, "<svg/onload");
			has_not(body, "<img");
			has_not(body, "\" onmouseover=\"");
			has_not(body, "' autofocus onfocus='");
			has_not(body, "href=\"javascript:");
		}
	}
}
END_TEST

/* Devices of three kinds in a draft: one on a known entry, one that reported nothing, one that cannot be
 * walked. */
START_TEST(a_campaign_page_tells_policy_plans_and_each_device)
{
	static const char devices[] = "name,adapter,address,identity\r\n"
				      "meter-1,fake,,118F:00000000:00040500\r\n"
				      "meter-<b>2,fake,,\r\n";
	static const char good[] = "name,adapter,address,identity\r\n"
				   "meter-1,fake,,118F:00000000:00040500\r\n"
				   "meter-2,fake,,\r\n";
	static const char body_json[] =
	    "{\"name\":\"Spring <i>walk\",\"target\":\"000009\",\"members\":{\"filter\":{}}}";
	struct actor who = { "test", "", SEED_NOW };
	struct fleet_counts counts;
	SITE(s, true, NULL);
	struct campaign_ctx c = { s.db,       catalog_current(s.worker->view),
				  "/nowhere", CPL_STALE_BLOCKS_MS,
				  SCOPE_ALL,  NULL };
	const char *body;
	char address[64];
	struct err e;
	int64_t id;

	ck_assert_int_ne(
	    fleet_import(s.db, SCOPE_ALL, c.snap, &who, FLEET_CSV, devices, sizeof devices - 1, &counts, &e),
	    OK);
	ck_ok(fleet_import(s.db, SCOPE_ALL, c.snap, &who, FLEET_CSV, good, sizeof good - 1, &counts, &e));
	ck_ok(campaign_create(&c, &who, NULL, body_json, sizeof body_json - 1, &id, &e));
	body = get(&s, "/campaigns");
	has(body, "Spring &lt;i&gt;walk");
	has(body, "draft</strong>");
	snprintf(address, sizeof address, "/campaigns/%" PRId64, id);
	body = get(&s, address);
	ck_assert_int_eq(s.status, 200);
	has(body, "Spring &lt;i&gt;walk");
	has(body, "Not started");
	has(body, "meter-1");
	has(body, "meter-2");
	has(body, "Not walked");
	has(body, "is not stored; add it with");
	has(body, "data-live=\"/v1/campaigns/");
	snprintf(address, sizeof address, "/campaigns/%" PRId64 "?phase=done", id);
	has(get(&s, address), "No device of this campaign is in that state");
}
END_TEST

START_TEST(assets_are_named_by_their_content_and_kept_for_a_year)
{
	SITE(s, true, NULL);
	char css[200] = "", wrong[210];
	const char *p = strstr(get(&s, "/"), "/assets/firpath-");

	ck_assert_ptr_nonnull(p);
	str_copyn(css, sizeof css, p, strcspn(p, "\""));
	has(get(&s, css), "GOV.UK Frontend");
	has(str_c(&s.out), "max-age=31536000");
	has(str_c(&s.out), "Vary: Accept-Encoding");
	has_not(str_c(&s.out), "Content-Encoding");
	get_as(&s, css, "Accept-Encoding", "gzip, br");
	has(str_c(&s.out), "Content-Encoding: gzip");
	ck_assert_uint_lt(s.out.len, 20 * KIB);
	snprintf(wrong, sizeof wrong, "%.*sx.css", (int)strlen(css) - 4, css);
	get(&s, wrong);
	ck_assert_int_eq(s.status, 404);
}
END_TEST

/* A code that the model can say but the pages cannot would be shown raw. */
START_TEST(every_stable_code_has_its_words)
{
	for (size_t i = 0; path_warning_text[i]; i++)
		ck_assert_msg(word_of("warning", path_warning_text[i]) != NULL, "%s", path_warning_text[i]);
	for (size_t i = 0; hop_warning_text[i]; i++)
		ck_assert_msg(word_of("hop_warning", hop_warning_text[i]) != NULL, "%s", hop_warning_text[i]);
	for (size_t i = 1; path_why_text[i]; i++)
		ck_assert_msg(word_of("why_word", path_why_text[i]) != NULL, "%s", path_why_text[i]);
	for (size_t i = 0; obstacle_text[i]; i++)
		ck_assert_msg(word_of("obstacle", obstacle_text[i]) != NULL, "%s", obstacle_text[i]);
	for (size_t i = 0; statement_source_text[i]; i++)
		ck_assert_msg(word_of("source_word", statement_source_text[i]) != NULL, "%s",
			      statement_source_text[i]);
	for (size_t i = 0; i < STATEMENT_UNKNOWN; i++)
		ck_assert_msg(word_of("kind_word", statement_kind_text[i]) != NULL, "%s",
			      statement_kind_text[i]);
}
END_TEST

int main(void)
{
	const TTest *all[] = { every_page_and_state_is_a_whole_page,
			       an_empty_catalogue_says_what_to_do_next,
			       a_path_shows_each_step_with_both_identities_and_who_says_so,
			       no_path_says_why_how_far_and_what_stands_in_the_way,
			       twins_are_shown_side_by_side_and_the_choice_keeps_the_question,
			       a_wrong_input_is_named_at_its_field,
			       a_model_page_has_the_picture_and_the_same_facts_as_a_table,
			       without_graphviz_the_page_still_has_the_table_and_says_why,
			       an_entry_page_tells_facts_statement_steps_and_history,
			       a_search_for_one_entry_goes_there_at_once,
			       T23_text_from_the_data_stays_text,
			       T23_what_is_typed_comes_back_as_text,
			       a_campaign_page_tells_policy_plans_and_each_device,
			       assets_are_named_by_their_content_and_kept_for_a_year,
			       every_stable_code_has_its_words };

	Suite *suite = suite_create("pages");
	TCase *t = tcase_create("pages");

	tcase_set_timeout(t, 120);
	for (size_t i = 0; i < sizeof all / sizeof *all; i++)
		tcase_add_test(t, all[i]);
	suite_add_tcase(suite, t);
	return stores_run(suite);
}
