/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The device agent: a Building Block Update Manager as a process of its own. It stands for a device, or runs
 * on one. A restart of the device is a restart of this program (execv of itself); with --many it is
 * simulated.
 */
#include <arpa/inet.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/agent.h"
#include "base/conf.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/parse.h"
#include "main/options.h"
#include "model/ident.h"

/* clang-format off */
static const struct conf_key keys[] = {
	{ "server", CONF_TEXT, "http://127.0.0.1:8231", 0, 0, "The service, http:// or https://." },
	{ "name", CONF_TEXT, "", 0, 0, "Name of the device in the fleet." },
	{ "dir", CONF_TEXT, "", 0, 0, "Folder of the device: its memory, slots and effects.log." },
	{ "identity", CONF_TEXT, "", 0, 0, "What the device is and left the factory with: MMMM:TTTTVVRR:FFFFFFFF." },
	{ "type_id", CONF_TEXT, "", 0, 0, "The device is a Building Block: its Type ID (UUID)." },
	{ "trust", CONF_TEXT, "", 0, 0, "Building Blocks: file of the keys whose signatures count (trust.json)." },
	{ "profile", CONF_TEXT, "strict", 0, 0, "Building Blocks: what Manifests must be like, strict or compat." },
	{ "address", CONF_TEXT, "", 0, 0, "Building Blocks: IPv4 address of the device, which Network IDs must allow; empty: not looked at." },
	{ "firmware_check", CONF_TEXT, "", 0, 0, "Building Blocks: program that looks at the inner signature of software: PROGRAM ARCHIVE software, exit status 0 = good." },
	{ "poll", CONF_DURATION, "1m", 10, INT64_C(86400000), "How long between polls; the service may ask for less." },
	{ "iec", CONF_TEXT, "", 0, 0, "The application that permits updates and restarts: always, deny, timeout:5s, stopped, simulated, command:/PROGRAM, http://127.0.0.1:PORT/." },
	{ "permission", CONF_TEXT, "always", 0, 0, "Older name of iec." },
	{ "permission_limit", CONF_DURATION, "30s", 0, INT64_C(86400000), "How long the application is waited for." },
	{ "image_max", CONF_INT, "67108864", 1, INT64_C(4294967296), "Largest image in bytes." },
	{ "step_time", CONF_DURATION, "0s", 0, INT64_C(3600000), "Least time of verification and of installation, for demonstrations." },
	{ "fault", CONF_TEXT, "", 0, 0, "Faults for tests, such as fail@install:1: fail stall lie vanish corrupt @ download verify install restart report." },
	{ "token_file", CONF_TEXT, "", 0, 0, "File whose first line is the token of devices." },
	{ "ca_file", CONF_TEXT, "", 0, 0, "Certificates to trust for https; empty: the system's." },
	{ "many", CONF_INT, "0", 0, 100000, "Load tests: so many devices in this process, restarts simulated, memory not synced." },
	{ "prefix", CONF_TEXT, "load-", 0, 0, "With many: devices are called PREFIX0001, PREFIX0002 ..." },
	{ "blocks", CONF_TEXT, "", 0, 0, "With many: Building Blocks of each vehicle, NAME=TYPE-ID,NAME=TYPE-ID; devices are called PREFIX0001.NAME. Archives are hashed, not kept." },
	{ "connections", CONF_INT, "16", 1, 1000, "Connections at once." },
	{ "log_level", CONF_TEXT, "info", 0, 0, "error, warning, notice, info or debug." },
	{ .name = NULL },
};
/* clang-format on */

#define BLOCKS_MAX 64

static void usage(FILE *to)
{
	fputs("usage: firpath-bbum --server URL --name DEV --dir DIR --identity MMMM:TTTTVVRR:FFFFFFFF "
	      "[--KEY VALUE]... [--once]\n"
	      "       firpath-bbum --server URL --name DEV --dir DIR --type-id UUID --trust FILE "
	      "[--KEY VALUE]... [--once]\n"
	      "       firpath-bbum --server URL --dir DIR --trust FILE --many 10000 --prefix v "
	      "--blocks DAS=UUID,ETP=UUID [--KEY VALUE]...\n"
	      "  --config FILE  read keys from FILE; options win over it\n"
	      "  --once         poll, do what the answer asks for, report it, and end\n"
	      "  --help, --version\n"
	      "Keys (as options with - or _, or as 'key = value' lines of the file):\n",
	      to);
	for (const struct conf_key *k = keys; k->name; k++)
		fprintf(to, "  %-17s %s [%s]\n", k->name, k->help, k->def);
}

static const char *const words[] = { "once", "help", "version", NULL };
static const struct program program = { "firpath-bbum", keys, words };

enum said { SAID_RUN, SAID_ONCE, SAID_DONE /* help or version was printed */ };

/* One option of those that are no keys; SAID_RUN: it is none. */
static enum said word_option(const char *arg)
{
	if (!strcmp(arg, "once"))
		return SAID_ONCE;
	if (!strcmp(arg, "help")) {
		usage(stdout);
		return SAID_DONE;
	}
	if (!strcmp(arg, "version")) {
		puts("firpath-bbum " PACKAGE_VERSION);
		return SAID_DONE;
	}
	return SAID_RUN;
}

