// SPDX-License-Identifier: Apache-2.0
//
// run.mjs DRIVER [--graphs N] [--seed S] [--first K] [--jobs J]   compare a program with the oracle on random graphs
// run.mjs DRIVER --large ...                                      the same with models of about 100 entries, by layers
// run.mjs --self-test [--seed S] [--graphs N]                     seeded mistakes in the oracle must be noticed
//
// DRIVER may carry arguments after a blank. Exit: 0 all agree, 1 some do not, 2 called wrongly.
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";
import { parseArgs } from "node:util";
import { answer_graph } from "./oracle.mjs";
import { compare_batch, differing } from "./drive.mjs";
import { large_graph, random_graph } from "./gen.mjs";
import { answer_graph_by_layers } from "./layers.mjs";
import { load_mutant, MUTATIONS } from "./mutations.mjs";

const BATCH = 250;
const REPORTS = 3;

function fail_usage(message) {
	console.error(`run.mjs: ${message}\nusage: run.mjs DRIVER [--large] [--graphs N] [--seed S] [--first K] [--jobs J] | run.mjs --self-test`);
	process.exit(2);
}

function whole_number(options, name, low, high) {
	const value = Number(options[name]);
	if (!Number.isInteger(value) || value < low || value > high)
		fail_usage(`--${name} must be a whole number from ${low} to ${high}, not ${options[name]}`);
	return value;
}

function read_options() {
	try {
		return parseArgs({ allowPositionals: true, options: {
			"graphs": { type: "string" }, "seed": { type: "string", default: "1" }, "first": { type: "string", default: "0" },
			"jobs": { type: "string", default: "1" }, "self-test": { type: "boolean", default: false }, "large": { type: "boolean", default: false } } });
	} catch (error) {
		return fail_usage(error.message);
	}
}

// Batches number job, job + jobs, job + 2 jobs ... of the whole; stops early once there is enough to report.
function run_job({ argv, seed, first, graphs, job, jobs, large }, tell) {
	const [make, oracle, flag] = large ? [large_graph, answer_graph_by_layers, " --large"] : [random_graph, answer_graph, ""];
	const total = { graphs: 0, questions: 0, left_out: 0, disagreements: 0, reports: [] };
	for (let start = first + job * BATCH; start < first + graphs; start += jobs * BATCH) {
		const titled = [];
		for (let k = start; k < Math.min(start + BATCH, first + graphs); k++)
			titled.push([`seed ${seed} graph ${k} (again:${flag} --seed ${seed} --first ${k} --graphs 1), shrunk:`, make(seed, k)]);
		const found = compare_batch(argv, oracle, titled, REPORTS - total.reports.length);
		for (const count of ["graphs", "questions", "left_out", "disagreements"])
			total[count] += found[count];
		total.reports.push(...found.reports);
		if (total.reports.length >= REPORTS)
			break;
	}
	tell(total);
}

function run_jobs(task) {
	if (task.jobs === 1)
		return [new Promise((resolve) => { run_job({ ...task, job: 0 }, resolve); })];
	return Array.from({ length: task.jobs }, (_, job) => new Promise((resolve, reject) => {
		const worker = new Worker(new URL(import.meta.url), { workerData: { ...task, job } });
		worker.once("message", resolve);
		worker.once("error", reject);
	}));
}

async function compare(task) {
	const totals = await Promise.all(run_jobs(task));
	const sum = (count) => totals.reduce((all, total) => all + total[count], 0);
	totals.flatMap((total) => total.reports).slice(0, REPORTS).forEach((report) => console.log(report));
	console.log(`oracle: ${sum("graphs")} graphs, ${sum("questions")} questions, ` +
		`${task.large ? `${sum("left_out")} would_open with too many sets to try, ` : ""}${sum("disagreements")} disagreements`);
	return sum("disagreements") === 0 ? 0 : 1;
}

// A mistake that makes the oracle throw is noticed too.
function is_noticed(mutant, graph, right) {
	try {
		return differing(graph, right, mutant.answer_graph(graph)).length > 0;
	} catch {
		return true;
	}
}

async function self_test(seed, graphs) {
	const names = Object.keys(MUTATIONS);
	const cases = Array.from({ length: graphs }, (_, k) => random_graph(seed, k));
	const right = cases.map((graph) => answer_graph(graph));
	let missed = 0;
	for (const name of names) {
		const mutant = await load_mutant(name);
		const noticed = cases.findIndex((graph, k) => is_noticed(mutant, graph, right[k]));
		console.log(noticed < 0 ? `${name}: NOT NOTICED in ${graphs} graphs` : `${name}: noticed at graph ${noticed}`);
		missed += noticed < 0 ? 1 : 0;
	}
	console.log(`oracle self-test: ${names.length} mistakes, ${names.length - missed} noticed`);
	return missed === 0 ? 0 : 1;
}

async function main() {
	const { values, positionals } = read_options();
	const seed = whole_number(values, "seed", 0, 2 ** 31);
	if (values["self-test"])
		return self_test(seed, whole_number({ graphs: "2000", ...values }, "graphs", 1, 1e6));
	if (positionals.length !== 1)
		fail_usage("name one program to test");
	return compare({ argv: positionals[0].split(" "), seed, first: whole_number(values, "first", 0, 1e9),
		graphs: whole_number({ graphs: values.large ? "300" : "10000", ...values }, "graphs", 1, 1e9), jobs: whole_number(values, "jobs", 1, 64), large: values.large });
}

if (isMainThread)
	process.exitCode = await main();
else
	run_job(workerData, (total) => parentPort.postMessage(total));
