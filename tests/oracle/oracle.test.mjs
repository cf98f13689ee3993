// SPDX-License-Identifier: Apache-2.0
//
// Cases worked by hand from doc/path-rules.md, so that the oracle is itself held to the rules.
import { test } from "node:test";
import { deepStrictEqual as same, strictEqual as is } from "node:assert";
import { answer_graph, edges, fragment_of, read_graph, verdict } from "./oracle.mjs";

const DAY = "2026-03-01";

// A small language: entry("3", {...}), bases("3", "1 2"), any("3") ... with one-digit ids.
const entry = (id, more = {}) => ({ id, model: 0, status: "Current", cpa: null, until: null, descriptor: null, bytes: null, seconds: null, restarts: null, ...more });
const entries = (ids, more = {}) => [...ids].map((id) => entry(id, more[id]));
const statement = (kind, id, list = "", confirmed_on = null) => ({ entry: id, kind, bases: list === "" ? [] : list.split(" "), confirmed_on });
const bases = (id, list, confirmed_on) => statement("bases", id, list, confirmed_on);
const any = (id, confirmed_on) => statement("any", id, "", confirmed_on);
const none = (id) => statement("none", id);
const floor = (id) => statement("floor", id);
const block = (id, list) => statement("block", id, list);

function ask(list, statements, from, to, more = {}) {
	const question = { from, to, at: DAY, prefer: "hops", allow_removed: false, ...more };
	return answer_graph({ entries: list, statements, questions: [question] }).answers[0];
}

// "2 3" for a path, "already", or "none: why".
function short(given) {
	return { path: given.hops.join(" "), already: "already", none: `none: ${given.why}` }[given.result];
}

function edge_names(list, statements) {
	return edges(read_graph({ entries: list, statements })).map((edge) => `${edge.base.id}>${edge.entry.id}`).sort();
}

function openings(given) {
	return given.would_open.map(({ kind, entry: id, base }) => (base === null ? `${kind} ${id}` : `${kind} ${base}>${id}`));
}

const REMOVED = { status: "Removed" };
const EXPIRED = { cpa: "E", until: "2026-02-28" };
const part = (n, m, release = "4.8.0") => ({ descriptor: `Fragment ${n} of ${m} of version ${release}` });

test("bases make an edge from each named base and from no other", () =>
	same(edge_names(entries("1234"), [bases("4", "1 3")]), ["1>4", "3>4"]));

test("two edges in a row do not make a third", () =>
	is(short(ask(entries("123"), [bases("2", "1"), bases("3", "2")], "1", "3")), "2 3"));

test("an entry is never its own base, and a base of another model makes no edge", () =>
	same(edge_names([entry("1"), entry("2", { model: 1 }), entry("3")], [bases("3", "3 2 1")]), ["1>3"]));

test("a base named twice makes one edge", () =>
	is(ask(entries("12"), [bases("2", "1 1")], "1", "2").alternatives, 0));

test("a base at a later position is a downgrade and warns", () => {
	const given = ask(entries("12"), [bases("1", "2")], "2", "1");
	is(short(given), "1");
	same(given.hop_warnings, [["downgrade"]]);
});

test("any makes an edge from every earlier entry and from no later one", () =>
	same(edge_names(entries("1234"), [any("3")]), ["1>3", "2>3"]));

test("any counts positions within the model only", () =>
	same(edge_names([entry("1"), entry("2", { model: 1 }), entry("3")], [any("3")]), ["1>3"]));

test("any does not jump over a floor that lies strictly between", () =>
	same(edge_names(entries("1234"), [any("4"), floor("2")]), ["2>4", "3>4"]));

test("a floor at the target stops nothing", () =>
	same(edge_names(entries("123"), [any("3"), floor("3")]), ["1>3", "2>3"]));

test("a Removed, blocked floor still is a floor", () =>
	same(edge_names(entries("123", { 2: REMOVED }), [any("3"), floor("2"), block("2")]), ["2>3"]));

test("a floor does not stop named bases", () =>
	is(short(ask(entries("123"), [bases("3", "1"), floor("2")], "1", "3")), "3"));

test("none makes no edge and is not unknown", () =>
	is(short(ask(entries("12"), [none("2")], "1", "2")), "none: no-edge"));

test("an entry without a path statement is unknown, also when it has a floor and a block of an edge", () =>
	is(short(ask(entries("12"), [floor("2"), block("2", "1")], "1", "2")), "none: unknown"));

test("the newest path statement replaces the one before", () => {
	is(short(ask(entries("12"), [any("2"), none("2")], "1", "2")), "none: no-edge");
	is(short(ask(entries("12"), [none("2"), any("2")], "1", "2")), "2");
});

