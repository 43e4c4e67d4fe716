"""The command that trains the pretrained models: it writes what was trained, and overwrites nothing by accident."""

import pytest
import torch
from safetensors import safe_open

from vaecore import best_gaussian
from vaecore.data.model_card import MODELS, ModelCard, names
from vaecore.tools import zoo


def test_a_file_that_is_there_is_kept(tmp_path, capsys):
    path = tmp_path / "number.safetensors"
    path.write_bytes(b"mine")
    command = ["train", "number", "--mnist", str(tmp_path), "--out", str(tmp_path), "--device", "cpu"]
    assert zoo.main(command) == 1 and path.read_bytes() == b"mine"
    assert "--force replaces it" in capsys.readouterr().err
    assert zoo.main([*command, "--force"]) == 0 and path.read_bytes() != b"mine"


def test_the_packages_own_models_are_kept_unless_told(capsys):
    before = (MODELS / "number.safetensors").read_bytes()
    assert zoo.main(["train", "number", "--mnist", "nowhere", "--device", "cpu"]) == 1
    assert (MODELS / "number.safetensors").read_bytes() == before


def test_the_noise_is_written_as_a_variance(tmp_path):
    assert zoo.main(["train", "humps", "--mnist", "nowhere", "--out", str(tmp_path), "--device", "cpu"]) == 0
    with safe_open(tmp_path / "humps.safetensors", framework="pt") as file:
        assert float(file.get_tensor("noise_variance")) == pytest.approx(0.09)


def test_the_linear_models_encoder_is_the_posterior():
    """Of images in general position: means, signs of the biases included, and variances."""
    x = torch.randn(60, 9, generator=torch.Generator().manual_seed(0)) @ torch.randn(9, 9) + torch.arange(9.0)
    model = zoo.fit_linear(x, 3)
    encoded, best = model.encode(x), best_gaussian(model, x)
    assert torch.allclose(encoded.mean, best.mean, atol=1e-3) and torch.allclose(encoded.variance, best.variance, rtol=1e-3)


def test_every_model_has_a_row_in_the_report_with_its_files_figures():
    rows = zoo.report().splitlines()[2:]
    assert [row.split("`")[1] for row in rows] == names()
    digits_2 = next(row for row in rows if "`digits-2`" in row)
    card: ModelCard = zoo.model_card("digits-2")
    assert f"{card.figures['elbo']:.2f}" in digits_2 and f"{card.figures['noise_deviation']:.3f}" in digits_2
