import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Browsing } from "../support/browsing.js";
import { until } from "../support/nestkv.js";

let browsing, server, pages, browser, writer;
const metric = () => browsing.streams();

/** A page that renders what a module's `App` returns. */
const page = (app, root = "ReactDOM.createRoot(place).render(tree)") => `<script type="module">
  import { connect } from "nestkv";
  import * as kvs from "nestkv/react";
  const h = React.createElement, place = document.getElementById("root");
  window.errors = []; console.error = (...given) => errors.push(given.join(" "));
  window.onerror = message => { errors.push(String(message)); };
  window.client = connect(location.hash.slice(1), { retry: { limit: 8, backoffLimit: 50 } });
  window.renders = 0;
  ${app}
  const tree = h(React.StrictMode, null, h(kvs.KVSProvider, { client, initial: window.initial }, h(App)));
  ${root};
</script>`;

before(async () => {
  browsing = await Browsing.start({
    "/value": page(`function App() {
      renders++;
      const value = kvs.useKVSValue({ Namespace: ["ep"], Key: "a" }), set = kvs.useKVSSet(["ep", "a"]);
      const size = kvs.useKVSSelect("/ep/list", (list = []) => list.map(x => x).length);
      window.set = set;
      return h("p", null, JSON.stringify({ value, size, status: kvs.useKVSEntry("/ep/none").status }));
    }`),
    "/tearing": page(`
      window.torn = 0; window.commits = 0;
      function One() { return h("i", null, String(kvs.useKVSValue("/ep/n"))); }
      function App() {
        const [count, setCount] = React.useState(0);
        window.rerender = () => React.startTransition(() => setCount(c => c + 1));
        React.useLayoutEffect(() => { commits++; const seen = new Set([...document.querySelectorAll("i")].map(i => i.textContent)); if (seen.size > 1) torn++; });
        return h("div", null, count, Array.from({ length: 500 }, (_, at) => h(One, { key: at })));
      }`),
    "/hydrate": page(`window.initial = { "/ep/h": { value: "first", metadata: undefined } };
      place.innerHTML = "<p>first</p>";
      window.shown = [];
      function App() { const value = kvs.useKVSValue("/ep/h"); shown.push(value); return h("p", null, value); }`,
    "ReactDOM.hydrateRoot(place, tree)"),
  });
  ({ server, pages, browser, writer } = browsing);
});
after(() => browsing?.end());

const opened = path => browser.open(`${pages.url}${path}#${server.url}`);
const text = tab => tab.run("document.getElementById('root')?.textContent ?? ''");

test("a component shows a value and follows it, under StrictMode, with one stream and no warning", async () => {
  await writer.put("/ep/a", 1);
  await writer.put("/ep/list", [1, 2]);
  const tab = await opened("/value");
  await until(async () => await text(tab) === '{"value":1,"size":2,"status":"absent"}');
  assert.equal(await metric(), "1");
  const before = await tab.run("renders");
  for (let value = 2; value <= 11; value++) {
    await writer.put("/ep/a", value);
    await until(async () => (await text(tab)).includes(`"value":${value},`));
  }
  // StrictMode renders twice. The selected part and other keys cause no render.
  assert.equal(await tab.run("renders") - before, 20);
  await writer.put("/ep/list", [3, 4]);
  await writer.put("/ep/a", 0);
  await until(async () => (await text(tab)).includes("\"value\":0,"));
  assert.equal(await tab.run("renders") - before, 22);
  await tab.run("set(now => now + 41)");
  await until(async () => (await text(tab)).includes("\"value\":41,"));
  assert.deepEqual(await tab.run("errors"), []);
  await tab.close();
  await until(async () => await metric() === "0");
});

test("500 components of one key show the same version in every commit", async () => {
  await writer.put("/ep/n", 0);
  const tab = await opened("/tearing");
  await until(async () => (await text(tab)).endsWith("00"));
  for (let value = 1; value <= 40; value++) {
    await tab.run("rerender()");
    await writer.put("/ep/n", value);
  }
  await until(async () => (await text(tab)).endsWith("40"));
  assert.equal(await tab.run("torn"), 0);
  assert.ok(await tab.run("commits") > 1);
  await tab.close();
});

test("what the server rendered is hydrated without a mismatch, and then follows", async () => {
  await writer.put("/ep/h", "first");
  const tab = await opened("/hydrate");
  await until(async () => await metric() === "1");
  await writer.put("/ep/h", "second");
  await until(async () => await text(tab) === "second");
  assert.deepEqual(await tab.run("errors"), []);
  assert.deepEqual([...new Set(await tab.run("shown"))], ["first", "second"]);
  await tab.close();
});
