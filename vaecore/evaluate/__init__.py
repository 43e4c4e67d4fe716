"""Every term of the ELBO identity for any model, by the most accurate method that the model admits."""
