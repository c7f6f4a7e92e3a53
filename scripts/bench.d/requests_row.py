"""Rows that compare servers by requests."""

import dataclasses
import statistics

from processes import say
from servers import FixedReply


@dataclasses.dataclass(frozen=True)
class Request:
    """A kind of request: its name in load.lua, and one of the kind, to which a fixed reply is saved."""

    name: str
    method: str
    path: str
    body: str | None = None


@dataclasses.dataclass(frozen=True)
class Requests:
    """A row that measures each server once in every round. A ratio compares a server with the first one in the same
    round; the table has the medians over the rounds."""

    name: str
    servers: list
    request: Request
    title: str | None = None
    # Further lines on the same servers: titles and kinds of request.
    more: dict = dataclasses.field(default_factory=dict)

    def measure(self, bench):
        servers = self.start(bench)
        for title, request in {self.title or self.name: self.request, **self.more}.items():
            self.lines(bench, servers, title.format(keys=bench.options.keys), request)

    def start(self, bench):
        """Starts and fills the servers; fixed replies last, because they send what nestkv answers."""
        running = {}
        for server in sorted(self.servers, key=lambda server: isinstance(server, FixedReply)):
            if isinstance(server, FixedReply):
                nestkv = next(other for other in running.values() if other.kind == "nestkv")
                running[server.name] = server.start(bench, nestkv, self.request)
            else:
                running[server.name] = server.start(bench)
            for fill in server.fills:
                fill(bench, running[server.name])
        return [running[server.name] for server in self.servers]

    def lines(self, bench, servers, title, request):
        for server in servers:
            bench.load.run(server, request.name, 1)
        rounds = {server.name: [] for server in servers}
        for number in range(1, bench.options.rounds + 1):
            for server in servers:
                done = bench.load.run(server, request.name, bench.options.seconds)
                rounds[server.name].append(done)
                say(f"{title} round {number}/{bench.options.rounds} {server.name}: {done}")
        reference = rounds[servers[0].name]
        for name, own in rounds.items():
            ratio = statistics.median(mine.rate / other.rate for mine, other in zip(own, reference))
            errors = sum(each.errors for each in own)
            bench.requests.line(
                title, name, statistics.median(each.rate for each in own),
                statistics.median(each.cpu_each for each in own), statistics.median(each.p99 for each in own) / 1000,
                "1" if own is reference else ratio, statistics.median(each.instructions_each for each in own),
                note=f"{errors:.0f} errors" if errors else "")
