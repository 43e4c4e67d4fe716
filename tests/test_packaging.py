"""What is installed: the wheel of vaecore, the lists of requirements, their pinned versions, and the range of Python."""

import ast
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Iterable
from functools import cache
from importlib.metadata import PackageNotFoundError, PathDistribution, distribution, packages_distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
OUR_OWN = {"app", "docs", "pages", "tests", "vaecore"}


def parsed(lines: Iterable[str]) -> dict[str, Requirement]:
    """Requirements by their canonical name; comments and empty lines are passed over."""
    requirements = [Requirement(text) for line in lines if (text := line.partition("#")[0].strip())]
    return {canonicalize_name(requirement.name): requirement for requirement in requirements}


def read(name: str) -> dict[str, Requirement]:
    return parsed((ROOT / name).read_text().splitlines())


LIBRARY = parsed(PROJECT["dependencies"])
EXTRAS = {extra: parsed(lines) for extra, lines in PROJECT["optional-dependencies"].items()}
APP, TESTS, PINNED = read("requirements.txt"), read("tests/requirements.txt"), read("constraints.txt")


def imported(paths: Iterable[Path]) -> set[str]:
    """The distributions, other than the standard library and ours, that these files import."""
    roots = set()
    for path in paths:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                roots |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                roots.add(node.module.split(".")[0])
    return {canonicalize_name(distributions()[root][0]) for root in roots - OUR_OWN - set(sys.stdlib_module_names)}


distributions = cache(packages_distributions)