test("blocks of one entry add up", () =>
	same(edge_names(entries("1234"), [any("4"), block("4", "1"), block("4", "2")]), ["3>4"]));

test("a fragment is read from the descriptor in any case and with FW, version and a tail after a semicolon", () => {
	same(fragment_of("Fragment 1 of 2 of version 4.8.0"), { n: 1, m: 2, release: "4.8.0" });
	same(fragment_of("FRAGMENT 2 OF 2 OF FW Version 4.8.0A; Dual Band"), { n: 2, m: 2, release: "4.8.0a" });
	same(fragment_of("Dual Band; fragment 01 of 3"), { n: 1, m: 3, release: "" });
	same(fragment_of("fragment 1 of 2 of version"), { n: 1, m: 2, release: "" });
});

test("what is not fragment N of M with 1 <= N <= M <= 99 is an ordinary entry", () => {
	for (const text of [null, "", "Complete image", "Fragment of 38.90.00.10", "fragment 3 of 2 of x", "fragment 0 of 2 of x",
		"fragment 1 of 100 of x", "Fragment 1 of 1 of FW version 24.01.07.01", "fragments 1 of 2", "fragment 1of 2"])
		is(fragment_of(text), null, String(text));
});

test("a fragment that is not the last leads to the next of its release only", () =>
	same(edge_names(entries("1234", { 1: part(1, 2), 2: part(2, 2) }), [any("2"), any("3"), any("4")]), ["1>2", "2>3", "2>4", "3>4"]));

test("a later fragment is entered from the one before only", () =>
	same(edge_names(entries("123", { 2: part(1, 2), 3: part(2, 2) }), [any("2"), any("3")]), ["1>2", "2>3"]));

test("a later fragment without one before it in the model is entered like an ordinary entry", () =>
	same(edge_names(entries("123", { 2: part(1, 2, "5.4.0"), 3: part(2, 2) }), [any("2"), any("3")]), ["1>2", "1>3"]));

test("a Removed fragment before it is enough to bind a later fragment", () =>
	is(short(ask(entries("123", { 2: { ...part(1, 2), ...REMOVED }, 3: part(2, 2) }), [any("2"), any("3")], "1", "3")), "none: no-edge"));

test("the same release text in another number of parts is another release", () =>
	same(edge_names(entries("12", { 1: part(1, 3), 2: part(2, 2) }), [any("2")]), []));

test("a fragment that is not the last is no target, with a warning", () => {
	const given = ask(entries("12", { 2: part(1, 2) }), [any("2")], "1", "2");
	is(short(given), "none: no-edge");
	same(given.warnings, ["fragment-not-last"]);
	same(given.would_open, []);
});

test("a fragment may be the start, is a hop with a warning, and latest is never a fragment that is not the last", () => {
	const list = entries("123", { 2: part(1, 2), 3: part(2, 2) });
	same(ask(list, [any("2"), any("3")], "1", "3").hop_warnings, [["fragment"], []]);
	is(short(ask(list, [any("2"), any("3")], "2", "latest")), "3");
	is(short(ask(list, [any("2")], "1", "latest")), "already");
});

test("a Removed entry is a start, no hop and no target", () => {
	const statements = [bases("2", "1"), bases("3", "2")];
	is(short(ask(entries("123", { 1: REMOVED }), statements, "1", "3")), "2 3");
	is(short(ask(entries("123", { 2: REMOVED }), statements, "1", "3")), "none: no-edge");
	is(short(ask(entries("123", { 3: REMOVED }), statements, "1", "3")), "none: removed");
});

test("with allow_removed a Removed entry is a hop with a warning, and still no target", () => {
	const statements = [bases("2", "1"), bases("3", "2")];
	const given = ask(entries("123", { 2: REMOVED }), statements, "1", "3", { allow_removed: true });
	is(short(given), "2 3");
	same(given.hop_warnings, [["removed-hop"], []]);
	is(short(ask(entries("123", { 3: REMOVED }), statements, "1", "3", { allow_removed: true })), "none: removed");
});

test("a blocked entry is a start, no hop and no target", () => {
	const statements = [bases("2", "1"), bases("3", "2")];
	is(short(ask(entries("123"), [...statements, block("1")], "1", "3")), "2 3");
	is(short(ask(entries("123"), [...statements, block("2")], "1", "3")), "none: no-edge");
	is(short(ask(entries("123"), [...statements, block("3")], "1", "3")), "none: blocked");
});

test("a blocked edge is no edge, and the entry stays open for others", () =>
	is(short(ask(entries("123"), [any("2"), any("3"), block("3", "1")], "1", "3")), "2 3"));

