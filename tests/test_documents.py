"""README, contribution guide and the other documents: what they name exists, and their code prints what they say."""

import contextlib
import importlib.util
import io
import re
import shlex
from pathlib import Path

import pytest

from vaecore.tools import zoo

ROOT = Path(__file__).resolve().parent.parent
DOCUMENTS = [
    path
    for pattern in ("*.md", "docs/*.md", "deploy/*.md", "vaecore/assets/*.md")
    for path in sorted(ROOT.glob(pattern))
    if path.name != "CHANGELOG.md"  # which tells of the past
]
every_document = pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
README = (ROOT / "README.md").read_text(encoding="utf-8")


def code_in(text: str) -> list[str]:
    """Everything that is set as code: between backticks, in fences, and in indented blocks."""
    fences = re.findall(r"^```\w*\n(.*?)^```", text, re.M | re.S)
    rest = re.sub(r"^```\w*\n.*?^```", "", text, flags=re.M | re.S)
    indented = re.findall(r"^ {4}(\S.*)$", rest, re.M)
    return [*re.findall(r"`([^`\n]+)`", rest), *indented, *(line for fence in fences for line in fence.splitlines())]


def paths_in(text: str) -> set[str]:
    """Targets of links inside the repository, and code that looks like the name of a file or folder in it."""
    targets = {target.partition("#")[0] for target in re.findall(r"\]\(([^)\s]+)\)", text) if "://" not in target} - {""}
    ending = r"\.(?:py|js|css|md|toml|txt|cff|npz|safetensors|conf|png)"
    names = re.findall(rf"(?<=`)[\w.*…/-]+(?:/|{ending})(?=`)", text)
    return targets | {name for name in names if not name.startswith("/")}


def exists(name: str, beside: Path) -> bool:
    """Whether a name is there: from the root, from the document's folder, or from a folder that the document names."""
    if name.startswith(".venv"):  # made by make
        return True
    folders = (
        ROOT,
        beside.parent,
        *(ROOT / folder for folder in paths_in(beside.read_text("utf-8")) if folder.endswith("/")),
    )
    return any(any(folder.glob(name.rstrip("/").replace("…", "*"))) for folder in folders)


@every_document
def test_every_file_and_folder_that_is_named_exists(path):
    named = paths_in(path.read_text(encoding="utf-8"))
    missing = {name for name in named if not exists(name, path)}
    assert named and not missing


@every_document
def test_every_command_that_is_named_exists(path):
    makefile = (ROOT / "Makefile").read_text()
    for code in code_in(path.read_text(encoding="utf-8")):
        for target in re.findall(r"(?:^|\s)make (?:PYTHON=\S+ )?([a-z]+)", code):
            assert re.search(rf"^{target}:", makefile, re.M), f"make {target}"
        for module in re.findall(r"python3? -m ([\w.]+)", code):
            assert importlib.util.find_spec(module), f"python -m {module}"
        for command in re.findall(r"vaecore\.tools\.zoo (\w+)", code):
            with contextlib.redirect_stdout(io.StringIO()) as help_text, pytest.raises(SystemExit, match=r"^0$"):
                zoo.main([command, "--help"])
            options = re.findall(r" (--\w+)", code)
            assert all(option in help_text.getvalue() for option in options), code


@every_document
def test_words_and_places_that_only_its_authors_know_do_not_occur(path):
    text = path.read_text(encoding="utf-8")
    for word in (r"/tmp/", r"/work/", r"\.\./shared", r"\bTODO\b", r"\bissue \d"):
        assert not re.search(word, text), word


def test_the_python_in_the_readme_prints_what_stands_beside_it(capsys):
    (code,) = re.findall(r"^```python\n(.*?)^```", README, re.M | re.S)
    exec(compile(code, "README.md", "exec"), {})
    printed = [float(line) for line in capsys.readouterr().out.split()]
    stated = [float(number) for number in re.findall(r"^print\(.*#\s+(-?[\d.]+)$", code, re.M)]
    # Half a unit of the last digit, and the accuracy that is promised for each value.
    assert len(stated) >= 3 and printed == pytest.approx(stated, abs=0.005 + 0.002)
    encoder, best, evidence = stated
    (sentence,) = re.findall(r"Of the gap of ([\d.]+) nats, ([\d.]+) are.*?and ([\d.]+) are left", README, re.S)
    shares = (evidence - encoder, best - encoder, evidence - best)
    assert [float(number) for number in sentence] == pytest.approx(shares, abs=1e-9)


def test_the_models_results_in_the_readme_are_those_in_their_files():
    rows = [line for line in zoo.report().splitlines() if line.startswith("| `digits")]
    assert len(rows) >= 6
    for row in rows:
        assert row in README


def test_the_windows_lines_install_what_make_run_installs():
    makefile = (ROOT / "Makefile").read_text()
    (line,) = re.findall(r"^ +\.venv\\Scripts\\python -m pip install (.+)$", README, re.M)
    assert shlex.split(line) == ["-r", "requirements.txt", "-c", "constraints.txt"]
    assert "--constraint constraints.txt" in makefile and "--requirement requirements.txt" in makefile
    (streamlit,) = re.findall(r"^ +\.venv\\Scripts\\python -m (streamlit .+)$", README, re.M)
    assert f"$(BIN)/{streamlit}" in makefile


def test_the_torch_of_the_readme_is_the_one_that_is_pinned():
    stated = set(re.findall(r"torch==([\d.]+)", README))
    assert stated == set(re.findall(r"^torch==([\d.]+)$", (ROOT / "requirements.txt").read_text(), re.M))
