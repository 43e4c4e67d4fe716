"""Pasted losses are run here by torch, or by numpy in the place of JAX: the form that they were read as must give their value.

The reader itself executes nothing. Small sizes that do not occur twice: 5 images of 2 × 2 × 3 pixels, 7 latents.
"""
# ruff: noqa: E501 - lines are as long as what people write

import math
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from streamlit.testing.v1 import AppTest
from torch import nn
from torch.nn import functional as F

from pages.parts.loss.loss_code import read_loss
from tests.visiting import ROOT
from vaecore.losses.form import LossForm
from vaecore.losses.terms import DataTerm, Reduction

BATCH, SHAPE, LATENTS = 5, (2, 2, 3), 7
PIXELS = math.prod(SHAPE)


def scope() -> dict[str, Any]:
    """What the losses refer to: images x, logits y, q's mean and log-variance, and a decoder that gives y for every z."""
    generator = torch.Generator().manual_seed(0)
    x = torch.rand(BATCH, *SHAPE, generator=generator, dtype=torch.float64).round()
    y = torch.randn(BATCH, *SHAPE, generator=generator, dtype=torch.float64)
    mu, lv = (torch.randn(BATCH, LATENTS, generator=generator, dtype=torch.float64) for _ in range(2))
    names: dict[str, Any] = {"torch": torch, "nn": nn, "F": F, "D": torch.distributions, "x": x, "y": y, "p": y.sigmoid()}
    names |= {"mu": mu, "logvar": lv, "lv": lv, "std": (0.5 * lv).exp(), "xf": x.flatten(1), "yf": y.flatten(1)}
    names |= {"decoder": lambda z: y, "encoder": lambda x: (mu, lv), "batch_size": BATCH}
    names["log_noise"] = torch.tensor(-1.2, dtype=torch.float64)
    names["jnp"] = SimpleNamespace(sum=np.sum, mean=np.mean, square=np.square, exp=np.exp, log=np.log, pi=np.pi)
    names["jax"] = SimpleNamespace(vmap=lambda f, **_: lambda *v: np.stack([f(*one) for one in zip(*v, strict=True)]))
    names["optax"] = SimpleNamespace(l2_loss=lambda a, b: 0.5 * (a - b) ** 2, squared_error=lambda a, b: (a - b) ** 2)
    return names


def value_of_form(settings: dict[str, str], names: dict[str, Any]) -> float:
    """The loss of the form that was filled in, by its weights of both sums."""

    def number(name: str) -> float:
        above, _, below = settings[name].partition("/")
        return float(above) / float(below or 1)

    form = LossForm(
        data=DataTerm(settings["data_term"]),
        factor=number("factor"),
        over_pixels=Reduction(settings["over_pixels"]),
        data_over_batch=Reduction(settings["data_over_batch"]),
        over_latents=Reduction(settings["over_latents"]),
        kl_over_batch=Reduction(settings["kl_over_batch"]),
        kl_weight=number("kl_weight"),
        pixels=PIXELS,
        latents=LATENTS,
        batch=BATCH,
    )
    x, y, mu, lv = (names[name] for name in ("x", "y", "mu", "lv"))
    constants = settings["data_constants"] == "included"
    if form.data is DataTerm.CROSS_ENTROPY:
        data = F.binary_cross_entropy_with_logits(y, x, reduction="none")
    elif form.data is DataTerm.SQUARES:
        noise = 0.5 / form.factor
        data = (x - y) ** 2 + (noise * math.log(2 * math.pi * noise) if constants else 0.0)
    else:
        noise = names["log_noise"].exp()
        data = 0.5 * (x - y) ** 2 / noise + 0.5 * noise.log() + (0.5 * math.log(2 * math.pi) if constants else 0.0)
    kl = 0.5 * (mu**2 + lv.exp() - 1 - lv)
    return float(form.weight_of_data * data.sum() + form.weight_of_kl * kl.sum())


SAMPLE = "std = torch.exp(0.5 * logvar)\nz = mu + std * torch.randn_like(std)\nout = decoder(z)\n"
KL = "kl = -0.5 * torch.sum(1 + lv - mu.pow(2) - lv.exp(), dim=1)\n"
SQUARES = "((xf - yf)**2).sum(1)"

