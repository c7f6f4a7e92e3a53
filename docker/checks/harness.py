"""What the checks share: running them one after the other, the compose command, and an HTTP client.

$COMPOSE is the compose command of the project that is up ("docker compose -f … -p …"); the checks run where its
published ports answer.
"""

import http.client
import json
import os
import shlex
import subprocess
import sys
import threading
import time
import traceback

COMPOSE = shlex.split(os.environ.get("COMPOSE", ""))
# The profile that is up, and its nestkv.
PROFILE = os.environ.get("COMPOSE_PROFILES") or "rocksdb"
SERVICE = "nestkv" if PROFILE == "rocksdb" else f"nestkv-{PROFILE}"
PORT = int(os.environ.get("NESTKV_PUBLISHED_PORT", "8080"))


def main(checks):
    """Runs functions whose docstring is the sentence that they check, prints a line for each and the count, exits."""
    if not COMPOSE:
        sys.exit("COMPOSE is not set: compose-e2e/run.sh calls this, or set it to your compose command")
    failed = 0
    for check in checks:
        start = time.monotonic()
        sentence = check.__doc__.strip()
        try:
            note = check()
        except Exception as error:  # a failure does not stop the other checks
            failed += 1
            print(f"FAILED  {sentence}\n        {error!r}", flush=True)
            if not isinstance(error, AssertionError):
                traceback.print_exc(limit=-3, file=sys.stdout)
        else:
            print(f"ok      {sentence} ({note + ', ' if note else ''}{time.monotonic() - start:.1f} s)", flush=True)
    print(f"{len(checks) - failed} passed, {failed} failed", flush=True)
    sys.exit(1 if failed else 0)


def run(*words, code=0):
    """Runs a command and returns its standard output and error; fails if the exit code is another one."""
    done = subprocess.run(words, capture_output=True, text=True, errors="replace", timeout=180)
    said = (done.stdout + done.stderr)[-600:]
    assert done.returncode == code, f"{shlex.join(words)} ended with {done.returncode}: {said}"
    return done.stdout, done.stderr


def compose(*words, **options):
    """Runs a compose command; returns its standard output."""
    return run(*COMPOSE, *words, **options)[0]


def container(service):
    """The id of a service's container, running or not."""
    return compose("ps", "-aq", service).strip()


def inspect(service, path):
    """A part of the engine's description of a service's container: inspect("nestkv", "State.Health.Status")."""
    return run("docker", "inspect", "-f", "{{json ." + path + "}}", container(service))[0].strip().strip('"')


def inside(service, script, code=0):
    """Runs a shell script in a service's container; returns its output."""
    return run("docker", "exec", container(service), "sh", "-c", script, code=code)[0]


def eventually(sentence, test, seconds=30):
    """Waits until a test is true, at most for a time; returns the seconds that it took."""
    start = time.monotonic()
    while True:
        try:
            if test():
                return time.monotonic() - start
        except (OSError, http.client.HTTPException):
            pass
        assert time.monotonic() - start < seconds, f"not within {seconds} s: {sentence}"
        time.sleep(0.1)


def request(method, path, value=None, headers=None, port=None, timeout=10):
    """Sends one request; returns the status, the header fields by lower-case name, and the body."""
    connection = http.client.HTTPConnection("127.0.0.1", port or PORT, timeout=timeout)
    try:
        body = None if value is None else json.dumps(value)
        connection.request(method, path, body, headers or {})
        answer = connection.getresponse()
        return answer.status, {name.lower(): text for name, text in answer.getheaders()}, answer.read()
    finally:
        connection.close()


def get(path):
    """The JSON at a path."""
    status, _, body = request("GET", path)
    assert status == 200, f"GET {path}: {status} {body[:300]}"
    return json.loads(body)


def is_ready():
    """Whether the service says that it is ready."""
    return request("GET", "/_health/ready", timeout=5)[0] == 200


class Events(threading.Thread):
    """A subscriber: reads server-sent events until it is stopped, and reconnects with its last id as browsers do."""

    def __init__(self, path, last_id=None, port=None):
        super().__init__(daemon=True)
        self.path, self.last_id, self.port = path, last_id, port or PORT
        self.events = []  # (id, event, data, time of arrival)
        self.connections = 0
        self.downtime = 0.0  # the longest, in seconds
        self.is_stopped = False
        self.start()

    def run(self):
        lost = None
        while not self.is_stopped:
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=40)
            try:
                headers = {"Accept": "text/event-stream"}
                if self.last_id:
                    headers["Last-Event-ID"] = self.last_id
                connection.request("GET", self.path, headers=headers)
                answer = connection.getresponse()
                if answer.status == 200:
                    if lost:
                        self.downtime = max(self.downtime, time.monotonic() - lost)
                    self.connections += 1
                    self.read(answer)
                lost = time.monotonic() if answer.status == 200 or not lost else lost
            except (OSError, http.client.HTTPException):
                lost = lost or time.monotonic()
            finally:
                connection.close()
            time.sleep(0.1)

    def read(self, answer):
        fields = {}
        while not self.is_stopped:
            line = answer.readline()
            if not line:
                return
            line = line.decode().rstrip("\r\n")
            if line:
                name, _, value = line.partition(":")
                fields[name] = value.removeprefix(" ")
                continue
            if fields.get("id"):
                self.last_id = fields["id"]
            if "data" in fields:
                self.events.append((self.last_id, fields.get("event", "message"), fields["data"], time.monotonic()))
            fields = {}

    def values(self):
        """The values of the changes so far."""
        return [json.loads(data).get("value") for _, event, data, _ in list(self.events) if event == "set"]

    def stop(self):
        self.is_stopped = True
