"""Questions with several answers, each of which gets its reason."""
