// SPDX-License-Identifier: Apache-2.0
// A firpathd of one's own: temporary folder, free ports, a catalogue; ended by its pid.
import { execFileSync } from "node:child_process";
import { mkdtempSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import * as data from "./data.mjs";
import { BUILD, start, stop } from "./firpathd.mjs";

export class Service {
	constructor() {
		this.folder = mkdtempSync(path.join(tmpdir(), "firpath-browser-"));
		this.db = path.join(this.folder, "firpath.db");
		this.log = path.join(this.folder, "firpathd.log");
	}

	cli(...args) {
		return execFileSync(path.join(BUILD, "firpath"), args, { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
	}

	file(name, content) {
		const p = path.join(this.folder, name);
		writeFileSync(p, content);
		return p;
	}

	// The catalogue of data.mjs.
	seed() {
		this.cli("import", "cpl", this.file("cpl.csv", data.cplCsv()), "--db", this.db);
		this.cli("import", "statements", this.file("statements.ndjson", data.statementsNdjson()), "--db", this.db);
		return this;
	}

	async start(extra = []) {
		mkdirSync(path.join(this.folder, "images"), { recursive: true });
		Object.assign(this, await start(this.log, ["--db", this.db, "--image-dir", path.join(this.folder, "images"), ...extra]));
		return this;
	}

	// Images, devices and campaigns, so that their pages have something to show. Names of campaigns may be hostile too.
	fleet() {
		const images = [];
		for (const n of [2, 3, 4, 6, 7, 8, 9]) {
			images.push(this.file(`image-${n}`, data.image(n)));
		}
		this.cli("image", "add", ...images, "--server", this.url);
		this.cli("device", "import", this.file("devices.csv", data.devicesCsv()), "--server", this.url);
		this.cli("campaign", "create", "--name", "Draft", "--target", "000009", "--all", "--server", this.url);
		for (const p of data.PAYLOADS.slice(0, 10)) {
			this.cli("campaign", "create", "--name", p, "--target", "latest", "--prefix", "meter-00", "--server", this.url);
		}
		this.cli("callout", "new", "--kind", "wrong", "--entry", "000004", "--from", "000001", "--text", "It failed twice.", "--server", this.url);
		this.cli("callout", "dispute", "1", "--text", "Two documents disagree.", "--server", this.url);
		this.cli("callout", "new", "--kind", "missing", "--entry", "000012", "--text", data.PAYLOADS[0], "--server", this.url);
		return this;
	}

	async stop() {
		await stop(this);
		rmSync(this.folder, { recursive: true, force: true });
	}
}
