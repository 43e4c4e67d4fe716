"""The digits that are shipped: enough of each class, whole, and with their provenance."""

from pathlib import Path

import pytest
import torch

import vaecore
from vaecore.data import digits
from vaecore.data.mnist import black_and_white, grey


def test_there_are_twenty_test_digits_of_each_class_in_order():
    ours = digits.test_digits()
    assert ours.images.dtype == torch.uint8 and ours.images.shape == (len(ours.labels), 784)
    counts = torch.bincount(torch.as_tensor(ours.labels), minlength=10)
    assert len(counts) == 10 and (counts >= 20).all()
    assert (torch.as_tensor(ours.labels).diff() >= 0).all()


def test_test_digits_know_their_place_among_the_ten_thousand():
    index = torch.as_tensor(digits.test_digits().source_index)
    assert len(index.unique()) == len(index)
    assert index.min() >= 0 and index.max() < 10_000


def test_there_are_ten_thousand_training_digits():
    ours = digits.training_digits()
    assert ours.images.shape == (10_000, 784) and ours.images.dtype == torch.uint8
    index = torch.as_tensor(ours.source_index)
    assert len(index.unique()) == 10_000 and index.min() >= 0 and index.max() < 60_000
    # As MNIST's own classes, of 9.0 % to 11.2 %: a fair draw of 10,000 stays within six standard deviations, 1.9 %.
    shares = torch.bincount(torch.as_tensor(ours.labels), minlength=10) / 10_000
    assert (shares > 0.07).all() and (shares < 0.132).all()


def test_training_digits_have_mnists_mean_and_spread():
    x = grey(digits.training_digits().images).double()
    # MNIST's 60,000 training images: mean pixel .1306604774 and total variance 52.725036.
    mean_error = x.mean(-1).std() / 100
    assert abs(x.mean() - 0.1306604774) < 6 * mean_error
    squares = (x - x.mean(0)).square().sum(-1)
    assert abs(squares.mean() - 52.725036) < 6 * squares.std() / 100
    assert torch.linalg.eigvalsh(x.T.cov())[-1].item() == pytest.approx(5.1168, rel=6 * (2 / 10_000) ** 0.5)


@pytest.mark.parametrize("digits", [digits.test_digits, digits.training_digits], ids=["test", "training"])
def test_digits_are_ink_on_nothing(digits):
    images = digits().images
    assert images.max() == 255 and images.min() == 0
    frame = images.reshape(-1, 28, 28).clone()
    frame[:, 2:-2, 2:-2] = 0
    assert (frame > 0).float().mean() < 0.01  # MNIST centres a 20 × 20 digit by its mass, so the rim is all but empty
    assert (images > 127).any(-1).all()


def test_no_test_digit_is_a_training_digit():
    training = {bytes(row) for row in digits.training_digits().images.numpy()}
    assert not any(bytes(row) in training for row in digits.test_digits().images.numpy())


def test_digits_make_images_for_both_likelihoods():
    images = digits.test_digits().images
    assert grey(images).min() >= 0 and grey(images).max() == 1
    assert set(black_and_white(images).unique().tolist()) == {0.0, 1.0}


def test_asking_twice_costs_nothing_and_gives_the_same():
    assert torch.equal(digits.test_digits().images, digits.test_digits().images)


def test_the_digits_are_small_and_say_where_they_are_from():
    assets = Path(vaecore.__file__).parent / "assets"
    files = [path for path in assets.rglob("*") if path.is_file() and path.parent.name != "models"]
    assert 0 < sum(path.stat().st_size for path in files) <= 2.5e6
    notes = "".join(path.read_text() for path in assets.rglob("*") if path.suffix in {".md", ".txt"})
    for word in ("MNIST", "LeCun", "licen"):
        assert word.lower() in notes.lower()
