// One stream for all tabs of a browser: the tab that holds a Web Lock reads it and tells the others.
import { Feed, placeAfter } from "./feed.js";
import { covers, orderedName, widened } from "./paths.js";

const silence = 45_000;

/** Whether tabs can share a stream here. */
export const canShare = () =>
  Boolean(globalThis.document && globalThis.navigator?.locks && globalThis.BroadcastChannel);

/** A `Feed` whose events come from the leading tab. */
export class SharedFeed {
  constructor(http, callbacks) {
    Object.assign(this, { http, patterns: callbacks.patterns, callbacks, tab: orderedName(), wanted: new Map() });
    this.name = `nestkv:${http.base}`;
    this.channel = new BroadcastChannel(this.name);
    this.channel.onmessage = ({ data }) => this.receive(data);
    this.page = new AbortController();
    const on = (target, type, work) => target.addEventListener(type, work, { signal: this.page.signal });
    // A page that is frozen keeps its lock and reads nothing.
    on(document, "freeze", () => this.leave());
    on(window, "pagehide", () => this.leave());
    on(document, "resume", () => this.enter());
    on(window, "pageshow", event => { if (event.persisted) this.enter(); });
    this.watchdog = setInterval(() => this.supervise(), silence / 3);
    this.enter();
  }

  /** Asks for events, and waits to lead. */
  enter(options = {}) {
    this.queue?.abort();
    const queue = this.queue = new AbortController();
    this.heard = Date.now();
    this.tell({ kind: "want", patterns: this.patterns });
    navigator.locks.request(this.name, options.steal ? options : { signal: queue.signal }, () => {
      if (queue.signal.aborted) return undefined;
      this.lead();
      return new Promise(resolve => queue.signal.addEventListener("abort", resolve));
    }).catch(() => {
      // Another tab took the lock, or this one gave up.
      if (queue.signal.aborted) return;
      this.demote();
      this.enter();
    });
  }

  leave() {
    this.tell({ kind: "bye" });
    this.demote();
    this.queue.abort();
  }

  demote() {
    this.feed?.stop();
    this.feed = undefined;
  }

  lead() {
    this.wanted.clear();
    let from = this.place;
    this.feed = new Feed(this.http, { patterns: this.patterns, place: from,
      blocks: blocks => {
        if (blocks.some(({ event }) => event === "reset")) return this.feed?.restart({ forgets: true });
        const place = placeAfter(from, blocks);
        this.tell({ kind: "blocks", blocks, from, place });
        [from, this.place] = [place, place];
        this.callbacks.blocks(blocks);
      },
      opened: isResumed => {
        if (!isResumed) from = undefined;
        this.tell({ kind: "opened", isResumed, place: from, patterns: this.feed.patterns });
        this.callbacks.opened(isResumed);
      },
      state: (state, error) => {
        this.state = state;
        this.tell({ kind: "state", state });
        this.callbacks.state(state, error);
      },
      alive: () => this.tell({ kind: "alive" }) });
    this.tell({ kind: "who" });
  }

  tell(message) {
    this.channel.postMessage({ tab: this.tab, ...message });
  }

  receive(message) {
    if (this.feed) {
      if (message.kind === "want") this.serve(message);
      else if (message.kind === "bye") this.wanted.delete(message.tab);
      return;
    }
    if (message.kind === "want" || message.kind === "bye" || (message.to && message.to !== this.tab)) return;
    this.heard = Date.now();
    if (message.kind === "who") this.tell({ kind: "want", patterns: this.patterns });
    else if (message.kind === "state") this.callbacks.state(message.state);
    else if (message.kind === "opened") this.follow(message);
    else if (message.kind === "blocks") {
      // A batch was missed, so what is known may be outdated.
      if (message.from !== this.place && this.place !== undefined) this.callbacks.opened(false);
      this.place = message.place;
      this.callbacks.blocks(message.blocks);
    }
  }

  /** A stream for this tab, too, has begun. */
  follow({ isResumed, place, patterns }) {
    if (!this.patterns.every(path => patterns.some(outer => covers(outer, path)))) return;
    const isWhole = isResumed && (this.place === undefined || this.place === place);
    this.place = place;
    this.callbacks.opened(isWhole);
  }

  /** Widens the stream for another tab, or tells it that the stream has what it needs. */
  serve({ tab, patterns }) {
    this.wanted.set(tab, patterns);
    if (this.aim()) return;
    this.tell({ kind: "state", state: this.state, to: tab });
    if (this.state !== "live") return;
    const { place, patterns: followed } = this.feed;
    this.tell({ kind: "opened", isResumed: true, place, patterns: followed, to: tab });
  }

  /** Follows what all tabs ask for. Returns whether the stream begins again for that. */
  aim() {
    const patterns = widened([...this.patterns, ...[...this.wanted.values()].flat()]);
    if (String(patterns) === String(this.feed.patterns)) return false;
    this.feed.restart({ patterns });
    return true;
  }

  /** A visible tab that hears nothing while the service answers takes the lock. */
  async supervise() {
    if (this.feed || document.visibilityState !== "visible" || Date.now() - this.heard < silence) return;
    this.heard = Date.now();
    await this.http.request("GET", "/_health/live").then(() => this.feed || this.enter({ steal: true }), () => {});
  }

  restart({ patterns } = {}) {
    if (patterns) this.patterns = patterns;
    if (!this.feed) this.tell({ kind: "want", patterns: this.patterns });
    else if (!patterns) this.feed.restart();
    else if (!this.aim()) this.callbacks.opened(true);
  }

  kick() { this.feed?.kick(); }

  stop() {
    clearInterval(this.watchdog);
    this.page.abort();
    this.leave();
    this.channel.close();
  }
}
