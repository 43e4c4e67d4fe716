"""The code of a loss: as its form says it, and as minus the ELBO in nats per image."""

from vaecore.losses.form import DataTerm, Decoded, LossForm, Reduction

_SAMPLE = "z = mean + (0.5 * log_variance).exp() * torch.randn_like(mean)"
_KL = "0.5 * (mean**2 + log_variance.exp() - 1 - log_variance)"


def your_loss(form: LossForm) -> str:
    """Python that computes a loss of this form from mean, log_variance, x of shape (batch, pixels) and a decoder."""
    call = {
        DataTerm.SQUARES: "F.mse_loss(x_hat, x",
        DataTerm.CROSS_ENTROPY: "F.binary_cross_entropy_with_logits(x_hat, x",
        DataTerm.LEARNED_NOISE: "F.gaussian_nll_loss(x_hat, x, log_noise.exp().expand_as(x)",
    }[form.data]
    reduced = {
        (Reduction.SUM, Reduction.SUM): ', reduction="sum")',
        (Reduction.SUM, Reduction.MEAN): ', reduction="sum") / len(x)',
        (Reduction.MEAN, Reduction.MEAN): ', reduction="mean")',
        (Reduction.MEAN, Reduction.SUM): ', reduction="none").mean(1).sum()',
    }[form.over_pixels, form.data_over_batch]
    over_latents, over_batch = form.over_latents.value, form.kl_over_batch.value
    factor = "0.5 * " if form.factor == 0.5 else ""
    weight = "" if form.kl_weight == 1 else f"{form.kl_weight:g} * "
    lines = [
        "z = mean" if form.decoded is Decoded.MEAN else _SAMPLE,
        "x_hat = decoder(z)",
        f"data = {factor}{call}{reduced}",
        f"kl = {_KL}.{over_latents}(1).{over_batch}()",
        f"loss = data + {weight}kl",
    ]
    return "\n".join(lines) + "\n"


def corrected(form: LossForm, learned: bool) -> str:
    """A Python function, minus the ELBO of the images of a batch, with the data term of this form.

    Args:
        form: gives the pixels' distribution and, if σx² is not to be learned, σx² where β = 1.
        learned: whether σx² is to be among the parameters.
    """
    if form.data is DataTerm.CROSS_ENTROPY:
        return _bernoulli(form)
    fixed = not learned and form.level is not None
    imports = ["import math", "", "import torch", "", ""]
    if fixed:
        noise = [f"NOISE_VARIANCE = {form.noise_variance():.10g}  # σx²: what your loss implies with β = 1", "", ""]
        argument, name = "", "NOISE_VARIANCE"
        log = f"math.log(2 * math.pi * {name})"
    else:
        noise = [
            "# log σx²: give it to the optimiser as well.",
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
