"""Real servers for the tests. NESTKV names the program."""

import os
import pathlib
import re
import signal
import socket
import subprocess
import sys
import threading
import time

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))


class Server:
    """A nestkv process that can be stopped and started again on the same port."""

    def __init__(self, store, folder):
        self._store, self._log, self.port = store, folder / "nestkv.log", 0
        self.start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def start(self):
        program = os.environ.get("NESTKV") or pytest.fail("NESTKV must name the nestkv program")
        options = ["--store", self._store, "--port", str(self.port), "--log-level", "notice"]
        with open(self._log, "w") as log:
            self._process = subprocess.Popen([program, "serve", *options], stdout=log, stderr=log)
        for _ in range(400):
            found = re.search(r" port=(\d+)", self._log.read_text())
            if found:
                self.port = int(found[1])
                return
            assert self._process.poll() is None, self._log.read_text()
            time.sleep(0.05)
        pytest.fail(f"nestkv did not start: {self._log.read_text()}")

    def stop(self, how=signal.SIGTERM):
        self._process.send_signal(how)
        self._process.wait(20)


class Link:
    """A TCP proxy in front of a server. It can cut its connections, and refuse or swallow new ones."""

    def __init__(self, port):
        self._target, self._pairs, self.swallows_answers = port, [], False
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                near, _ = self._listener.accept()
                far = socket.create_connection(("127.0.0.1", self._target))
            except OSError:
                return
            self._pairs.append((near, far))
            threading.Thread(target=self._copy, args=(near, far, False), daemon=True).start()
            threading.Thread(target=self._copy, args=(far, near, True), daemon=True).start()

    def _copy(self, source, target, is_answer):
        try:
            while data := source.recv(65536):
                if is_answer and self.swallows_answers:
                    break
                target.sendall(data)
        except OSError:
            pass
        for end in (source, target):
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def cut(self):
        pairs, self._pairs = self._pairs, []
        for near, far in pairs:
            for end in (near, far):
                try:
                    end.shutdown(socket.SHUT_RDWR)
                except OSError:
                    pass

    def close(self):
        self._listener.close()
        self.cut()


@pytest.fixture(scope="session", params=["memory", "rocksdb"])
def server(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp(request.param)
    running = Server("memory:" if request.param == "memory" else f"rocksdb:{folder}/data", folder)
    yield running
    running.stop()


@pytest.fixture
def rocksdb(tmp_path):
    running = Server(f"rocksdb:{tmp_path}/data", tmp_path)
    yield running
    running.stop()


@pytest.fixture
def link(server):
    proxy = Link(server.port)
    yield proxy
    proxy.close()


@pytest.fixture
def entry_point(request):
    """A name that no other test uses."""
    return re.sub(r"\W+", "-", request.node.name)[:100]
