// SPDX-License-Identifier: Apache-2.0
//
// cli-differential.mjs FIRPATH [--catalogues N] [--questions N] [--seed S]
//
// The whole way: a random list is imported with `firpath import cpl`, its statements with `firpath import statements`
// (twice, so that the second file replaces some of the first), and `firpath path --bulk` must answer as the oracle
// does. Every fourth catalogue is the published workbook, which brings certificates and fragments. A few questions
// of each are asked again with `firpath path --json`. FIRPATH may carry arguments after a blank.
// Exit: 0 all agree, 1 some do not, 2 called wrongly.
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isDeepStrictEqual, parseArgs } from "node:util";
import { workbook_entries, WORKBOOK } from "./cpl.mjs";
import { number_entries, random_question, random_statements, rng, STYLES } from "./gen.mjs";
import { answer_both_ways } from "./layers.mjs";
import { read_graph } from "./oracle.mjs";

const ENTRIES = 300;
const ASKED_ALONE = 10;
const BULK_HEADER = "device,from,to,result,hops,next,why,furthest,alternatives,warnings,candidates";
const CPL_HEADER = "Version,Entry.number,Entry.status,Device_Type.name,Device_Model.manufacturer_identifier," +
	"Device_Model.model_identifier,Device_Model.hardware_version.version,Device_Model.hardware_version.revision," +
	"Device_Model.model_identifier_concatenated_with_hardware_version,Device_Model.firmware_version," +
	"SMETS_CHTS Version.Version_number_and_effective_date,GBCS Version.version_number,Manufacturer_Image.hash";
const TOLD = ["different-model", "fragment-not-last", "prefer-unknown"];

const hex = (r, digits) => Array.from({ length: digits }, () => "0123456789ABCDEF"[r.int(16)]).join("");
const today = () => new Date().toISOString().slice(0, 10);

// A list of about 300 entries: models of 1 to 14 firmware versions, their rows mixed.
function random_list(r) {
	const entries = [];
	for (let model = 0; entries.length < ENTRIES; model++) {
		const identity = [hex(r, 4), hex(r, 4), hex(r, 2), hex(r, 2)];
		for (let left = r.pick([1, 2, 4, 6, 8, 9, 11, 14]); left > 0; left--)
			entries.push({ id: "", model, identity, status: r.chance(0.1) ? "Removed" : "Current", cpa: null, until: null, descriptor: null,
				bytes: null, seconds: null, restarts: null });
	}
	const mixed = r.shuffle(entries);
	number_entries(r, mixed);
	return mixed;
}

function cpl_text(r, entries) {
	const rows = entries.map((entry) => {
		const [maker, model, hardware, revision] = entry.identity;
		const firmware = entry.id.padStart(8, String(r.int(10)));
		return ["Version 3.001 Issued on 01-02-2026", entry.id, entry.status, "Single Element Electricity Metering Equipment", maker, model,
			hardware, revision, model + hardware + revision, firmware, "SMETS V4.2", "GBCS Version 3.2", r.chance(0.7) ? hex(r, 64) : ""].join(",");
	});
	return [CPL_HEADER, ...rows, ""].join("\r\n");
}

// What may be submitted: no empty or repeated bases, blocks of edges only where there is another entry.
function submittable(statements) {
	return statements.map((statement) => ({ ...statement, bases: [...new Set(statement.bases)] }))
		.map((statement) => (statement.kind === "bases" && statement.bases.length === 0 ? { ...statement, kind: "none" } : statement))
		.filter((statement) => !statement.bases.includes(statement.entry));
}

const PATH_KINDS = ["bases", "none", "any"];

// The path statements that a later one replaces, and the rest.
function split_statements(statements) {
	const is_replaced = (statement, i) => PATH_KINDS.includes(statement.kind) &&
		statements.slice(i + 1).some((later) => later.entry === statement.entry && PATH_KINDS.includes(later.kind));
	return [statements.filter(is_replaced), statements.filter((statement, i) => !is_replaced(statement, i))];
}

