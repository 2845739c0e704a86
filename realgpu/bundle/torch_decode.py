#!/usr/bin/env python3
"""Decode attention of PyTorch on the shapes of DecodeSweep, so that the project's kernel is compared on one machine.

    torch_decode.py OUT.csv

32 query heads on 8 KV heads of 128, bf16, contiguous K and V, as many layers in turn as the L2 forgets; a CUDA graph
of all of them between two events, median of 30. Backends: FlashAttention-2 and cuDNN.
"""
import sys

import torch
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.nn.functional import scaled_dot_product_attention

BATCHES = [(1, 1024), (1, 16384), (8, 1024), (8, 8192), (32, 4096), (64, 8192), (128, 4096), (256, 1024)]
HEADS, KV_HEADS, SIZE = 32, 8, 128
REPEATS, LEAST_US = 30, 250


def micros(run, layers):
    stream = torch.cuda.Stream()
    with torch.cuda.stream(stream):
        run(0)
        torch.cuda.synchronize()
        start, end = torch.cuda.Event(enable_timing=True), torch.cuda.Event(enable_timing=True)
        start.record()
        run(0)
        end.record()
        torch.cuda.synchronize()
        works = max(layers, min(512, int(LEAST_US / (start.elapsed_time(end) * 1e3)) + 1))
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        for i in range(works):
            run(i % layers)
    graph.replay()
    events = [torch.cuda.Event(enable_timing=True) for _ in range(REPEATS + 1)]
    events[0].record()
    for event in events[1:]:
        graph.replay()
        event.record()
    torch.cuda.synchronize()
    times = sorted(a.elapsed_time(b) * 1e3 / works for a, b in zip(events, events[1:]))
    return times[len(times) // 2]


def main(path):
    cache = torch.cuda.get_device_properties(0).L2_cache_size
    with open(path, "w") as out:
        out.write("batch,context,kernel,time_us,gb_per_s\n")
        for batch, context in BATCHES:
            size = 2 * 2 * batch * context * KV_HEADS * SIZE
            layers = min(256, 2 * cache // size + 1)
            query = torch.randn(batch, HEADS, 1, SIZE, device="cuda", dtype=torch.bfloat16)
            keys = [torch.randn(batch, KV_HEADS, context, SIZE, device="cuda", dtype=torch.bfloat16) for _ in range(layers)]
            values = [torch.randn_like(k) for k in keys]
            for backend in (SDPBackend.FLASH_ATTENTION, SDPBackend.CUDNN_ATTENTION):
                try:
                    with sdpa_kernel(backend):
                        time = micros(lambda i: scaled_dot_product_attention(query, keys[i], values[i], enable_gqa=True), layers)
                    out.write("%d,%d,%s,%.2f,%.1f\n" % (batch, context, backend.name.lower(), time, size / time / 1e3))
                except RuntimeError as error:
                    out.write("%d,%d,%s,,%s\n" % (batch, context, backend.name.lower(), str(error).splitlines()[0].replace(",", ";")))
                out.flush()


if __name__ == "__main__":
    with torch.inference_mode():
        main(sys.argv[1])
