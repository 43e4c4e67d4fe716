"""Who may import whom, read from the source, folder by folder.

Every folder has its row in `FOLDERS`: the folders of ours that its files may import, beside their own, and the libraries,
beside the standard library. A folder may only name rows that stand above it, so that nothing runs back up and there is no
circle. `__init__` files, which only pass names on, are not counted; neither rows nor files have exceptions.
"""

import ast
import re
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
SOURCES = [*sorted(path for part in ("pages", "vaecore") for path in (ROOT / part).rglob("*.py")), ROOT / "app.py"]
every_source = pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))

SCRIPTS = sorted((ROOT / "pages").rglob("front/*.js"))  # not what others wrote, in web/vendor
every_script = pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: "/".join(path.parts[-3:]))

TYPING = {"jaxtyping"}  # the shapes in signatures
OUR_OWN = {"app", "pages", "vaecore", "tests"}
COMMAND_LINE = "vaecore.tools.zoo"  # trains and reports: the one module of the core that talks to a person


def module_name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def is_module(name: str) -> bool:
    path = ROOT.joinpath(*name.split("."))
    return path.with_suffix(".py").is_file() or (path / "__init__.py").is_file()


def imports_of(path: Path) -> set[str]:
    """Every module that a file imports, wherever it does so; a name imported from vaecore counts as where it is made."""
    found = set()
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            for alias in node.names:
                submodule = f"{node.module}.{alias.name}"
                found.add(submodule if is_module(submodule) else origin_of(node.module, alias.name))
    return found


def origin_of(module: str, name: str) -> str:
    """The module in which `vaecore` or another package finds a name that it passes on."""
    package = ROOT.joinpath(*module.split("."), "__init__.py")
    if package.is_file():
        for node in ast.walk(tree_of(package)):
            if isinstance(node, ast.ImportFrom) and any(alias.name == name for alias in node.names):
                return node.module
    return module


# From the lowest floor up: what a folder's files may import of ours, and of others.
CORE, EVALUATE = {"vaecore.core"}, {"vaecore.core", "vaecore.evaluate.quadrature", "vaecore.evaluate"}
ALL_OF_VAECORE = EVALUATE | {"vaecore.losses", "vaecore.data", "vaecore.figures"}
FLOOR = {"pages.parts.state", "pages.parts.web", "pages.parts.compute"}
PARTS = FLOOR | {
    f"pages.parts.{screen}"
    for screen in (
        "tradeoff",
        "quiz",
        "challenges",
        "derivation.steps",
        "derivation",
        "loss",
        "sharing",
        "presenting",
        "classroom",
        "tour",
        "sheet",
    )
}
FOLDERS: dict[str, tuple[set[str], set[str]]] = {
    "vaecore.core": (set(), {"torch", "numpy", "safetensors"}),
    "vaecore.evaluate.quadrature": (CORE, {"torch", "numpy"}),  # what resolves q is chosen on the CPU, where NumPy is faster
    "vaecore.evaluate": (CORE | {"vaecore.evaluate.quadrature"}, {"torch"}),
    "vaecore.losses": (EVALUATE, {"torch", "numpy"}),
    "vaecore.data": (CORE, {"torch", "numpy", "safetensors"}),
    "vaecore.figures": (CORE, {"numpy", "plotly"}),
    "vaecore.tools": (ALL_OF_VAECORE, {"torch", "numpy", "tqdm"}),
    "pages.parts.state": ({"vaecore.data"}, {"streamlit", "numpy"}),
    "pages.parts.server": (set(), {"starlette"}),
    "pages.parts.compute": (ALL_OF_VAECORE | {"pages.parts.state"}, {"torch", "numpy"}),
    "pages.parts.web": (
        CORE | {"vaecore.data", "vaecore.figures", "pages.parts.state", "pages.parts.compute"},
        {"streamlit", "numpy", "PIL"},
    ),
    "pages.parts.tradeoff": (ALL_OF_VAECORE | FLOOR, {"streamlit", "numpy", "torch", "plotly", "starlette"}),
    "pages.parts.quiz": (FLOOR | {"vaecore.figures"}, {"streamlit"}),
    "pages.parts.challenges": (CORE | FLOOR | {"vaecore.figures", "pages.parts.tradeoff"}, {"streamlit"}),
    "pages.parts.derivation.steps": (ALL_OF_VAECORE | FLOOR | {"pages.parts.quiz"}, {"numpy", "torch"}),
    "pages.parts.derivation": (
        ALL_OF_VAECORE | FLOOR | {"pages.parts.quiz", "pages.parts.derivation.steps"},
        {"streamlit", "numpy"},
    ),
    "pages.parts.loss": (ALL_OF_VAECORE | FLOOR, {"streamlit", "numpy", "torch"}),
    "pages.parts.sharing": (FLOOR | {"vaecore.figures"}, {"streamlit", "starlette", "segno"}),
    "pages.parts.presenting": (FLOOR | {"vaecore.figures"}, {"streamlit", "starlette"}),
    "pages.parts.classroom": (
        FLOOR | {"vaecore.figures", "pages.parts.sharing", "pages.parts.quiz", "pages.parts.derivation"},
        {"streamlit", "starlette", "redis"},
    ),
    "pages.parts.tour": (FLOOR | {"vaecore.figures"}, {"streamlit"}),
    "pages.parts.sheet": (
        ALL_OF_VAECORE | FLOOR | {"pages.parts.sharing", "pages.parts.challenges", "pages.parts.tradeoff"},
        {"streamlit", "plotly"},
    ),
    "pages.parts": (ALL_OF_VAECORE | PARTS, {"streamlit", "plotly"}),
    "pages": (PARTS | {"pages.parts"}, {"streamlit"}),
    "app": (PARTS | {"pages.parts.server", "vaecore.data"}, {"streamlit", "starlette"}),
}


