#!/usr/bin/env python3
"""Checks docker/compose.cluster.yml while it is up: nothing is lost whichever container is stopped."""

import collections
import threading
import time

from harness import Events, compose, eventually, get, inside, inspect, is_ready, main, request

NATS = ["nats-1", "nats-2", "nats-3"]
NESTKV = ["nestkv-1", "nestkv-2"]
SUBSCRIBERS = 50
WRITERS = 4


def healthy(*services):
    for service in services:
        eventually(f"{service} is healthy", lambda: inspect(service, "State.Health.Status") == "healthy", 60)


def starts_healthy():
    """All six containers are healthy, and the store is replicated"""
    healthy(*NATS, *NESTKV, "balancer")
    status, headers, body = request("PUT", "/cluster/a", 1)
    assert status == 201 and headers["nestkv-durability"] == "replicated", (status, headers, body)


def unprivileged():
    """No container runs with capabilities or a root file system that can be written"""
    for service in NATS + NESTKV + ["balancer"]:
        status = inside(service, "cat /proc/1/status")
        assert "CapEff:\t0000000000000000" in status and "CapBnd:\t0000000000000000" in status, f"{service}: {status}"
        assert inspect(service, "HostConfig.ReadonlyRootfs") == "true", service


def one_tree():
    """Both instances answer, and each sees what the other wrote"""
    for number in range(20):
        assert request("PUT", "/cluster/tree/n", number)[0] in (200, 201)
        assert get("/cluster/tree/n") == number
    for service in NESTKV:
        assert "PUT" in compose("logs", "--no-log-prefix", service), f"{service} got no request"


def unbuffered():
    """Through the load balancer each event arrives before the next write is made"""
    subscriber = Events("/unbuffered")
    eventually("the subscriber is connected", lambda: subscriber.connections == 1)
    for number in range(20):
        request("PUT", "/unbuffered/n", number)
        eventually(f"event {number} is there", lambda: subscriber.values()[-1:] == [number], 5)
    subscriber.stop()


def resumes_elsewhere():
    """A subscriber continues at the other instance when its own is stopped, without a gap or a duplicate"""
    subscriber = Events("/resumed")
    eventually("the subscriber is connected", lambda: subscriber.connections == 1)
    written, answers = [], []
    for stopped in NESTKV:
        compose("stop", stopped)
        for number in range(len(answers), len(answers) + 20):
            status, _, body = request("PUT", "/resumed/n", number)
            answers.append(status)
            if status in (200, 201):
                written.append(number)
            else:
                print(f"        PUT with {stopped} stopped: {status} {body[:200]}")
        eventually("all events are there", lambda: subscriber.values()[-1:] == written[-1:])
        compose("start", stopped)
        healthy(stopped)
    subscriber.stop()
    values = subscriber.values()
    assert values == sorted(set(values)) and set(written) <= set(values), values
    assert len(written) >= 38, f"{40 - len(written)} of 40 writes were refused"
    assert subscriber.connections >= 2, "the subscriber never changed its connection"


class Writer(threading.Thread):
    """Puts new keys one after the other; keeps the acknowledged ones and the longest time without one."""

    def __init__(self, name):
        super().__init__(daemon=True)
        self.key, self.acknowledged, self.pause, self.answers, self.is_over = name, [], 0.0, {}, False
        self.start()

    def run(self):
        number, last = 0, time.monotonic()
        while not self.is_over:
            value = f"{self.key}-{number}"
            number += 1
            try:
                status = request("PUT", f"/load/{self.key}/{value}", value)[0]
            except Exception as error:  # the connection may break at any time: only the time is of interest
                status = type(error).__name__
            self.answers[status] = self.answers.get(status, 0) + 1
            if status == 201:
                self.acknowledged.append(value)
                self.pause = max(self.pause, time.monotonic() - last)
                last = time.monotonic()
            time.sleep(0.05)


def losing(service):
    def check():
        writers = [Writer(f"{service}-w{number}") for number in range(WRITERS)]
        subscribers = [Events("/load", last_id=None) for _ in range(SUBSCRIBERS)]
        eventually("all are subscribed", lambda: all(each.connections for each in subscribers))
        for writer in writers:
            writer.acknowledged.clear()  # from here on the subscribers must have everything
        time.sleep(2)
        compose("stop", service)
        time.sleep(8)
        compose("start", service)
        healthy(service)
        time.sleep(2)
        for writer in writers:
            writer.is_over = True
        for writer in writers:
            writer.join()
        written = [value for writer in writers for value in writer.acknowledged]
        stored = get("/load")
        lost = [value for value in written if value not in stored.get(value.rpartition("-")[0], {})]
        assert not lost, f"{len(lost)} of {len(written)} acknowledged writes are lost: {lost[:5]}"
        wanted = set(written)
        eventually("all events are there", lambda: all(wanted <= set(each.values()) for each in subscribers), 20)
        for each in subscribers:
            each.stop()
            values = each.values()
            assert len(values) == len(set(values)), "an event came twice"
            for writer in writers:
                own = [value for value in values if value.startswith(writer.key + "-")]
                assert own == sorted(own, key=lambda value: int(value.rpartition("-")[2])), "events are out of order"
        pause = max(writer.pause for writer in writers)
        downtime = max(each.downtime for each in subscribers)
        answers = dict(sum((collections.Counter(writer.answers) for writer in writers), collections.Counter()))
        note = f"{len(written)} writes, longest pause {pause:.1f} s, of a stream {downtime:.1f} s, {answers}"
        assert pause <= 5 and downtime <= 5, note
        return note

    check.__doc__ = f"{service} stopped and started under load: no write and no event is lost, errors last 5 s at most"
    return check


def killed():
    """The whole cluster has everything after a stop and a start"""
    before = get("/load")
    compose("down")
    compose("up", "-d", "--no-build", "--pull", "never")
    healthy(*NATS, *NESTKV, "balancer")
    eventually("it is ready", is_ready)
    assert get("/load") == before


main([
    starts_healthy, unprivileged, one_tree, unbuffered, resumes_elsewhere,
    *[losing(service) for service in NESTKV + NATS], killed,
])
