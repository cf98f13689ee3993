// SPDX-License-Identifier: Apache-2.0
// Chromium, and a page that remembers everything that must not happen: console errors, foreign requests, violations of
// the content policy, dialogs.
import { chromium } from "playwright-core";

export const PROGRAM = process.env.CHROMIUM || "/usr/bin/chromium";

export function launch() {
	return chromium.launch({
		executablePath: PROGRAM,
		headless: true,
		args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
			"--disable-component-update", "--disable-sync"],
	});
}

// A page in a context of its own. page.watch holds what happened; page.watch.reset() forgets.
export async function open(browser, url, options = {}) {
	const context = await browser.newContext({ viewport: { width: 1200, height: 900 }, ...options });
	const page = await context.newPage();
	const watch = { console: [], foreign: [], policy: [], dialogs: [], failed: [], statuses: [] };
	watch.reset = () => {
		for (const k of Object.keys(watch)) {
			if (Array.isArray(watch[k])) {
				watch[k].length = 0;
			}
		}
	};
	// A page that says 404 is an error in Chromium's console too; that one is meant.
	page.on("console", (m) => {
		if (m.type() === "error" && !/Failed to load resource: the server responded with a status of [34]\d\d/.test(m.text())) {
			watch.console.push(m.text());
		}
		if (/Content Security Policy|Trusted Type/i.test(m.text())) {
			watch.policy.push(m.text());
		}
	});
	page.on("pageerror", (e) => watch.console.push(String(e)));
	page.on("dialog", (d) => {
		watch.dialogs.push(d.message());
		d.dismiss();
	});
	page.on("request", (r) => {
		if (!r.url().startsWith(url + "/")) {
			watch.foreign.push(r.url());
		}
	});
	page.on("response", (r) => {
		watch.statuses.push([r.status(), r.url()]);
		if (r.status() >= 400 && r.request().resourceType() !== "document") {
			watch.failed.push(`${r.status()} ${r.url()}`);
		}
	});
	page.watch = watch;
	return page;
}

export async function close(page) {
	await page.context().close();
}

export async function fitsWidth(page) {
	return page.evaluate(() => document.documentElement.scrollWidth <= document.documentElement.clientWidth);
}
