// SPDX-License-Identifier: Apache-2.0
// One story, played from one end to the other over REST, command line and pages: a list is published and a changed hash is
// caught; a manufacturer states a path; an editor corrects an old one in retrospect and sees the campaign that it hits; a
// second person approves; a webhook fires; last month's answer is proven; a small supplier plans 200 churned meters.
// With $STORY_PICTURES it leaves the pictures of doc/guide.md there.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { close, launch, open } from "../browser/browser.mjs";
import { DAY, NEWEST, ORGANISATIONS, PASSWORD, PEOPLE, STATEMENTS, World, cpl, entriesWith, id, image, isSigned } from "./world.mjs";

const PICTURES = process.env.STORY_PICTURES;
const AGO = 31; // days: "last month"
const w = new World();
let browser;
const watches = [];

async function picture(page, name) {
	if (PICTURES) {
		await page.evaluate(() => document.activeElement?.blur());
		const height = await page.evaluate(() => Math.min(document.documentElement.scrollHeight, 1700));
		await page.screenshot({ path: path.join(PICTURES, `${name}.jpg`), type: "jpeg", quality: 70, fullPage: true,
			clip: { x: 0, y: 0, width: 1000, height } });
	}
}

// A browser window in which that person has signed in.
async function window(login) {
	const page = await open(browser, w.url, { viewport: { width: 1000, height: 800 }, deviceScaleFactor: 1 });
	watches.push([login, page.watch]);
	if (login) {
		await page.goto(`${w.url}/sign-in`);
		await page.getByLabel("Login name").fill(login);
		await page.getByLabel("Password").fill(PASSWORD);
		await page.getByRole("button", { name: "Sign in" }).click();
		await page.getByRole("button", { name: "Sign out" }).first().waitFor();
	}
	return page;
}

async function made(promise) {
	const r = await promise;
	assert.ok(r.status === 200 || r.status === 201, `${r.status} ${r.text}`);
	return r.json();
}

const hops = (answer) => answer.hops.map((h) => h.entry);

