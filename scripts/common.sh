# Sourced by the other scripts: where things are cached, uv, and the two environments.
# shellcheck shell=bash

CACHE=${BACKHUG_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/backhug}
UV_VERSION=0.13.9
TYPESCRIPT_VERSION=7.0.2

say() { printf '%s\n' "$*" >&2; }

# Sets UV to a uv: the one that is installed, or one in an environment of its own in the cache.
ensure_uv() {
  UV=$(command -v uv || true)
  if [ -z "$UV" ]; then
    UV=$CACHE/uv-$UV_VERSION/bin/uv
    if [ ! -x "$UV" ]; then
      say "Installing uv $UV_VERSION ..."
      python3 -m venv --clear "$CACHE/uv-$UV_VERSION"
      "$CACHE/uv-$UV_VERSION/bin/pip" install --quiet --disable-pip-version-check "uv==$UV_VERSION" >&2
    fi
    export PATH="$CACHE/uv-$UV_VERSION/bin:$PATH"
  fi
  export UV
}

# find_chromium: succeeds where there is a browser that tests/frontend can use.
find_chromium() { command -v chromium || command -v chromium-browser || command -v google-chrome; } >/dev/null

# unpack_debian SUITE DIRECTORY PACKAGE...: unpacks packages of Debian; nothing of the system changes, and nobody need be root.
unpack_debian() (
  suite=$1 directory=$2
  shift 2
  for command in apt-get dpkg-deb; do
    command -v $command >/dev/null || { say "Debian's packages are needed, and $command to get them."; exit 1; }
  done
  uri=$({ cat /etc/apt/sources.list.d/*.sources /etc/apt/sources.list 2>/dev/null || true; } |
    awk '/^URIs:/ {print $2} /^deb / {for (i = 2; i <= NF; i++) if ($i ~ /^https?:/) {print $i; break}}' |
    grep -m 1 -E '/debian/?$' || true)
  [ -n "$uri" ] || { say "No Debian archive is named in the sources of apt."; exit 1; }
  work=$(mktemp -d)
  trap 'rm -rf "$work"' EXIT
  mkdir -p "$work"/{lists/partial,cache/archives/partial} "$directory"
  printf 'deb [signed-by=%s] %s %s main\n' /usr/share/keyrings/debian-archive-keyring.gpg "$uri" "$suite" >"$work/sources.list"
  apt_private() {
    apt-get -qq -o Dir::State::Lists="$work/lists" -o Dir::Cache="$work/cache" -o APT::Sandbox::User=root \
      -o Dir::Etc::SourceList="$work/sources.list" -o Dir::Etc::SourceParts=/dev/null -o Acquire::Languages=none \
      -o APT::Default-Release= -o Dir::Etc::Preferences=/dev/null -o Dir::Etc::PreferencesParts=/dev/null \
      -o Acquire::Retries=3 "$@"
  }
  apt_private update >&2
  (cd "$work" && apt_private download "$@" >&2)
  for package in "$work"/*.deb; do dpkg-deb -x "$package" "$directory"; done
)

# ensure_typescript: sets TSC to the TypeScript compiler, which the cache keeps; fails where it cannot be had.
ensure_typescript() {
  local directory=$CACHE/typescript-$TYPESCRIPT_VERSION
  TSC=$directory/node_modules/.bin/tsc
  [ -x "$TSC" ] && return
  command -v npm >/dev/null || return
  say "Installing TypeScript $TYPESCRIPT_VERSION ..."
  npm install --prefix "$directory" --no-save --no-audit --no-fund --no-package-lock --silent "typescript@$TYPESCRIPT_VERSION" >&2
}

# ensure_environment NAME: brings .venv/NAME up to requirements/NAME.txt, once for each content of that file.
ensure_environment() {
  local name=$1 environment=.venv/$1 stamp python
  stamp=$environment/requirements.sha256
  if [ -x "$environment/bin/python" ] && sha256sum --check --status "$stamp" 2>/dev/null; then return; fi
  ensure_uv
  python=$(scripts/python)
  say "Preparing .venv/$name ($("$python" --version), $(grep -c == "requirements/$name.txt") packages) ..."
  "$UV" venv --quiet --clear --python "$python" "$environment"
  # A few packages are built from source: they need the headers of a Python that was unpacked into the cache.
  local include
  include=$("$python" -c 'import sysconfig; print(sysconfig.get_path("include"))')
  CPATH=${include%/*}:$include${CPATH:+:$CPATH} \
    "$UV" pip sync --quiet --python "$environment/bin/python" "requirements/$name.txt"
  # The processes of the suite would all compile the same modules. One instance compiles what it imports, which is a fraction.
  if [[ $name == test* ]]; then
    "$environment/bin/python" -m compileall -q -j 0 "$environment"/lib/python3.*/site-packages >/dev/null 2>&1 || true
  fi
  sha256sum "requirements/$name.txt" >"$stamp"
}
