import assert from "node:assert/strict";
import { test } from "node:test";
import { reader } from "../../src/sse.js";

const text = "\uFEFFretry: 1500\r\nid: 1-a\r\n\r\n: comment\rid: 2-a\revent: set\rdata: {\"ü\":\"日本𝄞\"}\r\rid: 3-a\nevent: set\n" +
  "data: a\ndata:b\ndata:  c\nunknown: x\ndata\n\nid: x\0y\ndata: d\n\n\nid\ndata:\n\nid: 9-a\nevent: set\ndata: cut";
const bytes = new TextEncoder().encode(text);
const expected = [
  { id: "1-a", event: "message", data: undefined }, { id: "2-a", event: "set", data: "{\"ü\":\"日本𝄞\"}" },
  { id: "3-a", event: "set", data: "a\nb\n c\n" }, { id: undefined, event: "message", data: "d" },
  { id: "", event: "message", data: "" },
];

test("a stream is read whole", () => {
  const read = reader();
  assert.deepEqual(read(bytes), expected);
  assert.equal(read.retry, 1500);
});

test("a stream is read the same, wherever it is cut once or twice", () => {
  for (let first = 0; first <= bytes.length; first++)
    for (let second = first; second <= bytes.length; second += 3) {
      const read = reader();
      const found = [bytes.subarray(0, first), bytes.subarray(first, second), bytes.subarray(second)].flatMap(read);
      assert.deepEqual(found, expected);
    }
});

test("a stream is read the same byte by byte", () => {
  const read = reader();
  assert.deepEqual([...bytes].flatMap(byte => read(Uint8Array.of(byte))), expected);
});

test("an event that never ends is refused", () => {
  const read = reader(1000);
  assert.throws(() => read(new TextEncoder().encode("data: " + "x".repeat(2000))), RangeError);
});
