// SPDX-License-Identifier: Apache-2.0
// Comfort only: says politely, two minutes before, that the session ends, and keeps it when asked to. Text is set as
// text, never as markup.
"use strict";

(function () {
	const WARN = 120; // seconds before the end
	const box = document.getElementById("session-notice");
	const said = document.getElementById("session-said");
	const keep = document.getElementById("session-keep");
	const seconds = Number(box && box.getAttribute("data-session"));
	let timers = [];

	if (!seconds || !said || !keep) {
		return;
	}

	function say(text, link) {
		box.hidden = !text;
		keep.hidden = !link;
		said.textContent = text;
	}

	function ended() {
		say("You are signed out now. What you have written is still on this page: copy it before you leave, then sign in again.", false);
	}

	function begin() {
		timers.forEach(clearTimeout);
		timers = [
			setTimeout(() => say("You will be signed out in about two minutes.", true), Math.max(0, seconds - WARN) * 1000),
			setTimeout(ended, seconds * 1000),
		];
	}

	keep.addEventListener("click", async (event) => {
		event.preventDefault(); // the page stays, with what was written
		try {
			const answer = await fetch("/v1/me", { headers: { Accept: "application/json" } });
			if (answer.ok && (await answer.json()).csrf) {
				say("You stay signed in.", false);
				begin();
			} else {
				ended();
			}
		} catch {
			say("The service did not answer. Try again.", true);
		}
	});
	begin();
})();
