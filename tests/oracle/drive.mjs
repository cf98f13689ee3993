// SPDX-License-Identifier: Apache-2.0
//
// Runs a program under test over graphs, compares what it says with an oracle, and makes a failing graph small.
import { spawnSync } from "node:child_process";
import { isDeepStrictEqual } from "node:util";

export const FIELDS = ["result", "to", "hops", "alternatives", "why", "furthest", "would_open", "warnings", "hop_warnings"];
const BATCH_SECONDS = 300;

// A program written for node is run by this node; any other is run as it is. `argv` is the program and its arguments.
function command_of(argv) {
	return argv[0].endsWith(".mjs") ? [process.execPath, argv] : [argv[0], argv.slice(1)];
}

// Answers of the program under test: one parsed line per graph. `failure` tells why there are fewer than graphs.
export function drive(argv, graphs) {
	const [program, args] = command_of(argv);
	const input = graphs.map((graph) => `${JSON.stringify(graph)}\n`).join("");
	const ran = spawnSync(program, args, { input, encoding: "utf8", maxBuffer: 1 << 30, timeout: BATCH_SECONDS * 1000 });
	const answers = [];
	let failure = null;
	for (const line of (ran.stdout ?? "").split("\n").slice(0, -1)) {
		try {
			answers.push(JSON.parse(line));
		} catch {
			failure = `line ${answers.length + 1} is not JSON: ${line.slice(0, 200)}`;
			break;
		}
	}
	const stderr = (ran.stderr ?? "").trim().slice(-2000);
	if (ran.error && ran.status === null && ran.signal === null)
		failure ??= `cannot run ${program}: ${ran.error.message}`;
	else if (ran.signal !== null || ran.status !== 0)
		failure ??= `${program} ended with ${ran.signal ?? `exit ${ran.status}`} after ${answers.length} answers${stderr ? `: ${stderr}` : ""}`;
	else if (answers.length !== graphs.length)
		failure ??= `${program} gave ${answers.length} answers to ${graphs.length} graphs`;
	return { answers, failure };
}

export function compared(answer) {
	return Object.fromEntries(FIELDS.map((field) => [field, answer?.[field]]));
}

// The numbers of the questions that the two sides answer differently. Where the oracle had to give up on would_open
// (it is null then, see layers.mjs) everything else is compared.
export function differing(graph, right, given) {
	const agree = (i) => {
		const theirs = compared(given?.answers?.[i]);
		if (right.answers[i].would_open === null && Array.isArray(theirs.would_open))
			theirs.would_open = null;
		return isDeepStrictEqual(compared(right.answers[i]), theirs);
	};
	return graph.questions.map((_, i) => i).filter((i) => !agree(i));
}

function without_entry(graph, id) {
	return { ...graph, entries: graph.entries.filter((entry) => entry.id !== id),
		statements: graph.statements.filter((statement) => statement.entry !== id && !(statement.kind === "block" && statement.bases.includes(id)))
			.map((statement) => ({ ...statement, bases: statement.bases.filter((base) => base !== id) })) };
}

// Only the models that are asked about.
function only_asked_models(graph) {
	const asked = new Set(graph.questions.flatMap((question) => [question.from, question.to]));
	const models = new Set(graph.entries.filter((entry) => asked.has(entry.id)).map((entry) => entry.model));
	return graph.entries.filter((entry) => !models.has(entry.model)).reduce((left, entry) => without_entry(left, entry.id), graph);
}

function with_item(graph, list, index, change) {
	return { ...graph, [list]: graph[list].map((item, i) => (i === index ? { ...item, ...change } : item)) };
}

const PLAIN_ENTRY = [{ status: "Current" }, { cpa: null, until: null }, { until: null }, { descriptor: null },
	{ bytes: null, seconds: null, restarts: null }, { bytes: 1, seconds: 1, restarts: 1 }];
const PLAIN_QUESTION = [{ prefer: "hops" }, { allow_removed: false }];

