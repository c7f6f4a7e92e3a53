// One request: headers, time limit, repeated attempts, errors.
import { orderedName } from "./paths.js";

const repeated = new Set([408, 425, 429, 502, 503]);
const unknownCodes = new Set(["unknown-outcome", "shutting-down", "internal-error"]);
/** With one of these, a second attempt does no harm. */
const safe = ["if-match", "if-none-match", "nestkv-if-version", "idempotency-key"];
const notSent = new Set(["ECONNREFUSED", "ENOTFOUND", "EAI_AGAIN", "UND_ERR_CONNECT_TIMEOUT"]);

/** A request that was not answered by success. */
export class NestKVError extends Error {
  constructor(message, { status, problem = {}, outcome = "none", retryable = false, retryAfter, cause } = {}) {
    super(message, { cause });
    this.name = "NestKVError";
    this.status = status;
    this.problem = problem;
    this.code = problem.code ?? (status ? `status-${status}` : "network");
    /** "none": nothing was changed. "unknown": a write may or may not have happened. */
    this.outcome = outcome;
    this.retryable = retryable;
    this.retryAfter = retryAfter;
    this.currentETag = problem.currentETag;
    this.currentVersion = problem.currentVersion;
    this.currentValue = problem.currentValue;
  }
}

/** `update()` would write back a number that this engine can't hold. */
export class PrecisionError extends NestKVError {}

/** A header's text: the service reads UTF-8, and `fetch` writes each character as one byte. */
const bytes = text => Array.from(new TextEncoder().encode(text), byte => String.fromCharCode(byte)).join("");

const fields = {
  ifMatch: "if-match", ifNoneMatch: "if-none-match", ifVersion: "nestkv-if-version", ttl: "nestkv-ttl",
  modifiedBy: "nestkv-modified-by", comment: "nestkv-comment", tags: "nestkv-tags", schema: "nestkv-schema",
  idempotencyKey: "idempotency-key",
};

/** Resolves after some time, or when the signal is aborted. */
export const pause = (milliseconds, signal) => new Promise(resolve => {
  if (signal?.aborted) return resolve();
  const end = () => {
    clearTimeout(timer);
    signal?.removeEventListener("abort", end);
    resolve();
  };
  const timer = setTimeout(end, milliseconds);
  signal?.addEventListener("abort", end);
});

/** The error of an answer with a status of 400 or more. */
export async function failure(response, isWrite) {
  let problem = {};
  try { problem = JSON.parse(await response.text()); } catch { /* A proxy answered, or the answer was cut. */ }
  const { status } = response;
  const isUnknown = isWrite && (unknownCodes.has(problem.code) || (!problem.code && status >= 500));
  const wait = Number(response.headers.get("retry-after") ?? NaN);
  return new NestKVError(`${status}: ${problem.detail ?? problem.title ?? "The service gave no reason."}`, {
    status, problem, outcome: isUnknown ? "unknown" : "none", retryable: repeated.has(status) || isUnknown,
    retryAfter: Number.isFinite(wait) ? wait * 1000 : undefined,
  });
}

export class HTTP {
  constructor(url, options = {}) {
    this.base = String(url).replace(/\/+$/, "");
    this.options = options;
    this.fetch = options.fetch ?? ((...given) => globalThis.fetch(...given));
    this.retry = options.retry === false ? { limit: 0, backoffLimit: 0 }
      : { limit: 3, backoffLimit: 30_000, ...options.retry };
  }

  async headers(more) {
    const own = this.options.headers;
    return new Headers([...new Headers(typeof own === "function" ? await own() : own), ...Object.entries(more)]);
  }

  /** The milliseconds before an attempt: as long as the service says, or a random time that doubles. */
  backoff(attempt, retryAfter) {
    return retryAfter ?? Math.random() * Math.min(this.retry.backoffLimit, 500 * 2 ** attempt);
  }

  /** Sends a request; resolves with { status, headers, text }. A second attempt is made only if it does no harm. */
  async request(method, target, { body, options = {}, headers = {}, isKeyed = false } = {}) {
    const isWrite = method !== "GET" && method !== "HEAD";
    const sent = { ...headers };
    const settings = isWrite && this.options.modifiedBy ? { modifiedBy: this.options.modifiedBy, ...options } : options;
    for (const [name, field] of Object.entries(fields))
      if (settings[name] !== undefined) sent[field] = bytes(String(settings[name]));
    if (isKeyed) sent["idempotency-key"] ??= orderedName();
    const isSafe = !isWrite || safe.some(name => name in sent);
    for (let attempt = 0, wasUnknown = false; ; attempt++) {
      try {
        return await this.once(method, target, body, await this.headers(sent), isWrite, options.signal);
      } catch (error) {
        if (!(error instanceof NestKVError)) throw error;
        wasUnknown ||= error.outcome === "unknown";
        const mayRepeat = error.retryable && (isSafe || error.outcome === "none");
        if (!mayRepeat || attempt >= this.retry.limit) {
          // A condition may have failed because an attempt before had been carried out.
          if (wasUnknown) error.outcome = "unknown";
          throw error;
        }
        await pause(this.backoff(attempt, error.retryAfter), options.signal);
      }
    }
  }

  async once(method, target, body, headers, isWrite, signal) {
    signal?.throwIfAborted();
    const limit = new AbortController();
    const abort = () => limit.abort(signal.reason);
    signal?.addEventListener("abort", abort, { once: true });
    const timer = setTimeout(() => limit.abort(), this.options.timeout ?? 30_000);
    try {
      const response = await this.fetch(this.base + target,
        { method, body, headers, signal: limit.signal, cache: "no-store" });
      if (response.status >= 400) throw await failure(response, isWrite);
      return { status: response.status, headers: response.headers, text: await response.text() };
    } catch (error) {
      if (error instanceof NestKVError) throw error;
      if (signal?.aborted) throw signal.reason;
      const wasSent = !notSent.has(error.cause?.code);
      throw new NestKVError(`There was no answer to ${method} ${target}: ${error.message}`,
        { outcome: isWrite && wasSent ? "unknown" : "none", retryable: true, cause: error });
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener("abort", abort);
    }
  }
}
