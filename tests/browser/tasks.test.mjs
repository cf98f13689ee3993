// SPDX-License-Identifier: Apache-2.0
// What people come for: without script, with the keyboard alone, and in few steps.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { close, launch, open } from "./browser.mjs";
import { LARGE, SMALL, TWINS } from "./data.mjs";
import { Service } from "./service.mjs";

const service = new Service();
let browser;

before(async () => {
	await service.seed().start(["--orchestrator", "no"]);
	service.fleet();
	browser = await launch();
});
after(async () => {
	await browser?.close();
	await service.stop();
});

const heading = (page) => page.locator("h1").innerText();

// Each task twice over: with script and without.
function task(name, run) {
	for (const script of [true, false]) {
		test(`${name} (${script ? "with" : "without"} script)`, async () => {
			const page = await open(browser, service.url, { javaScriptEnabled: script });
			try {
				await page.goto(service.url);
				await run(page);
				assert.deepEqual(page.watch.console, []);
				assert.deepEqual(page.watch.dialogs, []);
			} finally {
				await close(page);
			}
		});
	}
}

task("from an Entry ID to the first step in three interactions", async (page) => {
	await page.fill("#q", "000001");
	await page.press("#q", "Enter");
	assert.equal(await heading(page), "Entry 000001, firmware 00:04:05:00");
	await page.click("text=Find the path to the newest");
	assert.equal(await heading(page), "Upgrade path");
	assert.match(await page.locator("ol.fp-steps li").nth(1).innerText(), /Install 00:04:07:00, Entry 000002/);
});

task("search by maker, then look at an entry", async (page) => {
	await page.fill("#q", "1082");
	await page.click("button:has-text('Search')");
	await page.click("table a:text-is('000022')");
	assert.match(await heading(page), /Entry 000022/);
});

task("ask for a path between two identities", async (page) => {
	await page.click("nav >> text=Path finder");
	await page.fill("#from", `${SMALL}:40800`);
	await page.fill("#to", "9");
	await page.click("text=Find the path");
	assert.match(await page.locator(".fp-answer").innerText(), /from 00:04:08:00 to 00:05:04:00/);
	assert.equal(await page.inputValue("#from"), `${SMALL}:40800`);
});

task("choose between twins", async (page) => {
	await page.goto(`${service.url}/path`);
	await page.fill("#from", `${TWINS}:00000100`);
	await page.fill("#to", "000022");
	await page.click("text=Find the path");
	assert.equal(await heading(page), "Which entry is meant?");
	assert.equal(await page.locator("input[type=radio]:checked").count(), 0, "nothing is chosen beforehand");
	await page.locator("label:has-text('000020')").click();
	await page.click("text=Continue with this entry");
	assert.match(await page.locator(".fp-answer").innerText(), /One step from 00:00:01:00 to 00:00:02:00/);
	assert.match(page.url(), /from=000020/);
	assert.match(page.url(), /to=000022/);
});

task("mend a wrong input", async (page) => {
	await page.goto(`${service.url}/path?from=nonsense&to=latest`);
	assert.match(await page.title(), /^Error: /);
	await page.click(".govuk-error-summary a");
	assert.equal(await page.evaluate(() => document.activeElement?.id ?? ""), "from");
	await page.fill("#from", "000001");
	await page.click("text=Find the path");
	assert.equal(await heading(page), "Upgrade path");
});

task("learn why there is no path, and go as far as one can", async (page) => {
	await page.goto(`${service.url}/path?from=000001&to=000012`);
	await page.click("text=Show the path there");
	assert.equal(await heading(page), "Upgrade path");
});

task("use the choices: a day, a preference, Removed entries", async (page) => {
	await page.goto(`${service.url}/path?from=000001&to=000005`);
	await page.locator("summary:has-text('More choices')").click();
	await page.selectOption("#allow_removed", "hop");
	await page.selectOption("#prefer", "bytes");
	await page.fill("#to", "latest");
	await page.click("text=Find the path");
	assert.match(page.url(), /allow_removed=hop/);
	assert.match(await page.locator("main").innerText(), /What you prefer is not known for every step/);
});

task("a permalink gives the same answer", async (page) => {
	await page.goto(`${service.url}/path?from=000001&to=latest`);
	const steps = await page.locator("ol.fp-steps").innerText();
	await page.click("text=Link to this answer as it is today");
	assert.match(page.url(), /at=20/);
	assert.equal(await page.locator("ol.fp-steps").innerText(), steps);
});

task("from the models to a picture, and through it to an entry", async (page) => {
	await page.click("nav >> text=Models");
	await page.click(`text=${SMALL}`);
	await page.locator("svg a", { hasText: "000007" }).first().click();
	assert.match(await heading(page), /Entry 000007/);
	await page.click("text=In the picture of the model");
	assert.match(page.url(), /around=000007/);
});

task("the picture and the table say the same", async (page) => {
	await page.goto(`${service.url}/models/${SMALL}`);
	const inPicture = await page.locator("svg a text:first-of-type").allTextContents();
	const inTable = await page.locator("#entries + section tbody th").allInnerTexts();
	assert.deepEqual(inPicture.map((t) => t.trim()).sort(), inTable.map((t) => t.trim()).sort());
	for (const word of ["Removed", "must be passed", "blocked", "path not stated", "downgrade"]) {
		assert.ok((await page.locator("svg").textContent()).includes(word), `picture: ${word}`);
		assert.ok((await page.locator("#entries + section").innerText()).includes(word), `table: ${word}`);
	}
});

task("a large model shows what lies around one entry", async (page) => {
	await page.goto(`${service.url}/models/${LARGE}?around=000140`);
	const nodes = await page.locator("svg g.node").count();
	assert.ok(nodes > 10 && nodes <= 60, `${nodes} nodes`);
	assert.equal(await page.locator("svg a[*|href='/entries/000140']").count(), 1);
});

