/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <string.h>

#include "base/file.h"
#include "base/mem.h"
#include "base/parse.h"
#include "cli/client.h"
#include "cli/cmd.h"
#include "cli/list.h"
#include "cli/show.h"
#include "core/campaign.h"
#include "core/campaign_waves.h"
#include "core/fleet.h"

#define CAMPAIGN_BODY_MAX (16 * MIB)

/* /v1/campaigns/NAME/what */
static void campaign_url(const struct call *c, const char *what, struct str *url)
{
	str_add(url, "/v1/campaigns");
	url_segment(url, c->arg[0]);
	str_add(url, what);
}

/* ---- create
 * ------------------------------------------------------------------------------------------------------ */

static const char *const filters[] = { "prefix", "model", "entry", "site", "area", NULL };

/* Names from a file, one a line, as a JSON array. */
static int write_names(const char *path, struct jw *w, struct err *e)
{
	STR(text, CAMPAIGN_BODY_MAX);
	const char *p, *nl;
	int64_t n = 0;

	if (file_read(path, &text, e))
		return (int)e->code;
	jw_arr(w);
	for (p = str_c(&text); *p; p = nl + (*nl != '\0')) {
		const char *name = p;
		size_t len;

		nl = p + strcspn(p, "\n");
		len = parse_trim(&name, (size_t)(nl - p));
		if (len && ++n)
			jw_strn(w, name, len);
	}
	jw_arr_end(w);
	return n ? OK : err_set(e, ERR_INVALID, "there is no name of a device in %s", path);
}

static int write_members(const struct call *c, struct jw *w, struct err *e)
{
	bool filtered = call_has(c, "all");

	for (size_t i = 0; filters[i]; i++)
		filtered = filtered || call_has(c, filters[i]);
	if (filtered == call_has(c, "devices"))
		return err_set(e, ERR_USAGE,
			       "say who takes part: --devices FILE, or --all, --prefix, --model, --entry, "
			       "--site, --area (which add up)");
	jw_key(w, "members");
	jw_obj(w);
	if (call_has(c, "devices")) {
		jw_key(w, "devices");
		if (write_names(call_opt(c, "devices"), w, e))
			return (int)e->code;
	} else {
		jw_key(w, "filter");
		jw_obj(w);
		for (size_t i = 0; filters[i]; i++)
			if (call_has(c, filters[i]))
				jw_kstr(w, filters[i], call_opt(c, filters[i]));
		jw_end(w);
	}
	jw_end(w);
	return OK;
}

/* --waves 1,10,100 with one budget and one time of looking on for all. */
static int write_waves(const struct call *c, struct jw *w, struct err *e)
{
	const char *p = call_opt(c, "waves"), *end;
	int64_t failures;
	uint64_t share;

	if (call_opt_int(c, "wave-failures", 0, 100, WAVE_FAILURES_DEFAULT, &failures, e))
		return (int)e->code;
	if (!p)
		return call_has(c, "soak") || call_has(c, "wave-failures")
			   ? err_set(e, ERR_USAGE, "--soak and --wave-failures are of --waves")
			   : OK;
	jw_key(w, "waves");
	jw_arr(w);
	for (;; p = end + 1) {
		end = p + strcspn(p, ",");
		if (!parse_digits(p, (size_t)(end - p), &share) || share > 100)
			return err_set(e, ERR_USAGE, "--waves is a list of per cents such as 1,10,100");
		jw_obj(w);
		jw_kint(w, "share", (int64_t)share);
		jw_kint(w, "failures", failures);
		if (call_has(c, "soak"))
			jw_kstr(w, "soak", call_opt(c, "soak"));
		jw_end(w);
		if (!*end)
			break;
	}
	jw_arr_end(w);
	return OK;
}

static int write_campaign(const struct call *c, struct str *out, struct err *e)
{
	struct jw w = jw_start(out);
	const char *name, *target;
	int64_t active, stop;

	if (call_need(c, "name", &name, e) || call_need(c, "target", &target, e) ||
	    call_opt_int(c, "max-active", 1, 1000000, CAMPAIGN_ACTIVE_DEFAULT, &active, e) ||
	    call_opt_int(c, "stop-after", 0, 1000000, call_has(c, "waves") ? 0 : CAMPAIGN_STOP_AFTER_DEFAULT,
			 &stop, e))
		return (int)e->code;
	jw_obj(&w);
	jw_kstr(&w, "name", name);
	jw_kstr(&w, "target", target);
	if (write_members(c, &w, e))
		return (int)e->code;
	jw_kint(&w, "max_active", active);
	jw_kint(&w, "stop_after", stop);
	if (write_waves(c, &w, e))
		return (int)e->code;
	if (call_has(c, "spread"))
		jw_kstr(&w, "spread", call_opt(c, "spread"));
	if (call_has(c, "security"))
		jw_kbool(&w, "security", true);
	if (call_has(c, "prefer"))
		jw_kstr(&w, "prefer", call_opt(c, "prefer"));
	if (call_has(c, "allow-removed"))
		jw_kstr(&w, "allow_removed", call_opt(c, "allow-removed"));
	if (call_has(c, "allow-downgrade"))
		jw_kbool(&w, "allow_downgrade", true);
	if (call_has(c, "on-change"))
		jw_kstr(&w, "on_change", call_opt(c, "on-change"));
	if (call_has(c, "notice-read"))
		jw_kbool(&w, "notice_read", true);
	jw_end(&w);
	return out->over ? err_set(e, ERR_TOO_LARGE, "the list of devices is larger than %zu bytes", out->max)
			 : OK;
}

