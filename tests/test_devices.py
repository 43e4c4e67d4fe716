"""Every device that this machine has gives the numbers of the CPU, and gives them where it was asked."""

import pytest
import torch
from torch import nn

from tests.oracle_brute_force import images_of, random_network
from vaecore import (
    VAE,
    BernoulliPixels,
    DiagonalGaussian,
    GaussianPixels,
    LinearDecoder,
    best_gaussian,
    elbo,
    evidence,
    importance_bound,
    kl_to_standard_normal,
    load,
    log_joint,
    sweep_images,
    sweep_variance,
)
from vaecore.core.devices import available_devices, choose_device

every_device = pytest.mark.parametrize("device", available_devices())


def linear(device: str) -> VAE:
    net = random_network([3, 20], nn.Identity, 2.0, 0, torch.float32)
    return VAE(LinearDecoder(net[0].weight, net[0].bias), GaussianPixels(0.1), 3).to(device)


def small(device: str) -> VAE:
    return VAE(random_network([2, 16, 20], nn.Tanh, 2.0, 1, torch.float32), GaussianPixels(0.1), 2).to(device)


def coins(device: str) -> VAE:
    return VAE(random_network([1, 16, 20], nn.SiLU, 2.0, 2, torch.float32), BernoulliPixels(), 1).to(device)


def large(device: str) -> VAE:
    return VAE(random_network([5, 16, 20], nn.Tanh, 2.0, 3, torch.float32), GaussianPixels(0.1), 5).to(device)


KINDS = {"closed-form": linear, "lattice": small, "bernoulli": coins, "sampled": large}
every_kind = pytest.mark.parametrize("build", KINDS.values(), ids=KINDS)


@every_device
@every_kind
def test_results_are_the_cpus_and_live_on_the_device(device, build):
    here, there = build("cpu"), build(device)
    generator = torch.Generator().manual_seed(4)
    x = images_of(here, torch.randn(2, here.latent_dim, generator=generator), seed=0)
    mean = torch.randn(2, here.latent_dim, generator=generator)
    variance = torch.rand(2, here.latent_dim, generator=generator) + 0.05

    def numbers(model: VAE, device: str) -> dict[str, torch.Tensor]:
        image, q = x.to(device), DiagonalGaussian(mean.to(device), variance.to(device))
        terms, value = elbo(model, image, q), evidence(model, image)
        variances = torch.tensor([0.01, 1.0], device=device)
        sweep = sweep_variance(model, image, q.mean, variances)
        images = sweep_images(model, q.mean, variances[:, None].expand(-1, model.latent_dim), samples=2)
        bound = importance_bound(model, image, q, 8, seed=0)
        return {
            "reconstruction": terms.reconstruction, "kl": terms.kl, "evidence": value.value,
            "sweep": sweep.reconstruction, "error": sweep.error, "pictures": images.samples,
            "averages": images.mean_image, "bound": bound.value,
            "best": elbo(model, image, best_gaussian(model, image)).elbo,
            "joint": log_joint(model, image[:1], q.mean), "alone": kl_to_standard_normal(q.mean, q.variance),
        }  # fmt: skip

    truth, found = numbers(here, "cpu"), numbers(there, device)
    for key, value in found.items():
        assert value.device.type == device and value.dtype == torch.float32, key
        # float32 in the networks of both, so a thousandth of a nat or 1e-5 of the value, as for any two machines.
        assert torch.allclose(value.cpu(), truth[key], rtol=1e-5, atol=2e-3), key


@every_device
def test_shipped_models_load_where_they_are_asked_to(device):
    model = load("number", device)
    assert model.device.type == device
    assert evidence(model, torch.ones(1, 1, device=device)).value.device.type == device


def test_the_cpu_is_always_there_and_last():
    assert available_devices()[-1] == "cpu"


@every_device
def test_a_device_is_chosen_by_name(device):
    assert choose_device(device).type == device


def test_auto_takes_the_first():
    assert choose_device("auto").type == available_devices()[0]
    assert choose_device() == choose_device("auto")


@pytest.mark.parametrize("name", ["", "tpu", "cuda:99", "CPU"])
def test_another_device_is_refused_with_the_names_there_are(name):
    with pytest.raises(ValueError, match=f"auto or one of.*cpu; got '{name}'"):
        choose_device(name)
