// The client's composition must be the service's, whatever leaves overlap.
import assert from "node:assert/strict";
import http from "node:http";
import { after, before, test } from "node:test";
import { Tree } from "../../src/index.js";
import { Server } from "../support/nestkv.js";

const count = Number(process.env.NESTKV_TREE_OPERATIONS ?? 10_000);
let server;
before(async () => { server = await Server.start(); });
after(() => { agent.destroy(); return server.end(); });

const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });

/** One request on a kept connection; `fetch` costs several times as much. */
const request = (method, target, body) => new Promise((resolve, reject) => {
  http.request(server.url + target, { method, agent }, response => {
    let text = "";
    response.setEncoding("utf8").on("data", part => { text += part; })
      .on("end", () => resolve({ status: response.statusCode, text }));
  }).on("error", reject).end(body);
});

/** Random numbers that a seed repeats. */
function random(seed) {
  return most => {
    seed = (seed + 0x6D2B79F5) | 0;
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % most;
  };
}

test(`${count} random writes of leaves, each followed by equal reads`, async () => {
  const seed = Number(process.env.NESTKV_SEED ?? Date.now() % 1e9);
  const next = random(seed);
  const names = ["a", "b", "0", "1", "_value", "ü", "__proto__", "𝄞", "\uFFFD"];
  const name = () => names[Math.min(next(names.length), next(names.length))];
  const value = depth => {
    const kind = next(depth > 2 ? 4 : 9);
    if (kind < 4) return [null, 7, "x", true][kind];
    if (kind < 5) return Array.from({ length: next(3) }, () => value(depth + 1));
    return JSON.parse(`{${[...new Set(Array.from({ length: next(4) }, name))].map(member =>
      `${JSON.stringify(member)}:${JSON.stringify(value(depth + 1))}`).join(",")}}`);
  };
  const path = () => ["tree", ...Array.from({ length: 1 + next(4) }, name)];
  const spelled = names => "/" + names.map(encodeURIComponent).join("/");
  const known = new Tree();
  for (let step = 0; step < count; step++) {
    const at = path();
    if (next(4) === 0) {
      await request("DELETE", spelled(at) + "?leaf");
      known.put(at, undefined);
    } else {
      const stored = value(0);
      const answer = await request("PUT", spelled(at) + "?leaf", JSON.stringify(stored));
      assert.ok(answer.status < 300, answer.text);
      known.put(at, { value: stored });
    }
    // Now and then from scratch, so that the leaves stay few enough to be told apart.
    if (next(200) === 0) {
      await request("DELETE", "/tree");
      known.prune(["tree"]);
    }
    const read = next(10) ? path() : ["tree"];
    const answer = await request("GET", spelled(read));
    const context = `seed ${seed}, step ${step}, ${spelled(read)}`;
    assert.deepStrictEqual(known.get(read), answer.status === 404 ? undefined : JSON.parse(answer.text), context);
  }
});
