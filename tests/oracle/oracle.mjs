// SPDX-License-Identifier: Apache-2.0
//
// The path rules by brute force: every simple path is listed, and the best is the one that no other beats.
// Written from doc/path-rules.md alone. It is slow on purpose: each function is one sentence of the rules.
// Nothing here may be imported from elsewhere (mutations.mjs loads changed copies of this text).

export const OBSTACLES = ["removed", "cpa-expired", "blocked", "unknown", "blocked-edge"];
const FIGURE = { time: "seconds", bytes: "bytes", restarts: "restarts" };
const CAP = 99;

// The fragment that an image descriptor tells of: {n, m, release}, or null for an ordinary entry.
export function fragment_of(descriptor) {
	const words = /(?<![a-z0-9])fragment[ \t]+([0-9]+)[ \t]+of[ \t]+([0-9]+)(?![a-z0-9])(.*)$/is.exec(descriptor ?? "");
	if (!words)
		return null;
	const n = Number(words[1]);
	const m = Number(words[2]);
	if (n < 1 || n > m || m > 99 || m === 1)
		return null;
	const tail = /^[ \t]+of(?![a-z0-9])(.*)$/is.exec(words[3]);
	let release = (tail ? tail[1] : "").split(";")[0].trim().toLowerCase();
	release = release.replace(/^fw(?![a-z0-9])/, "").trim();
	release = release.replace(/^version(?![a-z0-9])/, "").trim();
	return { n, m, release };
}

// Reads a graph of the exchange format once, so that the rules below can speak of entries.
export function read_graph(graph) {
	const by_id = new Map();
	const models = new Map();
	for (const [ord, given] of graph.entries.entries()) {
		const mates = models.get(given.model) ?? [];
		const entry = { ...given, ord, position: mates.length, mates, fragment: fragment_of(given.descriptor),
			statement: null, floor: false, blocked: false, blocked_bases: new Set(), out: [] };
		mates.push(entry);
		models.set(given.model, mates);
		by_id.set(entry.id, entry);
	}
	for (const statement of graph.statements) {
		const entry = by_id.get(statement.entry);
		if (statement.kind === "floor")
			entry.floor = true;
		else if (statement.kind === "block" && statement.bases.length === 0)
			entry.blocked = true;
		else if (statement.kind === "block")
			statement.bases.forEach((base) => entry.blocked_bases.add(base));
		else
			entry.statement = statement;
	}
	const catalogue = { by_id, entries: [...by_id.values()], models };
	for (const entry of catalogue.entries)
		entry.into = edges_into(catalogue, entry);
	for (const edge of catalogue.entries.flatMap((entry) => entry.into))
		edge.base.out.push(edge);
	return catalogue;
}

function same_release(a, b) {
	return a.model === b.model && a.fragment.m === b.fragment.m && a.fragment.release === b.fragment.release;
}

function is_unfinished(entry) {
	return entry.fragment !== null && entry.fragment.n < entry.fragment.m;
}

function is_next_fragment(base, entry) {
	return base.fragment !== null && entry.fragment !== null && same_release(base, entry) &&
		entry.fragment.n === base.fragment.n + 1;
}

// Does an edge base -> entry count, as far as fragments are concerned?
function fragments_allow(base, entry) {
	if (is_unfinished(base) && !is_next_fragment(base, entry))
		return false;
	if (entry.fragment !== null && entry.fragment.n > 1) {
		const has_former = entry.mates.some((mate) => is_next_fragment(mate, entry));
		if (has_former && !is_next_fragment(base, entry))
			return false;
	}
	return true;
}

// The entries that `any` of this entry may be reached from.
function bases_of_any(entry) {
	return entry.mates.filter((base) => base.position < entry.position &&
		!entry.mates.some((floor) => floor.floor && base.position < floor.position && floor.position < entry.position));
}

// All edges into an entry that count. An entry that is unknown has the edges of `any`, marked unknown.
function edges_into(catalogue, entry) {
	const statement = entry.statement;
	let bases = [];
	if (statement === null || statement.kind === "any")
		bases = bases_of_any(entry);
	else if (statement.kind === "bases")
		bases = [...new Set(statement.bases)].map((id) => catalogue.by_id.get(id))
			.filter((base) => base !== entry && base.model === entry.model);
	return bases.filter((base) => fragments_allow(base, entry)).map((base) => ({ base, entry,
		unknown: statement === null,
		blocked: entry.blocked_bases.has(base.id),
		downgrade: base.position > entry.position }));
}

