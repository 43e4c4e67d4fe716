"""Pasted loss code: public losses, rewritten with other names, and the settings that each must give; nothing is executed.

The sources are named as repository or page, and what is typical of each is kept: library, reductions, weights, slips.
"""
# ruff: noqa: E501 - lines are as long as what people print

import ast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pages.parts.loss.loss_code import LONGEST, read_loss
from pages.parts.loss.paste import filled_in

BCE, MSE, NLL = "cross-entropy", "squares", "learned noise"


def form(data: str, pixels: str, data_batch: str, latents: str, kl_batch: str, **more: str) -> dict[str, str]:
    """The settings that are expected: data term, its reductions, those of KL, and more."""
    names = ("data_term", "over_pixels", "data_over_batch", "over_latents", "kl_over_batch")
    return (
        dict(zip(names, (data, pixels, data_batch, latents, kl_batch), strict=True))
        | {"factor": "1", "kl_weight": "1"}
        | more
    )


KLD = "kl = -0.5 * torch.sum(1 + lv - m.pow(2) - lv.exp())\n"
SUMS = ("sum", "sum", "sum", "sum")
PER_IMAGE = ("sum", "mean", "sum", "mean")

CASES = {
    "pytorch/examples vae": (
        "def criterion(out, x, m, lv):\n"
        "    rec = F.binary_cross_entropy(out, x.view(-1, 784), reduction='sum')\n    " + KLD + "    return rec + kl",
        form(BCE, *SUMS, written_kl="right"),
    ),
    "pytorch/examples vae, 2017: size_average": (
        "rec = F.binary_cross_entropy(out, x.view(-1, 784), size_average=False)\n" + KLD + "loss = rec + kl",
        form(BCE, *SUMS),
    ),
    "pytorch/examples#290: mean cross-entropy, KL over batch and pixels": (
        "rec = F.binary_cross_entropy(out, x)\n" + KLD + "kl /= batch_size * 784\nloss = rec + kl",
        form(BCE, "mean", "mean", "sum", "mean", kl_weight="1/784"),
    ),
    "keras-team/keras examples/variational_autoencoder.py": (
        "from keras import backend as K\nrec = binary_crossentropy(inputs, outputs)\nrec *= original_dim\n"
        "kl = 1 + z_log_var - K.square(z_mean) - K.exp(z_log_var)\nkl = K.sum(kl, axis=-1)\nkl *= -0.5\n"
        "vae_loss = K.mean(rec + kl)\nvae.add_loss(vae_loss)",
        form(BCE, *PER_IMAGE),
    ),
    "keras.io/examples/generative/vae": (
        "class V(keras.Model):\n  def train_step(self, data):\n    with tf.GradientTape() as tape:\n"
        "      z_mean, z_log_var, z = self.encoder(data)\n      out = self.decoder(z)\n"
        "      rec = ops.mean(ops.sum(keras.losses.binary_crossentropy(data, out), axis=(1, 2)))\n"
        "      kl = -0.5 * (1 + z_log_var - ops.square(z_mean) - ops.exp(z_log_var))\n"
        "      kl = ops.mean(ops.sum(kl, axis=1))\n      total_loss = rec + kl\n",
        form(BCE, *PER_IMAGE),
    ),
    "blog.keras.io/building-autoencoders": (
        "def vae_loss(x, out):\n  xent = objectives.binary_crossentropy(x, out)\n"
        "  kl = - 0.5 * K.mean(1 + z_log_sigma - K.square(z_mean) - K.exp(z_log_sigma), axis=-1)\n  return xent + kl",
        {"data_term": BCE, "over_pixels": "mean", "over_latents": "mean", "factor": "1", "kl_weight": "1"},
    ),
    "AntixK/PyTorch-VAE vanilla_vae": (
        "def loss_function(self, *args, **kwargs):\n  out, x, m, lv = args\n  w = kwargs['M_N']\n  rec = F.mse_loss(out, x)\n"
        "  kld = torch.mean(-0.5 * torch.sum(1 + lv - m ** 2 - lv.exp(), dim=1), dim=0)\n  loss = rec + w * kld\n"
        "  return {'loss': loss, 'Reconstruction_Loss': rec.detach(), 'KLD': -kld.detach()}",
        {k: v for k, v in form(MSE, "mean", "mean", "sum", "mean").items() if k != "kl_weight"},
    ),
    "clementchadebec/benchmark_VAE mse": (
        "rec = 0.5 * F.mse_loss(out.reshape(x.shape[0], -1), x.reshape(x.shape[0], -1), reduction='none').sum(dim=-1)\n"
        "KLD = -0.5 * torch.sum(1 + log_var - mu.pow(2) - log_var.exp(), dim=-1)\nloss = (rec + KLD).mean(dim=0)",
        form(MSE, *PER_IMAGE, factor="0.5"),
    ),
    "clementchadebec/benchmark_VAE bce": (
        "rec = F.binary_cross_entropy(out.reshape(n, -1), x.reshape(n, -1), reduction='none').sum(dim=-1)\n"
        "KLD = -0.5 * torch.sum(1 + log_var - mu.pow(2) - log_var.exp(), dim=-1)\nreturn (rec + KLD).mean(dim=0), KLD.mean()",
        form(BCE, *PER_IMAGE),
    ),
    "1Konny/Beta-VAE gaussian": (
        "bs = x.size(0)\nx_recon = F.sigmoid(x_recon)\nrec = F.mse_loss(x_recon, x, size_average=False).div(bs)\n"
        "klds = -0.5*(1 + logvar - mu.pow(2) - logvar.exp())\ntotal_kld = klds.sum(1).mean(0, True)\n"
        "beta_vae_loss = rec + 4*total_kld\nloss = beta_vae_loss",
        form(MSE, *PER_IMAGE, kl_weight="4"),
    ),
    "1Konny/Beta-VAE bernoulli": (
        "rec = F.binary_cross_entropy_with_logits(x_recon, x, size_average=False).div(batch_size)\n"
        "klds = -0.5*(1 + logvar - mu.pow(2) - logvar.exp())\nloss = rec + 10*klds.sum(1).mean(0)",
        form(BCE, *PER_IMAGE, kl_weight="10"),
    ),
    "wiseodd/generative-models": (
        "rec = nn.binary_cross_entropy(out, x, size_average=False) / mb_size\n"
        "kl = torch.mean(0.5 * torch.sum(torch.exp(z_var) + z_mu**2 - 1. - z_var, 1))\nloss = rec + kl",
        form(BCE, *PER_IMAGE, written_kl="right"),
    ),
    "wiseodd/generative-models, TensorFlow": (
        "rec = tf.reduce_sum(tf.nn.sigmoid_cross_entropy_with_logits(logits=out, labels=X), 1)\n"
        "kl = 0.5 * tf.reduce_sum(tf.exp(z_logvar) + z_mu**2 - 1. - z_logvar, 1)\nvae_loss = tf.reduce_mean(rec + kl)",
        form(BCE, *PER_IMAGE),
    ),
    "jmetzen.github.io/2015-11-27": (
        "rec = -tf.reduce_sum(x * tf.log(1e-10 + y) + (1-x) * tf.log(1e-10 + 1 - y), 1)\n"
        "lat = -0.5 * tf.reduce_sum(1 + z_log_sigma_sq - tf.square(z_mean) - tf.exp(z_log_sigma_sq), 1)\n"
        "cost = tf.reduce_mean(rec + lat)",
        form(BCE, *PER_IMAGE),
    ),
    "hwalsuklee/tensorflow-mnist-VAE": (
        "ll = tf.reduce_sum(x * tf.log(y) + (1 - x) * tf.log(1 - y), 1)\n"
        "kl = 0.5 * tf.reduce_sum(tf.square(mu) + tf.square(sigma) - tf.log(1e-8 + tf.square(sigma)) - 1, 1)\n"
        "ll = tf.reduce_mean(ll)\nkl = tf.reduce_mean(kl)\nELBO = ll - kl\nloss = -ELBO",
        form(BCE, *PER_IMAGE, written_kl="right"),
    ),
    "an ELBO that is maximised": (
        "rec = -F.mse_loss(y, x, reduction='sum')\nkl = 0.5 * (m**2 + lv.exp() - 1 - lv).sum()\nelbo = rec - kl",
        form(MSE, *SUMS),
    ),
    "davidADSP/GDL_code": (
        "def r(y_true, y_pred):\n  return K.mean(K.square(y_true - y_pred), axis=[1, 2, 3])\n"
        "def k(y_true, y_pred):\n  return -0.5 * K.sum(1 + log_var - K.square(mu) - K.exp(log_var), axis=1)\n"
        "def total(y_true, y_pred):\n  loss = 1000 * r(y_true, y_pred) + k(y_true, y_pred)\n  return loss",
        {"data_term": MSE, "over_pixels": "mean", "over_latents": "sum", "factor": "1000", "kl_weight": "1"},
    ),
    "orybkin/sigma-vae-pytorch": (
        "rec = (0.5 * torch.pow((x - x_hat) / log_sigma.exp(), 2) + log_sigma + 0.5 * np.log(2 * np.pi)).sum()\n"
        "kl = -0.5 * torch.sum(1 + logvar - mu.pow(2) - logvar.exp())\nreturn rec + kl",
        form(NLL, *SUMS, data_constants="included"),
    ),
    "torch.distributions, Normal with fixed scale": (
        "q = Normal(m, (0.5 * lv).exp())\nz = q.rsample()\nkl = kl_divergence(q, Normal(0, 1)).sum(-1)\n"
        "rec = -Normal(decoder(z), 0.1).log_prob(x).sum(-1)\nloss = (rec + kl).mean()",
        form(MSE, *PER_IMAGE, factor="50", data_constants="included", decoded_at="sample", written_kl="right"),
    ),
    "torch.distributions, Bernoulli": (
        "q = torch.distributions.Normal(m, torch.exp(lv / 2))\nkl = torch.distributions.kl_divergence(q, torch.distributions."
        "Normal(torch.zeros_like(m), torch.ones_like(lv)))\n"
        "ll = torch.distributions.Bernoulli(logits=decoder(q.rsample())).log_prob(x)\n"
        "loss = -(ll.sum(1) - kl.sum(1)).mean()",
        form(BCE, *PER_IMAGE, decoded_at="sample"),
    ),
    "gaussian_nll_loss": (
        "rec = F.gaussian_nll_loss(x_hat, x, log_noise.exp(), reduction='sum')\n" + KLD + "loss = rec + kl",
        form(NLL, *SUMS, data_constants="left out"),
    ),
    "gaussian_nll_loss, full": (
        "rec = F.gaussian_nll_loss(x_hat, x, log_noise.exp(), full=True, reduction='sum')\n" + KLD + "loss = rec + kl",
        form(NLL, *SUMS, data_constants="included"),
    ),
    "std = exp(logvar), a slip of many forum threads": (
        "std = torch.exp(logvar)\nz = mu + std * torch.randn_like(std)\nx_hat = self.decoder(z)\n"
        "rec = ((x - x_hat) ** 2).sum(dim=1).mean()\nkl = -0.5 * (1 + logvar - mu**2 - logvar.exp()).sum(dim=1).mean()\n"
        "loss = rec + kl",
        form(MSE, *PER_IMAGE, written_kl="sigma for variance", decoded_at="sample"),
    ),
    "KL with exp(2·log σ) and log σ": (
        "def reparam(mu, log_std):\n  eps = torch.randn_like(mu)\n  return mu + eps * torch.exp(log_std)\n"
        "kl = -0.5 * torch.sum(1 + log_std - mu**2 - torch.exp(2 * log_std))\nloss = F.mse_loss(y, x, reduction='sum') + kl",
        form(MSE, *SUMS, written_kl="log sigma for log variance"),
    ),
    "KL in σ": (
        "sigma = F.softplus(s)\nz = mu + sigma * torch.randn_like(sigma)\n"
        "kl = 0.5 * (mu**2 + sigma**2 - 1 - torch.log(sigma**2)).sum()\nloss = F.mse_loss(decoder(z), x, reduction='sum') + kl",
        form(MSE, *SUMS, written_kl="right", decoded_at="sample"),
    ),
    "KL in log σ": (
        "z = mu + torch.exp(log_sigma) * torch.randn_like(mu)\n"
        "kl = (-log_sigma + 0.5 * (torch.exp(2 * log_sigma) + mu**2) - 0.5).sum()\n"
        "loss = F.mse_loss(decoder(z), x, reduction='sum') + kl",
        form(MSE, *SUMS, written_kl="right"),
    ),
    "decoded at the mean": (
        "x_hat = decoder(mu)\nloss = ((x_hat - x)**2).sum() - 0.5 * torch.sum(1 + lv - mu**2 - lv.exp())",
        form(MSE, *SUMS, decoded_at="mean"),
    ),
    "means over everything": (
        "mse = nn.MSELoss()\nrec = mse(out, x)\nkl = -0.5 * torch.mean(1 + lv - mu**2 - lv.exp())\nloss = rec + 0.00025 * kl\n"
        "loss.backward()",
        form(MSE, "mean", "mean", "mean", "mean", kl_weight="0.00025"),
    ),
    "nn.BCELoss(reduction='sum')": (
        "bce = nn.BCELoss(reduction='sum')\ndef f(y, x, mu, lv):\n  return bce(y, x) - 0.5 * torch.sum(1 + lv - mu.pow(2) - "
        "lv.exp())",
        form(BCE, *SUMS),
    ),
    "nn.BCEWithLogitsLoss": (
        "crit = nn.BCEWithLogitsLoss()\nrec = crit(logits, x) * 784\nkl = (0.5 * (mu**2 + lv.exp() - 1 - lv)).sum(1).mean()\n"
        "loss = rec + kl",
        form(BCE, *PER_IMAGE),
    ),
    "beta as a default argument": (
        "def f(x, y, mu, lv, beta=0.5):\n  rec = F.mse_loss(y, x, reduction='sum') / x.size(0)\n"
        "  kl = -0.5 * torch.sum(1 + lv - mu.pow(2) - lv.exp()) / x.size(0)\n  return rec + beta * kl",
        form(MSE, *PER_IMAGE, kl_weight="0.5"),
    ),
    "in place: loss += kl": (
        "loss = F.mse_loss(y, x, reduction='none').sum(1).mean()\nloss += 0.1 * (0.5 * (mu**2 + lv.exp() - 1 - lv)).sum(1).mean()",
        form(MSE, *PER_IMAGE, kl_weight="0.1"),
    ),
    "KL in two sums": (
        "kl = 0.5 * torch.sum(mu**2 + lv.exp()) - 0.5 * torch.sum(1 + lv)\nloss = F.mse_loss(y, x, reduction='sum') + kl",
        form(MSE, *SUMS),
    ),
    "a helper for KL": (
        "def kl_of(m, s):\n  return -0.5 * torch.sum(1 + s - m**2 - s.exp(), dim=1)\n"
        "def f(x, y, mu, logvar):\n  rec = ((x - y)**2).flatten(1).sum(1)\n  return (rec + kl_of(mu, logvar)).mean()",
        form(MSE, *PER_IMAGE),
    ),
    "jax: jnp": (
        "def loss_fn(x, logits, mean, logvar):\n  kl = -0.5 * jnp.sum(1 + logvar - jnp.square(mean) - jnp.exp(logvar))\n"
        "  rec = jnp.sum(jnp.square(x - logits))\n  return rec + kl",
        form(MSE, *SUMS),
    ),
    "tf.losses: reduce_mean of squares over axes": (
        "rec = tf.reduce_mean(tf.reduce_sum(tf.math.squared_difference(x, y), axis=[1, 2, 3]))\n"
        "kl = tf.reduce_mean(-0.5 * tf.reduce_sum(1 + lv - tf.square(mu) - tf.exp(lv), axis=1))\nloss = rec + kl",
        form(MSE, *PER_IMAGE),
    ),
    "divided by the number of pixels, twice": (
        "rec = F.mse_loss(y, x, reduction='mean')\n" + KLD + "kl = kl / (x.size(0) * 784)\nloss = rec + kl",
        form(MSE, "mean", "mean", "sum", "mean", kl_weight="1/784"),
    ),
    "latent_dim in the code": (
        "latent_dim = 16\noriginal_dim = 3072\nrec = mean_squared_error(x, y) * original_dim\n"
        "kl = -0.5 * K.sum(1 + lv - K.square(mu) - K.exp(lv), axis=-1)\nvae_loss = K.mean(rec + kl)",
        form(MSE, *PER_IMAGE, latent_count="16", pixel_count="3072"),
    ),
    "half the squares, written out": (
        "rec = 0.5 * (x**2 - 2*x*y + y**2).sum(1).mean()\nkl = (0.5 * (mu**2 + lv.exp() - 1 - lv)).sum(1).mean()\nloss = rec + kl",
        form(MSE, *PER_IMAGE, factor="0.5"),
    ),
    "Gaussian with 2σ² written out": (
        "rec = ((x - y)**2 / (2 * 0.25)).sum(1).mean()\nkl = (0.5 * (mu**2 + lv.exp() - 1 - lv)).sum(1).mean()\nloss = rec + kl",
        form(MSE, *PER_IMAGE, factor="2"),
    ),
    "σ² itself is the output": (
        "z = mu + torch.sqrt(var) * torch.randn_like(mu)\nkl = 0.5 * torch.sum(mu**2 + var - torch.log(var) - 1)\n"
        "loss = F.mse_loss(decoder(z), x, reduction='sum') + kl",
        form(MSE, *SUMS, written_kl="right"),
    ),
    "google/flax examples/vae": (
        "@jax.vmap\ndef kl_divergence(mean, logvar):\n"
        "  return -0.5 * jnp.sum(1 + logvar - jnp.square(mean) - jnp.exp(logvar))\n"
        "@jax.vmap\ndef bce(logits, labels):\n  logits = nn.log_sigmoid(logits)\n"
        "  return -jnp.sum(labels * logits + (1. - labels) * jnp.log(-jnp.expm1(logits)))\n"
        "loss = bce(out, x).mean() + kl_divergence(mean, logvar).mean()",
        form(BCE, *PER_IMAGE),
    ),
    "tensorflow.org/tutorials/generative/cvae": (
        "def log_normal(sample, mean, logvar, raxis=1):\n  log2pi = tf.math.log(2. * np.pi)\n"
        "  return tf.reduce_sum(-.5 * ((sample - mean) ** 2. * tf.exp(-logvar) + logvar + log2pi), axis=raxis)\n"
        "def compute_loss(model, x):\n  mean, logvar = model.encode(x)\n  z = model.reparameterize(mean, logvar)\n"
        "  out = model.decode(z)\n  ce = tf.nn.sigmoid_cross_entropy_with_logits(logits=out, labels=x)\n"
        "  logpx_z = -tf.reduce_sum(ce, axis=[1, 2, 3])\n  logpz = log_normal(z, 0., 0.)\n"
        "  logqz_x = log_normal(z, mean, logvar)\n  return -tf.reduce_mean(logpx_z + logpz - logqz_x)",
        form(BCE, *PER_IMAGE, written_kl="right"),
    ),
    "log q − log p of the sample, torch.distributions": (
        "q = Normal(mu, std)\nz = q.rsample()\nlog_q = q.log_prob(z).sum(-1)\nlog_p = Normal(0, 1).log_prob(z).sum(-1)\n"
        "log_px = Bernoulli(logits=decoder(z)).log_prob(x).sum(-1)\nloss = -(log_px + log_p - log_q).mean()",
        form(BCE, *PER_IMAGE, decoded_at="sample", written_kl="right"),
    ),
    "Independent distributions": (
        "q = Independent(Normal(mu, std), 1)\np = Independent(Normal(torch.zeros_like(mu), torch.ones_like(std)), 1)\n"
        "px = Independent(Bernoulli(logits=decoder(q.rsample())), 1)\nloss = -(px.log_prob(x) - kl_divergence(q, p)).mean()",
        form(BCE, *PER_IMAGE, decoded_at="sample"),
    ),
    "tensorflow/probability MultivariateNormalDiag": (
        "q = tfd.MultivariateNormalDiag(loc=mu, scale_diag=sigma)\n"
        "p = tfd.MultivariateNormalDiag(tf.zeros_like(mu), tf.ones_like(sigma))\n"
        "ll = tf.reduce_sum(tfd.Bernoulli(logits=logits).log_prob(x), axis=1)\n"
        "loss = -tf.reduce_mean(ll - tfd.kl_divergence(q, p))",
        form(BCE, *PER_IMAGE),
    ),
    "optax": (
        "rec = optax.sigmoid_binary_cross_entropy(logits, x).sum(-1).mean()\n"
        "kl = (0.5 * (mu**2 + jnp.exp(lv) - 1 - lv)).sum(-1).mean()\nloss = rec + kl",
        form(BCE, *PER_IMAGE),
    ),
    "PaddlePaddle": (
        "rec = paddle.nn.functional.mse_loss(y, x, reduction='sum')\nkl = -0.5 * paddle.sum(1 + lv - mu.pow(2) - lv.exp())\n"
        "loss = rec + kl",
        form(MSE, *SUMS),
    ),
    "ml-explore/mlx": (
        "rec = mx.sum(mx.square(x - y))\nkl = -0.5 * mx.sum(1 + lv - mx.square(mu) - mx.exp(lv))\nloss = rec + kl",
        form(MSE, *SUMS),
    ),
    "softplus of the logits": (
        "rec = (F.softplus(y) - x * y).sum(1)\nkl = -0.5 * (1 + lv - mu**2 - lv.exp()).sum(1)\nloss = torch.mean(rec + kl)",
        form(BCE, *PER_IMAGE),
    ),
    "logsigmoid of the logits": (
        "rec = -(x * F.logsigmoid(y) + (1 - x) * F.logsigmoid(-y)).sum(1)\nkl = -0.5 * (1 + lv - mu**2 - lv.exp()).sum(1)\n"
        "loss = torch.mean(rec + kl)",
        form(BCE, *PER_IMAGE),
    ),
    "probabilities that are clamped": (
        "rec = -(x * torch.log(y.clamp(1e-6, 1)) + (1 - x) * torch.log((1 - y).clamp(1e-6, 1))).sum(1)\n"
        "kl = -0.5 * (1 + lv - mu**2 - lv.exp()).sum(1)\nloss = torch.mean(rec + kl)",
        form(BCE, *PER_IMAGE),
    ),
    "a squared norm": (
        "rec = torch.linalg.vector_norm(x - y, dim=1) ** 2\nkl = (0.5 * (mu**2 + lv.exp() - 1 - lv)).sum(1)\nloss = (rec + kl).mean()",
        form(MSE, *PER_IMAGE),
    ),
    "σ = softplus + ε": (
        "sigma = F.softplus(s) + 1e-6\nz = mu + sigma * torch.randn_like(sigma)\n"
        "kl = (0.5 * (mu**2 + sigma**2 - 1) - sigma.log()).sum(1).mean()\n"
        "loss = F.mse_loss(decoder(z), x, reduction='none').sum(1).mean() + kl",
        form(MSE, *PER_IMAGE, written_kl="right", decoded_at="sample"),
    ),
    "a training loop that adds up its losses": (
        "for x, _ in loader:\n  mu, logvar = encoder(x)\n  z = mu + torch.exp(0.5 * logvar) * torch.randn_like(mu)\n"
        "  rec = ((decoder(z) - x) ** 2).sum(dim=(1, 2, 3)).mean()\n"
        "  kl = (-0.5 * (1 + logvar - mu**2 - logvar.exp())).sum(dim=1).mean()\n  loss = rec + 0.1 * kl\n"
        "  loss.backward()\n  total_loss += loss.item()",
        form(MSE, *PER_IMAGE, kl_weight="0.1", decoded_at="sample"),
    ),
    "latent_dim taken off after the sum": (
        "kl = 0.5 * ((mu**2).sum(-1) + logvar.exp().sum(-1) - latent_dim - logvar.sum(-1))\nloss = (((x - y)**2).sum(-1) + kl).mean()",
        form(MSE, *PER_IMAGE),
    ),
    "divided by numel()": (
        "rec = ((y - x)**2).sum() / x.numel()\nkl = -0.5 * torch.sum(1 + lv - mu**2 - lv.exp()) / mu.numel()\nloss = rec + kl",
        form(MSE, "mean", "mean", "mean", "mean"),
    ),
    "times the number of pixels of a shape": (
        "rec = F.mse_loss(y, x) * np.prod(x.shape[1:])\nkl = -0.5 * torch.mean(torch.sum(1 + lv - mu**2 - lv.exp(), dim=1))\n"
        "loss = rec + kl",
        form(MSE, *PER_IMAGE),
    ),
    "KL by the latents of its own shape": (
        "rec = F.mse_loss(y, x)\nkl = -0.5 * torch.sum(1 + lv - mu**2 - lv.exp(), dim=1).mean() / mu.size(1)\nloss = rec + kl",
        form(MSE, "mean", "mean", "mean", "mean"),
    ),
    "nn.GaussianNLLLoss(full=True)": (
        "crit = nn.GaussianNLLLoss(full=True, reduction='sum')\nloss = crit(y, x, var) - 0.5 * torch.sum(1 + lv - mu**2 - lv.exp())",
        form(NLL, *SUMS, data_constants="included"),
    ),
    "a lambda": (
        "kl = lambda m, s: -0.5 * torch.sum(1 + s - m**2 - s.exp())\nloss = F.mse_loss(y, x, reduction='sum') + kl(mu, lv)",
        form(MSE, *SUMS),
    ),
    "all over the batch once more": (
        "rec = F.mse_loss(y, x, reduction='sum')\n" + KLD + "loss = (rec + kl) / len(x)",
        form(MSE, *PER_IMAGE),
    ),
    "SherlockLiao/pytorch-beginner 08-AutoEncoder/Variational_autoencoder": (
        "criterion = nn.MSELoss(size_average=False)\ndef loss_of(y, x, m, lv):\n  rec = criterion(y, x)\n"
        "  parts = m.pow(2).add_(lv.exp()).mul_(-1).add_(1).add_(lv)\n  return rec + torch.sum(parts).mul_(-0.5)",
        form(MSE, *SUMS, written_kl="right"),
    ),
    "tf.keras.losses with Reduction.SUM": (
        "rec = tf.keras.losses.BinaryCrossentropy(reduction=tf.keras.losses.Reduction.SUM)(x, y)\n"
        "kl = -0.5 * tf.reduce_sum(1 + lv - tf.square(m) - tf.exp(lv))\nloss = rec + kl",
        {"data_term": BCE, "data_over_batch": "sum", "kl_over_batch": "sum"},
    ),
    "keras-team/keras variational_autoencoder_deconv.py: a side times itself": (
        "rec = mse(K.flatten(inputs), K.flatten(outputs))\nrec *= image_size * image_size\n"
        "kl = 1 + z_log_var - K.square(z_mean) - K.exp(z_log_var)\nkl = K.sum(kl, axis=-1)\nkl *= -0.5\nvae_loss = K.mean(rec + kl)",
        form(MSE, *PER_IMAGE),
    ),
    "keras-team/keras variational_autoencoder_deconv.py, 2016: rows times columns": (
        "rec = img_rows * img_cols * metrics.binary_crossentropy(K.flatten(x), K.flatten(y))\n"
        "kl = - 0.5 * K.mean(1 + z_log_var - K.square(z_mean) - K.exp(z_log_var), axis=-1)\nvae_loss = K.mean(rec + kl)",
        form(BCE, "sum", "mean", "mean", "mean"),
    ),
    "the ELBO has a name, its mean is what is returned": (
        "def f(x):\n  q = Independent(Normal(mu, std), 1)\n  lik = Independent(Bernoulli(logits=dec(q.rsample())), 3)\n"
        "  elbo = lik.log_prob(x) - kl_divergence(q, Independent(Normal(torch.zeros_like(mu), torch.ones_like(mu)), 1))\n"
        "  return -elbo.mean()",
        form(BCE, *PER_IMAGE, decoded_at="sample"),
    ),
    "the mean is taken where it is differentiated": (
        "ll = Bernoulli(logits=y).log_prob(x).sum(-1)\nkl = kl_divergence(Normal(mu, std), Normal(0, 1)).sum(-1)\n"
        "elbo = ll - kl\n(-elbo.mean()).backward()",
        form(BCE, *PER_IMAGE),
    ),
    "blog.keras.io 2016: one number per image, which Keras averages": (
        "def vae_loss(x, y):\n  rec = original_dim * objectives.binary_crossentropy(x, y)\n"
        "  kl = - 0.5 * K.sum(1 + z_log_var - K.square(z_mean) - K.exp(z_log_var), axis=-1)\n  return rec + kl",
        form(BCE, *PER_IMAGE),
    ),
    "the squared norm of everything": (
        "rec = torch.norm(x - y, p=2) ** 2\n" + KLD + "loss = rec + kl",
        form(MSE, *SUMS),
    ),
    "the squared norm of everything, as a method": (
        "rec = (x - y).norm(2).pow(2)\n" + KLD + "loss = rec + kl",
        form(MSE, *SUMS),
    ),
    "beta times latents over pixels, both in the code": (
        "latent_dim = 32\ninput_dim = 3 * 64 * 64\nkl = (-0.5 * (1 + lv - mu**2 - lv.exp())).sum(1).mean()\n"
        "loss = F.mse_loss(y, x) + 2.0 * latent_dim / input_dim * kl",
        form(MSE, "mean", "mean", "sum", "mean", kl_weight="1/192", pixel_count="12288", latent_count="32"),
    ),
    "tensorflow 0.12: reduction_indices": (
        "rec = tf.reduce_sum(tf.nn.sigmoid_cross_entropy_with_logits(logits=y, labels=x), reduction_indices=1)\n"
        "kl = -0.5 * tf.reduce_sum(1 + lv - tf.square(m) - tf.exp(lv), reduction_indices=1)\nloss = tf.reduce_mean(rec + kl)",
        form(BCE, *PER_IMAGE),
    ),
    "tf.nn.l2_loss": (
        "loss = tf.nn.l2_loss(x - y) - 0.5 * tf.reduce_sum(1 + lv - tf.square(m) - tf.exp(lv))",
        form(MSE, *SUMS, factor="0.5"),
    ),
    "keras.backend.binary_crossentropy, which reduces nothing": (
        "rec = K.sum(K.binary_crossentropy(x, y), axis=-1)\nkl = -0.5 * K.sum(1 + lv - K.square(m) - K.exp(lv), axis=-1)\nloss = K.mean(rec + kl)",
        form(BCE, *PER_IMAGE),
    ),
    "pyro-ppl/numpyro distributions, to_event": (
        "q = dist.Normal(mu, std).to_event(1)\np = dist.Normal(torch.zeros_like(mu), torch.ones_like(mu)).to_event(1)\n"
        "loss = (kl_divergence(q, p) - dist.Bernoulli(logits=dec(q.rsample())).to_event(3).log_prob(x)).mean()",
        form(BCE, *PER_IMAGE, decoded_at="sample"),
    ),
    "hunterheidenreich.com: a record with the loss": (
        "def forward(self, x):\n  rec = F.binary_cross_entropy(out, x, reduction='none').sum(-1).mean()\n"
        "  kl = kl_divergence(Normal(mu, std), Normal(0, 1)).sum(-1).mean()\n  return VAEOutput(loss=rec + kl, loss_recon=rec, loss_kl=kl)",
        form(BCE, *PER_IMAGE),
    ),
    "ageron/handson-ml: two results of one function": (
        "mean = my_dense(h, n_codings, activation=None)\ngamma = my_dense(h, n_codings, activation=None)\n"
        "codings = mean + tf.exp(0.5 * gamma) * tf.random_normal(tf.shape(gamma), dtype=tf.float32)\n"
        "rec = tf.reduce_sum(tf.nn.sigmoid_cross_entropy_with_logits(labels=X, logits=logits))\n"
        "loss = rec + 0.5 * tf.reduce_sum(tf.exp(gamma) + tf.square(mean) - 1 - gamma)",
        form(BCE, *SUMS, written_kl="right"),
    ),
    "henrysky/astroNN: int(x.shape[1])": (
        "def vae_loss(x, y):\n  size = int(x.shape[1])\n  rec = size * metrics.binary_crossentropy(K.flatten(x), K.flatten(y))\n"
        "  kl = -0.5 * K.sum(1 + z_log_var - K.square(z_mean) - K.exp(z_log_var), axis=-1)\n  return K.mean(rec + kl)",
        form(BCE, *PER_IMAGE),
    ),
    "both entries of img_size, KL in σ": (
        "rec = self.img_size[0] * self.img_size[1] * metrics.binary_crossentropy(K.flatten(x), K.flatten(y))\n"
        "kl = -0.5 * K.sum(1 + K.log(K.square(z_sigma)) - K.square(z_mean) - K.square(z_sigma), axis=-1)\nloss = K.mean(rec + kl)",
        form(BCE, *PER_IMAGE, written_kl="right"),
    ),
    "google-deepmind/distrax: q.kl_divergence(p)": (
        "q = distrax.MultivariateNormalDiag(mu, std)\nkl = q.kl_divergence(distrax.MultivariateNormalDiag(jnp.zeros_like(mu), jnp.ones_like(std)))\n"
        "ll = distrax.Independent(distrax.Bernoulli(logits=y), 3).log_prob(x)\nloss = -jnp.mean(ll - 0.5 * kl)",
        form(BCE, *PER_IMAGE, kl_weight="0.5"),
    ),
    "YannDubs/disentangling-vae, Gaussian pixels": (
        "rec = F.mse_loss(y * 255, x * 255, reduction='sum') / 255 / x.size(0)\n"
        "per_latent = 0.5 * (-1 - logvar + mean.pow(2) + logvar.exp()).mean(dim=0)\nloss = rec + 4 * per_latent.sum()",
        form(MSE, *PER_IMAGE, factor="255", kl_weight="4"),
    ),
    "a weight that is an attribute of the class": (
        "class V(nn.Module):\n  beta: float = 4.0\n  def loss(self, y, x, m, lv):\n"
        "    return (((x - y)**2).flatten(1).sum(1) + self.beta * (0.5 * (m**2 + lv.exp() - 1 - lv)).sum(1)).mean()",
        form(MSE, *PER_IMAGE, kl_weight="4"),
    ),
    "two calls of add_loss": (
        "class L(Layer):\n  def call(self, x):\n    self.add_loss(-0.5 * tf.reduce_mean(tf.reduce_sum(1 + lv - tf.square(m) - tf.exp(lv), 1)))\n"
        "    self.add_loss(tf.reduce_mean(tf.reduce_sum(tf.square(x - y), 1)))",
        form(MSE, *PER_IMAGE),
    ),
    "images between 0 and 255": (
        "rec = F.mse_loss(y, x / 255., reduction='sum')\n" + KLD + "loss = rec + kl",
        form(MSE, *SUMS),
    ),
    "a square image with its channels": (
        "rec = F.mse_loss(y, x) * (3 * img_size * img_size)\nkl = (0.5 * (mu**2 + lv.exp() - 1 - lv)).sum(1).mean()\nloss = rec + kl",
        form(MSE, *PER_IMAGE),
    ),
    "total first, then its parts": (
        "def f(y, x, m, lv):\n  rec = F.mse_loss(y, x, reduction='none').sum(-1)\n"
        "  kl = -0.5 * torch.sum(1 + lv - m.pow(2) - lv.exp(), dim=-1)\n  return (rec + kl).mean(0), rec.mean(0), kl.mean(0)",
        form(MSE, *PER_IMAGE),
    ),
}


