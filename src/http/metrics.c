/* SPDX-License-Identifier: Apache-2.0 */
#include "http/metrics.h"

#include "core/feed_status.h"

#include <dirent.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "core/service_level.h"
#include "http/worker.h"
#include "orch/clerk.h"
#include "orch/dcc_door.h"
#include "orch/ocpp_door.h"
#include "orch/runner.h"

enum group { G_PATH, G_CATALOGUE, G_IMPORT, G_FLEET, G_CAMPAIGN, G_DEVICE, G_PAGE, G_OTHER, G_NONE, GROUPS };
static const char *const group_text[GROUPS] = { "path",   "catalogue", "import", "fleet", "campaign",
						"device", "page",      "other",  "none" };
#define CLASSES 4 /* 2xx 3xx 4xx 5xx */
#define REQUEST_BUCKETS 9
static const int64_t request_us[REQUEST_BUCKETS] = { 50,    100,    500,     1000,    5000,
						     25000, 100000, 1000000, 10000000 };
static const char *const request_le[REQUEST_BUCKETS] = { "5e-05", "0.0001", "0.0005", "0.001", "0.005",
							 "0.025", "0.1",    "1",      "10" };
#define LOOKUP_BUCKETS 7
static const int64_t lookup_us[LOOKUP_BUCKETS] = { 1, 2, 5, 10, 50, 100, 1000 };
static const char *const lookup_le[LOOKUP_BUCKETS] = { "1e-06", "2e-06",  "5e-06", "1e-05",
						       "5e-05", "0.0001", "0.001" };

/* Where the DCC posts: each answer by its status, also of what never came as far as the door of meters. */
#define DCC_POSTS "/dcc/v1/messages"
#define DCC_STATUSES 7
static const int dcc_status[DCC_STATUSES] = { 204, 400, 403, 413, 415, 503, 0 /* any other */ };

struct metrics {
	atomic_llong requests[GROUPS][CLASSES];
	atomic_llong took[GROUPS][REQUEST_BUCKETS + 1]; /* each in its own bucket; summed when printed */
	atomic_llong took_us[GROUPS];
	atomic_llong lookup[LOOKUP_BUCKETS + 1];
	atomic_llong lookup_sum_us;
	atomic_llong bulk;
	atomic_llong kept;
	atomic_llong dcc[DCC_STATUSES];
};

struct metrics *metrics_new(void)
{
	return mem_zalloc(sizeof(struct metrics));
}

void metrics_free(struct metrics *m)
{
	free(m);
}

int64_t metrics_now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static void count(atomic_llong *c, long long n)
{
	atomic_fetch_add_explicit(c, n, memory_order_relaxed);
}

static long long value(atomic_llong *c)
{
	return atomic_load_explicit(c, memory_order_relaxed);
}

static const struct {
	const char *begin;
	enum group group;
} group_begins[] = {
	{ "/v1/path", G_PATH },        { "/v1/imports", G_IMPORT },     { "/v1/devices", G_FLEET },
	{ "/v1/sites", G_FLEET },      { "/v1/campaigns", G_CAMPAIGN }, { "/bbum/", G_DEVICE },
	{ "/v1/images", G_FLEET },     { "/v1/entries", G_CATALOGUE },  { "/v1/models", G_CATALOGUE },
	{ "/v1/graph", G_CATALOGUE },  { "/v1/lint", G_CATALOGUE },     { "/v1/changes", G_CATALOGUE },
	{ "/v1/export", G_CATALOGUE }, { "/ocpp/", G_DEVICE },          { "/v1/releases", G_CATALOGUE },
	{ DCC_POSTS, G_DEVICE },
};

static enum group group_of(const struct route *r)
{
	if (!r)
		return G_NONE;
	if (r->flags & ROUTE_PAGE)
		return G_PAGE;
	for (size_t i = 0; i < sizeof group_begins / sizeof group_begins[0]; i++)
		if (!strncmp(r->pattern, group_begins[i].begin, strlen(group_begins[i].begin)))
			return group_begins[i].group;
	return G_OTHER;
}

