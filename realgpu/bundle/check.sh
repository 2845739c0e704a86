#!/bin/bash
# Everything that a GPU can be asked, in stages that do not depend on each other:  check.sh OUT [STAGE[=SECONDS] ..]
#
#   facts      the device, its driver, whether that has all functions that JCuda may call
#   numerics   the kernels' tests on the device: conformance of the primitives, float64 references
#   memcheck, racecheck   the same tests under compute-sanitizer, where it is installed
#   sweep      decode attention by how its work is cut
#   step-sweep what decode attention costs among the other kernels of a step, by kernel
#   torch      PyTorch's decode attention on the same shapes, where there is PyTorch
#   any other  a part of kvlab validate gpu: m1, m2, m3, k1, k2-k4, c1, g1, p1, s1, e1-e2
#
# A stage that fails or takes longer than its seconds does not stop the others. OUT gets a log per stage, what the
# stages write, and stages.txt: exit code and seconds of each. Stages joined by + run side by side. With KVLAB_TWIN=1
# all of it runs on the CPU twin, to try the script itself. CHECK_TAR=FILE packs OUT after every stage.
set -u
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
out=${1:?check.sh OUT [STAGE[=SECONDS] ..]}
shift
mkdir -p "$out"
out=$(CDPATH='' cd -- "$out" && pwd)
[ $# -gt 0 ] || set -- facts numerics+memcheck=120+racecheck=200 m1 m2 m3 k1 k2-k4 c1 g1 p1 s1 e1-e2=200
twin=${KVLAB_TWIN:+--cpu-twin}
on_gpu=true
[ -z "$twin" ] || on_gpu=false
export CUDA_CACHE_PATH=${CUDA_CACHE_PATH:-${TMPDIR:-/tmp}/kvlab-cuda-cache} # or every stage compiles the kernels again

facts() {
  uname -a
  nproc
  free -g
  command -v nvidia-smi && nvidia-smi && nvidia-smi -q -d CLOCK,POWER,TEMPERATURE,ECC
  library=$(ldconfig -p | awk '/libcuda\.so\.1 /{print $NF; exit}')
  library=${library:-/usr/local/nvidia/lib64/libcuda.so.1}
  echo "driver library $library"
  if command -v nm >/dev/null; then
    nm -D "$here"/natives/libJCudaDriver*.so | awk '$1 == "U" && $2 ~ /^cu[A-Z]/{print $2}' | sort -u >"$out/wanted.txt"
    nm -D "$library" | awk '$2 ~ /[TW]/{print $3}' | sed 's/@.*//' | sort -u >"$out/there.txt"
    echo "functions that JCuda may call and the driver lacks, of $(wc -l <"$out/wanted.txt"):"
    comm -23 "$out/wanted.txt" "$out/there.txt"
    rm "$out/wanted.txt" "$out/there.txt"
  fi
}

tests() {
  export KVLAB_CLASSES="$here/tests/classes:$(echo "$here"/tests/*.jar)"
  export KVLAB_MAIN=org.junit.platform.console.ConsoleLauncher
  export KVLAB_JAVA_OPTIONS="-Dkvlab.test.gpu=$on_gpu -Dkvlab.test.slow=${slow:-false}"
  local classes=()
  for class; do classes+=(--select-class "kvlab.gpu.$class"); done
  $sanitizer "$here/kvlab" execute --disable-banner --disable-ansi-colors --details=tree "${classes[@]}"
}

sanitize() {
  command -v compute-sanitizer || { echo 'compute-sanitizer is not installed'; return 3; }
  sanitizer="compute-sanitizer --tool $1 --target-processes all --error-exitcode 99 --print-limit 20"
  shift
  tests "$@"
}

stage() {
  sanitizer=
  case $1 in
    facts) facts ;;
    numerics)
      tests kernel.ConformanceTest kernel.DenseTest kernel.SlotsTest kernel.AttentionTest device.DeviceTest \
        run.ContentCheckTest ;;
    memcheck) sanitize memcheck kernel.ConformanceTest kernel.DenseTest kernel.SlotsTest kernel.AttentionTest ;;
    racecheck) slow=true sanitize racecheck kernel.ConformanceTest kernel.DenseTest kernel.AttentionTest ;;
    sweep)
      KVLAB_CLASSES="$here/tests/classes" KVLAB_MAIN=kvlab.gpu.validate.DecodeSweep "$here/kvlab" "$out/sweep.csv" ;;
    step-sweep)
      KVLAB_CLASSES="$here/tests/classes" KVLAB_MAIN=kvlab.gpu.run.StepSweep "$here/kvlab" "$out/step-sweep.csv" ;;
    torch) python3 "$here/torch_decode.py" "$out/torch.csv" ;;
    *) "$here/kvlab" validate gpu $twin --out "$out/suite" --parts "$1" ;;
  esac
}

bounded() { # name, seconds
  local start=$SECONDS
  timeout -k 5 "$2" "$0" "$out" "run:$1" >"$out/$1.log" 2>&1
  echo "$1: exit $?, $((SECONDS - start)) s" | tee -a "$out/stages.txt"
}

case $1 in
  run:*)
    stage "${1#run:}"
    exit
    ;;
esac
for group; do
  for one in ${group//+/ }; do
    seconds=60
    [ "$one" = "${one#*=}" ] || seconds=${one#*=}
    bounded "${one%%=*}" "$seconds" &
  done
  wait
  [ -z "${CHECK_TAR:-}" ] || tar -C "$out" -czf "$CHECK_TAR" .
done
