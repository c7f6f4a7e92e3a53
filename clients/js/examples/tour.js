// Stores, follows and changes values: node clients/js/examples/tour.js http://localhost:8080
import { connect, NestKVError } from "../src/index.js";

const client = connect(process.argv[2] ?? "http://localhost:8080", { modifiedBy: "tour" });

await client.put("/shop/orders/1", { item: "tea", count: 2 });
const { value, metadata } = await client.entry("/shop/orders/1");
console.log("stored", value, "version", metadata.version);

// All orders, as they are now and after every change.
const orders = client.live("/shop/orders");
const changed = () => new Promise(resolve => {
  const stop = orders.subscribe(() => { if (orders.snapshot().status === "live") { stop(); resolve(orders.snapshot().value); } });
});
const stop = orders.subscribe(() => {});
console.log("live", await changed());

// Another client's write between reading and writing is not lost: the function is called again.
const next = changed();
await client.update("/shop/orders/1", order => ({ ...order, count: order.count + 1 }));
console.log("live", await next);

try {
  await client.create("/shop/orders/1", {});
} catch (error) {
  if (!(error instanceof NestKVError)) throw error;
  console.log(error.code, "outcome", error.outcome, "stored", error.currentValue);
}
stop();
await client.close();
