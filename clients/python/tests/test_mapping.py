"""The mapping of seed 000's brief over HTTP."""

import pytest

from nestkv import Client, PreconditionFailed, RemoteKVMapping


@pytest.fixture
def mapping(server, entry_point):
    return RemoteKVMapping(server.url, entry_point)


def test_composes_the_leaves_of_the_brief(server, mapping, entry_point):
    client = Client(server.url)
    client.put([entry_point, "main", "sup1"], {"key": "value"})
    client.put([entry_point, "main", "sup2"], [1, 2, 3])
    client.put([entry_point, "other"], {"nested": True})
    assert mapping["main"] == {"sup1": {"key": "value"}, "sup2": [1, 2, 3]}
    assert mapping["other"] == {"nested": True}
    assert mapping["main"]["sup1"]["key"] == "value"
    assert list(mapping) == ["main", "other"] and len(mapping) == 2


def test_a_nested_write_is_stored_below(mapping, server, entry_point):
    mapping["user"] = {"alice": {"age": 30}}
    mapping["user"]["bob"] = {"age": 25}
    mapping["user"]["bob"]["age"] = 26
    assert Client(server.url).get(f"/{entry_point}/user") == {"alice": {"age": 30}, "bob": {"age": 26}}
    del mapping["user"]["alice"]
    assert mapping.to_dict() == {"user": {"bob": {"age": 26}}}


@pytest.mark.parametrize("value, shown", [
    ({"key": "value"}, {"key": "value", "sub": [1]}),
    ([1, 2, 3], {"_value": [1, 2, 3], "sub": [1]}),
    ("text", {"_value": "text", "sub": [1]}),
])
def test_a_value_with_members_below_it(server, mapping, entry_point, value, shown):
    client = Client(server.url)
    mapping["sup"] = value
    client.transport.request("PUT", f"/{entry_point}/sup/sub?leaf", body=b"[1]")
    assert mapping["sup"] == shown
    if "_value" in shown:
        assert mapping["sup"]["_value"] == value


def test_a_separator_in_a_key_descends(mapping):
    mapping["a:b:c"] = 1
    assert mapping["a"]["b"] == {"c": 1} and mapping["a:b:c"] == 1 and "a:b" in mapping and "a:x" not in mapping
    mapping[r"x\:y"] = 2
    assert mapping[("x:y",)] == 2 and mapping.to_dict()["x:y"] == 2
    assert [mapping[key] for key in mapping][-1] == 2


def test_another_separator(server, entry_point):
    mapping = RemoteKVMapping(server.url, f"{entry_point}.main", sep=".")
    mapping["a.b"] = 1
    mapping["c:d/e f"] = 2
    assert mapping.to_dict() == {"a": {"b": 1}, "c:d/e f": 2}
    assert RemoteKVMapping(server.url, entry_point)["main"] == mapping


def test_a_missing_key(mapping):
    assert len(mapping) == 0 and not mapping and list(mapping) == [] and mapping == {}
    assert mapping.get("x") is None and mapping.get("x", 1) == 1 and "x" not in mapping and 5 not in mapping
    for action in (mapping.__getitem__, mapping.__delitem__, mapping.pop):
        for key in ("x", "", "a::b"):
            with pytest.raises(KeyError):
                action(key)


@pytest.mark.parametrize("value", [
    None, True, 0, 1.5, "", "ü\n\"", [], {}, [True], [[1], {"a": [True]}], 12345678901234567890, {"a": {}}])
def test_values_come_back(mapping, value):
    mapping["value"] = value
    assert mapping["value"] == value


def test_the_rest_of_the_interface(mapping):
    mapping.update({"a": 1, "b": {"c": 2}})
    assert dict(mapping.items()) == {"a": 1, "b": {"c": 2}} and list(mapping.values()) == [1, {"c": 2}]
    assert mapping.setdefault("a", 5) == 1 and mapping.setdefault("d", 5) == 5
    assert mapping.pop("b") == {"c": 2} and mapping.pop("b", None) is None
    assert mapping.popitem()[0] in ("a", "d")
    mapping["copy"] = mapping
    mapping.clear()
    assert mapping == {}
    with pytest.raises(ValueError):
        mapping["nan"] = float("nan")


def test_a_conditional_write(mapping):
    mapping["n"] = 1
    entry = mapping.entry("n")
    mapping.put("n", 2, if_match=entry.etag)
    with pytest.raises(PreconditionFailed) as caught:
        mapping.put("n", 3, if_match=entry.etag)
    assert caught.value.outcome == "none" and caught.value.current_value == 2 and caught.value.current_etag
    mapping.put("n", 4, if_match=caught.value.current_etag)
    with pytest.raises(PreconditionFailed):
        mapping.put("n", 5, if_none_match="*")
    assert mapping["n"] == 4


def test_codecs(server, entry_point):
    import decimal
    import json
    mapping = RemoteKVMapping(server.url, entry_point,
                              json_encoder=lambda value: json.dumps({"wrapped": value}),
                              json_decoder=lambda text: json.loads(text, parse_float=decimal.Decimal))
    mapping["a"] = 1.10
    assert mapping["a"]["wrapped"] == decimal.Decimal("1.1")
