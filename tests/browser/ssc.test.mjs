// SPDX-License-Identifier: Apache-2.0
// The register of the SSC and the review of imports, in every state that a form leads to: without script, judged by axe
// and html-validate.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { after, before, test } from "node:test";
import { HtmlValidate, FileSystemConfigLoader, cjsResolver } from "html-validate";
import { close, fitsWidth, launch, open } from "./browser.mjs";
import * as data from "./data.mjs";
import { Demo } from "./demo.mjs";
import { Service } from "./service.mjs";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const demo = new Demo();
const service = new Service();
let browser;
let validator;

before(async () => {
	await Promise.all([demo.start(), service.seed().start(["--orchestrator", "no"])]);
	browser = await launch();
	validator = new HtmlValidate(new FileSystemConfigLoader([cjsResolver()], JSON.parse(readFileSync(".htmlvalidate.json", "utf8"))));
});
after(async () => {
	await browser?.close();
	await demo.stop();
	await service.stop();
});

const main = (page) => page.locator("main").innerText();
const press = (page, name) => page.getByRole("button", { name, exact: true }).click();

// A page without script that remembers the document it got, and beside it one with script, in which axe can run.
async function openBoth(url, options = {}) {
	const page = await open(browser, url, { javaScriptEnabled: false, ...options });
	page.on("response", (r) => {
		if (r.request().resourceType() === "document" && (r.status() < 300 || r.status() >= 400)) {
			page.got = r;
		}
	});
	page.mirror = await open(browser, url);
	await page.mirror.route(`${url}/judged`, async (r) => r.fulfill({ contentType: "text/html; charset=utf-8", body: page.html }));
	page.judged = `${url}/judged`;
	return page;
}

async function closeBoth(page) {
	await close(page.mirror);
	await close(page);
}

// What the page is now, whether a GET or a form gave it.
async function judge(page, what) {
	page.html = await page.got.text();
	await page.mirror.goto(page.judged);
	await page.mirror.evaluate(AXE);
	const found = await page.mirror.evaluate(() => globalThis.axe.run(document, { resultTypes: ["violations"], rules: { "target-size": { enabled: true } } }));
	assert.deepEqual(found.violations.map((v) => `${v.id}: ${v.nodes.slice(0, 3).map((n) => n.html).join(" | ")}`), [], `${what}: axe`);
	const report = await validator.validateString(page.html, what);
	assert.deepEqual(report.results.flatMap((r) => r.messages.map((m) => `${m.line}:${m.column} ${m.ruleId}: ${m.message}`)), [], `${what}: html`);
	await page.setViewportSize({ width: 320, height: 640 });
	assert.ok(await fitsWidth(page), `${what} scrolls sideways at 320 pixels`);
	await page.setViewportSize({ width: 1200, height: 900 });
	for (const seen of [page.watch, page.mirror.watch]) {
		assert.deepEqual([seen.console, seen.foreign, seen.policy, seen.failed], [[], [], [], []], what);
	}
}

test("the SSC says why, looks, downloads, changes a record and writes a note", async () => {
	const page = await openBoth(demo.url, { acceptDownloads: true });
	await demo.signIn(page, "ssc");
	await page.goto(`${demo.url}/work`);
	await page.getByRole("link", { name: "SSC register", exact: true }).first().click();
	await press(page, "Show the register");
	assert.match(await main(page), /There is a problem\n*Write why you look/);
	await judge(page, "no reason");
	await page.getByLabel("Why do you look?").fill("incident 7");
	await press(page, "Show the register");
	assert.match(await main(page), /Sample Silicon/);
	await judge(page, "the register");
	assert.equal(await page.getByLabel("Why do you look?").inputValue(), "incident 7");
	const [download] = await Promise.all([page.waitForEvent("download"), press(page, "Download as CSV")]);
	assert.equal(download.suggestedFilename(), "ssc-register.csv");
	assert.match(readFileSync(await download.path(), "utf8"), /000005,F0A1,dual,Sample Silicon/);
	await press(page, "Show the notes");
	assert.match(await main(page), /A sample note, which is not public/);
	await judge(page, "the notes");
	await page.getByRole("link", { name: "000005" }).first().click();
	assert.doesNotMatch(await main(page), /Sample Silicon/);
	await judge(page, "why the record");
	await page.getByLabel("Why do you look?").fill("incident 7");
	await press(page, "Show them");
	assert.equal(await page.getByLabel("Chipset vendor").inputValue(), "Sample Silicon");
	await judge(page, "the record");
	await page.getByLabel("Stack version").fill("7.2.0");
	await press(page, "Save");
	assert.match(await main(page), /The record was saved/);
	await judge(page, "saved");
	await page.getByRole("link", { name: "Write a note about it" }).click();
	assert.equal(await page.getByLabel("Entry", { exact: true }).inputValue(), "000005");
	await press(page, "Keep the note");
	assert.match(await main(page), /There is a problem/);
	await judge(page, "no note");
	await page.getByLabel("Note", { exact: true }).fill("Until the maker has told its customers.");
	await page.getByLabel("When may everybody read it?").fill("2091-01-01");
	await page.getByLabel("Reason", { exact: true }).fill("vendor notice");
	await press(page, "Keep the note");
	assert.match(await main(page), /The note was kept/);
	assert.match(await main(page), /wrote a note/);
	await judge(page, "the access log");
	await closeBoth(page);
});

test("a maker finds the record of its own entry, and changes it", async () => {
	const page = await openBoth(demo.url);
	await demo.signIn(page, "manufacturer");
	await page.goto(`${demo.url}/entries/000005`);
	await page.getByRole("link", { name: "Restricted facts" }).click();
	await page.getByLabel("Sub-GHz").check();
	await press(page, "Save");
	assert.match(await main(page), /The record was saved/);
	assert.ok(await page.getByLabel("Sub-GHz").isChecked());
	await judge(page, "the maker's record");
	await closeBoth(page);
});

async function upload(page, name, content) {
	await page.goto(`${service.url}/imports`);
	await page.getByLabel("The list").setInputFiles(service.file(name, content));
	await page.getByLabel("Reason").fill("From the publisher's page");
	await press(page, "Import");
}

test("a list is imported by a form, held, rejected, imported again, accepted and undone", async () => {
	const page = await openBoth(service.url);
	const changed = data.cplCsv().replaceAll("Current", "Removed");
	await page.goto(`${service.url}/imports`);
	await judge(page, "imports");
	await press(page, "Import");
	assert.match(await main(page), /Choose the file of the list/);
	await judge(page, "no file");
	await upload(page, "broken.csv", "not a list");
	assert.match(await main(page), /There is a problem/);
	await judge(page, "no list");
	await upload(page, "removed.csv", changed);
	assert.match(await main(page), /Held/);
	await judge(page, "held");
	await press(page, "Reject it");
	assert.match(await main(page), /Write your reason/);
	await judge(page, "no reason");
	await page.getByLabel("Your reason").fill("Nobody removes everything");
	await press(page, "Reject it");
	assert.match(await main(page), /nothing of it stands/);
	await judge(page, "rejected");
	await upload(page, "removed.csv", changed);
	await page.getByLabel("Your reason").fill("Asked the publisher: it is so");
	await press(page, "Accept it");
	assert.match(await main(page), /Accepted/);
	await judge(page, "applied");
	await page.getByLabel("Your reason").fill("The publisher was wrong");
	await press(page, "Undo it");
	assert.match(await main(page), /Undo: /);
	await judge(page, "undone");
	await closeBoth(page);
});
