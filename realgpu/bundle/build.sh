#!/bin/sh
# Packs all that validates a GPU on an x86-64 Linux machine that has neither Java nor network:  build.sh [OUT.tgz]
# One folder, one command: kvlab-gpu/kvlab validate gpu. Needs a build (mvn -B -Dquick package) and a JDK with jlink.
# After mvn -B -Dquick -DskipTests -Pbundle package the tests of the kernels go along, with check.sh, which runs all
# there is; with g++ the CPU twin does, so that the bundle can be tried where there is no GPU (--cpu-twin).
set -eu
root=$(CDPATH='' cd -- "$(dirname -- "$0")/../.." && pwd)
out=${1:-$root/realgpu/target/kvlab-gpu.tgz}
jdk=${BUNDLE_JDK:-${JAVA_HOME:-$(dirname "$(dirname "$(readlink -f "$(command -v javac)")")")}}
limit=$((64 * 1024 * 1024))

for needed in simulator/target/kvlab.jar realgpu/target/kvlab-realgpu.jar realgpu/target/natives; do
  [ -e "$root/$needed" ] || { echo "bundle: $needed is not there; build first: mvn -B -Dquick package" >&2; exit 2; }
done

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
b=$work/kvlab-gpu
mkdir -p "$b/app/lib" "$b/natives"
case $("$jdk/bin/jlink" --version) in
  17* | 18* | 19* | 20*) compress=--compress=2 ;;
  *) compress=--compress=zip-9 ;;
esac
"$jdk/bin/jlink" --add-modules java.base,java.logging,java.management,java.xml,jdk.unsupported,jdk.zipfs \
  --strip-debug --no-header-files --no-man-pages $compress --output "$b/java"
cp "$root/simulator/target/kvlab.jar" "$root/realgpu/target/kvlab-realgpu.jar" "$b/app/"
# Not the chart libraries, which are more than all the rest: the suite draws its own.
for jar in "$root/simulator/target/lib/"*.jar "$root/realgpu/target/lib/"*.jar; do
  case ${jar##*/} in
    kvlab-* | picocli-* | fastcsv-* | jackson-* | zstd-jni-* | jspecify-* | jcuda-* | jna-*) cp "$jar" "$b/app/lib/" ;;
  esac
done
cp "$root"/realgpu/target/natives/libJCudaDriver*.so "$root"/realgpu/target/natives/libjnidispatch.so "$b/natives/"
cp "$root/LICENSE" "$b/"

tests=
if [ -d "$root/realgpu/target/runner" ] && [ -d "$root/realgpu/target/test-classes" ]; then
  tests=yes
  mkdir "$b/tests"
  cp "$root"/realgpu/target/runner/*.jar "$b/tests/"
  cp -r "$root/realgpu/target/test-classes" "$b/tests/classes"
  cp "$root/realgpu/bundle/check.sh" "$root/realgpu/bundle/torch_decode.py" "$b/"
fi

# The twin is built on first use; ask it to be.
twin=
if command -v g++ >/dev/null 2>&1; then
  "$root/kvlab" validate gpu --cpu-twin --parts m1 --out "$work/try" >/dev/null
  twin=$(ls -td "$root"/realgpu/target/twin/*/ | head -n 1)
  mkdir "$b/twin"
  cp "$twin"libcuda.so.1 "$twin"libkvlab_twin.so "$b/twin/"
fi

cat >"$b/kvlab" <<'EOF'
#!/bin/sh
# Runs kvlab with the Java that is beside it. The driver is looked for where the loader and containers have it.
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
export LD_LIBRARY_PATH="${LD_LIBRARY_PATH:+$LD_LIBRARY_PATH:}/usr/local/nvidia/lib64:/usr/lib/x86_64-linux-gnu"
twin=
[ -d "$here/twin" ] && twin=-Dkvlab.twin=$here/twin
case ${1:-} in
  replay | compare) set -- "$@" --no-charts ;;
esac
exec "$here/java/bin/java" -XX:+UseSerialGC -Djava.awt.headless=true --enable-native-access=ALL-UNNAMED \
  -Djava.library.path="$here/natives" -Djna.boot.library.path="$here/natives" -Dkvlab.home="$here" $twin \
  ${KVLAB_JAVA_OPTIONS:-} \
  -cp "$here/app/kvlab.jar:$here/app/kvlab-realgpu.jar${KVLAB_CLASSES:+:$KVLAB_CLASSES}" "${KVLAB_MAIN:-kvlab.cli.Main}" "$@"
EOF
chmod +x "$b/kvlab"

mkdir -p "$(dirname "$out")"
tar -C "$work" -czf "$out" kvlab-gpu
bytes=$(wc -c <"$out")
echo "$out: $bytes bytes${tests:+, with the tests}${twin:+, with the CPU twin}"
[ "$bytes" -lt "$limit" ] || { echo "bundle: more than $limit bytes" >&2; exit 1; }
