"""The types of the payloads as the scripts' type checker reads them, written from the TypedDicts of Python.

`python -m tests.declarations` writes a file `payload.d.ts` beside the scripts of every folder that has `payload_types.py`.
"""

import ast
from itertools import zip_longest
from pathlib import Path

PARTS = Path(__file__).resolve().parent.parent / "pages" / "parts"
SOURCES = sorted(path for path in PARTS.glob("*/payload_types.py") if (path.parent / "front").is_dir())

_PLAIN = {"str": "string", "int": "number", "float": "number", "bool": "boolean", "None": "null", "Any": "any"}


def target_of(source: Path) -> Path:
    """Where the declarations of a folder's payloads lie."""
    return source.parent / "front" / "payload.d.ts"


def declarations(source: Path) -> str:
    """The TypedDicts of a module as TypeScript, each field with its sentence."""
    tree = ast.parse(source.read_text("utf-8"))
    lines = ["// Written by `python -m tests.declarations` from payload_types.py of this folder: change that.", ""]
    if any(isinstance(node, ast.ImportFrom) and node.module == "pages.parts.web.payload_types" for node in tree.body):
        lines += ['import type { Figure } from "../../front/plotly";', ""]
    for node in tree.body:
        if isinstance(node, ast.ClassDef):
            lines += [f"/** {ast.get_docstring(node)} */", f"export interface {node.name} {{", *_fields(node), "}", ""]
        elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            lines += [f"export type {node.targets[0].id} = {_type(node.value)};", ""]
    return "\n".join(lines)


def _fields(node: ast.ClassDef) -> list[str]:
    lines = []
    parts = node.body[1:]
    for field, sentence in zip_longest(parts[::2], parts[1::2]):
        if not (isinstance(field, ast.AnnAssign) and isinstance(sentence, ast.Expr)):
            raise ValueError(f"every field of {node.name} must be followed by a sentence; got {ast.unparse(field)}.")
        optional = isinstance(field.annotation, ast.Subscript) and ast.unparse(field.annotation.value) == "NotRequired"
        kind = _type(field.annotation.slice if optional else field.annotation)
        lines += [f"  /** {ast.literal_eval(sentence.value)} */", f"  {ast.unparse(field.target)}{'?' * optional}: {kind};"]
    return lines


def _type(node: ast.expr) -> str:
    match node:
        case ast.Name(id=name) | ast.Constant(value=str(name)):
            return _PLAIN.get(name, name)
        case ast.Constant(value=None):
            return "null"
        case ast.BinOp(left=left, op=ast.BitOr(), right=right):
            return f"{_type(left)} | {_type(right)}"
        case ast.Subscript(value=ast.Name(id="list"), slice=inner):
            kind = _type(inner)
            return f"({kind})[]" if " | " in kind else f"{kind}[]"
        case ast.Subscript(value=ast.Name(id="dict"), slice=ast.Tuple(elts=[key, value])):
            return f"Record<{_type(key)}, {_type(value)}>"
        case ast.Subscript(value=ast.Name(id="tuple"), slice=ast.Tuple(elts=parts)):
            return f"[{', '.join(_type(part) for part in parts)}]"
        case ast.Subscript(value=ast.Name(id="Literal"), slice=ast.Tuple(elts=options)):
            return " | ".join(f'"{ast.literal_eval(option)}"' for option in options)
    raise ValueError(f"a payload must be made of what JSON holds; got {ast.unparse(node)}.")


if __name__ == "__main__":
    for module in SOURCES:
        target_of(module).write_text(declarations(module), "utf-8")
