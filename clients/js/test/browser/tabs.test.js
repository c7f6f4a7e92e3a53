import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Browsing } from "../support/browsing.js";
import { until } from "../support/nestkv.js";

let browsing, server, pages, browser, writer, count = 0;
const metric = async () => Number(await browsing.streams());

before(async () => {
  browsing = await Browsing.start({ "/tab": `<script type="module">
    import { connect } from "nestkv";
    const [server, path] = location.hash.slice(1).split("|");
    window.client = connect(server, { retry: { limit: 8, backoffLimit: 50 } });
    window.live = client.live(path);
    window.seen = [];
    live.subscribe(() => { seen.push(live.snapshot().value); });
  </script>` });
  ({ server, pages, browser, writer } = browsing);
});
after(() => browsing?.end());

const opened = (path = "/ep/n") => browser.open(`${pages.url}/tab#${server.url}|${path}`);
const value = tab => tab.run("window.live?.snapshot().value");
const leads = tab => tab.run("Boolean(client.store.feed?.feed)");
/** Writes a new value and waits until all tabs show it. */
async function shown(tabs) {
  await writer.put("/ep/n", ++count);
  for (const tab of tabs) await until(async () => await value(tab) === count, `tab ${tabs.indexOf(tab)} shows ${count}`);
}
async function started(many) {
  const tabs = [];
  for (let at = 0; at < many; at++) tabs.push(await opened());
  for (const tab of tabs) await until(() => tab.run("window.live?.snapshot().status === 'live'"));
  return tabs;
}
async function leaderOf(tabs) {
  for (const tab of tabs) if (await leads(tab)) return tab;
  return undefined;
}

for (const many of [2, 8]) test(`${many} tabs have one stream, also when the leader is closed or crashes`, async () => {
  await writer.put("/ep/n", ++count);
  let tabs = await started(many);
  await shown(tabs);
  assert.equal(await metric(), 1);
  for (const end of ["close", "crash"]) {
    const leader = await until(() => leaderOf(tabs));
    tabs = tabs.filter(tab => tab !== leader);
    // A page that crashes doesn't answer.
    if (end === "crash") leader.send("Page.crash").catch(() => {});
    else await leader.close();
    if (!tabs.length) tabs = await started(1);
    await shown(tabs);
    await until(async () => await metric() === 1);
    if (end === "crash") await leader.close();
    if (tabs.length < 2) tabs.push(...await started(1));
  }
  await shown(tabs);
  for (const tab of tabs) await tab.close();
  await until(async () => await metric() === 0);
});

test("tabs with different paths follow their own", async () => {
  await writer.put("/other/x", 5);
  const tabs = [...await started(1), await opened("/other/x")];
  await until(async () => await value(tabs[1]) === 5);
  await shown([tabs[0]]);
  await writer.put("/other/x", 6);
  await until(async () => await value(tabs[1]) === 6);
  assert.equal(await metric(), 1);
  assert.deepEqual((await tabs[0].run("[...client.store.tree.root.children.keys()]")), ["ep"]);
  for (const tab of tabs) await tab.close();
});

test("a frozen leader hands over, and catches up when it is resumed", async () => {
  const tabs = await started(2);
  const leader = await until(() => leaderOf(tabs));
  const other = tabs.find(tab => tab !== leader);
  await leader.send("Page.setWebLifecycleState", { state: "frozen" });
  for (let at = 0; at < 10; at++) await shown([other]);
  await leader.send("Page.setWebLifecycleState", { state: "active" });
  await shown(tabs);
  assert.equal(await metric(), 1);
  for (const tab of tabs) await tab.close();
});

test("a page that comes back from the back-forward cache goes on", async () => {
  const [tab] = await started(1);
  await tab.send("Page.navigate", { url: "about:blank" });
  await until(async () => await metric() === 0);
  await writer.put("/ep/n", ++count);
  const { entries } = await tab.send("Page.getNavigationHistory");
  await tab.send("Page.navigateToHistoryEntry", { entryId: entries.at(-2).id });
  await until(async () => await value(tab).catch(() => undefined) === count);
  await shown([tab]);
  await tab.close();
});

test("a restart of the service reaches every tab", async () => {
  const tabs = await started(2);
  await server.stop("SIGKILL");
  await server.run();
  await shown(tabs);
  for (const tab of tabs) await tab.close();
});
