"""The quiz: what the bound is, and how far it is from log p(x)."""

from pages.parts.quiz.question import Answer, Question, with_unique_keys

BOUND = with_unique_keys([
    Question(
        "quiz/doubling",
        "The prior’s variance is 1. Which costs more KL: doubling a variance of q from 1, or halving it?",
        (
            Answer(
                "Doubling", True,
                "2 costs 0.1534 nats, ½ only 0.0966. In (variance − 1 − log variance) / 2 the first term grows faster than"
                " the log holds against it.",
            ),
            Answer(
                "Halving", False,
                "It costs 0.0966 nats, doubling 0.1534. But go on: every further halving costs more than the one before, up"
                " to ½ log 2 = 0.35 nats each, and there is no end to it.",
            ),
            Answer("Both alike", False, "Only the log is symmetric: log 2 = −log ½. The variance itself is not."),
        ),
        "/tradeoff?q=hand&mean=0%200&variance=0.5%202&move=each", "See both side by side",
    ),
    Question(
        "quiz/tight",
        "When is the ELBO equal to log p(x)?",
        (
            Answer("When KL(q ‖ p(z)) is 0", False, "That KL is a cost inside the bound. The gap is KL(q ‖ p(z|x))."),
            Answer("When x is reconstructed perfectly", False, "A good reconstruction may be bought with too much KL."),
            Answer(
                "When q is the true posterior p(z|x)", True,
                "The gap is KL(q ‖ p(z|x)), which is zero only if the two are the same distribution.",
            ),
            Answer(
                "When the encoder has been trained to the end", False,
                "Its Gaussian may still be the wrong family, and one network cannot be best for every image.",
            ),
        ),
        "/tradeoff?model=number&q=best", "See a q that leaves no gap",
    ),
    Question(
        "quiz/amortisation",
        "For one image the encoder’s q leaves a gap of 6.07 nats, the best Gaussian with independent dimensions one of 0.03."
        " Where do the other 6.04 come from?",
        (
            Answer(
                "One encoder has to answer for all images", True,
                "That is the amortisation gap. A few steps of optimising q for this image alone would close it.",
            ),
            Answer("A Gaussian is too simple for this posterior", False, "That is the approximation gap: the 0.03."),
            Answer("The decoder is too weak", False, "The decoder sets log p(x). A gap belongs to q, under one decoder."),
        ),
        "/tradeoff?digit=2&q=encoder", "See both parts of the gap",
    ),
    Question(
        "quiz/humps",
        "The posterior has two humps, far apart. Where does the Gaussian with the largest ELBO go?",
        (
            Answer(
                "Over both, with its mean between them", False,
                "That would minimise KL(p(z|x) ‖ q). Maximising the ELBO minimises KL(q ‖ p(z|x)).",
            ),
            Answer(
                "Onto one of them", True,
                "KL(q ‖ p(z|x)) punishes q for lying where the posterior is not, as between the humps. Missing one of two"
                " equal humps costs only about log 2 = 0.69 nats.",
            ),
            Answer(
                "Anywhere: KL is a distance, and both are equally far", False,
                "KL is no distance: it is not symmetric. For N(1, 1) and N(0, 1) it happens to be, for most pairs not.",
            ),
        ),
        "/tradeoff?model=humps&x=2", "See the best q on its hump",
    ),
    Question(
        "quiz/positive",
        "The screen says log p(x) = 396.29 nats for a 7. Is that a mistake?",
        (
            Answer(
                "Yes: the log of a probability is never positive", False,
                "p(x) is a density here, and densities may be larger than 1. To clamp it would be the mistake.",
            ),
            Answer(
                "No: with Gaussian pixels p(x) is a density", True,
                "With a σx of 0.1852 one pixel’s density reaches 2.15, so 784 of them may reach 602 nats together.",
            ),
            Answer("Yes: 784 pixels cannot hold so many nats", False, "Nats of a density depend on the unit of the pixels."),
        ),
        "/tradeoff?digit=7&q=best", "See this 7",
    ),
    Question(
        "quiz/importance",
        "L_K is the mean over draws of log (1/K) Σ p(x, zₖ) / q(zₖ). What does a larger K do?",
        (
            Answer(
                "It makes the ELBO less noisy, no more", False,
                "A mean of K logs would do that. This is the log of a mean of K, which is larger on average.",
            ),
            Answer(
                "It brings the bound closer to log p(x), from below", True,
                "L₁ is the ELBO; L_K never falls with K, and never passes log p(x). Both hold on average over draws: one"
                " draw may lie anywhere.",
            ),
            Answer(
                "It turns the bound into an upper bound", False,
                "A single draw may exceed log p(x). The expectation, which is what L_K means, does not.",
            ),
        ),
        "/tradeoff?model=digits-16", "See a log p(x) that is such a bound",
    ),
])  # fmt: skip
"""What the bound is, and how far it is from log p(x)."""
