// The client: every operation of the service.
import { Feed } from "./feed.js";
import { HTTP, NestKVError, PrecisionError } from "./http.js";
import { codec } from "./json.js";
import { LiveStore } from "./live.js";
import { canonical, orderedName, pattern } from "./paths.js";
import { Tree } from "./tree.js";
import { namespace } from "./typed.js";

export { NestKVError, PrecisionError, Tree, orderedName };

/** A client of the service at an address. Nothing is sent before it is used. */
export const connect = (url, options) => new Client(url, options);

const isStatus = status => error => { if (error.status !== status) throw error; };
const merge = { "content-type": "application/merge-patch+json" }, jsonPatch = { "content-type": "application/json-patch+json" };

class Client {
  constructor(url, options = {}) {
    this.codec = codec(options.numbers);
    this.http = new HTTP(url, options);
    this.store = new LiveStore(this, new Tree());
    this.namespace = (root, domain, coding) => namespace(this, root, domain, coding);
    this.stopListening = listen(this.store);
  }

  // Reads

  async read(path, query = {}, options = {}, method = "GET") {
    const given = Object.entries({ ...query, leaf: options.leaf ? "" : undefined, depth: options.depth, version: options.version,
      at: options.at instanceof Date ? options.at.toISOString() : options.at })
      .filter(([, value]) => value !== undefined).map(([name, value]) => value === "" ? name : `${name}=${encodeURIComponent(value)}`);
    const tags = [options.tags ?? []].flat().map(tag => `tag=${encodeURIComponent(tag)}`);
    const text = [...given, ...tags].join("&");
    return this.http.request(method, canonical(path) + (text && "?" + text), { options });
  }

  async get(path, options) {
    const answer = await this.read(path, {}, options).catch(isStatus(404));
    return answer && this.codec.parse(answer.text);
  }

  async entry(path, options) {
    const answer = await this.read(path, { entry: "" }, options).catch(isStatus(404));
    if (!answer) return undefined;
    const entry = { path: canonical(path), ...this.codec.parse(answer.text), etag: answer.headers.get("etag") ?? undefined };
    return this.codec.isLossy(answer.text) ? { ...entry, lossy: true } : entry;
  }

  async exists(path, options) {
    return Boolean(await this.read(path, {}, options, "HEAD").catch(isStatus(404)));
  }

  async *pages(path, query, options) {
    for (let cursor; cursor !== null;) {
      const page = this.codec.parse((await this.read(path, { keys: "", pattern: options?.pattern, cursor, ...query }, options)).text);
      yield* page.keys ?? page.entries;
      cursor = page.next;
    }
  }

  keys(path, options) { return this.pages(path, {}, options); }
  entries(path, options) { return this.pages(path, { entry: "" }, options); }

  async count(path, options) {
    return JSON.parse((await this.read(path, { keys: "", count: "", pattern: options?.pattern }, options)).text);
  }

  async history(path, options = {}) {
    return this.codec.parse((await this.read(path, { history: "", limit: options.limit }, options)).text);
  }

  at(path, moment, options) { return this.get(path, { ...options, at: moment }); }

  async payload(mapping, defaults) {
    const paths = node => Object.fromEntries(Object.entries(node).map(([name, member]) =>
      [name, typeof member === "string" || Array.isArray(member) || typeof member.Key === "string" ? canonical(member) : paths(member)]));
    return this.codec.parse((await this.post("/_payload", { mapping: paths(mapping), defaults })).text);
  }

  // Writes

  async write(method, target, value, options, more = {}) {
    const body = value === undefined ? undefined : this.codec.stringify(value);
    const answer = await this.http.request(method, target, { body, options, ...more });
    const number = name => answer.headers.has(name) ? Number(answer.headers.get(name)) : undefined;
    return { created: answer.status === 201, etag: answer.headers.get("etag") ?? undefined, version: number("nestkv-version"),
      revision: number("nestkv-revision"), durability: answer.headers.get("nestkv-durability") ?? undefined, answer };
  }

  async written(...given) {
    const { answer, ...written } = await this.write(...given);
    return { ...written, metadata: answer.text ? this.codec.parse(answer.text) : undefined };
  }

  put(path, value, options = {}) {
    if (value === undefined) throw new TypeError("A value that is undefined can't be stored; delete() removes one");
    const { flatten } = options;
    const query = flatten === undefined || flatten === false ? "" : flatten === true ? "?flatten" : `?flatten=${flatten}`;
    return this.written("PUT", canonical(path) + query, value, options);
  }
  create(path, value, options) { return this.put(path, value, { ...options, ifNoneMatch: "*" }); }
  patch(path, changes, options) { return this.written("PATCH", canonical(path), changes, options, { headers: merge }); }
  jsonPatch(path, operations, options) {
    return this.written("PATCH", canonical(path), operations, options, { headers: jsonPatch });
  }

  async delete(path, options) {
    // After a lost answer, 404 means that it is gone, whoever deleted it.
    return this.write("DELETE", canonical(path), undefined, options)
      .then(() => true, error => { if (error.status !== 404) throw error; return error.outcome === "unknown"; });
  }

  async operate(path, op, query, value, options, more) {
    return this.write("POST", `${canonical(path)}?op=${op}${query}`, value, options, { isKeyed: true, ...more });
  }

