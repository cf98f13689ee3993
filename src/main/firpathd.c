/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The service: opens the store, starts the orchestrator and the listeners, then waits for signals.
 *
 *	SIGTERM, SIGINT   stop: refuse new requests, let running ones end, stop the orchestrator, close
 *	SIGHUP            read the configuration again: log_level and the tokens change, the rest says that it
 *needs a restart
 */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/conf.h"
#include "base/file.h"
#include "base/parse.h"
#include "core/campaign.h"
#include "core/cm.h"
#include "core/oidc.h"
#include "core/people.h"
#include "core/release.h"
#include "core/restricted.h"
#include "core/setting.h"
#include "core/vc.h"
#include "http/door.h"
#include "import/feed_fetch.h"
#include "main/demo.h"
#include "main/jobs.h"
#include "main/options.h"
#include "main/sd_notify.h"
#include "orch/bbum_door.h"
#include "orch/clerk.h"
#include "orch/dcc_door.h"
#include "orch/ocpp_door.h"
#include "orch/runner.h"
#include "web/web.h"

#define FILES_BESIDE_STATIONS 1000

/* clang-format off */
static const struct conf_key keys[] = {
	{ "db", CONF_TEXT, "firpath.db", 0, 0, "The store: a path (SQLite) or postgresql://..." },
	{ "image_dir", CONF_TEXT, "images", 0, 0, "Folder of firmware images, by SHA-256." },
	HTTP_CONF_KEYS,
	{ "signing_key", CONF_TEXT, "", 0, 0, "Ed25519 key file (firpath key new) that signs receipts and heads; empty: nothing is signed." },
	{ "signing_keys_old", CONF_TEXT, "", 0, 0, "Files of public keys that signed before, separated by blanks: still listed." },
	{ "head_export", CONF_TEXT, "", 0, 0, "File to which heads of the audit chain are appended; best on another machine's disk." },
	{ "head_every", CONF_DURATION, "1h", 1000, INT64_C(31536000000), "How often the head is exported." },
	{ "orchestrator", CONF_BOOL, "yes", 0, 0, "Walk devices in this process." },
	{ "cpl_stale_block", CONF_DURATION, "7d", 1000, INT64_C(31536000000), "No campaign starts on a CPL not checked for so long." },
	OIDC_CONF_KEYS,
	RUNNER_CONF_KEYS,
	BBUM_CONF_KEYS,
	OCPP_CONF_KEYS,
	DCC_CONF_KEYS,
	DCC_LINE_CONF_KEYS,
	VC_CONF_KEYS,
	RELEASE_CONF_KEYS,
	CM_CONF_KEYS,
	CLERK_CONF_KEYS,
	FEED_CONF_KEYS,
	RESTRICTED_CONF_KEYS,
	SETTING_CONF_KEYS,
	{ "stop_timeout", CONF_DURATION, "20s", 0, 600000, "How long running requests may take to end when the service stops." },
	{ "log_level", CONF_TEXT, "info", 0, 0, "error, warning, notice, info or debug." },
	{ .name = NULL },
};
/* clang-format on */

/* What the command line says. */
struct options {
	const char *config;     /* NULL = none */
	const char *set[64][2]; /* key, value: they win over the file */
	size_t nset;
	bool check, told_twice, any_clock;
	bool demo;
	const char *demo_folder; /* "" = a temporary one */
};

/* Everything that lives from start to stop; released in reverse. */
struct service {
	struct options opt;
	struct log log;
	struct conf *conf;
	struct app app;
	struct db *db; /* keeps the store open and migrated */
	struct sign_keys keys;
	struct catalog *catalog;
	struct vc_store vcs;
	struct runner *runner;
	struct ocpp_door *stations;
	struct dcc_door *meters;        /* NULL: no dcc_url */
	char image_base[300], node[80]; /* what the doors say of this process */
	struct fetch_rules *rules;
	struct oidc *oidc;
	struct clerk *clerk;
	struct metrics *metrics;
	struct web *web;
	struct door *door;
	struct server *http, *health;
	struct demo demo;
};

