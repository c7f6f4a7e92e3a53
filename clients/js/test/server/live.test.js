import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { connect } from "../../src/index.js";
import { Link } from "../support/link.js";
import { Server, until } from "../support/nestkv.js";

const retry = { limit: 40, backoffLimit: 20 };
const cuts = Number(process.env.NESTKV_CUTS ?? 200);
const followed = (live, seen = []) => {
  const stop = live.subscribe(() => seen.push(live.snapshot()));
  return { seen, stop };
};

describe("following", () => {
  let server, link, writer, client;
  before(async () => {
    server = await Server.start("rocksdb");
    link = await Link.to(server.port);
    writer = connect(server.url, { retry });
    client = connect(link.url, { retry });
  });
  after(async () => { await client.close(); link.close(); await server.end(); });

  test("a value is composed of its leaves and follows them", async () => {
    await writer.put("/ep/main/a", { x: 1 });
    const live = client.live("/ep/main");
    const { seen, stop } = followed(live);
    assert.equal(live.snapshot().status, "loading");
    await until(() => live.snapshot().status === "live");
    assert.deepEqual(live.snapshot().value, { a: { x: 1 } });
    await writer.put("/ep/main/b", [1]);
    await until(() => live.snapshot().value.b);
    const before = live.snapshot();
    assert.equal(live.snapshot(), before);
    await writer.put("/ep/other", 1);
    await writer.delete("/ep/main/a");
    await until(() => !live.snapshot().value.a);
    assert.deepEqual(live.snapshot().value, { b: [1] });
    assert.equal(live.snapshot().value.b, before.value.b);
    assert.equal(seen.length, 3);
    stop();
  });

  test("a path inside a document, and one where nothing is stored", async () => {
    await writer.put("/ep/doc", { list: [{ n: 1 }] });
    const inside = client.live("/ep/doc/list/0/n"), none = client.live("/ep/none");
    const stops = [followed(inside).stop, followed(none).stop];
    await until(() => inside.snapshot().value === 1 && none.snapshot().status === "live");
    assert.equal(none.snapshot().value, undefined);
    await writer.put("/ep/doc/list/0/n", 2);
    await until(() => inside.snapshot().value === 2);
    assert.equal((await client.entry("/ep/doc")).metadata.version, inside.snapshot().metadata?.version ?? 2);
    stops.forEach(stop => stop());
  });

  test("subscribers share one stream", async () => {
    const metric = async () => /^nestkv_sse_subscribers(?:\{[^}]*\})? (\d+)/m.exec(await (await fetch(server.url + "/_metrics")).text())?.[1];
    const stops = Array.from({ length: 20 }, (_, at) => followed(client.live(`/ep/main/${at % 5}`)).stop);
    await until(() => client.live("/ep/main/4").snapshot().status === "live");
    assert.equal(await metric(), "1");
    stops.forEach(stop => stop());
    await until(async () => await metric() === "0");
  });

  test("values of more entry points than one request names", async () => {
    const lives = Array.from({ length: 70 }, (_, at) => client.live(`/many${at}/a`));
    const stops = lives.map(live => followed(live).stop);
    await until(() => lives.every(live => live.snapshot().status === "live"));
    for (const [at, live] of lives.entries()) await writer.put(live.path, at);
    await until(() => lives.every((live, at) => live.snapshot().value === at));
    stops.forEach(stop => stop());
  });

  test("no event is lost or doubled over cuts", async () => {
    const count = cuts * 5, controller = new AbortController();
    const live = client.live("/cuts");
    const { stop } = followed(live);
    const watch = client.watch("/cuts", { signal: controller.signal });
    const values = [];
    const reading = (async () => {
      for await (const { type, value } of watch) {
        assert.equal(type, "set");
        if (values.push(value) === count + 1) return;
      }
    })();
    // The watch begins some time after the call: it has begun when it tells a change.
    await until(async () => { if (values.length) return true; await writer.put("/cuts/n", -1); });
    const sent = values.length;
    await new Promise(resolve => setTimeout(resolve, 100));
    values.splice(0, values.length, -1);
    for (let value = 0; value < count; value++) {
      await writer.put("/cuts/n", value);
      if (value % 5 === 0) link.cut();
    }
    await reading;
    assert.ok(sent);
    assert.deepEqual(values, [-1, ...Array(count).keys()]);
    await until(() => live.snapshot().value?.n === count - 1);
    stop();
  });

  test("it goes on after a restart, a refusal and a black hole", async () => {
    const live = client.live("/ep/restart");
    const { stop } = followed(live);
    await until(() => live.snapshot().status === "live");
    await server.stop();
    await until(() => live.snapshot().status === "offline");
    await server.run();
    await writer.put("/ep/restart", 1);
    await until(() => live.snapshot().value === 1 && live.snapshot().status === "live");
    link.answers = "HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\nretry-after: 0\r\nconnection: close\r\n\r\n";
    link.cut();
    await until(() => live.snapshot().status === "offline");
    assert.equal(live.snapshot().value, 1);
    await writer.put("/ep/restart", 2);
    link.answers = undefined;
    await until(() => live.snapshot().value === 2);
    link.isBlack = true;
    await writer.put("/ep/restart", 3);
    link.isBlack = false;
    // What the page does when it is shown again.
    client.store.resume();
    await until(() => live.snapshot().value === 3);
    stop();
  });
});

test("a store that begins again replaces what was known", async () => {
  const server = await Server.start();
  const client = connect(server.url, { retry });
  await client.put("/ep/a", 1);
  await client.put("/ep/a", 2);
  await client.put("/ep/b", 1);
  const live = client.live("/ep");
  const { stop } = followed(live);
  await until(() => live.snapshot().value?.a === 2);
  await server.stop("SIGKILL");
  await server.run();
  await client.put("/ep/a", 3);
  await until(() => live.snapshot().value?.a === 3);
  assert.deepEqual(live.snapshot().value, { a: 3 });
  stop();
  await client.close();
  await server.end();
});

test("a proxy that ends streams without an event is asked for changes instead", async () => {
  const server = await Server.start();
  const polled = [];
  const proxy = (url, options) => {
    if (String(options?.headers?.get?.("accept")) === "text/event-stream" && polled.isOn) return Promise.resolve(new Response("", { status: 200 }));
    if (String(url).includes("since=")) polled.push(url);
    return fetch(url, options);
  };
  const client = connect(server.url, { retry, fetch: proxy });
  const live = client.live("/ep/a");
  const { stop } = followed(live);
  await until(() => live.snapshot().status === "live");
  polled.isOn = true;
  client.store.resume();
  await until(() => polled.length);
  await client.put("/ep/a", 5);
  await until(() => live.snapshot().value === 5);
  const other = client.live("/ep/other");
  const { stop: stopOther } = followed(other);
  await until(() => other.snapshot().status === "live");
  stop();
  stopOther();
  await client.close();
  await server.end();
});

test("nothing is left after subscribing 300 times", async () => {
  const server = await Server.start();
  const client = connect(server.url, { retry });
  for (let at = 0; at < 300; at++) client.live(`/ep/${at}`).subscribe(() => {})();
  await until(() => client.store.scopes.size === 0 && !client.store.feed);
  await client.close();
  await server.end();
});
