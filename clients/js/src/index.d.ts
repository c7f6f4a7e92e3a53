/** A path: percent-encoded as in a URL, the names of its segments, or a key with its namespace. */
export type Path = string | readonly string[] | { Key: string; Namespace?: readonly string[] };
/** In a string, `+` is any one segment and a last `#` is everything below. */
export type Pattern = Path;
export type JSONValue = null | boolean | number | string | readonly JSONValue[] | { readonly [name: string]: JSONValue | undefined };

export interface Options {
  headers?: HeadersInit | (() => HeadersInit | Promise<HeadersInit>);
  fetch?: typeof fetch;
  /** Milliseconds for a request; 30,000 by default. */
  timeout?: number;
  retry?: { limit?: number; backoffLimit?: number } | false;
  numbers?: "double" | "exact";
  modifiedBy?: string;
  /** In a browser, all tabs share one stream for live values unless this is "own". */
  tabs?: "shared" | "own";
}
export interface Read { leaf?: boolean; depth?: number; version?: number; at?: number | Date; tags?: string | readonly string[]; signal?: AbortSignal }
export interface List extends Read { pattern?: string }
export interface Write {
  ifVersion?: number; ifMatch?: string; ifNoneMatch?: "*"; ttl?: string | number; tags?: readonly string[];
  comment?: string; modifiedBy?: string; schema?: string; idempotencyKey?: string; signal?: AbortSignal;
}
export interface Metadata {
  /** Null if several leaves answer. */
  version: number | null; revision: number; createdAt: string; updatedAt: string; expiresAt?: string | null;
  modifiedBy?: string | null; comment?: string | null; dataHash?: string | null; schemaHash?: string | null;
  tags?: string[]; leaves?: number; leavesSet?: number; leavesDeleted?: number; revisionHistory?: Revision<never>[];
}
export interface Entry<T> {
  path: string; value: T; metadata: Metadata; etag?: string;
  /** A number of the value would come back in another spelling. */
  lossy?: true;
}
export interface Written { created: boolean; etag?: string; version?: number; revision?: number; durability?: string; metadata?: Metadata }
export interface Revision<T> {
  version: number; revision: number; timestamp: string; operation: "set" | "delete" | "expire";
  modifiedBy: string | null; comment: string | null; dataHash: string | null; value?: T;
}
export interface Operation {
  method: "PUT" | "PATCH" | "DELETE" | "POST"; path: Path; value?: unknown;
  op?: "increment" | "swap" | "compare-and-swap" | "expire" | "persist" | "restore"; by?: number; old?: unknown; new?: unknown;
  version?: number; ttl?: string | number; flatten?: boolean | number; leaf?: boolean; ifMatch?: string; ifNoneMatch?: string;
  ifVersion?: number; modifiedBy?: string; comment?: string; tags?: readonly string[]; schema?: string;
}
export interface Condition { path: Path; version?: number; ifMatch?: string; ifNoneMatch?: string }
export interface Result { status: number; path?: string; revision?: number; version?: number; etag?: string; value?: unknown; problem?: Problem }
export interface Problem { type?: string; title?: string; status?: number; detail?: string; code?: string; [member: string]: unknown }
export interface PatchOperation { op: "add" | "remove" | "replace" | "move" | "copy" | "test"; path: string; from?: string; value?: unknown }
export interface Message<T> {
  type: "set" | "delete" | "expire" | "snapshot" | "synced" | "reset";
  /** Where to go on after this message; undefined for `reset`. */
  id?: string; path?: string; key?: string[]; value?: T; metadata?: Metadata | null; revision?: number; previous?: { value: T; metadata: Metadata } | null;
}
export type State = "connecting" | "live" | "offline" | "auth" | "stopped";
export interface Snapshot<T> {
  readonly value: T | undefined;
  /** That of the one leaf from which the value comes. */
  readonly metadata: Metadata | undefined;
  readonly status: "loading" | "error" | State;
  readonly error: Error | undefined;
}
/** A value that follows the service. Its functions need no `this`. */
export interface Live<T> {
  readonly path: string;
  subscribe(this: void, listener: () => void): () => void;
  /** The same object until something changed. */
  snapshot(this: void): Snapshot<T>;
  serverSnapshot(this: void): Snapshot<T>;
}
export type Dehydrated = { [path: string]: { value: unknown; metadata: Metadata | undefined } };

