"""The processes of a run, which are all stopped at its end, however it ends."""

import os
import pathlib
import shlex
import signal
import subprocess
import sys
import time

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Failure(Exception):
    """Ends the run; the text says why."""


def say(text):
    """Tells on standard error how far the run is."""
    print(f"bench: {text}", file=sys.stderr, flush=True)


def end_on_signals():
    """Lets a signal end the program by an exception, so that everything is stopped and deleted on the way out."""

    def end(number, _):
        sys.exit(128 + number)

    for number in SIGNALS:
        # nohup ignores SIGHUP. A shell without job control ignores SIGINT for what it starts with '&'.
        if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, end)


def descendants(pid):
    """The ids of a process and of all that it started, as what a shell or perf runs."""
    found = [pid]
    for file in pathlib.Path("/proc").glob(f"{pid}/task/*/children"):
        try:
            children = file.read_text().split()
        except OSError:  # the thread has ended
            continue
        for child in children:
            found += descendants(int(child))
    return found


def is_running(pid):
    """Whether a process exists and is more than an entry that its parent has not read."""
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def send(number, pids):
    """Sends a signal to the processes that still run and are ours."""
    for pid in pids:
        try:
            os.kill(pid, number)
        except OSError:
            pass


class Processes:
    """A context: at its end no process that was started in it is left. Their output goes to files in its folder."""

    def __init__(self, folder):
        self.folder = folder
        self.running = []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for number in SIGNALS:
            signal.signal(number, signal.SIG_IGN)
        self.stop()

    def start(self, *words, log=None, **options):
        """Starts a program. Its output goes to the log of that name, or where the options of Popen say."""
        words = [str(word) for word in words]
        if log:
            options |= {"stdout": open(self.log(log), "wb"), "stderr": subprocess.STDOUT}
        # A signal between the start and the note of it would leave the process running.
        mask = signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
        try:
            self.running.append(subprocess.Popen(
                words, stdin=subprocess.DEVNULL,
                preexec_fn=lambda: signal.pthread_sigmask(signal.SIG_SETMASK, mask), **options))
        except OSError as error:
            raise Failure(f"could not start '{words[0]}': {error.strerror}") from error
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, mask)
            if log:
                options["stdout"].close()
        return self.running[-1]

    def output(self, *words, timeout=None):
        """Runs a program to its end and returns its standard output; fails if it fails or takes longer."""
        process = self.start(*words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        try:
            output, errors = process.communicate(timeout=timeout)
        except subprocess.TimeoutExpired:
            raise Failure(f"'{shlex.join(process.args)}' did not end within {timeout} s") from None
        self.running.remove(process)
        if process.returncode != 0:
            raise Failure(f"'{shlex.join(process.args)}' ended with {process.returncode}: {(output + errors)[-2000:]}")
        return output

    def result(self, *words, timeout=None):
        """The numbers on the line RESULT that a program of load ends with."""
        output = self.output(*words, timeout=timeout)
        for line in output.splitlines():
            if line.startswith("RESULT "):
                return [float(word) for word in line.split()[1:]]
        raise Failure(f"'{words[0]}' printed no line RESULT: {output[-2000:]}")

    def log(self, name):
        """The path of the output of a process that was started with this log."""
        return self.folder / f"{name}.log"

    def wait(self, process, log, test):
        """Waits until a server is ready, which a test says."""
        end = time.monotonic() + 30
        while not test():
            if process.poll() is not None or time.monotonic() > end:
                raise Failure(f"{log} did not become ready: {self.log(log).read_text(errors='replace')[-2000:]}")
            time.sleep(0.05)

    def stop(self):
        """Stops all with what they started, the newest first: clients before their servers."""
        pids = [pid for process in reversed(self.running) if process.poll() is None for pid in descendants(process.pid)]
        send(signal.SIGTERM, pids)
        end = time.monotonic() + 20
        while any(process.poll() is None for process in self.running) or any(is_running(pid) for pid in pids):
            if time.monotonic() > end:
                send(signal.SIGKILL, filter(is_running, pids))
                break
            time.sleep(0.02)
        for process in self.running:
            process.wait()
        self.running.clear()
