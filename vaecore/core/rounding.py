"""What rounding does to log p(x|z): a decoder's output is as exact as its floating type, and σₓ may be smaller than that."""

import torch
from jaxtyping import Float
from torch import Tensor

from vaecore.core.models import VAE

_MOST = 10.0  # nats by which rounding may move the objective of a search: more, and optima lie where rounding puts them


@torch.no_grad()
def rounding_of(
    model: VAE, x: Float[Tensor, "batch pixels"], value: Float[Tensor, "batch ..."]
) -> Float[Tensor, "batch ..."]:
    """About how far rounding may move log p(x|z), from what it is on average; in the dtype and on the device of `value`.

    With u = (f(z) − x) / σₓ pixel by pixel, log p(x|z) is a constant − ½‖u‖². Rounding moves each pixel of f by about ε
    times the size of a pixel, and so ½‖u‖² by ‖u‖ times that over σₓ; and sums in float64 lose their digits of ‖x / σₓ‖².

    Args:
        model: the model.
        x: images.
        value: log p(x|z) of each.
    """
    eps = torch.finfo(model.dtype).eps
    images = x.detach().to(value)
    shape = (len(x), *[1] * (value.ndim - 1))
    squares = model.likelihood.residuals(images, torch.zeros_like(images)).square()  # (x / σₓ)², of Gaussian pixels
    distance = (2 * (model.likelihood.log_maximum(images).detach().reshape(shape) - value)).clamp_min(0).sqrt()
    of_decoder = eps * squares.mean(-1).sqrt().reshape(shape) * distance
    of_sums = torch.finfo(torch.float64).eps * squares.sum(-1).reshape(shape)
    return of_decoder.maximum(eps * value.abs()) + of_sums


def refuse_beyond_rounding(model: VAE, x: Float[Tensor, " pixels"], height: Float[Tensor, ""], beta: float) -> None:
    """Refuse to look for the best q of an image where rounding hides it.

    Args:
        model: the model.
        x: the image.
        height: about the highest log p(x|z).
        beta: the weight of KL.

    Raises:
        ValueError: rounding moves log p(x|z) by far more than one q differs from the next.
    """
    rounding = float(rounding_of(model, x[None], height[None])[0])
    if rounding / beta > _MOST:
        kind = str(model.dtype).removeprefix("torch.")
        advice = "a larger σₓ or β" if model.dtype is torch.float64 else "model and images in float64, or a larger σₓ or β"
        divided = "" if beta == 1 else f", divided by β {rounding / beta:.2g}"
        raise ValueError(
            f"the best q cannot be found: log p(x|z) is {float(height):.3g} nats, and rounding of a {kind} decoder moves it "
            f"by about {rounding:.2g}{divided}. Take {advice}."
        )
