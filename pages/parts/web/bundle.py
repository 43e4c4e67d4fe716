"""All scripts of the app in one file: a browser asks once, where it would ask seventy times.

The file exports `load(name)`, which gives what the script of this name, a path below pages/parts, exports. Every script
becomes a function that runs at its first use, and an import a call of `load`. That holds for the forms of import and export
that our scripts have, and any other is refused.
"""

import posixpath
import re
from functools import cache
from graphlib import CycleError, TopologicalSorter

from pages.parts.web import assets

_IMPORT = re.compile(r'^import\s+(?:\{([^}]*)\}|\*\s+as\s+(\w+))\s+from\s+"(\.[^"]+)";$', re.MULTILINE)
_EXPORT = re.compile(r"^export\s+(?=(?:(?:async\s+)?function|class|const)\s+(\w+))", re.MULTILINE)
_UNKNOWN = re.compile(r"^(?:import|export)\b.*", re.MULTILINE)
_LOAD = "const made = {};\nexport const load = (name) => (made[name] ??= scripts[name]());\n"


@cache
def bundle() -> str:
    """The text of the file.

    Raises:
        ValueError: a script has a form of import or export that is not known here, or needs itself.
    """
    names = [path.relative_to(assets.PARTS).as_posix() for path in assets.scripts()]
    _refuse_cycles(names)
    return (
        _LOAD + "const scripts = {\n" + "".join(f'"{name}": () => {{\n{_function(name)}\n}},\n' for name in names) + "};\n"
    )


def _function(name: str) -> str:
    """The body of the function that a script becomes."""

    def called(found: re.Match[str]) -> str:
        names, whole, path = found.groups()
        return f'const {whole or "{" + names.replace(" as ", ": ") + "}"} = load("{_imported(name, path)}");'

    source = _IMPORT.sub(called, assets.text(name))
    exported = _EXPORT.findall(source)
    source = _EXPORT.sub("", source)
    if unknown := _UNKNOWN.search(source):
        raise ValueError(f"{name}: a bundle has no way to write {unknown.group()!r}.")
    return f"{source}\nreturn {{ {', '.join(exported)} }};"


def _imported(name: str, path: str) -> str:
    """What a script calls `path`, as a path below pages/parts."""
    return posixpath.normpath(posixpath.join(posixpath.dirname(name), path))


def _refuse_cycles(names: list[str]) -> None:
    imports = {name: [_imported(name, path) for *_, path in _IMPORT.findall(assets.text(name))] for name in names}
    try:
        TopologicalSorter(imports).prepare()
    except CycleError as error:
        raise ValueError(f"{error.args[1][0]} needs itself, by what it imports.") from error
