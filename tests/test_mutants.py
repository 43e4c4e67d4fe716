"""The list of faults for `make mutants` is about code and tests that are there."""

import ast

import pytest

from tests.mutants import MUTANTS, ROOT, Mutant


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_a_fault_is_one_that_can_be_made_and_has_a_test(mutant: Mutant) -> None:
    text = (ROOT / mutant.path).read_text(encoding="utf-8")
    found = mutant.mutated(ROOT)
    assert found != text
    ast.parse(found)
    file, _, words = mutant.tests.partition(" ")
    wanted = [part.strip().removeprefix("not ") for part in words.split(" or ")] if words else [""]
    tests = (ROOT / file).read_text(encoding="utf-8")
    for word in wanted:
        parametrised = file.endswith(("test_examples.py", "test_quadrature.py"))  # words of a parameter, or of several names
        assert word in tests or parametrised or "browser" in word, word


def test_the_faults_have_names_of_their_own() -> None:
    assert len({mutant.name for mutant in MUTANTS}) == len(MUTANTS) >= 60