# The wheel


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> Path:
    """The wheel that `pip install .` builds, made from a copy and without a network."""
    source, out = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("wheel")
    for name in ("vaecore", "pages", "tests", "docs"):
        shutil.copytree(ROOT / name, source / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("app.py", "pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source)
    options = ["--quiet", "--no-deps", "--no-build-isolation", "--no-index", "--wheel-dir", str(out)]
    subprocess.run([sys.executable, "-m", "pip", "wheel", *options, "."], cwd=source, check=True)
    (built,) = out.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def unpacked(wheel, tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("site-packages")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder)
    return folder


def test_the_wheel_holds_all_of_vaecore_and_nothing_else(unpacked):
    packed = {str(path.relative_to(unpacked)) for path in unpacked.rglob("*") if path.is_file()}
    ours = {str(path.relative_to(ROOT)) for path in (ROOT / "vaecore").rglob("*") if path.is_file()}
    ours = {name for name in ours if "__pycache__" not in name}
    assert {name for name in packed if ".dist-info/" not in name} == ours
    assert {"vaecore/py.typed", "vaecore/assets/digits.npz", "vaecore/assets/models/digits-2.safetensors"} <= ours


def test_the_wheel_brings_both_licences(unpacked):
    (info,) = unpacked.glob("*.dist-info")
    metadata = PathDistribution(info).metadata
    assert metadata["License-Expression"] == "MIT AND CC-BY-SA-3.0"
    assert (info / "licenses" / "LICENSE").read_text() == (ROOT / "LICENSE").read_text()
    assert "CC BY-SA 3.0" in (info / "licenses" / "vaecore" / "assets" / "README.md").read_text()


def test_vaecore_works_from_the_wheel_without_plotly_or_streamlit(unpacked, tmp_path):
    program = """
import sys, torch, vaecore
from vaecore.data import digits
assert len(digits.test_digits().images) == 250
model = vaecore.load("number")
print(vaecore.__file__, vaecore.evidence(model, torch.tensor([[1.0]])).value.item())
print(sorted({"plotly", "streamlit", "starlette", "PIL", "pages"} & set(sys.modules)))
"""
    run = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, env={"PYTHONPATH": str(unpacked)}, capture_output=True, text=True
    )
    assert run.returncode == 0, run.stderr
    place, value, extras = re.fullmatch(r"(\S+) (\S+)\n(.*)\n", run.stdout).groups()
    assert Path(place).is_relative_to(unpacked)
    # x = z + noise, both of variance 1: N(1; 0, 2).
    assert float(value) == pytest.approx(-1.5155121, abs=1e-6)
    assert extras == "[]"


# Requirements


def test_the_app_is_installed_from_what_vaecore_and_its_extras_ask_for():
    declared = LIBRARY | {name: wanted for extra in EXTRAS.values() for name, wanted in extra.items()}
    assert set(APP) == set(declared)
    for name, wanted in declared.items():
        if name == "torch":
            assert APP[name].specifier == PINNED[name].specifier
            assert wanted.specifier.contains(str(APP[name].specifier)[2:])
        else:
            assert APP[name].specifier == wanted.specifier, name


@pytest.mark.parametrize(
    ("folders", "declared"),
    [
        (["vaecore/core", "vaecore/evaluate", "vaecore/losses", "vaecore/data"], [LIBRARY]),
        (["vaecore/figures"], [LIBRARY, EXTRAS["figures"]]),
        (["vaecore/tools"], [LIBRARY, EXTRAS["train"]]),
        (["pages", "app.py"], [LIBRARY, EXTRAS["figures"], EXTRAS["app"]]),
        (["docs"], [LIBRARY, EXTRAS["figures"]]),
        (["tests"], [APP, TESTS]),
    ],
    ids=["vaecore", "figures", "tools", "app", "docs", "tests"],
)
def test_what_is_imported_is_declared(folders, declared):
    paths = [
        path
        for folder in folders
        for path in ((ROOT / folder).rglob("*.py") if (ROOT / folder).is_dir() else [ROOT / folder])
    ]
    assert paths
    assert imported(paths) <= {name for names in declared for name in names}


def test_what_is_declared_is_imported():
    vaecore = imported((ROOT / "vaecore").rglob("*.py"))
    # Charts are plain data: Plotly draws them.
    assert set(LIBRARY) | set(EXTRAS["train"]) == vaecore - set(EXTRAS["figures"])
    pages = imported([*(ROOT / "pages").rglob("*.py"), ROOT / "app.py"])
    assert set(EXTRAS["app"]) | set(EXTRAS["figures"]) == pages - set(LIBRARY)


# Constraints


def test_every_pin_is_one_published_version():
    for name, pin in PINNED.items():
        assert re.fullmatch(r"==[\w.]+", str(pin.specifier)), f"{name}: one exact version, without a local one such as +cpu"
        assert pin.marker is None and pin.url is None


def test_everything_that_is_installed_is_pinned_within_what_was_asked_for():
    """Followed from both lists through what each installed package asks for on this machine.

    PyTorch's builds for Linux ask for exact versions of NVIDIA's libraries themselves.
    """
    seen, waiting = set(), [*APP.values(), *TESTS.values()]
    while waiting:
        wanted = waiting.pop()
        name = canonicalize_name(wanted.name)
        if re.match(r"nvidia-|cuda-|triton$", name):
            continue
        assert name in PINNED, f"{name} is not in constraints.txt: run make lock"
        pinned = str(PINNED[name].specifier)[2:]
        assert wanted.specifier.contains(pinned, prereleases=True), f"{wanted}, but constraints.txt has {pinned}"
        if (name, *wanted.extras) in seen:
            continue
        seen.add((name, *wanted.extras))
        try:
            needs = [Requirement(text) for text in distribution(name).requires or []]
        except PackageNotFoundError:
            continue  # of another platform, or not yet installed
        waiting += [
            need
            for need in needs
            if need.marker is None or any(need.marker.evaluate({"extra": e}) for e in ("", *wanted.extras))
        ]
    assert len(seen) > 40


# Python's range


@pytest.fixture
def other_python(tmp_path):
    """An interpreter that says it is another version, and a copy of the Makefile to try it with."""
    shutil.copy(ROOT / "Makefile", tmp_path)

    def make(version: str) -> subprocess.CompletedProcess[str]:
        program = (
            f"import sys; sys.version_info = ({version.replace('.', ', ')}, 0); sys.argv = ['-c']; exec(sys.stdin.read())"
        )
        python = tmp_path / f"python{version}"
        python.write_text(f"""#!/bin/sh
case "$1" in
    -c) printf '%s' "$2" | {sys.executable} -c "{program}" ;;
    --version) echo "Python {version}.0" ;;
    *) echo "asked for: $*"; exit 1 ;;
esac
""")
        python.chmod(0o755)
        return subprocess.run(
            ["make", "--directory", tmp_path, f"PYTHON={python}", ".venv/bin/python"], capture_output=True, text=True
        )

    return make


def bounds() -> tuple[int, int]:
    """The first and the last minor version of Python 3 that the package admits."""
    admitted = [minor for minor in range(100) if SpecifierSet(PROJECT["requires-python"]).contains(f"3.{minor}.1")]
    assert admitted == list(range(admitted[0], admitted[-1] + 1))
    return admitted[0], admitted[-1]


@pytest.mark.parametrize("end", [0, 1], ids=["oldest", "newest"])
def test_make_takes_the_pythons_that_the_package_admits(other_python, end):
    run = other_python(f"3.{bounds()[end]}")
    assert "asked for: -m venv .venv" in run.stdout and "needs Python" not in run.stdout


@pytest.mark.parametrize("end", [0, 1], ids=["too old", "too new"])
def test_make_says_in_a_sentence_which_pythons_it_needs(other_python, end):
    oldest, newest = bounds()
    version = f"3.{(oldest - 1, newest + 1)[end]}"
    run = other_python(version)
    assert run.returncode != 0 and "asked for" not in run.stdout
    assert f"ELBO Room needs Python 3.{oldest} to 3.{newest}" in run.stdout
    assert f"is Python {version}.0. Try: make PYTHON=python3." in run.stdout


# Names and versions


def test_citation_licence_and_changelog_agree_with_the_package():
    citation = (ROOT / "CITATION.cff").read_text()
    assert f"\nversion: {PROJECT['version']}\n" in citation
    assert "\nlicense: MIT\n" in citation
    holder = PROJECT["authors"][0]["name"]
    assert holder in (ROOT / "LICENSE").read_text() and holder in citation
    assert PROJECT["version"] in (ROOT / "CHANGELOG.md").read_text()
