// SPDX-License-Identifier: Apache-2.0
//
// The tools around the oracle: what compares must be able to say no.
import { test } from "node:test";
import { deepStrictEqual as same, match, ok, strictEqual as is } from "node:assert";
import { spawnSync } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { date_of } from "./cpl.mjs";
import { differing, drive, shrink } from "./drive.mjs";
import { random_graph } from "./gen.mjs";
import { answer_graph_by_layers } from "./layers.mjs";
import { load_mutant, mutated_text, MUTATIONS } from "./mutations.mjs";
import { answer_graph } from "./oracle.mjs";

const here = (name) => fileURLToPath(new URL(name, import.meta.url));
const run = (...args) => spawnSync(process.execPath, [here("run.mjs"), ...args], { encoding: "utf8" });
const last_line = (text) => text.trim().split("\n").at(-1);

function with_program(text, use) {
	const folder = mkdtempSync(join(tmpdir(), "firpath-oracle-"));
	try {
		const file = join(folder, "program");
		writeFileSync(file, text);
		chmodSync(file, 0o755);
		use(file);
	} finally {
		rmSync(folder, { recursive: true });
	}
}

test("the same seed and number give the same graph, others give others", () => {
	same(random_graph(5, 77), random_graph(5, 77));
	ok(JSON.stringify(random_graph(5, 77)) !== JSON.stringify(random_graph(5, 78)));
	ok(JSON.stringify(random_graph(5, 77)) !== JSON.stringify(random_graph(6, 77)));
});

test("counting by layers answers as listing every path does", () => {
	for (let number = 0; number < 1500; number++) {
		const graph = random_graph(11, number);
		const layered = answer_graph_by_layers(graph);
		ok(layered.answers.every((answer) => answer.would_open !== null), `graph ${number}`);
		same(differing(graph, answer_graph(graph), layered), [], `graph ${number}`);
	}
});

test("a program that answers as the oracle does agrees", () => {
	const ran = run(here("reference-driver.mjs"), "--graphs", "300", "--jobs", "2");
	match(last_line(ran.stdout), /^oracle: 300 graphs, [0-9]+ questions, 0 disagreements$/);
	is(ran.status, 0);
});

test("a program that ignores floors is found, with a small graph that shows it", async () => {
	const mutant = await load_mutant("floors-ignored");
	const disagrees = (graph) => differing(graph, answer_graph(graph), mutant.answer_graph(graph)).length > 0;
	let number = 0;
	while (!disagrees(random_graph(1, number)))
		number++;
	const small = shrink(random_graph(1, number), disagrees);
	ok(disagrees(small) && small.entries.length <= 3 && small.questions.length === 1, JSON.stringify(small));
	const ran = run(`${here("reference-driver.mjs")} floors-ignored`, "--first", String(number), "--graphs", "1");
	is(ran.status, 1);
	match(last_line(ran.stdout), /, [1-9][0-9]* disagreements$/);
	same(JSON.parse(/^ {2}graph: +(.*)$/m.exec(ran.stdout)[1]), small);
});

test("a program that crashes, is silent, speaks no JSON or does not exist disagrees", () => {
	const graphs = [random_graph(1, 0), random_graph(1, 1)];
	with_program("#!/bin/sh\ncat >/dev/null; echo nonsense\n", (file) => match(drive([file], graphs).failure, /not JSON/));
	with_program("#!/bin/sh\ncat >/dev/null\n", (file) => match(drive([file], graphs).failure, /gave 0 answers to 2 graphs/));
	with_program("#!/bin/sh\nread line; kill -SEGV $$\n", (file) => match(drive([file], graphs).failure, /SIGSEGV/));
	with_program("#!/bin/sh\necho broken >&2; exit 3\n", (file) => match(drive([file], graphs).failure, /exit 3 .*broken/));
	match(drive(["/nonexistent/program"], graphs).failure, /cannot run/);
	const ran = run("/nonexistent/program", "--graphs", "5");
	is(ran.status, 1);
	match(last_line(ran.stdout), /, [1-9][0-9]* disagreements$/);
});

test("the command line that answers as the oracle does agrees, one that is wrong or breaks does not", () => {
	const cli = (program, ...args) => spawnSync(process.execPath, [here("cli-differential.mjs"), program, "--questions", "60", ...args], { encoding: "utf8" });
	const agrees = cli(here("reference-firpath.mjs"), "--catalogues", "1");
	is(last_line(agrees.stdout), "command line: 1 catalogues, 60 questions, 0 disagreements");
	is(agrees.status, 0);
	const differs = cli(`${here("reference-firpath.mjs")} tie-highest-entry`, "--catalogues", "3");
	match(last_line(differs.stdout), /, [1-9][0-9]* disagreements$/);
	is(differs.status, 1);
	is(cli("/bin/false", "--catalogues", "1").status, 1);
});

test("a wrong call ends with 2 and says how to call", () => {
	for (const args of [[], ["a", "b"], ["a", "--graphs", "none"], ["a", "--jobs", "0"], ["--no-such-option"]]) {
		const ran = run(...args);
		is(ran.status, 2, args.join(" "));
		match(ran.stderr, /usage:/);
	}
});

test("each field that is compared makes a difference", () => {
	const graph = { ...random_graph(1, 3), questions: [{}] };
	const right = { result: "none", to: "000001", hops: [], alternatives: 0, why: "no-edge", furthest: null, would_open: [], warnings: [], hop_warnings: [] };
	is(differing(graph, { answers: [right] }, { answers: [{ ...right, more: 1 }] }).length, 0);
	for (const field of Object.keys(right)) {
		is(differing(graph, { answers: [right] }, { answers: [{ ...right, [field]: "other" }] }).length, 1, field);
		const { [field]: _, ...lacking } = right;
		is(differing(graph, { answers: [right] }, { answers: [lacking] }).length, 1, field);
	}
	is(differing(graph, { answers: [right] }, undefined).length, 1);
});

test("every seeded mistake changes exactly one place of the oracle", () => {
	for (const name of Object.keys(MUTATIONS))
		ok(mutated_text(name).length > 0, name);
});

test("dates of the workbook are read in all three spellings", () => {
	same(["20/05/2026", "20-05-2026", "46162", "soon", ""].map(date_of), ["2026-05-20", "2026-05-20", "2026-05-20", null, null]);
});
