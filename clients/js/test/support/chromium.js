// Headless Chromium, driven through its pipe: messages of the DevTools protocol, each ended by NUL.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { access, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

export class Chromium {
  static async start(program = process.env.CHROMIUM ?? "/usr/bin/chromium") {
    await access(program).catch(() => { throw new Error(`${program} is not there: install the package chromium`); });
    const browser = new Chromium();
    browser.folder = await mkdtemp(join(tmpdir(), "nestkv-chromium-"));
    browser.process = spawn(program, ["--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu",
      "--remote-debugging-pipe", `--user-data-dir=${browser.folder}`, "about:blank"],
      { stdio: ["ignore", "ignore", "ignore", "pipe", "pipe"], detached: true });
    browser.waiting = new Map();
    browser.last = 0;
    let rest = "";
    browser.process.stdio[4].setEncoding("utf8").on("data", text => {
      const messages = (rest + text).split("\0");
      rest = messages.pop();
      for (const message of messages) browser.receive(JSON.parse(message));
    });
    await browser.send("Target.getTargets");
    return browser;
  }

  receive({ id, result, error }) {
    const waiting = this.waiting.get(id);
    this.waiting.delete(id);
    if (error) waiting?.reject(new Error(error.message));
    else waiting?.resolve(result);
  }

  send(method, params = {}, sessionId = undefined) {
    const id = ++this.last;
    this.process.stdio[3].write(JSON.stringify({ id, method, params, sessionId }) + "\0");
    return new Promise((resolve, reject) => this.waiting.set(id, { resolve, reject }));
  }

  async open(url) {
    const { targetId } = await this.send("Target.createTarget", { url });
    const { sessionId } = await this.send("Target.attachToTarget", { targetId, flatten: true });
    return new Page(this, targetId, sessionId);
  }

  async end() {
    const ended = once(this.process, "exit");
    try { process.kill(-this.process.pid, "SIGKILL"); } catch { /* It has ended. */ }
    await ended;
    await rm(this.folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

class Page {
  constructor(browser, target, session) { Object.assign(this, { browser, target, session }); }

  send(method, params) { return this.browser.send(method, params, this.session); }

  /** The value of an expression in the page; promises are waited for. */
  async run(expression) {
    const { result, exceptionDetails } = await this.send("Runtime.evaluate", { expression, awaitPromise: true, returnByValue: true });
    if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
    return result.value;
  }

  close() { return this.browser.send("Target.closeTarget", { targetId: this.target }); }
}
