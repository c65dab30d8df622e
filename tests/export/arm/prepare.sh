#!/usr/bin/env bash
# Makes DIR/{qemu,root,site}: an emulator of ARM processors, a Python for them and LiteRT for that.
#
#   tests/export/arm/prepare.sh DIR && TFGEN_ARM=DIR pytest tests/export/arm
#
# About half a minute and 200 MB, on Debian on x86; it installs nothing. Packages come from where
# apt and pip are told to look, but from one release: older emulators crash in LiteRT.
set -euo pipefail
release=trixie  # has qemu 10 and Python 3.13
directory=$(realpath -m "$1")
. /etc/os-release
mkdir -p "$directory"/{sources,qemu,root,site,wheels}
cd "$directory"

for file in /etc/apt/sources.list /etc/apt/sources.list.d/*.{list,sources}; do
  if grep -qsw "$VERSION_CODENAME" "$file"; then
    sed "s/\b$VERSION_CODENAME\b/$release/g" "$file" > "sources/$(basename "$file")"
  fi
done

apt_for() {  # ARCHITECTURE ARGUMENTS...: apt-get of the release, with a state of its own
  local state="$directory/apt-$1"
  mkdir -p "$state"/{lists,cache/archives}/partial
  touch "$state/status"
  apt-get -qq -o APT::Architecture="$1" -o APT::Architectures="$1" -o APT::Sandbox::User=root \
    -o Dir::State::status="$state/status" -o Dir::State::lists="$state/lists" \
    -o Dir::Cache="$state/cache" -o Dir::Etc::sourcelist=/dev/null \
    -o Dir::Etc::sourceparts="$directory/sources" -o Debug::NoLocking=1 "${@:2}"
}

host=$(dpkg --print-architecture)
apt_for "$host" update
apt_for "$host" download qemu-user
dpkg --fsys-tarfile qemu-user_*.deb | tar -x -C qemu ./usr/bin/qemu-aarch64

apt_for arm64 update
apt_for arm64 install -y --no-install-recommends --download-only python3 libstdc++6
for package in apt-arm64/cache/archives/*.deb; do dpkg -x "$package" root; done
ln -sfn usr/lib root/lib

litert=$(python3 -c 'import importlib.metadata as m; print(m.version("ai-edge-litert"))')
python3 -m pip download -q --only-binary=:all: --python-version 3.13 -d wheels \
  --platform manylinux_2_27_aarch64 --platform manylinux_2_28_aarch64 \
  --platform manylinux2014_aarch64 "ai-edge-litert==$litert"
for wheel in wheels/*.whl; do python3 -m zipfile -e "$wheel" site; done
rm -r apt-* sources wheels qemu-user_*.deb