static size_t bucket(const int64_t *limit, size_t n, int64_t v)
{
	size_t i = 0;

	while (i < n && v > limit[i])
		i++;
	return i;
}

static void request_count(struct metrics *m, enum group g, int status, int64_t took_us)
{
	int class = status / 100 - 2;

	if (!m)
		return;
	count(&m->requests[g][class < 0 ? 0 : class > 3 ? 3 : class], 1);
	count(&m->took[g][bucket(request_us, REQUEST_BUCKETS, took_us)], 1);
	count(&m->took_us[g], took_us);
}

void metrics_request(struct metrics *m, const struct route *route, int status, int64_t took_us)
{
	int i = 0;

	request_count(m, group_of(route), status, took_us);
	if (!m || !route || strcmp(route->pattern, DCC_POSTS) != 0)
		return;
	while (dcc_status[i] && dcc_status[i] != status)
		i++;
	count(&m->dcc[i], 1);
}

void metrics_hot(struct metrics *m, int status, int64_t took_us)
{
	request_count(m, G_PATH, status, took_us);
	if (m)
		count(&m->kept, 1);
}

void metrics_lookup(struct metrics *m, int64_t took_us)
{
	if (!m)
		return;
	count(&m->lookup[bucket(lookup_us, LOOKUP_BUCKETS, took_us)], 1);
	count(&m->lookup_sum_us, took_us);
}

void metrics_lookups(struct metrics *m, int64_t n)
{
	if (m)
		count(&m->bulk, n);
}