static void usage(FILE *to)
{
	fputs("usage: firpathd [--config FILE] [--KEY VALUE]... [--check] [--public]\n"
	      "  --config FILE  read the configuration from FILE\n"
	      "  --check        print the effective configuration, or what is wrong with it, and exit\n"
	      "  --public       the second consent to a listener that is not loopback (see "
	      "allow_public_listen)\n"
	      "  --demo[=DIR]   try it: an invented catalogue and people of every role, in a folder of its "
	      "own\n"
	      "  --accept-clock start although this machine's clock stands before what was written last\n"
	      "  --routes       print the routes: method, address, roles, flags, parameters, content types, "
	      "body limit\n"
	      "  --help, --version\n"
	      "Keys (as options with - or _, or as 'key = value' lines of the file):\n",
	      to);
	for (const struct conf_key *k = keys; k->name; k++)
		fprintf(to, "  %-20s %s [%s]\n", k->name, k->help, k->def);
}

static const char *const words[] = { "check",  "public", "accept-clock", "demo",
				     "routes", "help",   "version",      NULL };
static const struct program program = { "firpathd", keys, words };

static void routes_print(void)
{
	char roles[ROLES_TEXT_MAX];
	const struct route *const tables[] = { http_routes, web_routes };

	for (size_t t = 0; t < sizeof tables / sizeof tables[0]; t++)
		for (const struct route *r = tables[t]; r->method; r++)
			printf("%s\t%s\t%s\t%s%s%s%s%s\t%s\t%s\t%zu\n", r->method, r->pattern,
			       roles_write(r->roles, roles), r->flags & ROUTE_PAGE ? "page " : "",
			       r->flags & ROUTE_STREAM ? "stream " : "", r->flags & ROUTE_ONCE ? "once " : "",
			       r->flags & ROUTE_MATCH ? "match " : "",
			       r->flags & ROUTE_NO_ETAG ? "no-etag " : "", r->query, r->takes, r->body_max);
}

/* What is no key: *ret_done: help, version or routes were printed. False: it may be a key. */
static bool option_word(const char *arg, struct options *o, bool *ret_done)
{
	if (!strcmp(arg, "help"))
		usage(stdout);
	else if (!strcmp(arg, "version"))
		puts("firpathd " PACKAGE_VERSION);
	else if (!strcmp(arg, "routes"))
		routes_print();
	else if (!strcmp(arg, "check"))
		return o->check = true;
	else if (!strcmp(arg, "public"))
		return o->told_twice = true;
	else if (!strcmp(arg, "demo") || !strncmp(arg, "demo=", 5)) {
		o->demo_folder = arg[4] ? arg + 5 : "";
		return o->demo = true;
	} else if (!strcmp(arg, "accept-clock"))
		return o->any_clock = true;
	else
		return false;
	return *ret_done = true;
}

static int options_read(int argc, char **argv, struct options *o, bool *ret_done, struct err *e)
{
	for (int i = 1; i < argc && !*ret_done; i++) {
		const char *value, *key;

		if (!strncmp(argv[i], "--", 2) && option_word(argv[i] + 2, o, ret_done))
			continue;
		if (option_read(&program, argc, argv, &i, &key, &value, e))
			return e->code;
		if (!strcmp(key, "config")) {
			o->config = value;
		} else if (o->nset == sizeof o->set / sizeof o->set[0]) {
			return err_set(e, ERR_USAGE, "too many options");
		} else {
			o->set[o->nset][0] = key;
			o->set[o->nset++][1] = value;
		}
	}
	return OK;
}

static int conf_read(const struct options *o, struct conf **ret, struct err *e)
{
	OWN(conf_free) struct conf *c = conf_new(keys);
	enum log_level level;

	if (o->config && conf_load(c, o->config, e))
		return e->code;
	for (size_t i = 0; i < o->nset; i++)
		if (conf_set(c, o->set[i][0], o->set[i][1], "command line", e))
			return e->code;
	if (level_read(conf_text(c, "log_level"), &level, e) || door_check(c, o->told_twice, e))
		return e->code;
	*ret = MOVE(c);
	return OK;
}