function statements_text(statements) {
	const rows = statements.map(({ entry, kind, bases, confirmed_on }) => {
		const is_block = kind === "block";
		return [entry, kind, bases.join(" "), "manufacturer", "Release office", "2020-01-01", confirmed_on ?? "",
			is_block ? "Withdrawn after a field report" : "Release note", is_block ? "https://example.org/notice" : ""].join(",");
	});
	return ["entry,kind,bases,source,author,stated_on,confirmed_on,excerpt,reference", ...rows, ""].join("\n");
}

// One line of CSV with quotes where needed.
function csv_fields(line) {
	return [...line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g)].map((found) => found[1]?.replaceAll('""', '"') ?? found[2]);
}

class Failure extends Error {}

function run(context, args, expected) {
	const [program, ...first] = context.argv;
	const command = program.endsWith(".mjs") ? [process.execPath, program, ...first] : [program, ...first];
	const ran = spawnSync(command[0], [...command.slice(1), ...args, "--db", context.db],
		{ encoding: "utf8", maxBuffer: 1 << 28, timeout: 120000, cwd: context.folder });
	if (!expected.includes(ran.status))
		throw new Failure(`firpath ${args.join(" ")} --db ${context.db} ended with ${ran.signal ?? ran.error?.message ?? ran.status}, ` +
			`not ${expected.join(" or ")}: ${(ran.stderr ?? "").trim().slice(-1500)}${(ran.stdout ?? "").slice(-500)}`);
	return ran;
}

function write(context, name, text) {
	const file = join(context.folder, name);
	writeFileSync(file, text);
	return file;
}

// What a row of the bulk answer has to say; alternatives are only told of a path.
function expected_row(device, question, right) {
	return { device, from: question.from, to: question.to, result: right.result, hops: right.hops.join(" "), next: right.hops[0] ?? "",
		why: right.why ?? "", furthest: right.furthest ?? "", alternatives: right.result === "path" ? String(right.alternatives) : "",
		warnings: right.warnings.join(" "), candidates: "" };
}

function given_row(question, line) {
	const fields = csv_fields(line);
	const row = Object.fromEntries(BULK_HEADER.split(",").map((name, i) => [name, fields[i]]));
	row.warnings = (row.warnings ?? "").split(" ").filter((name) => TOLD.includes(name)).sort().join(" ");
	if (question.to === "latest" && /^[0-9]{6}$/.test(row.to ?? "")) // the target found may be told in its place
		row.to = "latest";
	if (row.result !== "path" && row.alternatives === "0")
		row.alternatives = "";
	return fields.length === BULK_HEADER.split(",").length ? row : { line };
}

function compare_bulk(context, graph, rights) {
	const devices = graph.questions.map((_, i) => `meter-${i + 1}`);
	const file = write(context, "questions.csv", ["device,from,to", ...graph.questions.map((question, i) =>
		`${devices[i]},${question.from},${question.to}`), ""].join("\n"));
	const lines = run(context, ["path", "--bulk", file], [0]).stdout.split(/\r?\n/).filter((line) => line !== "");
	const wrong = [];
	if (lines[0] !== BULK_HEADER)
		wrong.push(`the header is ${lines[0]}`);
	if (lines.length !== graph.questions.length + 1)
		wrong.push(`${graph.questions.length} questions got ${lines.length - 1} rows`);
	for (const [i, question] of graph.questions.entries()) {
		const expected = expected_row(devices[i], question, rights[i]);
		const given = lines[i + 1] === undefined ? null : given_row(question, lines[i + 1]);
		if (!isDeepStrictEqual(expected, given))
			wrong.push(`${question.from} to ${question.to}\n    oracle:  ${JSON.stringify(expected)}\n    firpath: ${JSON.stringify(given)}`);
	}
	return wrong;
}

// `path --json` of one question, in the words of the path answer.
function compare_single(context, question, right) {
	const ran = run(context, ["path", "--from", question.from, "--to", question.to, "--json"], [right.result === "none" ? 3 : 0]);
	const told = JSON.parse(ran.stdout);
	const given = { result: told.result, hops: (told.hops ?? []).map((hop) => hop.entry), why: told.why ?? null,
		alternatives: told.result === "path" ? told.alternatives : 0 };
	const expected = { result: right.result, hops: right.hops, why: right.why, alternatives: right.alternatives };
	if (isDeepStrictEqual(given, expected))
		return [];
	return [`${question.from} to ${question.to} (--json)\n    oracle:  ${JSON.stringify(expected)}\n    firpath: ${JSON.stringify(given)}`];
}

