// SPDX-License-Identifier: Apache-2.0
// Pictures of the pages of a running service: node shots.mjs URL FOLDER FROM TO. Used by contrib/screenshots.
import path from "node:path";
import { close, launch, open } from "./browser.mjs";

const [url, folder, from, to] = process.argv.slice(2);

async function json(address) {
	const answer = await fetch(url + address);
	return answer.ok ? answer.json() : null;
}

// What there is to show depends on the catalogue: look for it.
async function addresses() {
	const entry = await json(`/v1/entries/${from}`);
	const models = (await json("/v1/models?limit=500")).models;
	const campaign = (await json("/v1/campaigns?limit=1")).campaigns[0];
	const lint = (await json("/v1/lint")).findings;
	const twins = lint.find((f) => f.code === "ambiguous");
	const unknown = lint.find((f) => f.code === "unknown" && f.model === entry.model_id) ?? lint.find((f) => f.code === "unknown");
	const blocked = models.find((m) => m.blocked) ?? models[0];
	const list = [
		["home", "/"],
		["search", `/search?q=${entry.manufacturer}`],
		["path-finder", "/path"],
		["path", `/path?from=${from}&to=${to}`],
		["path-wrong-input", "/path?from=meter&to=latest"],
		["models", "/models"],
		["model", `/models/${entry.model_id}`],
		["model-blocked", `/models/${blocked.id}`],
		["entry", `/entries/${to}`],
		["campaigns", "/campaigns"],
		["changes", "/changes"],
		["data-health", "/data-health"],
		["bulk", "/bulk"],
		["developers", "/developers"],
		["status", "/status"],
		["help", "/help"],
		["accessibility", "/accessibility"],
		["not-found", "/entries/999999"],
	];
	if (twins) {
		const twin = await json(`/v1/entries/${twins.entries[0]}`);
		list.push(["twins", `/path?from=${twins.model}:${twin.version}&to=latest`]);
	}
	if (unknown) {
		list.push(["no-path", `/path?from=${from}&to=${unknown.entries[0]}`]);
	}
	if (campaign) {
		list.push(["campaign", `/campaigns/${campaign.id}`]);
	}
	return list;
}

const browser = await launch();
try {
	for (const [name, address] of await addresses()) {
		const page = await open(browser, url, { viewport: { width: 1100, height: 800 }, deviceScaleFactor: 1 });
		await page.goto(url + address);
		if (name === "campaign") {
			await page.locator("td summary").first().click({ timeout: 2000 }).catch(() => {});
		}
		await page.screenshot({ path: path.join(folder, `${name}.png`), fullPage: true });
		await close(page);
		console.log(path.join(folder, `${name}.png`));
	}
	for (const [name, address] of [["phone-path", `/path?from=${from}&to=${to}`], ["phone-home", "/"]]) {
		const page = await open(browser, url, { viewport: { width: 360, height: 740 } });
		await page.goto(url + address);
		await page.screenshot({ path: path.join(folder, `${name}.png`), fullPage: true });
		await close(page);
		console.log(path.join(folder, `${name}.png`));
	}
} finally {
	await browser.close();
}
