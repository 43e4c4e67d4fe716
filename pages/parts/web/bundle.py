"""All scripts of the app in one file: a browser asks once, where it would ask seventy times.

The file exports `load(name)`, which gives what the script of this name, a path below pages/parts, exports. Every script
becomes a function that runs at its first use, and an import a call of `load`. That holds for the forms of import and export
that our scripts have, and any other is refused.
"""

import re
from functools import cache

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
    return (
        _LOAD + "const scripts = {\n" + "".join(f'"{name}": () => {{\n{_function(name)}\n}},\n' for name in names) + "};\n"
    )


def _function(name: str) -> str:
    """The body of the function that a script becomes."""
    if name in _needed(name):
        raise ValueError(f"{name} needs itself, by what it imports.")

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
    return ((assets.PARTS / name).parent / path).resolve().relative_to(assets.PARTS.resolve()).as_posix()


def _needed(name: str) -> set[str]:
    """The scripts that a script imports, also through others."""
    found: set[str] = set()
    waiting = [name]
    while waiting:
        importing = waiting.pop()
        imported = {_imported(importing, path) for *_, path in _IMPORT.findall(assets.text(importing))}
        waiting += imported - found
        found |= imported
    return found
