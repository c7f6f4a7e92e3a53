"""Stores, follows and changes values: python3 clients/python/tour.py http://localhost:8080"""

import sys

from nestkv import PreconditionFailed, RemoteKVMapping

mapping = RemoteKVMapping(sys.argv[1] if len(sys.argv) > 1 else "http://localhost:8080", "team")
with mapping.watch() as changes:
    mapping["user"] = {"alice": {"age": 30}}
    mapping["user"]["bob"] = {"age": 25}
    mapping["user:bob:age"] = 26
    print(mapping.to_dict())
    entry = mapping.entry("user")
    mapping.put("limit", 5, if_none_match="*")
    try:
        mapping.put("user", {}, if_match='"another"')
    except PreconditionFailed as error:
        print(error.code, "outcome", error.outcome)
    for change in changes:
        print(change.operation, change.path, change.value)
        if change.path == "/team/limit":
            break
