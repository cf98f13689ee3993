// SPDX-License-Identifier: Apache-2.0
// The world of the story: a list of meters, the organisations and people, a firpathd that can stand in another time, and
// somebody who receives webhooks.
import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { BUILD, start, stop } from "../browser/firpathd.mjs";

export const PASSWORD = "the story's own password";
export const DAY = 86400000;

const HEADER = "Version,Entry.number,Entry.status,Device_Type.name,Device_Model.manufacturer_identifier," +
	"Device_Model.model_identifier,Device_Model.hardware_version.version,Device_Model.hardware_version.revision," +
	"Device_Model.model_identifier_concatenated_with_hardware_version,Device_Model.firmware_version," +
	"SMETS_CHTS Version.Version_number_and_effective_date,GBCS Version.version_number,Manufacturer_Image.hash";

export const id = (n) => String(n).padStart(6, "0");
export const image = (n) => Buffer.from(`firmware image of entry ${id(n)}\n`.repeat(500));
const sha = (b) => createHash("sha256").update(b).digest("hex").toUpperCase();

// number, manufacturer, model, firmware
const ENTRIES = [
	[1, "1081", "00A1", "00010000"], [2, "1081", "00A1", "00010100"], [3, "1081", "00A1", "00010200"], [4, "1081", "00A1", "00020000"],
	[5, "1081", "00A1", "00030000"], [7, "1082", "00B1", "00010000"], [8, "1082", "00B1", "00010100"], [9, "1082", "00B1", "00010100"],
	[10, "1082", "00B1", "00020000"],
];
export const NEWEST = [6, "1081", "00A1", "00040000"];

// The list as published: version, date, entries; hashes: other bytes for some entries.
export function cpl(version, issued, entries = ENTRIES, otherBytes = {}) {
	const lines = [...entries].sort((a, b) => a[0] - b[0]).map(([n, maker, model, firmware]) => [
		`Version ${version} Issued on ${issued}`, id(n), "Current", "Single Element Electricity Metering Equipment", maker, model, "01", "00",
		model + "0100", firmware, n === 9 ? "SMETS V4.2" : "SMETS V3.1", "GBCS Version 2.0", sha(otherBytes[n] ?? image(n))].join(","));
	return [HEADER, ...lines].join("\r\n") + "\r\n";
}
export const entriesWith = (...more) => [...ENTRIES, ...more];

// What was stated when the story begins. That 000004 may be reached from 000002 is the mistake.
export const STATEMENTS = `entry,kind,bases,source,author,stated_on,confirmed_on,excerpt,reference
000001,none,,manufacturer,Example Meters,2026-01-10,2026-08-10,First release.,Release notes 1.0
000002,bases,000001,manufacturer,Example Meters,2026-02-10,2026-08-10,Install over 1.0.,Release notes 1.1
000003,bases,000002,manufacturer,Example Meters,2026-03-10,2026-08-10,Install over 1.1.,Release notes 1.2
000004,bases,000002 000003,secas,Code administrator,2026-04-10,,Install over 1.1 or 1.2.,Telephone note
000005,bases,000004,manufacturer,Example Meters,2026-05-10,2026-08-10,Install over 2.0.,Release notes 3.0
000007,none,,manufacturer,Example Gas,2026-01-10,2026-08-10,,Release notes 1.0
000010,bases,000008 000009,manufacturer,Example Gas,2026-05-10,2026-08-10,,Release notes 2.0
`;

export const ORGANISATIONS = [
	["Example Meters", "manufacturer", "1081"], ["Large Supply", "supplier", ""], ["Small Supply", "supplier", ""], ["SECAS", "secas", ""],
	["Security Sub-Committee", "ssc", ""],
];
// login, roles, organisation
export const PEOPLE = [
	["maker", "manufacturer", "Example Meters"], ["large", "supplier", "Large Supply"], ["small", "supplier", "Small Supply"],
	["editor", "editor", "SECAS"], ["approver", "approver", "SECAS"], ["second", "approver", "SECAS"], ["reviewer", "ssc", "Security Sub-Committee"],
];

// An environment in which it is so many days ago.
function inTime(days) {
	if (!days) {
		return process.env;
	}
	const multiarch = readdirSync("/usr/lib").find((d) => existsSync(`/usr/lib/${d}/faketime/libfaketimeMT.so.1`));
	return { ...process.env, LD_PRELOAD: `/usr/lib/${multiarch}/faketime/libfaketimeMT.so.1`, FAKETIME: `-${days}d`,
		FAKETIME_DONT_FAKE_MONOTONIC: "1" };
}

