"""What a service does under all at once that its limits permit.

    python3 pressure.py NESTKV [CLIENTS]

Starts NESTKV on RocksDB with a standard error that is not read. CLIENTS (1,000) ask for a subtree of about 60 MB, for
its indented form or for a stream with its snapshot, and don't read. Meanwhile two clients send transactions of 1,000
operations on one document of about 1 MB, one after the other. Prints the resident memory, the worst wait of
/_health/live, and how long SIGTERM takes, with which exit code.
"""
import json, multiprocessing, os, resource, signal, socket, subprocess, sys, tempfile, threading, time

from loopback import free_port, request

BINARY = sys.argv[1]
CLIENTS = int(sys.argv[2]) if len(sys.argv) > 2 else 1000
SECONDS = 20
TARGETS = [("/big", "*/*"), ("/big?pretty", "*/*"), ("/big?snapshot", "text/event-stream")]


def connect(port):
    made = socket.socket()
    made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    made.connect(("127.0.0.1", port))
    return made


def probe(port, stop, worst):
    client = None
    while not stop.is_set():
        start = time.monotonic()
        try:
            client = client or socket.create_connection(("127.0.0.1", port))
            client.sendall(b"GET /_health/live HTTP/1.1\r\nHost: localhost\r\n\r\n")
            assert client.recv(4096)
        except (OSError, AssertionError):
            client = None
        worst.value = max(worst.value, time.monotonic() - start)
        time.sleep(0.002)


def main():
    resource.setrlimit(resource.RLIMIT_NOFILE, (20000, 20000))
    with tempfile.TemporaryDirectory() as folder:
        port = free_port()
        unread, log = os.pipe()
        service = subprocess.Popen(
            [BINARY, "serve", "--store", f"rocksdb:{folder}/store", "--port", str(port), "--log-level", "trace"],
            stderr=log)
        os.close(log)
        while True:
            try:
                socket.create_connection(("127.0.0.1", port)).close()
                break
            except OSError:
                time.sleep(0.05)
        for number in range(60):
            assert request(port, "PUT", f"/big/{number}", json.dumps("x" * 1_000_000))[0] == 201
        assert request(port, "PUT", "/doc", json.dumps({f"m{n}": "x" * 900 for n in range(1000)}))[0] == 201
        resident = lambda: int(open(f"/proc/{service.pid}/statm").read().split()[1]) * 4096 // 1_000_000
        print(f"before: {resident()} MB", flush=True)
        stop, worst = multiprocessing.Event(), multiprocessing.Value("d", 0.0)
        probes = [multiprocessing.Process(target=probe, args=(port, stop, worst)) for _ in range(2)]
        for process in probes:
            process.start()
        clients, most = [], 0
        for number in range(CLIENTS):
            client = connect(port)
            target, accept = TARGETS[number % 3]
            client.sendall(f"GET {target} HTTP/1.1\r\nHost: localhost\r\nAccept: {accept}\r\n\r\n".encode())
            clients.append(client)
            most = max(most, resident())
        operations = [{"method": "PUT", "path": f"/doc/m{n}", "value": "y" * 900} for n in range(1000)]
        body = json.dumps({"operations": operations})
        end, done = time.monotonic() + SECONDS, []

        def write():
            while time.monotonic() < end:
                done.append(request(port, "POST", "/_transaction", body)[0])

        writers = [threading.Thread(target=write) for _ in range(2)]
        for writer in writers:
            writer.start()
        while any(writer.is_alive() for writer in writers):
            most = max(most, resident())
            time.sleep(0.05)
        stop.set()
        for process in probes:
            process.join()
        answered = {status: done.count(status) for status in set(done)}
        print(f"{len(clients)} clients that don't read, {answered} transactions: at most {most} MB", flush=True)
        print(f"worst wait of /_health/live: {worst.value * 1000:.0f} ms", flush=True)
        start = time.monotonic()
        service.send_signal(signal.SIGTERM)
        code = service.wait(60)
        print(f"SIGTERM: exit code {code} after {time.monotonic() - start:.1f} s")
        os.close(unread)


main()