export interface Client {
  get<T = unknown>(path: Path, options?: Read): Promise<T | undefined>;
  entry<T = unknown>(path: Path, options?: Read): Promise<Entry<T> | undefined>;
  exists(path: Path, options?: Read): Promise<boolean>;
  put<T>(path: Path, value: T, options?: Write & { flatten?: boolean | number }): Promise<Written>;
  create<T>(path: Path, value: T, options?: Write): Promise<Written>;
  /** Applies a merge patch (RFC 7396). */
  patch(path: Path, changes: unknown, options?: Write): Promise<Written>;
  jsonPatch(path: Path, operations: readonly PatchOperation[], options?: Write): Promise<Written>;
  /** Resolves with whether there was a value. */
  delete(path: Path, options?: Write): Promise<boolean>;
  append<T>(path: Path, value: T, options?: Write): Promise<Written & { path: string; name: string }>;
  increment(path: Path, by?: number, options?: Write): Promise<number>;
  swap<T>(path: Path, value: T, options?: Write): Promise<T | undefined>;
  compareAndSwap<T>(path: Path, old: T, next: T, options?: Write): Promise<boolean>;
  expire(path: Path, ttl: string | number): Promise<void>;
  persist(path: Path): Promise<void>;
  restore(path: Path, version: number, options?: Write): Promise<Written>;
  update<T>(path: Path, change: (now: T | undefined) => T, options?: Write & { attempts?: number }): Promise<Written>;
  keys(path: Path, options?: List): AsyncIterableIterator<string>;
  entries<T = unknown>(path: Path, options?: List): AsyncIterableIterator<Entry<T>>;
  count(path: Path, options?: List): Promise<number>;
  history<T = unknown>(path: Path, options?: { limit?: number; signal?: AbortSignal }): Promise<Revision<T>[]>;
  at<T = unknown>(path: Path, moment: number | Date, options?: Read): Promise<T | undefined>;
  batch(operations: readonly Operation[]): Promise<Result[]>;
  transaction(operations: readonly Operation[], conditions?: readonly Condition[]): Promise<{ revision?: number; durability?: string; results: Result[] }>;
  payload<T = unknown>(mapping: object, defaults?: object): Promise<T>;
  watch<T = unknown>(patterns: Pattern | readonly Pattern[],
    options?: { from?: string; snapshot?: boolean | "none" | "composed"; previous?: boolean; signal?: AbortSignal }): AsyncIterableIterator<Message<T>>;
  live<T = unknown>(path: Path): Live<T>;
  namespace<V, K extends string = string>(root: string, domain: string, codec?: Codec<V>): Namespace<K, V>;
  status(): State;
  onStatus(listener: (state: State) => void): () => void;
  prefetch(paths: readonly Path[]): Promise<void>;
  dehydrate(): Dehydrated;
  hydrate(dehydrated: Dehydrated): void;
  close(): Promise<void>;
}
export interface Codec<V> { parse?(stored: unknown): V; stringify?(value: V): unknown; validate?(value: V): void }
export interface Namespace<K extends string, V> {
  path(key: K): string[];
  get(key: K): Promise<V | undefined>; set(key: K, value: V, options?: Write): Promise<Written>;
  create(key: K, value: V, options?: Write): Promise<Written>; exists(key: K): Promise<boolean>;
  delete(key: K, options?: Write): Promise<boolean>;
  mget(keys: readonly K[]): Promise<Map<K, V>>; mset(values: Iterable<readonly [K, V]>, options?: { ttl?: string | number }): Promise<unknown>;
  mdel(keys: readonly K[]): Promise<number>;
  ttl(key: K): Promise<number | null | undefined>; expire(key: K, ttl: string | number): Promise<void>; persist(key: K): Promise<void>;
  keys(pattern?: string): AsyncIterableIterator<K>; clear(): Promise<boolean>;
  incr(key: K, by?: number): Promise<number>; decr(key: K, by?: number): Promise<number>;
  getSet(key: K, value: V): Promise<V | undefined>; compareAndSwap(key: K, old: V, next: V): Promise<boolean>;
  watch(key?: K, options?: { from?: string; signal?: AbortSignal }): AsyncIterableIterator<Message<V>>; live(key: K): Live<V>;
}

export function connect(url: string | URL, options?: Options): Client;
/** A time-ordered name of 26 characters. */
export function orderedName(now?: number): string;
/** A request that was not answered by success. */
export class NestKVError extends Error {
  readonly status?: number; readonly code: string; readonly problem: Problem; readonly retryable: boolean;
  /** "none": nothing was changed. "unknown": a write may or may not have happened. */
  readonly outcome: "none" | "unknown";
  readonly currentETag?: string; readonly currentVersion?: number; readonly currentValue?: unknown;
}
/** `update()` would write back a number that this engine can't hold. */
export class PrecisionError extends NestKVError {}
