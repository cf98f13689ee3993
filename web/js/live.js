// SPDX-License-Identifier: Apache-2.0
// Comfort only: keeps the figures of a campaign page up to date without reloading. Text is set as text, never as markup.
"use strict";

(function () {
	const box = document.querySelector("[data-live]");
	if (!box) {
		return;
	}
	const address = box.getAttribute("data-live");
	const began = box.getAttribute("data-state");
	let wait = 2000;

	function put(name, value) {
		for (const e of box.querySelectorAll("[data-field=\"" + name + "\"]")) {
			const text = String(value);
			if (e.textContent !== text) {
				e.textContent = text;
			}
		}
	}

	function show(p) {
		for (const name of ["queued", "active", "held", "done", "failed", "refused", "stopped", "hops"]) {
			put(name, Number(p[name]).toLocaleString("en-GB"));
		}
		const bar = box.querySelector("progress");
		if (bar) {
			bar.value = p.done;
		}
	}

	async function look() {
		try {
			const answer = await fetch(address, { headers: { Accept: "application/json" } });
			if (answer.ok) {
				const p = await answer.json();
				if (p.state !== began) {
					location.reload(); // another state has other words: the server says them
					return;
				}
				show(p);
				wait = 2000;
			} else {
				wait = Math.min(wait * 2, 60000);
			}
		} catch {
			wait = Math.min(wait * 2, 60000);
		}
		setTimeout(look, wait);
	}

	setTimeout(look, wait);
})();
