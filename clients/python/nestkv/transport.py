"""One HTTP request: connections, time limits, repeated attempts."""

import http.client
import json
import random
import select
import threading
import time
from typing import Any, Callable, Dict, Mapping, Optional
from urllib.parse import urlsplit

from .errors import NestKVError, error_of

_REPEATED = {408, 425, 429, 502, 503}
Decoder = Callable[[str], Any]


class Answer:
    """A successful answer."""

    def __init__(self, status: int, headers: http.client.HTTPMessage, body: bytes, decoder: Decoder):
        self.status, self.headers, self.body, self._decoder = status, headers, body, decoder

    def json(self) -> Any:
        return self._decoder(self.body.decode()) if self.body else None


class Transport:
    """Sends requests to one server. Each thread has a connection of its own, which is used again."""

    def __init__(self, url: str, headers: Optional[Mapping[str, str]], timeout: float, retries: int, decoder: Decoder):
        address = urlsplit(url)
        if address.scheme not in ("http", "https") or not address.hostname:
            raise ValueError(f"'{url}' is not the address of a server; it must begin with http:// or https://")
        self._is_secure = address.scheme == "https"
        self._host, self._port = address.hostname, address.port
        self._prefix = address.path.rstrip("/")
        self._headers = dict(headers or {})
        self._timeout, self._retries, self._decoder = timeout, retries, decoder
        self._local = threading.local()

    def connection(self, timeout: Optional[float] = None) -> http.client.HTTPConnection:
        """A new connection."""
        kind = http.client.HTTPSConnection if self._is_secure else http.client.HTTPConnection
        return kind(self._host, self._port, timeout=timeout or self._timeout)

    def target(self, path: str) -> str:
        return self._prefix + path

    def headers(self, more: Mapping[str, str]) -> Dict[str, str]:
        return {**self._headers, **more}

    def request(self, method: str, path: str, *, body: Optional[bytes] = None,
                headers: Optional[Mapping[str, str]] = None, is_safe: bool = True) -> Answer:
        """Sends a request and returns its answer.

        `is_safe` says that a second attempt does no harm: a read, a request with a condition, or one with an
        idempotency key. If an attempt before had an unknown outcome, a failed condition is unknown as well.
        """
        is_write, was_unknown = method not in ("GET", "HEAD"), False
        for attempt in range(self._retries + 1):
            try:
                return self._once(method, path, body, self.headers(headers or {}), is_write)
            except NestKVError as error:
                was_unknown = was_unknown or error.outcome == "unknown"
                may_repeat = error.status is None or error.status in _REPEATED or error.outcome == "unknown"
                is_allowed = is_safe or error.outcome == "none"
                if not (may_repeat and is_allowed) or attempt == self._retries:
                    if was_unknown:
                        error.outcome = "unknown"
                    raise
                self.pause(attempt, error.retry_after)
        raise AssertionError("unreachable")

    @staticmethod
    def pause(attempt: int, retry_after: Optional[float]) -> None:
        """Waits before another attempt: as long as the service says, or a random time that grows to 30 s."""
        time.sleep(retry_after if retry_after is not None else random.uniform(0, min(30, 0.25 * 2 ** attempt)))

    def close(self) -> None:
        """Closes the connection of this thread."""
        connection = getattr(self._local, "connection", None)
        if connection:
            connection.close()
        self._local.connection = None

    def _once(self, method: str, path: str, body: Optional[bytes], headers: Mapping[str, str],
              is_write: bool) -> Answer:
        connection = self._connected()
        try:
            connection.request(method, self.target(path), body=body, headers=dict(headers))
            response = connection.getresponse()
            answer = Answer(response.status, response.headers, response.read(), self._decoder)
        except (OSError, http.client.HTTPException) as error:
            self.close()
            raise NestKVError(f"The connection was lost before the answer: {error!r}",
                              outcome="unknown" if is_write else "none") from error
        if answer.status < 400:
            return answer
        raise failure(answer.status, answer.headers, answer.body, is_write)

    def _connected(self) -> http.client.HTTPConnection:
        connection = getattr(self._local, "connection", None)
        # A kept connection that is readable was closed by the server. A request on it would have an unknown outcome.
        if connection and connection.sock and not select.select([connection.sock], [], [], 0)[0]:
            return connection
        self.close()
        connection = self.connection()
        try:
            connection.connect()
        except OSError as error:
            raise NestKVError(f"The server can't be reached: {error}") from error
        self._local.connection = connection
        return connection


def failure(status: int, headers: http.client.HTTPMessage, body: bytes, is_write: bool) -> NestKVError:
    """The error of an answer with a status of 400 or more."""
    try:
        problem = json.loads(body)
    except ValueError:
        problem = {}
    wait = headers.get("Retry-After", "")
    return error_of(status, problem if isinstance(problem, dict) else {}, is_write,
                    float(wait) if wait.isdigit() else None)
