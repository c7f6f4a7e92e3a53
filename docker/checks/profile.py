#!/usr/bin/env python3
"""Checks docker/docker-compose.yml while it is up, with the profile that COMPOSE_PROFILES names."""

import os
import pathlib
import subprocess
import tempfile
import threading
import time

import image
from harness import (
    COMPOSE, PROFILE, SERVICE, Events, compose, container, eventually, get, inspect, is_ready, main, request, run,
)

# The durability of a write by store: Redis syncs once a second.
DURABILITY = {"rocksdb": "fsynced", "redis": "buffered", "nats": "fsynced"}[PROFILE]
OPERATING = pathlib.Path(__file__).parents[2] / "docs" / "operating.md"


def put(path, value):
    status, headers, body = request("PUT", path, value)
    assert status in (200, 201), f"PUT {path}: {status} {body[:300]}"
    return headers


def healthy():
    eventually("the container is healthy", lambda: inspect(SERVICE, "State.Health.Status") == "healthy", 60)


def starts_healthy():
    """Every container is healthy, and nestkv was started after its store"""
    assert inspect(SERVICE, "State.Health.Status") == "healthy"
    assert is_ready()
    if PROFILE != "rocksdb":
        assert inspect(PROFILE, "State.Health.Status") == "healthy"
        assert inspect(PROFILE, "State.StartedAt") < inspect(SERVICE, "State.StartedAt")


def writes():
    """The reply to a PUT has its durability, and GET returns the value"""
    headers = put("/check/number", 1.0)
    assert headers["nestkv-durability"] == DURABILITY, headers
    assert request("GET", "/check/number")[2] == b"1.0"


def survives(sentence, act):
    def check():
        before = {f"k{number}": {"text": "x" * 200, "number": number} for number in range(200)}
        for name, value in before.items():
            put(f"/check/{act.__name__}/{name}", value)
        version = request("GET", f"/check/{act.__name__}/k7")[1]["nestkv-version"]
        start = time.monotonic()
        act()
        healthy()
        assert get(f"/check/{act.__name__}") == before
        assert request("GET", f"/check/{act.__name__}/k7")[1]["nestkv-version"] == version
        return f"ready again after {time.monotonic() - start:.1f} s"

    check.__doc__ = sentence
    return check


def restart():
    compose("restart", *([SERVICE] if PROFILE == "rocksdb" else [PROFILE, SERVICE]))


def down_and_up():
    compose("down")
    compose("up", "-d", "--no-build", "--pull", "never")


def upgrade():
    compose("up", "-d", "--build", "--wait", "--force-recreate")


def stops():
    """SIGTERM ends it with exit code 0, long before it would be killed"""
    start = time.monotonic()
    compose("stop", SERVICE)
    took = time.monotonic() - start
    assert inspect(SERVICE, "State.ExitCode") == "0" and took < 10, f"{inspect(SERVICE, 'State.ExitCode')} after {took}"
    assert "nestkv has stopped" in compose("logs", "--no-log-prefix", SERVICE)
    compose("start", SERVICE)
    healthy()


def killed():
    """After a kill under load, it starts again by itself with every acknowledged write"""
    acknowledged, is_over = [], threading.Event()

    def write(writer):
        number = 0
        while not is_over.is_set():
            try:
                if request("PUT", f"/killed/w{writer}/k{number}", number, timeout=5)[0] == 201:
                    acknowledged.append((f"w{writer}", f"k{number}", number))
            except Exception:  # the connection breaks when the process dies
                time.sleep(0.05)
            number += 1

    writers = [threading.Thread(target=write, args=[writer], daemon=True) for writer in range(4)]
    for writer in writers:
        writer.start()
    try:
        for _ in range(2):
            time.sleep(1)
            started = inspect(SERVICE, "State.StartedAt")
            os.kill(int(inspect(SERVICE, "State.Pid")), 9)
            eventually("it is started again", lambda: inspect(SERVICE, "State.StartedAt") != started)
            eventually("it is ready", is_ready)
    finally:
        is_over.set()
        for writer in writers:
            writer.join()
    found = get("/killed")
    lost = [write for write in acknowledged if found.get(write[0], {}).get(write[1]) != write[2]]
    assert len(acknowledged) > 100 and not lost, f"{len(lost)} of {len(acknowledged)} lost: {lost[:5]}"
    healthy()
    return f"{len(acknowledged)} writes"


