"""Rows that end in sentences instead of lines of a table."""

import json
import pathlib
import re
import statistics
import time
from dataclasses import dataclass
from typing import Callable

from loopback import free_port
from processes import say
from servers import Nestkv, leaves

STORE = Nestkv("rocksdb:")


@dataclass(frozen=True)
class Facts:
    """A row whose function appends to the bench's facts."""

    name: str
    measure: Callable


def batch(bench):
    """10,000 PUTs over one connection at a time, alone and in batches of 1,000. First for time, then for syncs."""
    server = STORE.start(bench)
    url = f"http://127.0.0.1:{server.port}"
    for chunk in range(10):
        operations = [
            {"method": "PUT", "path": f"/batched/k{chunk * 1000 + i}", "value": {"n": i}} for i in range(1000)]
        text = json.dumps({"operations": operations}, separators=(",", ":"))
        (bench.work / f"batch{chunk}.json").write_text(text)

    def put(*words):
        bench.processes.output("curl", "-s", "-f", "-o", "/dev/null", *words)

    def alone():
        put("-X", "PUT", "-d", '{"n":1}', f"{url}/alone/k[0-9999]")

    def batched():
        for chunk in range(10):
            put("--data-binary", f"@{bench.work}/batch{chunk}.json", f"{url}/_batch")

    for way in (alone, batched):
        start = time.monotonic()
        way()
        took = time.monotonic() - start
        syncs = count_syncs(bench, server, way)
        bench.facts.append(f"- 10,000 PUTs on RocksDB, {way.__name__}: {took:.2f} s, {syncs} syncs")


def count_syncs(bench, server, act):
    """How often a server syncs a file during an act."""
    trace = bench.work / "syncs"
    tracer = bench.processes.start(
        "strace", "-f", "-qq", "-e", "trace=fsync,fdatasync", "-o", trace, "-p", server.pids[0], log="strace")
    time.sleep(1)
    act()
    tracer.terminate()
    tracer.wait()
    bench.processes.running.remove(tracer)
    return len(re.findall(r"^.*\b(?:fsync|fdatasync)\(.*$", trace.read_text(), re.MULTILINE))


def start(bench):
    """The time from start to first reply with many keys on RocksDB, and the memory once they are read."""
    store = f"rocksdb:{bench.work / 'start'}"
    server = Nestkv(store).start(bench)
    leaves()(bench, server)
    bench.processes.stop()
    times = []
    for number in range(1, 16):
        port = free_port()
        times.append(float(bench.processes.output(
            bench.work / "first_reply", port, "/bench/chunk0/k00000000", *STORE.command(bench, port, store))))
        say(f"start {number}/15: {times[-1]} ms")
    bench.facts.append(
        f"- Start to first reply with {bench.options.keys} keys on RocksDB: {statistics.median(times):g} ms "
        f"(median of {len(times)})")
    server = Nestkv(store).start(bench)
    server.keys = bench.options.keys
    bench.load.run(server, "leaf", bench.options.seconds)
    bench.facts.append(f"- Resident memory after reads of {bench.options.keys} keys on RocksDB: {resident(server)}")


def idle(bench):
    """The resident memory of a service without requests."""
    for store in ("memory:", "rocksdb:"):
        server = Nestkv(store).start(bench)
        time.sleep(2)
        bench.facts.append(f"- Resident memory idle, {store[:-1]}: {resident(server)}")
        bench.processes.stop()


def resident(server):
    """The resident memory of a server, in words."""
    status = pathlib.Path(f"/proc/{server.pids[0]}/status").read_text()
    total, anonymous = [
        int(re.search(rf"^{field}:\s+(\d+) kB", status, re.MULTILINE)[1]) / 1024 for field in ("VmRSS", "RssAnon")]
    return f"{total:.1f} MB, {anonymous:.1f} MB of it anonymous"