/* The configuration file first, wherever it is named: options win over it. */
static int options_read(int argc, char **argv, struct conf *c, bool file, enum said *ret, struct err *e)
{
	for (int i = 1; i < argc; i++) {
		const char *value, *key;
		enum said said = strncmp(argv[i], "--", 2) ? SAID_RUN : word_option(argv[i] + 2);

		if (said != SAID_RUN)
			*ret = said;
		if (said == SAID_DONE)
			return OK;
		if (said == SAID_ONCE)
			continue;
		if (option_read(&program, argc, argv, &i, &key, &value, e))
			return (int)e->code;
		if (file && !strcmp(key, "config") && conf_load(c, value, e))
			return (int)e->code;
		if (!file && strcmp(key, "config") != 0 && conf_set(c, key, value, "command line", e))
			return (int)e->code;
	}
	return OK;
}

static int identity_of(const char *text, struct device_identity *ret, struct err *e)
{
	char hardware[5], version[9];
	struct ident id;

	if (!*text)
		return OK;
	if (ident_parse(text, false, &id, e))
		return err_wrap(e, "--identity");
	if (id.kind != IDENT_CPL)
		return err_set(e, ERR_IDENTITY,
			       "--identity %.60s: a device is told by its identity, not by an "
			       "Entry ID",
			       text);
	ident_cpl_text(id.model_key, ret->manufacturer, ret->model, hardware);
	ident_firmware_text(id.firmware, version);
	str_copy(ret->hardware, sizeof ret->hardware, hardware);
	str_copy(ret->version, sizeof ret->version, version);
	return OK;
}

static int token_read(const char *path, struct str *out, struct err *e)
{
	if (!*path)
		return OK;
	if (file_read(path, out, e))
		return err_wrap(e, "token_file");
	out->len = strcspn(str_c(out), "\r\n");
	if (!out->len)
		return err_set(e, ERR_CONFIG, "the first line of %s is empty", path);
	out->p[out->len] = '\0';
	for (const char *p = out->p; *p; p++)
		if (*p <= ' ' || *p > '~')
			return err_set(e, ERR_CONFIG, "the token in %s holds a character that no token has",
				       path);
	return OK;
}

/* "http://host:port/" -> without the slash at the end. */
static int server_of(const char *text, struct str *out, struct err *e)
{
	const char *host = !strncmp(text, "http://", 7)    ? text + 7
			   : !strncmp(text, "https://", 8) ? text + 8
							   : "";

	if (!*host || strpbrk(text, " \t\"<>?#@"))
		return err_set(e, ERR_CONFIG, "server = %.100s: it is http://HOST:PORT or https://HOST:PORT",
			       text);
	str_add(out, text);
	while (out->len && out->p[out->len - 1] == '/')
		out->p[--out->len] = '\0';
	return OK;
}

static int type_id_of(const char *text, char ret[37], struct err *e)
{
	if (!parse_uuid_ok(text))
		return err_set(e, ERR_USAGE, "'%.60s' is no Type ID: it is a UUID", text);
	str_copy(ret, 37, text);
	for (char *p = ret; *p; p++)
		if (*p >= 'A' && *p <= 'F')
			*p = (char)(*p - 'A' + 'a');
	return OK;
}

/* "DAS=UUID,ETP=UUID" */
static int blocks_of(const char *text, struct agent_block *v, int64_t *ret_n, struct err *e)
{
	int64_t n = 0;
	char id[40];

	for (; *text; text += *text == ',') {
		size_t name = strcspn(text, "=,"), len = strcspn(text, ",");

		if (n == BLOCKS_MAX || text[name] != '=' || !name ||
		    !str_copyn(v[n].name, sizeof v[n].name, text, name) ||
		    !str_copyn(id, sizeof id, text + name + 1, len - name - 1))
			return err_set(e, ERR_USAGE,
				       "--blocks is NAME=TYPE-ID,NAME=TYPE-ID, at most %d, not '%.80s'",
				       BLOCKS_MAX, text);
		if (type_id_of(id, v[n++].type_id, e))
			return err_wrap(e, "--blocks");
		text += len;
	}
	*ret_n = n;
	return OK;
}

/* What Building Blocks need beside. */
static int block_fill(struct agent_init *in, const struct conf *c, struct err *e)
{
	struct block_shared *b = &in->shared.block;
	const char *profile = conf_text(c, "profile"), *address = conf_text(c, "address");
	struct in_addr ip;

	if (*conf_text(c, "type_id") && type_id_of(conf_text(c, "type_id"), in->is.type_id, e))
		return err_wrap(e, "--type-id");
	if (*in->is.type_id && *in->is.manufacturer)
		return err_set(e, ERR_USAGE, "--identity and --type-id: a device is one or the other");
	while (b->profile < MANIFEST_PROFILES && strcmp(manifest_profile_text[b->profile], profile) != 0)
		b->profile++;
	if (b->profile == MANIFEST_PROFILES)
		return err_set(e, ERR_USAGE, "--profile is strict or compat, not '%.40s'", profile);
	if (*address &&
	    (inet_pton(AF_INET, address, &ip) != 1 || !str_copy(b->address, sizeof b->address, address)))
		return err_set(e, ERR_USAGE, "--address is an IPv4 address, not '%.40s'", address);
	b->firmware_check = conf_text(c, "firmware_check");
	if (*b->firmware_check && (*b->firmware_check != '/' || access(b->firmware_check, X_OK)))
		return err_set(e, ERR_USAGE,
			       "--firmware-check %.200s: an absolute path of a program is needed",
			       b->firmware_check);
	if ((*in->is.type_id || in->nblocks) && !b->trust)
		return err_set(e, ERR_USAGE,
			       "--trust is needed: without it no signature of a Manifest would count");
	return OK;
}

