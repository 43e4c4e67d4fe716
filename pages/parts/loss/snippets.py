"""The code of a loss: as its form says it, and as minus the ELBO in nats per image."""

from vaecore.losses.form import LossForm
from vaecore.losses.terms import DataTerm, Decoded, Reduction, WrittenKL

_SAMPLE = "z = mean + (0.5 * log_variance).exp() * torch.randn_like(mean)"
_KL = "0.5 * (mean**2 + log_variance.exp() - 1 - log_variance)"


def your_loss(form: LossForm) -> str:
    """Python that computes a loss of this form from mean, log_variance, x of shape (batch, pixels) and a decoder."""
    call, factor = _data_call(form)
    reduced = {
        (Reduction.SUM, Reduction.SUM): ', reduction="sum")',
        (Reduction.SUM, Reduction.MEAN): ', reduction="sum") / len(x)',
        (Reduction.MEAN, Reduction.MEAN): ', reduction="mean")',
        (Reduction.MEAN, Reduction.SUM): ', reduction="none").mean(1).sum()',
    }[form.over_pixels, form.data_over_batch]
    over_latents, over_batch = form.over_latents.value, form.kl_over_batch.value
    weight = "" if form.kl_weight == 1 else f"{form.kl_weight:.10g} * "
    lines = [
        "z = mean" if form.decoded is Decoded.MEAN else _SAMPLE,
        "x_hat = decoder(z)",
        f"data = {factor}{call}{reduced}",
        f"kl = {_written_kl(form.written_kl)}.{over_latents}(1).{over_batch}()",
        f"loss = data + {weight}kl",
    ]
    return "\n".join(lines) + "\n"


def _data_call(form: LossForm) -> tuple[str, str]:
    """The call of the data term without its reduction, and its factor."""
    factor = "" if form.factor == 1 else f"{form.factor:.10g} * "
    full = ", full=True" if form.constants else ""
    if form.data is DataTerm.CROSS_ENTROPY:
        return "F.binary_cross_entropy_with_logits(x_hat, x", factor
    if form.data is DataTerm.LEARNED_NOISE:
        return f"F.gaussian_nll_loss(x_hat, x, log_noise.exp().expand_as(x){full}", factor
    if form.constants:
        return f"F.gaussian_nll_loss(x_hat, x, torch.full_like(x, {0.5 / form.factor:.10g}){full}", ""
    return "F.mse_loss(x_hat, x", factor


def _written_kl(written: WrittenKL) -> str:
    a, b = written.powers
    squared = "log_variance.exp()" if a == 1 else f"({a:g} * log_variance).exp()"
    log = "log_variance" if b == 1 else f"{b:g} * log_variance"
    return f"0.5 * (mean**2 + {squared} - 1 - {log})"


def corrected(form: LossForm, learned: bool) -> str:
    """A Python function, minus the ELBO of the images of a batch, with the data term of this form.

    Args:
        form: gives the pixels' distribution and, if σₓ² is not learned, σₓ² for β = 1.
        learned: whether σₓ² is one of the parameters.
    """
    if form.data is DataTerm.CROSS_ENTROPY:
        return _bernoulli(form)
    fixed = not learned and form.level is not None
    imports = ["import math", "", "import torch", "", ""]
    if fixed:
        noise = [f"NOISE_VARIANCE = {form.noise_variance():.10g}  # σₓ²: what your loss implies with β = 1", "", ""]
        argument, name = "", "NOISE_VARIANCE"
        log = f"math.log(2 * math.pi * {name})"
    else:
        noise = [
            "# log σₓ²: pass it to the optimiser too.",
            "log_noise = torch.nn.Parameter(torch.tensor(-3.0))",
            "",
            "",
        ]
        argument, name = ", log_noise", "log_noise.exp()"
        log = "(math.log(2 * math.pi) + log_noise)"
    return "\n".join(
        [
            *imports,
            *noise,
            f"def negative_elbo(encoder, decoder, x{argument}):",
            '    """Minus the ELBO in nats, a mean over images; x: (batch, pixels)."""',
            "    mean, log_variance = encoder(x).chunk(2, dim=1)",
            f"    {_SAMPLE}",
            "    squares = (x - decoder(z)).square().sum(1)  # over pixels",
            f"    constant = 0.5 * x.shape[1] * {log}",
            f"    reconstruction = -0.5 * squares / {name} - constant",
            f"    kl = {_KL}.sum(1)  # over latents",
            "    return -(reconstruction - kl).mean()  # over the batch",
            "",
        ]
    )


def _bernoulli(form: LossForm) -> str:
    drawn = ["    x = torch.bernoulli(x)  # grey values as probabilities, drawn anew each time"] if form.grey else []
    return "\n".join(
        [
            "import torch",
            "from torch.nn import functional as F",
            "",
            "",
            "def negative_elbo(encoder, decoder, x):",
            '    """Minus the ELBO in nats, a mean over images; x: (batch, pixels), decoder(z): logits."""',
            *drawn,
            "    mean, log_variance = encoder(x).chunk(2, dim=1)",
            f"    {_SAMPLE}",
            '    entropies = F.binary_cross_entropy_with_logits(decoder(z), x, reduction="none")',
            "    reconstruction = -entropies.sum(1)  # over pixels",
            f"    kl = {_KL}.sum(1)  # over latents",
            "    return -(reconstruction - kl).mean()  # over the batch",
            "",
        ]
    )
