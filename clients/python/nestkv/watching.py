"""Following changes, without a gap."""

import http.client
import socket
from typing import Any, Callable, Dict, Iterator, List, NamedTuple, Optional, Sequence, Tuple
from urllib.parse import quote

from .errors import NestKVError
from .transport import Transport, failure

# The service sends something at least every 15 s.
_SILENCE_SECONDS = 40.0


class Event(NamedTuple):
    """A change, or one of the events "snapshot", "synced" and "reset"."""

    #: "set", "delete", "expire", "snapshot", "synced" or "reset".
    operation: str
    path: Optional[str]
    value: Any
    metadata: Optional[Dict[str, Any]]
    revision: Optional[int]
    #: The place after this event, for `start`. None for "reset".
    id: Optional[str]
    #: All members of the event's data.
    data: Dict[str, Any]


class Watch:
    """An iterator over changes. It connects at once, and resumes after the last event whenever the connection is lost.

    Each change comes once, in the order of commits. "reset" says that changes were lost because the service no longer
    has them: what is known is outdated, and snapshots and "synced" follow. A refusal (400, 401, 403, 404) is raised.
    """

    def __init__(self, transport: Transport, paths: Sequence[str], start: Optional[str], snapshot: bool,
                 previous: bool, decode: Callable[[str], Any]):
        self._transport, self._decode = transport, decode
        query = ["match=" + quote(path, safe="/") for path in paths]
        query += ["snapshot"] * snapshot + ["previous"] * previous
        self._target = "/_events" + ("?" + "&".join(query) if query else "")
        self._place = start
        self._connection: Optional[http.client.HTTPConnection] = None
        self._socket: Optional[socket.socket] = None
        self._blocks: Iterator[Tuple[Optional[str], str, Optional[str]]] = iter(())
        self._ready: List[Event] = []
        self._is_closed = False
        # The first block says where the stream begins. Nothing that is written from here on is missed.
        self._advance()

    @property
    def place(self) -> Optional[str]:
        """The id after which another watch would continue."""
        return self._place

    def __enter__(self) -> "Watch":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Ends the iteration. Another thread may call it."""
        self._is_closed = True
        self._disconnect()

    def __iter__(self) -> "Watch":
        return self

    def __next__(self) -> Event:
        while not self._ready:
            if self._is_closed:
                raise StopIteration
            self._advance()
        return self._ready.pop(0)

    def _advance(self) -> None:
        """Reads one block, connecting first if necessary."""
        attempt = 0
        while not self._is_closed:
            wait = None
            try:
                if self._connection is None:
                    self._connect()
                place, kind, data = next(self._blocks)
                event = self._event(place, kind, data)
                if event:
                    self._ready.append(event)
                return
            except StopIteration:
                pass
            except (OSError, ValueError, AttributeError, http.client.HTTPException):
                # `AttributeError`: another thread closed the connection while it was read.
                pass
            except NestKVError as error:
                if error.status in (400, 401, 403, 404, 406, 413, 414, 421, 422):
                    raise
                wait = error.retry_after
            self._disconnect()
            if not self._is_closed:
                self._transport.pause(attempt, wait)
            attempt += 1

    def _event(self, place: Optional[str], kind: str, data: Optional[str]) -> Optional[Event]:
        # Snapshots have the id of their end. If the stream is cut among them, all must come again. The id of `reset` is
        # not a valid place, so the service sends it again then.
        if place is not None and kind != "snapshot":
            self._place = place
        if data is None:
            return None
        body = self._decode(data)
        return Event(kind, body.get("path"), body.get("value"), body.get("metadata"), body.get("revision"),
                     None if kind == "reset" else place, body)

    def _connect(self) -> None:
        connection = self._transport.connection(_SILENCE_SECONDS)
        headers = {"Accept": "text/event-stream", "Cache-Control": "no-store"}
        if self._place is not None:
            headers["Last-Event-ID"] = self._place
        try:
            connection.request("GET", self._transport.target(self._target), headers=self._transport.headers(headers))
            # The connection forgets its socket if the answer ends with it.
            self._socket = connection.sock
            response = connection.getresponse()
            if response.status >= 400:
                raise failure(response.status, response.headers, response.read(), is_write=False)
        except BaseException:
            connection.close()
            raise
        self._connection, self._blocks = connection, blocks(response)

    def _disconnect(self) -> None:
        connection, self._connection = self._connection, None
        if self._socket:
            try:
                # Wakes a thread that is reading.
                self._socket.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
        if connection:
            connection.close()


def blocks(lines: Iterator[bytes]) -> Iterator[Tuple[Optional[str], str, Optional[str]]]:
    """The blocks of a stream of server-sent events: id, type and data of each.

    A block that the end of the stream cuts is not one. Blocks without an id and data are left out.
    """
    place: Optional[str] = None
    kind, data = "message", []
    for line in lines:
        if not line.endswith(b"\n"):
            return
        text = line.decode().rstrip("\r\n")
        if not text:
            if place is not None or data:
                yield place, kind, "\n".join(data) if data else None
            place, kind, data = None, "message", []
        elif not text.startswith(":"):
            field, _, content = text.partition(":")
            content = content[1:] if content.startswith(" ") else content
            if field == "id" and "\0" not in content:
                place = content
            elif field == "event":
                kind = content
            elif field == "data":
                data.append(content)