# The same for the scripts that browsers are served: a screen's own, and the shared ones.
SHARED = {"front"}
SCRIPT_FOLDERS: dict[str, set[str]] = {
    "front": set(),
    "tradeoff/front": SHARED,
    "quiz/front": SHARED,
    "challenges/front": SHARED,
    "derivation/front": SHARED,
    "loss/front": SHARED,
    "sharing/front": SHARED,
    "presenting/front": SHARED,
    "classroom/front": SHARED | {"presenting/front"},
    "tour/front": SHARED | {"tradeoff/front"},
}


def script_folder(path: Path) -> str:
    return path.parent.relative_to(ROOT / "pages" / "parts").as_posix()


def script_imports(path: Path) -> list[str]:
    """What a script imports, statically or not; types, which stand in comments, are not counted."""
    source = re.sub(r"/\*.*?\*/|//[^\n]*", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
    return re.findall(r"""\b(?:from|import)\s*\(?["']([^"']+)["']""", source)


def folder_of(module: str) -> str:
    """The row of a module: its folder, or app."""
    return module if module in FOLDERS or "." not in module else module.rsplit(".", 1)[0]


def test_the_table_runs_one_way():
    rows = list(FOLDERS)
    for i, (folder, (own, _)) in enumerate(FOLDERS.items()):
        assert own <= set(rows[:i]), f"{folder} names {own - set(rows[:i])}, which stand at its own height or above"


@every_source
def test_a_file_imports_only_what_its_folder_may(path):
    if path.name == "__init__.py":
        return
    module = module_name(path)
    folder = folder_of(module)
    own, others = FOLDERS[folder]
    for name in sorted(imports_of(path)):
        root = name.split(".")[0]
        if root not in OUR_OWN:
            assert root in sys.stdlib_module_names or root in others | TYPING, f"{module} must not import {name}"
        elif name != "vaecore":  # the package's front, whose names count as where they are made
            assert folder_of(name) in own | {folder}, f"{module} must not import {name} (of {folder_of(name)})"


@every_source
def test_imports_are_absolute_and_named(path):
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"line {node.lineno}: a relative import"
            assert all(alias.name != "*" for alias in node.names), f"line {node.lineno}: import *"


@every_source
def test_imports_stand_at_the_top(path):
    """But for what loads torch, where the server says what others are to compute."""
    if path.name == "questions.py" or module_name(path) == "pages.parts.compute.workers":
        return
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            inner = [child.lineno for child in ast.walk(node) if isinstance(child, ast.Import | ast.ImportFrom)]
            assert not inner, f"imports inside {node.name}, lines {inner}"


@every_source
def test_nobody_seeds_the_whole_process(path):
    tree = tree_of(path)
    # torch's layers draw their first weights from the shared generator alone; in a fork of it nobody else is hurt.
    forks = [node for node in ast.walk(tree) if isinstance(node, ast.With) and "fork_rng(" in ast.unparse(node.items[0])]
    forked = {id(inner) for fork in forks for inner in ast.walk(fork)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and id(node) not in forked:
            called = ast.unparse(node.func)
            seeds = called in {"torch.manual_seed", "torch.random.manual_seed", "random.seed", "torch.seed"}
            seeds = seeds or (called.startswith(("np.random.", "numpy.random.")) and not called.endswith("default_rng"))
            assert not seeds, f"line {node.lineno}: {called} changes a generator that others share"


@every_source
def test_the_core_does_not_print(path):
    if not module_name(path).startswith("vaecore") or module_name(path) == COMMAND_LINE:
        return
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Call):
            assert ast.unparse(node.func) not in {"print", "sys.stdout.write"}, f"line {node.lineno}: the core prints"


@every_source
def test_a_module_says_what_it_is_and_stays_readable(path):
    source = path.read_text(encoding="utf-8")
    if source.strip():
        assert ast.get_docstring(ast.parse(source)), "a module starts with a sentence on what it is"
    # The payload of a screen is one table of fields, with a sentence for each.
    most = 340 if path.name == "payload_types.py" else 250
    assert len(source.splitlines()) <= most, f"one idea per module, {most} lines at most"


@pytest.mark.parametrize("word", ["utils", "helpers", "common", "misc"])
def test_no_module_is_named_after_nothing(word):
    assert not [path for path in SOURCES if path.stem == word or path.stem.endswith(f"_{word}")]


def test_screens_define_no_functions():
    for path in (ROOT / "pages").glob("*.py"):
        if path.name in ("__init__.py", "frame.py"):
            continue
        defined = [node.name for node in ast.walk(tree_of(path)) if isinstance(node, ast.FunctionDef)]
        # A fragment must be a function for Streamlit to rerun it alone.
        fragments = [
            node.name
            for node in ast.walk(tree_of(path))
            if isinstance(node, ast.FunctionDef) and any("fragment" in ast.unparse(mark) for mark in node.decorator_list)
        ]
        assert defined == fragments, f"{path.name} defines {defined}; a screen only asks, computes, draws and says"


@every_script
def test_a_script_imports_only_what_its_folder_may(path):
    folder = script_folder(path)
    for name in script_imports(path):
        assert name.startswith("."), f"{name} is no relative path: the address of the scripts changes with their content"
        imported = (path.parent / name).resolve()
        assert imported in SCRIPTS, f"{name} is no script that is served"
        assert script_folder(imported) in SCRIPT_FOLDERS[folder] | {folder}, f"{folder} must not import {name}"


@every_script
def test_a_script_asks_no_other_host(path):
    assert set(re.findall(r"\w+://[^\s\"'`]+", path.read_text(encoding="utf-8"))) <= {"http://www.w3.org/2000/svg"}


def test_every_folder_of_scripts_has_its_row():
    assert {script_folder(path) for path in SCRIPTS} == set(SCRIPT_FOLDERS)


@every_script
def test_a_script_says_what_it_is_and_stays_readable(path):
    lines = path.read_text(encoding="utf-8").splitlines()
    assert lines[0].startswith("// "), "a script starts with a sentence on what it is"
    assert len(lines) <= 330, "one idea per script"


def test_the_guard_sees_what_it_guards_against(tmp_path):
    """The rules above are only as good as the reading of imports: in functions, by alias, through the package's front."""
    bad = tmp_path / "bad.py"
    bad.write_text("import plotly.graph_objects as go\ndef f():\n    from vaecore import figures, elbo, Evidence\n")
    assert imports_of(bad) == {"plotly.graph_objects", "vaecore.figures", "vaecore.evaluate.api", "vaecore.core.records"}
