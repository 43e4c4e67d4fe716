"""The Dockerfile, step by step without Docker, and the configuration of nginx."""

import json
import os
import re
import shlex
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
NGINX = ROOT / "deploy" / "nginx.conf"


def steps() -> list[tuple[str, str]]:
    """Instruction and arguments of each step of the Dockerfile."""
    lines = [line for line in (ROOT / "Dockerfile").read_text().splitlines() if line and not line.startswith("#")]
    return [(line.split()[0], line.partition(" ")[2]) for line in lines]


def only(instruction: str) -> str:
    (argument,) = [argument for name, argument in steps() if name == instruction]
    return argument


@pytest.fixture(scope="module")
def image(tmp_path_factory) -> Path:
    """The folder /app of the image: what COPY puts there, after .dockerignore."""
    folder = tmp_path_factory.mktemp("app")
    admitted = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    for name, argument in steps():
        if name == "COPY":
            *sources, target = shlex.split(argument)
            for source in sources:
                assert source in admitted, f"{source} is copied, but .dockerignore leaves it out"
                if (ROOT / source).is_dir():
                    shutil.copytree(ROOT / source, folder / target, ignore=shutil.ignore_patterns("__pycache__"))
                else:
                    shutil.copy(ROOT / source, folder / target)
    return folder


def test_the_image_is_of_a_python_that_the_package_admits_and_does_not_run_as_root():
    (version,) = re.findall(r"^python:(3\.\d+)-slim$", only("FROM"))
    (range_,) = re.findall(r"needs Python (3\.\d+) to (3\.\d+)", (ROOT / "Makefile").read_text())
    assert int(range_[0][2:]) <= int(version[2:]) <= int(range_[1][2:])
    names = [name for name, _ in steps()]
    user = only("USER")
    assert f" {user}" in next(argument for name, argument in steps() if name == "RUN" and "useradd" in argument)
    assert names.index("USER") > max(place for place, name in enumerate(names) if name in ("RUN", "COPY"))
    assert names.index("USER") < names.index("CMD")


def test_what_the_image_installs_was_copied_before_and_is_pinned():
    copied: set[str] = set()
    installed = []
    for name, argument in steps():
        if name == "COPY":
            copied |= set(shlex.split(argument)[:-1])
        elif name == "RUN" and "pip install" in argument:
            assert {"requirements.txt", "constraints.txt"} <= copied
            installed.append(argument)
    torch, rest = installed
    (pinned,) = re.findall(r"grep '(\S+)' requirements.txt", torch)
    assert len(re.findall(pinned, (ROOT / "requirements.txt").read_text(), re.M)) == 1
    assert "--constraint constraints.txt --requirement requirements.txt" in rest


@pytest.mark.parametrize("base", ["", "elbo-room"], ids=["at the root", "below a base path"])
def test_the_image_starts_and_its_health_check_passes(image, base, tmp_path):
    """The command and the check as they stand, with this Python and on a free port."""
    with socket.socket() as probe:
        probe.bind(("localhost", 0))
        port = str(probe.getsockname()[1])
    command, check = (
        [sys.executable, *(word.replace("8501", port) for word in json.loads(text[text.index("[") :])[1:])]
        for text in (only("CMD"), only("HEALTHCHECK"))
    )
    environment = {**os.environ, "STREAMLIT_SERVER_BASE_URL_PATH": base, "ELBO_ROOM_WARM_UP": "0"}
    environment.pop("PYTHONPATH", None)
    with (tmp_path / "log.txt").open("w+") as log:
        server = subprocess.Popen(command, cwd=image, env=environment, stdout=log, stderr=subprocess.STDOUT)
        try:
            healthy, deadline = False, time.monotonic() + 120
            while not healthy and server.poll() is None and time.monotonic() < deadline:
                time.sleep(0.5)  # a check starts a Python of its own
                healthy = subprocess.run(check, cwd=image, env=environment, capture_output=True).returncode == 0
            log.seek(0)
            assert healthy, log.read()
        finally:
            server.terminate()
            server.wait()
    assert subprocess.run(check, cwd=image, env=environment, capture_output=True).returncode != 0, "it never fails"


def test_nginx_passes_on_what_the_app_needs():
    text = NGINX.read_text()
    (location,) = re.findall(r"location (/\S+) \{\n(.*?)\n    \}", text, re.S)
    assert f"--server.baseUrlPath {location[0].strip('/')}" in text and f"Path={location[0]};" in text
    for line in (
        "proxy_http_version 1.1;",
        "proxy_set_header Host $http_host;",
        "proxy_set_header Upgrade $http_upgrade;",
        "proxy_set_header Connection $elbo_room_connection;",
    ):
        assert line in location[1]
    assert "gzip on;" in text and "hash $elbo_room_visitor consistent;" in text
    variables = set(re.findall(r"\$(elbo_room_\w+)", text))
    assert variables == set(re.findall(r"^map \S+ \$(\w+) \{", text, re.M))
    assert text.count("{") == text.count("}")


@pytest.mark.skipif(shutil.which("nginx") is None, reason="nginx is not installed: apt-get install nginx-light")
def test_nginx_takes_the_configuration(tmp_path):
    site = re.sub(r"listen 443 ssl;|ssl_certificate.*;", "", NGINX.read_text()).replace("listen 80;", "listen 18080;")
    whole = tmp_path / "nginx.conf"
    whole.write_text(f"pid {tmp_path}/pid; error_log stderr; events {{}} http {{ access_log off;\n{site}\n}}")
    run = subprocess.run(["nginx", "-t", "-c", str(whole), "-p", str(tmp_path)], capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