/* What the configuration says; texts stay borrowed from it. */
static int init_fill(struct agent_init *in, const struct conf *c, bool once, struct err *e)
{
	const char *iec = *conf_text(c, "iec") ? conf_text(c, "iec") : conf_text(c, "permission");
	bool many = conf_int(c, "many") > 0;

	in->name = conf_text(c, "name");
	in->prefix = conf_text(c, "prefix");
	in->many = conf_int(c, "many");
	in->dir = conf_text(c, "dir");
	in->once = once;
	if (!*in->dir || (!many && !*in->name))
		return err_set(e, ERR_USAGE, "--%s is needed", *in->dir ? "name" : "dir");
	if (many && (once || *in->name))
		return err_set(e, ERR_USAGE, "--many goes with --prefix, not with --%s",
			       once ? "once" : "name");
	if (identity_of(conf_text(c, "identity"), &in->is, e) ||
	    faults_parse(conf_text(c, "fault"), &in->shared.faults, e) ||
	    iec_parse(iec, in->name, conf_ms(c, "permission_limit"), &in->shared.iec, e) ||
	    block_fill(in, c, e))
		return (int)e->code;
	if (many && in->shared.iec.own)
		return err_set(e, ERR_USAGE,
			       "--many has no application of its own for each: always, deny, "
			       "timeout:5s or stopped");
	in->net.ca_file = *conf_text(c, "ca_file") ? conf_text(c, "ca_file") : NULL;
	in->net.connections = (long)conf_int(c, "connections");
	in->net.reuse = many;
	in->net.image_max = in->shared.image_max = conf_int(c, "image_max");
	in->shared.poll_ms = conf_ms(c, "poll");
	in->shared.step_ms = conf_ms(c, "step_time");
	in->shared.sync = !many;
	in->shared.bare = many && in->nblocks;
	in->shared.spread = many && in->nblocks;
	return OK;
}

static int run(int argc, char **argv, struct conf *c, enum agent_end *ret, struct err *e)
{
	struct log log = { .fd = STDERR_FILENO, .level = LOG_INFO, .clock = clock_system() };
	struct rnd rnd = rnd_system();
	struct agent_init in = { .shared = { .clock = clock_system(), .log = &log, .rnd = &rnd } };
	struct agent_block blocks[BLOCKS_MAX];
	OWN(trust_free) struct trust *trust = NULL;
	STR(server, 1024);
	STR(token, 1024);
	enum log_level level = LOG_INFO;
	enum said said = SAID_RUN;
	sigset_t set;
	int rc;

	if (options_read(argc, argv, c, true, &said, e))
		return (int)e->code;
	if (said == SAID_DONE)
		return OK;
	if (options_read(argc, argv, c, false, &said, e))
		return (int)e->code;
	if (level_read(conf_text(c, "log_level"), &level, e) ||
	    server_of(conf_text(c, "server"), &server, e) ||
	    token_read(conf_text(c, "token_file"), &token, e) ||
	    (*conf_text(c, "trust") && trust_load(conf_text(c, "trust"), &trust, e)) ||
	    blocks_of(conf_text(c, "blocks"), blocks, &in.nblocks, e))
		return (int)e->code;
	in.blocks = blocks;
	in.shared.block.trust = trust;
	if (init_fill(&in, c, said == SAID_ONCE, e))
		return (int)e->code;
	log.level = level;
	log.journal = getenv("JOURNAL_STREAM") != NULL;
	in.net.server = str_c(&server);
	in.net.token = token.len ? str_c(&token) : NULL;
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigprocmask(SIG_BLOCK, &set, NULL);
	rc = agent_run(&in, ret, e);
	iec_done(&in.shared.iec);
	return rc;
}

int main(int argc, char **argv)
{
	enum agent_end end = AGENT_STOPPED;
	struct err e = { .code = OK };
	struct conf *c;
	int rc;

	signal(SIGPIPE, SIG_IGN);
	c = conf_new(keys);
	rc = run(argc, argv, c, &end, &e);
	conf_free(c);
	if (!rc && end == AGENT_VANISHED)
		_exit(9);
	if (rc)
		return program_fail(&program, &e);
	if (end == AGENT_RESTART) { /* the boot process: this program anew, with what the slot now holds */
		execv("/proc/self/exe", argv);
		perror("firpath-bbum: execv");
		return 1;
	}
	return program_printed(&program);
}
