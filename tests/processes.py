"""What a server takes: the memory and the time of its process and of those that it has started."""

from contextlib import suppress

import psutil


def memory_of(pid: int) -> float:
    """Bytes of all together; on Linux a page that several share counts once."""
    return sum(_bytes_of(process) for process in _with_children(pid))


def cpu_of(pid: int) -> float:
    """Seconds that all have computed."""
    seconds = 0.0
    for process in _with_children(pid):
        with suppress(psutil.NoSuchProcess):
            seconds += sum(process.cpu_times()[:2])
    return seconds


def _with_children(pid: int) -> list[psutil.Process]:
    process = psutil.Process(pid)
    return [process, *process.children(recursive=True)]


def _bytes_of(process: psutil.Process) -> float:
    with suppress(psutil.NoSuchProcess, psutil.AccessDenied):
        used = process.memory_full_info()
        return float(getattr(used, "pss", used.uss))
    return 0.0
