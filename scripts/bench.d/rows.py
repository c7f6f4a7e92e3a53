"""The rows, in the order in which they are measured. The first server of a row is what its ratios compare with."""

import facts
from facts import Facts
from requests_row import Request, Requests
from servers import BareRocksDB, Etcd, FixedReply, Libnats, Nestkv, Webdis, items, leaves, tree, value
from streams_row import FanOut, Streams

GET = Request("get", "GET", "/bench/items/10001")
PUT = Request("put", "PUT", "/bench/items/10001", value(10001))
TREE = Request("tree", "GET", "/bench/tree")
LIST = Request("list", "GET", "/bench?keys&limit=10")
SHALLOW = Request("shallow", "GET", "/bench?shallow")

C = FixedReply()
ITEMS = (items,)

ROWS = [
    Requests("get-memory", [C, Nestkv("memory:", ITEMS), Webdis(ITEMS), Etcd(ITEMS)], GET),
    Requests("get-memory-logged", [C, Nestkv("memory:", ITEMS, options=("--log-level", "info"))], GET),
    Requests("get-rocksdb", [C, Nestkv("rocksdb:", ITEMS)], GET),
    Requests("get-redis", [Webdis(ITEMS), Nestkv("redis:", ITEMS)], GET),
    Requests("get-nats", [Libnats(ITEMS), Nestkv("nats:", ITEMS)], GET),
    Requests("put-memory", [C, Nestkv("memory:", ITEMS), Webdis()], PUT),
    Requests("put-rocksdb", [Etcd(), Nestkv("rocksdb:")], PUT),
    Requests("put-rocksdb-bare", [BareRocksDB("C-RocksDB"), Nestkv("rocksdb:")], PUT),
    Requests("put-redis", [Webdis(ITEMS), Nestkv("redis:", ITEMS)], PUT),
    Requests("put-nats", [Libnats(ITEMS), Nestkv("nats:", ITEMS)], PUT),
    Facts("batch", facts.batch),
    Requests("tree", [
        FixedReply("C-copying", ("copy",)), Nestkv("memory:", (tree,), "nestkv-memory"),
        Nestkv("rocksdb:", (tree,), "nestkv-rocksdb")], TREE),
    Requests("tree-redis", [Webdis(ITEMS), Nestkv("redis:", (items, tree))], TREE),
    Requests("list", [
        Nestkv("rocksdb:", (leaves(1000),), "nestkv-thousand"), Nestkv("rocksdb:", (leaves(),), "nestkv-all")], LIST,
        "list, 10 of 1000 and of {keys} keys", {"shallow, 1000 and {keys} keys": SHALLOW}),
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