int cmd_campaign_create(struct call *c, struct err *e)
{
	struct client_send s = { .type = "application/json", .once = call_opt(c, "key") };
	STR(body, CAMPAIGN_BODY_MAX);
	STR(answer, ANSWER_MAX);
	STR(url, 4 * KIB);
	struct client *client;

	if (write_campaign(c, &body, e))
		return (int)e->code;
	str_add(&url, "/v1/campaigns");
	url_add(&url, "org", call_opt(c, "org"));
	url_add(&url, "why", call_opt(c, "why"));
	s.path = str_c(&url);
	s.body = str_c(&body);
	s.len = body.len;
	if (call_client(c, &client, e) || client_run(client, &s, &answer, &c->problems, NULL, e))
		return (int)e->code;
	return call_show(c, &answer, show_campaign, e);
}

/* ---- looking and steering
 * ------------------------------------------------------------------------------------------ */

int cmd_campaign_list(struct call *c, struct err *e)
{
	STR(answer, ANSWER_MAX);
	STR(url, 1 * KIB);

	str_add(&url, "/v1/campaigns");
	url_add(&url, "state", call_opt(c, "state"));
	if (list_collect(c, "campaigns", list_page_get, url.p, &answer, e))
		return (int)e->code;
	return call_show(c, &answer, show_campaigns, e);
}

int cmd_campaign_status(struct call *c, struct err *e)
{
	STR(url, 4 * KIB);

	campaign_url(c, "", &url);
	return call_get_show(c, str_c(&url), show_campaign, e);
}

static int steer(struct call *c, const char *verb, struct err *e)
{
	struct client_send s = { .method = "POST" };
	STR(answer, ANSWER_MAX);
	STR(url, 4 * KIB);
	struct client *client;

	campaign_url(c, verb, &url);
	url_add(&url, "why", call_opt(c, "why"));
	s.path = str_c(&url);
	if (call_client(c, &client, e) || client_run(client, &s, &answer, NULL, NULL, e))
		return (int)e->code;
	return call_show(c, &answer, show_campaign, e);
}

int cmd_campaign_start(struct call *c, struct err *e)
{
	return steer(c, "/start", e);
}

int cmd_campaign_pause(struct call *c, struct err *e)
{
	return steer(c, "/pause", e);
}

int cmd_campaign_resume(struct call *c, struct err *e)
{
	return steer(c, "/resume", e);
}

int cmd_campaign_stop(struct call *c, struct err *e)
{
	return steer(c, "/stop", e);
}

/* ---- report
 * -------------------------------------------------------------------------------------------------------- */

/* Lines of the report as they come. */
struct story_run {
	struct call *c;
	struct str line;
	int64_t lines;
};

static int take_story(void *ctx, const void *p, size_t n, struct err *e)
{
	struct story_run *r = ctx;
	const char *s = p, *end = s + n, *nl;

	if (r->c->json)
		return call_write(r->c, p, n, e);
	for (; s < end; s = nl + 1) {
		OWN(json_free) struct json *j = NULL;

		nl = memchr(s, '\n', (size_t)(end - s));
		str_addn(&r->line, s, (size_t)((nl ? nl : end) - s));
		if (!nl)
			return OK;
		if (json_parse(str_c(&r->line), r->line.len, &j, e)) {
			e->code = ERR_REMOTE;
			return err_wrap(e, "a line of the report is not JSON");
		}
		str_clear(&r->line);
		show_story(&r->c->page, j);
		r->lines++;
		/* Written piece by piece: a report can be longer than any page. */
		if (call_write(r->c, str_c(&r->c->page.text), r->c->page.text.len, e))
			return (int)e->code;
		str_clear(&r->c->page.text);
	}
	return OK;
}

int cmd_campaign_report(struct call *c, struct err *e)
{
	struct story_run r = { .c = c };
	struct client_send s = { .accept = "application/x-ndjson, application/problem+json",
				 .piece = take_story,
				 .ctx = &r };
	STR(url, 4 * KIB);
	struct client *client;
	int rc;

	campaign_url(c, "/report", &url);
	url_add(&url, "phase", call_opt(c, "phase"));
	s.path = str_c(&url);
	str_init(&r.line, 1 * MIB);
	rc = call_client(c, &client, e) ? (int)e->code : client_run(client, &s, NULL, NULL, NULL, e);
	str_done(&r.line);
	if (!rc && !c->json && !r.lines)
		page_line(&c->page, "No walk to tell of.");
	return rc;
}
