"""The quiz, first part: three questions of the lesson’s level."""

from pages.parts.quiz.question import Answer, Question, with_unique_keys

LESSON = with_unique_keys([
    Question(
        "quiz/jensen",
        "Which step of the derivation uses Jensen’s inequality?",
        (
            Answer(
                "Multiplying and dividing by q(z|x) under the integral", False,
                "That changes nothing, as long as q is not zero where p(x, z) is not.",
            ),
            Answer(
                "Moving the log from outside the expectation under q to its inside", True,
                "log E_q[p(x, z) / q] ≥ E_q[log p(x, z) / q], because the log is concave. It is the only inequality on the"
                " way, and what it gives away is the gap, KL(q ‖ p(z|x)).",
            ),
            Answer(
                "Splitting the bound into reconstruction and KL", False,
                "The log of a product is a sum of logs: log p(x, z) = log p(x|z) + log p(z). Both sides are equal.",
            ),
            Answer(
                "Writing the KL of two Gaussians in closed form", False,
                "The closed form is exact. Nothing is bounded there.",
            ),
        ),
        "/derivation?step=4", "See the step with Jensen",
    ),
    Question(
        "quiz/closed-form",
        "q has mean (1, 0) and variance (0.5, 2). What is KL(q ‖ N(0, I)), in nats?",
        (
            Answer(
                "0.5", False,
                "That is the share of the means alone, ½ · 1². The variances cost something too: neither of them is 1.",
            ),
            Answer(
                "0.75", True,
                "½ Σ (mean² + variance − 1 − log variance): the first dimension costs 0.5966, the second 0.1534. The logs of"
                " 0.5 and 2 cancel.",
            ),
            Answer("1.25", False, "That is the other way round, KL(N(0, I) ‖ q). KL is not symmetric."),
            Answer("1.5", False, "Here the ½ before the sum was forgotten."),
            Answer(
                "1.625", False,
                "Here 0.5 and 2 were taken for standard deviations and squared. They are variances already.",
            ),
        ),
        "/tradeoff?q=hand&mean=1%200&variance=0.5%202&move=each", "See this q, and its KL in the table",
    ),
    Question(
        "quiz/sum-of-squares",
        "A loss is ‖x − x̂‖² + KL, the squares summed over all pixels. Which noise of the decoder does it assume?",
        (
            Answer("None: it has no σx in it", False, "It has one, unwritten: the weight between the terms."),
            Answer(
                "σx² = 1", False,
                "That would be ½‖x − x̂‖² + KL: a Gaussian’s log density has ‖x − x̂‖² / (2σx²) in it.",
            ),
            Answer(
                "σx² = ½", True,
                "‖x − x̂‖² / (2σx²) is ‖x − x̂‖² exactly when σx² = ½, so σx = 0.707. For pixels between 0 and 1 that is a"
                " great deal of noise.",
            ),
            Answer("σx² = 2", False, "Then the squares would be weighed by 1 / (2σx²) = ¼."),
        ),
        "/tradeoff?sigma_x=0.70711&q=best", "See the best q at σx² = ½",
    ),
])  # fmt: skip
"""Three to begin with."""
