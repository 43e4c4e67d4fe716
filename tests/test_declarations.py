"""The types that the scripts are checked with: those of the payloads, and that the scripts read no other fields."""

import re

import pytest

from tests.declarations import PARTS, SOURCES, declarations, target_of

every_payload = pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.parent.name)


@every_payload
def test_the_declarations_are_those_of_the_payload_types(source):
    assert target_of(source).read_text("utf-8") == declarations(source), "run python -m tests.declarations"


def test_every_script_is_checked():
    for script in PARTS.rglob("front/*.js"):
        assert script.read_text("utf-8").startswith("// @ts-check\n"), script


def module(folder, *fields):
    """A module of one TypedDict with these fields, each given as its type."""
    body = "".join(f'    x{i}: {kind}\n    """A field."""\n' for i, kind in enumerate(fields))
    path = folder / "payload_types.py"
    path.write_text(f'"""."""\nclass A(TypedDict):\n    """One."""\n{body}')
    return path


def test_a_field_without_a_sentence_is_refused(tmp_path):
    path = module(tmp_path, "int")
    path.write_text(path.read_text() + "    y: int\n")
    with pytest.raises(ValueError, match="every field of A must be followed by a sentence"):
        declarations(path)


def test_what_json_cannot_hold_is_refused(tmp_path):
    with pytest.raises(ValueError, match=r"must be made of what JSON holds; got set\[int\]"):
        declarations(module(tmp_path, "set[int]"))


def test_optional_fields_unions_and_records_become_typescript(tmp_path):
    text = declarations(module(tmp_path, "NotRequired[dict[str, list[float | None]]]", "tuple[int, str] | None"))
    assert "  /** A field. */\n  x0?: Record<string, (number | null)[]>;" in text
    assert "  x1: [number, string] | null;" in text


def test_the_lock_file_names_no_host():
    """So that `npm ci` asks whichever registry a machine is set to."""
    lock = (PARTS.parent.parent / "tests" / "javascript" / "package-lock.json").read_text("utf-8")
    assert '"resolved"' not in lock
    assert set(re.findall(r"https?://([^/\"]+)", lock)) <= {"github.com"}  # where the packages ask for donations
    assert lock.count('"integrity": "sha512-') == lock.count('"node_modules/')
