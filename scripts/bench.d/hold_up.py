"""How long the dearest permitted requests hold up others.

    python3 hold_up.py PORT [NAME]...

Sends each kind of dear request twice at once to a service on the loopback, and asks for /_health/live all the time over
eight connections. Prints, for each kind: the status, how long the request took, and the worst wait of the probes. The
requests keep to the standard limits. It writes below the entry point `holdup` and deletes it at the end.
"""
import json, multiprocessing, socket, sys, threading, time

PORT = int(sys.argv[1])
EP = "/holdup"


class Client:
    def __init__(self):
        self.socket = socket.create_connection(("127.0.0.1", PORT))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def send(self, method, path, body=b"", headers=()):
        head = f"{method} {path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(body)}\r\n"
        head += "".join(f"{name}: {value}\r\n" for name, value in headers) + "\r\n"
        self.socket.sendall(head.encode() + body)
        data = b""
        while b"\r\n\r\n" not in data:
            piece = self.socket.recv(1 << 16)
            if not piece:
                return 0, b""
            data += piece
        head, _, rest = data.partition(b"\r\n\r\n")
        status, length = int(head.split()[1]), 0
        for line in head.split(b"\r\n")[1:]:
            name, _, value = line.partition(b":")
            if name.lower() == b"content-length":
                length = int(value)
        if method == "HEAD" or status in (204, 304):
            length = 0
        pieces, count = [rest], len(rest)
        while count < length:
            piece = self.socket.recv(1 << 20)
            if not piece:
                break
            pieces.append(piece)
            count += len(piece)
        return status, b"".join(pieces)


