"""What the measuring scripts share: free ports of the loopback, and requests to them."""

import http.client
import itertools
import random
import socket

# Below the ports that the kernel gives to clients, of which the load takes many.
_candidates = itertools.count(random.randrange(20000, 28000))


def free_port():
    """A port on which nothing listens; never the same one twice."""
    for port in _candidates:
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
                return port
            except OSError:
                pass


def request(port, method, path, body=None, timeout=60):
    """Sends one request; returns the status, the header as text with its status line, and the body."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)
    try:
        connection.request(method, path, body)
        answer = connection.getresponse()
        fields = "".join(f"{name}: {value}\r\n" for name, value in answer.getheaders())
        return answer.status, f"HTTP/1.1 {answer.status} {answer.reason}\r\n{fields}\r\n", answer.read()
    finally:
        connection.close()
