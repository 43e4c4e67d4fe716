"""From a state to its numbers: the models, the cache, and the threads on which they are computed."""

import os

# One core for each thread: the pool has as many threads as there are cores. torch reads this when it is first imported.
os.environ.setdefault("OMP_NUM_THREADS", "1")
