"""Who may import whom, read from the source: the mathematics knows no figure, a figure no network, a screen no other.

app.py            pages.parts, vaecore, streamlit                no screens
pages/*           everything below                               not each other
pages/parts       vaecore, streamlit                             no screens
  …/instrument    the same and pages/parts, which do not know it no screens
                  (the lesson's element knows where its scripts are)
vaecore/figures   vaecore's records, numpy, plotly               no streamlit, no torch
vaecore/*.py      torch, numpy, the standard library             no plotly, no streamlit, no figures
"""

import ast
import re
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
SOURCES = [*sorted(path for part in ("pages", "vaecore") for path in (ROOT / part).rglob("*.py")), ROOT / "app.py"]
every_source = pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))

INSTRUMENT = "pages.parts.instrument"
SCRIPTS = sorted((ROOT / "pages").rglob("*.js"))
every_script = pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)

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


def layer_of(module: str) -> str:
    if module == "app":
        return "app"
    if module.startswith("vaecore"):
        return "figures" if module.startswith("vaecore.figures") else "core"
    if module == "pages.parts" or module.startswith("pages.parts."):
        return "parts"
    return "frame" if module in ("pages", "pages.frame") else "screen"


# What each layer may import of our own (by layer) and of others (by distribution), beside the standard library.
MAY_IMPORT = {
    "app": ({"frame", "parts", "core", "figures"}, {"streamlit", "starlette", "uvicorn"}),
    "frame": ({"parts", "core", "figures"}, {"streamlit"}),
    "screen": ({"parts", "core", "figures"}, {"streamlit", "numpy", "torch"}),
    "parts": ({"parts", "core", "figures"}, {"streamlit", "numpy", "torch", "plotly", "starlette", "PIL", "segno"}),
    "figures": ({"figures"}, {"numpy", "plotly"}),
    "core": ({"core"}, {"torch", "numpy", "safetensors"}),
}


@every_source
def test_a_file_imports_only_what_its_layer_may(path):
    module = module_name(path)
    own, others = MAY_IMPORT[layer_of(module)]
    others = others | TYPING | ({"tqdm"} if module == COMMAND_LINE else set())
    for name in sorted(imports_of(path)):
        root = name.split(".")[0]
        if root not in OUR_OWN:
            assert root in sys.stdlib_module_names or root in others, f"{module} must not import {name}"
        elif name in ("vaecore.core.records", "vaecore.figures") and layer_of(module) == "figures":
            continue
        else:
            assert layer_of(name) in own, f"{module} ({layer_of(module)}) must not import {name} ({layer_of(name)})"


@every_source
def test_imports_are_absolute_and_named(path):
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"line {node.lineno}: a relative import"
            assert all(alias.name != "*" for alias in node.names), f"line {node.lineno}: import *"


@every_source
def test_imports_stand_at_the_top(path):
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
    if layer_of(module_name(path)) not in ("core", "figures") or module_name(path) == COMMAND_LINE:
        return
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Call):
            assert ast.unparse(node.func) not in {"print", "sys.stdout.write"}, f"line {node.lineno}: the core prints"


@every_source
def test_a_module_says_what_it_is_and_stays_readable(path):
    source = path.read_text(encoding="utf-8")
    if source.strip():
        assert ast.get_docstring(ast.parse(source)), "a module starts with a sentence on what it is"
    assert len(source.splitlines()) <= 250, "one idea per module, 250 lines at most"


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


def test_only_a_screen_and_the_entry_know_the_instrument():
    for path in SOURCES:
        module = module_name(path)
        if layer_of(module) in ("screen", "app") or module.startswith(INSTRUMENT):
            continue
        known = {name for name in imports_of(path) if name.startswith(INSTRUMENT)}
        if module == "pages.parts.derivation.element":
            known -= {f"{INSTRUMENT}.assets"}  # the lesson's charts are drawn by the same scripts
        assert not known, f"{module} must not import {known}"


@every_script
def test_a_script_imports_only_its_neighbours_and_asks_no_other_host(path):
    source = path.read_text(encoding="utf-8")
    imported = re.findall(r"""\b(?:from|import)\s*\(?["']([^"']+)["']""", source)
    assert all((path.parent / name).is_file() and name.startswith("./") for name in imported), imported
    assert set(re.findall(r"\w+://[^\s\"'`]+", source)) <= {"http://www.w3.org/2000/svg"}


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
