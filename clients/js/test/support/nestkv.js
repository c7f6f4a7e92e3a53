// A real server for tests. NESTKV names the program.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

export class Server {
  static async start(store = "memory:", options = []) {
    if (!process.env.NESTKV) throw new Error("NESTKV must name the nestkv program");
    const server = new Server();
    server.folder = await mkdtemp(join(tmpdir(), "nestkv-js-"));
    server.store = store === "rocksdb" ? `rocksdb:${server.folder}/data` : store;
    server.options = options;
    server.port = 0;
    await server.run();
    return server;
  }

  get url() { return `http://127.0.0.1:${this.port}`; }

  async run() {
    const options = ["serve", "--store", this.store, "--port", String(this.port), "--log-level", "notice", ...this.options];
    this.process = spawn(process.env.NESTKV, options, { stdio: ["ignore", "pipe", "pipe"] });
    let log = "";
    const read = bytes => { log += bytes; };
    this.process.stdout.on("data", read);
    this.process.stderr.on("data", read);
    for (let left = 400; ; left--) {
      const found = / port=(\d+)/.exec(log);
      if (found) return void (this.port = Number(found[1]));
      if (!left || this.process.exitCode !== null) throw new Error(`nestkv did not start: ${log}`);
      await new Promise(resolve => setTimeout(resolve, 25));
    }
  }

  async stop(signal = "SIGTERM") {
    const ended = once(this.process, "exit");
    this.process.kill(signal);
    await ended;
  }

  async end() {
    await this.stop();
    await rm(this.folder, { recursive: true, force: true });
  }
}

/** Waits until something is true. */
export async function until(isTrue, what = isTrue, seconds = 20) {
  for (const end = Date.now() + seconds * 1000; ;) {
    const found = await isTrue();
    if (found) return found;
    if (Date.now() > end) throw new Error(`not within ${seconds} s: ${what}`);
    await new Promise(resolve => setTimeout(resolve, 5));
  }
}
