// SPDX-License-Identifier: Apache-2.0
//
// A third reading of the rules for models of any size, where listing every path takes too long. It takes edges and
// uses from oracle.mjs, and does the rest in another way: ways are counted by their number of hops, from the target
// backwards; the path is then walked forwards, taking the preferred hop at each fork; obstacles are lifted as sets.
import { isDeepStrictEqual } from "node:util";
import { answer, compare_obstacles, is_renewal_passed, may_be_hop, may_be_target, obstacles_of, OBSTACLES,
	preference, read_graph, why_not } from "./oracle.mjs";

const MOST_SETS = 100000;
const CAP = 99;

function open_edges(entry, question) {
	return entry.out.filter((edge) => !edge.unknown && !edge.blocked && may_be_hop(edge.entry, question));
}

// Every entry reached from start over the edges that `ways` gives for an entry.
function spread(start, ways) {
	const reached = new Set([start]);
	for (const entry of reached)
		for (const edge of ways(entry))
			reached.add(edge.entry);
	return reached;
}

// table[h].get(entry) = {sum, count}: least sum of the figure over the walks of exactly h hops from entry to target,
// and how many walks have it. A least walk with fewest hops never visits an entry twice, since leaving out the round
// would make it better: so these walks are paths.
function count_by_hops(start, target, question, figure) {
	const table = [new Map([[target, { sum: 0, count: 1 }]])];
	for (let hops = 1; hops < start.mates.length; hops++) {
		const now = new Map();
		for (const entry of start.mates)
			for (const edge of open_edges(entry, question)) {
				const rest = table[hops - 1].get(edge.entry);
				if (rest === undefined)
					continue;
				const sum = rest.sum + (figure === null ? 0 : edge.entry[figure]);
				const known = now.get(entry);
				if (known === undefined || sum < known.sum)
					now.set(entry, { sum, count: rest.count });
				else if (sum === known.sum)
					known.count += rest.count;
			}
		table.push(now);
	}
	return table;
}

function preferred_first(a, b) {
	const date_a = a.entry.statement.confirmed_on ?? "";
	const date_b = b.entry.statement.confirmed_on ?? "";
	if (date_a !== date_b)
		return date_a > date_b ? -1 : 1;
	return a.entry.ord - b.entry.ord;
}

function find_path(start, target, question, figure) {
	const table = count_by_hops(start, target, question, figure);
	let length = 0;
	for (let hops = 1; hops < table.length; hops++)
		if (table[hops].has(start) && (length === 0 || table[hops].get(start).sum < table[length].get(start).sum))
			length = hops;
	const path = [];
	for (let here = start, left = length; left > 0; left--) {
		const { sum } = table[left].get(here);
		const fits = open_edges(here, question).filter((edge) =>
			table[left - 1].get(edge.entry)?.sum === sum - (figure === null ? 0 : edge.entry[figure]));
		path.push(fits.sort(preferred_first)[0]);
		here = path.at(-1).entry;
	}
	return { path, count: table[length].get(start).count };
}

// All sets of `size` of the list, those with the first members first.
function* sets_of(list, size, from = 0) {
	if (size === 0)
		yield [];
	for (let i = from; size > 0 && i <= list.length - size; i++)
		for (const rest of sets_of(list, size - 1, i + 1))
			yield [list[i], ...rest];
}

function key(obstacle) {
	return `${obstacle.entry.ord} ${OBSTACLES.indexOf(obstacle.kind)} ${obstacle.base?.ord ?? ""}`;
}

// The fewest obstacles on a walk from `origin` to each entry, over the steps that `steps` gives: [entry, obstacles].
function fewest_obstacles(origin, steps) {
	const fewest = new Map([[origin, 0]]);
	const changed = [origin];
	while (changed.length > 0) {
		const here = changed.shift();
		for (const [entry, weight] of steps(here)) {
			const sum = fewest.get(here) + weight;
			if (sum >= (fewest.get(entry) ?? Infinity))
				continue;
			fewest.set(entry, sum);
			changed.push(entry);
		}
	}
	return fewest;
}