static int check(const struct conf *c)
{
	STR(out, 64 * KIB);

	conf_dump(c, &out);
	fputs(str_c(&out), stdout);
	return program_printed(&program);
}

static int runner_open(struct service *s, struct err *e)
{
	struct runner_init init = { .dsn = s->app.dsn,
				    .catalog = s->catalog,
				    .clock = s->app.clock,
				    .log = &s->log,
				    .rnd = rnd_system(),
				    .image_dir = s->app.image_dir };

	if (!conf_bool(s->conf, "orchestrator"))
		return OK;
	init.set = runner_settings_from(s->conf);
	init.site = cm_settings_from(s->conf);
	init.vcs = &s->vcs;
	init.stations = (struct adapter_bell){ ocpp_door_ring, s->stations };
	if (s->meters) {
		init.meters = (struct adapter_bell){ dcc_door_ring, s->meters };
		init.inventory_age = conf_ms(s->conf, "dcc_inventory_age");
	}
	if (runner_new(&init, &s->runner, e))
		return err_wrap(e, "starting the orchestrator");
	ocpp_door_runner(s->stations, s->runner);
	if (s->meters)
		dcc_door_runner(s->meters, s->runner);
	if (runner_start(s->runner, e))
		return err_wrap(e, "starting the orchestrator");
	s->app.runner = s->runner;
	return OK;
}

/* Stations are served where devices are walked. */
static int stations_new(struct service *s, struct err *e)
{
	struct ocpp_door_init init = { .dsn = s->app.dsn,
				       .catalog = s->catalog,
				       .clock = s->app.clock,
				       .log = &s->log,
				       .conf = s->conf,
				       .image_dir = s->app.image_dir,
				       .image_base = s->image_base,
				       .node = s->node,
				       .rnd = rnd_system() };
	char host[64] = "";

	if (!conf_bool(s->conf, "orchestrator"))
		return OK;
	if (gethostname(host, sizeof host - 1))
		str_copy(host, sizeof host, "localhost");
	/* The listener tells several services of one machine apart, also over restarts. */
	snprintf(s->node, sizeof s->node, "%.40s %.30s", host, conf_text(s->conf, "listen"));
	if (ocpp_door_new(&init, &s->stations, e))
		return (int)e->code;
	s->app.stations = s->stations;
	return OK;
}

/* Meters are driven where devices are walked and the DCC is to be found. */
static int meters_new(struct service *s, struct err *e)
{
	struct dcc_door_init init = { .dsn = s->app.dsn,
				      .catalog = s->catalog,
				      .clock = s->app.clock,
				      .log = &s->log,
				      .conf = s->conf,
				      .image_dir = s->app.image_dir,
				      .node = s->node,
				      .rnd = rnd_system() };

	if (!s->stations || !*conf_text(s->conf, "dcc_url"))
		return OK;
	if (dcc_door_new(&init, &s->meters, e))
		return (int)e->code;
	s->app.meters = s->meters;
	return OK;
}

/* Once it is known where this service is reached. */
static int stations_start(struct service *s, struct err *e)
{
	const char *public_url = conf_text(s->conf, "public_url");

	if (!s->stations)
		return OK;
	if (*public_url)
		str_copy(s->image_base, sizeof s->image_base, public_url);
	else
		snprintf(s->image_base, sizeof s->image_base, "http://%s", server_address(s->http));
	for (size_t n = strlen(s->image_base); n && s->image_base[n - 1] == '/'; n--)
		s->image_base[n - 1] = '\0';
	return ocpp_door_start(s->stations, e);
}

static void stations_log(struct service *s)
{
	for (int p = 0; p < 4 && s->stations; p++) {
		int port = ocpp_door_port(s->stations, p);
		char text[24], profile[8];

		snprintf(text, sizeof text, "%d", port);
		snprintf(profile, sizeof profile, "%d", p);
		if (port)
			log_event(&s->log, LOG_NOTICE, "stations", "profile", profile, "port", text, NULL);
	}
}

