"""Under which address a phone in the same network reaches this server."""

import socket
import struct
from collections.abc import Iterable
from urllib.parse import urlsplit

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

_DESTINATIONS = ("192.0.2.1", "192.168.255.254", "10.255.255.254", "172.31.255.254")
_GET_ADDRESS = 0x8915  # SIOCGIFADDR of Linux


def is_loopback(host: str) -> bool:
    """Whether a host is this computer alone."""
    return host in ("localhost", "::1") or host.startswith("127.")


def reachable(origin: str, listens: str | None, numbers: Iterable[str]) -> list[str]:
    """The origins under which other computers reach the app; none if it can be reached from this one only.

    Args:
        origin: how this browser reached it, "http://localhost:8501", say.
        listens: the address at which the server listens; None for all.
        numbers: this computer's addresses in its networks.
    """
    parts = urlsplit(origin)
    if not is_loopback(parts.hostname or ""):
        return [origin]
    if listens not in (None, "", "0.0.0.0", "::"):
        return [] if is_loopback(listens) else [f"{parts.scheme}://{listens}:{parts.port or 80}"]
    return [f"{parts.scheme}://{number}:{parts.port or 80}" for number in numbers]


def network_numbers() -> list[str]:
    """This computer's IPv4 addresses in its networks, as far as the system gives them without asking anybody."""
    found = [*filter(None, map(_towards, _DESTINATIONS)), *_of_interfaces()]
    return [number for number in dict.fromkeys(found) if not number.startswith(("127.", "0."))]


def _towards(destination: str) -> str | None:
    """The address from which this computer would send there. To connect a datagram socket sends nothing."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect((destination, 9))
            return str(probe.getsockname()[0])
        except OSError:
            return None


def _of_interfaces() -> list[str]:
    """The address of every network interface, on Linux: in a network without a way out no destination has a route."""
    found: list[str] = []
    if fcntl is None:
        return found
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        for _, name in socket.if_nameindex():
            try:
                answer = fcntl.ioctl(probe.fileno(), _GET_ADDRESS, struct.pack("256s", name.encode()[:15]))
            except OSError:
                continue
            found.append(socket.inet_ntoa(answer[20:24]))
    return found