// A smallest set of obstacles that opens a way, or null if there are too many sets to try them all. Only edges that
// lie on a walk with the fewest obstacles can belong to a smallest set.
export function smallest_opening(start, target, question) {
	if (target === null || target.model !== start.model || (target.fragment !== null && target.fragment.n < target.fragment.m))
		return [];
	const found = new Map(start.mates.flatMap((entry) => entry.out).map((edge) => [edge, obstacles_of(edge, target, question)]));
	const forth = fewest_obstacles(start, (entry) => entry.out.map((edge) => [edge.entry, found.get(edge).length]));
	const back = fewest_obstacles(target, (entry) => entry.into.map((edge) => [edge.base, found.get(edge).length]));
	const size = forth.get(target);
	if (size === undefined)
		return [];
	const near = [...found.keys()].filter((edge) => edge.entry !== start &&
		forth.get(edge.base) + found.get(edge).length + back.get(edge.entry) <= size);
	const sorted = [...new Map(near.flatMap((edge) => found.get(edge)).map((obstacle) => [key(obstacle), obstacle])).values()].sort(compare_obstacles);
	const ways = new Map(start.mates.map((entry) => [entry, near.filter((edge) => edge.base === entry)]));
	let left = MOST_SETS;
	for (const set of sets_of(sorted, size)) {
		if (--left < 0)
			return null;
		const lifted = new Set(set.map(key));
		if (spread(start, (from) => ways.get(from).filter((edge) => found.get(edge).every((obstacle) => lifted.has(key(obstacle))))).has(target))
			return set;
	}
	throw new Error(`a walk has ${size} obstacles, but no set of so many opens a way`);
}

function warnings_of_hop(edge, question) {
	return [[is_renewal_passed(edge.entry, question), "cpa-renewal-passed"], [edge.downgrade, "downgrade"],
		[edge.entry.fragment !== null && edge.entry.fragment.n < edge.entry.fragment.m, "fragment"],
		[edge.entry.status === "Removed", "removed-hop"]].filter(([is_so]) => is_so).map(([, name]) => name);
}

// The answer to one question; `would_open` is null if there were too many sets to try.
export function answer_by_layers(catalogue, question) {
	const start = catalogue.by_id.get(question.from);
	const reached = [...spread(start, (entry) => open_edges(entry, question))].filter((entry) => may_be_target(entry, question));
	const by_position = reached.sort((a, b) => b.position - a.position);
	const target = question.to === "latest" ? by_position[0] ?? null : catalogue.by_id.get(question.to);
	const empty = { to: target?.id ?? null, hops: [], alternatives: 0, why: null, furthest: null, would_open: [], warnings: [], hop_warnings: [] };
	if (target === start)
		return { ...empty, result: "already" };
	const chosen = preference(start, target, question);
	if (reached.includes(target)) {
		const { path, count } = find_path(start, target, question, chosen.figure);
		return { ...empty, result: "path", hops: path.map((edge) => edge.entry.id), alternatives: Math.min(count - 1, CAP),
			warnings: chosen.unknown ? ["prefer-unknown"] : [], hop_warnings: path.map((edge) => warnings_of_hop(edge, question)) };
	}
	const warnings = [[target !== null && target.model !== start.model, "different-model"],
		[target !== null && target.fragment !== null && target.fragment.n < target.fragment.m, "fragment-not-last"],
		[chosen.unknown, "prefer-unknown"]].filter(([is_so]) => is_so).map(([, name]) => name);
	return { ...empty, result: "none", why: target === null ? "no-edge" : why_not(target, question),
		furthest: by_position.find((entry) => entry !== start)?.id ?? null,
		would_open: smallest_opening(start, target, question)?.map((obstacle) =>
			({ kind: obstacle.kind, entry: obstacle.entry.id, base: obstacle.base?.id ?? null })) ?? null,
		warnings };
}

export function answer_graph_by_layers(graph) {
	const catalogue = read_graph(graph);
	return { answers: graph.questions.map((question) => answer_by_layers(catalogue, question)) };
}

const MOST_TO_LIST = 9;

// The answer by layers; for a model of up to nine entries also by listing every path, and the two must be the same.
export function answer_both_ways(catalogue, question) {
	const layered = answer_by_layers(catalogue, question);
	if (catalogue.by_id.get(question.from).mates.length > MOST_TO_LIST)
		return { given: layered, was_listed: false };
	const listed = answer(catalogue, question);
	if (!isDeepStrictEqual({ ...layered, would_open: layered.would_open ?? listed.would_open }, listed))
		throw new Error(`the two oracles differ on ${JSON.stringify(question)}:\n${JSON.stringify(listed)}\n${JSON.stringify(layered)}`);
	return { given: listed, was_listed: true };
}