/* One file for each station, and some for everything else. */
static void files_check(const struct service *s)
{
	int64_t limit = file_limit_raise(), connections = conf_int(s->conf, "ocpp_connections");
	char has[24], wants[24];

	if (!s->stations || limit >= connections + FILES_BESIDE_STATIONS)
		return;
	snprintf(has, sizeof has, "%lld", (long long)limit);
	snprintf(wants, sizeof wants, "%lld", (long long)connections);
	log_event(&s->log, LOG_WARN, "few-files", "limit", has, "connections", wants, NULL);
}

/* Jobs of all floors. */
static const struct clerk_job *const clerk_tables[] = { clerk_jobs, program_jobs, NULL };

static int clerk_open(struct service *s, struct err *e)
{
	struct clerk_init init = { .dsn = s->app.dsn,
				   .catalog = s->catalog,
				   .clock = s->app.clock,
				   .conf = s->conf,
				   .log = &s->log,
				   .rules = s->rules,
				   .rnd = rnd_system(),
				   .lease_ms = conf_ms(s->conf, "clerk_lease"),
				   .tables = clerk_tables };

	if (!conf_bool(s->conf, "clerk"))
		return OK;
	if (clerk_new(&init, &s->clerk, e) || clerk_start(s->clerk, e))
		return err_wrap(e, "starting the clerk");
	s->app.clerk = s->clerk;
	return OK;
}

/* The configuration rules what answers depend on; the store remembers it, so that past answers can be given
 * again. */
static int settings_keep(struct service *s, struct err *e)
{
	struct actor who = { "config", "the configuration says so", s->app.started_at };
	int64_t want[SETTINGS];
	bool changed;

	settings_of_conf(s->conf, want);
	return settings_write(s->db, want, &who, &changed, e);
}

/* `vehicle = NAME TYPE-ID`: the one that a Configuration Manager on board has. */
static int vehicle_keep(struct service *s, struct err *e)
{
	const char *text = conf_text(s->conf, "vehicle"), *type = text + strcspn(text, " ");
	struct actor who = { "config", "the configuration says so", s->app.started_at };
	struct err why;
	char name[80];
	int rc;

	if (!*text)
		return OK;
	str_copyn(name, sizeof name, text, (size_t)(type - text));
	rc = cm_register(s->db, SCOPE_ALL, &who, name, type + strspn(type, " "), &why);
	/* It is there already: fine, when it is the same one. */
	if (!rc || (rc == ERR_CONFLICT && strcasestr(why.msg, type + strspn(type, " "))))
		return OK;
	return err_set(e, ERR_CONFIG, "vehicle = %.120s: %s", text, why.msg);
}