test("an E certificate is valid on its last day and expired on the next", () => {
	const list = entries("12", { 2: { cpa: "E", until: DAY } });
	is(short(ask(list, [any("2")], "1", "2")), "2");
	is(short(ask(list, [any("2")], "1", "2", { at: "2026-03-02" })), "none: cpa-expired");
});

test("an expired entry is a start and no hop", () => {
	const statements = [bases("2", "1"), bases("3", "2")];
	is(short(ask(entries("123", { 1: EXPIRED }), statements, "1", "3")), "2 3");
	is(short(ask(entries("123", { 2: EXPIRED }), statements, "1", "3")), "none: no-edge");
});

test("a passed R date warns only", () => {
	const given = ask(entries("12", { 2: { cpa: "R", until: "2026-02-28" } }), [any("2")], "1", "2");
	is(short(given), "2");
	same(given.hop_warnings, [["cpa-renewal-passed"]]);
});

test("a kind without a date never expires and a date without a kind says nothing", () => {
	is(short(ask(entries("12", { 2: { cpa: "E" } }), [any("2")], "1", "2")), "2");
	is(short(ask(entries("12", { 2: { until: "2020-01-01" } }), [any("2")], "1", "2")), "2");
});

test("the path with the least hops is chosen", () =>
	is(short(ask(entries("1234"), [bases("2", "1"), bases("3", "2"), bases("4", "3 2")], "1", "4")), "2 4"));

const DIAMOND = (date_2, date_3) => [bases("2", "1", date_2), bases("3", "1", date_3), bases("4", "2 3")];

test("among equal paths the later confirmed_on wins at the first difference, and no date is the oldest", () => {
	is(short(ask(entries("1234"), DIAMOND("2024-01-01", "2024-01-02"), "1", "4")), "3 4");
	is(short(ask(entries("1234"), DIAMOND(null, "2020-01-01"), "1", "4")), "3 4");
});

test("with equal dates the lower entry wins, and the other path is counted", () => {
	const given = ask(entries("1234"), DIAMOND("2024-01-01", "2024-01-01"), "1", "4");
	is(short(given), "2 4");
	is(given.alternatives, 1);
});

test("the first difference decides before a later one", () => {
	const statements = [bases("2", "1", "2024-01-02"), bases("3", "1", "2024-01-01"), bases("4", "2", "2020-01-01"), bases("5", "3", "2025-01-01"), bases("6", "4 5")];
	is(short(ask(entries("123456"), statements, "1", "6")), "2 4 6");
});

test("alternatives are capped at 99", () => {
	const middle = Array.from({ length: 101 }, (_, i) => String(200 + i));
	const list = ["100", ...middle, "900"].map((id) => entry(id));
	for (const [ways, expected] of [[99, 98], [100, 99], [101, 99]])
		is(ask(list, [...middle.slice(0, ways).map((id) => bases(id, "100")), bases("900", middle.slice(0, ways).join(" "))], "100", "900").alternatives, expected);
});

const timed = (figures) => entries(Object.keys(figures).join(""), Object.fromEntries(Object.entries(figures).map(([id, seconds]) => [id, { seconds }])));

test("a preference takes the least sum of its figure over the entries hopped to", () => {
	const list = timed({ 1: 90, 2: 9, 3: 1, 4: 5 });
	is(short(ask(list, DIAMOND("2024-01-02", "2024-01-01"), "1", "4")), "2 4");
	is(short(ask(list, DIAMOND("2024-01-02", "2024-01-01"), "1", "4", { prefer: "time" })), "3 4");
});

test("a preference may take more hops for a smaller sum", () =>
	is(short(ask(timed({ 1: 0, 2: 9, 3: 1, 4: 1, 5: 1 }), [bases("2", "1"), bases("3", "1"), bases("4", "3"), bases("5", "2 4")], "1", "5", { prefer: "time" })), "3 4 5"));

test("of equal sums the one with fewer hops is taken, and only paths of as many hops are alternatives", () => {
	const given = ask(timed({ 1: 0, 2: 0, 3: 4 }), [any("2"), any("3")], "1", "3", { prefer: "time" });
	is(short(given), "3");
	is(given.alternatives, 0);
});

test("a figure that is missing anywhere among usable edges ignores the preference and warns", () => {
	const list = entries("1234", { 2: { seconds: 9 }, 3: { seconds: 1 } });
	const given = ask(list, [bases("2", "1"), bases("3", "1 2"), bases("4", "3")], "1", "3", { prefer: "time" });
	is(short(given), "3");
	same(given.warnings, ["prefer-unknown"]);
	same(ask(list, [bases("2", "1"), bases("3", "1 2"), bases("4", "3"), block("4")], "1", "3", { prefer: "time" }).warnings, []);
	same(ask(list, [bases("2", "1"), bases("3", "1 2"), bases("4", "3"), block("4", "3")], "1", "3", { prefer: "time" }).warnings, []);
});

