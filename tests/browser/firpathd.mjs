// SPDX-License-Identifier: Apache-2.0
// Starts and ends a firpathd for tests.
import { spawn } from "node:child_process";
import { closeSync, openSync, readFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

export const BUILD = process.env.FIRPATH_BUILD || process.cwd();

// Runs it with its messages appended to the file `log`, until it says that it is ready: {process, ended, url, port}.
// It listens on free ports of this machine unless args say something else.
export async function start(log, args, { env = process.env, port = 0 } = {}) {
	const out = openSync(log, "a");
	const from = readFileSync(log, "utf8").length;
	const child = spawn(path.join(BUILD, "firpathd"), ["--listen", `127.0.0.1:${port}`, "--health-listen", "127.0.0.1:0",
		"--ocpp-profile1", "127.0.0.1:0", ...args],
		{ stdio: ["ignore", out, out], env });
	closeSync(out);
	const daemon = { process: child, ended: new Promise((done) => child.once("exit", done)) };
	for (let i = 0; i < 1000 && child.exitCode === null && child.signalCode === null; i++) {
		const ready = /event=ready .*?listen="?([\d.]+:(\d+))/.exec(readFileSync(log, "utf8").slice(from));
		if (ready) {
			return { ...daemon, url: `http://${ready[1]}`, port: Number(ready[2]) };
		}
		await sleep(20);
	}
	await stop(daemon);
	throw new Error(`firpathd did not start: ${readFileSync(log, "utf8")}`);
}

// Asks it to end, and makes it end when it takes half a minute.
export async function stop(daemon) {
	if (daemon.process && daemon.process.exitCode === null && daemon.process.signalCode === null) {
		daemon.process.kill("SIGTERM");
		const late = setTimeout(() => daemon.process.kill("SIGKILL"), 30000);
		await daemon.ended;
		clearTimeout(late);
	}
}
