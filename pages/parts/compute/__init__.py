"""From a state to its numbers: the models, the cache, and the threads on which they are computed."""
