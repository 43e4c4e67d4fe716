"""What the server asks the processes that compute about themselves: modules that load torch, in functions alone."""

from pages.parts.compute.workers import in_process


@in_process
def device_sentence() -> str:
    """The devices of the machine that computes, and the one of them that does."""
    from vaecore.core.devices import available_devices, choose_device

    return f"Devices of this machine: {', '.join(available_devices())}. Computing on: {choose_device()}."