test("a missing figure of the blocked target itself is told, and already never warns", () => {
	const list = entries("12");
	same(ask(list, [any("2"), block("2")], "1", "2", { prefer: "time" }).warnings, ["prefer-unknown"]);
	same(ask(list, [any("2")], "1", "1", { prefer: "time" }).warnings, []);
});

test("from equal to is already, whatever the state", () =>
	is(short(ask(entries("1", { 1: { ...REMOVED, ...EXPIRED } }), [block("1")], "1", "1")), "already"));

test("latest is the reachable target with the highest position", () =>
	is(short(ask(entries("1234", { 4: REMOVED }), [any("2"), any("3"), any("4")], "1", "latest")), "3"));

test("latest is already where the start is the highest that may be a target", () =>
	is(short(ask(entries("12"), [bases("1", "2")], "2", "latest")), "already"));

test("latest leads down from a start that may not be a target", () =>
	is(short(ask(entries("12"), [bases("1", "2"), block("2")], "2", "latest")), "1"));

test("latest without a candidate is none without a target", () => {
	const given = ask(entries("12"), [block("1")], "1", "latest");
	is(short(given), "none: no-edge");
	same([given.to, given.furthest, given.would_open], [null, null, []]);
});

test("why is the first of removed, cpa-expired, blocked, unknown that the target is", () => {
	is(short(ask(entries("12", { 2: { ...REMOVED, ...EXPIRED } }), [block("2")], "1", "2")), "none: removed");
	is(short(ask(entries("12", { 2: EXPIRED }), [block("2")], "1", "2")), "none: cpa-expired");
	is(short(ask(entries("12"), [block("2")], "1", "2")), "none: blocked");
});

test("entries of different models have no path, with a warning", () => {
	const given = ask([entry("1"), entry("2", { model: 1 })], [any("2")], "1", "2");
	is(short(given), "none: no-edge");
	same(given.warnings, ["different-model"]);
	same(given.would_open, []);
});

test("furthest is the highest reachable entry that may be a target", () => {
	const statements = [any("2"), any("3"), none("5")];
	is(ask(entries("12345", { 3: part(1, 2) }), statements, "1", "5").furthest, "2");
	is(ask(entries("12345"), statements, "4", "5").furthest, null);
});

test("would_open is the fewest obstacles", () =>
	same(openings(ask(entries("12345", { 2: REMOVED, 3: EXPIRED }), [bases("2", "1"), bases("3", "2"), bases("4", "1"), bases("5", "3 4"), block("5", "4")], "1", "5")),
		["blocked-edge 4>5"]));

test("would_open takes the lowest entry among sets of one size, then the order of kinds", () => {
	same(openings(ask(entries("1234"), [bases("2", "1"), bases("3", "1"), bases("4", "2 3"), block("2"), block("3")], "1", "4")), ["blocked 2"]);
	same(openings(ask(entries("12", { 2: { ...REMOVED, ...EXPIRED } }), [block("2"), block("2", "1")], "1", "2")),
		["removed 2", "cpa-expired 2", "blocked 2", "unknown 2", "blocked-edge 1>2"]);
});

test("would_open reads an unknown entry as any, floors and fragments included", () => {
	same(openings(ask(entries("123"), [floor("2")], "1", "3")), ["unknown 2", "unknown 3"]);
	same(openings(ask(entries("123", { 2: part(1, 2), 3: part(2, 2) }), [none("2")], "1", "3")), []);
});

test("a Removed hop is no obstacle with allow_removed, a Removed target is", () => {
	const list = entries("123", { 2: REMOVED, 3: REMOVED });
	const statements = [bases("2", "1"), bases("3", "2")];
	same(openings(ask(list, statements, "1", "3")), ["removed 2", "removed 3"]);
	same(openings(ask(list, statements, "1", "3", { allow_removed: true })), ["removed 3"]);
});

test("the start has no obstacles, and none opens nothing", () => {
	same(openings(ask(entries("12", { 1: REMOVED }), [any("2"), block("1"), block("2")], "1", "2")), ["blocked 2"]);
	same(openings(ask(entries("12"), [none("2"), block("2")], "1", "2")), []);
});

test("check says allowed, not-direct, forbidden or unknown", () => {
	const list = entries("1234");
	const statements = [bases("2", "1"), bases("3", "2")];
	is(verdict(ask(list, statements, "1", "2")), "allowed");
	is(verdict(ask(list, statements, "1", "1")), "allowed");
	is(verdict(ask(list, statements, "1", "3")), "not-direct");
	is(verdict(ask(list, statements, "2", "1")), "unknown");
	is(verdict(ask(list, [...statements, none("1")], "2", "1")), "forbidden");
});
