"""Chooses the device for networks, and the device for float64 sums."""

import torch


def available_devices() -> list[str]:
    """The devices of this machine, the fastest first."""
    accelerators = [("cuda", torch.cuda.is_available()), ("mps", torch.backends.mps.is_available())]
    return [name for name, present in accelerators if present] + ["cpu"]


def choose_device(name: str = "auto") -> torch.device:
    """The device called `name`, or the fastest one for "auto".

    Raises:
        ValueError: `name` is not a device of this machine.
    """
    present = available_devices()
    if name == "auto":
        return torch.device(present[0])
    if name not in present:
        raise ValueError(f"device must be auto or one of {', '.join(present)}; got {name!r}.")
    return torch.device(name)


def summation_device(device: torch.device) -> torch.device:
    """The device for float64 sums of tensors on `device`: the same, or the CPU for Apple's GPUs, which lack float64."""
    return torch.device("cpu") if device.type == "mps" else device
