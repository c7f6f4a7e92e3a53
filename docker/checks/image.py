"""Checks of the container by itself: its parts, its permissions, and its exit codes for invalid configuration."""

from harness import COMPOSE, PORT, PROFILE, SERVICE, container, inside, inspect, run


def health_command():
    """`nestkv health` distinguishes a ready server from a missing one"""
    assert f"is ready ({PROFILE})" in inside(SERVICE, "nestkv health")
    _, errors = run("docker", "exec", container(SERVICE), "nestkv", "health", "--server", "http://127.0.0.1:9", code=1)
    assert "connection refused" in errors, errors


def image():
    """The image has labels, and is small"""
    labels = "index .Config.Labels"
    name = inspect(SERVICE, "Config.Image")
    title, _ = run("docker", "image", "inspect", "-f", '{{' + labels + ' "org.opencontainers.image.title"}}', name)
    version, _ = run("docker", "image", "inspect", "-f", '{{' + labels + ' "org.opencontainers.image.version"}}', name)
    assert title.strip() == "nestkv", title
    assert version.strip() == inside(SERVICE, "nestkv --version").strip(), version
    size = int(run("docker", "image", "inspect", "-f", "{{.Size}}", name)[0])
    assert size < 250e6, f"{size / 1e6:.0f} MB"
    return f"{size / 1e6:.0f} MB"


def unprivileged():
    """The process is not root, has no capabilities, and can't write its root file system"""
    status = dict(line.split(":\t", 1) for line in inside(SERVICE, "cat /proc/1/status").splitlines() if ":\t" in line)
    assert status["Uid"].split() == ["10001"] * 4 and status["Gid"].split() == ["10001"] * 4, status
    assert all(int(status[name], 16) == 0 for name in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb")), status
    assert status["NoNewPrivs"] == "1", status
    for path in ("/x", "/usr/local/bin/nestkv", "/etc/passwd", "/tmp/x"):
        inside(SERVICE, f"! (: >>{path}) 2>/dev/null")


def published():
    """The port is published on loopback only"""
    bindings = inspect(SERVICE, "NetworkSettings.Ports")
    assert f'"HostIp":"127.0.0.1","HostPort":"{PORT}"' in bindings and bindings.count("HostIp") == 1, bindings


def refuses_wrong_configuration():
    """Invalid configuration gives exit code 2 and a message that names the setting and its origin"""
    cases = [
        (["-e", "NESTKV_STORE=etcd://localhost"], ["serve"], ["'etcd:' is not a store", "rocksdb:PATH"]),
        (["-e", "NESTKV_PORT=http"], ["serve"], ["NESTKV_PORT is 'http'"]),
        (["-e", "NESTKV_MAX_VALUE_SIZE=1MB"], ["serve"], ["NESTKV_MAX_VALUE_SIZE is '1MB'", "1MiB"]),
        ([], ["serve", "--prot", "1"], ["--prot", "--port"]),
    ]
    for options, words, says in cases:
        command = [*COMPOSE, "run", "--rm", "--no-deps", "-T", *options, SERVICE, *words]
        output, errors = run(*command, code=2)
        assert all(text in output + errors for text in says), f"{options} {words}: {output}{errors}"


def refuses_what_it_cant_have():
    """A folder without write permission and a store that another process has give exit code 1 and a message"""
    name = inspect(SERVICE, "Config.Image")
    _, errors = run("docker", "run", "--rm", "--user", "12345", name, code=1)
    assert "/var/lib/nestkv" in errors, errors
    if PROFILE == "rocksdb":
        _, errors = run(*COMPOSE, "run", "--rm", "--no-deps", "-T", SERVICE, "serve", code=1)
        assert "/var/lib/nestkv" in errors, errors


CHECKS = [health_command, image, unprivileged, published, refuses_wrong_configuration, refuses_what_it_cant_have]
