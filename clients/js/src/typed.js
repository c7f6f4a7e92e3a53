// A typed view of one part of the tree.

/** The keys below /root/domain, each one segment, with values of one type: `codec` parses, stringifies, validates. */
export function namespace(client, root, domain, codec = {}) {
  const path = key => [root, domain, String(key)];
  const stringify = value => {
    codec.validate?.(value);
    return codec.stringify ? codec.stringify(value) : value;
  };
  const parse = value => {
    if (value === undefined) return undefined;
    const parsed = codec.parse ? codec.parse(value) : value;
    codec.validate?.(parsed);
    return parsed;
  };
  const get = async key => parse(await client.get(path(key)));
  const set = (key, value, options) => client.put(path(key), stringify(value), options);
  const remaining = at => at ? Math.max(0, Date.parse(at) - Date.now()) : null;
  return {
    path, get, set,
    create: (key, value, options) => client.create(path(key), stringify(value), options),
    exists: key => client.exists(path(key)),
    delete: (key, options) => client.delete(path(key), options),
    async mget(keys) {
      const values = await Promise.all(keys.map(get));
      return new Map(keys.map((key, at) => [key, values[at]]).filter(([, value]) => value !== undefined));
    },
    mset: (values, options) => client.transaction([...values].map(([key, value]) =>
      ({ method: "PUT", path: path(key), value: stringify(value), ...options }))),
    async mdel(keys) {
      const results = await client.batch(keys.map(key => ({ method: "DELETE", path: path(key) })));
      return results.filter(result => result.status < 400).length;
    },
    /** The milliseconds that a value still lives; null without an expiry, undefined without a value. */
    async ttl(key) {
      const entry = await client.entry(path(key));
      return entry && remaining(entry.metadata.expiresAt);
    },
    expire: (key, ttl) => client.expire(path(key), ttl),
    persist: key => client.persist(path(key)),
    async *keys(pattern) {
      for await (const found of client.keys([root, domain], { pattern })) yield decodeURIComponent(found.split("/")[3]);
    },
    clear: () => client.delete([root, domain]),
    incr: (key, by = 1) => client.increment(path(key), by),
    decr: (key, by = 1) => client.increment(path(key), -by),
    getSet: async (key, value) => parse(await client.swap(path(key), stringify(value))),
    compareAndSwap: (key, old, next) => client.compareAndSwap(path(key), stringify(old), stringify(next)),
    watch: (key, options) => client.watch(key === undefined ? path("").slice(0, 2) : path(key), options),
    live: key => client.live(path(key)),
  };
}
