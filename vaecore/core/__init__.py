"""What everything else builds on: records of results, Gaussians, likelihoods, models, and decoding."""
