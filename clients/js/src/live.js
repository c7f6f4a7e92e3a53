// Values that follow the service: shared by all who subscribe, composed of leaves.
import { Feed } from "./feed.js";
import { equal } from "./json.js";
import { canShare, SharedFeed } from "./tabs.js";
import { canonical, prefixes, segments, widened } from "./paths.js";

const lingering = 1000, quiet = 20;
const nothing = Object.freeze({ value: undefined, metadata: undefined, status: "loading", error: undefined });

/** Hands notifications out once a frame in a visible page, otherwise once a turn. */
const schedule = work => globalThis.document?.visibilityState === "visible" && globalThis.requestAnimationFrame
  ? requestAnimationFrame(work) : setTimeout(work, 0);

/** A path that is followed. */
class Scope {
  constructor(store, path) {
    Object.assign(this, { store, path, names: segments(path), listeners: new Set(), shown: nothing, initial: nothing });
    this.isLoaded = false;
    this.subscribe = listener => store.subscribe(this, listener);
    this.snapshot = () => this.shown;
    this.serverSnapshot = () => this.initial;
  }
}

export class LiveStore {
  constructor(client, tree) {
    Object.assign(this, { client, tree });
    this.scopes = new Map();
    this.active = new Set();
    // The active scopes at and below each path.
    this.below = new Map();
    this.dirty = new Set();
    this.epoch = 0;
    this.generation = 0;
    this.state = "connecting";
    this.listeners = new Set();
  }

  scope(path) {
    const name = canonical(path);
    let scope = this.scopes.get(name);
    if (!scope) this.scopes.set(name, scope = new Scope(this, name));
    return scope;
  }

  subscribe(scope, listener) {
    // Each call counts on its own, also with the same function.
    const entry = { listener };
    scope.listeners.add(entry);
    clearTimeout(scope.lingering);
    if (!this.active.has(scope)) {
      this.active.add(scope);
      for (const path of prefixes(scope.names)) {
        if (!this.below.has(path)) this.below.set(path, new Set());
        this.below.get(path).add(scope);
      }
      this.aim();
    }
    return () => {
      if (!scope.listeners.delete(entry) || scope.listeners.size) return;
      scope.lingering = setTimeout(() => this.release(scope), lingering);
      scope.lingering.unref?.();
    };
  }

  release(scope) {
    this.active.delete(scope);
    this.scopes.delete(scope.path);
    scope.isLoaded = false;
    scope.shown = nothing;
    for (const path of prefixes(scope.names)) {
      this.below.get(path).delete(scope);
      if (!this.below.get(path).size) this.below.delete(path);
    }
    if (!this.above(scope.names).length) this.tree.prune(scope.names, names => this.above(names).length > 0);
    this.aim();
  }

  /** The active scopes at and above some names. */
  above(names) {
    return prefixes(names).map(path => this.scopes.get(path)).filter(scope => this.active.has(scope));
  }

  /** Follows what is subscribed to, a moment after the last change of it. */
  aim() {
    clearTimeout(this.aiming);
    this.aiming = setTimeout(() => {
      const patterns = widened([...this.active].map(scope => scope.path));
      if (!patterns.length) {
        this.feed?.stop();
        this.feed = undefined;
      } else if (!this.feed) {
        const Source = canShare() && this.client.http.options.tabs !== "own" ? SharedFeed : Feed;
        this.feed = new Source(this.client.http, { patterns, blocks: blocks => this.take(blocks),
          opened: isResumed => this.opened(isResumed), state: (state, error) => this.turn(state, error) });
      } else if (String(patterns) !== String(this.feed.patterns)) {
        this.feed.restart({ patterns });
      } else if (this.state === "live") {
        this.loadAll();
      }
    }, quiet);
  }

  turn(state, error) {
    this.state = state;
    for (const scope of this.active) this.dirty.add(scope);
    this.error = state === "live" || state === "connecting" ? undefined : error;
    this.notify();
    for (const listener of this.listeners) listener(state);
  }

  /** A stream begins: what is followed from now on can be read without a gap. */
  opened(isResumed) {
    if (!isResumed) {
      // Its revisions may be those of another store.
      this.epoch++;
      for (const scope of this.active) scope.isLoaded = false;
    }
    this.loadAll();
  }

  loadAll() {
    for (const scope of this.active) if (!scope.isLoaded && !scope.isLoading) this.load(scope);
  }

