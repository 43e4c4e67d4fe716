"""The texts of the screen About the numbers, and its table of models."""

from pages.parts.tradeoff.controls import DESCRIPTIONS
from pages.parts.web.number_text import minus
from vaecore.core.devices import available_devices, choose_device
from vaecore.data.model_card import model_card, names

IDENTITY = r"""
Everything on the Trade-off screen is one identity, which holds for every q:

$$
\begin{aligned}
\log p(x) \;=\;& \mathbb{E}_{q}[\log p(x\mid z)] && \text{reconstruction} \\
-\;& \mathrm{KL}\big(q \,\Vert\, p(z)\big) && \text{KL} \\
+\;& \mathrm{KL}\big(q \,\Vert\, p(z\mid x)\big) && \text{gap}
\end{aligned}
$$

The first two terms together are the ELBO. The left side does not contain q: move q, and what the ELBO loses the gap takes
up. The gap is not found by subtraction but by a sum of its own, over points that are not all the same, and the residual is
what the terms disagree by. For a linear decoder that tests all four; elsewhere the gap takes log p(x) as known, and the
other three are tested.

All values are in nats per image, summed over pixels and over latent dimensions. No constant is left out, so with Gaussian
pixels log-densities may be positive.
"""

ROUTES = """
| the panel says | when | what the error means |
|---|---|---|
| **computed exactly** | a linear decoder with Gaussian pixels, any number of latents; KL, always | none but rounding |
| **computed to 0.001 nat** | one or two latents, any decoder: sums over a lattice of z, fine where the mass is | a bound |
| **estimated ± …** | more latents: evenly spread points of q; log p(x) by an importance bound | 2 standard errors |
| **illustration** | the images: a mean over evenly spread points of q, and eight samples with frozen noise | |

The *best q* is the Gaussian with independent dimensions that makes the objective largest for this one image. The gap that
it leaves is the price of the family; what the encoder's answer loses on top is the price of one encoder for all images.

The *β-objective*, reconstruction − β·KL, is a lower bound on log p(x) for β ≥ 1 only.
"""

SOURCES = """
- Digits: the test set of MNIST (LeCun, Cortes and Burges, 1998), Creative Commons Attribution-Share Alike 3.0.
- The bound: Kingma and Welling, *Auto-Encoding Variational Bayes*, 2014. The β-objective: Higgins et al., *β-VAE*, 2017.
- The linear models: Tipping and Bishop, *Probabilistic Principal Component Analysis*, 1999.
- The importance bound: Burda, Grosse and Salakhutdinov, *Importance Weighted Autoencoders*, 2016.
"""

_COLUMNS = (
    ("reconstruction", "reconstruction"), ("kl", "KL"), ("elbo", "ELBO"), ("log_evidence", "log p(x)"),
    ("importance_bound_500", "L₅₀₀ ≤ log p(x)"),
)  # fmt: skip


def models_table() -> str:
    """HTML: each model, what it is, and the means over MNIST's 10,000 test digits that were measured when it was made."""
    head = "".join(f"<th>{label}</th>" for _, label in _COLUMNS)
    rows = []
    for name in names():
        figures = model_card(name).figures
        cells = "".join(f"<td>{minus(figures[key], 2) if key in figures else ''}</td>" for key, _ in _COLUMNS)
        noise = f"{figures['noise_deviation']:.3f}" if "noise_deviation" in figures else ""
        rows.append(f"<tr><th><code>{name}</code></th><td>{DESCRIPTIONS[name]}</td><td>{noise}</td>{cells}</tr>")
    return (
        '<div class="wide" tabindex="0" role="region" aria-label="The models">'
        '<table class="models"><caption>Means over MNIST’s 10,000 test digits, in nats per image</caption>'
        f"<tr><th>model</th><th>what it is</th><th>σx</th>{head}</tr>{''.join(rows)}</table></div>"
    )


def device_sentence() -> str:
    """Which device computes, of those that this machine has."""
    return f"Devices of this machine: {', '.join(available_devices())}. Computing on: {choose_device()}."
