"""Following changes over lost connections and restarts."""

import itertools
import threading

import pytest

from nestkv import Client, NestKVError, RemoteKVMapping
from nestkv.watching import blocks


def taken(watch, count):
    """The next events as pairs of operation and value."""
    return [(event.operation, event.value) for event in itertools.islice(watch, count)]


def test_changes_from_the_call_on(server, entry_point):
    mapping = RemoteKVMapping(server.url, entry_point)
    mapping["a"] = 0
    with mapping.watch() as watch:
        mapping["a"] = 1
        mapping["b"] = {"c": 2}
        del mapping["a"]
        assert taken(watch, 3) == [("set", 1), ("set", {"c": 2}), ("delete", None)]


def test_a_snapshot_comes_first(server, entry_point):
    client = Client(server.url)
    client.put(f"/{entry_point}/a", 1)
    with client.watch(f"/{entry_point}", f"/{entry_point}-other/+", snapshot=True) as watch:
        events = list(itertools.islice(watch, 2))
    assert [event.operation for event in events] == ["snapshot", "synced"] and events[0].value == {"a": 1}


def test_names_with_special_characters(server, entry_point):
    client = Client(server.url)
    path = [entry_point, "a/+ %#&ü"]
    with client.watch(path) as watch:
        client.put(path, 1)
        assert next(watch).path == f"/{entry_point}/a%2F%2B%20%25%23%26%C3%BC"


def test_no_gap_and_nothing_twice_over_cuts(server, link, entry_point):
    count = 300
    writer = Client(server.url)

    def write():
        for value in range(count):
            writer.put(f"/{entry_point}/n", value)
            if value % 20 == 0:
                link.cut()

    with Client(link.url).watch(f"/{entry_point}") as watch:
        thread = threading.Thread(target=write)
        thread.start()
        assert [value for _, value in taken(watch, count)] == list(range(count))
        thread.join()


def test_resumes_after_a_restart(rocksdb, entry_point):
    client = Client(rocksdb.url, retries=8)
    with client.watch(f"/{entry_point}") as watch:
        client.put(f"/{entry_point}/a", 1)
        assert taken(watch, 1) == [("set", 1)]
        rocksdb.stop()
        rocksdb.start()
        client.put(f"/{entry_point}/a", 2)
        assert taken(watch, 1) == [("set", 2)]


def test_starts_after_an_id(server, entry_point):
    client = Client(server.url)
    with client.watch(f"/{entry_point}") as watch:
        client.put(f"/{entry_point}/a", 1)
        place = next(watch).id
    client.put(f"/{entry_point}/a", 2)
    with client.watch(f"/{entry_point}", start=place) as watch:
        assert taken(watch, 1) == [("set", 2)]


def test_a_foreign_id_is_a_reset(server, entry_point):
    client = Client(server.url)
    client.put(f"/{entry_point}/a", 1)
    with client.watch(f"/{entry_point}", start="1-another") as watch:
        events = list(itertools.islice(watch, 3))
    assert [event.operation for event in events] == ["reset", "snapshot", "synced"] and events[0].id is None


def test_a_refusal_is_raised_and_close_ends(server, entry_point):
    with pytest.raises(NestKVError) as caught:
        Client(server.url).watch("/a//b")
    assert caught.value.status == 400
    watch = Client(server.url).watch(f"/{entry_point}")
    threading.Timer(0.2, watch.close).start()
    assert list(watch) == []


def test_a_block_that_is_cut_is_left_out():
    stream = b": hello\n\nretry: 10\nid: 1-a\n\nid: 2-a\nevent: set\ndata: {}\n\nid: 3-a\nevent: set\ndata: {"
    whole = [("1-a", "message", None), ("2-a", "set", "{}")]
    for end in range(len(stream) + 1):
        found = list(blocks(iter(stream[:end].splitlines(keepends=True))))
        assert found == whole[:len(found)]
    assert found == whole
