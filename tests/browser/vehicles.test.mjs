// SPDX-License-Identifier: Apache-2.0
// Vehicles in the browser: the console answers, follows its log and shows how the vehicle stands; with the keyboard and
// without script; Vehicle Configurations are verified and activated. Markup, widths and axe of these pages are looked at
// for every role in roles.test.mjs; here the states that only an action brings.
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { after, before, test } from "node:test";
import { close, fitsWidth, launch, open } from "./browser.mjs";
import { Demo } from "./demo.mjs";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const CONSOLE = "/vehicles/demo-train/console";
const demo = new Demo();
let browser;

before(async () => {
	await demo.start();
	browser = await launch();
});
after(async () => {
	await browser?.close();
	await demo.stop();
});

async function at(role, where, options = {}) {
	const page = await open(browser, demo.url, options);
	await demo.signIn(page, role);
	await page.goto(demo.url + where);
	return page;
}

function say(line, more = {}) {
	return demo.post("supplier", "/v1/vehicles/demo-train/commands", { line, ...more });
}

function status() {
	return demo.json("supplier", "/v1/vehicles/demo-train");
}

// Nobody plays the Building Blocks, so the manager soon asks what to do.
async function asks() {
	for (let i = 0; i < 60; i++) {
		const s = await status();
		if (s.prompt) {
			return s;
		}
		await new Promise((done) => setTimeout(done, 100));
	}
	throw new Error("it asks nothing");
}

async function quiet(page) {
	assert.deepEqual(page.watch.console, [], "console");
	assert.deepEqual(page.watch.policy, [], "content policy");
	assert.deepEqual(page.watch.foreign, [], "other origins");
}

async function judge(page) {
	await page.evaluate(AXE);
	const found = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ["violations"], rules: { "target-size": { enabled: true } } }));
	assert.deepEqual(found.violations.map((v) => `${v.id}: ${v.nodes.slice(0, 3).map((n) => n.html).join(" | ")}`), []);
}

test("C9 E22: the tree shows what each Building Block shall run, and the sequence", async () => {
	await asks();
	const page = await at("supplier", "/vehicles/demo-train");
	const text = await page.locator("main").innerText();
	for (const word of ["1. DAS", "2. ETP", "CCS-OB", "2 silent", "needs DAS", "Update sequence", "Answer on the console"]) {
		assert.ok(text.includes(word), word);
	}
	assert.equal(await page.locator("section[aria-label='Picture of the dependencies'] svg text", { hasText: "needs" }).count(), 1);
	await page.locator("summary").first().click();
	assert.ok((await page.locator("details").first().innerText()).includes("192.0.2.10"));
	await judge(page);
	await quiet(page);
	await close(page);
});

test("E17: the log follows by itself and the state is renewed without a reload", async () => {
	await asks();
	const page = await at("supplier", CONSOLE);
	await page.evaluate(() => { globalThis.stayed = true; });
	await say("mode manual");
	await page.waitForFunction(() => document.getElementById("console-now").dataset.mode === "manual", null, { timeout: 5000 });
	await page.locator("#log-lines li", { hasText: "manual" }).first().waitFor({ timeout: 5000 });
	// Somebody is choosing: nothing moves under the hand, a link says that there is something new.
	await page.locator("input[name=choice]").first().check();
	await say("mode auto");
	await page.locator("#console-changed a").waitFor({ timeout: 5000 });
	assert.equal(await page.locator("#console-now").getAttribute("data-mode"), "manual");
	await judge(page);
	await page.locator("#console-changed a").click();
	assert.equal(await page.locator("#console-now").getAttribute("data-mode"), "auto");
	assert.equal(await page.evaluate(() => globalThis.stayed), undefined);
	await quiet(page);
	await close(page);
});

test("C34: the progress of a Building Block is shown as it comes", async () => {
	const s = await asks();
	const said = { ...s, progress: 30, blocks: s.blocks.map((b) => ({ ...b, progress: 60, step: "download" })) };
	const page = await open(browser, demo.url);
	await demo.signIn(page, "supplier");
	await page.route("**/log?*", (r) => r.fulfill({ contentType: "text/event-stream", body: `event: state\ndata: ${JSON.stringify(said)}\n\n` }));
	await page.goto(demo.url + CONSOLE);
	await page.locator("[data-block='1'] [data-field=block-progress]", { hasText: "60 % download" }).waitFor({ timeout: 5000 });
	await quiet(page);
	await close(page);
});

test("a console whose stream is refused says so by its links, and listens again", async () => {
	const page = await open(browser, demo.url);
	await demo.signIn(page, "supplier");
	await page.route("**/log?*", (r) => r.fulfill({ status: 503, headers: { "Retry-After": "5" }, body: "" }));
	await page.goto(demo.url + CONSOLE);
	await page.locator("#console-again").waitFor({ timeout: 5000 });
	assert.ok(await page.locator("#log-live").isHidden());
	await close(page);
});

