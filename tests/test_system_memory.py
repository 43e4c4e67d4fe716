"""Memory that is free goes back to the system (Linux with glibc; elsewhere nothing is promised)."""

import platform
import subprocess
import sys

import psutil
import pytest

from tests.visiting import ROOT

MEGABYTES = 150

# Blocks too small to be mapped on their own, of which every second one is freed: holes that the C library keeps.
HOLES = f"""
import time
import psutil
from pages.parts.compute import system_memory

def held():
    return psutil.Process().memory_info().rss

system_memory.set_up()
system_memory._EVERY = 0.2
blocks = [bytearray(b"x" * 100_000) for _ in range(2 * {MEGABYTES} * 10)]
full = held()
del blocks[::2]
kept = full - held()
system_memory.give_back_regularly()
deadline = time.monotonic() + 30
while full - held() < 0.9e6 * {MEGABYTES} and time.monotonic() < deadline:
    time.sleep(0.05)
print(kept, full - held())
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="glibc's way of keeping memory; this is another C library")
def test_holes_between_what_is_in_use_go_back_and_only_then():
    assert psutil.virtual_memory().available > 4e6 * MEGABYTES, "too little memory is free for this test"
    run = subprocess.run([sys.executable, "-c", HOLES], cwd=ROOT, capture_output=True, text=True, check=True, timeout=120)
    at_once, later = map(int, run.stdout.split())
    assert at_once < 0.1e6 * MEGABYTES
    assert later > 0.9e6 * MEGABYTES
