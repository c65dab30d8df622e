#!/usr/bin/env bash
# The tests of what leans on Keras's own trainer, against the oldest and the newest Keras that
# pyproject.toml allows: training overrides methods of it that no release promises to keep.
#
# Usage: tests/keras_versions.sh [FOLDER] [TEST...]
# Each version goes into a folder of its own in FOLDER (a temporary one by default), in front of
# what is installed, of which everything else is used. Not part of every run: it needs an index of
# packages, and takes some minutes a version.
set -euo pipefail
cd "$(dirname "$0")/.."
folder=$(realpath -m "${1:-$(mktemp -d)}")
tests=("${@:2}")
if [ ${#tests[@]} -eq 0 ]; then
  tests=(tests/test_training.py tests/conformance/test_training.py tests/conformance/test_replicas.py
         -k "not conformance or vae-conv or gan-everything or vqvae-ema or prior-masked")
fi

# "keras>=3.12,<4" in pyproject.toml: the oldest is 3.12.0, the newest what the index has.
range=$(sed -nE 's/^ *"keras(>=[^"]*)".*/\1/p' pyproject.toml)
oldest=$(sed -E 's/^>=([0-9]+\.[0-9]+).*/\1.0/' <<< "$range")

failed=0
for which in "oldest ==$oldest" "newest $range"; do
  read -r name version <<< "$which"
  python3 -m pip install --quiet --no-deps --upgrade --target "$folder/$name" "keras$version"
  export PYTHONPATH="$folder/$name"
  echo "The $name Keras: $(python3 -c 'import keras; print(keras.__version__)' 2> /dev/null)"
  python3 -m pytest -n 0 "${tests[@]}" || failed=1
done
exit $failed
