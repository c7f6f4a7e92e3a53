import assert from "node:assert/strict";
import { test } from "node:test";
import { connect, orderedName } from "../../src/index.js";
import { equal, isLossy, stringify } from "../../src/json.js";
import { canonical, covers, pattern, segments, widened, widest } from "../../src/paths.js";

test("paths have one spelling", () => {
  assert.equal(canonical("/ep1/a%2Fb/"), "/ep1/a%2Fb");
  assert.equal(canonical("ep1/ü"), "/ep1/%C3%BC");
  assert.equal(canonical(["ep1", "a/b", "+"]), "/ep1/a%2Fb/%2B");
  assert.equal(canonical({ Namespace: ["ep1", "users"], Key: "a b" }), "/ep1/users/a%20b");
  assert.deepEqual(segments("/ep1/a%2Fb"), ["ep1", "a/b"]);
  for (const wrong of ["", "/", [], ["ep1", ""], ["ep1", ".."], {}, undefined, 5]) assert.throws(() => canonical(wrong), TypeError);
});

test("patterns keep + and #", () => {
  assert.equal(pattern("/users/+/a%2Bb/#"), "/users/+/a%2Bb/#");
  assert.equal(pattern(["users", "+"]), "/users/%2B");
});

test("a path covers what is below it", () => {
  assert.ok(covers("/a", "/a/b") && covers("/a", "/a") && !covers("/a", "/ab") && !covers("/a/b", "/a"));
  assert.deepEqual(widest(["/a/b", "/a", "/ab", "/a"]), ["/a", "/ab"]);
});

test("too many paths are widened", () => {
  const many = (count, path) => Array.from({ length: count }, (_, at) => path(at));
  assert.deepEqual(widened(many(65, at => `/a/${at % 2}/${at}`)), ["/a/0", "/a/1"]);
  assert.deepEqual(widened(many(65, at => `/${at}`)), ["/#"]);
  assert.equal(widened(many(64, at => `/${at}`)).length, 64);
  assert.deepEqual(widened(many(2, at => `/a/${at}${"x".repeat(3000)}`)), ["/a"]);
  assert.ok(covers("/#", "/a"));
});

test("names rise with time", () => {
  assert.match(orderedName(), /^[0-9a-z]{26}$/);
  assert.ok(orderedName(1000) < orderedName(2000));
});

test("numbers that would change are found", () => {
  for (const text of ["1.0", "[12345678901234567890]", "1e400", "{\"a\":-0}", "1E5", "0.10"]) assert.ok(isLossy(text), text);
  for (const text of ["1", "0.1", "[1.5,\"1.0\"]", "{\"1.0\":\"12345678901234567890\\\"1.0\"}", "9007199254740991", "1e+21"])
    assert.ok(!isLossy(text), text);
});

test("what is not JSON is refused", () => {
  for (const value of [NaN, { a: [Infinity] }, undefined, () => 1, 1n]) assert.throws(() => stringify(value), TypeError);
  assert.throws(() => connect("http://localhost", { numbers: "exact" }), /rawJSON/);
});

test("values are compared as JSON", () => {
  assert.ok(equal({ a: [1, { b: null }], c: 2 }, { c: 2, a: [1, { b: null }] }));
  for (const [a, b] of [[[], {}], [{ a: 1 }, { a: 2 }], [null, {}], [{ a: undefined }, { b: 1 }], [[1], [1, 2]], ["1", 1]])
    assert.ok(!equal(a, b));
});
