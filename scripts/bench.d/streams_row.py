"""The row of streams: what events cost, and what idle streams cost others."""

import dataclasses
import re
import statistics

from loopback import request
from processes import say
from servers import Nestkv, items
from table import Table


@dataclasses.dataclass(frozen=True)
class Streams:
    """A row with a table of its own, and then the CPU time of a GET beside each number of idle streams."""

    name: str
    lines: list
    idle: list

    def measure(self, bench):
        table = Table(
            bench.facts.append, ("streams", ""), ("deliveries/s", ".0f"), ("CPU µs a delivery", ".2f"),
            ("p99 ms", ".1f"), ("KB a stream", ".1f"), ("PUT/s", ".0f"), ("faults", ".0f"))
        for line in self.lines:
            line.measure(bench, table)
        bench.facts.append("")
        for count in self.idle:
            beside(bench, count)


@dataclasses.dataclass(frozen=True)
class FanOut:
    """A line of the table: a label and the options of streams.c. Each round has a service of its own. With `slow` there
    is one more stream, which is read at 1 KB/s."""

    label: str
    options: str
    slow: bool = False

    def measure(self, bench, table):
        results = []
        for number in range(1, bench.options.rounds + 1):
            server = Nestkv("memory:", options=("--slow-client-timeout", "3s")).start(bench)
            if self.slow:
                bench.processes.start(
                    "curl", "-sN", "--limit-rate", "1k", "-H", "Accept: text/event-stream", "-o", "/dev/null",
                    f"http://127.0.0.1:{server.port}/bench")
            results.append(bench.processes.result(
                bench.work / "streams", server.port, "-i", server.pids[0], *self.options.split()))
            metrics = request(server.port, "GET", "/_metrics")[2].decode()
            cut = re.search(r"^nestkv_sse_dropped_total (\S+)", metrics, re.MULTILINE)
            say(f"sse {self.label} round {number}/{bench.options.rounds}: {' '.join(f'{n:g}' for n in results[-1])}; "
                f"streams cut for being read too slowly: {cut[1] if cut else 'unknown'}")
            bench.processes.stop()
        deliveries, seconds, cpu, _, p99, size, rate, faults = [statistics.median(column) for column in zip(*results)]
        table.line(self.label, deliveries / (seconds or 1), cpu, p99 / 1000, size, rate, faults)


def beside(bench, count):
    """The CPU time of a GET beside a number of idle streams."""
    server = Nestkv("memory:", options=("--max-streams", "10000")).start(bench)
    items(bench, server)
    if count:
        idle = bench.processes.start(bench.work / "streams", server.port, "-s", count, "-w", 3600, log="idle")
        bench.processes.wait(idle, "idle", lambda: b"READY" in bench.processes.log("idle").read_bytes())
    rounds = [bench.load.run(server, "get", bench.options.seconds) for _ in range(bench.options.rounds)]
    bench.processes.stop()
    cpu = statistics.median(each.cpu_each for each in rounds)
    bench.facts.append(f"- CPU of a GET beside {count:,} idle streams: {cpu:.2f} µs")
