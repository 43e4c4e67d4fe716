"""Reads pasted loss code and fills in the form: what the code says and nothing else.

The code is parsed, never executed. Every line that was recognised is listed with what it was taken for; a switch that the
code does not determine is left as it is.
"""

import ast
import textwrap
from dataclasses import dataclass
from functools import lru_cache

from pages.parts.loss.code_algebra import NotUnderstoodError
from pages.parts.loss.code_defaults import overridden
from pages.parts.loss.code_interpreter import Found, Interpreter
from pages.parts.loss.code_kl import sample_of
from pages.parts.loss.code_records import Many, Term, Unknown
from pages.parts.loss.code_sampling import decoded_settings, spread_settings
from pages.parts.loss.code_sizes import flat_side
from pages.parts.loss.code_tensor import Tensor
from pages.parts.loss.code_terms import adds_a_constant, terms_of
from pages.parts.loss.code_weights import Note, data_settings, weigh
from vaecore.losses.terms import DataTerm

LONGEST = 20_000
"""Characters of code that are read."""

_MOST_NODES = 6000
_LOSS_NAMES = (
    "loss",
    "total",
    "elbo",
    "objective",
    "cost",
    "vae_loss",
    "total_loss",
    "loss_value",
    "negative_elbo",
    "neg_elbo",
    "nelbo",
)
_WORDS_OF_A_LOSS = ("loss", "elbo", "objective", "cost", "total", "minimised")
_DATA_WORDS = {
    DataTerm.SQUARES: "squared errors",
    DataTerm.CROSS_ENTROPY: "cross-entropy",
    DataTerm.LEARNED_NOISE: "Gaussian −log p(x|z) with a learned σₓ",
}
_CONSTANT = (
    "A number is added to the loss. It does not move the optimum, but if it is the ½ log 2πσₓ² of the pixels, "
    "say so below: the code does not."
)
_CHANNELS = "A size is that of an image's channels, or of one of its sides: the data term is not scaled by its pixels."
_ROWS = (
    "The mean over the last axis is one over all pixels if images are flat, and one over channels if they are not: "
    "how the data term is reduced over pixels is left as it is."
)
_NO_PARTS = "neither squared errors, cross-entropy, a Gaussian likelihood nor KL"


@dataclass(frozen=True)
class CodeReading:
    """The settings of the form that the code determines, by the names that the link has for them."""

    settings: dict[str, str]
    recognised: tuple[Note, ...]
    unknown: tuple[Note, ...]


@lru_cache(maxsize=32)
def read_loss(code: str, pixels: int = 784, batch: int = 128) -> CodeReading:
    """What a few lines of PyTorch, TensorFlow or Keras say about the form of their loss. Nothing is raised.

    Args:
        code: a function, a method or plain statements.
        pixels: per image: a factor of this size undoes a mean over pixels.
        batch: images in a batch.
    """
    if len(code) > LONGEST:
        return _refused(f"expected at most {LONGEST} characters of code; got {len(code)}")
    try:
        tree = _parsed(code)
        interpreter = Interpreter(pixels, overridden=overridden(tree))
        interpreter.run(tree.body)
        return _reading(interpreter)
    except SyntaxError as error:
        return CodeReading({}, (), (Note(error.lineno or 0, "this is not valid Python"),))
    except NotUnderstoodError as problem:
        return _refused(str(problem))
    except (RecursionError, MemoryError, ValueError):
        return _refused("the code is nested too deeply")


def _parsed(code: str) -> ast.Module:
    tree = ast.parse(textwrap.dedent(code.expandtabs(4)))
    if sum(1 for _ in ast.walk(tree)) > _MOST_NODES:
        raise NotUnderstoodError(f"code of more than {_MOST_NODES} expressions")
    return tree


def _refused(why: str) -> CodeReading:
    return CodeReading({}, (), (Note(0, f"Not read: {why}."),))


def _reading(interpreter: Interpreter) -> CodeReading:
    recognised: dict[int, list[str]] = {}
    unknown: list[Note] = []
    for found in interpreter.found:
        text = _recognised(found)
        if text:
            recognised.setdefault(found.line, []).append(text)
    settings: dict[str, str] = {}
    for name, size in (("P", "pixel_count"), ("D", "latent_count"), ("B", "batch_size")):
        if name in interpreter.sizes:
            settings[size] = str(interpreter.sizes[name])
    chosen = _loss(interpreter.found)
    if chosen is None:
        unknown.append(Note(0, f"No loss found: {_NO_PARTS} is added up or returned."))
    else:
        _from_loss(chosen, interpreter, settings, recognised, unknown)
    notes = tuple(Note(line, "; ".join(dict.fromkeys(texts))) for line, texts in sorted(recognised.items()))
    return CodeReading(settings, notes, tuple(unknown))