LOSSES = {
    "Lightning: training_step": (
        "def training_step(self, batch, idx):\n    x, _ = batch\n    mu, logvar = encoder(x)\n    std = torch.exp(0.5 * logvar)\n"
        "    z = mu + std * torch.randn_like(std)\n    rec = F.mse_loss(decoder(z), x, reduction='none').sum(dim=(1, 2, 3)).mean()\n"
        "    kl = (-0.5 * (1 + logvar - mu ** 2 - logvar.exp())).sum(dim=-1).mean()\n    loss = rec + 0.25 * kl\n    return loss\n"
        "# value: training_step(None, (x, 0), 0)"),
    "Lightning: means of torch.distributions": (
        "class V(nn.Module):\n    def training_step(self, batch):\n        x, _ = batch\n        mu, logvar = encoder(x)\n"
        "        q = torch.distributions.Normal(mu, torch.exp(logvar / 2))\n        rec = F.mse_loss(decoder(q.rsample()), x, reduction='mean')\n"
        "        p = torch.distributions.Normal(torch.zeros_like(mu), torch.ones_like(mu))\n"
        "        kl = torch.distributions.kl_divergence(q, p).mean()\n        kl *= 0.1\n        loss = kl + rec\n        return loss\n"
        "# value: V().training_step((x, 0))"),
    "gaussian_nll_loss, its mean": "rec = F.gaussian_nll_loss(y, x, log_noise.exp() * torch.ones_like(x))\n" + KL + "loss = rec + kl.mean()",
    "gaussian_nll_loss, reduced by hand": (
        "nll = nn.GaussianNLLLoss(reduction='none')\nrec = nll(y, x, log_noise.exp() * torch.ones_like(x)).sum((1,2,3)).mean()\n" + KL
        + "loss = rec + kl.mean()"),
    "KL of Independent, its mean": (
        "q = D.Independent(D.Normal(mu, std), 1)\nprior = D.Independent(D.Normal(torch.zeros_like(mu), torch.ones_like(std)), 1)\n"
        "loss = F.mse_loss(y, x, reduction='sum') / x.shape[0] + D.kl_divergence(q, prior).mean()"),
    "KL, mean over latents, sum over the batch": (
        "kl = D.kl_divergence(D.Normal(mu, std), D.Normal(0., 1.)).mean(dim=1).sum()\nloss = F.mse_loss(y, x, reduction='sum') + kl"),
    "Independent over an image's axes": (
        "q = D.Independent(D.Normal(mu, std), 1)\npx = D.Independent(D.Bernoulli(logits=y), 3)\n"
        "kl = D.kl_divergence(q, D.Independent(D.Normal(torch.zeros_like(mu), torch.ones_like(mu)), 1))\nloss = (kl - px.log_prob(x)).mean()"),
    "a mean over the batch after a sum over pixels": (
        "rec = F.binary_cross_entropy_with_logits(y, x, reduction='none')\nrec = rec.view(rec.size(0), -1).sum(-1)\n" + KL + "loss = torch.mean(rec + kl)"),
    "means of means": "loss = F.mse_loss(y, x) + torch.mean(torch.mean(-0.5 * (1 + lv - mu**2 - lv.exp()), dim=1))",
    "KL without its ½": f"kl = -torch.sum(1 + lv - mu.pow(2) - lv.exp(), dim=1)\nloss = ({SQUARES} + kl).mean()",
    "KL with 0.05 for 0.5": f"kl = -0.05 * torch.sum(1 + lv - mu.pow(2) - lv.exp(), dim=1)\nloss = ({SQUARES} + kl).mean()",
    "KL in log σ": SAMPLE + f"kl = (-torch.log(std) + 0.5*(std**2 + mu**2 - 1)).sum(-1)\nloss = ({SQUARES} + kl).mean()",
    "a schedule that is a function": "def beta_at(t): return 0.5\n" + KL + "loss = F.mse_loss(y, x, reduction='sum') / x.size(0) + beta_at(3) * kl.mean()",
    "a dictionary is returned": (
        "def loss_function(x, y, mu, logvar):\n    rec = F.mse_loss(y, x, reduction='sum')\n    kld = -0.5*torch.sum(1+logvar-mu**2-logvar.exp())\n"
        "    return {'loss': rec + 2*kld, 'rec': rec, 'kld': kld}\n# value: loss_function(x, y, mu, logvar)['loss']"),
    "two helpers and a default weight": (
        "def rec_loss(a, b):\n    return F.mse_loss(a, b, reduction='none').flatten(1).sum(1)\ndef kld(m, lv):\n    return -0.5*(1 + lv - m.pow(2) - lv.exp()).sum(1)\n"
        "def loss_fn(x, y, m, lv, beta=4.0):\n    return (rec_loss(y, x) + beta*kld(m, lv)).mean()\n# value: loss_fn(x, y, mu, lv)"),
    "numbers in one image": KL + "loss = F.mse_loss(y, x) * x[0].numel() + kl.mean()",
    "numbers in everything": KL + "loss = F.mse_loss(y, x, reduction='sum') / x.nelement() + kl.sum() / mu.nelement()",
    "divided by the last size": KL + f"loss = {SQUARES}.mean() + kl.mean() / mu.size(-1)",
    "divided by a size of the shape": KL + f"loss = {SQUARES}.mean() + kl.mean() / mu.shape[-1]",
    "a weight by both sizes": (
        KL + "input_dim = 12\nlatent_dim = 7\nbeta = 4.0\nbeta_norm = beta * latent_dim / input_dim\nloss = F.mse_loss(y, x) + beta_norm * kl.mean()"),
    "the batch over the data": KL + "M = 5\nN = 60000\nloss = F.mse_loss(y, x) + M / N * kl.mean()",
    "a mean over the batch first": "kl = (-0.5*(1+lv-mu**2-lv.exp())).mean(dim=0).sum()\nloss = ((x-y)**2).mean(dim=0).sum() + kl",
    "a sum and a mean": KL + "loss = F.binary_cross_entropy_with_logits(y, x, reduction='sum') + kl.mean()",
    "probabilities, clamped": KL + "p = p.clamp(1e-7, 1 - 1e-7)\nloss = F.binary_cross_entropy(p, x, reduction='sum') / x.size(0) + kl.mean()",
    "Normal of σₓ = ½": SAMPLE + "rec = -D.Normal(out, 0.5).log_prob(x).sum((1,2,3))\nkl = D.kl_divergence(D.Normal(mu,std), D.Normal(0,1)).sum(1)\nloss = (rec+kl).mean()",
    "Normal of σₓ = 0.1, its mean": KL + "loss = -D.Normal(y, 0.1).log_prob(x).mean() + kl.mean()",
    "an ELBO whose sign is changed": "ll = -0.5*((x-y)**2).sum(dim=(1,2,3))\n" + KL + "elbo = ll - kl\nloss = (-elbo).sum()",
    "KL of two Gaussians with the standard one": (
        "def kl_normal(m1, lv1, m2, lv2):\n    return 0.5*(lv2 - lv1 + (lv1.exp() + (m1-m2)**2) / lv2.exp() - 1).sum(-1)\n"
        "loss = (((x-y)**2).sum((1,2,3)) + kl_normal(mu, lv, torch.zeros_like(mu), torch.zeros_like(lv))).mean()"),
    "grey levels": KL + "loss = F.mse_loss(255*y, 255*x, reduction='sum') + kl.sum()",
    "terms in a dictionary": KL + "terms = {}\nterms['rec'] = F.mse_loss(y, x, reduction='sum')\nterms['kl'] = 0.1*kl.sum()\nloss = terms['rec'] + terms['kl']",
    "for gradients that are added up": KL + "loss = F.mse_loss(y, x, reduction='sum') / len(x) + kl.mean()\nloss = loss / 4",
    "jax.vmap of a function": (
        "def one(x, y, mu, lv):\n    rec = jnp.sum((x - y)**2)\n    kl = -0.5*jnp.sum(1 + lv - mu**2 - jnp.exp(lv))\n    return rec + kl\n"
        "loss = jnp.mean(jax.vmap(one)(x, y, mu, lv))"),
    "jax.vmap that has a name": (
        "def one(x, y, mu, lv):\n    return jnp.sum((x - y)**2) - 0.5*jnp.sum(1 + lv - mu**2 - jnp.exp(lv))\nmany = jax.vmap(one, in_axes=0)\n"
        "loss = jnp.sum(many(x, y, mu, lv))"),
    "optax.l2_loss": "loss = jnp.mean(jnp.sum(optax.l2_loss(yf, xf), axis=1) + 0.5*jnp.sum(jnp.exp(lv)+mu**2-1-lv, axis=1))",
    "optax.squared_error": "loss = jnp.mean(jnp.sum(optax.squared_error(yf, xf), axis=1)) + 0.5*jnp.mean(jnp.sum(jnp.exp(lv)+mu**2-1-lv, axis=1))",
    "jnp: a Gaussian with its constants": (
        "ll = -0.5*jnp.sum((xf-yf)**2/0.04 + jnp.log(2*jnp.pi*0.04), axis=-1)\nkl = 0.5*jnp.sum(mu**2 + jnp.exp(lv) - lv - 1.0, axis=-1)\nelbo = ll - kl\nloss = -jnp.mean(elbo)"),
    # Sizes and axes of an image, options without their names
    "the batch of an unpacked shape": "b, c, h, w = x.shape\nloss = (((x - y)**2).sum() - 0.5*torch.sum(1 + lv - mu**2 - lv.exp())) / b",
    "the pixels of an unpacked shape": KL + "c, h, w = x.shape[1:]\nloss = F.mse_loss(y, x) * c * h * w + kl.mean()",
    "everything in an unpacked shape": KL + "b, c, h, w = x.shape\nloss = ((x - y)**2).sum() / (b * c * h * w) + kl.mean()",
    "both sizes of latents": "n, d = mu.shape\n" + KL + "loss = F.mse_loss(y, x) + kl.sum() / (n * d)",
    "a product of an image's sizes": KL + "rec = ((x - y)**2).sum((1, 2, 3)) / (x.size(1) * x.size(2) * x.size(3))\nloss = (rec + kl).mean()",
    "one axis after the other": KL + "loss = (((x - y)**2).sum(3).sum(2).sum(1) + kl).mean()",
    "the last axis three times": KL + "loss = F.mse_loss(y, x, reduction='none').sum(-1).sum(-1).sum(-1).mean() + kl.mean()",
    "the last axis twice, then the batch": KL + "loss = ((x.flatten(1, 2) - y.flatten(1, 2))**2).sum(-1).sum(-1).mean() + kl.mean()",
    "the last axis twice": "loss = ((xf - yf)**2).sum(-1).sum(-1) + (0.5 * (mu**2 + lv.exp() - 1 - lv)).sum(-1).sum(-1)",
    "all four axes": KL + "loss = ((x - y)**2).mean((0, 1, 2, 3)) + kl.mean()",
    "one row of everything": KL + "loss = ((x - y)**2).flatten().mean(0) + kl.mean()",
    "latents that are called mean_z": (
        "mean_z, lv_z = encoder(x)\nkl = (-0.5*(1 + lv_z - mean_z**2 - lv_z.exp())).sum(1).mean() / mean_z.shape[1]\nloss = F.mse_loss(y, x) + kl"),
    "nn.MSELoss(False)": "criterion = nn.MSELoss(False)\n" + KL + "loss = criterion(y, x) + kl.sum()",
    "nn.BCELoss(None, False)": "criterion = nn.BCELoss(None, False)\n" + KL + "loss = criterion(p, x) + kl.sum()",
    "gaussian_nll_loss, full without its name": KL + "loss = F.gaussian_nll_loss(y, x, log_noise.exp() * torch.ones_like(x), True, reduction='sum') + kl.sum()",
    "functools.partial": "from functools import partial\nmse = partial(F.mse_loss, reduction='sum')\n" + KL + "loss = mse(y, x) + kl.sum()",
    "torch.add with alpha": KL + "loss = torch.add(F.mse_loss(y, x, reduction='sum'), kl.sum(), alpha=0.5)",
    "Normal of a filled tensor": KL + "loss = (kl - D.Normal(y, torch.full_like(y, 0.1)).log_prob(x).sum((1, 2, 3))).mean()",
    "a default weight that the call overrides": (
        "def of(x, y, m, s, beta=4.0):\n    return F.mse_loss(y, x, weight=None) - 0.5 * beta * torch.mean(1 + s - m**2 - s.exp())\nloss = of(x, y, mu, lv, 0.5)"),
    "divided in place": KL + "loss = F.mse_loss(y, x, reduction='sum').div_(x.size(0)) + kl.mean()",
    "everything in one row, kept in a variable": KL + "rows = ((x - y)**2).view(-1)\nloss = rows.mean(0) + kl.mean()",
    "images and outputs in one row": KL + "a = torch.flatten(x)\nb = torch.flatten(y)\nloss = F.mse_loss(a, b, reduction='none').sum(-1) / x.size(0) + kl.mean()",
    "latents in one row": "kl = (-0.5*(1+lv-mu**2-lv.exp())).reshape((-1,))\nloss = F.mse_loss(y, x, reduction='sum') / x.size(0) + kl.sum(0) / mu.size(0)",
    "rows of as many numbers as an image has": KL + "loss = ((x - y)**2).view(-1, 12).sum(1).mean() + kl.mean()",
    "images again": KL + "loss = ((x - y)**2).view(-1).view(-1, 2, 2, 3).sum((1, 2, 3)).mean() + kl.mean()",
    "an image without its gradient": KL + "loss = ((x.detach() - y)**2).sum((1, 2, 3)).mean() + kl.mean()",
    "noise without its gradient": (
        "with torch.no_grad():\n    noise = torch.randn_like(mu)\nz = mu + torch.exp(0.5 * lv) * noise\n" + KL
        + "loss = ((x - decoder(z))**2).sum((1, 2, 3)).mean() + kl.mean()"),
    "bytes": KL + "loss = F.mse_loss(y, (255 * x) / 255., reduction='sum') + kl.sum()",
}  # fmt: skip


