"""The quiz: what goes wrong between the formula and the code of a loss."""

from pages.parts.quiz.question import Answer, Question, with_unique_keys

LOSS = with_unique_keys([
    Question(
        "quiz/mean-or-sum",
        "`F.mse_loss(x_hat, x)` is a mean over 784 pixels. KL, summed over the latents, is added to it. What does that do?",
        (
            Answer(
                "Nothing: a constant factor only changes the learning rate", False,
                "It would if it stood before both terms. It stands before one, and so moves the optimum.",
            ),
            Answer(
                "Reconstruction counts too much, and the code becomes too sharp", False,
                "The other way: the mean divides reconstruction by 784.",
            ),
            Answer(
                "KL counts too much, and the code collapses", True,
                "A mean over 784 pixels assumes σx² = 784 / 2 = 392, more than all of MNIST’s pixels vary by together. No"
                " direction of the latent space is worth its nats then.",
            ),
        ),
        "/tradeoff?sigma_x=1&beta=100&q=best", "See the best q at β·σx² = 100 already",
    ),
    Question(
        "quiz/sign",
        "A loss is minimised. How does KL enter it?",
        (
            Answer(
                "loss = −reconstruction + KL", True,
                "The ELBO is reconstruction − KL and should rise, so its negative should fall. Both terms are costs then.",
            ),
            Answer(
                "loss = −reconstruction − KL", False,
                "Then KL would be pushed up, and it has no upper end: the loss falls for ever.",
            ),
            Answer(
                "Either, as KL is never negative", False,
                "Its sign is known, but which way training pushes it depends on the sign before it.",
            ),
        ),
        "/tradeoff?q=best", "See the two costs and their sum",
    ),
    Question(
        "quiz/log-variance",
        "An encoder emits `h`, and its KL has the terms `h.exp() - 1 - h`. How is z sampled?",
        (
            Answer(
                "`mean + h.exp() * eps`", False,
                "`h.exp()` is the variance, as the KL shows. A variance of 0.01 is a standard deviation of 0.1, not 0.01.",
            ),
            Answer(
                "`mean + (0.5 * h).exp() * eps`", True,
                "`h` is the log variance; half of it is the log of the standard deviation, and that scales the noise.",
            ),
            Answer("`mean + h * eps`", False, "`h` is a logarithm and may be negative: it is no width at all."),
        ),
        "/tradeoff?q=hand&variance=0.01", "See how wide q is with a variance of 0.01",
    ),
    Question(
        "quiz/cross-entropy",
        "Binary cross-entropy between a decoder’s output and grey pixels: is its negative a log p(x|z)?",
        (
            Answer(
                "Yes: grey values between 0 and 1 are as good as black and white", False,
                "Over all grey values the expression does not integrate to 1, so it is not the log of a density.",
            ),
            Answer(
                "No, only on pixels that are 0 or 1", True,
                "There it is the Bernoulli’s log probability. On grey pixels one may train with it, as that equals drawing"
                " them black or white anew each time, on average. But the number bounds no log p(x) of the grey image.",
            ),
            Answer(
                "Yes, it is the Gaussian’s in other words", False,
                "A Gaussian gives squares, with a σx that one may choose. Cross-entropy has no such noise.",
            ),
        ),
        "/tradeoff?model=digits-2-binary", "See the model of black and white pixels",
    ),
    Question(
        "quiz/decoding-at-the-mean",
        "To save noise, training decodes at the mean of q instead of at a sample. Which variance is best for q then?",
        (
            Answer("As before: the sample only adds noise", False, "The sample is how reconstruction notices the variance."),
            Answer("0: there is no sampling any more", False, "A variance of 0 costs infinite KL, and nothing repays it."),
            Answer(
                "1, in every dimension", True,
                "Reconstruction no longer contains the variance, so KL alone decides: its pull vanishes at 1, the prior’s.",
            ),
        ),
        "/tradeoff?q=hand&variance=1", "See which of the two forces vanishes at σ² = 1",
    ),
    Question(
        "quiz/beta",
        "With β = 0.1 the objective lies above log p(x). What is wrong?",
        (
            Answer(
                "Nothing: for β < 1 it is no lower bound", True,
                "reconstruction − β·KL is at least the ELBO when β < 1, and may pass log p(x). Only for β ≥ 1 is it sure to"
                " stay below.",
            ),
            Answer("log p(x) has been computed too low", False, "log p(x) does not depend on β or q. The objective moved."),
            Answer(
                "Nothing: a smaller β makes the bound tighter", False,
                "What lies above log p(x) does not bound it from below. The ELBO of the same q still does.",
            ),
        ),
        "/tradeoff?beta=0.1&q=best", "See the objective pass log p(x)",
    ),
    Question(
        "quiz/collapse",
        "After training, KL is 0.00 for every image. What has happened?",
        (
            Answer(
                "All is well: KL is a cost, and it is gone", False,
                "It is the price of what z says about x. Nothing is paid, and nothing is said.",
            ),
            Answer(
                "q is the prior for every image, and z says nothing about x", True,
                "That is posterior collapse: all images get the same code, and the decoder cannot tell them apart.",
            ),
            Answer(
                "The encoder puts every image on a point of its own", False,
                "Then KL would be large: a narrow q far from the prior is what costs.",
            ),
        ),
        "/tradeoff?q=prior", "See what the decoder draws from the prior",
    ),
])  # fmt: skip
"""What goes wrong between the formula and the code of a loss."""
