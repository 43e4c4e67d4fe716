"""The derivation: seven steps from the KL divergence to the training loss, each with sliders, and two closing steps."""