  /** Reads the leaves of a path and those above it. Events that come meanwhile are newer and stay. */
  async load(scope) {
    const { epoch, client, tree } = this;
    const generation = ++this.generation;
    scope.isLoading = true;
    try {
      const above = scope.names.slice(0, -1).map((_, at) => scope.names.slice(0, at + 1));
      await Promise.all([
        ...above.map(async names => {
          const entry = await client.entry(names, { leaf: true });
          if (entry && epoch === this.epoch) this.apply(names, entry.value, entry.metadata, generation);
        }),
        (async () => {
          for await (const entry of client.entries(scope.path)) {
            if (epoch !== this.epoch) return;
            this.apply(segments(entry.path), entry.value, entry.metadata, generation);
          }
        })(),
      ]);
      if (epoch !== this.epoch) return;
      // What neither the pages nor an event have told is not stored any more.
      const isKnown = (names, leaf) => leaf.generation >= generation;
      tree.prune(scope.names, isKnown);
      for (const names of above) {
        const leaf = tree.node(names)?.leaf;
        if (leaf && !isKnown(names, leaf)) tree.put(names, undefined);
      }
      scope.isLoaded = true;
      this.dirty.add(scope);
    } catch (error) {
      scope.error = error;
      this.dirty.add(scope);
      if (error.retryable) setTimeout(() => this.loadAll(), 1000);
    } finally {
      scope.isLoading = false;
      // The stream began again meanwhile, so what was read may be old.
      if (epoch !== this.epoch && this.active.has(scope)) this.load(scope);
      this.notify();
    }
  }

  take(blocks) {
    for (const { event, data, change } of blocks) {
      if (event === "reset") return this.feed.restart({ forgets: true });
      if (event !== "set" && event !== "delete" && event !== "expire") continue;
      const { path, value, metadata, operation } = change ?? this.client.codec.parse(data);
      this.apply(segments(path), operation === "set" ? value : undefined, metadata, ++this.generation);
    }
    this.notify();
  }

  /** The one way in for what is known of a leaf: it counts if it is newer. */
  apply(names, value, metadata, generation) {
    const scopes = [...this.above(names), ...this.below.get(canonical(names)) ?? []];
    // Another tab, or a path above, has asked for it.
    if (!scopes.length) return;
    const known = this.tree.node(names)?.leaf;
    const { revision } = metadata;
    if (known && known.epoch === this.epoch && known.revision >= revision) {
      known.generation = Math.max(known.generation, generation);
      return;
    }
    this.tree.put(names, { value, metadata, revision, epoch: this.epoch, generation });
    for (const scope of scopes) this.dirty.add(scope);
  }

  notify() {
    if (this.isScheduled || !this.dirty.size) return;
    this.isScheduled = true;
    schedule(() => this.flush());
  }

  flush() {
    this.isScheduled = false;
    const dirty = [...this.dirty];
    this.dirty.clear();
    const changed = dirty.filter(scope => this.refresh(scope));
    for (const scope of changed) for (const { listener } of [...scope.listeners]) listener();
  }

  /** Makes the snapshot of a scope. Returns whether it differs; it is the same object otherwise. */
  refresh(scope) {
    const { shown } = scope;
    const error = this.error ?? scope.error;
    if (!scope.isLoaded) {
      const status = error ? this.state === "live" ? "error" : this.state : shown.status;
      if (status === shown.status && error === shown.error) return false;
      scope.shown = { ...shown, status, error };
      return true;
    }
    scope.error = undefined;
    const value = this.tree.get(scope.names);
    const metadata = this.tree.leaf(scope.names)?.metadata;
    // While a lost stream is connected again at once, nothing is shown of it.
    const status = this.state === "connecting" ? shown.status === "loading" ? "live" : shown.status : this.state;
    const isSame = equal(value, shown.value);
    const isSameState = status === shown.status && error === shown.error;
    if (isSame && isSameState && metadata?.revision === shown.metadata?.revision) return false;
    scope.shown = { value: isSame ? shown.value : value, metadata, status, error };
    return true;
  }

  /** Connects at once if it waits, as when the device is online again. */
  kick() { this.feed?.kick(); }

  /** Begins a stream that goes on after the last event: a page that was frozen has a dead one. */
  resume() { this.feed?.restart(); }

  close() {
    clearTimeout(this.aiming);
    for (const scope of this.active) clearTimeout(scope.lingering);
    this.feed?.stop();
    this.feed = undefined;
    for (const all of [this.active, this.below]) all.clear();
  }
}