@pytest.mark.parametrize("source", CASES)
def test_a_public_loss_fills_in_the_form(source: str) -> None:
    code, expected = CASES[source]
    read = read_loss(code)
    assert {name: read.settings.get(name) for name in expected} == expected, (read.recognised, read.unknown)
    assert read.recognised
    said = filled_in(read.settings)
    assert all(value in said for value in read.settings.values()), said
    assert said.startswith("The form now says what your code says. Data term: ")


def test_there_are_sixty_of_them() -> None:
    assert len(CASES) >= 60


NOT_READ = {
    "an absolute error": ("loss = F.l1_loss(y, x, reduction='sum') - 0.5 * torch.sum(1 + lv - mu**2 - lv.exp())", "L1"),
    "an unknown function": (
        "loss = perceptual(y, x) - 0.5 * torch.sum(1 + lv - mu**2 - lv.exp())",
        "Expected one data term",
    ),
    "a condition": (
        "if mode == 'a':\n  rec = F.mse_loss(y, x)\nelse:\n  rec = F.binary_cross_entropy(y, x)\n"
        + KLD.replace("m.", "mu.")
        + "loss = rec + kl",
        "depends on a condition",
    ),
    "pythae: the data term depends on a condition, and the loss is returned first": (
        "def f(y, x, m, lv):\n  if kind == 'mse':\n    rec = F.mse_loss(y, x, reduction='none').sum(-1)\n  elif kind == 'bce':\n"
        "    rec = F.binary_cross_entropy(y, x, reduction='none').sum(-1)\n"
        "  kl = -0.5 * torch.sum(1 + lv - m.pow(2) - lv.exp(), dim=-1)\n  return (rec + kl).mean(0), rec.mean(0), kl.mean(0)",
        "rec depends on a condition",
    ),
    "the pixels of another image than the form's": (
        "rec = tf.reduce_mean(mse(x, y)) * 64 * 64 * 3\n"
        "kl = tf.reduce_mean(tf.reduce_sum(-0.5 * (1 + lv - tf.square(m) - tf.exp(lv)), axis=1))\nloss = rec + kl",
        "multiplied by 12288",
    ),
    "Keras' arguments in each other's place": (
        "rec = K.sum(K.binary_crossentropy(out, x), axis=-1)\nkl = -0.5 * K.sum(1 + lv - K.square(m) - K.exp(lv), axis=-1)\nloss = K.mean(rec + kl)",
        "the two are swapped",
    ),
    "logits that are probabilities in Keras": (
        "bce = keras.losses.BinaryCrossentropy(from_logits=True)\nloss = bce(x, tf.sigmoid(out)) - 0.5 * K.mean(1 + lv - K.square(m) - K.exp(lv))",
        "taken twice",
    ),
    "a sum over an axis that Keras has left": (
        "rec = K.sum(keras.losses.mse(x, y), axis=-1)\nkl = -0.5 * K.sum(1 + lv - K.square(m) - K.exp(lv), axis=-1)\nloss = K.mean(rec + kl)",
        "leaves",
    ),
    "size_average is a name": (
        "rec = nn.MSELoss(size_average=average)(y, x)\nloss = rec - 0.5 * torch.sum(1 + lv - m.pow(2) - lv.exp())",
        "size_average",
    ),
    "opposite signs": (
        "kl = 0.5 * torch.sum(1 + lv - mu**2 - lv.exp())\nloss = F.mse_loss(y, x, reduction='sum') + kl",
        "opposite signs",
    ),
    "two data terms": (
        "loss = F.mse_loss(y, x) + F.binary_cross_entropy(y, x) - 0.5 * torch.sum(1 + lv - mu**2 - lv.exp())",
        "found 2 and 1",
    ),
    "free bits": (
        "kl = (0.5 * (mu**2 + lv.exp() - 1 - lv)).sum(1)\nloss = F.mse_loss(y, x, reduction='sum') + torch.clamp(kl, min=2).sum()",
        "free bits",
    ),
    "half a KL": ("loss = F.mse_loss(y, x) + torch.sum(mu**2)", "Not recognised"),
    "weighted pixels": (
        "rec = F.binary_cross_entropy_with_logits(y, x, pos_weight=w, reduction='sum')\nloss = rec - 0.5 * torch.sum(1 + lv - mu**2 - lv.exp())",
        "pos_weight",
    ),
    "a capacity": (
        "kl = (-0.5 * (1 + lv - mu**2 - lv.exp())).sum(1).mean()\nloss = F.mse_loss(y, x, reduction='sum') + gamma * (kl - C).abs()",
        "Not recognised",
    ),
    "a third term": (
        "loss = F.mse_loss(y, x, reduction='sum') - 0.5 * torch.sum(1 + lv - mu**2 - lv.exp()) + lpips(y, x).mean()",
        "Not recognised",
    ),
    "a weight that depends on a condition": (
        "if epoch < 10:\n  beta = 0.1\nloss = F.mse_loss(y, x, reduction='sum') - beta * 0.5 * torch.sum(1 + lv - mu**2 - lv.exp())",
        "beta is not a number",
    ),
    "another prior": (
        "kl = kl_divergence(Normal(m, s), Normal(m2, s2)).sum()\nloss = F.mse_loss(y, x) + kl",
        "other than the standard normal",
    ),
    "no Python": ("for x in", "not valid Python"),
    "no loss": ("x = 1", "No loss found"),
    "nothing": ("", "No loss found"),
    "too long": ("x = 1\n" * LONGEST, "at most"),
    "too deep": ("x = " + "-" * 5000 + "y", "Not read"),
    "brackets": ("x = " + "(" * 5000 + "y" + ")" * 5000, "not valid Python"),
    "a power tower": ("x = (a + b) ** 9 ** 9 ** 9\nloss = F.mse_loss(x, y)", "Not recognised"),
    "many terms": ("x = " + "+".join(f"a{i}" for i in range(200)) + "\nloss = F.mse_loss(x * x, y)", "Not recognised"),
}


