// SPDX-License-Identifier: Apache-2.0
// The end of a session is told before, and what was written stays.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { close, launch, open } from "./browser.mjs";
import { Demo } from "./demo.mjs";

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

test("two minutes before the end it says so, and a link keeps the session without leaving the page", async () => {
	const page = await open(browser, demo.url);
	await demo.signIn(page, "editor");
	await page.clock.install();
	await page.goto(`${demo.url}/call-outs/new`);
	const notice = page.locator("#session-notice");
	await page.fill("#text", "Half a sentence");
	await page.clock.fastForward(11 * 60 * 1000);
	assert.ok(await notice.isHidden(), "nothing is said while there is time");
	await page.clock.fastForward(2 * 60 * 1000);
	await notice.waitFor({ state: "visible" });
	assert.equal(await notice.getAttribute("aria-live"), "polite");
	assert.match(await notice.innerText(), /signed out in about two minutes/);
	await page.focus("#session-keep");
	await page.keyboard.press("Enter");
	await page.waitForFunction(() => document.getElementById("session-said").textContent === "You stay signed in.");
	assert.equal(await page.inputValue("#text"), "Half a sentence");
	await page.clock.fastForward(13 * 60 * 1000);
	await page.waitForFunction(() => /two minutes/.test(document.getElementById("session-said").textContent));
	await page.clock.fastForward(2 * 60 * 1000);
	await page.waitForFunction(() => /signed out now/.test(document.getElementById("session-said").textContent));
	assert.equal(await page.inputValue("#text"), "Half a sentence");
	assert.deepEqual(page.watch.console, []);
	assert.deepEqual(page.watch.policy, []);
	await close(page);
});

test("without script the page says when, and a form sent too late says what became of it", async () => {
	const page = await open(browser, demo.url, { javaScriptEnabled: false });
	await demo.signIn(page, "editor");
	await page.goto(`${demo.url}/call-outs/new?to=000006`);
	assert.match(await page.locator("footer").innerText(), /you are signed out at .* UTC/);
	assert.ok(await page.locator("#session-notice").isHidden());
	await page.context().clearCookies();
	await page.locator("input[value=missing]").check();
	await page.fill("#text", "Nothing says how.");
	await page.click("main form button");
	assert.match(await page.locator("main").innerText(), /What you sent was not kept: your session had ended/);
	await page.fill("#login", "supplier");
	await page.fill("#password", demo.passwords.supplier);
	await page.click("main form button");
	assert.match(page.url(), /\/call-outs\/new$/);
	await close(page);
});
