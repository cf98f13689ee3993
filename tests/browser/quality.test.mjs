// SPDX-License-Identifier: Apache-2.0
// Every page and state: nothing for axe to find, valid HTML, no console error, no foreign request, no violation of the
// content policy, no sideways scrolling at 320 pixels, light enough, and there fast.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { after, before, test } from "node:test";
import { gzipSync } from "node:zlib";
import { HtmlValidate, FileSystemConfigLoader, cjsResolver } from "html-validate";
import { close, fitsWidth, launch, open } from "./browser.mjs";
import { EMPTY_PAGES, PAGES } from "./pages.mjs";
import { Service } from "./service.mjs";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const WEIGHT_MAX = 150 * 1024;
const service = new Service();
const empty = new Service();
let browser;
let validator;

before(async () => {
	await Promise.all([service.seed().start(["--orchestrator", "no"]), empty.start(["--orchestrator", "no"])]);
	service.fleet();
	browser = await launch();
	validator = new HtmlValidate(new FileSystemConfigLoader([cjsResolver()], JSON.parse(readFileSync(".htmlvalidate.json", "utf8"))));
});
after(async () => {
	await browser?.close();
	await service.stop();
	await empty.stop();
});

// What can change with the width.
const NARROW = ["scrollable-region-focusable", "target-size", "link-in-text-block", "meta-viewport", "region"];

async function axe(page, rules = null) {
	await page.evaluate(AXE);
	const found = await page.evaluate((only) => globalThis.axe.run(document, { resultTypes: ["violations"], rules: { "target-size": { enabled: true } },
		...(only ? { runOnly: { type: "rule", values: only } } : {}) }), rules);
	return found.violations.map((v) => `${v.id}: ${v.help}: ${v.nodes.slice(0, 3).map((n) => n.html).join(" | ")}`);
}

// The best of three loads: a busy machine is not the page's fault.
async function readyAfter(page, wanted) {
	let best = Infinity;
	for (let i = 0; i < 3 && best > wanted; i++) {
		if (i) {
			await page.reload();
		}
		best = Math.min(best, await page.evaluate(() => performance.getEntriesByType("navigation")[0].domComplete));
	}
	return best;
}

// One page for all that one service shows: a context of its own for each costs more than the page.
const pages = new Map();
async function pageOf(url) {
	if (!pages.has(url)) {
		pages.set(url, await open(browser, url));
	}
	const page = pages.get(url);
	page.watch.reset();
	await page.setViewportSize({ width: 1200, height: 900 });
	return page;
}

async function check(url, { address, status, text, ready }) {
	const page = await pageOf(url);
	const answer = await page.goto(url + address);
	assert.ok(status.includes(answer.status()), `${address} gave ${answer.status()}`);
	// Asked for apart: the browser keeps no body of an answer with status 300.
	const html = await (await fetch(url + address, { headers: { Accept: "text/html" } })).text();
	assert.ok((await page.locator("body").innerText()).includes(text), `${address} does not say '${text}'`);
	assert.deepEqual(await axe(page), [], "axe");
	assert.deepEqual(page.watch.console, [], "console");
	assert.deepEqual(page.watch.foreign, [], "requests to other origins");
	assert.deepEqual(page.watch.policy, [], "content policy");
	assert.deepEqual(page.watch.dialogs, [], "dialogs");
	assert.deepEqual(page.watch.failed, [], "failed requests");
	const report = await validator.validateString(html, address);
	assert.deepEqual(report.results.flatMap((r) => r.messages.map((m) => `${m.line}:${m.column} ${m.ruleId}: ${m.message}`)), [], "html");
	await page.setViewportSize({ width: 320, height: 640 });
	assert.ok(await fitsWidth(page), "scrolls sideways at 320 pixels");
	assert.deepEqual(await axe(page, NARROW), [], "axe at 320 pixels");
	assert.ok((await readyAfter(page, ready)) <= ready, `not ready within ${ready} ms, three times over`);
}

for (const p of PAGES) {
	test(`${p.name}: ${p.address}`, () => check(service.url, p));
}
for (const p of EMPTY_PAGES) {
	test(`${p.name}: ${p.address}`, () => check(empty.url, p));
}

test("pages weigh at most 150 KiB packed, assets included", async () => {
	for (const p of PAGES) {
		const page = await open(browser, service.url);
		const bodies = [];
		page.on("response", (r) => bodies.push(r.body().catch(() => Buffer.alloc(0))));
		await page.goto(service.url + p.address);
		await page.waitForLoadState("load");
		const weight = (await Promise.all(bodies)).reduce((sum, b) => sum + gzipSync(b).length, 0);
		await close(page);
		assert.ok(weight <= WEIGHT_MAX, `${p.address} weighs ${weight} bytes`);
	}
});

test("every page has its security headers and no cookie", async () => {
	for (const p of PAGES) {
		const answer = await fetch(service.url + p.address, { headers: { Accept: "text/html" }, redirect: "manual" });
		const policy = answer.headers.get("content-security-policy") || "";
		for (const part of ["default-src 'none'", "script-src 'self'", "style-src 'self'", "form-action 'self'", "frame-ancestors 'none'",
			"base-uri 'none'", "require-trusted-types-for 'script'"]) {
			assert.ok(policy.includes(part), `${p.address}: no ${part} in ${policy}`);
		}
		assert.ok(!policy.includes("unsafe"), policy);
		assert.equal(answer.headers.get("x-content-type-options"), "nosniff", p.address);
		assert.equal(answer.headers.get("access-control-allow-origin"), null, p.address);
		assert.equal(answer.headers.get("set-cookie"), null, p.address);
	}
});

test("assets may be kept for a year and pages are looked at again", async () => {
	const home = await (await fetch(service.url)).text();
	for (const href of home.match(/\/assets\/[^"]+/g)) {
		const answer = await fetch(service.url + href);
		assert.equal(answer.status, 200, href);
		assert.match(answer.headers.get("cache-control"), /max-age=31536000/);
	}
	const first = await fetch(service.url + "/entries/000009");
	const again = await fetch(service.url + "/entries/000009", { headers: { "If-None-Match": first.headers.get("etag") } });
	assert.equal(again.status, 304);
});
