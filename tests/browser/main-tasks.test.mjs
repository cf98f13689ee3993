// SPDX-License-Identifier: Apache-2.0
// What people sign in for, each task once with the keyboard alone and once without script. Finding a path and choosing
// between twins are in tasks.test.mjs.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
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

// The same words for both ways of working.
class Mouse {
	constructor(page) {
		this.page = page;
	}

	async type(what, text) {
		await this.page.fill(what, text);
	}

	async choose(what) {
		await this.page.locator(what).first().check();
	}

	async press(what) {
		await this.page.locator(what).first().click();
	}
}

// Only keys: Tab to a thing, then type, Space, arrows or Enter. What Tab does not reach cannot be used.
class Keys {
	constructor(page) {
		this.page = page;
	}

	async reach(what, group) {
		const target = await this.page.locator(what).first().elementHandle();
		for (let i = 0; i < 200; i++) {
			if (await target.evaluate((e, any) => e === document.activeElement ||
				(any && document.activeElement.type === "radio" && document.activeElement.name === e.name), group)) {
				return target;
			}
			await this.page.keyboard.press("Tab");
		}
		throw new Error(`Tab does not reach ${what}`);
	}

	async type(what, text) {
		await this.reach(what);
		await this.page.keyboard.press("Control+A");
		await this.page.keyboard.type(text);
	}

	async choose(what) {
		const target = await this.reach(what, true);
		if (await target.evaluate((e) => e.type === "checkbox")) {
			if (!(await target.isChecked())) {
				await this.page.keyboard.press("Space");
			}
		} else {
			await this.page.keyboard.press("Space");
			for (let i = 0; i < 20 && !(await target.isChecked()); i++) {
				await this.page.keyboard.press("ArrowDown");
			}
		}
		assert.ok(await target.isChecked(), what);
	}

	async press(what) {
		await this.reach(what);
		const before = await this.page.evaluate(() => performance.timeOrigin);
		await this.page.keyboard.press("Enter");
		await this.page.waitForFunction((t) => performance.timeOrigin !== t && document.readyState === "complete", before);
	}
}

// run(hands, page, n): n counts the runs, so that each has things of its own.
function task(name, role, run) {
	[Keys, Mouse].forEach((Hands, n) => {
		test(`${name} (${n ? "without script" : "keyboard alone"})`, async () => {
			const page = await open(browser, demo.url, { javaScriptEnabled: !n });
			try {
				await demo.signIn(page, role);
				await run(new Hands(page), page, n);
				assert.deepEqual(page.watch.console, []);
				assert.deepEqual(page.watch.policy, []);
			} finally {
				await close(page);
			}
		});
	});
}

const main = (page) => page.locator("main").innerText();

task("a list of devices is checked", "public", async (hands, page) => {
	await page.goto(demo.url);
	await hands.press("nav a:has-text('Bulk check')");
	await hands.type("#list", "meter-1, 000001\nmeter-2, 000004\nmeter-3, 999999\n");
	await hands.press("button:has-text('Check the list')");
	assert.match(await main(page), /meter-1[^]*meter-3/);
});

task("a call-out is raised", "supplier", async (hands, page, n) => {
	await page.goto(`${demo.url}/call-outs/new`);
	await hands.choose("input[value=wrong]");
	await hands.type("#entry", ["000003", "000004"][n]);
	await hands.type("#text", "It does not fit the notes.");
	await hands.press("main form button");
	assert.match(await main(page), /Your report is with SECAS/);
});

task("a call-out is answered", "editor", async (hands, page, n) => {
	const made = await demo.post("supplier", "/v1/callouts", { kind: "stale", entry: ["000005", "000006"][n], text: "Is it still so?" });
	await page.goto(`${demo.url}/call-outs/${made.callout ?? made.id}`);
	await hands.choose("input[name=verb][value=answer]");
	await hands.type("#text", "It is, the notes of May say so.");
	await hands.press("main form button");
	assert.match(await main(page), /It was noted[^]*notes of May/);
});

task("a change is proposed", "editor", async (hands, page, n) => {
	await page.goto(`${demo.url}/proposals`);
	await hands.press("main a[href^='/proposals/new']");
	await hands.type("#entry", ["000002", "000003"][n]);
	await hands.press("button:has-text('Continue')");
	await hands.choose("input[value=confirm]");
	await hands.press("button:has-text('Continue')");
	await hands.type("#reason", "Asked the maker.");
	await hands.press("button:has-text('Continue')");
	assert.match(await main(page), /Check your answers[^]*Asked the maker/);
	await hands.press("button:has-text('Send it for approval')");
	assert.match(await main(page), /The proposal was sent/);
});

