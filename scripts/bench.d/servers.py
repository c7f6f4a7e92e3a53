"""The servers that are measured. Each has a name in the table, a kind (how load.lua asks it), and start()."""

import dataclasses
import http.client
import json

import hiredis
from loopback import free_port, request
from processes import Failure, say


@dataclasses.dataclass
class Running:
    """A started server: where it listens, and the processes whose CPU time counts as its own, itself first. A program
    that is a load of its own replaces wrk. It takes the kind of request, the seconds and the requests in flight."""

    name: str
    kind: str
    port: int
    pids: list
    program: tuple = ()
    # How many keys were stored by leaves().
    keys: int = 0


def launch(bench, server, port, path, *words, pids=()):
    """Starts a program that listens on a port, and waits until it answers at a path."""

    def answers():
        try:
            return request(port, "GET", path, timeout=2)[0]
        except (OSError, http.client.HTTPException):
            return False

    process = bench.processes.start(*words, log=server.name)
    bench.processes.wait(process, server.name, answers)
    return Running(server.name, server.kind, port, [process.pid, *pids])


def start_redis(bench, name):
    """A Redis for the server of that name: its port and its process' id."""
    port, log = free_port(), f"redis-{name}"
    process = bench.processes.start(
        "redis-server", "--port", port, "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", bench.work,
        log=log)
    bench.processes.wait(process, log, lambda: b"Ready to accept" in bench.processes.log(log).read_bytes())
    return port, process.pid


def start_nats(bench, name):
    """A NATS server for the server of that name: its port and its process' id."""
    port, log = free_port(), f"nats-{name}"
    settings = bench.work / f"{log}.conf"
    settings.write_text(f'host: 127.0.0.1\nport: {port}\njetstream {{ store_dir: "{bench.work / log}" }}\n')
    process = bench.processes.start("nats-server", "-c", settings, log=log)
    bench.processes.wait(process, log, lambda: b"Server is ready" in bench.processes.log(log).read_bytes())
    return port, process.pid


@dataclasses.dataclass(frozen=True)
class Nestkv:
    """The service. On Redis and NATS it gets a server of its own: it would otherwise check what others write."""

    store: str
    fills: tuple = ()
    name: str = "nestkv"
    options: tuple = ()
    kind = "nestkv"

    def start(self, bench):
        store, pids = self.store, []
        if store == "rocksdb:":
            store += str(bench.work / f"{bench.row}-{self.name}")
        elif store == "redis:":
            port, pid = start_redis(bench, self.name)
            store, pids = f"redis://127.0.0.1:{port}", [pid]
        elif store == "nats:":
            port, pid = start_nats(bench, self.name)
            store, pids = f"nats://127.0.0.1:{port}", [pid]
        port = free_port()
        return launch(bench, self, port, "/_health/live", *self.command(bench, port, store), pids=pids)

    def command(self, bench, port, store):
        """The words of the command that serves a store on a port."""
        words = [bench.options.binary, "serve", "--port", port, "--store", store, "--log-level", "warning"]
        return [*words, *self.options]


@dataclasses.dataclass(frozen=True)
class FixedReply:
    """C libmicrohttpd, which answers what nestkv of the same row answered once. It is started after that."""

    name: str = "C"
    options: tuple = ()
    fills: tuple = ()
    kind = "nestkv"

    def start(self, bench, nestkv, asked):
        status, header, body = request(nestkv.port, asked.method, asked.path, asked.body)
        if status not in (200, 201, 204):
            raise Failure(f"{nestkv.name} answered {status} to {asked.method} {asked.path}: {body[:500]!r}")
        reply, port = bench.work / "reply.http", free_port()
        reply.write_bytes(header.encode() + body)
        return launch(bench, self, port, "/", *self.command(bench, port, reply))

    def command(self, bench, port, reply):
        """The words of the command that sends a saved reply on a port."""
        return [bench.work / "reply", port, reply, *self.options]


class BareRocksDB(FixedReply):
    """C libmicrohttpd with RocksDB: it writes the rows that nestkv writes, in groups that are synced, then replies."""

    def command(self, bench, port, reply):
        return [bench.work / "rocksdb", port, reply, bench.work / f"{bench.row}-{self.name}"]


