"""Counts the package's lines of code: `python -m tests.count_lines`; docstrings, comments and blank lines do not count."""

import ast
import io
import tokenize
from pathlib import Path

PACKAGE = Path(__file__).resolve().parent.parent / "vaecore"
_SILENT = {tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER}


def code_lines(source: str) -> int:
    """The lines that hold code; a string that stands alone, as docstrings do, is none."""
    alone = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            alone |= set(range(node.lineno, node.end_lineno + 1))
    held = set()
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type not in _SILENT:
            held |= set(range(token.start[0], token.end[0] + 1))
    return len(held - alone)


def count(*without: str) -> dict[str, int]:
    """Code lines by file of the package, without these folders of it."""
    files = [path for path in sorted(PACKAGE.rglob("*.py")) if path.relative_to(PACKAGE).parts[0] not in without]
    return {str(path.relative_to(PACKAGE)): code_lines(path.read_text("utf-8")) for path in files}


if __name__ == "__main__":
    for name, lines in count().items():
        print(f"{lines:5}  {name}")
    print(f"{sum(count('tools', 'figures').values()):5}  without tools and figures")
