"""From a state to its numbers: the models, the cache, and the processes and threads on which they are computed.

browser ⇄ server: scripts, websockets, files      workers → processes
             ⇅ questions and answers, pickled
          a process for each core                 process → answering → fair_pool → cached → vaecore
"""

import os

# One core for each process. torch reads this when it is first imported.
os.environ.setdefault("OMP_NUM_THREADS", "1")
