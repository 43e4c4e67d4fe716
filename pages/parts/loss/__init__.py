"""Your loss: the form of a loss, what it means while its KL weight moves, its code, and numbers from a training log."""
