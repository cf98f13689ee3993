// SPDX-License-Identifier: Apache-2.0
//
// Random graphs and questions. Graph K of seed S is the same everywhere, so a disagreement can be asked for again.
// Few different dates, figures and releases are used: ties and borders are what goes wrong.

// 32-bit mixing of (seed, number), then the generator sfc32.
export function rng(seed, number) {
	let mix = (seed ^ Math.imul(number + 1, 0x9e3779b1)) | 0;
	const next_word = () => {
		mix = (mix + 0x6d2b79f5) | 0;
		let t = Math.imul(mix ^ (mix >>> 15), mix | 1);
		t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
		return (t ^ (t >>> 14)) | 0;
	};
	let [a, b, c, d] = [next_word(), next_word(), next_word(), next_word()];
	const fraction = () => {
		const t = (((a + b) | 0) + d) | 0;
		d = (d + 1) | 0;
		a = b ^ (b >>> 9);
		b = (c + (c << 3)) | 0;
		c = ((c << 21) | (c >>> 11)) + t | 0;
		return (t >>> 0) / 4294967296;
	};
	const int = (n) => Math.floor(fraction() * n);
	const between = (low, high) => low + int(high - low + 1);
	const chance = (p) => fraction() < p;
	const pick = (list) => list[int(list.length)];
	const weighted = (weights) => {
		let left = fraction() * Object.values(weights).reduce((sum, w) => sum + w, 0);
		for (const [name, weight] of Object.entries(weights)) {
			left -= weight;
			if (left < 0)
				return name;
		}
		return Object.keys(weights)[0];
	};
	const shuffle = (list) => {
		const mixed = [...list];
		for (let i = mixed.length - 1; i > 0; i--) {
			const j = int(i + 1);
			[mixed[i], mixed[j]] = [mixed[j], mixed[i]];
		}
		return mixed;
	};
	return { int, between, chance, pick, weighted, shuffle };
}

export const DAYS = ["2024-02-28", "2024-02-29", "2024-03-01", "2025-12-31", "2026-01-01"];
const CONFIRMED = [null, "2021-05-01", "2021-05-02", "2023-11-30"];
const RELEASES = ["4.8.0", "5.4.0", "version", "04:08:00:00 Single Band (2.4GHz)"];
const ORDINARY = [null, null, null, "Dual Band", "Fragment 1 of 1 of FW version 24.01.07.01", "Fragment of 38.90.00.10",
	"fragment 3 of 2 of 4.8.0", "fragment 0 of 2 of 4.8.0", "fragment 1 of 100 of 4.8.0", "defragment 1 of 2 of 4.8.0",
	"fragments 1 of 2 of 4.8.0", "fragment 1of 2 of 4.8.0"];

export function fragment_text(r, n, m, release) {
	const words = r.pick([`Fragment ${n} of ${m}`, `fragment ${n} of ${m}`, `FRAGMENT ${n} OF ${m}`]);
	const of = r.pick([" of version ", " of FW version ", " of FW Version ", " of ", " OF FW ", " of   Version  "]);
	const named = release === "" ? words : words + of + r.pick([release, release.toUpperCase()]);
	return r.pick(["", "", "", "Dual Band; "]) + named + r.pick(["", "", "; Dual Band", " ; fragment 2 of 2 of 5.4.0"]);
}

const PLAIN = { removed: 0.08, cpa: 0.2, floor: 0.08, block: 0.06, edge_block: 0.08, replaced: 0.1, odd_base: 0.04, bases: [1, 1, 2, 2, 3],
	kinds: { bases: 6, any: 2.5, none: 0.7, unknown: 1.2 } };
const SHAPES = {
	mixed: PLAIN,
	// Nearly nothing is open, so that would_open has to work.
	shut: { ...PLAIN, removed: 0.25, cpa: 0.4, block: 0.25, edge_block: 0.25, kinds: { bases: 4, any: 0.7, none: 0.6, unknown: 3 } },
	// Long ways and equal ways: bases only, several each.
	ways: { ...PLAIN, removed: 0.06, cpa: 0.1, block: 0.02, edge_block: 0.05, bases: [2, 2, 3, 3], kinds: { bases: 12, none: 0.3, unknown: 0.3 } },
	floors: { ...PLAIN, floor: 0.3, removed: 0.05, kinds: { bases: 1, any: 8, none: 0.3, unknown: 1.5 } },
	fragments: { ...PLAIN, fragments: true, odd_base: 0.1 },
	layers: { ...PLAIN, removed: 0.02, cpa: 0.05, floor: 0.02, block: 0.02, edge_block: 0.02, odd_base: 0 },
};

