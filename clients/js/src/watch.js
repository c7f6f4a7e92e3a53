// An iterator over changes.
import { Feed } from "./feed.js";
import { pattern } from "./paths.js";

/** A list of names is one path; a list of paths has slashes. */
const isName = text => typeof text === "string" && !text.includes("/");

/** Every change at and below the patterns, from now or from a place on; without a gap, over lost connections. */
export function watch({ http, codec }, patterns, { from, snapshot, previous, signal } = {}) {
  const ready = [];
  let wake = () => {}, failure, isDone = false;
  const query = [snapshot && snapshot !== "none" && "snapshot", previous && "previous"].filter(Boolean).join("&");
  const isOne = typeof patterns === "string" || patterns.Key || patterns.every(isName);
  const list = isOne ? [patterns] : patterns;
  const feed = new Feed(http, { patterns: list.map(pattern), place: from, query,
    blocks: blocks => {
      for (const { id, event, data, change } of blocks)
        if (change || data !== undefined)
          ready.push({ type: event, id: event === "reset" ? undefined : id, ...(change ?? codec.parse(data)) });
      wake();
    },
    state: (state, error) => { if (state === "stopped") { failure = error; wake(); } } });
  const stop = () => { isDone = true; feed.stop(); wake(); };
  signal?.addEventListener("abort", stop, { once: true });
  if (signal?.aborted) stop();
  return {
    [Symbol.asyncIterator]() { return this; },
    async next() {
      while (!ready.length && !isDone && !failure) await new Promise(resolve => { wake = resolve; });
      if (ready.length && !isDone) return { done: false, value: ready.shift() };
      if (failure) throw failure;
      return { done: true, value: undefined };
    },
    async return() { stop(); return { done: true, value: undefined }; },
  };
}
