// SPDX-License-Identifier: Apache-2.0
// The tasks of people with a role, in a demonstration: each without script, and each with the keyboard alone. Together
// with tasks.test.mjs these are the main tasks: to the first step, twins, a list of devices, as on a day, sign in and
// out, propose, confirm, approve, return, block and second, call-out, watch.
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

const heading = (page) => page.locator("h1").innerText();

// Two ways to use a page: with a pointer and no script at all, and with nothing but keys.
const pointer = {
	fill: (page, label, text) => page.getByLabel(label, { exact: true }).fill(text),
	choose: (page, label) => page.getByLabel(label, { exact: true }).check(),
	press: (page, name) => page.getByRole("button", { name, exact: true }).click(),
	follow: (page, name) => page.getByRole("link", { name, exact: true }).first().click(),
};

// Moves the focus by Tab alone until the wanted thing has it; radio buttons of one name are one stop.
async function reach(page, locator) {
	const wanted = await locator.first().elementHandle();
	for (let i = 0; i < 150; i++) {
		await page.keyboard.press("Tab");
		if (await wanted.evaluate((e) => document.activeElement === e)) {
			return;
		}
		if (await wanted.evaluate((e) => e.type === "radio" && document.activeElement.name === e.name)) {
			for (let k = 0; k < 20 && !(await wanted.evaluate((e) => document.activeElement === e)); k++) {
				await page.keyboard.press("ArrowDown");
			}
			return;
		}
	}
	assert.fail(`the keyboard does not reach ${locator}`);
}
const keyboard = {
	async fill(page, label, text) {
		await reach(page, page.getByLabel(label, { exact: true }));
		await page.keyboard.press("Control+A");
		await page.keyboard.type(text);
	},
	async choose(page, label) {
		const box = page.getByLabel(label, { exact: true });
		await reach(page, box);
		if (!(await box.isChecked())) {
			await page.keyboard.press("Space");
		}
	},
	async press(page, name) {
		await reach(page, page.getByRole("button", { name, exact: true }));
		await Promise.all([page.waitForEvent("load"), page.keyboard.press("Enter")]);
	},
	async follow(page, name) {
		await reach(page, page.getByRole("link", { name, exact: true }));
		await Promise.all([page.waitForEvent("load"), page.keyboard.press("Enter")]);
	},
};

function task(name, run) {
	for (const [way, hand, options] of [["without script", pointer, { javaScriptEnabled: false }], ["keyboard alone", keyboard, {}]]) {
		test(`${name} (${way})`, async () => {
			const page = await open(browser, demo.url, options);
			try {
				await run(page, hand, way);
				assert.deepEqual(page.watch.console, []);
				assert.deepEqual(page.watch.foreign, []);
			} finally {
				await close(page);
			}
		});
	}
}

async function as(page, role, address) {
	await demo.signIn(page, role);
	await page.goto(demo.url + address);
}

task("sign in, see who one is, and sign out", async (page, hand) => {
	await page.goto(demo.url);
	await hand.follow(page, "Sign in");
	await hand.fill(page, "Login name", "supplier");
	await hand.fill(page, "Password", demo.passwords.supplier);
	await hand.press(page, "Sign in");
	await hand.follow(page, "Your work");
	assert.equal(await heading(page), "Your work");
	await hand.press(page, "Sign out");
	assert.equal(await page.getByRole("link", { name: "Sign in", exact: true }).count() > 0, true);
});

task("check a list of devices, look at what is in doubt, and keep the list", async (page, hand, way) => {
	await as(page, "supplier", "/bulk");
	await hand.fill(page, "Your devices", "a,F0A1:00010101,00:01:00:00\nb,F0A2:00100200,01010000\nc,zz");
	await hand.press(page, "Check the list");
	assert.match(await page.locator("main").innerText(), /3 devices, asked for the newest/);
	await hand.press(page, "Several entries fit (1)");
	assert.match(await page.locator("tbody").innerText(), /000016[\s\S]*000017/);
	await hand.fill(page, "Name of the list", `Churned ${way}`);
	await hand.press(page, "Save the list");
	assert.match(await page.locator("#saved").innerText(), new RegExp(`Churned ${way}`));
	await hand.press(page, `Remove Churned ${way}`);
	assert.ok(!(await page.locator("main").innerText()).includes(`Churned ${way}`));
});