static int service_start(struct service *s, struct err *e)
{
	const struct route *tables[] = { http_routes, web_routes, NULL };
	struct dot_limits drawing = DOT_LIMITS;

	s->app = (struct app){ .conf = s->conf,
			       .clock = clock_system(),
			       .log = &s->log,
			       .dsn = conf_text(s->conf, "db"),
			       .image_dir = conf_text(s->conf, "image_dir") };
	s->app.started_at = clock_wall(s->app.clock);
	s->app.demo = s->opt.demo;
	if (sign_keys_load(&s->keys, conf_text(s->conf, "signing_key"),
			   conf_text(s->conf, "signing_keys_old"), e))
		return err_wrap(e, "signing_key and signing_keys_old");
	s->app.keys = &s->keys;
	if (vc_store_from(s->conf, s->app.image_dir, &s->vcs, e))
		return e->code;
	s->app.vcs = &s->vcs;
	if (file_mkdirs(s->app.image_dir, e) || db_open(s->app.dsn, true, &s->db, e) ||
	    (s->opt.demo && demo_check(s->db, e)) ||
	    (!s->opt.any_clock && ledger_clock_check(s->db, s->app.started_at, e)) || settings_keep(s, e) ||
	    vehicle_keep(s, e) || catalog_new(s->app.dsn, s->app.clock, &s->catalog, e))
		return e->code;
	s->app.catalog = s->catalog;
	if (s->opt.demo && demo_fill(&s->demo, &s->vcs, s->conf, s->db, s->catalog, s->app.started_at, e))
		return e->code;
	if (fetch_rules_from(s->conf, &s->rules, e))
		return e->code;
	s->app.rules = s->rules;
	if (oidc_new(s->conf, s->rules, s->app.clock, &s->oidc, e))
		return e->code;
	s->app.oidc = s->oidc;
	if (web_new(&drawing, false, &s->web, e))
		return e->code;
	s->app.web = s->web;
	s->app.error_page = web_error_page;
	s->app.graph_svg = web_graph_svg;
	s->metrics = s->app.metrics = metrics_new();
	if (stations_new(s, e) || meters_new(s, e))
		return e->code;
	files_check(s);
	if (runner_open(s, e) || clerk_open(s, e) ||
	    door_new(&s->app, tables, s->opt.told_twice, &s->door, e) || server_start(s->door, &s->http, e) ||
	    health_start(s->door, &s->health, e) || stations_start(s, e) ||
	    (s->meters && dcc_door_start(s->meters, e)))
		return e->code;
	return OK;
}

/* Requests that run may end; then everything goes in reverse order. */
static void service_stop(struct service *s)
{
	int64_t until = 0;

	if (s->door) {
		door_stopping(s->door);
		until = clock_mono(s->app.clock) + conf_ms(s->conf, "stop_timeout");
		do /* at least once: an answer from a thread's memory is not counted */
			nanosleep(&(struct timespec){ .tv_nsec = 10000000 }, NULL);
		while (!door_drained(s->door) && clock_mono(s->app.clock) < until);
		if (!door_drained(s->door))
			log_event(&s->log, LOG_WARN, "stop-cuts-requests", NULL);
	}
	server_stop(s->http);
	if (s->clerk)
		clerk_stop(s->clerk);
	if (s->stations)
		ocpp_door_stop(s->stations);
	if (s->meters)
		dcc_door_stop(s->meters);
	if (s->runner)
		runner_stop(s->runner);
	server_stop(s->health);
	door_free(s->door);
	web_free(s->web);
	oidc_free(s->oidc);
	if (s->clerk)
		clerk_free(s->clerk);
	if (s->rules)
		fetch_rules_free(s->rules);
	if (s->runner)
		runner_free(s->runner);
	if (s->stations)
		ocpp_door_free(s->stations);
	if (s->meters)
		dcc_door_free(s->meters);
	if (s->catalog)
		catalog_free(s->catalog);
	if (s->metrics)
		metrics_free(s->metrics);
	db_close(s->db);
	sign_keys_done(&s->keys);
}

/* The rest of the table cannot change while threads use it. */
static void reload(struct service *s)
{
	OWN(conf_free) struct conf *c = NULL;
	STR(needs, 4 * KIB);
	enum log_level level;
	struct err e;

	if (conf_read(&s->opt, &c, &e) || level_read(conf_text(c, "log_level"), &level, &e) ||
	    door_reload(s->door, c, &e) || (s->stations && ocpp_door_reload(s->stations, &e)) ||
	    (s->meters && dcc_door_reload(s->meters, &e))) {
		log_event(&s->log, LOG_ERROR, "reload-refused", "where", e.where, "error", e.msg, NULL);
		return;
	}
	if (level > s->log.level)
		s->log.level = level; /* before, so that the line below is seen; else after */
	for (const struct conf_key *k = keys; k->name; k++) {
		bool differs = k->type == CONF_TEXT
				   ? strcmp(conf_text(c, k->name), conf_text(s->conf, k->name)) != 0
			       : k->type == CONF_BOOL ? conf_bool(c, k->name) != conf_bool(s->conf, k->name)
			       : k->type == CONF_INT  ? conf_int(c, k->name) != conf_int(s->conf, k->name)
						      : conf_ms(c, k->name) != conf_ms(s->conf, k->name);

		if (differs && strcmp(k->name, "log_level") && strcmp(k->name, "token_file") &&
		    strcmp(k->name, "device_token_file"))
			str_addf(&needs, "%s%s", needs.len ? " " : "", k->name);
	}
	log_event(&s->log, LOG_NOTICE, "reloaded", "log_level", conf_text(c, "log_level"), "needs_restart",
		  needs.len ? str_c(&needs) : NULL, NULL);
	s->log.level = level;
}

