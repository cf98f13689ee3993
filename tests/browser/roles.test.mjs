// SPDX-License-Identifier: Apache-2.0
// Every page of the table of routes, for every role that may see it: nothing for axe to find, valid HTML, no console
// error, no foreign request, no sideways scrolling. The service is a demonstration (firpathd --demo), so this also
// tests that one. A main part that was looked at for one role is only fetched for the next, not opened in the browser again.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { after, before, test } from "node:test";
import { HtmlValidate, FileSystemConfigLoader, cjsResolver } from "html-validate";
import { close, fitsWidth, launch, open } from "./browser.mjs";
import { Demo } from "./demo.mjs";
import { BUILD } from "./firpathd.mjs";
import { PAGES } from "./pages.mjs";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const demo = new Demo();
const judged = new Set();
let browser;
let validator;
let examples;

before(async () => {
	await demo.start();
	examples = await demo.fill();
	browser = await launch();
	validator = new HtmlValidate(new FileSystemConfigLoader([cjsResolver()], JSON.parse(readFileSync(".htmlvalidate.json", "utf8"))));
});
after(async () => {
	await browser?.close();
	await demo.stop();
});

// Rows "GET /models/{} public" of the program itself: a page that is new is looked at without anybody listing it.
const ROWS = execFileSync(`${BUILD}/firpathd`, ["--routes"], { encoding: "utf8" }).trim().split("\n")
	.map((line) => line.split("\t"))
	.filter(([method, address, , flags]) => method === "GET" && flags.includes("page") && address !== "/assets/{}" && !address.startsWith("/.well-known/"))
	.map(([, address, roles]) => ({ address, roles: roles.split(" ") }));

// quality.test.mjs judges these rows in all their states, for nobody.
function covered(role, address) {
	const row = new RegExp(`^${address.replaceAll("{}", "[^/?]+")}([?]|$)`);
	return role === "public" && PAGES.some((p) => row.test(p.address));
}

function sees(role, roles) {
	return roles.includes("public") || roles.includes(role);
}

// What of a page differs from role to role; numbers that each form has of its own do not count.
function mainOf(html) {
	return html.match(/<main[^>]*>([\s\S]*)<\/main>/)[1].replace(/name="(csrf|once)" value="[0-9a-f]*"/g, "");
}

async function look(page, where) {
	page.watch.reset();
	await page.goto(demo.url + where, { waitUntil: "load" });
	assert.deepEqual(page.watch.console, [], `${where}: console`);
	assert.deepEqual(page.watch.foreign, [], `${where}: requests to other origins`);
	assert.deepEqual(page.watch.policy, [], `${where}: content policy`);
	assert.deepEqual(page.watch.failed, [], `${where}: failed requests`);
}

async function judge(page, where) {
	await page.evaluate(AXE);
	const found = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ["violations"], rules: { "target-size": { enabled: true } } }));
	assert.deepEqual(found.violations.map((v) => `${v.id}: ${v.help}: ${v.nodes.slice(0, 3).map((n) => n.html).join(" | ")}`), [], `${where}: axe`);
	await page.setViewportSize({ width: 320, height: 640 });
	assert.ok(await fitsWidth(page), `${where} scrolls sideways at 320 pixels`);
	await page.setViewportSize({ width: 1200, height: 900 });
}

async function valid(html, where) {
	const report = await validator.validateString(html, where);
	assert.deepEqual(report.results.flatMap((r) => r.messages.map((m) => `${m.line}:${m.column} ${m.ruleId}: ${m.message}`)), [], `${where}: html`);
}

for (const role of ["public", "supplier", "manufacturer", "editor", "approver", "ssc", "auditor", "cpo", "operator"]) {
	test(`every page that ${role} may see`, async (t) => {
		const page = await open(browser, demo.url);
		await demo.signIn(page, role);
		for (const row of ROWS.filter((r) => sees(role, r.roles))) {
			const where = examples(row.address, role);
			assert.ok(where !== undefined, `tests/browser/demo.mjs has no example for ${row.address}`);
			if (where === null) {
				continue; // there is nothing of that kind to show this role
			}
			await t.test(where, async () => {
				const answer = await demo.fetch(role, where);
				const html = await answer.text();
				if (where === "/sign-in" && answer.status === 303) {
					return; // who is signed in is led on
				}
				assert.equal(answer.status, 200, `${where}: ${html.replace(/<[^>]+>/g, " ").slice(0, 300)}`);
				const main = mainOf(html);
				if (!judged.has(main) && !covered(role, row.address)) {
					judged.add(main);
					await look(page, where);
					await judge(page, where);
					await valid(html, where);
				}
			});
		}
		await close(page);
	});
}

test("a page that is not for a role says so as a page", async () => {
	for (const [role, where, status] of [["public", "/work", 401], ["supplier", "/users", 403], ["editor", "/users/new", 403]]) {
		const page = await open(browser, demo.url);
		await demo.signIn(page, role);
		const answer = await page.goto(demo.url + where);
		assert.equal(answer.status(), status, where);
		await judge(page, where);
		await close(page);
	}
});
