"""What decoders and encoders return, checked and brought into one form."""

from torch import Tensor, strided


def one_image_each(decoded: object, count: int) -> Tensor:
    """A decoder's output, of which there must be one image for each z."""
    if isinstance(decoded, tuple | list) and len(decoded) == 2 and all(isinstance(part, Tensor) for part in decoded):
        raise TypeError(
            f"the decoder must return one tensor, pixel means or logits; got {_kind(decoded)}. A mean and a variance for "
            "every pixel are not supported: GaussianPixels has one σₓ for all. If the second is something else, wrap the "
            "decoder in a module that returns the first alone."
        )
    if not isinstance(decoded, Tensor):
        raise TypeError(f"the decoder must return one tensor, pixel means or logits; got {_kind(decoded)}.")
    if decoded.layout is not strided:
        raise TypeError(f"the decoder must return a dense tensor; got one of the layout {decoded.layout}.")
    if decoded.ndim < 2 or len(decoded) != count:
        raise ValueError(
            f"the decoder must return an image for each z; got shape {tuple(decoded.shape)} for {count} points."
        )
    if not decoded.is_floating_point():
        raise TypeError(f"the decoder must return floating-point numbers; got {decoded.dtype}.")
    return decoded


def mean_and_variance(encoded: object, latent_dim: int) -> tuple[Tensor, Tensor]:
    """Mean and variance of q(z|x) from an encoder's output."""
    if isinstance(encoded, Tensor):
        if encoded.ndim != 2 or encoded.shape[1] != 2 * latent_dim:
            raise ValueError(
                f"the encoder must return {latent_dim} means and {latent_dim} log-variances in one row per image; "
                f"got shape {tuple(encoded.shape)}."
            )
        mean, log_variance = encoded.chunk(2, dim=-1)
    elif isinstance(encoded, tuple | list) and len(encoded) == 2 and all(isinstance(part, Tensor) for part in encoded):
        mean, log_variance = encoded
    else:
        raise TypeError(
            f"the encoder must return means and log-variances, as one tensor or as a pair of tensors; got {_kind(encoded)}."
        )
    if mean.ndim != 2 or mean.shape[1] != latent_dim:
        raise ValueError(f"the encoder must return {latent_dim} means per image; got shape {tuple(mean.shape)}.")
    return mean, log_variance.exp()


def _kind(value: object) -> str:
    if isinstance(value, tuple | list):
        return f"a {type(value).__name__} of {len(value)} ({', '.join(type(item).__name__ for item in value)})"
    return type(value).__name__
