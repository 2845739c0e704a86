#!/usr/bin/env python3
"""Compiles every kernel for every architecture and holds it to budgets.csv.

    budgets.py            fails if a kernel spills, is missing or uses more than its line allows
    budgets.py --write    writes what ptxas reports now, also into the last lines of the sources' headers
    budgets.py NAME ...   prints the lines of the named files and compares nothing

Needs nvcc and ptxas. The columns threads (per block), registers (per thread) and shared_bytes (per block) are ptxas's;
the column budget is what a compiler of another version may use: 8 registers more, rounded up to the 8 in which
processors allocate them.
"""
import csv
import os
import re
import subprocess
import sys
import tempfile

ARCHITECTURES = ["sm_80", "sm_86", "sm_89", "sm_90"]
HEADER = ["kernel", "arch", "threads", "registers", "shared_bytes", "budget"]
HERE = os.path.dirname(os.path.abspath(__file__))
BUDGETS = os.path.join(HERE, "budgets.csv")


def compile_files(files):
    """Yields (kernel, arch, threads, registers, shared bytes, bytes spilled)."""
    with tempfile.TemporaryDirectory() as out:
        for file in files:
            subprocess.run([os.path.join(HERE, "ptx.sh"), out, file], check=True)
            ptx = os.path.join(out, os.path.splitext(file)[0] + ".ptx")
            with open(ptx) as source:
                text = source.read()
            threads = dict(re.findall(r"\.entry (\w+)\([^)]*\)\s*\.maxntid (\d+)", text))
            oldest = re.search(r"^\.target (sm_\d+)", text, re.MULTILINE)[1]
            for arch in (a for a in ARCHITECTURES if a >= oldest):
                log = subprocess.run(["ptxas", "-v", "-arch=" + arch, "-o", os.devnull, ptx],
                                     check=True, capture_output=True, text=True).stderr
                for part in log.split("Compiling entry function ")[1:]:
                    kernel = part.split("'")[1]
                    shared = re.search(r"(\d+) bytes smem", part)
                    spilled = re.search(r"(\d+) bytes spill stores, (\d+) bytes spill loads", part)
                    yield (kernel, arch, int(threads[kernel]), int(re.search(r"Used (\d+) registers", part)[1]),
                           int(shared[1]) if shared else 0, int(spilled[1]) + int(spilled[2]))


def describe(measured):
    """The header lines of a file with these kernels: the most that any of them needs."""
    architectures = [a for a in ARCHITECTURES if any(m[1] == a for m in measured)]
    registers = [str(max(m[3] for m in measured if m[1] == arch)) for arch in architectures]
    return ("// Resources (ptxas 13.0, most of this file): %s registers on %s;\n"
            "// no spills; %d bytes of shared memory.\n"
            % (", ".join(registers), ", ".join(architectures), max(m[4] for m in measured)))


def write_header(file, measured):
    path = os.path.join(HERE, file)
    with open(path) as source:
        text = source.read()
    text, found = re.subn(r"// Resources .*\n// no spills; .*\n", describe(measured), text, count=1)
    if not found:
        sys.exit(file + ": the header comment has no line 'Resources'")
    with open(path, "w") as source:
        source.write(text)


def main(arguments):
    files = sorted(f for f in os.listdir(HERE) if f.endswith(".cu"))
    names = [a for a in arguments if not a.startswith("-")]
    by_file = {f: list(compile_files([f])) for f in ([n + ".cu" for n in names] or files)}
    measured = [m for of_file in by_file.values() for m in of_file]
    faults = ["%s %s spills %d bytes" % (m[0], m[1], m[5]) for m in measured if m[5]]
    if names:
        for m in sorted(measured):
            print("%-40s %s  threads %4d  registers %3d  shared %5d" % m[:5])
    elif "--write" in arguments:
        with open(BUDGETS, "w", newline="") as out:
            writer = csv.writer(out, lineterminator="\n")
            writer.writerow(HEADER)
            writer.writerows([*m[:5], (m[3] + 15) // 8 * 8] for m in sorted(measured))
        for file, of_file in by_file.items():
            write_header(file, of_file)
    else:
        with open(BUDGETS, newline="") as lines:
            budget = {(b["kernel"], b["arch"]): [int(b[c]) for c in HEADER[2:]] for b in csv.DictReader(lines)}
        found = {m[:2]: list(m[2:5]) for m in measured}
        faults += ["%s %s is in only one of budgets.csv and the sources" % k for k in budget.keys() ^ found.keys()]
        for key in budget.keys() & found.keys():
            threads, registers, shared = found[key]
            if threads != budget[key][0] or registers > budget[key][3] or shared > budget[key][2]:
                faults.append("%s %s: %s, budget %s" % (*key, found[key], budget[key]))
    for fault in sorted(faults):
        print(fault, file=sys.stderr)
    print("%d kernels, %d compilations, %d faults" % (len({m[0] for m in measured}), len(measured), len(faults)))
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