def store_away():
    """A stopped store gives 503 within 5 s and an unhealthy container; nestkv recovers by itself when it is back"""
    put("/away/a", 1)
    compose("stop", PROFILE)
    took = eventually("PUT is answered with 503", lambda: request("PUT", "/away/b", 2)[0] == 503, 5)
    status, headers, body = request("GET", "/_health/ready")
    assert status == 503 and "retry-after" in headers, (status, headers, body)
    _, errors = run("docker", "exec", container(SERVICE), "nestkv", "health", code=1)
    assert "answered 503" in errors, errors
    eventually("the container is unhealthy", lambda: inspect(SERVICE, "State.Health.Status") == "unhealthy", 60)
    compose("start", PROFILE)
    back = eventually("it is ready", is_ready, 30)
    assert get("/away/a") == 1
    put("/away/b", 3)
    healthy()
    return f"503 after {took:.1f} s, back {back:.1f} s after the start"


def events():
    """A subscriber gets each change once and in order, also those made while the service restarted"""
    put("/live/number", -1)
    subscriber = Events("/live")
    eventually("the subscriber is connected", lambda: subscriber.connections == 1)
    for number in range(50):
        put("/live/number", number)
    eventually("all events are there", lambda: len(subscriber.values()) >= 50)
    compose("restart", SERVICE)
    eventually("it is ready", is_ready)
    for number in range(50, 100):
        put("/live/number", number)
    eventually("all events are there", lambda: len(subscriber.values()) >= 100)
    subscriber.stop()
    assert subscriber.values() == list(range(100)), subscriber.values()
    assert subscriber.connections >= 2
    healthy()


def documented(mark):
    """The two sessions of docs/operating.md with this marker: backup and restore."""
    sessions = OPERATING.read_text().split(f"```sh {mark}\n")[1:]
    assert len(sessions) == 2, f"docs/operating.md has no two '```sh {mark}' blocks"
    return [session.split("```")[0] for session in sessions]


def shell(script, folder):
    """Runs a documented session against this project."""
    folders = {"rocksdb": ("nestkv", "/var/lib/nestkv"), "redis": ("redis", "/data"), "nats": ("nats", "/data")}
    store, data = folders[PROFILE]
    environment = {
        **os.environ, "COMPOSE_FILE": COMPOSE[COMPOSE.index("-f") + 1],
        "COMPOSE_PROJECT_NAME": COMPOSE[COMPOSE.index("-p") + 1], "COMPOSE_PROFILES": PROFILE,
    }
    done = subprocess.run(
        ["bash", "-euxc", f"store={store} data={data} service={SERVICE}\n{script}"], cwd=folder, env=environment,
        capture_output=True, text=True, timeout=180)
    assert done.returncode == 0, done.stdout + done.stderr


def backs_up_and_restores():
    """The documented backup and restore give the same data"""
    backup, restore = documented("backup")
    put("/backup/kept", "before")
    with tempfile.TemporaryDirectory() as folder:
        shell(backup, folder)
        size = max(file.stat().st_size for file in pathlib.Path(folder).iterdir())
        eventually("it is ready", is_ready)
        put("/backup/kept", "after")
        put("/backup/added", "after")
        shell(restore, folder)
    eventually("it is ready", is_ready)
    assert get("/backup") == {"kept": "before"}, get("/backup")
    assert put("/backup/kept", "later")["nestkv-version"] == "2"
    healthy()
    return f"{size} bytes"


def backs_up_without_stopping():
    """The documented backup of a running service interrupts nothing, and its restore gives the same data"""
    backup, restore = documented("online-backup")
    put("/online/kept", "before")
    started = inspect(SERVICE, "State.StartedAt")
    with tempfile.TemporaryDirectory() as folder:
        shell(backup, folder)
        assert inspect(SERVICE, "State.StartedAt") == started and is_ready()
        put("/online/kept", "after")
        put("/online/added", "after")
        shell(restore, folder)
    eventually("it is ready", is_ready)
    assert get("/online") == {"kept": "before"}, get("/online")
    assert put("/online/kept", "later")["nestkv-version"] == "2"
    healthy()


def takes_snapshots():
    """The documented snapshot of a running service restores the same data"""
    backup, restore = documented("snapshot")
    put("/snapshot/kept", "before")
    started = inspect(SERVICE, "State.StartedAt")
    with tempfile.TemporaryDirectory() as folder:
        shell(backup, folder)
        assert request("DELETE", "/snapshot")[0] == 204
        shell(restore, folder)
    assert inspect(SERVICE, "State.StartedAt") == started
    assert get("/snapshot") == {"kept": "before"}, get("/snapshot")


main([
    starts_healthy, *image.CHECKS, writes,
    survives("What was written survives a restart", restart),
    survives("What was written survives down and up", down_and_up),
    survives("What was written survives an upgrade", upgrade),
    stops, killed, *([store_away] if PROFILE != "rocksdb" else []), events, backs_up_and_restores,
    *([backs_up_without_stopping] if PROFILE == "rocksdb" else []), takes_snapshots,
])
