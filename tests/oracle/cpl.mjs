// SPDX-License-Identifier: Apache-2.0
//
// Reads the published Central Products List for tests: rows of the workbook's main sheet (only it has CPA and the
// image descriptor) or of the CSV. A reader of its own, so that it shares no mistake with the importer.
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const FOLDER = fileURLToPath(new URL("../../../shared/data/cpl/", import.meta.url));
export const WORKBOOK = `${FOLDER}central-products-list-2.051.xlsm`;
export const CSV = `${FOLDER}central-products-list-2.051.csv`;

export function demand(file) {
	if (!existsSync(file))
		throw new Error(`${file} is missing: the tests over the real list need the shared data beside the repository`);
	return file;
}

function zip_member(archive, member) {
	const ran = spawnSync("unzip", ["-p", archive, member], { encoding: "utf8", maxBuffer: 1 << 28 });
	if (ran.status !== 0)
		throw new Error(`unzip -p ${archive} ${member} failed: ${ran.error?.message ?? ran.stderr}`);
	return ran.stdout;
}

function plain_text(xml) {
	const entities = { lt: "<", gt: ">", quot: '"', apos: "'", amp: "&" };
	return xml.replace(/&(?:#x([0-9a-f]+)|#([0-9]+)|(\w+));/gi, (_, hex, decimal, name) =>
		name ? entities[name] : String.fromCodePoint(hex ? parseInt(hex, 16) : Number(decimal)));
}

// The texts of one <si> or <is>, without phonetic hints.
function text_of(xml) {
	return [...xml.replace(/<rPh.*?<\/rPh>/gs, "").matchAll(/<t(?:\s[^>]*)?>(.*?)<\/t>/gs)].map((part) => plain_text(part[1])).join("");
}

// Rows of a sheet as objects from column letter to text.
function sheet_rows(archive, name) {
	const book = zip_member(archive, "xl/workbook.xml");
	const id = new RegExp(`<sheet name="${name}"[^>]*r:id="([^"]+)"`).exec(book)[1];
	const targets = zip_member(archive, "xl/_rels/workbook.xml.rels");
	const link = targets.match(/<Relationship [^>]*>/g).find((element) => element.includes(`Id="${id}"`));
	const strings = [...zip_member(archive, "xl/sharedStrings.xml").matchAll(/<si>(.*?)<\/si>/gs)].map((found) => text_of(found[1]));
	const sheet = zip_member(archive, `xl/${/Target="([^"]+)"/.exec(link)[1]}`);
	const rows = [];
	for (const [, body] of sheet.matchAll(/<row [^>]*?(?<!\/)>(.*?)<\/row>/gs)) {
		const row = {};
		for (const [, column, attributes, content] of body.matchAll(/<c r="([A-Z]+)[0-9]+"([^>]*?)(?:\/>|>(.*?)<\/c>)/gs)) {
			const value = /<v>(.*?)<\/v>/s.exec(content ?? "")?.[1];
			if (attributes.includes('t="s"') && value !== undefined)
				row[column] = strings[Number(value)];
			else
				row[column] = value === undefined ? text_of(content ?? "") : plain_text(value);
		}
		rows.push(row);
	}
	return rows;
}

// dd/mm/yyyy, dd-mm-yyyy or a day number of the spreadsheet, as YYYY-MM-DD; null if it is none of them.
export function date_of(text) {
	const written = /^([0-9]{2})[/-]([0-9]{2})[/-]([0-9]{4})$/.exec(text);
	if (written)
		return `${written[3]}-${written[2]}-${written[1]}`;
	if (/^[0-9]{5}$/.test(text))
		return new Date(Date.UTC(1899, 11, 30) + Number(text) * 86400000).toISOString().slice(0, 10);
	return null;
}

// Entries of the exchange format, in catalogue order, from the workbook.
export function workbook_entries() {
	const models = new Map();
	const entries = [];
	for (const row of sheet_rows(demand(WORKBOOK), "Central Products List")) {
		const trimmed = (column) => (row[column] ?? "").trim();
		if (!/^[0-9]{6}$/.test(trimmed("B")))
			continue;
		const name = ["E", "F", "G", "H"].map(trimmed).join(" ");
		if (!models.has(name))
			models.set(name, models.size);
		const cpa = /^\[([ER])\]/.exec(trimmed("L"))?.[1] ?? null;
		entries.push({ id: trimmed("B"), model: models.get(name), status: trimmed("C"), cpa, until: date_of(trimmed("N")),
			descriptor: trimmed("U") || null, bytes: null, seconds: null, restarts: null });
	}
	return entries.sort((a, b) => (a.id < b.id ? -1 : 1));
}

// The same from the CSV, which knows neither certificates nor descriptors.
export function csv_entries() {
	const models = new Map();
	return readFileSync(demand(CSV), "utf8").trim().split("\r\n").slice(1).map((line) => {
		const fields = line.split(",");
		const name = fields.slice(4, 8).join(" ");
		if (!models.has(name))
			models.set(name, models.size);
		return { id: fields[1], model: models.get(name), status: fields[2], cpa: null, until: null, descriptor: null,
			bytes: null, seconds: null, restarts: null };
	});
}
