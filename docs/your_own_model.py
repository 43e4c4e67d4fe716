"""A VAE of your own, measured: the terms of its ELBO, log p(x), the gap, the optimal q, a sweep of its variance, a figure.

    pip install ".[figures]"
    python docs/your_own_model.py          prints the numbers and writes your_own_model.html
    python docs/your_own_model.py --show   also opens the figure in a browser

The cells, which begin with `# %%`, open as a notebook in VS Code, PyCharm, Spyder and Jupytext. Put your own networks into
the first one. It takes a few seconds on one core. All values are in nats per image.
"""

# %% Your networks
# The decoder maps z, shape (batch, latent), to one number per pixel: its mean for `GaussianPixels`, its logit for
# `BernoulliPixels`. The encoder maps x, shape (batch, pixels), to the means of q(z|x) followed by its log-variances. Both
# may be any modules. An image is a row of pixels: a network that needs its shape begins with nn.Unflatten or ends with
# nn.Flatten. Without an encoder, leave it out and give q as vaecore.DiagonalGaussian(mean, variance).
import sys
from pathlib import Path

import plotly.graph_objects as go
import torch
from torch import nn

import vaecore
from vaecore.data import digits, mnist
from vaecore.figures.tradeoff import tradeoff_chart
from vaecore.tools.training import Schedule, train

torch.manual_seed(0)
encoder = nn.Sequential(nn.Linear(784, 64), nn.SiLU(), nn.Linear(64, 4))
decoder = nn.Sequential(nn.Linear(2, 64), nn.SiLU(), nn.Linear(64, 784))
model = vaecore.VAE(decoder, vaecore.GaussianPixels(0.05), latent_dim=2, encoder=encoder)  # 0.05 is σₓ², a variance

# %% Training: five epochs on 10,000 digits, σₓ² learned together with the weights. Leave it out if yours is trained already
images = mnist.grey(digits.training_digits().images)  # shape (10000, 784), 0 to 1
schedule = Schedule(epochs=5, batch_size=100, learning_rate=3e-3)
for epoch in train(model, images, schedule, torch.Generator().manual_seed(0)):
    print(f"epoch {epoch.epoch}: ELBO {epoch.elbo:.1f} nats per image")
model.eval().requires_grad_(False)

# %% The terms of the ELBO for one image, under the encoder's q
x = mnist.grey(digits.test_digits().images[:1])  # shape (1, 784): a batch of one digit, a 0
q = model.encode(x)
terms = vaecore.elbo(model, x, q)
print(f"reconstruction {terms.reconstruction.item():.3f}")
print(f"KL {terms.kl.sum().item():.3f}")
print(f"ELBO {terms.elbo.item():.3f}")

# %% log p(x), and the gap KL(q ‖ p(z|x)), which is not computed as a difference
# One or two latents: each error is at most 0.001 nat, or 0.00001 of the value where that is more; only convolutions with
# ReLU units have larger ones, which are then in `error`, unless vaecore.decoding_budget allows more points. A
# vaecore.LinearDecoder is exact with any number of latents. Above two latents a network's log p(x) and gap are lower bounds
# with a standard error.
evidence = vaecore.evidence(model, x)
gap = vaecore.gap(model, x, q, evidence)
print(f"log p(x) {evidence.value.item():.3f}, error at most {evidence.error.item():.1g}")
print(f"gap {gap.value.item():.3f}")
print(f"residual {(evidence.value - terms.elbo - gap.value).item():.1g}")  # log p(x) − ELBO − gap: 0 up to these errors

# %% The optimal diagonal Gaussian for this image, which splits the gap in two
best = vaecore.best_gaussian(model, x)
best_elbo = vaecore.elbo(model, x, best).elbo
print(f"optimal ELBO {best_elbo.item():.3f}")
print(f"amortisation gap {(best_elbo - terms.elbo).item():.3f}")  # because the encoder's q is not the optimal one
print(f"approximation gap {(evidence.value - best_elbo).item():.3f}")  # because the posterior is not a diagonal Gaussian

# %% Both terms as functions of q's variance, the same in both dimensions, with q's mean at the optimum
variances = torch.logspace(-5, 0, 121)
sweep = vaecore.sweep_variance(model, x, best.mean, variances)
step = int(sweep.best_step())
print(f"best of 121 variances {variances[step].item():.3e}, ELBO {sweep.elbo[0, step].item():.3f}")

# %% The figure
figure = go.Figure(tradeoff_chart(sweep, evidence=evidence, at=step))
figure.write_html("your_own_model.html")
print(f"figure {Path('your_own_model.html').resolve()}")
if "--show" in sys.argv:
    figure.show()
