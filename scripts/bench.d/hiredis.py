"""The store on Redis to which redis.c writes, opened by the driver's scripts."""

import pathlib

SCRIPTS = pathlib.Path(__file__).resolve().parents[2] / "Sources" / "Drivers" / "RedisDriver" / "Scripts"

# What Scripts.swift puts before each script, with the service's default settings.
CONSTANTS = """
local P, S = "nestkv:", ":"
local STATE, META, INDEX, FEED = "nestkv:state", "nestkv:meta", "nestkv:index", "nestkv:feed"
local RUNS = "nestkv:runs"
local DELETED, EXPIRIES, HISTORY = "nestkv:deleted", "nestkv:expiries", "nestkv:history:"
local DEPTH, COUNT = 64, 100000
local BYTES, AGE = 67108864, 604800000
local TOMBSTONES, LAG = 100000, 2000
"""


def script(name):
    """The text of a script, after those that its first line names."""
    own = (SCRIPTS / f"{name}.lua").read_text()
    required = own.splitlines()[0].removeprefix("-- requires ").split(", ")
    return CONSTANTS + "".join((SCRIPTS / f"{each}.lua").read_text() for each in required) + own


def open_store(bench, port):
    """Opens a store in an empty Redis; returns the SHA-1 of the commit script, which is loaded then."""

    def command(*words):
        return bench.processes.output("redis-cli", "-p", port, *words).strip()

    command("EVAL", script("open"), 0, 0, "bench", "bench", "", "")
    return command("SCRIPT", "LOAD", script("commit"))
