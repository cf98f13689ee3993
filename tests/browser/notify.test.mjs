// SPDX-License-Identifier: Apache-2.0
// Webhooks and watching, as somebody uses them, with and without script: in each state nothing for axe to find, valid HTML,
// no console error, no foreign request, no sideways scrolling at 320 pixels.
import assert from "node:assert/strict";
import { createHmac, timingSafeEqual } from "node:crypto";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { after, before, test } from "node:test";
import { HtmlValidate, FileSystemConfigLoader, cjsResolver } from "html-validate";
import { close, fitsWidth, launch, open } from "./browser.mjs";
import { Service } from "./service.mjs";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const service = new Service();
const got = [];
let browser;
let receiver;
let validator;

before(async () => {
	receiver = createServer((request, answer) => {
		const body = [];
		request.on("data", (d) => body.push(d));
		request.on("end", () => {
			got.push({ headers: request.headers, body: Buffer.concat(body) });
			answer.end("<script>alert(1)</script> noted");
		});
	});
	await new Promise((done) => receiver.listen(0, "127.0.0.1", done));
	await service.seed().start(["--orchestrator", "no", "--fetch-allow", "127.0.0.0/8", "--fetch-allow-http", `127.0.0.1:${receiver.address().port}`]);
	browser = await launch();
	validator = new HtmlValidate(new FileSystemConfigLoader([cjsResolver()], JSON.parse(readFileSync(".htmlvalidate.json", "utf8"))));
});
after(async () => {
	await browser?.close();
	await service.stop();
	receiver.close();
});

// The state that the page is in; the markup is what the browser writes back, so the rules of writing it are left out (as is the
// one against several boxes of one name). Without script axe cannot run in the page; the same states are judged with it.
const judged = new Set();
async function judge(page, script, title, state = title) {
	assert.equal(await page.title(), `${title} – firpath`);
	if (script && !judged.has(state)) {
		judged.add(state);
		await page.evaluate(AXE);
		const found = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ["violations"], rules: { "target-size": { enabled: true } } }));
		assert.deepEqual(found.violations.map((v) => `${v.id}: ${v.nodes.slice(0, 3).map((n) => n.html).join(" | ")}`), [], `axe: ${title}`);
		await page.setViewportSize({ width: 320, height: 640 });
		assert.ok(await fitsWidth(page), `${title} scrolls sideways at 320 pixels`);
		await page.setViewportSize({ width: 1200, height: 900 });
		const report = await validator.validateString(await page.content(), title);
		assert.deepEqual(report.results.flatMap((r) => r.messages.filter((m) => !/doctype|attr-quotes|void-style|boolean-style|form-dup-name/.test(m.ruleId))
			.map((m) => `${m.line}:${m.column} ${m.ruleId}: ${m.message}`)), [], `html: ${title}`);
	}
	for (const what of ["console", "foreign", "policy", "dialogs", "failed"]) {
		assert.deepEqual(page.watch[what], [], `${what}: ${title}`);
	}
}

async function press(page, name) {
	await page.getByRole("button", { name, exact: true }).first().click();
	await page.waitForLoadState("load");
}

for (const script of [true, false]) {
	const how = script ? "" : ", without script";

	test(`a webhook is added, tried, given a new secret and removed${how}`, async () => {
		const page = await open(browser, service.url, { javaScriptEnabled: script });
		try {
			await page.goto(`${service.url}/webhooks`);
			await judge(page, script, "Webhooks");
			await page.getByRole("link", { name: "Add a webhook" }).click();
			await judge(page, script, "Add a webhook");
			await page.getByLabel("Where events go").fill("http://example.com/");
			await press(page, "Continue");
			await judge(page, script, "Error: Add a webhook");
			await page.getByLabel("Where events go").fill(`http://127.0.0.1:${receiver.address().port}/hook`);
			await page.getByLabel("What it is for (optional)").fill("<b>mine</b>");
			await page.getByLabel("The catalogue has a new revision: entries, statements, floors or blocks changed.").check();
			await press(page, "Continue");
			await judge(page, script, "Check your answers");
			await press(page, "Change the answers");
			await judge(page, script, "Add a webhook");
			await press(page, "Continue");
			await press(page, "Make the webhook");
			await judge(page, script, "The webhook is made");
			const secret = (await page.locator("code").innerText()).trim();
			await page.getByRole("link", { name: "Continue" }).click();
			await judge(page, script, "Webhook");
			const before = got.length;
			await press(page, "Send a test event");
			await judge(page, script, "Webhook");
			for (let i = 0; i < 100 && !(await page.locator("body").innerText()).includes("Taken"); i++) {
				await page.reload();
			}
			const { headers, body } = got[before];
			const key = Buffer.from(secret.replace("whsec_", ""), "base64");
			const sum = createHmac("sha256", key).update(`${headers["webhook-id"]}.${headers["webhook-timestamp"]}.`).update(body).digest();
			assert.ok(timingSafeEqual(sum, Buffer.from(headers["webhook-signature"].split(",")[1], "base64")));
			assert.ok((await page.locator("body").innerText()).includes("<script>alert(1)</script> noted"));
			await judge(page, script, "Webhook", "a webhook with deliveries");
			await page.getByLabel("Send again from").fill("yesterday");
			await press(page, "Send all since then");
			await judge(page, script, "Error: Webhook");
			await press(page, "New secret");
			await judge(page, script, "The new secret");
			await page.getByRole("link", { name: "Continue" }).click();
			await press(page, "Pause");
			assert.ok((await page.locator("body").innerText()).includes("Paused"));
			await judge(page, script, "Webhook");
			await page.goto(`${service.url}/webhooks`);
			await judge(page, script, "Webhooks", "a list of webhooks");
			await page.getByRole("link", { name: "<b>mine</b>" }).click();
			await press(page, "Remove");
			await judge(page, script, "Remove this webhook?");
			await press(page, "Remove the webhook");
			await judge(page, script, "Webhooks");
		} finally {
			await close(page);
		}
	});

	test(`what one follows is chosen, read and let go${how}`, async () => {
		const page = await open(browser, service.url, { javaScriptEnabled: script });
		try {
			await page.goto(`${service.url}/watching`);
			await judge(page, script, "Watching");
			await press(page, "Follow");
			await judge(page, script, "Error: Watching");
			await page.getByLabel("Which one").fill("000009");
			await press(page, "Follow");
			await page.getByLabel("The whole catalogue").check();
			await press(page, "Follow");
			await judge(page, script, "Watching", "news of what one follows");
			if (script) {
				assert.ok((await page.locator("body").innerText()).includes("since you looked: 2"));
				await press(page, "I have looked at them");
			}
			assert.ok((await page.locator("body").innerText()).includes("Nothing that you follow has changed"));
			await judge(page, script, "Watching", "no news");
			await press(page, "Stop following entry cpl:000009");
			await press(page, "Stop following catalogue");
			assert.ok((await page.locator("body").innerText()).includes("You follow nothing yet"));
		} finally {
			await close(page);
		}
	});
}
