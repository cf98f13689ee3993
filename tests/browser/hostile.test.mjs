// SPDX-License-Identifier: Apache-2.0
// T23: what others wrote, and what somebody types, stays text: no dialog, no foreign request, no violation of the policy
// (the policy is the second wall; nothing may even touch it).
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { close, launch, open } from "./browser.mjs";
import { DENSE, HOSTILE, PAYLOADS, id } from "./data.mjs";
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

test("there are at least fifty payloads", () => assert.ok(PAYLOADS.length >= 50));

// Nothing but our own elements, whatever the text: counted against what the templates can make.
async function clean(page, where) {
	assert.deepEqual(page.watch.dialogs, [], `${where}: dialog`);
	assert.deepEqual(page.watch.foreign, [], `${where}: foreign request`);
	assert.deepEqual(page.watch.policy, [], `${where}: policy`);
	assert.deepEqual(page.watch.console, [], `${where}: console`);
	const found = await page.evaluate(() => [
		...document.querySelectorAll("script:not([src^='/assets/']), iframe, object, embed, base, img, video, audio, math, style, template, " +
			"meta[http-equiv], link:not([href^='/assets/']), animate, foreignObject"),
		...[...document.querySelectorAll("*")].filter((e) => [...e.attributes].some((a) => a.name.startsWith("on") || a.name === "style")),
		...[...document.querySelectorAll("[href], [action], [formaction], [src]")].filter((e) =>
			!/^(\/(?!\/)|#|\?|https:\/\/www\.example\.org\/)/.test(e.getAttribute("href") ?? e.getAttribute("action") ?? e.getAttribute("src") ?? "/")),
	].map((e) => e.outerHTML.slice(0, 200)));
	assert.deepEqual(found, [], `${where}: elements`);
}

test("imported texts: excerpts, authors, references, names of campaigns", async () => {
	const page = await open(browser, service.url);
	const addresses = [`/models/${HOSTILE}`, "/changes", "/campaigns", `/path?from=${id(300)}&to=${id(302)}`,
		`/path?from=${id(300)}&to=latest`, "/data-health"];
	PAYLOADS.forEach((_, i) => addresses.push(`/entries/${id(300 + i)}`));
	for (let i = 2; i <= 11; i++) {
		addresses.push(`/campaigns/${i}`);
	}
	for (const address of addresses) {
		await page.goto(service.url + address);
		await clean(page, address);
	}
	await close(page);
});

test("imported texts are shown as they were written", async () => {
	const page = await open(browser, service.url);
	for (const i of [0, 1, 6, 40]) {
		await page.goto(`${service.url}/entries/${id(300 + i)}`);
		assert.ok((await page.locator("blockquote").innerText()).includes(PAYLOADS[i]), PAYLOADS[i]);
	}
	await close(page);
});

for (const [name, address, field, submit] of [
	["search", "/search", "#q", "button:has-text('Search')"],
	["path, from", "/path", "#from", "button:has-text('Find the path')"],
	["path, to", "/path?from=000001", "#to", "button:has-text('Find the path')"],
	["maker", "/models", "#maker", "button:has-text('Show')"],
]) {
	test(`typed text: ${name}`, async () => {
		const page = await open(browser, service.url);
		for (const p of PAYLOADS) {
			await page.goto(service.url + address);
			await page.fill(field, p);
			await page.click(submit);
			await clean(page, `${name}: ${p}`);
		}
		await close(page);
	});
}

test("text in addresses", async () => {
	const page = await open(browser, service.url);
	for (const p of PAYLOADS) {
		const e = encodeURIComponent(p);
		for (const address of [`/path?from=000001&at=${e}`, `/path?from=000001&prefer=${e}`, `/entries/${e}`, `/models/${e}`,
			`/campaigns/${e}`, `/${e}`, `/help?${e}=1`, `/models/${HOSTILE}?around=${e}`, `/campaigns?state=${e}`]) {
			await page.goto(service.url + address);
			await clean(page, address);
		}
	}
	await close(page);
});

test("the picture alone is as clean as in the page", async () => {
	const page = await open(browser, service.url);
	await page.goto(`${service.url}/v1/models/${HOSTILE}/graph.svg`);
	assert.equal(await page.evaluate(() => document.documentElement.tagName), "svg");
	assert.equal(await page.evaluate(() => document.querySelectorAll("script, foreignObject, image, style, animate").length), 0);
	assert.deepEqual(page.watch.dialogs, []);
	await close(page);
});

test("T44 pictures of the densest model end in time, and others do not wait for them", async () => {
	const slowest = { picture: 0, other: 0 };
	let drawing = true;
	const timed = async (what, address, ok) => {
		const began = performance.now();
		const answer = await fetch(service.url + address);
		await answer.arrayBuffer();
		slowest[what] = Math.max(slowest[what], performance.now() - began);
		assert.ok(ok.includes(answer.status), `${address} gave ${answer.status}`);
	};
	const others = (async () => {
		while (drawing) {
			await timed("other", "/v1/path?from=000001&to=000009", [200]);
			await timed("other", "/entries/000009", [200]);
		}
	})();
	await Promise.all(Array.from({ length: 8 }, (_, i) => timed("picture", `/v1/models/${DENSE}/graph.svg?around=${id(500 + i)}`, [200, 503])));
	drawing = false;
	await others;
	assert.ok(slowest.picture < 4500, `a picture took ${slowest.picture} ms`); // two seconds for a place, two for drawing
	assert.ok(slowest.other < 1000, `another request took ${slowest.other} ms`);
});