@pytest.mark.parametrize("name", NOT_READ)
def test_what_is_not_recognised_is_said_and_never_guessed(name: str) -> None:
    code, sentence = NOT_READ[name]
    read = read_loss(code)
    assert any(sentence in note.text for note in read.unknown), read
    assert not {"factor", "kl_weight"} <= read.settings.keys()


def test_nothing_is_executed() -> None:
    read = read_loss("import os\nos.abort()\nopen('/tmp/loss_was_executed', 'w')\n__import__('os').abort()\nloss = x")
    assert read.settings == {}


@settings(deadline=None)
@given(st.text(alphabet="xyzloskml =+-*/().,[]0123456789'\n:def if", max_size=200))
def test_no_code_breaks_it(code: str) -> None:
    read_loss(code)


@given(
    weight=st.sampled_from([1.0, 0.5, 4.0, 0.00025, 10.0]),
    factor=st.sampled_from([1.0, 0.5, 3.0, 100.0]),
    data=st.sampled_from(["mse_loss", "binary_cross_entropy", "binary_cross_entropy_with_logits"]),
    pixels=st.sampled_from(["sum", "mean"]),
    batch=st.sampled_from(["sum", "mean"]),
    latents=st.sampled_from(["sum", "mean"]),
    kl_batch=st.sampled_from(["sum", "mean"]),
)
@settings(deadline=None)
def test_a_rendered_form_is_read_back(
    weight: float, factor: float, data: str, pixels: str, batch: str, latents: str, kl_batch: str
) -> None:
    code = (
        f"z = mu + (0.5 * log_variance).exp() * torch.randn_like(mu)\ny = decoder(z)\n"
        f"rec = {factor} * F.{data}(y, x, reduction='none').{pixels}(1).{batch}()\n"
        f"kl = (0.5 * (mu**2 + log_variance.exp() - 1 - log_variance)).{latents}(1).{kl_batch}()\nloss = rec + {weight} * kl"
    )
    read = read_loss(code).settings
    assert (read["over_pixels"], read["data_over_batch"]) == (pixels, batch)
    assert (read["over_latents"], read["kl_over_batch"]) == (latents, kl_batch)
    assert read["data_term"] == (MSE if data == "mse_loss" else BCE)
    values = [
        float(ast.literal_eval(a)) / float(b or 1) for a, _, b in (read[n].partition("/") for n in ("factor", "kl_weight"))
    ]
    assert values == pytest.approx([factor, weight], rel=1e-9)
    assert (read["decoded_at"], read["written_kl"]) == ("sample", "right")
