"""The derivation: nine steps from an autoencoder to the gap of a trained VAE, each with sliders, and two closing steps."""
