"""The quantities of the identity log p(x) = reconstruction − kl + gap, for any model.

How a value is computed depends on the model alone:

    closed_form   a linear decoder with Gaussian pixels, any number of latents: exact
    quadrature    any decoder of one or two latents: with a bound on the error
    sobol         more latents: Monte Carlo estimates with their standard errors

The three implement one protocol, `Evaluator`. All values are in nats per image, summed over pixels and latents, in the dtype
(float32 for half precision) and on the device of x, whatever those of the model and q are. No gradients flow through them.

The model is evaluated in evaluation mode and at full precision, and is left as it was (`vaecore.core.evaluation_mode`). A
decoder in half precision is evaluated in float32 with its weights as they are. Images may be given as tensors or NumPy
arrays, flat or in the decoder's image shape. Sweeps over variances are in `vaecore.evaluate.sweeps`.

Decoders that move in steps (signs, rounding, thresholds, the largest features) are recognised up to two latents, and what
lies beside a step is looked into. What may be missed there in silence is a piece of the latent space that touches nothing
else that matters and is narrower than about 0.001 (one latent) or 0.025 (two), in standard deviations of the prior. Where
σₓ is so small that rounding of the decoder's output decides, errors say so, and `best_gaussian` refuses to search; models in
float64 reach a σₓ of 1e-6.

Above two latents the errors of one batch are not independent: its images share their random numbers. The error of their mean
is not that of one image divided by √n; `vaecore.mean_elbo` computes it.

What it costs, in decoded points, of which a decoder of one's own makes most of the time:

    latents    once per decoder    image, q       sweep of 241 variances       log p(x)
    1          20,000              10             4,000 (ReLU 10,000)          10 (ReLU 1,000)
    2          50,000 to 70,000    10             10 (ReLU 20,000 to 900,000)  10 (ReLU 20,000)
    3 to 16    3,000               270            6,500 (ReLU 62,000)          2,000 to 65,000
    64         3,000               1,100          26,000 (ReLU 250,000)        67,000 to 75,000

What is decoded once per decoder is kept if it has at most 38 million numbers: 28 × 28 grey pixels just fit in two latents.
Of a decoder that ends in a linear layer that layer's inputs are kept instead, and any number of pixels fits. Larger ones are
decoded again for every image; their errors are bounded in the same way. Variances above 6 cost 200,000 points more.

Convolutions make a point cost fifty times as much, and fewer are decoded: with two latents 4,000 to 15,000 once per decoder
and up to 9,000 (28 × 28 pixels) or 4,500 (32 × 32) for a sweep, two to four seconds together on one core. Where such a
decoder is smooth the errors are what they are elsewhere, with 32 × 32 pixels up to seven times that for some q. ReLU
units ask for twenty times as many points: the errors of a sweep say 0.02 % to 0.4 % of the value. Who can wait a minute
allows them by `vaecore.decoding_budget(20)`, and errors are small as elsewhere.
"""

from jaxtyping import Float
from torch import Tensor

from vaecore.core.accuracy import Accuracy
from vaecore.core.decoding import PointDecoder
from vaecore.core.evaluation_mode import in_evaluation_mode
from vaecore.core.gaussian import DiagonalGaussian, kl_to_standard_normal, standard_normal_log_prob
from vaecore.core.models import VAE
from vaecore.core.records import ElboTerms, Evidence, Gap, ImportanceBound
from vaecore.evaluate.choose import evaluator_for
from vaecore.evaluate.importance import importance_bounds
from vaecore.evaluate.inputs import Array, evidence_of, latents_of, pixels_of, q_of, weight_of, whole_number


@in_evaluation_mode
def elbo(model: VAE, x: Array, q: DiagonalGaussian) -> ElboTerms:
    """The evidence lower bound of each image under q, and its two terms.

    Raises:
        ValueError: x or q do not fit the model, or each other.

    Example:
        >>> import torch, vaecore
        >>> model, x = vaecore.load("number"), torch.tensor([[2.0]])
        >>> terms = vaecore.elbo(model, x, vaecore.DiagonalGaussian(torch.tensor([[1.0]]), torch.tensor([[0.5]])))
        >>> round(terms.elbo.item(), 4), round(terms.reconstruction.item(), 4), round(terms.kl.sum().item(), 4)
        (-2.2655, -1.6689, 0.5966)
    """
    x = pixels_of(model, x)
    q = q_of(model, x, q)
    evaluator = evaluator_for(model, x)
    reconstruction, error = evaluator.reconstruction(x, q.mean, q.variance[:, None])
    kl = kl_to_standard_normal(q.mean, q.variance)
    return ElboTerms(reconstruction[:, 0], kl.to(x), error[:, 0], evaluator.accuracy)