task("a proposal is approved by a second person", "approver", async (hands, page, n) => {
	const made = await demo.post("editor", "/v1/proposals", { title: `To approve ${n}`, reason: "Asked.",
		items: [{ op: "confirm", entry: ["000004", "000005"][n] }] });
	await page.goto(`${demo.url}/work`);
	await hands.press("main a:has-text('Review proposals')");
	await hands.press(`main a[href='/proposals/${made.proposal}']`);
	await hands.press("button:has-text('Approve exactly this')");
	assert.match(await main(page), /You approved it/);
});

task("a held import is reviewed and rejected", "editor", async (hands, page, n) => {
	const list = readFileSync(new URL("../../contrib/sample/cpl.csv", import.meta.url), "utf8");
	const hash = /,([0-9A-Fa-f]{64})\b/.exec(list)[1];
	const bad = list.replace(hash, (n ? "A" : "B").repeat(64));
	await demo.fetch("editor", "/v1/imports?feed=cpl&why=test", { method: "POST", body: bad, headers: { "Content-Type": "text/csv",
		"Idempotency-Key": `held-${n}`, "Firpath-Csrf": (await demo.json("editor", "/v1/me")).csrf } });
	const held = (await demo.json("editor", "/v1/imports")).imports.find((i) => i.state === "held");
	assert.ok(held, "nothing was held");
	await page.goto(`${demo.url}/work`);
	await hands.press("main a:has-text('Import review')");
	await hands.press(`main a[href='/imports/${held.import ?? held.id}']`);
	assert.match(await main(page), /hash/i);
	await hands.type("#why", "The maker knows of no change.");
	await hands.press("button:has-text('Reject it')");
	assert.match(await main(page), /[Rr]ejected/);
});

task("a maker confirms that its path is still true", "manufacturer", async (hands, page) => {
	await page.goto(demo.url);
	await page.goto(`${demo.url}/workspace`);
	const all = await page.locator("main input[type=checkbox]").count();
	assert.ok(all > 1, "nothing is due in the demonstration");
	await hands.choose("main input[type=checkbox]");
	await hands.press("button:has-text('Confirm what is ticked')");
	assert.match(await main(page), /[Cc]onfirmed|sent/);
});

task("a path is blocked at once", "ssc", async (hands, page, n) => {
	await page.goto(`${demo.url}/risk`);
	await hands.press("main a:has-text('Block a path at once')");
	await hands.type("#entry", ["000005", "000006"][n]);
	await hands.type("#name", `EX-${n}`);
	await hands.type("#message", "Loses the clock.");
	await hands.type("#reason", "Seen in the field.");
	await hands.press("main form button.govuk-button");
	assert.match(await main(page), /What this does/);
	await hands.press("main form button.govuk-button");
	assert.match(await main(page), /Waits for a second person/);
});

task("an entry is followed, and a webhook made", "supplier", async (hands, page, n) => {
	await page.goto(`${demo.url}/watching`);
	await hands.choose("input[value=entry]");
	await hands.type("#subject", ["000002", "000003"][n]);
	await hands.press("button[value=follow]");
	assert.match(await main(page), new RegExp(["000002", "000003"][n]));
	await page.goto(`${demo.url}/webhooks`);
	await hands.press("main a[href='/webhooks/new']");
	await hands.type("#url", `https://127.0.0.1:9/${n}`);
	await hands.press("main form button.govuk-button");
	assert.match(await main(page), /Check your answers/);
	await hands.press("button[value=make]");
	assert.match(await main(page), /whsec_/);
});

task("somebody signs in, makes a token and signs out", "public", async (hands, page) => {
	await page.goto(demo.url);
	await hands.press("header a:has-text('Sign in')");
	await hands.type("#login", "auditor");
	await hands.type("#password", demo.passwords.auditor);
	await hands.press("main form button");
	await hands.press("header a[href='/account']");
	await hands.press("main a[href='/account/tokens/new']");
	for (const box of await page.locator("main form input[type=text]").all()) {
		await hands.type(`#${await box.getAttribute("id")}`, (await box.inputValue()) || "test");
	}
	if (await page.locator("main form input[type=checkbox]").count()) {
		await hands.choose("main form input[type=checkbox]");
	}
	await hands.press("main form button.govuk-button");
	assert.match(await main(page), /Your new token/);
	await hands.press("header button:has-text('Sign out')");
	assert.equal(await page.locator("header a:has-text('Sign in')").count(), 1);
});
