// SPDX-License-Identifier: Apache-2.0
//
// real-cpl.mjs DRIVER [--rounds N] [--seed S]
//
// Random statements over the published Central Products List, one graph of all its models per round: real states,
// certificates and descriptors, real gaps. Small models are answered by listing every path and by layers,
// which must agree; larger ones by layers. Exit: 0 all agree, 1 some do not, 2 called wrongly.
import { parseArgs } from "node:util";
import { workbook_entries, csv_entries } from "./cpl.mjs";
import { compare_batch } from "./drive.mjs";
import { rng, random_question, random_statements, STYLES } from "./gen.mjs";
import { answer_both_ways } from "./layers.mjs";
import { read_graph } from "./oracle.mjs";

const QUESTIONS = 400;
const counts = { listed: 0, layered: 0 };

function question_day(r, entries, from) {
	const dates = entries.filter((entry) => entry.model === from.model && entry.until !== null).map((entry) => entry.until);
	if (dates.length === 0 || r.chance(0.3))
		return r.pick(["2019-01-01", "2022-09-21", "2026-11-20", "2031-01-01"]);
	const day = new Date(`${r.pick(dates)}T00:00:00Z`).getTime() + r.pick([-1, 0, 1]) * 86400000;
	return new Date(day).toISOString().slice(0, 10);
}

function add_figures(r, entries) {
	for (const entry of entries)
		if (!r.chance(0.002))
			Object.assign(entry, { bytes: r.pick([250000, 250000, 400000, 760000]), seconds: r.pick([600, 900]), restarts: r.int(3) });
}

// One round: the list with each model's statements in one style; most questions go to models with several entries.
function random_round(seed, round, list) {
	const r = rng(seed, round);
	const entries = list.map((entry) => ({ ...entry }));
	add_figures(r, entries);
	const by_model = group(entries);
	const statements = [...by_model.values()].flatMap((mates) => random_statements(r, r.pick(Object.values(STYLES)), mates));
	const weighted = [...by_model.values()].filter((mates) => mates.length > 2 || r.chance(0.1));
	const questions = Array.from({ length: QUESTIONS }, () => {
		const mates = r.pick(weighted);
		const asked = random_question(r, r.chance(0.97) ? mates : entries);
		return { ...asked, at: question_day(r, entries, entries.find((entry) => entry.id === asked.from)) };
	});
	return { entries, statements, questions };
}

function group(entries) {
	const groups = new Map();
	for (const entry of entries)
		groups.set(entry.model, [...(groups.get(entry.model) ?? []), entry]);
	return groups;
}

function right_answers(graph) {
	const catalogue = read_graph(graph);
	return { answers: graph.questions.map((question) => {
		const { given, was_listed } = answer_both_ways(catalogue, question);
		counts.listed += was_listed ? 1 : 0;
		counts.layered += 1;
		return given;
	}) };
}

function whole_number(name, text, high) {
	const value = Number(text);
	if (Number.isInteger(value) && value >= 0 && value <= high)
		return value;
	console.error(`real-cpl.mjs: --${name} must be a whole number from 0 to ${high}, not ${text}`);
	return process.exit(2);
}

function main() {
	const { values, positionals } = parseArgs({ allowPositionals: true,
		options: { rounds: { type: "string", default: "20" }, seed: { type: "string", default: "1" } } });
	if (positionals.length !== 1) {
		console.error("usage: real-cpl.mjs DRIVER [--rounds N] [--seed S]");
		return 2;
	}
	const seed = whole_number("seed", values.seed, 2 ** 31);
	const rounds = whole_number("rounds", values.rounds, 1e6);
	const [book, csv] = [workbook_entries(), csv_entries()];
	const found = { questions: 0, left_out: 0, disagreements: 0, reports: [] };
	for (let round = 0; round < rounds && found.reports.length < 3; round++) {
		// Every fourth round takes the CSV, where all descriptors and certificates are missing.
		const graph = random_round(seed, round, round % 4 === 3 ? csv : book);
		const result = compare_batch(positionals[0].split(" "), right_answers, [[`seed ${seed} round ${round}, shrunk:`, graph]], 1);
		found.questions += result.questions;
		found.left_out += result.left_out;
		found.disagreements += result.disagreements;
		found.reports.push(...result.reports);
	}
	found.reports.forEach((report) => console.log(report));
	const models = new Set(book.map((entry) => entry.model)).size;
	console.log(`real CPL: ${rounds} rounds over ${book.length} entries of ${models} models, ${found.questions} questions, ` +
		`${counts.listed} answered by listing every path, ${counts.layered} by layers, ` +
		`${found.left_out} would_open with too many sets to try, ${found.disagreements} disagreements`);
	return found.disagreements === 0 ? 0 : 1;
}

process.exitCode = main();