@pytest.mark.filterwarnings("ignore:size_average and reduce")
@pytest.mark.parametrize("name", LOSSES)
def test_the_form_gives_the_value_that_the_code_has(name: str) -> None:
    code, _, call = LOSSES[name].partition("\n# value: ")
    names = scope()
    if "jnp" in code:
        names |= {key: value.numpy() for key, value in names.items() if isinstance(value, torch.Tensor)}
    ran = dict(names)
    with torch.random.fork_rng():
        exec(code, ran)
    value = float(eval(call or "loss", ran))
    reading = read_loss(code, PIXELS, BATCH)
    assert not reading.unknown
    assert reading.settings["written_kl"] == "right"
    tensors = {key: torch.as_tensor(names[key]) for key in ("x", "y", "mu", "lv", "log_noise")}
    assert value_of_form(reading.settings, tensors) == pytest.approx(value, rel=1e-9)


REFUSED = {
    "a minus is missing": (f"kl = 0.5 * torch.sum(1 + lv - mu.pow(2) - lv.exp(), dim=1)\nloss = ({SQUARES} + kl).mean()", "opposite signs"),
    "a plus for a minus": (f"kl = -0.5 * torch.sum(1 + lv + mu.pow(2) - lv.exp(), dim=1)\nloss = ({SQUARES} + kl).mean()", "Not recognised"),
    "the mean is not squared": (f"kl = -0.5 * torch.sum(1 + lv - mu - lv.exp(), dim=1)\nloss = ({SQUARES} + kl).mean()", "Not recognised"),
    "log σ² is not exponentiated": (f"kl = -0.5 * torch.sum(1 + lv - mu**2 - lv, dim=1)\nloss = ({SQUARES} + kl).mean()", "Not recognised"),
    "output and image are swapped": (KL + "loss = F.binary_cross_entropy(x, p, reduction='sum') + kl.sum()", "the two are swapped"),
    "a weight of 0": (KL + "beta = 0.0\nloss = F.mse_loss(y, x, reduction='sum') + beta * kl.sum()", "KL counts 0 times"),
    "a root of squares": (KL + "loss = F.mse_loss(y, x) ** 0.5 + kl.mean()", "Not recognised"),
    "a hinge": (KL + f"loss = {SQUARES}.mean() + F.relu(kl.mean() - 3.0)", "free bits"),
    "a wider prior": (f"kl = D.kl_divergence(D.Normal(mu, std), D.Normal(0., 2.)).sum(1)\nloss = ({SQUARES} + kl).mean()", "standard normal"),
    "a function of what a helper returns": (
        "def terms(x, y, mu, lv):\n    return F.mse_loss(y, x, reduction='sum') - 0.5*torch.sum(1+lv-mu**2-lv.exp())\n"
        "loss = torch.sqrt(terms(x, y, mu, lv))", "Not recognised"),
    "the size of a data set": (KL + "loss = F.mse_loss(y, x) + batch_size / len(train_data) * kl.mean()", "len(train_data) is not a number"),
    "the number of axes": (KL + "loss = F.mse_loss(y, x) + kl.mean() / len(x.shape)", "len(x.shape) is not a number"),
    "weights without their name": (KL + "w = torch.rand_like(x)\nloss = F.binary_cross_entropy(p, x, w, reduction='sum') + kl.sum()", "weight="),
    "weights of TensorFlow 1": ("loss = tf.losses.mean_squared_error(x, y, weights=w) - 0.5 * K.mean(1 + lv - K.square(mu) - K.exp(lv))", "weights="),
    "a default weight that the model is made without": (
        "class V(nn.Module):\n    def __init__(self, beta=4.0):\n        self.beta = beta\n    def loss(self, x, y, mu, lv):\n"
        "        return F.mse_loss(y, x) - 0.5 * self.beta * torch.mean(1 + lv - mu**2 - lv.exp())\nmodel = V(beta=1.0)", "beta is not a number"),
    "two sigmoids": (KL + "loss = F.binary_cross_entropy_with_logits(torch.sigmoid(y), x, reduction='sum') + kl.sum()", "taken twice"),
    "two sigmoids, Bernoulli": (KL + "loss = kl.sum() - D.Bernoulli(logits=y.sigmoid()).log_prob(x).sum()", "taken twice"),
    "KL without its gradient": (KL + f"loss = ({SQUARES} + kl.detach()).mean()", "that is detached"),
    "KL as a number": (KL + f"loss = {SQUARES}.mean() + kl.mean().item()", "that is detached"),
    "a loss of either branch": (KL + f"if epoch > 10:\n    loss = ({SQUARES} + kl).mean()\nelse:\n    loss = {SQUARES}.mean()", "depends on a condition"),
    "draws that are added up": (KL + f"rec = 0\nfor _ in range(10):\n    rec += {SQUARES}\nloss = (rec / 10 + kl).mean()", "added up in a loop"),
    "a log-variance that scales the noise": (
        "z = mu + lv * torch.randn_like(lv)\n" + KL + "loss = (((decoder(z) - x)**2).sum((1, 2, 3)) + kl).mean()", "takes the exponential"),
    "mean and spread in each other's place": (
        "def kld(m, s):\n    return -0.5*torch.sum(1 + s - m**2 - s.exp(), dim=1)\nz = mu + torch.exp(0.5*lv) * torch.randn_like(mu)\n"
        "loss = (((decoder(z) - x)**2).sum((1, 2, 3)) + kld(lv, mu)).mean()", "is the mean of the sample"),
    "numbers that are left out": ("kl = 0.5*jnp.sum(mu**2 + jnp.exp(lv) - 1 - lv, axis=1)\nloss = jnp.mean(jnp.sum((xf - yf)**2, axis=1, where=mask) + kl)", "where="),
    "channels for pixels": (KL + "rec = ((x - y)**2).sum((1, 2, 3)) / x.size(1)\nloss = (rec + kl).mean()", "an image's channels"),
    "a size of who knows what": (KL + "loss = F.mse_loss(y, x) + kl.mean() / thing.size(1)", "holds images or latents"),
    "pixels in rows": (KL + "loss = ((x - y)**2).view(-1, 3).sum(1).mean() + kl.mean()", "after a reshape"),
    "pixels in rows, kept in a variable": (KL + "rows = ((x - y)**2).reshape((-1, x.shape[-1]))\nloss = rows.sum(1).mean() + kl.mean()", "after a reshape"),
    "two rows of an image in one": (KL + "loss = ((x - y)**2).view(x.size(0) * 2, -1).sum(1).mean() + kl.mean()", "after a reshape"),
    "batch and channels in one axis": (KL + "loss = F.mse_loss(y, x, reduction='none').flatten(0, 1).sum((1, 2)).mean() + kl.mean()", "after a reshape"),
    "latents in rows of their own": ("kl = (-0.5*(1+lv-mu**2-lv.exp())).view(-1, 1).sum(1).mean()\n" + f"loss = {SQUARES}.mean() + kl", "after a reshape"),
    "an axis in front of the batch": (KL + "loss = ((xf - yf)**2).unsqueeze(0).sum(1).mean() + kl.mean()", "after a reshape"),
    "some latents": ("kl = -0.5*torch.sum(1 + lv[:, :3] - mu[:, :3]**2 - lv[:, :3].exp(), dim=1)\n" + f"loss = ({SQUARES} + kl).mean()", "a part of a tensor"),
    "one channel": (KL + "loss = ((x[:, 0] - y[:, 0])**2).sum((1, 2)).mean() + kl.mean()", "a part of a tensor"),
    "two axes averaged and one summed": (KL + "loss = ((x - y)**2).mean(-1).mean(-1).sum(-1).mean() + kl.mean()", "Not recognised"),
    "KL under no_grad": (f"with torch.no_grad():\n    {KL}loss = ({SQUARES} + kl).mean()", "that is detached"),
    "KL under set_grad_enabled": (f"with torch.set_grad_enabled(False):\n    {KL}loss = ({SQUARES} + kl).mean()", "that is detached"),
    "KL of a function without gradients": (
        "@torch.no_grad()\ndef kld(m, s):\n    return -0.5*torch.sum(1 + s - m**2 - s.exp(), dim=1)\n" + f"loss = ({SQUARES} + kld(mu, lv)).mean()", "that is detached"),
    "KL returned under no_grad": (
        "def kld(m, s):\n    with torch.no_grad():\n        return -0.5*torch.sum(1 + s - m**2 - s.exp(), dim=1)\n" + f"loss = ({SQUARES} + kld(mu, lv)).mean()", "that is detached"),
    "KL without its gradient, before it is summed": ("kl = (-0.5*(1+lv-mu**2-lv.exp())).detach()\n" + f"loss = {SQUARES}.mean() + kl.sum(1).mean()", "that is detached"),
    "KL of a mean without its gradient": ("m = mu.detach()\nkl = -0.5*torch.sum(1+lv-m**2-lv.exp(), dim=1)\n" + f"loss = ({SQUARES} + kl).mean()", "that is detached"),
    "KL of a spread without its gradient": ("s = jax.lax.stop_gradient(lv)\nkl = -0.5*torch.sum(1+s-mu**2-s.exp(), dim=1)\n" + f"loss = ({SQUARES} + kl).mean()", "that is detached"),
    "KL made a number": (KL + f"loss = {SQUARES}.mean() + float(kl.mean())", "that is detached"),
    "a data term without its gradient": (KL + "loss = ((x - y.detach())**2).sum((1, 2, 3)).mean() + kl.mean()", "that is detached"),
    "a schedule": (KL + "beta = min(1.0, epoch / 10)\nloss = F.mse_loss(y, x, reduction='sum') + beta * kl.sum()", "is not a number in this code"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_what_the_form_does_not_have_is_refused(name: str) -> None:
    code, sentence = REFUSED[name]
    reading = read_loss(code, PIXELS, BATCH)
    assert any(sentence in note.text for note in reading.unknown), reading
    assert "kl_weight" not in reading.settings
    if "opposite" in sentence or "Not recognised" in sentence:
        assert reading.settings == {}


@pytest.mark.parametrize(
    ("code", "sentence"),
    [
        (f"kl = -0.5 * torch.sum(lv - mu.pow(2) - lv.exp(), dim=1)\nloss = ({SQUARES} + kl).mean()", "½ nat too large for every latent"),
        (KL + "loss = ((x - y)**2).sum(1).mean() + kl.mean()", "all pixels of a flat image"),
        (KL + "loss = (((x - y)**2).sum((1, 2)).mean() + kl.mean())", "all of an image without channels"),
        (KL + "loss = F.mse_loss(y, x, reduction='sum') / (x.size(0) * x.size(1)) + kl.mean()", "taken to be that of a flat image"),
        (KL + "loss = (kl - D.Independent(D.Bernoulli(logits=y), 1).log_prob(x)).mean()", "all pixels of a flat image"),
    ],
)  # fmt: skip
def test_what_is_taken_for_granted_is_said(code: str, sentence: str) -> None:
    assert any(sentence in note.text for note in read_loss(code, PIXELS, BATCH).recognised)
    flat = read_loss("x = x.view(len(x), -1)\n" + LOSSES["KL in log σ"].replace("xf - yf", "x - y"), PIXELS, BATCH)
    assert not any(sentence in note.text for note in flat.recognised)


@pytest.mark.parametrize(
    ("code", "sentence", "left"),
    [
        ("loss = (F.mse_loss(y, x, reduction='sum') - 0.5 * torch.sum(1 + lv - mu**2 - lv.exp())) / n", "n is not a number in this code", ""),
        (KL + f"loss = (0.5 * {SQUARES} + 0.5 * 12 * math.log(2 * math.pi) + kl).mean()", "½ log 2πσₓ² of the pixels", "data_constants"),
        ("rec = tf.reduce_sum(tf.keras.losses.mse(x, y))\nkl = -0.5 * tf.reduce_sum(1 + lv - tf.square(mu) - tf.exp(lv))\nloss = rec + kl",
         "one over channels if they are not", "over_pixels"),
    ],
)  # fmt: skip
def test_what_the_code_leaves_open_is_said_and_the_rest_filled_in(code: str, sentence: str, left: str) -> None:
    reading = read_loss(code, PIXELS, BATCH)
    assert [note for note in reading.unknown if sentence in note.text]
    assert {"kl_weight", "data_term"} <= reading.settings.keys() and left not in reading.settings


@pytest.mark.parametrize(("size", "pixels"), [(28, None), (64, None), (3072, "3072")])
def test_the_side_of_an_image_is_not_taken_for_its_pixels(size: int, pixels: str | None) -> None:
    area = "image_size**2" if pixels is None else "image_size"
    reading = read_loss(f"image_size = {size}\n" + KL + f"loss = F.mse_loss(y, x) * {area} + kl.mean()", 784, BATCH)
    assert reading.settings.get("pixel_count") == pixels
    assert (reading.settings["over_pixels"], reading.settings["factor"]) == ("sum", "1")


def test_a_setting_that_the_form_does_not_accept_is_named_and_left_as_it_is() -> None:
    app = AppTest.from_file(str(ROOT / "pages" / "loss.py"), default_timeout=120).run()
    app.text_area(key="loss_code").set_value(KL + "loss = F.mse_loss(y, x) + 1e-9 * kl.mean()")
    next(button for button in app.button if button.label == "Fill in the form").click().run()
    assert not app.exception
    (warning,) = app.warning
    assert warning.value.replace("\\", "") == (
        "kl_weight must be a number or a fraction from 1e-06 to 1000; got 1e-09: it is left as it is."
    )
    said = next(caption.value for caption in app.caption if caption.value.startswith("The form now says"))
    assert "mean over pixels" in said and "times 1e" not in said
