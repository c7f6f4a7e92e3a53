"""The tree as a mapping."""

from collections.abc import Mapping, MutableMapping
from typing import Any, Callable, Dict, Iterator, List, Optional, Tuple, Union

from .client import Client
from .errors import NotFound, PreconditionFailed
from .paths import KeyMapper, Path
from .watching import Watch

_MISSING = object()


class RemoteKVMapping(MutableMapping):
    """A `MutableMapping` over the values below an entry point. Each access is a request; nothing is kept.

    A member that is an object is a mapping, too, so `mapping["user"]["bob"] = {…}` writes. All other members are plain
    values: after a change inside a list, set the member again. A string key is split at `sep`:
    `mapping["user:bob"]` is `mapping["user"]["bob"]`. `\\:` is a colon in a name, `sep=None` splits nothing, and a
    tuple names the segments as they are.

    A scalar or an array with members below it is a mapping with the member `_value`.
    """

    def __init__(self, backend: Union[Client, str], entry_point: str, sep: Optional[str] = ":",
                 json_encoder: Optional[Callable[[Any], str]] = None,
                 json_decoder: Optional[Callable[[str], Any]] = None):
        if isinstance(backend, str):
            backend = Client(backend, json_encoder=json_encoder, json_decoder=json_decoder)
        elif json_encoder or json_decoder:
            raise TypeError("json_encoder and json_decoder belong to the Client that is given")
        self._client, self._mapper = backend, KeyMapper(sep)
        self._names: List[str] = self._mapper.names(entry_point)

    def _below(self, names: List[str]) -> "RemoteKVMapping":
        view = object.__new__(type(self))
        view._client, view._mapper, view._names = self._client, self._mapper, names
        return view

    def _path(self, key: Any) -> List[str]:
        if not isinstance(key, (str, tuple)):
            raise KeyError(key)
        return self._names + self._mapper.names(key)

    @property
    def path(self) -> Tuple[str, ...]:
        """The names of this mapping's path, the entry point first."""
        return tuple(self._names)

    @property
    def client(self) -> Client:
        """The client, for conditional writes and all other operations."""
        return self._client

    def to_dict(self) -> Dict[str, Any]:
        """All of it as plain values, as it was at one moment."""
        return _as_object(self._client.get(self._names, _MISSING))

    # The five methods of the interface

    def __getitem__(self, key: Any) -> Any:
        names = self._path(key)
        # One level shows whether it is an object. In an array, `true` may be a nested value.
        value = self._client.get(names, _MISSING, depth=1)
        if value is _MISSING:
            raise KeyError(key)
        if isinstance(value, dict):
            return self._below(names)
        if isinstance(value, list) and True in value:
            value = self._client.get(names, _MISSING)
            if value is _MISSING:
                raise KeyError(key)
            return self._below(names) if isinstance(value, dict) else value
        return value

    def __setitem__(self, key: Any, value: Any) -> None:
        self._client.put(self._path(key), _plain(value))

    def __delitem__(self, key: Any) -> None:
        if not self._client.delete(self._path(key)):
            raise KeyError(key)

    def __iter__(self) -> Iterator[str]:
        shown = _as_object(self._client.get(self._names, _MISSING, depth=1))
        return iter([self._mapper.key(name) for name in shown])

    def __len__(self) -> int:
        return len(_as_object(self._client.get(self._names, _MISSING, depth=1)))

    # Those that are better as one request

    def __contains__(self, key: Any) -> bool:
        try:
            return self._client.exists(self._path(key))
        except KeyError:
            return False

    def __eq__(self, other: Any) -> bool:
        if isinstance(other, RemoteKVMapping):
            other = other.to_dict()
        return self.to_dict() == other if isinstance(other, Mapping) else NotImplemented

    __hash__ = None  # type: ignore[assignment]

    def clear(self) -> None:
        self._client.delete(self._names)

    def setdefault(self, key: Any, default: Any = None) -> Any:
        try:
            self._client.put(self._path(key), _plain(default), if_none_match="*")
        except PreconditionFailed:
            pass
        return self[key]

    def pop(self, key: Any, default: Any = _MISSING) -> Any:
        """Removes a member and returns what it was as a plain value. No other write comes in between."""
        names = self._path(key)
        while True:
            entry = self._client.entry(names)
            if entry is None:
                if default is _MISSING:
                    raise KeyError(key)
                return default
            try:
                self._client.delete(names, if_match=entry.etag)
                return entry.value
            except (PreconditionFailed, NotFound) as error:
                if error.outcome == "unknown":
                    raise

    def put(self, key: Any, value: Any, **options: Any) -> Any:
        """Sets a member with the options of `Client.put`, as in `put("a", 1, if_match=etag)`."""
        return self._client.put(self._path(key), _plain(value), **options)

    def entry(self, key: Any) -> Any:
        """A member's value with its metadata and entity tag; None if it isn't there."""
        return self._client.entry(self._path(key))

    def watch(self, key: Optional[Path] = None, **options: Any) -> Watch:
        """The changes of this mapping, or of a member: see `Client.watch`."""
        return self._client.watch(self._names if key is None else self._path(key), **options)

    def __repr__(self) -> str:
        return f"RemoteKVMapping({'/'.join(self._names)!r})"


def _as_object(value: Any) -> Dict[str, Any]:
    """What a mapping of a value shows."""
    if value is _MISSING:
        return {}
    return value if isinstance(value, dict) else {"_value": value}


def _plain(value: Any) -> Any:
    """A value with its mappings as plain objects."""
    if isinstance(value, RemoteKVMapping):
        return value.to_dict()
    if isinstance(value, Mapping):
        return {name: _plain(member) for name, member in value.items()}
    return [_plain(item) for item in value] if isinstance(value, (list, tuple)) else value
