"""A small reverse proxy, as odd as those that the app must live behind: it strips a prefix, or refuses some websockets."""

import asyncio
import contextlib
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

_REQUEST_LINE = re.compile(rb"^(\S+) (\S+) (HTTP/1\.[01])\r\n")


class Proxy:
    """Hands every connection's one request to a server.

    Args:
        target: the address of the server.
        prefix: what stands before the path of every address here, and not there; "/room", say.
        upgrades: a pattern of the paths whose websockets are let through; the others are refused with 426.
    """

    def __init__(self, target: str, prefix: str = "", upgrades: str = "") -> None:
        parts = urlsplit(target)
        self.host, self.port = parts.hostname, parts.port
        self.prefix = prefix.encode()
        self.upgrades = re.compile(upgrades.encode())

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one connection."""
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            head = await reader.readuntil(b"\r\n\r\n")
            answer = self._refusal(head)
            if answer is not None:
                writer.write(answer)
                await writer.drain()
            else:
                there, back = await asyncio.open_connection(self.host, self.port)
                back.write(self._passed_on(head))
                await asyncio.gather(_copied(reader, back), _copied(there, writer))
        writer.close()

    def _refusal(self, head: bytes) -> bytes | None:
        path = _path(head)
        if not path.startswith(self.prefix + b"/"):
            return b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
        if _upgrades(head) and not self.upgrades.search(path):
            return b"HTTP/1.1 426 Upgrade Required\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
        return None

    def _passed_on(self, head: bytes) -> bytes:
        method, path, version = _REQUEST_LINE.match(head).groups()
        _, rest = head.split(b"\r\n", 1)
        if not _upgrades(head):  # one request a connection, so that the head of the next need not be found
            rest = re.sub(rb"(?im)^connection:.*\r\n", b"", rest)
            rest = b"Connection: close\r\n" + rest
        return b" ".join((method, path[len(self.prefix) :], version)) + b"\r\n" + rest


def _path(head: bytes) -> bytes:
    match = _REQUEST_LINE.match(head)
    return match[2] if match else b""


def _upgrades(head: bytes) -> bool:
    return re.search(rb"(?im)^upgrade:\s*websocket", head) is not None


async def _copied(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(ConnectionError):
        while data := await reader.read(65_536):
            writer.write(data)
            await writer.drain()
    writer.close()


@contextmanager
def running_proxy(target: str, prefix: str = "", upgrades: str = "") -> Iterator[str]:
    """The address of a proxy before a server, in a process of its own."""
    command = [sys.executable, "-m", "tests.proxy", target, prefix, upgrades]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        yield f"http://localhost:{int(process.stdout.readline())}{prefix}"
    finally:
        process.terminate()
        process.wait()
        process.stdout.close()


async def _run(proxy: Proxy) -> None:
    async with await asyncio.start_server(proxy.serve, "localhost", 0, family=socket.AF_INET) as server:
        print(server.sockets[0].getsockname()[1], flush=True)
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_run(Proxy(*sys.argv[1:])))
