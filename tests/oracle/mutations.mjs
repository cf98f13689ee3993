// SPDX-License-Identifier: Apache-2.0
//
// Seeded mistakes, each a change of one place in the text of oracle.mjs. `run.mjs --self-test` demands that the
// random graphs notice every one of them: a rule that no graph reaches would be a rule that nobody tests.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const TEXT = readFileSync(new URL("./oracle.mjs", import.meta.url), "utf8");

// name: [what stands in the text exactly once, what stands there instead]
export const MUTATIONS = {
	"floors-ignored": ["!entry.mates.some((floor) => floor.floor &&", "!entry.mates.some((floor) => false &&"],
	"floor-at-the-base-counts": ["base.position < floor.position && floor", "base.position <= floor.position && floor"],
	"floor-at-the-target-counts": ["floor.position < entry.position)", "floor.position <= entry.position)"],
	"removed-floor-is-no-floor": ["(floor) => floor.floor &&", '(floor) => floor.floor && floor.status !== "Removed" &&'],
	"any-from-later-too": ["=> base.position < entry.position &&", "=> base !== entry &&"],
	"any-across-models": ["return entry.mates.filter((base) => base.position", "return entry.everyone.filter((base) => base.position"],
	"bases-across-models": ["base !== entry && base.model === entry.model", "base !== entry"],
	"earlier-statement-stays": ["entry.statement = statement;", "entry.statement ??= statement;"],
	"later-block-replaces": ["entry.blocked_bases.add(base)", "(entry.blocked_bases = new Set([base]))"],
	"base-twice-counts-twice": ["[...new Set(statement.bases)]", "[...statement.bases]"],
	"fragments-ignored": ["if (n < 1 || n > m", "if (n < 100 || n > m"],
	"fragment-of-any-size": ["m > 99 || m === 1)", "m === 1)"],
	"fragment-inside-a-word": ["(?<![a-z0-9])fragment", "fragment"],
	"fragment-may-lead-anywhere": ["if (is_unfinished(base) && !is_next", "if (false && !is_next"],
	"fragment-may-be-entered-from-anywhere": ["if (has_former && !is_next", "if (false && !is_next"],
	"fragment-without-former-is-closed": ["if (has_former && !is_next", "if (!is_next"],
	"release-not-compared": [" && a.fragment.release === b.fragment.release", ""],
	"release-case-matters": [".trim().toLowerCase()", ".trim()"],
	"release-keeps-version": ['release.replace(/^version(?![a-z0-9])/, "").trim()', "release"],
	"release-not-cut": ['.split(";")[0]', ""],
	"fragment-count-not-compared": ["a.fragment.m === b.fragment.m", "true"],
	"fragment-is-a-target": ["!is_expired(entry, question) && !is_unfinished(entry)", "!is_expired(entry, question)"],
	"removed-is-a-hop": ['if (entry.status === "Removed" && !question.allow_removed)', "if (false)"],
	"removed-never-a-hop": ['if (entry.status === "Removed" && !question.allow_removed)', 'if (entry.status === "Removed")'],
	"removed-is-a-target-if-allowed": ['return entry.status !== "Removed" && !entry.blocked', 'return (entry.status !== "Removed" || question.allow_removed) && !entry.blocked'],
	"blocked-is-a-hop": ["return !entry.blocked && !is_expired(entry, question);", "return !is_expired(entry, question);"],
	"blocked-edge-stands": ["if (edge.unknown || edge.blocked)\n", "if (edge.unknown)\n"],
	"unknown-is-any": ["if (edge.unknown || edge.blocked)\n", "if (edge.blocked)\n"],
	"expired-on-its-last-day": ['entry.cpa === "E" && entry.until !== null && entry.until < question.at', 'entry.cpa === "E" && entry.until !== null && entry.until <= question.at'],
	"expired-is-a-hop": ["!entry.blocked && !is_expired(entry, question);", "!entry.blocked;"],
	"no-date-is-expired": ['"E" && entry.until !== null && entry.until < question.at', '"E" && !(entry.until >= question.at)'],
	"renewal-expires-too": ['entry.cpa === "E" && entry.until', "entry.until"],
	"prefer-ignored": ["const figure = FIGURE[question.prefer];", "const figure = null;"],
	"prefer-unknown-as-zero": ["if (used.some((edge) => edge.entry[figure] === null))", "if (false)"],
	"prefer-sum-only": ["return [sum, path.length];", "return figure === null ? [0, path.length] : [sum];"],
	"prefer-looks-at-blocked-edges": ["(edge) => !edge.unknown && !edge.blocked &&\n", "(edge) => !edge.unknown &&\n"],
	"prefer-looks-at-all-targets": ["(may_be_hop(edge.entry, question) || edge.entry === target)", "true"],
	"most-hops": ["return [sum, path.length];", "return [sum, -path.length];"],
	"tie-oldest-confirmed-first": ["return date_a > date_b ? -1 : 1;", "return date_a < date_b ? -1 : 1;"],
	"tie-no-date-first": ['a[i].entry.statement.confirmed_on ?? ""', 'a[i].entry.statement.confirmed_on ?? "9"'],
	"tie-highest-entry": ["return a[i].entry.ord - b[i].entry.ord;", "return b[i].entry.ord - a[i].entry.ord;"],
	"tie-from-the-end": ["for (let i = 0; i < a.length; i++) {\n\t\tif (a[i].entry ===", "for (let i = a.length - 1; i >= 0; i--) {\n\t\tif (a[i].entry ==="],
	"alternatives-not-capped": ["Math.min(others, CAP)", "others"],
	"alternatives-count-the-path": [".length - 1;\n\treturn Math", ".length;\n\treturn Math"],
	"highest-is-last-found": ["entry.position > top.position", "true"],
	"latest-without-start": ["if (may_be_target(start, question))\n", "if (false)\n"],
	"latest-with-any-start": ["if (may_be_target(start, question))\n", "if (true)\n"],
	"why-unknown-first": ['if (target.status === "Removed")\n\t\treturn "removed";', 'if (target.statement === null)\n\t\treturn "unknown";\n\tif (target.status === "Removed")\n\t\treturn "removed";'],
	"why-expired-after-blocked": ["if (is_expired(target, question))\n\t\treturn", "if (is_expired(target, question) && !target.blocked)\n\t\treturn"],
	"start-has-obstacles": ["if (edge.entry.blocked)\n\t\tadd", "if (edge.entry.blocked || edge.base.blocked)\n\t\tadd"],
	"allowed-removed-is-an-obstacle": ['"Removed" && (edge.entry === target || !question.allow_removed)', '"Removed"'],
	"would-open-in-order-found": [" || compare_obstacle_lists(found, best) < 0", ""],
	"would-open-highest-first": [" || compare_obstacle_lists(found, best) < 0", " || (found.length === best.length && compare_obstacle_lists(found, best) > 0)"],
	"would-open-kinds-reversed": ["OBSTACLES.indexOf(a.kind) - OBSTACLES.indexOf(b.kind)", "OBSTACLES.indexOf(b.kind) - OBSTACLES.indexOf(a.kind)"],
	"would-open-not-smallest": ["found.length < best.length || ", ""],
	"warning-model-missing": ["target.model !== start.model", "false"],
	"warning-fragment-missing": ['if (is_unfinished(edge.entry))\n', "if (false)\n"],
	"warning-downgrade-missing": ["if (edge.downgrade)", "if (false)"],
	"warning-renewal-on-its-day": ['entry.cpa === "R" && entry.until !== null && entry.until < question.at', 'entry.cpa === "R" && entry.until !== null && entry.until <= question.at'],
};

// The module text with one mistake in it.
export function mutated_text(name) {
	const [stands, instead] = MUTATIONS[name] ?? [];
	if (stands === undefined)
		throw new Error(`no mutation is called ${name}`);
	if (TEXT.split(stands).length !== 2)
		throw new Error(`mutation ${name}: its text stands ${TEXT.split(stands).length - 1} times in oracle.mjs, not once`);
	const changed = TEXT.replace(stands, () => instead);
	return changed.replace("entry.into = edges_into", "entry.everyone = catalogue.entries, entry.into = edges_into");
}

export async function load_mutant(name) {
	const folder = mkdtempSync(join(tmpdir(), "firpath-oracle-"));
	try {
		const file = join(folder, "oracle.mjs");
		writeFileSync(file, mutated_text(name));
		return await import(pathToFileURL(file).href);
	} finally {
		rmSync(folder, { recursive: true });
	}
}
