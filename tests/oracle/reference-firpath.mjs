// SPDX-License-Identifier: Apache-2.0
//
// Just enough of the command line for tests of cli-differential.mjs: the oracle behind `import` and `path`. With a
// mutation's name as first argument it is wrong in that way. `--db` is a file of JSON here.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { workbook_entries } from "./cpl.mjs";
import { load_mutant, MUTATIONS } from "./mutations.mjs";
import * as right from "./oracle.mjs";

const args = process.argv.slice(2);
const oracle = args[0] in MUTATIONS ? await load_mutant(args.shift()) : right;
const { values, positionals } = parseArgs({ args, allowPositionals: true, options: { db: { type: "string" }, bulk: { type: "string" },
	from: { type: "string" }, to: { type: "string" }, json: { type: "boolean" } } });
const stored = existsSync(values.db) ? JSON.parse(readFileSync(values.db, "utf8")) : { entries: [], statements: [] };
const rows = (file) => readFileSync(file, "utf8").split(/\r?\n/).filter((line) => line !== "").slice(1).map((line) => line.split(","));
const store = () => writeFileSync(values.db, JSON.stringify(stored));

function entry_of(fields) {
	return { id: fields[1], model: fields.slice(4, 8).join(" "), status: fields[2], cpa: null, until: null, descriptor: null };
}

function statement_of([entry, kind, bases, , , , confirmed_on]) {
	return { entry, kind, bases: bases.split(" ").filter((id) => id !== ""), confirmed_on: confirmed_on || null };
}

let catalogue = null;
function ask(from, to) {
	catalogue ??= oracle.read_graph(stored);
	return oracle.answer(catalogue, { from, to, at: new Date().toISOString().slice(0, 10), prefer: "hops", allow_removed: false });
}

if (positionals[1] === "cpl") {
	stored.entries = positionals[2].endsWith(".xlsm") ? workbook_entries() : rows(positionals[2]).map(entry_of);
	store();
} else if (positionals[1] === "statements") {
	stored.statements.push(...rows(positionals[2]).map(statement_of));
	store();
} else if (values.bulk) {
	console.log("device,from,to,result,hops,next,why,furthest,alternatives,warnings,candidates");
	for (const [device, from, to] of rows(values.bulk)) {
		const given = ask(from, to);
		console.log([device, from, to, given.result, given.hops.join(" "), given.hops[0] ?? "", given.why ?? "", given.furthest ?? "",
			given.alternatives, ["cpl-stale", ...given.warnings].join(" "), ""].join(","));
	}
} else {
	const given = ask(values.from, values.to);
	console.log(JSON.stringify({ ...given, hops: given.hops.map((entry) => ({ entry })) }));
	process.exitCode = given.result === "none" ? 3 : 0;
}
