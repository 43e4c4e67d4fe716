"""Quadrature on lattices for models of one or two latents, with bounds on its error."""
