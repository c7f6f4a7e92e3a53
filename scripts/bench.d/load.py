"""Load on a server, and what it costs the server."""

import dataclasses
import os
import pathlib

from processes import Failure, say

HERE = pathlib.Path(__file__).parent
COUNTING = ("perf", "stat", "-x", ",", "-e", "instructions:u")


@dataclasses.dataclass
class Round:
    """What one server did under load for a time, in microseconds. The CPU time is in seconds and includes the store's;
    instructions are those of the process itself."""

    requests: float
    time: float
    p50: float
    p99: float
    errors: float
    cpu: float = 0.0
    instructions: float = 0.0

    @property
    def rate(self):
        return self.requests / self.time * 1e6

    @property
    def cpu_each(self):
        return self.cpu / self.requests * 1e6

    @property
    def instructions_each(self):
        return self.instructions / self.requests

    def __str__(self):
        cost = f"{self.rate:.0f} requests/s, {self.cpu_each:.1f} CPU µs a request"
        return f"{cost}, p99 {self.p99 / 1000:.2f} ms, {self.errors:.0f} errors"


def cpu_seconds(pids):
    """The CPU time of processes so far."""
    ticks = 0
    for pid in pids:
        fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        ticks += int(fields[11]) + int(fields[12])  # utime and stime, the fields 14 and 15 of proc(5)
    return ticks / os.sysconf("SC_CLK_TCK")


class Load:
    """wrk with load.lua, or the program that is a server's own load."""

    def __init__(self, processes, options):
        self.processes = processes
        self.options = options
        self.counts = processes.folder / "counts"
        self.has_counters = False

    def find_counters(self):
        """Counts instructions from here on if the machine can."""
        try:
            self.processes.output(*COUNTING, "-o", self.counts, "--", "true")
            self.counted()
            self.has_counters = True
        except Failure:
            say("no column for instructions: 'perf stat -e instructions:u' does not count on this machine")

    def counted(self):
        """The instructions that perf counted, those of several kinds of cores together."""
        text = self.counts.read_text()
        counts = [line.split(",")[0] for line in text.splitlines() if "instructions" in line]
        numbers = [int(count) for count in counts if count.isdecimal()]
        if not numbers:
            raise Failure(f"perf counted no instructions: {text}")
        return sum(numbers)

    def run(self, server, what, seconds):
        """Sends a kind of request for a time; returns the round."""
        words = self.command(server, what, seconds)
        if self.has_counters:
            words = [*COUNTING, "-p", server.pids[0], "-o", self.counts, "--", *words]
        before = cpu_seconds(server.pids)
        done = Round(*self.processes.result(*words, timeout=seconds + 30))
        done.cpu = cpu_seconds(server.pids) - before
        if done.requests == 0:
            raise Failure(f"{server.name} answered no request of the kind '{what}'")
        if self.has_counters:
            done.instructions = self.counted()
        return done

    def command(self, server, what, seconds):
        if server.program:
            return [*server.program, what, seconds, self.options.connections]
        return [
            "wrk", f"-t{self.options.threads}", f"-c{self.options.connections}", f"-d{seconds}s", "--timeout", "10s",
            "-s", HERE / "load.lua", f"http://127.0.0.1:{server.port}", "--", server.kind, what, server.keys]