static void family(struct str *out, const char *name, const char *type, const char *help)
{
	str_addf(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static void one(struct str *out, const char *name, const char *type, const char *help, double v)
{
	family(out, name, type, help);
	str_addf(out, "%s %.17g\n", name, v);
}

static void requests_text(struct metrics *m, struct str *out)
{
	family(out, "firpath_http_requests_total", "counter",
	       "Answers given, by group of addresses and class of status.");
	for (int g = 0; g < GROUPS; g++)
		for (int c = 0; c < CLASSES; c++)
			str_addf(out, "firpath_http_requests_total{group=\"%s\",status=\"%dxx\"} %lld\n",
				 group_text[g], c + 2, value(&m->requests[g][c]));
	family(out, "firpath_http_request_duration_seconds", "histogram", "Time from head to answer.");
	for (int g = 0; g < GROUPS; g++) {
		long long sum = 0;

		for (int b = 0; b <= REQUEST_BUCKETS; b++) {
			sum += value(&m->took[g][b]);
			str_addf(
			    out,
			    "firpath_http_request_duration_seconds_bucket{group=\"%s\",le=\"%s\"} %lld\n",
			    group_text[g], b < REQUEST_BUCKETS ? request_le[b] : "+Inf", sum);
		}
		str_addf(out, "firpath_http_request_duration_seconds_sum{group=\"%s\"} %.6f\n", group_text[g],
			 (double)value(&m->took_us[g]) / 1e6);
		str_addf(out, "firpath_http_request_duration_seconds_count{group=\"%s\"} %lld\n",
			 group_text[g], sum);
	}
}

static void lookups_text(struct metrics *m, struct str *out)
{
	long long sum = 0;

	family(out, "firpath_lookup_duration_seconds", "histogram",
	       "Time to answer one path question, without HTTP.");
	for (int b = 0; b <= LOOKUP_BUCKETS; b++) {
		sum += value(&m->lookup[b]);
		str_addf(out, "firpath_lookup_duration_seconds_bucket{le=\"%s\"} %lld\n",
			 b < LOOKUP_BUCKETS ? lookup_le[b] : "+Inf", sum);
	}
	str_addf(out,
		 "firpath_lookup_duration_seconds_sum %.6f\nfirpath_lookup_duration_seconds_count %lld\n",
		 (double)value(&m->lookup_sum_us) / 1e6, sum);
	one(out, "firpath_kept_answers_total", "counter",
	    "Answers given again from what a thread had given lately.", (double)value(&m->kept));
	one(out, "firpath_bulk_questions_total", "counter", "Path questions answered in bulk requests.",
	    (double)value(&m->bulk));
}

static void runner_text(const struct app *app, struct str *out)
{
	struct runner_counts c = runner_counts(app->runner);

	one(out, "firpath_runner_reports_total", "counter", "Device reports handled.", (double)c.reports);
	one(out, "firpath_runner_moves_total", "counter", "Moves of cycles through the state chart.",
	    (double)c.moves);
	one(out, "firpath_runner_transactions_total", "counter", "Transactions of the cycle runner.",
	    (double)c.transactions);
	one(out, "firpath_runner_withdrawn_total", "counter",
	    "Pushes withdrawn because the edge no longer stood.", (double)c.withdrawn);
	one(out, "firpath_runner_conflicts_total", "counter", "Moves lost to another writer.",
	    (double)c.conflicts);
}

static void stations_text(const struct ocpp_door *d, struct str *out)
{
	struct ocpp_door_counts c = ocpp_door_counts(d);

	one(out, "firpath_stations_connected", "gauge", "Charging stations connected to this process.",
	    (double)c.ws.open);
	one(out, "firpath_stations_jobs_open", "gauge", "Firmware jobs of stations that have not ended.",
	    (double)c.jobs_open);
	family(out, "firpath_stations_connections_total", "counter",
	       "Connections of stations by what became of them; put-off: waited for their turn.");
	str_addf(out,
		 "firpath_stations_connections_total{result=\"accepted\"} %lld\n"
		 "firpath_stations_connections_total{result=\"refused\"} %lld\n"
		 "firpath_stations_connections_total{result=\"bad-tls\"} %lld\n"
		 "firpath_stations_connections_total{result=\"put-off\"} %lld\n",
		 (long long)c.ws.accepted, (long long)c.ws.refused, (long long)c.ws.bad_tls,
		 (long long)c.ws.deferred);
	one(out, "firpath_stations_messages_total", "counter", "Messages of stations, Heartbeats included.",
	    (double)c.messages);
	one(out, "firpath_stations_bad_messages_total", "counter", "Messages that could not be read.",
	    (double)c.bad_messages);
	one(out, "firpath_stations_bad_frames_total", "counter",
	    "Frames against the protocol, and messages over 64 KiB; each ended its connection.",
	    (double)(c.ws.bad_frames + c.ws.too_large));
	one(out, "firpath_stations_requests_total", "counter", "Requests sent to stations.", (double)c.calls);
	one(out, "firpath_stations_late_answers_total", "counter",
	    "Answers that came when nobody waited any more.", (double)c.late_answers);
	one(out, "firpath_stations_not_believed_total", "counter",
	    "Handshakes refused: identity, password, certificate or profile.", (double)c.refused_boots);
	one(out, "firpath_stations_transactions_total", "counter", "Transactions of the door with the store.",
	    (double)c.transactions);
}

static void dcc_posts_text(struct metrics *m, struct str *out)
{
	family(out, "firpath_dcc_posts_total", "counter",
	       "Posts at the address of the DCC by status of the answer.");
	for (int i = 0; i < DCC_STATUSES; i++)
		if (dcc_status[i])
			str_addf(out, "firpath_dcc_posts_total{status=\"%d\"} %lld\n", dcc_status[i],
				 value(&m->dcc[i]));
		else
			str_addf(out, "firpath_dcc_posts_total{status=\"other\"} %lld\n", value(&m->dcc[i]));
}

static void meters_text(const struct dcc_door *d, struct str *out)
{
	struct dcc_door_counts c = dcc_door_counts(d);

	family(out, "firpath_dcc_sent_total", "counter", "Documents sent to the DCC, by service.");
	for (int i = 0; i < DCC_SERVICES; i++)
		str_addf(out, "firpath_dcc_sent_total{service=\"%c\"} %lld\n", "DST"[i],
			 (long long)c.sent[i]);
	one(out, "firpath_dcc_answers_total", "counter", "Answers of the DCC to them.", (double)c.answers);
	one(out, "firpath_dcc_answers_lost_total", "counter",
	    "Documents whose answer did not come, or could not be believed.", (double)c.answers_lost);
	one(out, "firpath_dcc_messages_total", "counter",
	    "Responses and alerts that the DCC posted, that were believed and applied.", (double)c.messages);
	family(out, "firpath_dcc_refused_total", "counter",
	       "Posted documents that were not believed, by the reason.");
	str_addf(out,
		 "firpath_dcc_refused_total{reason=\"not-readable\"} %lld\n"
		 "firpath_dcc_refused_total{reason=\"signature\"} %lld\n"
		 "firpath_dcc_refused_total{reason=\"too-large\"} %lld\n"
		 "firpath_dcc_refused_total{reason=\"replay\"} %lld\n",
		 (long long)c.refused_bad, (long long)c.refused_signature, (long long)c.refused_large,
		 (long long)c.refused_replay);
	one(out, "firpath_dcc_doubled_total", "counter", "Documents that had been kept and came again.",
	    (double)c.doubled);
	one(out, "firpath_dcc_late_total", "counter", "Messages that nothing waited for any more.",
	    (double)c.late);
	one(out, "firpath_meters_jobs_open", "gauge", "Firmware jobs of meters that have not ended.",
	    (double)c.jobs_open);
	one(out, "firpath_meters_quarantined_total", "counter",
	    "Meters that this process put into quarantine.", (double)c.quarantined);
	one(out, "firpath_dcc_shards", "gauge", "Shards of meters (of 64) that this process acts for.",
	    (double)c.shards);
	one(out, "firpath_dcc_distributions_total", "counter", "Distributions of firmware sent.",
	    (double)c.distributions);
}

static int64_t open_files(void)
{
	DIR *d = opendir("/proc/self/fd");
	int64_t n = 0;

	if (!d)
		return 0;
	while (readdir(d))
		n++;
	closedir(d);
	return n - 3; /* . and .. and the folder itself */
}

static int64_t resident_bytes(void)
{
	FILE *f = fopen("/proc/self/statm", "re");
	long long size, resident = 0;

	if (!f)
		return 0;
	if (fscanf(f, "%lld %lld", &size, &resident) != 2)
		resident = 0;
	fclose(f);
	return resident * sysconf(_SC_PAGESIZE);
}

static void clerk_text(const struct clerk *c, struct str *out)
{
	struct clerk_count n;

	family(out, "firpath_clerk_job_last_success_seconds", "gauge",
	       "When a job of the clerk last ended well, UTC; 0 = not yet.");
	for (int i = 0; clerk_counts(c, i, &n); i++)
		str_addf(out, "firpath_clerk_job_last_success_seconds{job=\"%s\"} %.3f\n", n.job,
			 n.ok_at < 0 ? 0.0 : (double)n.ok_at / 1000);
	family(out, "firpath_clerk_job_failures_total", "counter", "Failures of a job of the clerk.");
	for (int i = 0; clerk_counts(c, i, &n); i++)
		str_addf(out, "firpath_clerk_job_failures_total{job=\"%s\"} %lld\n", n.job,
			 (long long)n.failures);
	family(out, "firpath_clerk_job_failing", "gauge", "1 while the last call of a job failed.");
	for (int i = 0; clerk_counts(c, i, &n); i++)
		str_addf(out, "firpath_clerk_job_failing{job=\"%s\"} %d\n", n.job, n.failing);
}

/* Kept in the store, so that they count for all nodes and over restarts. */
static void feeds_text(struct door *d, struct str *out)
{
	int64_t n[FEED_RESULTS];
	struct db *db;
	struct err e;

	if (pool_take(d->health_pool, false, &db, &e))
		return;
	if (!feed_visit_counts(db, n, &e)) {
		family(out, "firpath_cpl_fetch_total", "counter",
		       "Visits to the publisher of the CPL by their result.");
		for (int i = 0; i < FEED_RESULTS; i++)
			str_addf(out, "firpath_cpl_fetch_total{result=\"%s\"} %lld\n", feed_result_text[i],
				 (long long)n[i]);
	}
	pool_give(d->health_pool, false, db);
}

/* Queues of people; without the store the series are left out rather than wrong. */
static void queues_text(struct door *d, const struct snapshot *s, int64_t now, struct str *out)
{
	struct confirmations c = confirmations_count(s, now);
	struct service_level l[QUEUES];
	struct db *db = NULL;
	struct err e;
	int rc = pool_take(d->health_pool, false, &db, &e);

	for (int q = 0; q < QUEUES && !rc; q++)
		rc = service_level_read(db, (enum queue)q, now, &l[q], &e);
	if (db)
		pool_give(d->health_pool, false, db);
	if (!rc) {
		family(out, "firpath_edit_queue_age_seconds", "gauge",
		       "How long the oldest of a queue of people waits; 0 = none does.");
		for (int q = 0; q < QUEUES; q++)
			str_addf(out, "firpath_edit_queue_age_seconds{queue=\"%s\"} %.3f\n", queue_text[q],
				 l[q].oldest < 0 || l[q].oldest > now ? 0.0
								      : (double)(now - l[q].oldest) / 1000);
		family(out, "firpath_edit_queue_late", "gauge",
		       "How many of a queue of people are past their time.");
		for (int q = 0; q < QUEUES; q++)
			str_addf(out, "firpath_edit_queue_late{queue=\"%s\"} %lld\n", queue_text[q],
				 (long long)l[q].late);
	}
	family(out, "firpath_confirmations_due", "gauge", "Path statements that have to be confirmed.");
	str_addf(out,
		 "firpath_confirmations_due{state=\"due\"} "
		 "%lld\nfirpath_confirmations_due{state=\"overdue\"} %lld\n",
		 (long long)c.count[FRESHNESS_DUE], (long long)c.count[FRESHNESS_OVERDUE]);
}

void metrics_text(struct metrics *m, struct door *d, struct catalog_view *view, struct str *out)
{
	const struct snapshot *s = catalog_current(view);
	int64_t now = clock_wall(d->app->clock);

	requests_text(m, out);
	lookups_text(m, out);
	if (d->app->runner)
		runner_text(d->app, out);
	if (d->app->stations)
		stations_text(d->app->stations, out);
	dcc_posts_text(m, out);
	if (d->app->meters)
		meters_text(d->app->meters, out);
	if (d->app->clerk)
		clerk_text(d->app->clerk, out);
	feeds_text(d, out);
	one(out, "firpath_revision", "gauge", "Newest revision of the catalogue.", (double)s->revision);
	if (s->cpl.issued_on >= 0)
		one(out, "firpath_cpl_issued_age_seconds", "gauge", "Time since the list in use was issued.",
		    (double)(now - s->cpl.issued_on) / 1000);
	if (s->cpl.checked_at >= 0)
		one(out, "firpath_cpl_age_seconds", "gauge",
		    "Time since a CPL feed was last read with success.",
		    (double)(now - s->cpl.checked_at) / 1000);
	queues_text(d, s, now, out);
	one(out, "firpath_http_running", "gauge", "Requests between head and answer.",
	    (double)atomic_load(&d->running));
	one(out, "firpath_event_streams", "gauge", "Event streams open.", (double)atomic_load(&d->streams));
	family(out, "firpath_db_connections", "gauge", "Connections to the store held by the HTTP door.");
	str_addf(out,
		 "firpath_db_connections{kind=\"read\"} %zu\nfirpath_db_connections{kind=\"write\"} %zu\n",
		 pool_open(d->pool, false), pool_open(d->pool, true));
	one(out, "firpath_start_time_seconds", "gauge", "When the service started, UTC.",
	    (double)d->app->started_at / 1000);
	one(out, "process_open_fds", "gauge", "Open file descriptors.", (double)open_files());
	one(out, "process_resident_memory_bytes", "gauge", "Resident memory.", (double)resident_bytes());
	family(out, "firpath_build_info", "gauge", "The version in use.");
	str_addf(out, "firpath_build_info{version=\"%s\",build=\"%s\"} 1\n", PACKAGE_VERSION, d->build);
}
