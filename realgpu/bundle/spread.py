#!/usr/bin/env python3
"""How far two runs of the suite are apart, point by point:  spread.py RUN_DIR REPEAT_DIR > spread.csv

For every file of points that both folders have (columns ending in use, predicted_us, measured_us): the differences of
what was measured, in percent of the first.
"""
import csv
import os
import sys


def points(path):
    with open(path) as file:
        rows = list(csv.reader(file))
    return {tuple(row[:-3]): float(row[-1]) for row in rows[1:]} if rows[0][-3:] == ["use", "predicted_us", "measured_us"] else {}


def main(first, second):
    print("file,points,median_pct,p95_pct,largest_pct")
    for name in sorted(os.listdir(first)):
        if not name.endswith(".csv") or not os.path.exists(os.path.join(second, name)):
            continue
        a, b = points(os.path.join(first, name)), points(os.path.join(second, name))
        apart = sorted(100 * abs(b[key] / a[key] - 1) for key in a if key in b)
        if apart:
            last = len(apart) - 1
            print("%s,%d,%.2f,%.2f,%.2f" % (name, len(apart), apart[last // 2], apart[int(0.95 * last)], apart[last]))


if __name__ == "__main__":
    main(*sys.argv[1:])
