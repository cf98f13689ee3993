/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "core/bulk.h"
#include "core/campaign.h"
#include "core/fleet.h"
#include "core/history.h"
#include "core/import.h"
#include "core/people.h"
#include "core/proposal.h"
#include "core/watch.h"
#include "core/webhook.h"
#include "http/handlers.h"
#include "http/metrics.h"
#include "http/once.h"
#include "http/worker.h"
#include "model/whatif.h"
#include "orch/bbum_door.h"

int get_openapi(struct req *rq, struct resp *rs, struct err *e)
{
	(void)rq;
	(void)e;
	rs->type = "application/vnd.oai.openapi+json;version=3.1";
	str_addn(&rs->body, openapi_json, openapi_json_len);
	return OK;
}

/* Every ceiling that a client can meet. */
static const struct {
	const char *name;
	int64_t value;
} limits[] = {
	{ "target_bytes", TARGET_MAX },
	{ "headers", HEADERS_MAX - 1 },
	{ "header_value_bytes", HEADER_VALUE_MAX },
	{ "query_parameters", QUERY_MAX },
	{ "idempotency_key_characters", ONCE_KEY_MAX },
	{ "idempotency_keep_ms", ONCE_KEEP_MS },
	{ "list_limit", LIST_LIMIT_MAX },
	{ "json_depth", JSON_DEPTH_MAX },
	{ "path_hops", PATH_HOPS_MAX },
	{ "path_candidates", CANDIDATES_MAX },
	{ "bulk_body_bytes", (int64_t)BULK_BODY_MAX },
	{ "bulk_line_bytes", (int64_t)BULK_LINE_MAX },
	{ "import_file_bytes", (int64_t)IMPORT_FILE_MAX },
	{ "import_rows", IMPORT_ROWS_MAX },
	{ "import_field_bytes", (int64_t)IMPORT_FIELD_MAX },
	{ "import_columns", IMPORT_COLUMNS_MAX },
	{ "import_problems", IMPORT_PROBLEMS_MAX },
	{ "import_removed_percent", IMPORT_REMOVED_PERCENT },
	{ "import_changed_percent", IMPORT_CHANGED_PERCENT },
	{ "device_import_bytes", (int64_t)DEVICE_IMPORT_MAX },
	{ "device_name_bytes", DEVICE_NAME_MAX },
	{ "image_bytes", IMAGE_MAX },
	{ "campaign_body_bytes", (int64_t)CAMPAIGN_BODY_MAX },
	{ "campaign_members", CAMPAIGN_MEMBERS_MAX },
	{ "webhooks_each", WEBHOOKS_MAX },
	{ "webhook_tries", WEBHOOK_TRIES },
	{ "webhook_replay_rows", WEBHOOK_REPLAY_MAX },
	{ "webhook_keep_ms", WEBHOOK_KEEP_MS },
	{ "watch_lines", WATCHES_MAX },
	{ "cpl_stale_block_ms", 0 }, /* from the configuration */
	{ "change_names", CHANGE_NAMES_MAX },
	{ "event_streams", STREAMS_MAX },
	{ "event_stream_ms", STREAM_MS },
	{ "event_wait_s", WAIT_MAX_S },
	{ "bbum_body_bytes", (int64_t)BBUM_BODY_MAX },
	{ "large_bodies_at_once", BIG_BODIES_MAX },
	{ "large_body_bytes", (int64_t)BIG_BODY },
	{ "write_rate_per_s", 0 }, /* from the configuration */
	{ "write_burst", 0 },      /* from the configuration */
	{ "wrong_tokens", RATE_TOKEN_BURST },
	{ "wrong_passwords_of_a_name", RATE_LOGIN_BURST },
	{ "passwords_at_once", PASSWORDS_MAX },
	{ "proposal_items", PROPOSAL_ITEMS_MAX },
	{ "impacts_at_once", IMPACTS_MAX },
	{ "impact_pairs", WHATIF_PAIRS_MAX },
	{ "impact_model_entries", WHATIF_ENTRIES_MAX },
	{ "password_characters_min", PASSWORD_MIN },
	{ "password_characters_max", PASSWORD_MAX },
	{ "login_name_characters", LOGIN_MAX },
	{ "tokens_of_an_account", TOKENS_MAX },
	{ "token_days", TOKEN_DAYS_MAX },
	{ "metrics_series", METRICS_SERIES_MAX },
};

int get_limits(struct req *rq, struct resp *rs, struct err *e)
{
	const struct conf *c = rq->app->conf;
	struct jw w = jw_start(&rs->body);

	(void)e;
	jw_obj(&w);
	for (size_t i = 0; i < sizeof limits / sizeof limits[0]; i++) {
		int64_t v = limits[i].value;

		if (!strcmp(limits[i].name, "cpl_stale_block_ms"))
			v = conf_ms(c, "cpl_stale_block");
		else if (!strcmp(limits[i].name, "write_rate_per_s"))
			v = conf_int(c, "write_rate");
		else if (!strcmp(limits[i].name, "write_burst"))
			v = conf_int(c, "write_burst");
		jw_kint(&w, limits[i].name, v);
	}
	jw_end(&w);
	str_addc(&rs->body, '\n');
	return OK;
}

/* What the `type` of a problem points to. */
int get_problem(struct req *rq, struct resp *rs, struct err *e)
{
	struct jw w;

	for (int code = OK + 1; code < ERR_MAX; code++) {
		const struct err_info *info = err_info((enum err_code)code);

		if (strcmp(info->code, rq->arg[0]))
			continue;
		w = jw_start(&rs->body);
		jw_obj(&w);
		jw_kstr(&w, "code", info->code);
		jw_kstr(&w, "title", info->title);
		jw_kint(&w, "status", info->http);
		jw_kint(&w, "exit", info->exit);
		jw_kstr(&w, "next", info->next);
		jw_end(&w);
		str_addc(&rs->body, '\n');
		return OK;
	}
	return err_set(e, ERR_NOT_FOUND, "there is no problem '%.64s'", rq->arg[0]);
}