test("a question is answered with the keyboard alone, and a double click answers once", async () => {
	const before = (await asks()).prompt.seq;
	const page = await at("supplier", CONSOLE);
	await page.locator("button", { hasText: "Confirm" }).press("Enter");
	assert.ok((await page.locator(".govuk-error-summary").innerText()).includes("Choose your answer"));
	await judge(page);
	await page.locator(".govuk-error-summary a").press("Enter");
	await page.keyboard.press("Space");
	assert.equal(await page.locator("input[name=choice]:checked").getAttribute("value"), "stop");
	await page.locator("button", { hasText: "Confirm" }).dblclick({ noWaitAfter: true });
	await page.waitForFunction(() => document.getElementById("console-now")?.dataset.state === "stopped", null, { timeout: 5000 });
	assert.ok((await page.locator("main").innerText()).includes("Nothing is asked"));
	const rows = await demo.json("operator", "/v1/audit?action=vehicle-command&order=newest&limit=10");
	assert.equal(rows.rows.filter((r) => JSON.stringify(r).includes("\"stop\"") || JSON.stringify(r).includes("\\\"stop\\\"")).length, 1);
	// An old page's answer never counts for another question.
	await say("start");
	assert.notEqual((await asks()).prompt.seq, before);
	await quiet(page);
	await close(page);
});

test("commands that the state does not allow say why", async () => {
	await asks();
	const page = await at("supplier", CONSOLE);
	const button = page.locator("button[value='trigger update']");
	assert.ok(await button.isDisabled());
	const why = await page.locator(`#${await button.getAttribute("aria-describedby")}`).innerText();
	assert.match(why, /Not now: only in Update Pending/);
	await page.locator("#why").fill("Tried on the bench");
	await page.locator("button[value='log extended']").click();
	assert.equal((await status()).log, "extended");
	await quiet(page);
	await close(page);
});

test("without script the console works, with a link to load it again", async () => {
	await asks();
	const page = await at("supplier", CONSOLE, { javaScriptEnabled: false, viewport: { width: 320, height: 640 } });
	await page.locator("button[value='mode manual']").click();
	assert.ok((await page.locator("main").innerText()).includes("Mode manual"));
	await page.locator("#level").selectOption("extended");
	await page.locator("#log-bb").selectOption("1");
	await page.locator("button", { hasText: "Show these lines" }).click();
	const lines = await page.locator("#log-lines li").allInnerTexts();
	assert.ok(lines.length > 0 && lines.every((l) => l.includes("demo-train.DAS")), lines.join("\n"));
	await page.locator("a", { hasText: "every 10 seconds" }).click();
	assert.ok((await page.locator("#console-again").innerText()).includes("Loads itself again"));
	await page.locator("a", { hasText: "Stop that" }).click();
	await page.locator("button[value='mode auto']").click();
	await quiet(page);
	await close(page);
});

test("E13 E16: a Vehicle Configuration is verified, a broken one says what to mend, a good one is activated", async () => {
	const page = await at("supplier", "/vcs/2");
	await page.locator("button", { hasText: "Verify now" }).click();
	assert.ok((await page.locator(".govuk-notification-banner").innerText()).includes("verified now"));
	assert.ok((await page.locator("main").innerText()).includes("by Sample Integrator"));
	await judge(page);
	await page.goto(`${demo.url}/vcs`);
	await page.locator("button", { hasText: "Send it" }).click();
	assert.ok((await page.locator(".govuk-error-summary").innerText()).includes("Choose the Package"));
	const file = path.join(demo.folder, "broken.tar.gz");
	writeFileSync(file, "This is no archive.");
	await page.locator("#file").setInputFiles(file);
	await page.locator("#name").fill("broken");
	await page.locator("button", { hasText: "Send it" }).click();
	await page.locator("button", { hasText: "Verify now" }).click();
	const text = await page.locator("main").innerText();
	assert.ok(text.includes("Does not verify") && text.includes("To mend it"), text);
	await judge(page);
	await page.setViewportSize({ width: 320, height: 640 });
	assert.ok(await fitsWidth(page));
	await page.setViewportSize({ width: 1200, height: 900 });
	await say("stop");
	await say("start");
	await page.goto(`${demo.url}/vcs/2`);
	await page.locator("#vehicle").selectOption("demo-train");
	await page.locator("button", { hasText: "Activate for the vehicle" }).click();
	const s = await status();
	if (s.vc.n === 2) {
		assert.match(page.url(), /\/vehicles\/demo-train\/console/);
	} else { // it may not be exchanged in this state: said at the field
		assert.match(await page.locator(".govuk-error-summary").innerText(), /because/);
	}
	await quiet(page);
	await close(page);
});