// All edges that stand: an unknown entry has none, a blocked edge is none.
export function edges(catalogue) {
	return catalogue.entries.flatMap((entry) => entry.into).filter((edge) => !edge.unknown && !edge.blocked);
}

export function is_expired(entry, question) {
	return entry.cpa === "E" && entry.until !== null && entry.until < question.at;
}

export function is_renewal_passed(entry, question) {
	return entry.cpa === "R" && entry.until !== null && entry.until < question.at;
}

export function may_be_hop(entry, question) {
	if (entry.status === "Removed" && !question.allow_removed)
		return false;
	return !entry.blocked && !is_expired(entry, question);
}

export function may_be_target(entry, question) {
	return entry.status !== "Removed" && !entry.blocked && !is_expired(entry, question) && !is_unfinished(entry);
}

// May a device be put on this entry, on its way or at its end?
export function usable(entry, question) {
	return may_be_hop(entry, question) || may_be_target(entry, question);
}

// Calls visit(path) for each simple path from start, a list of edges; goes on behind a path if visit says true.
function walk(start, visit, path = [], seen = new Set([start])) {
	const here = path.length === 0 ? start : path[path.length - 1].entry;
	for (const edge of here.out) {
		if (seen.has(edge.entry))
			continue;
		path.push(edge);
		seen.add(edge.entry);
		if (visit(path))
			walk(start, visit, path, seen);
		seen.delete(edge.entry);
		path.pop();
	}
}

// All paths from start that rules 1-7 allow: Map from the entry at the end to the list of paths that end there.
export function all_paths(start, question) {
	const ends = new Map();
	walk(start, (path) => {
		const edge = path[path.length - 1];
		if (edge.unknown || edge.blocked)
			return false;
		if (may_be_target(edge.entry, question)) {
			if (!ends.has(edge.entry))
				ends.set(edge.entry, []);
			ends.get(edge.entry).push([...path]);
		}
		return may_be_hop(edge.entry, question);
	});
	return ends;
}

function compare_lists(a, b) {
	for (let i = 0; i < Math.min(a.length, b.length); i++)
		if (a[i] !== b[i])
			return a[i] < b[i] ? -1 : 1;
	return a.length - b.length;
}

function path_cost(path, figure) {
	const sum = figure === null ? 0 : path.reduce((total, edge) => total + edge.entry[figure], 0);
	return [sum, path.length];
}

// Below 0 if path a is preferred to path b, which costs the same.
function compare_tie(a, b) {
	for (let i = 0; i < a.length; i++) {
		if (a[i].entry === b[i].entry)
			continue;
		const date_a = a[i].entry.statement.confirmed_on ?? "";
		const date_b = b[i].entry.statement.confirmed_on ?? "";
		if (date_a !== date_b)
			return date_a > date_b ? -1 : 1;
		return a[i].entry.ord - b[i].entry.ord;
	}
	return 0;
}

export function best_path(paths, figure) {
	return paths.reduce((best, path) =>
		(compare_lists(path_cost(path, figure), path_cost(best, figure)) || compare_tie(path, best)) < 0 ? path : best);
}

export function alternatives(paths, figure) {
	const best = path_cost(best_path(paths, figure), figure);
	const others = paths.filter((path) => compare_lists(path_cost(path, figure), best) === 0).length - 1;
	return Math.min(others, CAP);
}

function highest(entries) {
	return entries.reduce((top, entry) => (top === null || entry.position > top.position ? entry : top), null);
}

export function furthest(start, ends) {
	return highest([...ends.keys()].filter((entry) => entry !== start));
}

export function latest(start, ends, question) {
	const candidates = [...ends.keys()];
	if (may_be_target(start, question))
		candidates.push(start);
	return highest(candidates);
}

// The figure that the path is chosen by, or null for the number of hops; unknown if the preference must be ignored.
export function preference(start, target, question) {
	if (question.prefer === "hops")
		return { figure: null, unknown: false };
	const figure = FIGURE[question.prefer];
	const used = start.mates.flatMap((entry) => entry.into).filter((edge) => !edge.unknown && !edge.blocked &&
		(may_be_hop(edge.entry, question) || edge.entry === target));
	if (used.some((edge) => edge.entry[figure] === null))
		return { figure: null, unknown: true };
	return { figure, unknown: false };
}

export function why_not(target, question) {
	if (target.status === "Removed")
		return "removed";
	if (is_expired(target, question))
		return "cpa-expired";
	if (target.blocked)
		return "blocked";
	if (target.statement === null)
		return "unknown";
	return "no-edge";
}

