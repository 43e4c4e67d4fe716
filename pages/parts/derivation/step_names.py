"""What the steps are called in short, and which of them lead to other screens."""

SHORT = {
    0: "why", 1: "KL", 2: "integral", 3: "posterior", 4: "Jensen", 5: "expanding", 6: "closed form", 7: "loss",
    8: "gaps",    9: "try it", 10: "quiz",
}  # fmt: skip
"""A word for every step."""

EXAMPLE, QUIZ = 9, 10
"""The steps that lead to other screens."""
