// SPDX-License-Identifier: Apache-2.0
// A demonstration (firpathd --demo) for tests: its people sign in with the passwords that it prints.
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { BUILD, stop } from "./firpathd.mjs";

export class Demo {
	constructor() {
		this.folder = mkdtempSync(path.join(tmpdir(), "firpath-browser-demo-"));
		this.cookies = {};
	}

	async start(extra = []) {
		this.process = spawn(path.join(BUILD, "firpathd"), [`--demo=${path.join(this.folder, "demo")}`, "--listen", "127.0.0.1:0",
			"--health-listen", "127.0.0.1:0", "--ocpp-profile1", "127.0.0.1:0", "--fetch-allow", "127.0.0.0/8", ...extra], { stdio: ["ignore", "pipe", "inherit"] });
		this.ended = new Promise((done) => this.process.once("exit", done));
		let said = "";
		await new Promise((ready, failed) => {
			this.process.stdout.on("data", (piece) => {
				said += piece;
				if (said.includes("Ctrl-C")) {
					ready();
				}
			});
			this.process.once("exit", () => failed(new Error(`the demonstration ended: ${said}`)));
		});
		this.url = /http:\/\/[\d.]+:\d+/.exec(said)[0];
		this.passwords = Object.fromEntries([...said.matchAll(/^ {2}(\w+) +([0-9a-f]{20})$/gm)].map((m) => [m[1], m[2]]));
		return this;
	}

	// The cookie of a role's session; "" for nobody.
	async cookie(role) {
		if (role === "public") {
			return "";
		}
		if (!this.cookies[role]) {
			const answer = await fetch(`${this.url}/sign-in`, { method: "POST", redirect: "manual", headers: { "Sec-Fetch-Site": "same-origin" },
				body: new URLSearchParams({ csrf: "", login: role, password: this.passwords[role] }) });
			if (answer.status !== 303) {
				throw new Error(`${role} cannot sign in: ${answer.status}`);
			}
			this.cookies[role] = answer.headers.getSetCookie()[0].split(";")[0];
		}
		return this.cookies[role];
	}

	async fetch(role, address, options = {}) {
		return fetch(this.url + address, { redirect: "manual", ...options,
			headers: { Accept: "text/html", Cookie: await this.cookie(role), "Sec-Fetch-Site": "same-origin", ...options.headers } });
	}

	async json(role, address, options = {}) {
		const me = role === "public" ? {} : await (await this.fetch(role, "/v1/me", { headers: { Accept: "application/json" } })).json();
		const answer = await this.fetch(role, address, { ...options, headers: { Accept: "application/json", "Content-Type": "application/json",
			"Firpath-Csrf": me.csrf ?? "", "Idempotency-Key": `${Math.random()}`, ...options.headers } });
		const body = await answer.text();
		if (!answer.ok) {
			throw new Error(`${options.method ?? "GET"} ${address}: ${answer.status} ${body}`);
		}
		return body ? JSON.parse(body) : null;
	}

	post(role, address, body) {
		return this.json(role, address, { method: "POST", body: JSON.stringify(body) });
	}

	async signIn(page, role) {
		const [name, value] = (await this.cookie(role)).split("=");
		if (name) {
			await page.context().addCookies([{ name, value, url: this.url }]);
		}
	}

	// The number of a release of the demonstration's charger.
	async release(component, version) {
		const { releases } = await this.json("operator", `/v1/releases?component=${component}`);
		return releases.find((r) => r.version === version).release;
	}

	// Something of every kind; gives the address to look at for a row of the table of routes and a role: undefined when
	// this list does not know the row, null when there is nothing to show.
	async fill() {
		const block = await this.post("ssc", "/v1/blocks", { entry: "000005", bases: ["000004"], name: "EX-1", message: "Loses the clock.",
			reason: "Seen in the field." });
		const callout = await this.post("supplier", "/v1/callouts", { kind: "missing", entry: "000006", text: "No path is stated." });
		// One that its author works on again. Every role that may propose has one, so that each can be looked at.
		const again = {};
		for (const role of ["editor", "manufacturer"]) {
			const made = await this.post(role, "/v1/proposals", { title: "Once more", reason: "It stands in the notes.", items: [
				{ entry: "000005", kind: "bases", bases: ["000004"], excerpt: "From 4.", reference: "RN-5" }] });
			again[role] = made.proposal;
		}
		const campaign = {}, hook = {};
		for (const role of ["supplier", "cpo"]) {
			await this.json(role, "/v1/devices?why=test", { method: "POST", headers: { "Content-Type": "text/csv" },
				body: `name,adapter,identity,entry\n${role}-1,fake,,000004\n${role}-2,fake,,000005\n` });
			campaign[role] = (await this.post(role, "/v1/campaigns", { name: `Of ${role}`, target: "000007", members: { filter: {} }, notice_read: true })).id;
		}
		campaign.operator = campaign.auditor = campaign.supplier;
		for (const role of ["supplier", "manufacturer", "editor", "approver", "ssc", "cpo", "operator"]) {
			hook[role] = (await this.post(role, "/v1/webhooks", { url: `https://127.0.0.1:9/${role}`, label: "test" })).id;
		}
		hook.auditor = hook.supplier;
		// The first release of the demonstration stands in a set that everybody of the fleet may read.
		const set = await this.post("operator", "/v1/sets", { name: "autumn", vendor: "Sample Chargers", model: "Trio",
			releases: [await this.release("Main", "1.1"), await this.release("UI", "1.0")] });
		const known = {
			"/models/{}": "/models/F0A1:00010101", "/entries/{}": "/entries/000005", "/proposals/{}": "/proposals/1",
			"/blocks/{}": `/blocks/${block.block ?? 1}`, "/call-outs/{}": `/call-outs/${callout.callout ?? callout.id ?? 1}`,
			"/imports/{}": "/imports/1", "/users/{}": "/users/editor", "/organisations/{}": "/organisations/1",
			"/sign-in/oidc": null, "/sign-in/oidc/back": null, "/ssc/{}": "/ssc/000005",
			"/vcs/{}": "/vcs/1", "/releases/{}": `/releases/${await this.release("UI", "1.0")}`, "/sets/{}": `/sets/${set.name}?station=DEMO-CP2`,
			"/path": "/path?from=000001&to=000007", "/search": "/search?q=F0A2",
		};
		const train = { supplier: "demo-train", operator: "demo-train", auditor: "demo-train" }; // the demonstration has it
		const station = { cpo: "DEMO-CP2", operator: "DEMO-CP2", auditor: "DEMO-CP2" }; // it is the charge point operator's
		const meter = { supplier: "00-DB-00-00-00-00-A0-01", operator: "00-DB-00-00-00-00-A0-01", auditor: "00-DB-00-00-00-00-A0-01" };
		const own = (address, ids, role) => ids[role] ? address.replace("{}", ids[role]) : null;
		return (address, role) => address.startsWith("/proposals/{}/") ? own(address, again, role)
			: address.startsWith("/vehicles/{}") ? own(address, train, role) : address.startsWith("/meters/{}") ? own(address, meter, role) : address.startsWith("/stations/{}") ? own(address, station, role) : address === "/campaigns/{}" ? own(address, campaign, role) : address === "/webhooks/{}" ? own(address, hook, role)
			: address === "/proposals/{}" && ["supplier", "cpo", "operator"].includes(role) ? null : address in known ? known[address] : address.includes("{}") ? undefined : address;
	}

	async stop() {
		await stop(this);
		rmSync(this.folder, { recursive: true, force: true });
	}
}