// What stands on one edge of a path and on the entry it leads to.
export function obstacles_of(edge, target, question) {
	const found = [];
	const add = (kind, base) => found.push({ kind, entry: edge.entry, base });
	if (edge.entry.status === "Removed" && (edge.entry === target || !question.allow_removed))
		add("removed", null);
	if (is_expired(edge.entry, question))
		add("cpa-expired", null);
	if (edge.entry.blocked)
		add("blocked", null);
	if (edge.unknown)
		add("unknown", null);
	if (edge.blocked)
		add("blocked-edge", edge.base);
	return found;
}

export function compare_obstacles(a, b) {
	return a.entry.ord - b.entry.ord || OBSTACLES.indexOf(a.kind) - OBSTACLES.indexOf(b.kind) ||
		(a.base?.ord ?? 0) - (b.base?.ord ?? 0);
}

function compare_obstacle_lists(a, b) {
	for (let i = 0; i < a.length; i++) {
		const order = compare_obstacles(a[i], b[i]);
		if (order !== 0)
			return order;
	}
	return 0;
}

// A set opens a path exactly if it holds every obstacle of that path; so a smallest set is all the obstacles of
// some path. Obstacles only grow along a path: one that has more than the best so far need not be followed.
export function would_open(start, target, question) {
	let best = null;
	if (target === null || is_unfinished(target))
		return [];
	walk(start, (path) => {
		const found = path.flatMap((edge) => obstacles_of(edge, target, question));
		if (best !== null && found.length > best.length)
			return false;
		if (path[path.length - 1].entry !== target)
			return true;
		found.sort(compare_obstacles);
		if (best === null || found.length < best.length || compare_obstacle_lists(found, best) < 0)
			best = found;
		return false;
	});
	return best ?? [];
}

function hop_warnings(edge, question) {
	const warnings = [];
	if (is_renewal_passed(edge.entry, question))
		warnings.push("cpa-renewal-passed");
	if (edge.downgrade)
		warnings.push("downgrade");
	if (is_unfinished(edge.entry))
		warnings.push("fragment");
	if (edge.entry.status === "Removed")
		warnings.push("removed-hop");
	return warnings;
}

const EMPTY = { to: null, hops: [], alternatives: 0, why: null, furthest: null, would_open: [], warnings: [], hop_warnings: [] };

function answer_path(target, paths, question, chosen) {
	const best = best_path(paths, chosen.figure);
	return { ...EMPTY, result: "path", to: target.id, hops: best.map((edge) => edge.entry.id),
		alternatives: alternatives(paths, chosen.figure),
		warnings: chosen.unknown ? ["prefer-unknown"] : [],
		hop_warnings: best.map((edge) => hop_warnings(edge, question)) };
}

function answer_none(start, target, ends, question, chosen) {
	const warnings = [];
	if (target !== null && target.model !== start.model)
		warnings.push("different-model");
	if (target !== null && is_unfinished(target))
		warnings.push("fragment-not-last");
	if (chosen.unknown)
		warnings.push("prefer-unknown");
	return { ...EMPTY, result: "none", to: target?.id ?? null,
		why: target === null ? "no-edge" : why_not(target, question),
		furthest: furthest(start, ends)?.id ?? null,
		would_open: would_open(start, target, question).map(({ kind, entry, base }) =>
			({ kind, entry: entry.id, base: base?.id ?? null })),
		warnings };
}

// The answer to one question, in the exchange format.
export function answer(catalogue, question) {
	const start = catalogue.by_id.get(question.from);
	const ends = all_paths(start, question);
	const target = question.to === "latest" ? latest(start, ends, question) : catalogue.by_id.get(question.to);
	if (target === start)
		return { ...EMPTY, result: "already", to: target.id };
	const chosen = preference(start, target, question);
	if (ends.has(target))
		return answer_path(target, ends.get(target), question, chosen);
	return answer_none(start, target, ends, question, chosen);
}

// The verdict of `check` on an answer.
export function verdict(given) {
	if (given.result === "none")
		return given.why === "unknown" && !given.warnings.includes("different-model") ? "unknown" : "forbidden";
	return given.hops.length > 1 ? "not-direct" : "allowed";
}

export function answer_graph(graph) {
	const catalogue = read_graph(graph);
	return { answers: graph.questions.map((question) => answer(catalogue, question)) };
}