function random_catalogue(seed, number, questions) {
	const r = rng(seed, number);
	const is_real = number % 4 === 3;
	const entries = is_real ? workbook_entries() : random_list(r);
	const models = new Map();
	for (const entry of entries)
		models.set(entry.model, [...(models.get(entry.model) ?? []), entry]);
	const statements = submittable([...models.values()].flatMap((mates) => random_statements(r, { ...r.pick(Object.values(STYLES)), odd_base: 0 }, mates)));
	const asked = [...models.values()].filter((mates) => mates.length > 2);
	return { is_real, cpl: is_real ? null : cpl_text(r, entries), entries, statements,
		questions: Array.from({ length: questions }, () =>
			({ ...random_question(r, r.chance(0.97) ? r.pick(asked) : entries), at: today(), prefer: "hops", allow_removed: false })) };
}

// Imports a catalogue and compares the answers; gives the disagreements as text.
function compare_catalogue(argv, catalogue) {
	const folder = mkdtempSync(join(tmpdir(), "firpath-oracle-"));
	const context = { argv, folder, db: join(folder, "catalogue.db") };
	try {
		run(context, ["import", "cpl", catalogue.is_real ? WORKBOOK : write(context, "cpl.csv", catalogue.cpl)], [0]);
		const [replaced, standing] = split_statements(catalogue.statements);
		for (const [name, statements] of [["first.csv", replaced], ["second.csv", standing]])
			if (statements.length > 0)
				run(context, ["import", "statements", write(context, name, statements_text(statements))], [0]);
		const graph = { ...catalogue, statements: [...replaced, ...standing] };
		const read = read_graph(graph);
		const rights = graph.questions.map((question) => answer_both_ways(read, question).given);
		const alone = graph.questions.slice(0, ASKED_ALONE).flatMap((question, i) => compare_single(context, question, rights[i]));
		return [...compare_bulk(context, graph, rights), ...alone];
	} catch (error) {
		if (error instanceof Failure || error instanceof SyntaxError)
			return [error.message];
		throw error;
	} finally {
		rmSync(folder, { recursive: true });
	}
}

function whole_number(name, text, high) {
	const value = Number(text);
	if (Number.isInteger(value) && value >= 0 && value <= high)
		return value;
	console.error(`cli-differential.mjs: --${name} must be a whole number from 0 to ${high}, not ${text}`);
	return process.exit(2);
}

function main() {
	const { values, positionals } = parseArgs({ allowPositionals: true, options: { catalogues: { type: "string", default: "20" },
		questions: { type: "string", default: "500" }, seed: { type: "string", default: "1" } } });
	if (positionals.length !== 1) {
		console.error("usage: cli-differential.mjs FIRPATH [--catalogues N] [--questions N] [--seed S]");
		return 2;
	}
	const seed = whole_number("seed", values.seed, 2 ** 31);
	const catalogues = whole_number("catalogues", values.catalogues, 1e6);
	const questions = whole_number("questions", values.questions, 1e5);
	let disagreements = 0;
	let done = 0;
	for (; done < catalogues && disagreements === 0; done++) {
		const day = today();
		let wrong = compare_catalogue(positionals[0].split(" "), random_catalogue(seed, done, questions));
		if (wrong.length > 0 && today() !== day) // midnight passed in between: certificates of that day differ
			wrong = compare_catalogue(positionals[0].split(" "), random_catalogue(seed, done, questions));
		wrong.slice(0, 5).forEach((text) => console.log(`seed ${seed} catalogue ${done}: ${text}`));
		disagreements += wrong.length;
	}
	console.log(`command line: ${done} catalogues, ${done * questions} questions, ${disagreements} disagreements`);
	return disagreements === 0 ? 0 : 1;
}

process.exitCode = main();