@in_evaluation_mode
def evidence(model: VAE, x: Array) -> Evidence:
    """log p(x) of each image, and for one or two latents the table of log p(x, z) it was summed over.

    Above two latents, unless the decoder is linear, it is an estimated lower bound.

    Raises:
        ValueError: x does not fit the model.

    Example:
        >>> import torch, vaecore
        >>> found = vaecore.evidence(vaecore.load("number"), torch.tensor([[2.0]]))
        >>> round(found.value.item(), 4), str(found.accuracy)
        (-2.2655, 'exact')
    """
    x = pixels_of(model, x)
    return evaluator_for(model, x).evidence(x)


@in_evaluation_mode
def gap(model: VAE, x: Array, q: DiagonalGaussian, known: Evidence) -> Gap:
    """KL(q ‖ p(z|x)) of each image, the difference between log p(x) and the ELBO, computed independently of both terms.

    That log p(x) = reconstruction − kl + gap is thus a test and not a definition: of all four terms for a linear decoder,
    whose gap is a divergence of two Gaussians; elsewhere of the three that contain q, since p(z|x) takes log p(x) as known.

    Args:
        model: the model.
        x: images.
        q: the approximate posteriors.
        known: `evidence(model, x)`, which turns p(x, z) into p(z|x).

    Raises:
        ValueError: x, q and the evidence do not fit the model, or each other.

    Example:
        >>> import torch, vaecore
        >>> model, x = vaecore.load("number"), torch.tensor([[2.0]])
        >>> q = vaecore.DiagonalGaussian(torch.tensor([[0.0]]), torch.tensor([[1.0]]))
        >>> round(vaecore.gap(model, x, q, vaecore.evidence(model, x)).value.item(), 4)
        1.1534
    """
    x = pixels_of(model, x)
    q = q_of(model, x, q)
    evaluator = evaluator_for(model, x)
    known = evidence_of(x, known)
    value, error = evaluator.gap(x, q.mean, q.variance[:, None], known)
    return Gap(value[:, 0].to(x), error[:, 0].to(x), gap_accuracy(evaluator.accuracy, known.accuracy))


@in_evaluation_mode
def best_gaussian(model: VAE, x: Array, beta: float = 1.0) -> DiagonalGaussian:
    """The diagonal q of each image that maximises reconstruction − beta · kl.

    Raises:
        TypeError: beta is no number.
        ValueError: x does not fit the model, or beta is not positive.

    Example:
        >>> import torch, vaecore
        >>> q = vaecore.best_gaussian(vaecore.load("number"), torch.tensor([[2.0]]))
        >>> q.mean.item(), q.variance.item()
        (1.0, 0.5)
    """
    x = pixels_of(model, x)
    return evaluator_for(model, x).best_gaussian(x, weight_of(beta))


@in_evaluation_mode
def importance_bound(
    model: VAE, x: Array, q: DiagonalGaussian, samples: int, seed: int, *, replicates: int = 16
) -> ImportanceBound:
    """L_K with K = `samples` draws from q: a bound between the ELBO (K = 1) and log p(x) (Burda et al. 2016, eq. 8).

    Its standard error comes from `replicates` independent repetitions.

    Raises:
        ValueError: x or q do not fit the model or each other, or there is nothing to draw.

    Example:
        >>> import torch, vaecore
        >>> model, x = vaecore.load("number"), torch.tensor([[2.0]])
        >>> posterior = vaecore.DiagonalGaussian(torch.tensor([[1.0]]), torch.tensor([[0.5]]))
        >>> round(vaecore.importance_bound(model, x, posterior, samples=10, seed=0).value.item(), 4)
        -2.2655
    """
    samples, replicates = whole_number(samples, "samples", 1), whole_number(replicates, "replicates", 2)
    seed = whole_number(seed, "seed", -(2**63))
    x = pixels_of(model, x)
    return importance_bounds(PointDecoder(model), x, q_of(model, x, q), samples, seed, replicates)


@in_evaluation_mode
def log_joint(model: VAE, x: Array, z: Array) -> Float[Tensor, " points"]:
    """log p(x, z) of one image at any points z, shape (points, latent).

    Raises:
        ValueError: x is not one image of the model, or z does not have its latents.

    Example:
        >>> import torch, vaecore
        >>> model = vaecore.load("number")  # f(z) = z, σₓ² = 1
        >>> found = vaecore.log_joint(model, torch.tensor([[2.0]]), torch.tensor([[0.0], [1.0]]))
        >>> [round(value, 4) for value in found.tolist()]
        [-3.8379, -2.8379]
    """
    x = pixels_of(model, x)
    if len(x) != 1:
        raise ValueError(f"x must be one image of shape (1, pixels); got x.shape={tuple(x.shape)}.")
    z = latents_of(model, z, "z")
    decoder = PointDecoder(model)
    return (decoder.log_likelihood(decoder.project(x[0]), z) + standard_normal_log_prob(z)).to(x)


def gap_accuracy(of_q: Accuracy, of_evidence: Accuracy) -> Accuracy:
    """How accurate a gap is: added to a lower bound on log p(x), it is a lower bound as well."""
    return of_evidence if of_evidence is Accuracy.LOWER_BOUND else of_q
