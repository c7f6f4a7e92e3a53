"""The rows, in the order in which they are measured. The first server of a row is what its ratios compare with."""

import facts
from facts import Facts
from requests_row import Request, Requests
from servers import (
    BareRocksDB, Etcd, FixedReply, Hiredis, Libnats, Nestkv, Webdis, bound, items, leaves, tree, users, value)
from streams_row import FanOut, Streams

GET = Request("get", "GET", "/bench/items/10001")
GET_ONE = Request("get-one", "GET", "/bench/items/10001")
PUT = Request("put", "PUT", "/bench/items/10001", value(10001))
TREE = Request("tree", "GET", "/bench/tree")
LIST = Request("list", "GET", "/bench?keys&limit=10")
SHALLOW = Request("shallow", "GET", "/bench?shallow")
PUT_USER = Request("put-user", "PUT", "/bench/users/10001")
GET_USER = Request("get-user", "GET", "/bench/users/10001")
LEAF = Request("leaf", "GET", "/bench/chunk0/k00000000")

C = FixedReply()
ITEMS = (items,)
THOUSAND = Nestkv("rocksdb:", (leaves(1000),), "nestkv-thousand")
ALL = Nestkv("rocksdb:", (leaves(),), "nestkv-all")

ROWS = [
    Requests("get-1-memory", [C, Nestkv("memory:", ITEMS), Webdis(ITEMS)], GET_ONE),
    Requests("get-1-rocksdb", [C, Nestkv("rocksdb:", ITEMS)], GET_ONE),
    Requests("get-1-redis", [Webdis(ITEMS), Nestkv("redis:", ITEMS)], GET_ONE),
    Requests("get-1-nats", [Libnats(ITEMS), Nestkv("nats:", ITEMS)], GET_ONE),
    Requests("get-1000-memory", [C, Nestkv("memory:", ITEMS), Webdis(ITEMS), Etcd(ITEMS)], GET),
    Requests("get-1000-memory-logged", [C, Nestkv("memory:", ITEMS, options=("--log-level", "info"))], GET),
    Requests("get-1000-rocksdb", [C, Nestkv("rocksdb:", ITEMS)], GET),
    Requests("get-1000-redis", [Webdis(ITEMS), Nestkv("redis:", ITEMS)], GET),
    Requests("get-1000-nats", [Libnats(ITEMS), Nestkv("nats:", ITEMS)], GET),
    Requests("get-all-rocksdb", [THOUSAND, ALL], LEAF, "get, all of 1000 and of {keys} keys in turn"),
    Requests("put-memory", [C, Nestkv("memory:", ITEMS), Webdis()], PUT),
    Requests("put-rocksdb", [Etcd(), Nestkv("rocksdb:")], PUT),
    Requests("put-rocksdb-bare", [BareRocksDB("C-RocksDB"), Nestkv("rocksdb:")], PUT),
    Requests("put-redis", [Hiredis(ITEMS), Webdis(ITEMS), Nestkv("redis:", ITEMS)], PUT),
    Requests("put-nats", [Libnats(ITEMS), Nestkv("nats:", ITEMS)], PUT),
    Requests("schema", [
        Nestkv("memory:", (users,), "nestkv-unbound"), Nestkv("memory:", (bound, users), "nestkv-bound")],
        PUT_USER, "schema, put", {"schema, get": GET_USER}),
    Facts("batch", facts.batch),
    Requests("tree", [
        FixedReply("C-copying", ("copy",)), Nestkv("memory:", (tree,), "nestkv-memory"),
        Nestkv("rocksdb:", (tree,), "nestkv-rocksdb")], TREE),
    Requests("tree-redis", [Webdis(ITEMS), Nestkv("redis:", (items, tree))], TREE),
    Requests("list", [THOUSAND, ALL], LIST, "list, 10 of 1000 and of {keys} keys", {
        "shallow, 1000 and {keys} keys": SHALLOW}),
    Streams("sse", [
        FanOut("none, PUT as fast as answered", "-s 0 -e 20000"),
        FanOut("1,000, PUT as fast as answered", "-s 1000 -e 2000"),
        FanOut("1,000, 200 PUT/s", "-s 1000 -e 1000 -r 200"),
        FanOut("5,000, 20 PUT/s", "-s 5000 -e 100 -r 20"),
        FanOut("100, 2,000 PUT/s", "-s 100 -e 30000 -r 2000"),
        FanOut("100 beside one that reads 1 KB/s, 2,000 PUT/s", "-s 100 -e 30000 -r 2000", slow=True)], [0, 5000]),
    Facts("start", facts.start),
    Facts("idle", facts.idle),
]
