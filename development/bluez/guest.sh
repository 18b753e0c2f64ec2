# Sourced by scripts/bluez: the guest's kernel, its bluetoothd, and how it is run.
# shellcheck shell=bash

KERNEL=6.12 KERNEL_SUITE=trixie
GUEST_MEMORY=3G
GUEST_TAKES=3600 # seconds at most

# Sets LINUX to the guest's kernel, a program; builds it once for each content of its configuration.
ensure_kernel() {
  local of work tools repository=$PWD
  of=$(cat development/bluez/kernel.config development/bluez/kernel.patch | sha256sum | cut -c 1-12)
  LINUX=$CACHE/bluez/linux-$KERNEL-$of
  [ -x "$LINUX" ] && return
  for tool in gcc make git python3 perl xz; do
    command -v "$tool" >/dev/null || fail "The guest's kernel is built from source, which needs $tool."
  done
  say "Building the guest's kernel: five minutes on two idle cores, much more on busy ones ..."
  work=$CACHE/bluez/build tools=$CACHE/bluez/build/tools
  rm -rf "$work"
  unpack_debian "$KERNEL_SUITE" "$work" "linux-source-$KERNEL"
  unpack_debian "$(. /etc/os-release && echo "$VERSION_CODENAME")" "$tools" flex bison m4 bc
  tar xJf "$work/usr/src/linux-source-$KERNEL.tar.xz" -C "$work"
  (
    cd "$work/linux-source-$KERNEL"
    GIT_CEILING_DIRECTORIES=$work git apply "$repository/development/bluez/kernel.patch"
    export PATH=$tools/usr/bin:$PATH M4=$tools/usr/bin/m4 BISON_PKGDATADIR=$tools/usr/share/bison
    make ARCH=um defconfig
    scripts/kconfig/merge_config.sh -m .config "$repository/development/bluez/kernel.config"
    make ARCH=um olddefconfig
    nice make ARCH=um -j"$(nproc)" linux
  ) >"$logs/kernel.txt" 2>&1 || fail "The guest's kernel could not be built: see $logs/kernel.txt."
  mv "$work/linux-source-$KERNEL/linux" "$LINUX"
  rm -rf "$work"
}

# own_libraries PROGRAM: prints how to start what was unpacked, with the libraries that came with it.
own_libraries() {
  local libraries=$BLUEZ/usr/lib/x86_64-linux-gnu
  printf '%s' "$libraries/ld-linux-x86-64.so.2 --library-path $libraries $1"
}

# Sets BLUEZ to a directory with the bluetoothd and dbus-daemon of a suite, with libraries of their own.
ensure_bluez() {
  BLUEZ=$CACHE/bluez/$1
  [ -e "$BLUEZ/complete" ] && return
  say "Unpacking bluetoothd of Debian $1 ..."
  rm -rf "$BLUEZ"
  unpack_debian "$1" "$BLUEZ" bluez dbus-daemon libapparmor1 libasound2t64 libatomic1 libaudit1 libblkid1 libbz2-1.0 libc6 \
    libcap-ng0 libcap2 libdbus-1-3 libdw1t64 libelf1t64 libexpat1 libffi8 libgcc-s1 libglib2.0-0t64 libjson-c5 liblzma5 \
    libmount1 libpcre2-8-0 libreadline8t64 libselinux1 libsystemd0 libtinfo6 libudev1 libzstd1 zlib1g
  # bleak asks it for the version of BlueZ.
  mkdir -p "$BLUEZ/bin"
  printf '#!/bin/sh\nexec %s "$@"\n' "$(own_libraries "$BLUEZ/usr/bin/bluetoothctl")" >"$BLUEZ/bin/bluetoothctl"
  chmod +x "$BLUEZ/bin/bluetoothctl"
  touch "$BLUEZ/complete"
}

# Boots the guest, which tries the integration; ends as that does.
run_guest() {
  local run guest
  run=$(mktemp -d)
  mkdir "$run/logs"
  {
    printf 'cd %q\nexport PATH=%q:$PATH\n' "$PWD" "$BLUEZ/bin"
    # As Home Assistant's own system starts it: -E for passive scans.
    printf '%q ' exec .venv/develop/bin/python -m development.bluez --logs /run/host/logs "${options[@]}" \
      --dbus "$(own_libraries "$BLUEZ/usr/bin/dbus-daemon") --config-file=$PWD/development/bluez/bus.conf --nofork --nopidfile" \
      --bluetoothd "$(own_libraries "$BLUEZ/usr/libexec/bluetooth/bluetoothd") -n -d -E"
  } >"$run/command"
  say "Booting the guest ..."
  setsid timeout "$GUEST_TAKES" "$LINUX" mem="$GUEST_MEMORY" uml_dir="$run/" root=/dev/root rootfstype=hostfs rootflags=/ ro \
    init="$PWD/development/bluez/init" run="$run" now="$(date +%s)" con=null con0=null,fd:1 quiet </dev/null &
  guest=$!
  trap 'kill -- -$guest 2>/dev/null || true' EXIT
  trap 'exit 130' INT TERM
  wait "$guest" || true
  trap - EXIT
  cp -r "$run/logs/." "$logs"
  local result
  result=$(cat "$run/result" 2>/dev/null || true)
  rm -rf "$run"
  [ "$result" ] || fail "The guest ended without a result."
  say "What the parts said is in $logs."
  exit "$result"
}
