// A service, pages that use the client, and a browser for them.
import { connect } from "../../src/index.js";
import { Chromium } from "./chromium.js";
import { Server } from "./nestkv.js";
import { serve } from "./pages.js";

export class Browsing {
  static async start(bodies) {
    const browsing = new Browsing();
    try {
      browsing.pages = await serve(bodies);
      browsing.server = await Server.start("memory:", ["--cors-origins", browsing.pages.url]);
      browsing.writer = connect(browsing.server.url);
      browsing.browser = await Chromium.start();
    } catch (error) {
      await browsing.end();
      throw error;
    }
    return browsing;
  }

  /** The number of streams that the service has open, as its metrics say it. */
  async streams() {
    const metrics = await (await fetch(this.server.url + "/_metrics")).text();
    return /^nestkv_sse_subscribers(?:\{[^}]*\})? (\d+)/m.exec(metrics)?.[1];
  }

  async end() {
    await this.browser?.end();
    this.pages?.close();
    await this.server?.end();
  }
}
