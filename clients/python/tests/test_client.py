"""Requests, errors and repeated attempts."""

import threading

import pytest

from nestkv import Client, Conflict, NestKVError, NotFound


@pytest.fixture
def client(server):
    with Client(server.url) as opened:
        yield opened


def test_the_operations(client, entry_point):
    path = f"/{entry_point}/a%2Fb"
    written = client.put(path, {"n": 1}, modified_by="änn", comment="why", tags=["x", "y"])
    assert written.created and written.version == 1 and written.etag
    entry = client.entry([entry_point, "a/b"])
    assert entry.value == {"n": 1} and entry.metadata["modifiedBy"] == "änn" and entry.metadata["tags"] == ["x", "y"]
    assert not client.patch(path, {"m": 2}).created
    assert client.patch(path, [{"op": "remove", "path": "/m"}]).version == 3
    assert client.increment(path + "/n", 5) == 6 and client.increment(path + "/n") == 7
    client.compare_and_swap(path, {"n": 7}, 8)
    with pytest.raises(Conflict) as caught:
        client.compare_and_swap(path, 7, 9)
    assert caught.value.current_value == 8 and caught.value.outcome == "none"
    child = client.append(f"/{entry_point}/log", "x")
    assert client.get(child) == "x"
    assert list(client.keys(f"/{entry_point}")) == [path, child]
    assert [version["version"] for version in client.history(path)] == [6, 5, 4, 3, 2, 1]
    client.transaction([{"method": "DELETE", "path": path}], [{"path": path, "version": 6}])
    assert client.delete(path) is False and client.get(path, "nothing") == "nothing" and client.entry(path) is None
    with pytest.raises(TypeError):
        client.put(path, 1, if_mtch="x")


def test_errors_tell_what_is_wrong(client, entry_point):
    with pytest.raises(NotFound) as caught:
        client.history(f"/{entry_point}")
    assert caught.value.status == 404 and caught.value.code == "not-found" and caught.value.outcome == "none"
    with pytest.raises(NestKVError) as caught:
        client.put("/_reserved", 1)
    assert caught.value.status in (404, 405)


def test_a_server_that_is_not_there():
    client = Client("http://127.0.0.1:9", retries=0)
    with pytest.raises(NestKVError) as caught:
        client.put("/ep/a", 1)
    assert caught.value.outcome == "none" and caught.value.status is None


def test_a_lost_answer_is_unknown(server, link, entry_point):
    """A plain write isn't sent again: the second one would overwrite what another client wrote meanwhile."""
    client = Client(link.url)
    assert client.get(f"/{entry_point}") is None
    link.swallows_answers = True
    with pytest.raises(NestKVError) as caught:
        client.put(f"/{entry_point}/a", 1)
    assert caught.value.outcome == "unknown" and caught.value.status is None
    assert Client(server.url).entry(f"/{entry_point}/a").metadata["version"] == 1


def test_a_keyed_write_is_carried_out_once(server, link, entry_point):
    client = Client(link.url, retries=8)
    link.swallows_answers = True
    threading.Timer(0.5, setattr, (link, "swallows_answers", False)).start()
    assert client.increment(f"/{entry_point}/n") == 1
    assert Client(server.url).entry(f"/{entry_point}/n").metadata["version"] == 1


def test_a_conditional_write_whose_answer_was_lost(server, link, entry_point):
    """The second attempt fails by its condition. Only the first one could have changed the value: unknown."""
    client = Client(link.url, retries=8)
    link.swallows_answers = True
    threading.Timer(0.5, setattr, (link, "swallows_answers", False)).start()
    with pytest.raises(NestKVError) as caught:
        client.put(f"/{entry_point}/a", 1, if_none_match="*")
    assert caught.value.status == 412 and caught.value.outcome == "unknown"


def test_kept_connections_survive_a_restart(rocksdb, entry_point):
    client = Client(rocksdb.url)
    client.put(f"/{entry_point}/a", 1)
    rocksdb.stop()
    rocksdb.start()
    client.put(f"/{entry_point}/a", 2)
    assert client.get(f"/{entry_point}/a") == 2
