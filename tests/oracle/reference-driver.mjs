// SPDX-License-Identifier: Apache-2.0
//
// The oracle behind the exchange format: what the program under test has to print. The tests of run.mjs use it as
// a program that is always right, or, with a mutation's name as argument, as one that is wrong in a known way.
import { readFileSync } from "node:fs";
import { answer_graph } from "./oracle.mjs";
import { load_mutant } from "./mutations.mjs";

const wrong = process.argv[2] ? await load_mutant(process.argv[2]) : { answer_graph };
for (const line of readFileSync(0, "utf8").split("\n"))
	if (line !== "")
		process.stdout.write(`${JSON.stringify(wrong.answer_graph(JSON.parse(line)))}\n`);