// Every graph that is one step simpler.
function* simpler(graph) {
	const asked = new Set(graph.questions.flatMap((question) => [question.from, question.to]));
	for (const entry of graph.entries)
		if (!asked.has(entry.id))
			yield without_entry(graph, entry.id);
	for (const statement of graph.statements)
		yield { ...graph, statements: graph.statements.filter((other) => other !== statement) };
	for (const [i, statement] of graph.statements.entries()) {
		if (statement.confirmed_on !== null)
			yield with_item(graph, "statements", i, { confirmed_on: null });
		if (statement.bases.length > 1)
			for (const base of statement.bases)
				yield with_item(graph, "statements", i, { bases: statement.bases.filter((other) => other !== base) });
	}
	if (graph.entries.length > 50)
		return;
	for (const [list, changes] of [["entries", PLAIN_ENTRY], ["questions", PLAIN_QUESTION]])
		for (const [i, item] of graph[list].entries())
			for (const change of changes)
				if (Object.keys(change).some((field) => item[field] !== change[field] && !(change[field] === 1 && item[field] === null)))
					yield with_item(graph, list, i, change);
}

// The smallest graph with one question that `disagrees` still says true of. Bounded: at most 3000 tries.
export function shrink(graph, disagrees) {
	let tries = 3000;
	let smallest = graph;
	for (const question of graph.questions) {
		const single = { ...graph, questions: [question] };
		if (disagrees(single)) {
			smallest = [only_asked_models(single)].find(disagrees) ?? single;
			break;
		}
	}
	for (let changed = true; changed && tries > 0;) {
		changed = false;
		for (const candidate of simpler(smallest)) {
			if (--tries <= 0)
				break;
			if (disagrees(candidate)) {
				smallest = candidate;
				changed = true;
				break;
			}
		}
	}
	return smallest;
}

// One disagreement as text, with the graph to give to the program again.
export function report_text(title, graph, right, given, failure) {
	const lines = [title, `  graph:  ${JSON.stringify(graph)}`];
	for (const i of differing(graph, right, given)) {
		lines.push(`  question: ${JSON.stringify(graph.questions[i])}`);
		lines.push(`    oracle:  ${JSON.stringify(compared(right.answers[i]))}`);
		lines.push(`    program: ${failure ?? JSON.stringify(given.answers?.[i] ? compared(given.answers[i]) : given)}`);
	}
	return lines.join("\n");
}

// Compares the program with the oracle over a batch of [title, graph]. Gives counts and the text of disagreements;
// left_out are the would_open that were not compared.
export function compare_batch(argv, oracle, titled, wanted_reports) {
	const graphs = titled.map(([, graph]) => graph);
	const { answers, failure } = drive(argv, graphs);
	const found = { graphs: graphs.length, questions: 0, left_out: 0, disagreements: 0, reports: [] };
	for (const [k, graph] of graphs.entries()) {
		found.questions += graph.questions.length;
		if (failure !== null && k > answers.length)
			break;
		const right = oracle(graph);
		const wrong = differing(graph, right, answers[k]);
		found.left_out += right.answers.filter((answer) => answer.would_open === null).length;
		const surplus = answers[k] && answers[k].answers?.length !== graph.questions.length;
		found.disagreements += Math.max(wrong.length, surplus ? 1 : 0);
		if ((wrong.length > 0 || surplus) && found.reports.length < wanted_reports)
			found.reports.push(shrunk_report(argv, oracle, titled[k][0], graph));
	}
	if (failure !== null) {
		found.disagreements = Math.max(found.disagreements, 1);
		found.reports.unshift(failure);
	}
	return found;
}

function shrunk_report(argv, oracle, title, graph) {
	const try_one = (candidate) => {
		const { answers, failure } = drive(argv, [candidate]);
		return { right: oracle(candidate), given: answers[0], failure };
	};
	const small = shrink(graph, (candidate) => {
		const { right, given } = try_one(candidate);
		return differing(candidate, right, given).length > 0;
	});
	const { right, given, failure } = try_one(small);
	return report_text(title, small, right, given, failure);
}