export class World {
	constructor() {
		this.folder = mkdtempSync(path.join(tmpdir(), "firpath-story-"));
		this.db = path.join(this.folder, "firpath.db");
		this.log = path.join(this.folder, "firpathd.log");
		this.tokens = {};
		this.received = [];
		mkdirSync(path.join(this.folder, "images"));
	}

	file(name, content) {
		const p = path.join(this.folder, name);
		writeFileSync(p, content);
		return p;
	}

	// The program `firpath`; as: whose token; days: as if it were so many days ago. Returns {status, out, err}.
	cli(args, { as, days, input, offline } = {}) {
		const program = path.join(BUILD, "firpath");
		const env = { ...inTime(days), FIRPATH_SERVER: offline ? "http://127.0.0.1:9" : this.url, FIRPATH_TOKEN: as ? this.tokens[as] : "" };
		if (!as) {
			delete env.FIRPATH_TOKEN;
		}
		try {
			return { status: 0, out: execFileSync(program, args, { encoding: "utf8", env, input: input ?? "", stdio: ["pipe", "pipe", "pipe"] }), err: "" };
		} catch (e) {
			return { status: e.status, out: String(e.stdout), err: String(e.stderr) };
		}
	}

	// A request; body: an object for JSON, or text with its type.
	async ask(method, address, { as, body, type, headers = {} } = {}) {
		const h = { ...headers };
		if (as) {
			h.Authorization = `Bearer ${this.tokens[as]}`;
		}
		if (body !== undefined) {
			h["Content-Type"] = type ?? "application/json";
		}
		const r = await fetch(this.url + address, { method, headers: h, redirect: "manual",
			body: body === undefined ? undefined : type ? body : JSON.stringify(body) });
		const text = await r.text();
		return { status: r.status, headers: r.headers, text, json: () => JSON.parse(text) };
	}

	// Everybody makes their own tokens: sign in as the page does, ask as its session.
	async ownToken(login) {
		const form = new URLSearchParams({ csrf: "", login, password: PASSWORD }).toString();
		const same = { "Sec-Fetch-Site": "same-origin" };
		const r = await this.ask("POST", "/sign-in", { body: form, type: "application/x-www-form-urlencoded", headers: same });
		const session = { Cookie: r.headers.get("set-cookie").split(";")[0], ...same };
		const me = (await this.ask("GET", "/v1/me", { headers: session })).json();
		const made = await this.ask("POST", "/v1/tokens", { body: { label: "story" }, headers: { ...session, "Firpath-Csrf": me.csrf } });
		return made.json().token;
	}

	// days: the service stands so many days ago.
	async start({ days, port } = {}) {
		const args = ["--db", this.db, "--image-dir", path.join(this.folder, "images"),
			"--signing-key", path.join(this.folder, "signing.pem"), "--restricted-db", path.join(this.folder, "restricted.db"),
			"--fetch-allow", "127.0.0.0/8", "--fetch-allow-http", `127.0.0.1:${this.receiver.address().port}`];
		if (days) { // threads that wait for a time would spin in another time
			args.push("--clerk", "no", "--orchestrator", "no");
		}
		Object.assign(this, await start(this.log, args, { env: inTime(days), port }));
	}

	stop() {
		return stop(this);
	}

	// Keeps every webhook that it gets.
	async listen() {
		this.receiver = createServer((rq, rs) => {
			const parts = [];
			rq.on("data", (d) => parts.push(d));
			rq.on("end", () => {
				this.received.push({ headers: rq.headers, body: Buffer.concat(parts) });
				rs.writeHead(204).end();
			});
		});
		await new Promise((done) => this.receiver.listen(0, "127.0.0.1", done));
	}

	async until(what, fn, seconds = 20) {
		for (let i = 0; i < seconds * 20; i++) {
			const got = await fn();
			if (got) {
				return got;
			}
			await sleep(50);
		}
		throw new Error(`it did not happen: ${what}`);
	}

	async end() {
		await this.stop();
		this.receiver?.close();
		this.receiver?.closeAllConnections();
		rmSync(this.folder, { recursive: true, force: true });
	}
}

// Standard Webhooks, as a receiver checks it.
export function isSigned({ headers, body }, secret) {
	const key = Buffer.from(secret.replace(/^whsec_/, ""), "base64");
	const want = createHmac("sha256", key).update(`${headers["webhook-id"]}.${headers["webhook-timestamp"]}.`).update(body).digest("base64");
	return headers["webhook-signature"].split(" ").some((s) => {
		const [version, given] = s.split(",");
		return version === "v1" && given.length === want.length && timingSafeEqual(Buffer.from(given), Buffer.from(want));
	});
}