test("the story", { timeout: 300000 }, async (t) => {
	t.after(async () => {
		await browser?.close();
		await w.end();
	});
	browser = await launch();
	await w.listen();
	let receipt, secret, campaign, correction;

	// Each part stands on those before it: behind a failure nothing is worth trying.
	let broken = false;
	const part = (name, fn) => t.test(name, async (tt) => {
		if (broken) {
			tt.skip("a part before it failed");
			return;
		}
		broken = true;
		await fn();
		broken = false;
	});

	await part("a month ago: the repository is set up, with its first administrator made on the machine itself", async () => {
		const past = { days: AGO, offline: true };
		assert.equal(w.cli(["key", "new", path.join(w.folder, "signing.pem")]).status, 0);
		assert.equal(w.cli(["import", "cpl", w.file("list-1.csv", cpl("9.001", "20-10-2026")), "--db", w.db, "--why", "first list"], past).status, 0);
		assert.equal(w.cli(["import", "statements", w.file("statements.csv", STATEMENTS), "--db", w.db, "--why", "what was known"], past).status, 0);
		const added = w.cli(["user", "add", "operator", "--role", "operator", "--db", w.db], { ...past, input: `${PASSWORD}\n` });
		assert.equal(added.status, 0, added.err);
		const token = w.cli(["token", "new", "--user", "operator", "--label", "story", "--db", w.db, "--json"], past);
		w.tokens.operator = JSON.parse(token.out).token;
	});

	await part("a month ago: a small supplier asks for a path and keeps the receipt", async () => {
		await w.start({ days: AGO });
		receipt = path.join(w.folder, "receipt.json");
		const r = w.cli(["path", "--from", "000001", "--to", "000005", "--receipt", receipt], { as: "operator", days: AGO });
		assert.equal(r.status, 0, r.err);
		const answer = await made(w.ask("GET", "/v1/path?from=000001&to=000005"));
		assert.deepEqual(hops(answer), ["000002", "000004", "000005"], "by the mistake");
		await w.stop();
	});

	await part("the organisations and their people get accounts", async () => {
		await w.start();
		for (const [name, kind, codes] of ORGANISATIONS) {
			await made(w.ask("POST", "/v1/organisations", { as: "operator", body: { name, kind, codes: codes.split(" ").filter(Boolean) } }));
		}
		for (const [login, roles, organisation] of PEOPLE) {
			await made(w.ask("POST", "/v1/users", { as: "operator", body: { login, roles: [roles], organisation, password: PASSWORD } }));
			w.tokens[login] = await w.ownToken(login);
		}
		assert.equal((await w.ask("POST", "/v1/organisations", { body: { name: "x", kind: "other", codes: [] } })).status, 401, "the loopback is nobody now");
	});

	await part("today: a new list comes in which a hash has changed; a gate holds it, and two persons look at it", async () => {
		const bad = w.file("list-2-bad.csv", cpl("9.002", "20-11-2026", entriesWith(NEWEST), { 3: Buffer.from("something else") }));
		const held = w.cli(["import", "cpl", bad, "--why", "list of November"], { as: "editor" });
		assert.equal(held.status, 4, held.err + held.out);
		assert.equal((await w.ask("GET", "/v1/entries/000006")).status, 404, "nothing of it stands");
		const waiting = (await made(w.ask("GET", "/v1/imports", { as: "editor" }))).imports.find((i) => i.state === "held");
		const page = await window("approver");
		await page.goto(`${w.url}/imports/${waiting.import ?? waiting.id}`);
		assert.match(await page.textContent("main"), /hash/i);
		await picture(page, "import-held");
		await page.getByLabel(/reason/i).first().fill("The hash of 000003 may not change: asked the publisher.");
		await page.getByRole("button", { name: /reject/i }).click();
		assert.match(await page.textContent("main"), /rejected/i);
		await close(page);
		const good = w.cli(["import", "cpl", w.file("list-2.csv", cpl("9.003", "20-11-2026", entriesWith(NEWEST))), "--why", "list of November, mended"], { as: "editor" });
		assert.equal(good.status, 0, good.err);
		assert.equal((await made(w.ask("GET", "/v1/entries/000006"))).version, NEWEST[3]);
	});

	await part("a supplier watches the model and has a webhook", async () => {
		const hook = await made(w.ask("POST", "/v1/webhooks", { as: "small", body: { url: `http://127.0.0.1:${w.receiver.address().port}/firpath`,
			types: ["org.firpath.catalogue.changed"] } }));
		secret = hook.secret;
		assert.match(secret, /^whsec_/);
	});

	await part("the manufacturer states the path of its new release; it stands when somebody else has approved it", async () => {
		const proposal = await made(w.ask("POST", "/v1/proposals", { as: "maker", body: { title: "Release 4.0.0", reason: "Release notes 4.0.0, page 2",
			items: [{ entry: "000006", kind: "bases", bases: ["000005"], excerpt: "Install over 3.0.0.", reference: "Release notes 4.0.0" }] } }));
		assert.equal((await w.ask("POST", `/v1/proposals/${proposal.proposal}/approve`, { as: "maker", body: { hash: proposal.hash },
			headers: { "If-Match": "*" } })).status, 403, "not by its author");
		const r = w.cli(["approve", String(proposal.proposal), "--yes", "--why", "agrees with the notes"], { as: "approver" });
		assert.equal(r.status, 0, r.err + r.out);
		assert.deepEqual(hops(await made(w.ask("GET", "/v1/path?from=000005&to=latest"))), ["000006"]);
	});

	await part("the large supplier's campaign runs", async () => {
		for (const n of [2, 3, 4, 5, 6]) {
			assert.equal(w.cli(["image", "add", w.file(`image-${n}`, image(n))], { as: "large" }).status, 0);
		}
		const devices = "name,adapter,identity\n" + Array.from({ length: 30 }, (_, i) => `meter-${i},bbum,1081:00A10100:00010100`).join("\n") + "\n";
		assert.equal(w.cli(["device", "import", w.file("devices.csv", devices)], { as: "large" }).status, 0);
		campaign = (await made(w.ask("POST", "/v1/campaigns", { as: "large", body: { name: "autumn", target: "000005", members: { filter: {} },
			notice_read: true } }))).id;
		await made(w.ask("POST", `/v1/campaigns/${campaign}/start`, { as: "large" }));
		const c = await made(w.ask("GET", `/v1/campaigns/${campaign}`, { as: "large" }));
		assert.deepEqual([c.state, c.on_change], ["running", "hold"]);
		assert.equal((await w.ask("GET", `/v1/campaigns/${campaign}`, { as: "small" })).status, 404, "not for others");
	});

	await part("an editor corrects the old path in retrospect, by the questions of the pages, and sees what that hits", async () => {
		const page = await window("editor");
		const next = () => page.getByRole("button", { name: "Continue" }).click();
		await page.goto(`${w.url}/proposals/new?entry=000004`);
		await page.getByLabel("From certain entries").check();
		await next();
		await page.getByLabel(/^000002/).uncheck();
		await page.getByLabel(/^000003/).check();
		await picture(page, "propose-bases");
		await next();
		await page.getByLabel(/What the release notes say/).fill("Version 2.0 must be installed over 1.2.");
		await page.getByLabel("Reference").fill("Release notes 2.0, page 3");
		await next();
		await page.getByLabel(/Why is this right/).fill("A meter was lost: the note by telephone was wrong.");
		await page.getByLabel(/From when on/).fill(new Date(Date.now() - 20 * DAY).toISOString().slice(0, 10));
		await next();
		const main = await page.textContent("main");
		assert.match(main, /campaign/i, "the impact names running campaigns");
		await picture(page, "propose-impact");
		await page.getByRole("button", { name: "Send it for approval" }).click();
		correction = Number(/proposals\/(\d+)/.exec(page.url())[1]);
		await close(page);
		const impact = await made(w.ask("GET", `/v1/proposals/${correction}/impact`, { as: "editor" }));
		assert.ok(JSON.stringify(impact).includes('"campaign'), "campaigns are counted");
	});

	await part("a second person approves exactly that", async () => {
		const page = await window("approver");
		await page.goto(`${w.url}/proposals/${correction}`);
		await picture(page, "proposal-decide");
		await page.getByRole("button", { name: "Approve exactly this" }).click();
		assert.match(await page.textContent("main"), /published/i);
		await picture(page, "proposal-published");
		await close(page);
		assert.deepEqual(hops(await made(w.ask("GET", "/v1/path?from=000001&to=000005"))), ["000002", "000003", "000004", "000005"]);
	});

	await part("the supplier's webhook tells of it, signed", async () => {
		const event = await w.until("a webhook about the correction", () => w.received.find((r) => {
			const e = JSON.parse(r.body);
			return e.type === "org.firpath.catalogue.changed" && JSON.stringify(e).includes(`${correction}`);
		}));
		assert.ok(isSigned(event, secret));
		assert.ok(!isSigned({ ...event, body: Buffer.concat([event.body, Buffer.from(" ")]) }, secret));
	});

	await part("the campaign plans no hop by the path that was wrong", async () => {
		const page = await window("large");
		await page.goto(`${w.url}/campaigns/${campaign}`);
		await picture(page, "campaign-after");
		await close(page);
		const walks = (await made(w.ask("GET", `/v1/campaigns/${campaign}/cycles?limit=500`, { as: "large" }))).cycles;
		assert.equal(walks.length, 30);
		assert.ok(walks.every((c) => !c.hops_done), "no meter was sent by it");
	});

	await part("last month's answer is proven by its receipt, offline, and the service answers for that day as it did then", async () => {
		const pem = w.cli(["key", "public", path.join(w.folder, "signing.pem")]).out;
		const key = w.file("public.pem", pem);
		const r = w.cli(["receipt", "verify", receipt, "--key", key], { offline: true });
		assert.equal(r.status, 0, r.err);
		const check = w.cli(["receipt", "check", receipt, "--db", w.db], { offline: true });
		assert.equal(check.status, 0, check.err + check.out);
		const text = readFileSync(receipt, "utf8");
		const forged = w.file("forged.json", text.replace('"000004"', '"000003"'));
		assert.equal(w.cli(["receipt", "verify", forged, "--key", key], { offline: true }).status, 1);
		const then = new Date(Date.now() - (AGO - 1) * DAY).toISOString().slice(0, 10);
		assert.deepEqual(hops(await made(w.ask("GET", `/v1/path?from=000001&to=000005&at=${then}`))), hops(JSON.parse(text).answer));
		assert.equal(w.cli(["audit", "verify", "--db", w.db], { offline: true }).status, 0);
		const page = await window();
		await page.goto(`${w.url}/path?from=000001&to=000005&at=${then}`);
		await picture(page, "path-as-on");
		await close(page);
	});

	await part("the small supplier gets plans for 200 churned meters, of which some need a question to somebody", async () => {
		const spellings = ["1081:00A10100:00010000", "10-81,00a1-01-00,00:01:01:00", "000003", "1082:00B10100:00010100", "1083:00C10100:00010000"];
		const list = "device,from\n" + Array.from({ length: 200 }, (_, i) => `churned-${i},"${spellings[i % 5]}"`).join("\n");
		const page = await window("small");
		await page.goto(`${w.url}/bulk`);
		await page.getByLabel("Your devices").fill(list);
		await page.getByRole("button", { name: "Check the list" }).click();
		const main = await page.textContent("main");
		assert.match(main, /200/);
		await picture(page, "bulk");
		await close(page);
		const bulk = w.cli(["path", "--bulk", w.file("bulk.csv", "device,from,to\n" + Array.from({ length: 200 }, (_, i) =>
			`churned-${i},${["000001", "000002", "000003", "1082:00B10100:00010100", "000007"][i % 5]},latest`).join("\n") + "\n")], { as: "small" });
		const rows = bulk.out.trim().split(/\r?\n/).slice(1);
		assert.equal(rows.length, 200);
		assert.equal(rows.filter((r) => r.split(",")[3] === "path").length, 120);
		assert.equal(rows.filter((r) => r.split(",")[3] === "ambiguous").length, 40);
	});

	await part("no page of the story made an error or asked anybody else", () => {
		for (const [login, watch] of watches) {
			assert.deepEqual([watch.console, watch.foreign, watch.policy, watch.dialogs], [[], [], [], []], login);
		}
	});
});
