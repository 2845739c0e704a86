#!/bin/sh
# Compiles every kernel to the PTX that is shipped, and notes which sources and compiler it came from:  ship.sh [OUT_DIR]
# Same sources and same nvcc give the same bytes, wherever and whenever. The tests hold sources and PTX to shipped.sha256.
set -eu
cd "$(dirname "$0")"
out=${1:-../resources/kvlab/gpu/kernel}
./ptx.sh "$out"
{
  echo "# $("${NVCC:-nvcc}" --version | grep -o 'release.*')"
  LC_ALL=C sha256sum -- *.cu *.cuh ptx.sh
  (cd "$out" && LC_ALL=C sha256sum -- *.ptx)
} >"$out/shipped.sha256.tmp"
mv "$out/shipped.sha256.tmp" "$out/shipped.sha256"
