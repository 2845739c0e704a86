#!/usr/bin/env bash
# Runs the notebooks without a browser: notebooks/run.sh [--write] [NOTEBOOK.ipynb ..]
# Installs what it lacks where it may: Jupyter's parts from Debian, the Java kernel from Maven Central.
# Executed copies go to target/notebooks; --write puts them in place of the committed ones. Exit code 3: no Jupyter here.
set -euo pipefail
cd "$(dirname "$0")/.."
home=$PWD
kernel=io.github.padreati:rapaio-jupyter-kernel:3.0.1
work=$home/target/notebooks

python=/usr/bin/python3 # Debian's, whatever else is on the path
skip() {
  echo "notebooks: $*" >&2
  exit 3
}

if ! "$python" -c 'import nbclient, nbformat, jupyter_client' 2>/dev/null; then
  packages="python3-nbclient python3-nbformat python3-jupyter-client"
  # shellcheck disable=SC2086
  [ "$(id -u)" = 0 ] && apt-get update -q && apt-get install -y -q --no-install-recommends $packages \
    || skip "Jupyter is not here and cannot be installed; on Debian it is $packages"
fi

./kvlab --version >/dev/null # builds first if need be
java=${JAVA_HOME:+$JAVA_HOME/bin/}java
"$java" --list-modules | grep -q '^jdk.jshell' || skip "$java has no JShell; a JDK is needed"

jar=$work/rapaio-jupyter-kernel-3.0.1.jar
[ -f "$jar" ] || mvn -B -q -N dependency:copy -Dartifact=$kernel -DoutputDirectory="$work" \
  || skip "the Java kernel $kernel cannot be had"

mkdir -p "$work/kernels/java"
cat >"$work/kernels/java/kernel.json" <<JSON
{"argv": ["$java", "-XX:+UseSerialGC", "-Djava.awt.headless=true", "-Dslf4j.internal.verbosity=ERROR", "-cp",
  "$jar:$home/simulator/target/kvlab.jar:$home/simulator/target/lib/*",
  "org.rapaio.jupyter.kernel.MainApp", "{connection_file}"],
 "display_name": "Java (kvlab)", "language": "java", "interrupt_mode": "message"}
JSON

write=
if [ "${1:-}" = --write ]; then
  write=yes
  shift
fi
[ $# -gt 0 ] || set -- notebooks/*.ipynb
for notebook in "$@"; do
  echo "notebook: $notebook"
  log=$work/$(basename "$notebook" .ipynb).log
  for attempt in 1 2 3; do # its threads, and those who took its ports, may be quicker than the kernel
    JUPYTER_PATH=$work "$python" notebooks/execute.py "$notebook" "$work/$(basename "$notebook")" >"$log" 2>&1 && break
    if [ "$attempt" = 3 ] || grep -q CellExecutionError "$log"; then
      cat "$log" >&2
      exit 1
    fi
  done
  [ -z "$write" ] || cp "$work/$(basename "$notebook")" "$notebook"
done
