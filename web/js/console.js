// SPDX-License-Identifier: Apache-2.0
// Comfort only: the console of a vehicle follows its log and shows how the vehicle stands without reloading. What is
// new comes from the server as a page, never as markup in a message; text is set as text.
"use strict";

(function () {
	const LINES = 500;
	const AGAIN = 15000; // ms until it listens again after it was refused
	const now = document.getElementById("console-now");
	const box = document.getElementById("log-lines");
	const changed = document.getElementById("console-changed");
	const list = box && box.querySelector("ol");
	let held = false;
	let last = Number((/since=(\d+)/.exec(now ? now.getAttribute("data-log") : "") || [0, 0])[1]);

	if (!now || !list || !window.EventSource) {
		return;
	}

	function live(is) {
		document.getElementById("log-live").hidden = !is;
		document.getElementById("console-again").hidden = is;
	}

	function bottom() {
		box.scrollTop = box.scrollHeight;
	}

	function line(l) {
		const atEnd = box.scrollHeight - box.scrollTop - box.clientHeight < 40;
		const item = document.createElement("li");
		const time = document.createElement("time");
		const empty = document.getElementById("log-empty");

		if (l.n <= last) {
			return;
		}
		last = l.n;
		if (empty) {
			empty.remove();
		}
		time.className = "fp-id";
		time.dateTime = l.at;
		time.textContent = l.at.slice(11, 19);
		item.append(time, " ");
		if (l.bb) {
			const device = document.createElement("span");
			device.className = "fp-id";
			device.textContent = l.device;
			item.append(device, " ");
		}
		item.append(l.text);
		list.append(item);
		while (list.children.length > LINES) {
			list.firstElementChild.remove();
		}
		if (atEnd) {
			bottom();
		}
	}

	// The parts of this page that depend on the state, asked for again. Not while somebody is choosing an answer or
	// typing: then a link says that there is something new.
	function renew() {
		const busy = document.activeElement && document.activeElement.closest("form") && document.activeElement !== document.body;
		const chosen = document.querySelector("input[name=choice]:checked");

		if (busy || chosen) {
			changed.hidden = false;
			return;
		}
		if (held) {
			return;
		}
		held = true;
		const ask = new XMLHttpRequest();
		ask.open("GET", now.getAttribute("data-self"));
		ask.responseType = "document";
		ask.onload = function () {
			held = false;
			const page = ask.response;
			if (ask.status !== 200 || !page) {
				changed.hidden = false;
				return;
			}
			for (const id of ["console-now", "console-commands"]) {
				const from = page.getElementById(id);
				const to = document.getElementById(id);
				if (from && to) {
					to.replaceChildren(...Array.from(from.childNodes, (n) => document.importNode(n, true)));
					for (const a of from.attributes) {
						to.setAttribute(a.name, a.value);
					}
				}
			}
			changed.hidden = true;
		};
		ask.onerror = function () {
			held = false;
			changed.hidden = false;
		};
		ask.send();
	}

	function put(e, text) {
		if (e && e.textContent !== text) {
			e.textContent = text;
		}
	}

	function same(s) {
		const is = { state: s.state, wait: s.wait, mode: s.mode, prompt: s.prompt ? s.prompt.seq : 0, vc: s.vc ? s.vc.n : 0 };

		return Object.keys(is).every((k) => now.getAttribute("data-" + k) === String(is[k])) &&
			s.blocks.every((b) => {
				const row = now.querySelector("[data-block=\"" + b.n + "\"]");
				return row && row.getAttribute("data-state") === (b.state || "") && row.getAttribute("data-life") === b.life &&
					row.getAttribute("data-result") === b.result;
			});
	}

	function state(s) {
		const bar = now.querySelector("progress");

		if (!same(s)) {
			renew();
			return;
		}
		if (bar && s.progress !== null) {
			bar.value = s.progress;
			put(now.querySelector("[data-field=progress]"), String(s.progress));
		}
		for (const b of s.blocks) {
			const cell = now.querySelector("[data-block=\"" + b.n + "\"] [data-field=block-progress]");
			put(cell, b.progress === null ? "" : b.progress + " %" + (b.step ? " " + b.step : ""));
		}
	}

	// A browser comes again by itself when the line breaks; not when it was refused (too many listen, signed out).
	let source;

	function listen() {
		source = new EventSource(now.getAttribute("data-log").replace(/since=\d+/, "since=" + last));
		source.addEventListener("line", (e) => line(JSON.parse(e.data)));
		source.addEventListener("state", (e) => state(JSON.parse(e.data)));
		source.onopen = () => live(true);
		source.onerror = function () {
			if (source.readyState === EventSource.CLOSED) {
				live(false);
				setTimeout(listen, AGAIN);
			}
		};
	}

	window.addEventListener("pagehide", () => source.close());
	listen();
	bottom();
})();
