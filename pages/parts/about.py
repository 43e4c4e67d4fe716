"""The texts of the screen About the numbers, and its table of models."""

from pages.parts.tradeoff.model_titles import DESCRIPTIONS
from pages.parts.web.number_text import WORDS, minus
from vaecore.core.accuracy import Accuracy
from vaecore.data.model_card import model_card, names

IDENTITY = r"""
The Trade-off screen shows one identity, which holds for every q:

$$
\begin{aligned}
\log p(x) \;=\;& \mathbb{E}_{q}[\log p(x\mid z)] && \text{reconstruction} \\
-\;& \mathrm{KL}\big(q \,\Vert\, p(z)\big) && \text{KL} \\
+\;& \mathrm{KL}\big(q \,\Vert\, p(z\mid x)\big) && \text{gap}
\end{aligned}
$$

Reconstruction minus KL is the ELBO. The left side does not depend on q: if q changes, the gap grows by what the ELBO loses.
The gap on the screen is not that difference. It is a separate sum over z, partly at other points. The residual is what then
remains of log p(x) − reconstruction + KL − gap, so it tests the numbers. For a linear decoder it tests all four. For
other decoders the gap is computed with log p(x), and the residual tests the other three against each other.

All values are in nats per image, summed over pixels and over latent dimensions. No constant is dropped. With Gaussian pixels
p(x) is a density, so log p(x) may be positive.
"""

ROUTES = f"""
| the panel says | when | what the error means |
|---|---|---|
| **{WORDS[Accuracy.EXACT]}** | KL, always; all terms of a linear decoder with Gaussian pixels | rounding only |
| **{WORDS[Accuracy.BOUNDED]}** | other decoders with one or two latents: sums over a lattice of z, fine where the mass is \
| a bound: at most 0.001 nat, or 10⁻⁵ of the value where that is more; a bound above 0.001 nat is printed itself |
| **{WORDS[Accuracy.ESTIMATED]} ± …** | decoders with more latents: averages over quasi-random (Sobol) points of q \
| 2 standard errors |
| **{WORDS[Accuracy.LOWER_BOUND]} ± …** | log p(x) of these, by an importance bound; so are the gap and approximation gap \
| 2 standard errors of the bound |
| **illustration** | the images: an average over Sobol points of q, and eight samples with fixed noise | |

The *best q* is the Gaussian with independent dimensions that has the largest objective for this one image. The gap that it
leaves is the **approximation gap**: the cost of the family. What the encoder’s q loses in addition is the **amortisation
gap**: the cost of one encoder for all images.

The *β-objective*, reconstruction − β·KL, is a lower bound on log p(x) only for β ≥ 1.
"""

SOURCES = """
- Digits: the test set of MNIST (LeCun, Cortes and Burges, 1998), Creative Commons Attribution-Share Alike 3.0.
- The ELBO: Kingma and Welling, *Auto-Encoding Variational Bayes*, 2014. The β-objective: Higgins et al., *β-VAE*, 2017.
- The linear models: Tipping and Bishop, *Probabilistic Principal Component Analysis*, 1999.
- The importance bound, L₅₀₀ with 500 samples: Burda, Grosse and Salakhutdinov, *Importance Weighted Autoencoders*, 2016.
"""

_COLUMNS = (
    ("reconstruction", "reconstruction"), ("kl", "KL"), ("elbo", "ELBO"), ("log_evidence", "log p(x)"),
    ("importance_bound_500", "L₅₀₀ ≤ log p(x)"),
)  # fmt: skip


def models_table() -> str:
    """HTML: each model with a description and its means over MNIST's 10,000 test digits, measured when it was trained."""
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
        f"<tr><th>model</th><th>what it is</th><th>σₓ</th>{head}</tr>{''.join(rows)}</table></div>"
    )
