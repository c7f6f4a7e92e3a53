// The client: every operation of the service.
import { HTTP, NestKVError, PrecisionError } from "./http.js";
import { codec } from "./json.js";
import { LiveStore } from "./live.js";
import { canonical, orderedName } from "./paths.js";
import { Tree } from "./tree.js";
import { namespace } from "./typed.js";
import { watch } from "./watch.js";

export { NestKVError, PrecisionError, Tree, orderedName };

/** A client of the service at an address. Nothing is sent before it is used. */
export const connect = (url, options) => new Client(url, options);

const isStatus = status => error => { if (error.status !== status) throw error; };
const merge = { "content-type": "application/merge-patch+json" };
const jsonPatch = { "content-type": "application/json-patch+json" };

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
    const { leaf, depth, version, at } = options;
    const when = at instanceof Date ? at.toISOString() : at;
    const given = Object.entries({ ...query, leaf: leaf ? "" : undefined, depth, version, at: when })
      .filter(([, value]) => value !== undefined)
      .map(([name, value]) => value === "" ? name : `${name}=${encodeURIComponent(value)}`);
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
    const etag = answer.headers.get("etag") ?? undefined;
    const entry = { path: canonical(path), ...this.codec.parse(answer.text), etag };
    return this.codec.isLossy(answer.text) ? { ...entry, lossy: true } : entry;
  }

  async exists(path, options) {
    return Boolean(await this.read(path, {}, options, "HEAD").catch(isStatus(404)));
  }

  async *pages(path, query, options) {
    for (let cursor; cursor !== null;) {
      const answer = await this.read(path, { keys: "", pattern: options?.pattern, cursor, ...query }, options);
      const page = this.codec.parse(answer.text);
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
    const isPath = member => typeof member === "string" || Array.isArray(member) || typeof member.Key === "string";
    const paths = node => Object.fromEntries(Object.entries(node).map(([name, member]) =>
      [name, isPath(member) ? canonical(member) : paths(member)]));
    return this.codec.parse((await this.post("/_payload", { mapping: paths(mapping), defaults })).text);
  }

  // Writes

  async write(method, target, value, options, more = {}) {
    const body = value === undefined ? undefined : this.codec.stringify(value);
    const answer = await this.http.request(method, target, { body, options, ...more });
    const number = name => answer.headers.has(name) ? Number(answer.headers.get(name)) : undefined;
    const text = name => answer.headers.get(name) ?? undefined;
    return { created: answer.status === 201, etag: text("etag"), version: number("nestkv-version"),
      revision: number("nestkv-revision"), durability: text("nestkv-durability"), answer };
  }

  async written(...given) {
    const { answer, ...written } = await this.write(...given);
    return { ...written, metadata: answer.text ? this.codec.parse(answer.text) : undefined };
  }

  put(path, value, options = {}) {
    if (value === undefined) throw new TypeError("A value that is undefined can't be stored; delete() removes one");
    const { flatten } = options;
    const query = !flatten ? "" : flatten === true ? "?flatten" : `?flatten=${flatten}`;
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
    const { answer } = await this.operate(path, "increment", `&by=${encodeURIComponent(by)}`, undefined, options);
    return this.codec.parse(answer.text);
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
      if (entry?.lossy)
        throw new PrecisionError(`A number at ${canonical(path)} would change: use patch(), or numbers: "exact"`);
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
  watch(patterns, options) { return watch(this, patterns, options); }

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
      const { value, metadata } = entry ?? {};
      scope.initial = scope.shown = { value, metadata, status: "live", error: undefined };
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