  async append(path, value, options) {
    const { answer, ...written } = await this.write("POST", canonical(path), value, options, { isKeyed: true });
    const found = answer.headers.get("location");
    return { ...written, path: found, name: decodeURIComponent(found.slice(found.lastIndexOf("/") + 1)) };
  }
  async increment(path, by = 1, options) {
    return this.codec.parse((await this.operate(path, "increment", `&by=${encodeURIComponent(by)}`, undefined, options)).answer.text);
  }
  async swap(path, value, options) {
    const { answer } = await this.operate(path, "swap", "", value, options);
    return answer.headers.has("nestkv-previous") ? undefined : this.codec.parse(answer.text);
  }
  /** Whether the value was `old` and is `next` now. */
  async compareAndSwap(path, old, next, options) {
    return this.operate(path, "compare-and-swap", "", { old, new: next }, options)
      .then(() => true, error => { if (error.code !== "value-mismatch") throw error; return false; });
  }
  async expire(path, ttl) { await this.operate(path, "expire", `&ttl=${ttl}`); }
  async persist(path) { await this.operate(path, "persist", ""); }
  async restore(path, version, options) {
    const { answer, ...written } = await this.operate(path, "restore", `&version=${version}`, undefined, options);
    return written;
  }

  /** Writes what a function makes of the current value, again and again until no other write came between. */
  async update(path, change, { attempts = 16, ...options } = {}) {
    for (let attempt = 1; ; attempt++) {
      const entry = await this.entry(path, options);
      if (entry?.lossy) throw new PrecisionError(`A number at ${canonical(path)} can't be held exactly: use patch(), or numbers: "exact"`);
      const condition = entry ? { ifMatch: entry.etag } : { ifNoneMatch: "*" };
      try {
        return await this.put(path, change(entry?.value), { ...options, ...condition });
      } catch (error) {
        if (error.status !== 412 || error.outcome === "unknown" || attempt >= attempts) throw error;
      }
    }
  }

  post(target, value, isKeyed = false) {
    return this.http.request("POST", target, { body: this.codec.stringify(value), isKeyed });
  }
  async batch(operations) {
    return this.codec.parse((await this.post("/_batch", { operations: operations.map(spelled) })).text).results;
  }
  async transaction(operations, conditions = []) {
    return this.codec.parse((await this.post("/_transaction",
      { if: conditions.map(spelled), operations: operations.map(spelled) }, true)).text);
  }

  // Live

  /** Every change at and below the patterns, from now or from a place on; without a gap, over lost connections. */
  watch(patterns, { from, snapshot, previous, signal } = {}) {
    const ready = [];
    let wake = () => {}, failure, isDone = false;
    const query = [snapshot && snapshot !== "none" && "snapshot", previous && "previous"].filter(Boolean).join("&");
    const list = typeof patterns === "string" || patterns.Key || (Array.isArray(patterns) && patterns.every(isName)) ? [patterns] : patterns;
    const feed = new Feed(this.http, { patterns: list.map(pattern), place: from, query,
      blocks: blocks => {
        for (const { id, event, data, change } of blocks)
          if (change || data !== undefined) ready.push({ type: event, id: event === "reset" ? undefined : id, ...(change ?? this.codec.parse(data)) });
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

  live(path) { return this.store.scope(path); }
  status() { return this.store.state; }
  onStatus(listener) {
    this.store.listeners.add(listener);
    return () => { this.store.listeners.delete(listener); };
  }

  /** Reads values so that `live` shows them at once; for rendering on a server. */
  async prefetch(paths) {
    await Promise.all(paths.map(async path => {
      const entry = await this.entry(path);
      const scope = this.store.scope(path);
      scope.initial = scope.shown = { value: entry?.value, metadata: entry?.metadata, status: "live", error: undefined };
    }));
  }
  dehydrate() {
    return Object.fromEntries([...this.store.scopes].filter(([, { shown }]) => shown.status !== "loading")
      .map(([path, { shown: { value, metadata } }]) => [path, { value, metadata }]));
  }
  hydrate(dehydrated) {
    for (const [path, { value, metadata }] of Object.entries(dehydrated)) {
      const scope = this.store.scope(path);
      scope.initial = { value, metadata, status: "live", error: undefined };
      if (!scope.isLoaded) scope.shown = scope.initial;
    }
  }

  async close() {
    this.stopListening();
    this.store.close();
  }
}

const isName = text => typeof text === "string" && !text.includes("/");
const spelled = operation => ({ ...operation, path: canonical(operation.path) });

/** Follows what the browser says about the page. A stream that was open while the page was frozen is dead. */
function listen(store) {
  const stops = [];
  const on = (target, types, work) => {
    for (const type of types) target?.addEventListener?.(type, work);
    stops.push(() => { for (const type of types) target?.removeEventListener?.(type, work); });
  };
  on(globalThis.window, ["online"], () => store.kick());
  on(globalThis.document, ["visibilitychange"], () => { if (document.visibilityState === "visible") store.kick(); });
  on(globalThis.document, ["resume"], () => store.resume());
  on(globalThis.window, ["pageshow"], event => { if (event.persisted) store.resume(); });
  return () => stops.forEach(stop => stop());
}
