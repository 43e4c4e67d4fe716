"""Reading IDX files, on files that are written here byte by byte."""

import gzip
import struct
from pathlib import Path

import numpy as np
import pytest
import torch

from vaecore.data.mnist import black_and_white, grey, load_mnist, read_idx

IMAGES = np.arange(3 * 28 * 28).reshape(3, 28, 28).astype(np.uint8)
LABELS = np.array([7, 0, 9], np.uint8)


def idx(array: np.ndarray) -> bytes:
    """The format's own words: two zero bytes, type 8 (unsigned byte), rank, sizes big-endian, values row by row."""
    return struct.pack(f">BBBB{array.ndim}I", 0, 0, 8, array.ndim, *array.shape) + array.tobytes()


@pytest.fixture(params=["plain", "gzipped"])
def directory(tmp_path, request) -> Path:
    for prefix in ("train", "t10k"):
        for kind, array in (("images-idx3-ubyte", IMAGES), ("labels-idx1-ubyte", LABELS)):
            content = idx(array if prefix == "train" else array[:2])
            if request.param == "plain":
                (tmp_path / f"{prefix}-{kind}").write_bytes(content)
            else:
                (tmp_path / f"{prefix}-{kind}.gz").write_bytes(gzip.compress(content))
    return tmp_path


def test_images_and_labels_are_read(directory):
    images, labels = load_mnist(directory, "train")
    assert images.dtype == torch.uint8 and images.shape == (3, 784)
    assert np.array_equal(images.numpy(), IMAGES.reshape(3, 784))
    assert labels.tolist() == [7, 0, 9]


def test_the_test_split_is_another_file(directory):
    images, labels = load_mnist(directory, "test")
    assert images.shape == (2, 784) and labels.tolist() == [7, 0]


def test_gzip_is_known_by_its_content_and_not_by_its_name(tmp_path):
    path = tmp_path / "labels"
    path.write_bytes(gzip.compress(idx(LABELS)))
    assert read_idx(path).tolist() == [7, 0, 9]


def test_what_is_read_may_be_written_to(directory):
    images, _ = load_mnist(directory, "train")
    images[0, 0] = 255
    assert images[0, 0] == 255


@pytest.mark.parametrize("missing", ["train-images-idx3-ubyte", "train-labels-idx1-ubyte"])
def test_a_missing_file_is_named(directory, missing):
    for path in directory.glob(f"{missing}*"):
        path.unlink()
    with pytest.raises(FileNotFoundError, match=missing):
        load_mnist(directory, "train")


def test_another_split_is_refused(directory):
    with pytest.raises(ValueError, match="train or test; got 'validation'"):
        load_mnist(directory, "validation")


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "IDX"),
        (b"not an idx file", "IDX"),
        (b"\x00\x00\x0d\x03" + bytes(16), "0x00000d03"),  # floats
        (idx(IMAGES)[:-1], "2352 values"),
        (idx(IMAGES) + b"\x00", "2352 values"),
        (idx(IMAGES)[:10], "digits.*must"),
    ],
    ids=["empty", "text", "floats", "cut-short", "too-long", "cut-in-the-header"],
)
def test_a_broken_file_is_refused_with_its_name(tmp_path, content, sentence):
    path = tmp_path / "digits"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=sentence) as refusal:
        read_idx(path)
    assert "digits" in str(refusal.value)


def test_a_broken_gzip_is_refused_with_its_name(tmp_path):
    path = tmp_path / "digits.gz"
    path.write_bytes(gzip.compress(idx(IMAGES))[:-20])
    with pytest.raises(ValueError, match=r"digits\.gz"):
        read_idx(path)


def test_images_and_labels_must_be_as_many(tmp_path):
    (tmp_path / "train-images-idx3-ubyte").write_bytes(idx(IMAGES))
    (tmp_path / "train-labels-idx1-ubyte").write_bytes(idx(LABELS[:2]))
    with pytest.raises(ValueError, match=r"3.*2"):
        load_mnist(tmp_path, "train")


def test_grey_runs_from_zero_to_one():
    images = torch.tensor([[0, 51, 255]], dtype=torch.uint8)
    assert torch.allclose(grey(images), torch.tensor([[0, 0.2, 1]]))
    assert grey(images).dtype == torch.float32


def test_black_and_white_splits_above_one_half():
    images = torch.tensor([[0, 127, 128, 255]], dtype=torch.uint8)
    assert black_and_white(images).tolist() == [[0, 0, 1, 1]]
