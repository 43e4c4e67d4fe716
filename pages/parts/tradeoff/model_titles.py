"""What the screens call each model, and a sentence on it; links and Python have the names of the files."""

TITLES = {
    "number": "One number",
    "humps": "Two-humped posterior",
    "digits-linear-2": "Digits, 2 latents, linear",
    "digits-linear-8": "Digits, 8 latents, linear",
    "digits-linear-32": "Digits, 32 latents, linear",
    "digits-2": "Digits, 2 latents (VAE)",
    "digits-2-binary": "Binary digits, 2 latents (VAE)",
    "digits-16": "Digits, 16 latents (VAE)",
}

DESCRIPTIONS = {
    "number": "One number x, one latent: f(z) = wz + b, Gaussian noise.",
    "humps": "One number x, one latent: f(z) = z², Gaussian noise. A posterior with two humps.",
    "digits-linear-2": "Grey digits, 2 latents, a linear decoder: probabilistic PCA.",
    "digits-linear-8": "Grey digits, 8 latents, a linear decoder: probabilistic PCA.",
    "digits-linear-32": "Grey digits, 32 latents, a linear decoder: probabilistic PCA.",
    "digits-2": "Grey digits, 2 latents, a network with Gaussian pixels.",
    "digits-2-binary": "Black and white digits, 2 latents, a network with Bernoulli pixels.",
    "digits-16": "Grey digits, 16 latents, a network with Gaussian pixels.",
}
