"""Redis and nginx as tests start them: Debian's, on free ports, with everything that they write in one folder."""

import os
import re
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from tests.visiting import free_port

NGINX = Path(__file__).resolve().parent.parent / "deploy" / "nginx.conf"
EVERY_SERVER = "ELBO_ROOM_EVERY_SERVER"
"""The environment variable that says, if set, that a server which is missing is a failure."""

_SECONDS_TO_START = 20


class ServerMissingError(Exception):
    """A server is not installed; the sentence says how to install it."""


@contextmanager
def running_redis(folder: Path, port: int = 0) -> Iterator[str]:
    """The address of an empty Redis or Valkey, which keeps nothing.

    Raises:
        ServerMissingError: there is none.
    """
    path = shutil.which("redis-server") or shutil.which("valkey-server")
    if path is None:
        raise ServerMissingError("This test needs Redis: install the package redis-server (apt-get install redis-server).")
    port = port or free_port()
    options = ["--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", str(folder)]
    with _running([path, *options], port):
        yield f"redis://127.0.0.1:{port}/0"


def site(port: int, targets: Sequence[str]) -> str:
    """The site of deploy/nginx.conf without https, before these servers."""
    text = NGINX.read_text(encoding="utf-8")
    text = re.sub(r"server \{\n    listen 80;.*?\n\}\n", "", text, flags=re.DOTALL)  # which leads to https
    text = re.sub(r" *ssl_certificate.*\n", "", text).replace("listen 443 ssl;", f"listen 127.0.0.1:{port};")
    text, number = re.subn(r" +server 127\.0\.0\.1:8501;\n", "".join(f"    server {t};\n" for t in targets), text)
    assert number == 1
    return text


@contextmanager
def running_nginx(folder: Path, addresses: Sequence[str]) -> Iterator[str]:
    """The address of an nginx, as deploy/nginx.conf sets it up, before the app's processes at these addresses.

    Raises:
        ServerMissingError: there is none.
    """
    path = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
    if path is None:
        raise ServerMissingError("This test needs nginx: install the package nginx-light (apt-get install nginx-light).")
    port = free_port()
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    folders = " ".join(f"{kind}_temp_path {folder}/{kind};" for kind in kinds)
    targets = [f"127.0.0.1:{urlsplit(address).port}" for address in addresses]
    whole = folder / "nginx.conf"
    whole.write_text(
        f"daemon off; pid {folder}/pid; error_log stderr; events {{}}\n"
        f"http {{ access_log off; {folders}\n{site(port, targets)}\n}}"
    )
    with _running([path, "-c", str(whole), "-p", str(folder)], port):
        yield f"http://127.0.0.1:{port}"


@contextmanager
def _running(command: list[str], port: int) -> Iterator[None]:
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as process:
        try:
            deadline = time.monotonic() + _SECONDS_TO_START
            while not _listens(port):
                if process.poll() is not None or time.monotonic() > deadline:
                    process.kill()
                    assert process.stderr is not None
                    raise RuntimeError(f"{command[0]} did not start: {process.stderr.read()[-2000:]}")
                time.sleep(0.02)
            yield
        finally:
            process.terminate()


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