@dataclasses.dataclass(frozen=True)
class Etcd:
    """etcd by its JSON gateway. Its writes are synced."""

    fills: tuple = ()
    name = kind = "etcd"

    def start(self, bench):
        port, peer = free_port(), f"http://127.0.0.1:{free_port()}"
        client = f"http://127.0.0.1:{port}"
        return launch(
            bench, self, port, "/health", "etcd", "--name", "bench", "--data-dir", bench.work / f"{bench.row}-etcd",
            "--log-level", "error", "--listen-client-urls", client, "--advertise-client-urls", client,
            "--listen-peer-urls", peer, "--initial-advertise-peer-urls", peer, "--initial-cluster", f"bench={peer}")


@dataclasses.dataclass(frozen=True)
class Webdis:
    """Webdis on a Redis that keeps nothing on disk."""

    fills: tuple = ()
    name = kind = "webdis"

    def start(self, bench):
        redis, pid = start_redis(bench, self.name)
        port, settings = free_port(), bench.work / "webdis.json"
        settings.write_text(json.dumps({
            "redis_host": "127.0.0.1", "redis_port": redis, "http_host": "127.0.0.1", "http_port": port, "threads": 2,
            "pool_size": 20, "daemonize": False, "websockets": False, "database": 0, "acl": [{"disabled": []}],
            "verbosity": 0, "logfile": str(bench.work / "webdis-access.log")}))
        return launch(bench, self, port, "/PING", "webdis", settings, pids=[pid])


@dataclasses.dataclass(frozen=True)
class Libnats:
    """libnats alone, with as many requests in flight as the others have connections. The CPU time is the NATS server's:
    libnats itself is the load."""

    fills: tuple = ()
    name = kind = "libnats"

    def start(self, bench):
        port, pid = start_nats(bench, self.name)
        bench.processes.output(bench.work / "nats", port, "make", 0, 1)
        return Running(self.name, self.kind, port, [pid], (bench.work / "nats", port))


@dataclasses.dataclass(frozen=True)
class Hiredis:
    """hiredis alone, which runs the driver's script. The CPU time is Redis': hiredis itself is the load."""

    fills: tuple = ()
    name = kind = "hiredis"

    def start(self, bench):
        port, pid = start_redis(bench, self.name)
        commit = hiredis.open_store(bench, port)
        return Running(self.name, self.kind, port, [pid], (bench.work / "redis", port, commit))


# --- what servers are filled with ---


def value(number):
    """186 bytes of JSON, like those of load.lua."""
    return f'{{"id":{number},"text":"'.ljust(184, "x") + '"}'


def put(server, path, text):
    status, _, body = request(server.port, "PUT", path, text)
    if status not in (200, 201, 204):
        raise Failure(f"{server.name} answered {status} to PUT {path}: {body[:500]!r}")


def items(bench, server):
    """The 1,000 keys that the load reads and writes."""
    bench.load.run(server, "put", 2)


# It has 23 assertions, two of them patterns.
USER = {
    "type": "object", "required": ["id", "name", "email"], "additionalProperties": False, "properties": {
        "id": {"type": "integer", "minimum": 1}, "name": {"type": "string", "minLength": 1, "maxLength": 100},
        "email": {"type": "string", "pattern": "^[^@ ]+@[^@ ]+$"},
        "age": {"type": "integer", "minimum": 0, "maximum": 150}, "role": {"enum": ["reader", "editor", "admin"]},
        "active": {"type": "boolean"}, "tags": {"type": "array", "items": {"type": "string"}, "maxItems": 8},
        "home": {"type": "object", "required": ["city"], "properties": {
            "street": {"type": "string"}, "city": {"type": "string"}, "zip": {"pattern": "^[A-Z0-9 ]{3,10}$"}}}}}


def users(bench, server):
    """1,000 documents that the schema permits."""
    bench.load.run(server, "put-user", 2)


def bound(_, server):
    """The schema, and the binding that makes those documents follow it."""
    put(server, "/__schema/user", json.dumps(USER))
    put(server, "/__schema/_bindings/users", json.dumps({"match": "/bench/users/+", "schema": "user"}))


def tree(_, server):
    """A subtree of 1,000 leaves."""
    put(server, "/bench/tree?flatten=1", "{%s}" % ",".join(f'"{n}":{value(n)}' for n in range(10000, 11000)))


def leaves(count=None):
    """A number of small leaves, 10,000 below each chunk; without a number as many as the option --keys says."""

    def fill(bench, server):
        total = count or bench.options.keys
        for start in range(0, total, 10000):
            numbers = range(start, min(start + 10000, total))
            text = ",".join(f'"k{n:08}":{{"id":{n},"name":"item {n}"}}' for n in numbers)
            put(server, f"/bench/chunk{start // 10000}?flatten=1", "{%s}" % text)
        server.keys = total
        say(f"{server.name}: {total} keys are stored")

    return fill
