// SPDX-License-Identifier: Apache-2.0
// Charging stations and meters in the browser, in a demonstration: components, a registration, a question, a release on its way to
// the catalogue, a search by part, the order of a set. Without script, and with the rules of axe on what only an action
// brings; the pages themselves are looked at for every role in roles.test.mjs.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { after, before, test } from "node:test";
import { close, launch, open } from "./browser.mjs";
import { Demo } from "./demo.mjs";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
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

const main = (page) => page.locator("main").innerText();

async function judge(page) {
	await page.evaluate(AXE);
	const found = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ["violations"], rules: { "target-size": { enabled: true } } }));
	assert.deepEqual(found.violations.map((v) => `${v.id}: ${v.nodes.slice(0, 3).map((n) => n.html).join(" | ")}`), []);
}

test("a station shows what it consists of, and its entries are called as people call them", async () => {
	const page = await at("cpo", "/stations/DEMO-CP2", { javaScriptEnabled: false });
	const text = await main(page);
	for (const word of ["Main 1.0", "Metrology 2.1", "UI 0.9", "regulated", "Sample Chargers Trio Main 1.0"]) {
		assert.ok(text.includes(word), word);
	}
	assert.ok(!text.includes("%20"), "an encoded name is shown");
	await page.getByRole("link", { name: "Sample Chargers Trio Main 1.0" }).first().click();
	assert.equal(await page.locator("h1").innerText(), "Sample Chargers Trio Main 1.0");
	assert.ok((await main(page)).includes("ocpp:Sample%20Chargers/Trio/Main@1.0"));
	await page.getByRole("link", { name: "Find the path to the newest" }).click();
	assert.ok((await main(page)).includes("One step from 1.0 to 1.1."));
	assert.ok(!(await main(page)).includes("Central Products List"));
	await close(page);
});

test("a registration shows its secret once", async () => {
	const page = await at("cpo", "/stations");
	await page.getByLabel("Identity", { exact: true }).fill("CS-9");
	await page.locator("form[method=post] button[type=submit]").last().click();
	const secret = await page.locator("code.fp-hash").innerText();
	assert.ok(secret.length >= 16, secret);
	await judge(page);
	await page.getByRole("button", { name: "Continue" }).or(page.getByRole("link", { name: "Continue" })).first().click();
	assert.equal(await page.locator("h1").innerText(), "CS-9");
	assert.ok(!(await page.content()).includes(secret));
	await close(page);
});

test("a station is asked something, and the page says that it was", async () => {
	const page = await at("cpo", "/stations/DEMO-CP2", { javaScriptEnabled: false });
	await page.getByLabel("What to ask").selectOption("read-version");
	await page.getByRole("button", { name: "Ask", exact: true }).click();
	assert.ok((await main(page)).includes("read-version"));
	await close(page);
});

test("a regulated release is approved by one person and published by another, and found by its part", async () => {
	const address = `/releases/${await demo.release("Metrology", "2.2")}`;
	let page = await at("approver", address, { javaScriptEnabled: false });
	await page.getByRole("button", { name: "Approve", exact: true }).click();
	assert.ok((await main(page)).includes("approved"), await main(page));
	await close(page);
	page = await at("operator", address);
	await page.getByRole("button", { name: "Verify and publish" }).click();
	assert.ok((await main(page)).includes("published"));
	await judge(page);
	await page.goto(`${demo.url}/releases`);
	await page.getByLabel("Holds this software").fill("openssl");
	await page.getByRole("button", { name: "Find", exact: true }).click();
	assert.ok((await main(page)).includes("Metrology 2.2"));
	await page.getByLabel("Holds this software").fill("no-such-part");
	await page.getByRole("button", { name: "Find", exact: true }).click();
	assert.ok(!(await main(page)).includes("Metrology 2.2"));
	await close(page);
});

test("a set says in which order a station gets there", async () => {
	await demo.post("operator", "/v1/sets", { name: "winter", vendor: "Sample Chargers", model: "Trio",
		releases: [await demo.release("Main", "1.1"), await demo.release("UI", "1.0")] });
	const page = await at("cpo", "/sets");
	await page.getByRole("link", { name: "winter" }).click();
	await page.getByLabel("Identity of the station").fill("DEMO-CP2");
	await page.getByRole("button", { name: "Show the order" }).click();
	assert.deepEqual((await page.locator("main ol li").allInnerTexts()).map((t) => t.trim()), ["Main 1.0 to 1.1", "UI 0.9 to 1.0"]);
	await judge(page);
	await page.getByLabel("Identity of the station").fill("NOT-THERE");
	await page.getByRole("button", { name: "Show the order" }).click();
	assert.ok((await main(page)).includes("NOT-THERE"));
	assert.equal(await page.locator("main ol li").count(), 0);
	await close(page);
});

test("a meter shows its home area network, and why each device may or may not be upgraded", async () => {
	const page = await at("supplier", "/meters/00-DB-00-00-00-00-A0-01", { javaScriptEnabled: false });
	const text = await main(page);
	for (const word of ["ESME", "000001", "00-DB-00-00-00-00-A0-03", "PPMID", "The hub must be upgraded first (by the DCC)", "the DCC upgrades hubs"]) {
		assert.ok(text.includes(word), `${word} is not in: ${text}`);
	}
	await page.getByLabel("What to do").selectOption("read-version");
	await page.getByRole("button", { name: "Do it", exact: true }).click();
	assert.ok((await main(page)).includes("read-version"));
	await page.getByRole("link", { name: "Story: what was said and done" }).click();
	assert.ok((await main(page)).includes("It runs 00010000."));
	await close(page);
});

test("a rule about hubs is stated by SECAS with its source, and what it lacks is said at its field", async () => {
	const page = await at("editor", "/han-rules");
	await page.getByRole("button", { name: "State it" }).click();
	assert.match(await page.locator(".govuk-error-summary").innerText(), /Write who says so/);
	await judge(page);
	await page.getByLabel("Name", { exact: true }).fill("esme-hub");
	await page.getByLabel("Before which device is moved").selectOption("ESME");
	await page.getByLabel("Which device must be ready").selectOption("CHF");
	await page.getByLabel("From which GBCS version on (optional)").fill("3.2");
	await page.getByLabel("Who says so").fill("Release note 7");
	await page.getByRole("button", { name: "State it" }).click();
	assert.match(await main(page), /esme-hub[\s\S]*CHF with GBCS 3.2 or later[\s\S]*Release note 7/);
	await close(page);
});
