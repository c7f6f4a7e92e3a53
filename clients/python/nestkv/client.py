"""The operations of the service."""

import json
import uuid
from typing import Any, Callable, Dict, Iterator, List, Mapping, NamedTuple, Optional, Sequence, Union
from urllib.parse import urlencode

from .errors import NotFound
from .paths import Path, encoded
from .transport import Answer, Transport
from .watching import Watch


class Entry(NamedTuple):
    """A value with its metadata."""

    value: Any
    metadata: Dict[str, Any]
    etag: Optional[str] = None


class Written(NamedTuple):
    """What a write did."""

    created: bool
    etag: Optional[str]
    #: The version of the leaf; None if several leaves answer for the path.
    version: Optional[int]
    revision: Optional[int]


class Client:
    """A client of one server. It may be used by several threads.

    Writes take these keywords: `if_match` (an entity tag), `if_none_match="*"` (only create), `if_version`, `ttl`
    ("30s" or seconds), `modified_by`, `comment`, `tags` and `idempotency_key`.
    """

    def __init__(self, url: str, *, headers: Optional[Mapping[str, str]] = None, timeout: float = 30,
                 retries: int = 3, json_encoder: Optional[Callable[[Any], str]] = None,
                 json_decoder: Optional[Callable[[str], Any]] = None):
        self._encode = json_encoder or _dumps
        self._decode = json_decoder or json.loads
        self.transport = Transport(url, headers, timeout, retries, self._decode)

    def __enter__(self) -> "Client":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Closes the connection of this thread."""
        self.transport.close()

    # Reads

    def get(self, path: Path, default: Any = None, *, depth: Optional[int] = None) -> Any:
        """The value at a path, composed of everything below it; `default` if nothing is stored there."""
        try:
            return self._read(path, {} if depth is None else {"depth": str(depth)}).json()
        except NotFound:
            return default

    def entry(self, path: Path) -> Optional[Entry]:
        """The value with its metadata and entity tag; None if nothing is stored there."""
        try:
            answer = self._read(path, {"entry": ""})
        except NotFound:
            return None
        body = answer.json()
        return Entry(body["value"], body["metadata"], answer.headers.get("ETag"))

    def exists(self, path: Path) -> bool:
        """Whether a value is stored at or below a path."""
        try:
            self.transport.request("HEAD", encoded(path))
            return True
        except NotFound:
            return False

    def keys(self, path: Path, *, pattern: Optional[str] = None) -> Iterator[str]:
        """The percent-encoded paths of the leaves at and below a path."""
        query = {"keys": "", **({} if pattern is None else {"pattern": pattern})}
        while True:
            page = self._read(path, query).json()
            yield from page["keys"]
            if page["next"] is None:
                return
            query["cursor"] = page["next"]

    def history(self, path: Path) -> List[Dict[str, Any]]:
        """The retained versions of a leaf, newest first."""
        return self._read(path, {"history": ""}).json()

    def watch(self, *paths: Path, start: Optional[str] = None, snapshot: bool = False,
              previous: bool = False) -> Watch:
        """Every change at and below the paths, from now on or after the event id `start`: see `Watch`."""
        return Watch(self.transport, [encoded(path) for path in paths], start, snapshot, previous, self._decode)

    # Writes

    def put(self, path: Path, value: Any, **options: Any) -> Written:
        """Replaces everything at and below a path by a value."""
        return self._write("PUT", encoded(path), value, options)

    def patch(self, path: Path, changes: Any, **options: Any) -> Written:
        """Applies a merge patch (RFC 7396), or a JSON patch (RFC 6902) if `changes` is a list."""
        kind = "json-patch" if isinstance(changes, list) else "merge-patch"
        return self._write("PATCH", encoded(path), changes, options, {"Content-Type": f"application/{kind}+json"})

    def delete(self, path: Path, **options: Any) -> bool:
        """Deletes a value and everything below it. Returns whether there was one."""
        try:
            self._send("DELETE", encoded(path), None, options)
            return True
        except NotFound as error:
            # The first of several attempts may have deleted it.
            return error.outcome == "unknown"

    def append(self, path: Path, value: Any, **options: Any) -> str:
        """Stores a value as a new child, and returns the child's path."""
        return self._send("POST", encoded(path), value, _keyed(options)).headers["Location"]

    def increment(self, path: Path, by: Union[int, float] = 1, **options: Any) -> Any:
        """Adds to a number, and returns the sum."""
        return self._send("POST", f"{encoded(path)}?op=increment&by={json.dumps(by)}", None, _keyed(options)).json()

    def compare_and_swap(self, path: Path, old: Any, new: Any, **options: Any) -> Written:
        """Replaces a value if it equals `old`; otherwise the error is a `Conflict` with the `current_value`."""
        return self._write("POST", f"{encoded(path)}?op=compare-and-swap", {"old": old, "new": new}, _keyed(options))

    def transaction(self, operations: Sequence[Mapping[str, Any]],
                    conditions: Sequence[Mapping[str, Any]] = ()) -> Dict[str, Any]:
        """Carries out all operations or none."""
        body = {"if": list(conditions), "operations": list(operations)}
        return self._send("POST", "/_transaction", body, _keyed({})).json()

    def _read(self, path: Path, query: Mapping[str, str]) -> Answer:
        return self.transport.request("GET", encoded(path) + ("?" + urlencode(query) if query else ""))

    def _write(self, method: str, target: str, value: Any, options: Mapping[str, Any],
               headers: Optional[Mapping[str, str]] = None) -> Written:
        answer = self._send(method, target, value, options, headers)
        found = answer.headers
        version, revision = found.get("Nestkv-Version"), found.get("Nestkv-Revision")
        return Written(answer.status == 201, found.get("ETag"), int(version) if version else None,
                       int(revision) if revision and revision.isdigit() else None)

    def _send(self, method: str, target: str, value: Any, options: Mapping[str, Any],
              headers: Optional[Mapping[str, str]] = None) -> Answer:
        has_body = method in ("PUT", "PATCH") or (method == "POST" and "op=increment" not in target)
        fields = {**(headers or {}), **_fields(options)}
        is_safe = any(name in fields for name in ("If-Match", "If-None-Match", "Nestkv-If-Version", "Idempotency-Key"))
        body = self._encode(value).encode() if has_body else None
        return self.transport.request(method, target, body=body, headers=fields, is_safe=is_safe)


def _dumps(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def _keyed(options: Mapping[str, Any]) -> Dict[str, Any]:
    """The options with an idempotency key, so that a repeated request is carried out once."""
    return {"idempotency_key": uuid.uuid4().hex, **options}


_FIELDS = {
    "if_match": "If-Match", "if_none_match": "If-None-Match", "if_version": "Nestkv-If-Version", "ttl": "Nestkv-TTL",
    "modified_by": "Nestkv-Modified-By", "comment": "Nestkv-Comment", "tags": "Nestkv-Tags", "schema": "Nestkv-Schema",
    "idempotency_key": "Idempotency-Key",
}


def _fields(options: Mapping[str, Any]) -> Dict[str, str]:
    """The header fields of a write's options."""
    fields = {}
    for name, value in options.items():
        if name not in _FIELDS:
            raise TypeError(f"'{name}' is not an option of a write; known are {', '.join(_FIELDS)}")
        if value is not None:
            text = ",".join(value) if name == "tags" else str(value)
            # The service reads UTF-8; http.client writes each character as one byte.
            fields[_FIELDS[name]] = text.encode().decode("latin-1")
    return fields
