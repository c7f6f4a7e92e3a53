# Sourced by the scripts that test a service. Creates the folder `work`, which is deleted when the script ends.

work=$(mktemp -d)
server=""
trap 'if [[ -n $server ]]; then kill "$server"; wait "$server" || true; fi 2>/dev/null; rm -rf "$work"' EXIT

# start_service BINARY [option of 'nestkv serve']...: sets `port`. The service logs to $work/log and is stopped when the script ends.
start_service() {
    local binary=$1
    shift
    : >"$work/log"
    "$binary" serve --port 0 --log-level notice "$@" 2>"$work/log" &
    server=$!
    for _ in {1..100}; do
        port=$(sed -n 's/.* port=\([0-9]*\).*/\1/p' "$work/log")
        if [[ -n $port ]]; then return; fi
        sleep 0.1
    done
    cat "$work/log" >&2
    exit 1
}