// The story of one statement: proposed by its maker, returned, proposed again, approved by somebody else.
task("propose a change by questions; somebody else decides", async (page, hand, way) => {
	await as(page, "manufacturer", "/proposals/new");
	await hand.fill(page, "Entry ID or identity", "000006");
	await hand.press(page, "Continue");
	await hand.choose(page, "From certain entries");
	await hand.press(page, "Continue");
	await hand.choose(page, "000002, firmware 00010200");
	await hand.press(page, "Continue");
	await hand.fill(page, "Reference", `RN ${way}`);
	await hand.press(page, "Continue");
	await hand.fill(page, "Why is this right?", "The release notes say so.");
	await hand.press(page, "Continue");
	assert.equal(await heading(page), "Check your answers before you send them");
	assert.match(await page.locator("main").innerText(), /What this would do/);
	await hand.press(page, "Send it for approval");
	assert.match(await page.locator("main").innerText(), /You cannot approve it/);
	const address = new URL(page.url()).pathname;

	const other = await open(browser, demo.url, way === "without script" ? { javaScriptEnabled: false } : {});
	await as(other, "approver", address);
	if (way === "without script") {
		await hand.press(other, "Return it to its author");
		assert.match(await other.title(), /^Error: /);
		await hand.fill(other, "Your reason", "Which page of the notes?");
		await hand.press(other, "Return it to its author");
		assert.match(await other.locator("main").innerText(), /Returned to its author/);
	} else {
		await hand.press(other, "Approve exactly this");
		assert.match(await other.locator("main").innerText(), /Published/);
	}
	assert.deepEqual(other.watch.console, []);
	await close(other);
});

task("confirm that a statement is still true", async (page, hand) => {
	await as(page, "editor", "/entries/000003");
	await hand.follow(page, "Propose a change");
	await hand.choose(page, "What stands is still true");
	await hand.press(page, "Continue");
	await hand.fill(page, "Why is this right?", "Asked the maker.");
	await hand.press(page, "Continue");
	await hand.press(page, "Send it for approval");
	assert.match(await page.locator("main").innerText(), /Waits for approval/);
});

task("block a path at once; a second person stands by it", async (page, hand, way) => {
	await as(page, "ssc", "/risk");
	await hand.follow(page, "Block a path at once");
	await hand.fill(page, "Entry to block", way === "without script" ? "000027" : "000028");
	await hand.fill(page, "Name of the block", `EX ${way}`);
	await hand.fill(page, "What everybody is told", "Loses the clock.");
	await hand.fill(page, "Why at once, before a second person has looked?", "Seen in the field.");
	await hand.press(page, "Continue");
	await hand.press(page, "Block it now");
	assert.match(await page.locator("main").innerText(), /Waits for a second person/);
	const address = new URL(page.url()).pathname;
	const other = await open(browser, demo.url);
	await as(other, "approver", address);
	await hand.fill(other, "Your reason", "Seen too.");
	await hand.press(other, "Confirm the block");
	assert.match(await other.locator("main").innerText(), /Confirmed/);
	await close(other);
});

task("an answer given in error is mended where the page says", async (page, hand) => {
	await as(page, "manufacturer", "/proposals/new");
	await hand.fill(page, "Entry ID or identity", "F0A2:00100200:01010000");
	await hand.press(page, "Continue");
	assert.match(await page.title(), /^Error: /);
	assert.match(await page.locator(".govuk-error-summary").innerText(), /000016, 000017/);
	await hand.fill(page, "Entry ID or identity", "000005");
	await hand.press(page, "Continue");
	assert.equal(await heading(page), "How may it be reached?");
});