def _recognised(found: Found) -> str:
    """What a named value is, in words; empty where it is nothing of interest."""
    if not isinstance(found.value, Tensor):
        return ""
    if sample_of(found.value.poly) is not None:
        return "a sample of q"
    terms = terms_of(found.value.parts)
    if len(terms) != 1 or isinstance(terms[0], NotUnderstoodError):
        return ""
    term = terms[0]
    return "KL" if term.kind == "kl" else _DATA_WORDS[term.data or DataTerm.SQUARES]


def _loss(found: list[Found]) -> Found | None:
    """Which value is the loss: what is returned, or what is called so; the last one that has both terms."""
    candidates = [one for one in found if one.returned or one.name.lower().rsplit(".", 1)[-1] in _LOSS_NAMES]
    flat = [Found(one.name, one.line, value, one.returned) for one in candidates for value in _loss_values(one.value)]
    if not flat:
        flat = [one for one in found if isinstance(one.value, Tensor)]
    for one in reversed(flat):
        if isinstance(one.value, Tensor) and {"data", "kl"} <= _kinds(one.value):
            return one
        named = any(word in one.name.lower() for word in _WORDS_OF_A_LOSS)
        if isinstance(one.value, Unknown) and named and not one.value.is_running_total:
            return one
    for one in reversed(flat):
        if isinstance(one.value, Unknown) or (isinstance(one.value, Tensor) and _kinds(one.value)):
            return one
    return None


def _loss_values(value: object) -> list[object]:
    """The loss among the values that are returned together."""
    if isinstance(value, Many):
        by_name = [one for key, one in zip(value.keys, value.values, strict=False) if key.lower() in _LOSS_NAMES]
        return by_name or list(reversed(value.values))  # the loss is what is returned first
    return [value]


def _kinds(tensor: Tensor) -> set[str]:
    return {term.kind if isinstance(term, Term) else "unknown" for term in terms_of(tensor.parts)}


def _from_loss(
    loss: Found, interpreter: Interpreter, settings: dict[str, str], recognised: dict[int, list[str]], unknown: list[Note]
) -> None:
    if not isinstance(loss.value, Tensor):
        why = loss.value.why if isinstance(loss.value, Unknown) else _NO_PARTS
        unknown.append(Note(loss.line, f"Not recognised: {why}. Nothing is filled in from it."))
        return
    found = terms_of(loss.value.parts)
    terms = [term for term in found if isinstance(term, Term)]
    unknown += [
        Note(loss.line, f"Not recognised: {problem}.") for problem in found if isinstance(problem, NotUnderstoodError)
    ]
    data, kl = ([term for term in terms if term.kind == kind] for kind in ("data", "kl"))
    if len(data) != 1 or len(kl) > 1:
        unknown.append(Note(loss.line, f"Expected one data term and one KL; found {len(data)} and {len(kl)}."))
        return
    if unknown:
        return
    recognised.setdefault(loss.line, []).append("the loss: data term + KL" if kl else "the loss: a data term alone")
    data_settings(data[0], settings)
    if data[0].features == "channels":
        recognised[loss.line].append("the mean over the last axis taken to be over one channel")
    if adds_a_constant(loss.value.parts) and data[0].data is not DataTerm.CROSS_ENTROPY:
        del settings["data_constants"]
        unknown.append(Note(loss.line, _CONSTANT))
    if flat_side(dict(data[0].coefficient.powers)) and not interpreter.flattens:
        if interpreter.sees_images:
            unknown.append(Note(loss.line, _CHANNELS))
            settings.clear()
            return
        recognised[loss.line].append("the size of an image's axis taken to be that of a flat image")
    if data[0].axes == 2:
        recognised[loss.line].append("the two axes of the data term taken to be all of an image without channels")
    if data[0].axes == 1 and not interpreter.flattens:
        recognised[loss.line].append("the axis of the data term taken to be all pixels of a flat image")
    sizes = {"P": interpreter.pixels} | interpreter.sizes
    if not kl:
        unknown.append(Note(loss.line, "No KL in it: its weight and its reductions are left as they are."))
        weigh(data[0], None, settings, sizes, unknown, loss.line)
        return
    if kl[0].lacks_constant:
        recognised[loss.line].append("KL lacks its −1: what it prints is ½ nat too large for every latent")
    samples = [
        sample for one in interpreter.found if isinstance(one.value, Tensor) and (sample := sample_of(one.value.poly))
    ]
    weigh(data[0], kl[0], settings, sizes, unknown, loss.line)
    if data[0].features == "rows" and settings:
        del settings["over_pixels"]
        unknown.append(Note(loss.line, _ROWS))
    if not settings:
        return
    spread_settings(kl[0], samples, settings, recognised, unknown, loss.line)
    decoded_settings(data[0], kl[0], samples, settings)
