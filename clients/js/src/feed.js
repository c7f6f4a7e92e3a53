// A stream of changes that is connected again whenever it is lost, and goes on after its last event.
import { failure, pause } from "./http.js";
import { reader } from "./sse.js";

const silence = 40_000, healthy = 30_000, pollingTime = 600_000;
const refusals = new Set([400, 404, 406, 413, 414, 421, 422, 431]);

/** The place after some events. Snapshots have the id of their end, and the id of `reset` is no place. */
export const placeAfter = (place, blocks) =>
  blocks.reduce((last, { id, event }) => id === undefined || event === "snapshot" ? last : id, place);

/**
 * Calls `blocks(list)` with the events in order. `opened(isResumed)` is called when a stream begins, after its first
 * bytes, `state(name, error)` with "connecting", "live", "offline", "auth" or "stopped".
 */
export class Feed {
  constructor(http, { patterns, place, query = "", blocks, opened = () => {}, state = () => {}, alive = () => {} }) {
    Object.assign(this, { http, patterns, place, query, blocks, opened, state, alive });
    this.attempt = 0;
    this.barren = 0;
    this.pollsUntil = 0;
    this.isStopped = false;
    this.connection = new AbortController();
    this.waiting = new AbortController();
    this.run();
  }

  stop() {
    this.isStopped = true;
    this.waiting.abort();
    this.connection.abort();
  }

  /** Connects at once if the feed waits. */
  kick() { this.waiting.abort(); }

  /** Connects again: with other patterns, or from now on if the place is given up. */
  restart({ patterns = this.patterns, forgets = false } = {}) {
    this.patterns = patterns;
    if (forgets) this.place = undefined;
    this.isRestarting = true;
    this.kick();
    this.connection.abort();
  }

  async run() {
    while (!this.isStopped) {
      this.isRestarting = false;
      this.state("connecting");
      this.connection = new AbortController();
      const started = Date.now();
      let wait, retry = 0;
      try {
        retry = await (Date.now() < this.pollsUntil && this.place !== undefined ? this.poll() : this.stream());
      } catch (error) {
        if (this.isStopped) break;
        if (!this.isRestarting) {
          wait = error.retryAfter;
          this.state(error.status === 401 || error.status === 403 ? "auth" : "offline", error);
          if (refusals.has(error.status)) { this.isStopped = true; this.state("stopped", error); break; }
          if (error.status === 410) { this.deliver([{ event: "reset", data: "{}" }]); continue; }
        }
      }
      if (this.isStopped) break;
      if (this.isRestarting) continue;
      if (Date.now() - started > healthy) this.attempt = 0;
      this.waiting = new AbortController();
      const floor = Math.min(retry, this.http.retry.backoffLimit);
      await pause(Math.max(floor, this.http.backoff(this.attempt++, wait)), this.waiting.signal);
    }
  }

  async stream() {
    const headers = { accept: "text/event-stream" };
    const resumed = this.place;
    if (resumed !== undefined) headers["last-event-id"] = resumed;
    const { signal } = this.connection, { connection } = this;
    let hasEvents = false, isBarren = false;
    const expire = () => { isBarren = !hasEvents; connection.abort(); };
    let timer = setTimeout(expire, silence);
    const read = reader();
    try {
      const response = await this.http.fetch(this.http.base + this.target("/_events"),
        { headers: await this.http.headers(headers), signal, cache: "no-store" });
      if (response.status >= 400) throw await failure(response, false);
      if (response.status === 204) { this.isStopped = true; return 0; }
      const body = response.body.getReader();
      for (;;) {
        const { done, value } = await body.read();
        if (done || signal.aborted) {
          isBarren = !hasEvents && !signal.aborted;
          break;
        }
        clearTimeout(timer);
        timer = setTimeout(expire, silence);
        this.alive();
        const blocks = read(value);
        if (!blocks.length) continue;
        if (!hasEvents) {
          hasEvents = true;
          this.attempt = this.barren = 0;
          this.state("live");
          this.opened(resumed !== undefined);
        }
        this.deliver(blocks);
      }
    } finally {
      clearTimeout(timer);
      // The connection must not stay open when an event was refused.
      connection.abort();
      // A proxy that holds back what has not ended: ask for the changes instead.
      if (isBarren && ++this.barren >= 3) {
        this.pollsUntil = Date.now() + pollingTime;
        this.barren = 0;
      }
    }
    return read.retry;
  }

  async poll() {
    // The answer has all changes after the place, so reading what is stored now leaves no gap.
    this.opened(true);
    const target = this.target("/_events", `since=${encodeURIComponent(this.place)}&wait=25s`);
    const { signal } = this.connection;
    const { status, headers, text } = await this.http.request("GET", target, { options: { signal } });
    this.state("live");
    this.alive();
    this.attempt = 0;
    const { changes, next } = status === 204 ? { changes: [], next: headers.get("nestkv-next") } : JSON.parse(text);
    this.deliver([...changes.map(change => ({ event: change.operation, change })), { id: next, event: "message" }]);
    this.waiting.abort();
    this.attempt = 0;
    return 0;
  }

  deliver(blocks) {
    this.blocks(blocks);
    // Not if what is known was given up meanwhile.
    if (!(this.isRestarting && this.place === undefined)) this.place = placeAfter(this.place, blocks);
  }

  target(path, more = "") {
    const matches = this.patterns.map(pattern => "match=" + encodeURIComponent(pattern));
    const query = [...matches, this.query, more].filter(Boolean).join("&");
    return query ? `${path}?${query}` : path;
  }
}
