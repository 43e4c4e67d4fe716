"""The instrument: the hand and all that it moves, as one element of the page (Python, JavaScript and CSS side by side)."""
