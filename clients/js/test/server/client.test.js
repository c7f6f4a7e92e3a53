import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { connect, NestKVError, PrecisionError } from "../../src/index.js";
import { Link } from "../support/link.js";
import { Server } from "../support/nestkv.js";

const quick = { limit: 8, backoffLimit: 30 };

for (const store of ["memory:", "rocksdb"]) describe(store, () => {
  let server, client;
  before(async () => { server = await Server.start(store); client = connect(server.url, { retry: quick, modifiedBy: "änn" }); });
  after(async () => { await client.close(); await server.end(); });

  test("every operation", async () => {
    const path = ["ep", "a/b"];
    const written = await client.put(path, { n: 1 }, { comment: "why", tags: ["x", "y"] });
    assert.ok(written.created && written.version === 1 && written.etag && written.metadata.modifiedBy === "änn");
    assert.deepEqual(await client.get("/ep/a%2Fb"), { n: 1 });
    const entry = await client.entry(path);
    assert.deepEqual([entry.path, entry.value, entry.metadata.tags], ["/ep/a%2Fb", { n: 1 }, ["x", "y"]]);
    await client.patch(path, { m: 2 });
    await client.jsonPatch(path, [{ op: "remove", path: "/m" }]);
    assert.equal(await client.increment([...path, "n"], 5), 6);
    assert.equal(await client.compareAndSwap(path, { n: 6 }, 8), true);
    assert.equal(await client.compareAndSwap(path, 7, 9), false);
    assert.equal(await client.swap(path, 9), 8);
    assert.equal(await client.swap("/ep/new", 1), undefined);
    assert.equal((await client.restore(path, 1)).version, 7);
    const child = await client.append("/ep/log", "x");
    assert.equal(await client.get(child.path), "x");
    await client.expire("/ep/new", "60s");
    assert.ok((await client.entry("/ep/new")).metadata.expiresAt);
    await client.persist("/ep/new");
    assert.equal((await client.entry("/ep/new")).metadata.expiresAt, null);
    const keys = await Array.fromAsync?.(client.keys("/ep")) ?? await collected(client.keys("/ep"));
    assert.deepEqual(keys, ["/ep/a%2Fb", child.path, "/ep/new"]);
    assert.equal(await client.count("/ep"), 3);
    assert.equal((await client.history(path)).length, 7);
    assert.equal(await client.get(path, { version: 5 }), 8);
    assert.deepEqual(await client.payload({ a: path, b: { c: "/ep/none" } }, { b: { c: 0 } }), { a: { n: 1 }, b: { c: 0 } });
    const results = await client.batch([{ method: "PUT", path, value: 1 }, { method: "DELETE", path: "/ep/none" }]);
    assert.deepEqual(results.map(result => result.status), [200, 404]);
    await client.transaction([{ method: "DELETE", path }], [{ path, version: 8 }]);
    assert.equal(await client.get(path), undefined);
    assert.equal(await client.entry(path), undefined);
    assert.equal(await client.exists(path), false);
    assert.equal(await client.delete(path), false);
    assert.equal(await client.delete("/ep"), true);
  });

  test("a failed condition says what is stored", async () => {
    await client.put("/ep/c", 1);
    const caught = await client.create("/ep/c", 2).catch(error => error);
    assert.ok(caught instanceof NestKVError && caught.status === 412 && caught.outcome === "none");
    assert.equal(caught.currentValue, 1);
    await client.put("/ep/c", 3, { ifMatch: caught.currentETag });
  });

  test("update() loses no write", async () => {
    await Promise.all(Array.from({ length: 8 }, () => client.update("/ep/u", (now = 0) => now + 1, { attempts: 100 })));
    assert.equal(await client.get("/ep/u"), 8);
  });

  test("a number that a double can't hold is not damaged", async () => {
    await client.http.request("PUT", "/ep/big", { body: "{\"n\":12345678901234567890,\"m\":1}" });
    assert.equal((await client.entry("/ep/big")).lossy, true);
    await assert.rejects(client.update("/ep/big", value => ({ ...value, m: 2 })), PrecisionError);
    await client.patch("/ep/big", { m: 2 });
    assert.equal(await (await fetch(server.url + "/ep/big")).text(), "{\"n\":12345678901234567890,\"m\":2}");
    await assert.rejects(async () => client.put("/ep/big", NaN), TypeError);
    await assert.rejects(async () => client.put("/ep/big", undefined), TypeError);
  });

  test("a typed namespace", async () => {
    const users = client.namespace("app", "users", { validate: user => assert.ok(user.name) });
    await users.set("a/b", { name: "Ann" });
    await users.mset([["c", { name: "Cy" }]]);
    assert.deepEqual([...await users.mget(["a/b", "x", "c"])], [["a/b", { name: "Ann" }], ["c", { name: "Cy" }]]);
    await assert.rejects(async () => users.set("d", {}));
    assert.deepEqual(await collected(users.keys()), ["a/b", "c"]);
    await users.expire("c", "60s");
    assert.ok(await users.ttl("c") > 50_000 && await users.ttl("a/b") === null && await users.ttl("x") === undefined);
    assert.equal(await users.mdel(["a/b", "x"]), 1);
    const counts = client.namespace("app", "counts");
    assert.equal(await counts.incr("n", 3) + await counts.decr("n"), 5);
    assert.equal(await users.clear(), true);
  });
});

describe("lost answers", () => {
  let server, link, client;
  before(async () => {
    server = await Server.start();
    link = await Link.to(server.port);
    client = connect(link.url, { retry: { limit: 40, backoffLimit: 50 } });
  });
  after(async () => { link.close(); await server.end(); });
  const lose = () => {
    link.losesAnswers = true;
    link.cut();
    setTimeout(() => { link.losesAnswers = false; }, 200);
  };

  test("a plain write is not sent again, and its outcome is unknown", async () => {
    lose();
    const caught = await client.put("/ep/a", 1).catch(error => error);
    assert.deepEqual([caught.outcome, caught.status], ["unknown", undefined]);
    assert.equal((await client.entry("/ep/a")).metadata.version, 1);
  });

  test("an operation with a key is carried out once", async () => {
    lose();
    assert.equal(await client.increment("/ep/n"), 1);
    assert.equal((await client.entry("/ep/n")).metadata.version, 1);
  });

  test("a conditional write that fails at the second attempt is unknown", async () => {
    lose();
    const caught = await client.create("/ep/b", 1).catch(error => error);
    assert.deepEqual([caught.status, caught.outcome], [412, "unknown"]);
  });

  test("a service that is not there has done nothing", async () => {
    const gone = await Server.start();
    await gone.end();
    const caught = await connect(gone.url, { retry: false }).put("/ep/a", 1).catch(error => error);
    assert.deepEqual([caught.outcome, caught.code, caught.retryable], ["none", "network", true]);
  });

  test("a signal and a time limit end a request", async () => {
    link.isBlack = true;
    link.cut();
    await assert.rejects(client.get("/ep/a", { signal: AbortSignal.timeout(50) }), { name: "TimeoutError" });
    const caught = await connect(link.url, { timeout: 50, retry: false }).put("/ep/a", 1).catch(error => error);
    assert.equal(caught.outcome, "unknown");
    link.isBlack = false;
    link.cut();
  });
});

async function collected(list) {
  const found = [];
  for await (const item of list) found.push(item);
  return found;
}
