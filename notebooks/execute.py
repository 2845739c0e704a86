"""Executes one notebook with the Java kernel: execute.py NOTEBOOK OUT.

The kernel (rapaio 3.0.1) loses its message loop when a message is there before it is ready for one, so that nbconvert, which
sends at once, hangs now and then. Here the client connects once the kernel listens.
"""

import os
import socket
import sys
import time

import nbformat
from jupyter_client.manager import KernelManager
from nbclient import NotebookClient

SECONDS_TO_START = 120
SECONDS_TO_SETTLE = 1.5  # from listening to being ready
SECONDS_A_CELL = 300


def listens(port):
    with socket.socket() as attempt:
        return attempt.connect_ex(("127.0.0.1", port)) == 0


def started():
    manager = KernelManager(kernel_name="java")
    manager.start_kernel(cwd=os.path.dirname(os.path.abspath(sys.argv[1])))
    deadline = time.monotonic() + SECONDS_TO_START
    while not listens(manager.shell_port):
        if time.monotonic() > deadline or not manager.is_alive():
            manager.shutdown_kernel(now=True)
            raise RuntimeError("the kernel did not start")
        time.sleep(0.2)
    time.sleep(SECONDS_TO_SETTLE)
    return manager


notebook = nbformat.read(sys.argv[1], as_version=4)
manager = started()
try:
    NotebookClient(
        notebook, km=manager, timeout=SECONDS_A_CELL, startup_timeout=30, record_timing=False
    ).execute()
finally:
    if manager.has_kernel:
        manager.shutdown_kernel(now=True)
nbformat.write(notebook, sys.argv[2])
