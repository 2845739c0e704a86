#!/usr/bin/env python3
"""Breaks the tensor-core decode kernels in one place at a time and counts which of the mistakes the decode tests notice.

    mutate.py BUILD_DIR     prints and writes the table mutants.md; fails if fewer than 12 are killed

A mutant is killed by values if the tests fail, and by AddressSanitizer if only a build with it does; some values are wrong
only under a random schedule of the threads. The list is that
of the mistakes one makes in such a kernel: a wrong index, mask, fragment, reduction, barrier or bound.
"""
import os
import re
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
CUDA = os.path.join(HERE, "..", "..", "main", "cuda")
NEEDED = 12
TESTED = ("(paged_decode_mma_bf16_d128", "(paged_decode_bulk_bf16_d128")

# name, file, what is replaced (once), by what
MUTANTS = [
    ("missing barrier", "decode_mma.cu", "  __syncthreads();\n", ""),
    ("fragment order of K", "decode_tensor.cuh", "a0[4] = {low.x, high.x, low.y, high.y}", "a0[4] = {low.x, low.y, high.x, high.y}"),
    ("permutation selector of V", "decode_tensor.cuh", "a[3] = permuteBytes(w[2], w[3], 0x7632)", "a[3] = permuteBytes(w[2], w[3], 0x5410)"),
    ("weights not transposed", "decode_tensor.cuh", "transpose8x8(pack2<T>(weights[0], weights[1]))", "pack2<T>(weights[0], weights[1])"),
    ("one output not rescaled", "decode_tensor.cuh", "o[1] *= rescale.y, ", ""),
    ("sum not reduced", "decode_tensor.cuh", "    sum[0] = sumLanes<4, 32>(sum[0]);\n", ""),
    ("maximum over half the lanes", "decode_tensor.cuh", "maxLanes<4, 32>(fmaxf", "maxLanes<4, 16>(fmaxf"),
    ("mask off by one", "decode_tensor.cuh", "{lane.g <= lastToken,", "{lane.g < lastToken,"),
    ("tail of V not cleared", "decode_mma.cu", "    if (lastToken < TILE_TOKENS - 1) values.clearTail(lastToken, lane);\n", ""),
    ("page stride", "kv_layout.cuh", "token - index(token) * pageTokens", "token"),
    ("end of the part ignored", "decode_mma.cu", "const int lastToken = item.end - 1 - t;", "const int lastToken = item.end + 63 - t;"),
    ("KV head ignored", "kv_layout.cuh", "((size_t) page * kvHeads + kvHead) * pageTokens", "((size_t) page * kvHeads) * pageTokens"),
    ("page read ahead off by one tile", "decode_mma.cu", "nextPage = row.page(t + 2 * STEP)", "nextPage = row.page(t + STEP)"),
    ("one part too few awaited", "decode.cuh", "(unsigned) parts - 1", "(unsigned) parts - 2"),
    ("count of parts left", "decode.cuh", "    if (isLast) *done = 0;\n", ""),
    ("padded heads read", "decode_tensor.cuh", "      if (lane.g < group) v = loadStreaming16(", "      v = loadStreaming16("),
    ("slot given away before it is read", "decode_bulk.cu", "    __syncwarp();  // all lanes have read the slot\n", ""),
    ("ring's parity kept", "decode_bulk.cu", "    parity ^= 1;\n", ""),
    ("bulk copies of half a tile", "decode_bulk.cu", "p.valuePool + at, sizeof to.value,", "p.valuePool + at, sizeof to.value / 2,"),
    ("page of the ring off by one tile", "decode_bulk.cu", "nextPage = row.page(t + (STAGES + 1) * STEP)", "nextPage = row.page(t + STAGES * STEP)"),
    ("rings overwritten before all are done", "decode_bulk.cu", "  __syncthreads();  // the rings are done with\n", ""),
]


def outcome(folder, flags, environment):
    """'survives', or the first words of what went wrong."""
    program = os.path.join(folder, "tests")
    sources = [os.path.join(HERE, f) for f in ("decode_mutant.cpp", "main.cpp")]
    subprocess.run(["g++", "-std=c++17", "-O1", "-w", "-DKVLAB_CPU", *flags, "-I" + folder,
                    "-I" + CUDA, "-I" + HERE, "-o", program, *sources, "-lpthread"], check=True)
    try:
        run = subprocess.run([program], capture_output=True, text=True, timeout=300,
                             env={**os.environ, **environment})
    except subprocess.TimeoutExpired:
        return "does not end"
    if run.returncode == 0:
        return "survives"
    lines = [l.strip() for l in (run.stderr + run.stdout).splitlines() if "FAILED" in l or "CPU twin: " in l or "ERROR" in l]
    # AddressSanitizer's first line goes on with a process and addresses that differ from run to run
    return re.sub(r"^==\d+==ERROR: (AddressSanitizer: \S+).*", r"\1", lines[0].replace("FAILED ", "")) if lines else "exit status %d" % run.returncode


def mutate(folder, file, old, new):
    os.makedirs(folder, exist_ok=True)
    for name in ("decode_mma.cu", "decode_bulk.cu", "decode_tensor.cuh", "kv_layout.cuh", "decode.cuh"):  # quoted includes look beside the file first
        with open(os.path.join(CUDA, name)) as source:
            text = source.read()
        if name == file:
            if text.count(old) != 1:
                sys.exit("%s: %d places instead of 1 to replace: %s" % (file, text.count(old), old))
            text = text.replace(old, new)
        # compiling only the variant that decode_mutant.cpp tests saves most of the time
        text = "".join(l for l in text.splitlines(True) if not l.startswith("KV_KERNEL") or l.split(",")[0].endswith(TESTED))
        with open(os.path.join(folder, name), "w") as target:
            target.write(text)


def main(build):
    asan = ["-fsanitize=address", "-fno-omit-frame-pointer"]
    mutate(os.path.join(build, "none"), None, None, None)
    unbroken = outcome(os.path.join(build, "none"), [], {})
    if unbroken != "survives":
        sys.exit("the unbroken kernel fails: " + unbroken)
    rows, killed = [], 0
    for i, (name, file, old, new) in enumerate(MUTANTS):
        folder = os.path.join(build, str(i))
        mutate(folder, file, old, new)
        result, by = outcome(folder, [], {}), "values"
        if result == "survives":  # threads in another order, copies as early as can be
            result, by = outcome(folder, [], {"KVLAB_CPU_SEED": "1"}), "values under a random schedule"
        if result == "survives":
            result, by = outcome(folder, asan, {"ASAN_OPTIONS": "detect_stack_use_after_return=0"}), "AddressSanitizer"
        elif result.startswith("exit status -"):
            by = "a crash"
        killed += result != "survives"
        rows.append("| %s | %s | %s |" % (name, "survives" if result == "survives" else "killed by " + by,
                                         "" if result == "survives" else result[:90].replace("|", "/")))
        print(rows[-1], flush=True)
    table = "| mutant | outcome | first message |\n|---|---|---|\n" + "\n".join(rows) + "\n"
    text = "Written by mutate.py: mistakes put into the tensor-core decode kernels one at a time, and whether the decode tests notice.\n\n"
    with open(os.path.join(HERE, "mutants.md"), "w") as out:
        out.write(text + table + "\n%d of %d killed\n" % (killed, len(MUTANTS)))
    print("%d of %d killed" % (killed, len(MUTANTS)))
    return killed < NEEDED


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