task("read what changed and what needs a look", async (page) => {
	await page.click("nav >> text=Changes");
	await page.locator("summary").first().click();
	await page.locator("details[open] a").first().click();
	assert.match(await heading(page), /Entry \d{6}/);
	await page.click("footer >> text=Data health");
	await page.locator("summary").first().click();
	await page.locator("details[open] a").first().click();
	assert.match(await heading(page), /Model/);
});

task("follow a campaign", async (page) => {
	await page.click("nav >> text=Campaigns");
	await page.click("text='Draft'");
	assert.equal(await heading(page), "Draft");
	assert.match(await page.locator("main").innerText(), /0 of 61 devices have reached the target/);
	assert.ok(await page.locator("progress").count(), "a progress bar");
	await page.click("text=Not walked >> nth=-1");
});

test("keyboard alone: skip link, search, path", async () => {
	const page = await open(browser, service.url);
	await page.goto(service.url);
	await page.keyboard.press("Tab");
	assert.equal(await page.evaluate(() => document.activeElement.textContent), "Skip to main content");
	await page.keyboard.press("Enter");
	assert.match(page.url(), /#main-content$/);
	await page.keyboard.press("Tab");
	assert.equal(await page.evaluate(() => document.activeElement.id), "q");
	await page.keyboard.type("000001");
	await page.keyboard.press("Enter");
	await page.waitForURL(/entries\/000001/);
	for (let i = 0; i < 40 && !(await page.evaluate(() => /^Find the path/.test(document.activeElement.textContent))); i++) {
		await page.keyboard.press("Tab");
	}
	await page.keyboard.press("Enter");
	await page.waitForURL(/path\?from=000001/);
	await close(page);
});

test("keyboard alone: twins by arrow keys", async () => {
	const page = await open(browser, service.url);
	await page.goto(`${service.url}/path?from=${TWINS}:00000100&to=000022`);
	for (let i = 0; i < 40 && !(await page.evaluate(() => document.activeElement.type === "radio")); i++) {
		await page.keyboard.press("Tab");
	}
	await page.keyboard.press("Space");
	await page.keyboard.press("ArrowDown");
	assert.equal(await page.evaluate(() => document.querySelector("input:checked").value), "000021");
	await page.keyboard.press("ArrowUp");
	await page.keyboard.press("Enter");
	await page.waitForURL(/from=000020/);
	await close(page);
});

test("keyboard alone: every stop is visible, none is a trap, wide frames scroll", async () => {
	for (const address of ["/", "/path?from=000001&to=000009", `/models/${SMALL}`, "/campaigns/1", "/data-health"]) {
		const page = await open(browser, service.url, { viewport: { width: 480, height: 700 } });
		await page.goto(service.url + address);
		const stops = new Set();
		for (let i = 0; i < 400; i++) {
			await page.keyboard.press("Tab");
			const at = await page.evaluate(() => {
				const e = document.activeElement;
				if (!e || e === document.body) {
					return null;
				}
				const r = e.getBoundingClientRect();
				const all = [...document.querySelectorAll("*")];
				return { key: all.indexOf(e), what: e.outerHTML.slice(0, 80), seen: r.width > 0 && r.height > 0 };
			});
			if (!at || stops.has(at.key)) {
				break;
			}
			assert.ok(at.seen, `${address}: ${at.what} takes the focus unseen`);
			stops.add(at.key);
		}
		const wanted = await page.evaluate(() => [...document.querySelectorAll("a[href], button, input:not([type=hidden]), select, summary, [tabindex='0']")]
			.filter((e) => e.checkVisibility()).length);
		assert.ok(stops.size >= wanted, `${address}: ${stops.size} stops for ${wanted} things to reach`);
		await close(page);
	}
});

test("the live figures change without a reload, and a new state reloads", async () => {
	const page = await open(browser, service.url);
	let state = "draft", done = 0, loads = 0;
	await page.route("**/v1/campaigns/1/progress", (route) => route.fulfill({
		contentType: "application/json",
		body: JSON.stringify({ name: "Draft", state, reason: null, total: 61, queued: 3, active: 12, held: 0, done, failed: 1, refused: 2,
			stopped: 0, hops: 1234, last_event: 1, rate_per_hour: null, eta_s: null }),
	}));
	page.on("load", () => loads++);
	await page.goto(`${service.url}/campaigns/1`);
	done = 44;
	await page.waitForFunction(() => document.querySelector("[data-field=hops]").textContent === "1,234");
	assert.equal(await page.locator("[data-field=done]").innerText(), "44");
	assert.equal(await page.evaluate(() => document.querySelector("progress").value), 44);
	assert.equal(loads, 1);
	state = "running";
	await page.waitForEvent("load");
	assert.deepEqual(page.watch.console, []);
	assert.deepEqual(page.watch.policy, []);
	await close(page);
});

test("a print of the answer has the steps, the notice, revision and time, and no forms", async () => {
	const page = await open(browser, service.url);
	await page.goto(`${service.url}/path?from=000001&to=000006`);
	await page.emulateMedia({ media: "print" });
	const text = await page.locator("body").innerText();
	for (const part of ["Install 00:04:10:01", "does not replace"]) {
		assert.ok(text.includes(part), part);
	}
	assert.match(text, /As at .*, catalogue revision \d+/);
	assert.match(text, /Confirmed:?\s*never/);
	assert.ok(!text.includes("More choices") && !text.includes("Path finder"), text);
	assert.ok((await page.pdf({ format: "A4" })).length > 5000);
	await close(page);
});