// How the statements of a model of a real or realistic list may look: by its manufacturer, by rule, or barely at all.
export const STYLES = {
	supplied: { floor: 0.03, block: 0.02, edge_block: 0.03, replaced: 0.1, odd_base: 0.02, bases: [1, 1, 2, 3], kinds: { bases: 9, any: 1, none: 0.3, unknown: 0.7 } },
	free: { floor: 0.08, block: 0.02, edge_block: 0.02, replaced: 0.05, odd_base: 0, bases: [1], kinds: { bases: 1, any: 8, none: 0.2, unknown: 0.8 } },
	shut: { floor: 0.05, block: 0.12, edge_block: 0.15, replaced: 0.1, odd_base: 0.02, bases: [1, 2, 2], kinds: { bases: 6, any: 1, none: 0.5, unknown: 2.5 } },
};

function random_entry(r, shape, model) {
	const cpa = r.chance(shape.cpa) ? r.pick(["E", "E", "R"]) : null;
	return { id: "", model, status: r.chance(shape.removed) ? "Removed" : "Current", cpa,
		until: (cpa === null ? r.chance(0.05) : r.chance(0.9)) ? r.pick(DAYS) : null,
		descriptor: r.chance(0.1) ? r.pick(ORDINARY) : null, bytes: null, seconds: null, restarts: null };
}

// Entry numbers ascend with gaps; the order of the list is the catalogue order.
export function number_entries(r, entries) {
	let number = r.chance(0.5) ? 0 : r.int(900000);
	for (const entry of entries) {
		number += r.pick([1, 1, 1, 2, 40]);
		entry.id = String(number).padStart(6, "0");
	}
}

function add_figures(r, entries) {
	const missing = r.pick([0, 0, 0, 0.1]);
	const large = r.chance(0.1) ? 4000000000 : 1;
	for (const entry of entries) {
		entry.bytes = r.chance(missing) ? null : r.int(4) * large;
		entry.seconds = r.chance(missing) ? null : r.int(3);
		entry.restarts = r.chance(missing) ? null : r.int(2);
	}
}

// Runs of fragments along the list of each model, sometimes with one missing or repeated, or of another release.
function add_fragments(r, entries) {
	const state = new Map();
	for (const entry of entries) {
		let run = state.get(entry.model);
		if (!run || run.n > run.m)
			run = r.chance(0.3) ? null : { n: r.pick([1, 1, 1, 1, 2]), m: r.pick([2, 2, 2, 3, 1]), release: r.pick([...RELEASES, ""]) };
		if (run) {
			entry.descriptor = fragment_text(r, run.n, run.m, run.release);
			run.n += r.pick([0, 1, 1, 1, 1, 1, 1, 2]);
			run.m += r.chance(0.06) ? 1 : 0;
		}
		state.set(entry.model, run);
	}
}

function random_bases(r, shape, entries, entry, position) {
	const mates = entries.filter((other) => other.model === entry.model && other !== entry);
	const bases = [];
	for (let left = r.pick(shape.bases); left > 0 && mates.length > 0; left--) {
		const near = Math.max(0, Math.min(mates.length - 1, position - r.pick([1, 1, 1, 2, 2, 3])));
		bases.push(r.chance(0.65) ? mates[near].id : r.pick(mates).id);
	}
	if (r.chance(shape.odd_base))
		bases.push(entry.id, r.pick(entries).id);
	if (r.chance(0.97))
		return [...new Set(bases)];
	return r.chance(0.5) ? [] : bases.concat(bases);
}

function path_statement(r, shape, entries, entry, position) {
	const kind = r.weighted(shape.kinds);
	if (kind === "unknown")
		return null;
	return { entry: entry.id, kind, bases: kind === "bases" ? random_bases(r, shape, entries, entry, position) : [],
		confirmed_on: r.pick(CONFIRMED) };
}

export function random_statements(r, shape, entries) {
	const first = [];
	const last = [];
	const positions = new Map();
	for (const entry of entries) {
		const position = positions.get(entry.model) ?? 0;
		positions.set(entry.model, position + 1);
		const bare = { entry: entry.id, bases: [], confirmed_on: null };
		const now = path_statement(r, shape, entries, entry, position);
		const before = r.chance(shape.replaced) ? path_statement(r, shape, entries, entry, position) : null;
		if (now && before)
			first.push(before);
		if (now)
			last.push(now);
		if (r.chance(shape.floor))
			last.push({ ...bare, kind: "floor", confirmed_on: r.pick(CONFIRMED) });
		if (r.chance(shape.block))
			last.push({ ...bare, kind: "block" });
		for (let left = r.pick([1, 1, 2]); left > 0 && r.chance(shape.edge_block); left--)
			last.push({ ...bare, kind: "block", bases: blocked_bases(r, entries, entry, now) });
	}
	return [...r.shuffle(first), ...r.shuffle(last)];
}

