"""The quiz: what the ELBO bounds, and how far it is from log p(x)."""

from pages.parts.quiz.question import Answer, Question, with_unique_keys

MEANING = with_unique_keys([
    Question(
        "quiz/tight",
        "When is the ELBO equal to log p(x)?",
        (
            Answer("When KL(q ‖ p(z)) is 0", False, "That KL is a cost inside the bound. The gap is KL(q ‖ p(z|x))."),
            Answer("When x is reconstructed perfectly", False, "A perfect reconstruction may cost too much KL."),
            Answer(
                "When q is the true posterior p(z|x)", True,
                "The gap is KL(q ‖ p(z|x)), which is zero only if the two distributions are the same.",
            ),
            Answer(
                "When the encoder has been trained to convergence", False,
                "The posterior may not be Gaussian, and one network is rarely optimal for every image.",
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
                "One encoder serves all images", True,
                "That is the amortisation gap. Optimising q for this image alone would close it.",
            ),
            Answer("A Gaussian is too simple for this posterior", False, "That is the approximation gap: the 0.03."),
            Answer("The decoder is too weak", False, "The decoder sets log p(x). The gap measures q for a given decoder."),
        ),
        "/tradeoff?digit=2&q=encoder", "See both parts of the gap",
    ),
    Question(
        "quiz/humps",
        "The posterior has two modes, far apart. Where is the Gaussian q with the largest ELBO?",
        (
            Answer(
                "Across both, with its mean between them", False,
                "That would minimise KL(p(z|x) ‖ q). Maximising the ELBO minimises KL(q ‖ p(z|x)).",
            ),
            Answer(
                "On one of them", True,
                "KL(q ‖ p(z|x)) is large if q has mass where the posterior has almost none, as between the modes. Missing"
                " one of two equal modes costs only about log 2 = 0.69 nats.",
            ),
            Answer(
                "Anywhere: KL is a distance, and both modes are equally far away", False,
                "KL is not a distance, and it is not symmetric. For N(1, 1) and N(0, 1) both directions happen to agree.",
            ),
        ),
        "/tradeoff?model=humps&x=2", "See the best q on its mode",
    ),
])  # fmt: skip
"""What the bound means."""

BOUND = with_unique_keys([
    Question(
        "quiz/narrower",
        "In one dimension q has the variance 0.01. It is divided by e² = 7.39. How much does KL rise?",
        (
            Answer(
                "About 1 nat", True,
                "KL contains −½ log variance, which rises by exactly 1; ½ variance falls by only 0.0043. For a narrow q the"
                " logarithm is nearly all of KL’s change.",
            ),
            Answer("About 2 nats", False, "The logarithm falls by 2, but KL contains only half of it: 1 nat."),
            Answer(
                "About 7.4 nats", False,
                "KL is not proportional to 1 / variance. It contains the logarithm, and half of log e² is 1 nat.",
            ),
        ),
        "/tradeoff?q=hand&mean=0%200&variance=0.01%200.00135&move=each", "See both variances side by side",
    ),
    Question(
        "quiz/positive",
        "The Trade-off screen says log p(x) = 396.29 nats for a 7. Is that a mistake?",
        (
            Answer(
                "Yes: the log of a probability is never positive", False,
                "p(x) is a density here, and a density may be larger than 1. Cutting it off at 0 would be the mistake.",
            ),
            Answer(
                "No: with Gaussian pixels p(x) is a density", True,
                "With σₓ = 0.1852 the density of one pixel can reach 2.15, and the log density of all 784 pixels 602 nats.",
            ),
            Answer(
                "Yes: 784 pixels cannot carry 396 nats", False,
                "A log density is not an amount of information: it changes with the unit in which x is measured.",
            ),
        ),
        "/tradeoff?digit=7&q=best", "See this 7",
    ),
    Question(
        "quiz/importance",
        "L_K is the expectation of log (1/K) Σₖ p(x, zₖ) / q(zₖ) over K samples of q. What does a larger K do?",
        (
            Answer(
                "It only makes the estimate of the ELBO less noisy", False,
                "An average of K logs would do that. This is the log of an average, which is larger in expectation.",
            ),
            Answer(
                "It brings the bound closer to log p(x), from below", True,
                "L₁ is the ELBO; L_K never decreases with K and never exceeds log p(x). This holds for the expectation: the"
                " value from one set of samples may lie above.",
            ),
            Answer(
                "It turns the bound into an upper bound", False,
                "The value from one set of samples may exceed log p(x). Its expectation, L_K, does not.",
            ),
        ),
        "/tradeoff?model=digits-16", "See a model whose log p(x) is such a bound",
    ),
])  # fmt: skip
"""The questions on the bound."""
