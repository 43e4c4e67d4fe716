"""The quiz: mistakes between the formula and the code of a loss."""

from pages.parts.quiz.question import Answer, Question, with_unique_keys

LOSS = with_unique_keys([
    Question(
        "quiz/mean-or-sum",
        "`F.mse_loss(x_hat, x)` is a mean over 784 pixels. KL, summed over the latents, is added to it. What is the effect?",
        (
            Answer(
                "None: a constant factor only changes the learning rate", False,
                "A factor of the whole loss would. This one multiplies one term only, so it moves the optimum.",
            ),
            Answer(
                "Reconstruction counts too much, and q becomes too narrow", False,
                "It is the other way round: the mean divides reconstruction by 784.",
            ),
            Answer(
                "KL counts too much, and the posterior collapses", True,
                "A mean over 784 pixels assumes σₓ² = 784 / 2 = 392. All of MNIST’s pixels together have a variance of 53,"
                " so z can improve reconstruction by at most 53 / (2 · 392) = 0.07 nats, and KL falls to almost 0.",
            ),
        ),
        "/tradeoff?sigma_x=1&beta=100&q=best", "See the best q at β·σₓ² = 100",
    ),
    Question(
        "quiz/sign",
        "A loss is minimised, and reconstruction is E_q[log p(x|z)]. With which sign does KL enter the loss?",
        (
            Answer(
                "loss = −reconstruction + KL", True,
                "The ELBO, reconstruction − KL, should rise, so its negative should fall. Both terms of the loss are costs.",
            ),
            Answer(
                "loss = −reconstruction − KL", False,
                "Then training would increase KL, which has no upper limit: the loss falls without end.",
            ),
            Answer(
                "Either: KL is never negative", False,
                "KL itself has a known sign, but the sign in front of it decides whether training lowers or raises it.",
            ),
        ),
        "/tradeoff?q=best", "See the two costs and their sum",
    ),
    Question(
        "quiz/log-variance",
        "An encoder outputs `h`, and its KL contains the terms `h.exp() - 1 - h`. How is z sampled?",
        (
            Answer(
                "`mean + h.exp() * eps`", False,
                "`h.exp()` is the variance, as the KL shows. A variance of 0.01 is a standard deviation of 0.1, not 0.01.",
            ),
            Answer(
                "`mean + (0.5 * h).exp() * eps`", True,
                "`h` is the log variance. Half of it is the log of the standard deviation, which scales the noise.",
            ),
            Answer("`mean + h * eps`", False, "`h` is a logarithm and may be negative: it is not a width."),
        ),
        "/tradeoff?q=hand&variance=0.01", "See how wide q is with a variance of 0.01",
    ),
    Question(
        "quiz/cross-entropy",
        "Is the negative binary cross-entropy between a decoder’s output and grey pixels a log p(x|z)?",
        (
            Answer(
                "Yes: grey values between 0 and 1 are treated like black and white", False,
                "Its exponential does not integrate to 1 over the grey values, so it is not the log of a density.",
            ),
            Answer(
                "No, only for pixels that are 0 or 1", True,
                "For those it is the Bernoulli log probability. Training with it on grey pixels equals, on average, drawing"
                " each pixel black or white anew at every step. But its value does not bound log p(x) of the grey image.",
            ),
            Answer(
                "Yes: it is the Gaussian log density in another form", False,
                "A Gaussian gives squared errors, with a noise σₓ to choose. Cross-entropy has no such parameter.",
            ),
        ),
        "/tradeoff?model=digits-2-binary", "See the model of black and white pixels",
    ),
    Question(
        "quiz/without-gradient",
        "Training draws `z = Normal(mean, sd).sample()` instead of `.rsample()`. What does the encoder learn?",
        (
            Answer(
                "The same, more slowly: the gradient is only noisier", False,
                "`.sample()` passes no gradient to `mean` and `sd`, not even a noisy one.",
            ),
            Answer(
                "Only to lower KL: q becomes the prior for every image", True,
                "Reconstruction depends on the encoder through z alone. Without a gradient through z only KL trains the"
                " encoder, and KL is smallest when q is the prior. `.rsample()` is `mean + sd * eps`, which has gradients.",
            ),
            Answer(
                "Nothing: no gradient reaches it", False,
                "KL is computed from `mean` and `sd` without sampling, so its gradient still arrives.",
            ),
        ),
        "/tradeoff?q=encoder", "See the pull of reconstruction, without which KL wins",
    ),
    Question(
        "quiz/beta",
        "With β = 0.1 the objective, reconstruction − β·KL, lies above log p(x). What is wrong?",
        (
            Answer(
                "Nothing: for β < 1 it is not a lower bound", True,
                "For β < 1 it is at least the ELBO and may exceed log p(x). Only for β ≥ 1 is it guaranteed to stay below.",
            ),
            Answer("The computed log p(x) is too low", False, "log p(x) depends neither on β nor on q. The objective does."),
            Answer(
                "Nothing: a smaller β makes the bound tighter", False,
                "What lies above log p(x) is not a lower bound. The ELBO of the same q still is one.",
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
                "KL is the cost of the information that z carries about x. No cost means no information.",
            ),
            Answer(
                "q is the prior for every image, and z carries no information about x", True,
                "That is posterior collapse: all images have the same q, and the decoder cannot tell them apart.",
            ),
            Answer(
                "The encoder gives every image a point of its own", False,
                "Then KL would be large: a narrow q far from the prior costs a lot.",
            ),
        ),
        "/tradeoff?q=prior", "See what the decoder makes of the prior",
    ),
])  # fmt: skip
"""The questions on the loss."""
