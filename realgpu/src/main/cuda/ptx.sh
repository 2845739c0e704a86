#!/bin/sh
# Compiles every kernel file to PTX:  ptx.sh OUT_DIR [file.cu ...]
# nvcc always declares its own, newest ISA; the kernels need 7.8 (CUDA 11.8, driver 520), so that is what the header
# says; decode_bulk.cu needs 8.0 (CUDA 12.0, driver 525) and sm_90. A compiler refuses anything newer than the header declares, so the rewrite cannot hide a mistake. The pragma
# used_bytes_mask is a note to checkers (ISA 8.3) and is dropped.
set -eu
out=$1
shift
cd "$(dirname "$0")"
mkdir -p "$out"
[ $# -gt 0 ] || set -- *.cu
for file; do
  name=$(basename "$file" .cu)
  case $name in
    *_bulk) arch=compute_90 isa=8.0 ;;
    *) arch=compute_80 isa=7.8 ;;
  esac
  "${NVCC:-nvcc}" -std=c++17 -arch=$arch -ptx -o "$out/$name.tmp" "$file"
  sed -e 's/^\.version .*/.version '"$isa"'/' -e '/\.pragma "used_bytes_mask/d' "$out/$name.tmp" > "$out/$name.ptx"
  rm "$out/$name.tmp"
done
