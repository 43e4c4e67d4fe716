"""The quiz, first part: three questions on the derivation."""

from pages.parts.quiz.question import Answer, Question, with_unique_keys

LESSON = with_unique_keys([
    Question(
        "quiz/jensen",
        "Which step of the derivation uses Jensen’s inequality?",
        (
            Answer(
                "Multiplying and dividing by q(z|x) inside the integral", False,
                "That changes nothing as long as q is positive wherever p(x, z) is.",
            ),
            Answer(
                "Moving the log inside the expectation under q", True,
                "log E_q[p(x, z)/q] ≥ E_q[log(p(x, z)/q)], because the log is concave. It is the only inequality in the"
                " derivation, and the difference of its sides is the gap, KL(q ‖ p(z|x)).",
            ),
            Answer(
                "Splitting the bound into reconstruction and KL", False,
                "This uses log p(x, z) = log p(x|z) + log p(z), an identity.",
            ),
            Answer(
                "Writing the KL of two Gaussians in closed form", False,
                "The closed form is exact: an equality, not a bound.",
            ),
        ),
        "/derivation?step=4", "See the step with Jensen",
    ),
    Question(
        "quiz/closed-form",
        "q has mean (2, 0) and variances (1, 0.1). What is KL(q ‖ N(0, I)), in nats?",
        (
            Answer(
                "2", False,
                "That is the cost of the means alone, ½ · 2². The variance 0.1 costs something too.",
            ),
            Answer(
                "2.70", True,
                "½ Σ (mean² + variance − 1 − log variance): the first dimension costs 2.0000, all of it for its mean, the"
                " second 0.7013, all of it for its variance.",
            ),
            Answer("3.81", False, "Here 0.1 was taken for a standard deviation and squared. It is a variance already."),
            Answer("5.35", False, "That is KL(N(0, I) ‖ q), the other way round. KL is not symmetric."),
            Answer("5.40", False, "Here the factor ½ in front of the sum is missing."),
        ),
        "/tradeoff?q=hand&mean=2%200&variance=1%200.1&move=each", "See this q, and its KL in the table",
    ),
    Question(
        "quiz/sum-of-squares",
        "A loss is ‖x − x̂‖² + KL, with the squares summed over all pixels. Read as −ELBO (β = 1) up to a constant, which"
        " noise σₓ² of the decoder does it assume?",
        (
            Answer("None: it contains no σₓ", False, "It does, implicitly: σₓ² is the weight of the squares against KL."),
            Answer(
                "σₓ² = 1", False,
                "That would be ½‖x − x̂‖² + KL: a Gaussian log density contains −‖x − x̂‖² / (2σₓ²).",
            ),
            Answer(
                "σₓ² = ½", True,
                "‖x − x̂‖² / (2σₓ²) is ‖x − x̂‖² exactly if σₓ² = ½, so σₓ = 0.707: a lot of noise for pixels between 0 and 1."
                " (With another β the same loss means β·σₓ² = ½.)",
            ),
            Answer("σₓ² = 2", False, "Then the squares would have the weight 1 / (2σₓ²) = ¼."),
        ),
        "/tradeoff?sigma_x=0.70711&q=best", "See the best q at σₓ² = ½",
    ),
])  # fmt: skip
"""The questions on the derivation."""
