"""The package's front: every public name is there, and nothing is loaded before it is needed."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import vaecore

INIT = Path(vaecore.__file__)


def loaded_by(code: str) -> set[str]:
    """The top-level packages that a fresh interpreter has loaded after this code."""
    listing = "import sys; print(*{name.split('.')[0] for name in sys.modules})"
    command = [sys.executable, "-c", f"{code}\n{listing}"]
    found = subprocess.run(command, capture_output=True, text=True, check=True, cwd=INIT.parent.parent)
    return set(found.stdout.split())


def test_importing_the_package_loads_none_of_its_dependencies():
    assert not {"torch", "numpy", "safetensors", "jaxtyping", "plotly"} & loaded_by("import vaecore; dir(vaecore)")


def test_model_cards_and_the_digits_per_class_are_read_without_torch():
    code = """
import vaecore
from vaecore.data.digits_file import digits_per_class
assert [vaecore.model_card(name).latents for name in vaecore.names()] == [1, 1, 2, 8, 32, 2, 2, 16]
assert digits_per_class() == (25,) * 10
"""
    found = loaded_by(code)
    assert "safetensors" in found and not {"torch", "plotly", "streamlit"} & found


def test_the_whole_package_but_its_figures_and_tools_needs_only_its_four_dependencies():
    modules = [
        ".".join(path.relative_to(INIT.parent.parent).with_suffix("").parts)
        for path in INIT.parent.rglob("*.py")
        if not {"figures", "tools"} & set(path.parts) and path.name != "__init__.py"
    ]
    assert len(modules) > 20
    code = "\n".join(f"import {module}" for module in modules)
    theirs = loaded_by("import torch, numpy, safetensors, safetensors.torch, jaxtyping")
    assert loaded_by(code) - theirs - sys.stdlib_module_names == {"vaecore"}


def test_every_public_name_is_loaded_from_where_type_checkers_find_it():
    (branch,) = (node for node in ast.parse(INIT.read_text("utf-8")).body if isinstance(node, ast.If))
    homes = {alias.name: node.module for node in branch.body for alias in node.names}
    assert homes == vaecore._HOME_OF
    assert sorted(homes) == sorted(vaecore.__all__) == dir(vaecore)
    for name, home in homes.items():
        value = getattr(vaecore, name)
        assert value.__module__ == home and value is getattr(sys.modules[home], name)


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match=r"module 'vaecore' has no attribute 'elbow'"):
        vaecore.elbow  # noqa: B018