def probe(stop, worst):
    """Asks for /_health/live over several connections, which different threads of the service handle."""

    def ask(client):
        while not stop.is_set():
            start = time.monotonic()
            try:
                answered = client.send("GET", "/_health/live")[0]
            except OSError:
                answered = 0
            wait = time.monotonic() - start
            if not answered:
                client = Client()
            with worst.get_lock():
                worst.value = max(worst.value, wait)
            time.sleep(0.004)

    threads = [threading.Thread(target=ask, args=(Client(),)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def put(path, value, query=""):
    status, body = Client().send("PUT", path + query, json.dumps(value, separators=(",", ":")).encode())
    assert status in (200, 201, 204), (status, body[:300])


def ops(items):
    return json.dumps({"operations": items}, separators=(",", ":")).encode()


def transact(items):
    status, body = Client().send("POST", "/_transaction", ops(items))
    assert status == 200, (status, body[:300])


WIDE = {f"m{i}": i for i in range(70_000)}
MERGE = [("Content-Type", "application/merge-patch+json")]
STEPS = [("Content-Type", "application/json-patch+json")]


def leaves(below, count, size=2):
    for start in range(0, count, 40_000):
        put(f"{EP}/{below}/p{start // 40_000}", {f"k{i}": "x" * size for i in range(min(40_000, count - start))},
            "?flatten=1")


def deep(levels):
    return '{"a":' * levels + "1" + "}" * levels


def steps(n, make):
    return json.dumps([make(i) for i in range(n)], separators=(",", ":")).encode()


def attack_patch(start, n, make):
    return lambda who: (lambda: put(f"{EP}/doc{who}", start), ("PATCH", f"{EP}/doc{who}", steps(n, make), STEPS))


def attack_ops(target, n, make, start=None, prepare=None):
    def attack(who):
        def ready():
            if start is not None:
                put(f"{EP}/doc{who}", start)
            if prepare:
                prepare()
        return ready, ("POST", target, ops([make(i, f"{EP}/doc{who}") for i in range(n)]), ())
    return attack


def attack_get(path, prepare, headers=(), method="GET", body=b""):
    return lambda who: (prepare if who == 0 else (lambda: None), (method, f"{EP}{path}", body, headers))


def once(function):
    done = []

    def run():
        if not done:
            done.append(1)
            function()
    return run


big_tree = once(lambda: leaves("tree", 198_000))
mid_tree = once(lambda: leaves("mid", 10_000, 8))
fat_tree = once(lambda: [put(f"{EP}/fat/k{i}", "y" * 1_000_000) for i in range(60)])
wide_doc = once(lambda: put(f"{EP}/wide", WIDE))
history = once(lambda: [put(f"{EP}/old", str(i) + "z" * 900_000) for i in range(64)])
names = once(lambda: leaves("names/" + "a" * 250 + "/" + "a" * 250 + "/" + "a" * 200, 20_000))

ATTACKS = {
    "patch: insert first": attack_patch(list(range(140_000)), 2000, lambda i: {"op": "add", "path": "/0", "value": 1}),
    "patch: nested insert": attack_patch({"a": {"b": list(range(140_000))}}, 2000,
                                         lambda i: {"op": "add", "path": "/a/b/0", "value": 1}),
    "patch: remove first": attack_patch(list(range(140_000)), 2000, lambda i: {"op": "remove", "path": "/0"}),
    "patch: move": attack_patch(list(range(140_000)), 1500, lambda i: {"op": "move", "from": "/0", "path": "/99999"}),
    "patch: move subtree": attack_patch({"a": list(range(140_000))}, 1500,
                                        lambda i: {"op": "move", "from": "/a" if i % 2 == 0 else "/b",
                                                   "path": "/b" if i % 2 == 0 else "/a"}),
    "patch: test big": attack_patch({"a": list(range(70_000)), "b": 1}, 1500,
                                    lambda i: {"op": "test", "path": "", "value": {}} if i < 0 else
                                    {"op": "copy", "from": "/b", "path": "/c"}),
    "patch: members": attack_patch(WIDE, 1500, lambda i: {"op": "add", "path": f"/n{i}", "value": i}),
    "patch: remove members": attack_patch(WIDE, 2500, lambda i: {"op": "remove", "path": f"/m{i}"}),
    "merge: wide": lambda who: (lambda: put(f"{EP}/doc{who}", WIDE), (
        "PATCH", f"{EP}/doc{who}", json.dumps({f"m{i}": None for i in range(60_000)}).encode(), MERGE)),
    "transaction: parts": attack_ops("/_transaction", 999, lambda i, doc: {
        "method": "PUT", "path": f"{doc}/m{i}", "value": i}, WIDE),
    "transaction: increments": attack_ops("/_transaction", 999, lambda i, doc: {
        "method": "POST", "op": "increment", "path": f"{doc}/m{i % 7}"}, WIDE),
    "transaction: merges": attack_ops("/_transaction", 999, lambda i, doc: {
        "method": "PATCH", "path": doc, "value": {f"m{i}": 0}}, WIDE),
    "transaction: deletes": attack_ops("/_transaction", 999, lambda i, doc: {
        "method": "DELETE", "path": f"{doc}/m{i}"}, WIDE),
    "transaction: subtree merges": attack_ops("/_transaction", 999, lambda i, doc: {
        "method": "PATCH", "path": f"{EP}/mid", "value": {"p0": {f"k{i}": i}}}, prepare=mid_tree),
    "transaction: swaps": attack_ops("/_transaction", 999, lambda i, doc: {
        "method": "POST", "op": "swap", "path": doc, "value": {"i": i}} if i else {
        "method": "POST", "op": "swap", "path": f"{EP}/wide", "value": WIDE}, WIDE, wide_doc),
    "batch: parts": attack_ops("/_batch", 999, lambda i, doc: {
        "method": "PUT", "path": f"{doc}/m{i}", "value": i}, WIDE),
    "batch: increments": attack_ops("/_batch", 999, lambda i, doc: {
        "method": "POST", "op": "increment", "path": f"{doc}/m1"}, WIDE),
    "batch: subtree merges": attack_ops("/_batch", 300, lambda i, doc: {
        "method": "PATCH", "path": f"{EP}/mid", "value": {"p0": {f"k{i}": i}}}, prepare=mid_tree),
    "transaction: 16 MiB": attack_ops("/_transaction", 15, lambda i, doc: {
        "method": "PUT", "path": f"{doc}/w{i}", "value": WIDE, "flatten": 1} if i < 2 else {
        "method": "PUT", "path": f"{doc}/w{i}", "value": WIDE}),
    "payload: parts": lambda who: (wide_doc, ("POST", "/_payload", json.dumps(
        {"mapping": {f"f{i}": f"{EP}/wide/m{i * 60}" for i in range(1000)}}).encode(), ())),
    "payload: one subtree": lambda who: (mid_tree, ("POST", "/_payload", json.dumps(
        {"mapping": {f"f{i}": f"{EP}/mid" for i in range(300)}}).encode(), ())),
    "history": attack_get("/old?history", history),
    "history, entry": attack_get("/old?entry", history),
    "count, glob": attack_get("/tree?keys&count&pattern=" + "*0" * 20 + "*b", big_tree),
    "count, glob, long names": attack_get("/names?keys&count&pattern=" + "*a" * 400 + "*b", names),
    "count": attack_get("/tree?keys&count", big_tree),
    "tag": attack_get("/tree?tag=x", big_tree),
    "depth": attack_get("/tree?depth=2", big_tree),
    "200,000 leaves": attack_get("/tree", big_tree),
    "200,000 leaves, HEAD": attack_get("/tree", big_tree, method="HEAD"),
    "200,000 leaves, pretty": attack_get("/tree?pretty", big_tree),
    "at": attack_get("/tree?at=2030-01-01T00:00:00Z", big_tree),
    "60 MB": attack_get("/fat", fat_tree),
    "60 MB, pretty": attack_get("/fat?pretty", fat_tree),
    "60 MB, entries": attack_get("/fat?keys&entry", fat_tree),
    "since": attack_get("/?since=earliest&previous&limit=1000", lambda: None),
    "snapshot": attack_get("/tree?since=earliest&limit=1000&previous", big_tree),
    "merge of 200,000 leaves": attack_get("/tree", big_tree, MERGE, "PATCH", b'{"p0":{"k1":1}}'),
    "compare-and-swap": lambda who: (wide_doc, (
        "POST", f"{EP}/wide?op=compare-and-swap",
        json.dumps({"old": dict(list(WIDE.items())[:40_000]), "new": 1}).encode(), ())),
    "flatten": lambda who: (lambda: None, (
        "PUT", f"{EP}/flat{who}?flatten", json.dumps(WIDE, separators=(",", ":")).encode(), ())),
    "deep document": lambda who: (lambda: None, ("PUT", f"{EP}/deep{who}", deep(500).encode(), ())),
    "long numbers": lambda who: (lambda: None, (
        "PUT", f"{EP}/numbers{who}", ("[" + ",".join(["9" * 1000 + "e-999999999"] * 1000) + "]").encode(), ())),
    "idempotent transaction": lambda who: (lambda: None, ("POST", "/_transaction", ops(
        [{"method": "PUT", "path": f"{EP}/once{who}/{i}", "value": "x" * 900_000} for i in range(16)]),
        [("Idempotency-Key", f"{time.time()}{who}")])),
    "delete of 200,000 leaves": attack_get("/tree", once(big_tree), method="DELETE"),
}


def run(name):
    prepared = [ATTACKS[name](who) for who in (0, 1)]
    for ready, _ in prepared:
        ready()
    stop, worst = multiprocessing.Event(), multiprocessing.Value("d", 0.0)
    watch = multiprocessing.Process(target=probe, args=(stop, worst))
    watch.start()
    time.sleep(0.3)
    with worst.get_lock():
        idle, worst.value = worst.value, 0.0
    replies = []

    def attack(request):
        start = time.monotonic()
        status, body = Client().send(*request)
        replies.append((status, time.monotonic() - start, len(body), body[:160]))

    threads = [threading.Thread(target=attack, args=(request,)) for _, request in prepared]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    stop.set()
    watch.join()
    status, took, size, text = max(replies, key=lambda reply: reply[1])
    note = text.decode(errors="replace") if status >= 400 else ""
    print(f"{name:28} {status} {took * 1000:9.0f} ms {size / 1e6:8.2f} MB   worst wait {worst.value * 1000:7.1f} ms"
          f" (idle {idle * 1000:.1f})  {note}", flush=True)


for name in [n for n in ATTACKS if not sys.argv[2:] or any(w in n for w in sys.argv[2:])]:
    run(name)
Client().send("DELETE", EP)