function blocked_bases(r, entries, entry, statement) {
	const mates = entries.filter((other) => other.model === entry.model && other !== entry).map((other) => other.id);
	const stated = statement !== null && statement.bases.length > 0 ? statement.bases : mates;
	if (stated.length === 0)
		return [r.pick(entries).id];
	return [...new Set([r.pick(stated), ...(r.chance(0.2) ? [r.pick(stated)] : [])])];
}

export function random_question(r, entries) {
	const from = r.pick(entries);
	const mates = entries.filter((entry) => entry.model === from.model);
	const later = mates.slice(mates.indexOf(from) + 1);
	const to = r.weighted({ later: 6, mate: 2, latest: 2, stranger: 0.5, itself: 0.2 });
	return { from: from.id,
		to: { later: (r.pick(later) ?? r.pick(mates)).id, mate: r.pick(mates).id, latest: "latest", stranger: r.pick(entries).id, itself: from.id }[to],
		at: r.pick(DAYS), prefer: r.chance(0.5) ? "hops" : r.pick(["time", "bytes", "restarts"]), allow_removed: r.chance(0.3) };
}

// Layers of W entries each, every entry of one based on every entry of the one before: W^L equal paths.
function layered_graph(r) {
	const shape = SHAPES.layers;
	const [width, depth] = r.pick([[10, 2], [11, 2], [5, 3], [3, 4], [3, 5], [2, 7]]);
	const layers = [[random_entry(r, shape, 0)]];
	for (let i = 0; i < depth; i++)
		layers.push(Array.from({ length: width }, () => random_entry(r, shape, 0)));
	layers.push([random_entry(r, shape, 0)]);
	const entries = r.chance(0.5) ? layers.flat() : r.shuffle(layers.flat());
	number_entries(r, entries);
	add_figures(r, entries);
	if (r.chance(0.7))
		entries.forEach((entry) => Object.assign(entry, { bytes: 7, seconds: 7, restarts: 1 }));
	const statements = [];
	for (let i = 1; i < layers.length; i++)
		for (const entry of layers[i])
			if (r.chance(0.99))
				statements.push({ entry: entry.id, kind: "bases", bases: layers[i - 1].filter(() => r.chance(0.99)).map((base) => base.id),
					confirmed_on: r.chance(0.5) ? CONFIRMED[1] : r.pick(CONFIRMED) });
	if (r.chance(0.3))
		statements.push({ entry: r.pick(entries).id, kind: "block", bases: [], confirmed_on: null });
	const end = layers.at(-1)[0].id;
	const questions = Array.from({ length: 3 }, () => ({ ...random_question(r, entries), from: layers[0][0].id, to: r.pick([end, end, "latest"]) }));
	return { entries, statements: r.shuffle(statements), questions };
}

// One model of 60 to 140 entries and a small one: for the layers; listing every path would never end.
export function large_graph(seed, number) {
	const r = rng(seed, number);
	const shape = r.pick([SHAPES.ways, SHAPES.ways, SHAPES.mixed, SHAPES.fragments, { ...SHAPES.floors, floor: r.pick([0.02, 0.2]) }, SHAPES.shut]);
	const sizes = [r.pick([60, 63, 64, 65, 66, 90, 127, 128, 129, 140]), r.pick([1, 5])];
	const entries = r.shuffle(sizes.flatMap((size, model) => Array.from({ length: size }, () => random_entry(r, shape, model))));
	number_entries(r, entries);
	add_figures(r, entries);
	if (shape.fragments)
		add_fragments(r, entries);
	return { entries, statements: random_statements(r, shape, entries),
		questions: Array.from({ length: 16 }, () => random_question(r, entries)) };
}

// Graph `number` of `seed`: 1 to 3 models of 1 to 9 entries, or layers of one model.
export function random_graph(seed, number) {
	const r = rng(seed, number);
	const name = r.weighted({ mixed: 30, shut: 20, ways: 20, floors: 15, fragments: 15, layers: 1.5 });
	if (name === "layers")
		return layered_graph(r);
	const shape = SHAPES[name];
	let entries = [];
	for (let model = r.pick([0, 0, 1, 1, 2]); model >= 0; model--)
		for (let left = r.pick([1, 4, 5, 6, 7, 8, 9, 9, 9]); left > 0; left--)
			entries.push(random_entry(r, shape, model));
	entries = r.shuffle(entries);
	number_entries(r, entries);
	add_figures(r, entries);
	if (shape.fragments)
		add_fragments(r, entries);
	return { entries, statements: random_statements(r, shape, entries),
		questions: Array.from({ length: 16 }, () => random_question(r, entries)) };
}