static void wait_for_end(struct service *s, const sigset_t *set)
{
	int64_t half = sd_watchdog_ms();
	struct timespec wait = { half / 1000, half % 1000 * 1000000 };

	for (;;) {
		int sig = half ? sigtimedwait(set, NULL, &wait) : sigwaitinfo(set, NULL);

		if (half)
			sd_tell("WATCHDOG=1");
		if (sig == SIGHUP) {
			sd_tell("RELOADING=1");
			reload(s);
			sd_tell("READY=1");
		} else if (sig == SIGTERM || sig == SIGINT) {
			log_event(&s->log, LOG_NOTICE, "stopping", "signal", sig == SIGTERM ? "TERM" : "INT",
				  NULL);
			sd_tell("STOPPING=1\nSTATUS=ending running requests");
			return;
		}
	}
}

/* With accounts the loopback is not trusted. */
static bool has_people(struct db *db)
{
	bool any = false;
	struct err ignored;

	return !people_exist(db, &any, &ignored) && any;
}

static int serve(struct service *s)
{
	struct err e = { .code = OK };
	char status[200];
	sigset_t set;

	/* Threads made later inherit the mask: only this one hears signals. */
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGHUP);
	sigprocmask(SIG_BLOCK, &set, NULL);
	if (service_start(s, &e)) {
		service_stop(s);
		return program_fail(&program, &e);
	}
	if (!conf_text(s->conf, "token_file")[0] && !s->opt.demo && !has_people(s->db))
		log_event(&s->log, LOG_WARN, "no-token", "meaning",
			  "whoever reaches the loopback address may change things", NULL);
	snprintf(status, sizeof status, "READY=1\nSTATUS=serving on http://%s", server_address(s->http));
	log_event(&s->log, LOG_NOTICE, "ready", "version", PACKAGE_VERSION, "listen", server_address(s->http),
		  "health", server_address(s->health), NULL);
	stations_log(s);
	sd_tell(status);
	if (s->opt.demo)
		demo_print(&s->demo, server_address(s->http));
	wait_for_end(s, &set);
	service_stop(s);
	log_event(&s->log, LOG_NOTICE, "stopped", NULL);
	return 0;
}

int main(int argc, char **argv)
{
	struct service s = { .log = { .fd = STDERR_FILENO, .level = LOG_INFO, .clock = clock_system() } };
	struct err e = { .code = OK };
	enum log_level level = LOG_INFO;
	bool done = false;
	int rc;

	signal(SIGPIPE, SIG_IGN); /* also for a log whose reader is gone */
	if (options_read(argc, argv, &s.opt, &done, &e))
		return program_fail(&program, &e);
	if (done)
		return program_printed(&program);
	if (conf_read(&s.opt, &s.conf, &e) || level_read(conf_text(s.conf, "log_level"), &level, &e))
		return program_fail(&program, &e);
	s.log.level = level;
	s.log.journal = getenv("JOURNAL_STREAM") != NULL;
	if (s.opt.demo && !s.opt.check &&
	    (s.opt.told_twice ? err_set(&e, ERR_CONFIG, "--demo listens on loopback addresses only")
			      : demo_prepare(&s.demo, s.opt.demo_folder, s.conf, &e)))
		return program_fail(&program, &e);
	rc = s.opt.check ? check(s.conf) : serve(&s);
	demo_done(&s.demo);
	conf_free(s.conf);
	return rc;
}
