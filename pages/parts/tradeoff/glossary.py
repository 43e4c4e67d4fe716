"""The glossary: every term, symbol and button of the Trade-off screen in a sentence or two.

The screen shows an entry where its word stands, on hover, focus and tap, and all of them in a dialog.
"""

from html import escape

GLOSSARY = {
    "x": ("x", "The data point: here an image, or a number. The model says how likely it is."),
    "latents": (
        "z",
        "The latent code: what the decoder makes an image from. Before x is seen, z ~ N(0, 1). □ is the close-up.",
    ),
    "images": ("x̂", "What the decoder makes of codes z drawn from q: the closer to x, the larger the reconstruction."),
    "pictures": (
        "error and spread",
        "Error: |x − x̂| at q’s mean. Spread: how much samples differ. Below: their costs; faint ones are shown brighter.",
    ),
    "q": ("q", "The approximate posterior q(z|x), a Gaussian: which z may have produced x, and how sure one is."),
    "mean": ("μ", "The mean of q: where it looks for z. Drag ● on the plane, or use the sliders."),
    "variance": (
        "σ²",
        "The variance of q: the smaller, the surer. Of unequal ones the slider shows the geometric mean.",
    ),
    "prior": (
        "prior",
        "p(z) = N(0, 1), what is known of z before x is seen. As q it ignores x, which is posterior collapse.",
    ),
    "posterior": (
        "posterior",
        "p(z|x), which z have really produced x, according to the model. Here it is computed by brute force.",
    ),
    "encoder": ("encoder", "The network that was trained to give q for any x at once. It is fast, and not always right."),
    "best": (
        "best q",
        "The Gaussian with the largest objective for this x alone. Its σ² may differ; ◆ is the best of equal ones.",
    ),
    "hand": ("set by me", "q as you have set it, with the sliders, on the plane or by typing."),
    "evidence": ("log p(x)", "The log evidence: how likely the model makes x. It does not depend on q."),
    "reconstruction": (
        "reconstruction",
        "The average of log p(x|z) for z drawn from q: how well the decoded images explain x.",
    ),
    "kl": ("KL", "KL(q ‖ p(z)): how far q is from the prior; the price of saying where z is."),
    "elbo": ("ELBO", "The evidence lower bound, reconstruction − KL: the part of log p(x) that training can see."),
    "gap": ("gap", "KL(q ‖ p(z|x)), how far q is from the posterior: log p(x) = ELBO + gap."),
    "approximation": (
        "approximation gap",
        "What even the best q leaves, because the posterior is not a Gaussian of this kind.",
    ),
    "amortisation": ("amortisation gap", "What the encoder’s q loses against the best q: one network serves all images."),
    "mean-share": (
        "mean, of the gap",
        "So much of the gap goes when the mean moves to that of the best q, with σ² refitted.",
    ),
    "width-share": ("width, of the gap", "So much of the gap goes when σ² is refitted and the mean stays."),
    "shape-share": (
        "shape, of the gap",
        "What even the best q leaves: the posterior has another shape than such a Gaussian.",
    ),
    "lost": ("reconstruction lost", "What q’s reconstruction lacks to that of the best single z. It is never negative."),
    "floor": (
        "floor",
        "The cost of the exact posterior: no q has KL + reconstruction lost below it. “≤”: at most the number.",
    ),
    "objective": ("objective", "reconstruction − β·KL. With β = 1 it is the ELBO; with β < 1 it is no bound on log p(x)."),
    "residual": (
        "residual",
        "log p(x) − ELBO − gap, with a gap that is computed by itself and not as that difference. It is 0 but for errors.",
    ),
    "tradeoff": ("the trade-off", "What every σ² costs with this mean: KL (red) plus reconstruction lost (blue), in nats."),
    "costs": (
        "costs",
        "KL and reconstruction lost, stacked from zero against σ². At the lowest point KL falls as fast as lost rises.",
    ),
    "variance-view": ("terms", "−reconstruction, KL and −ELBO themselves, against σ²."),
    "rate": (
        "rate–distortion",
        "KL (rate) against −reconstruction (distortion). On a line of slope −1 the ELBO is constant.",
    ),
    "books": ("what q costs", "One cost, divided in two ways: reconstruction lost + KL, and floor + gap."),
    "numbers": ("numbers", "All terms at q, each with how accurate it is."),
    "forces": (
        "slopes at this q",
        "What raising μ or log σ² a little gains, per unit. KL counts β times; the sum is 0 at the best q. "
        "Each row has its own scale.",
    ),
    "zoom": (
        "zoom in",
        "Costs up to 2.5 times the floor; what is higher leaves its number at the edge. Moving q does not change the scale.",
    ),
    "nats": ("nat", "The unit of information with natural logarithms: 1 nat = 1.44 bits, or yes/no questions."),
    "model": ("model", "Prior, decoder and encoder, trained together; a model of one number has no encoder."),
    "digit": ("digit", "The image x: an MNIST test digit that no model was trained on."),
    "example": ("example", "Another test digit of the same class."),
    "w": ("w", "The slope of the decoder f(z) = wz + b."),
    "b": ("b", "The decoder’s value at z = 0, in f(z) = wz + b."),
    "sigma_x": ("σₓ", "The decoder’s noise: how far x may lie from what is decoded. It decides what a nat of error is."),
    "beta": ("β", "The weight of KL in the objective. β = 1 is the ELBO; below 1 it is no bound on log p(x)."),
    "follow": ("σ² follows β", "σ² goes to where the objective is largest, and stays there while β moves."),
    "play": ("Play", "Moves σ² slowly from end to end and back."),
    "predict": ("Guess first", "Hides the curves until you have guessed the best σ²; then says how far you were from it."),
    "pin": ("Compare with this q", "Keeps this q as A: the table then shows what changes from A to now."),
    "noise": ("New samples", "Other random z for the eight samples. No number changes."),
    "codes": ("test digits", "Where the encoder puts test digits, each as a numeral."),
    "move": (
        "Change σ²",
        "Whether the slider moves the variances of all dimensions, of one, or as multiples of the encoder’s.",
    ),
    "undo": ("Undo", "The q before this one (Ctrl+Z). A whole drag is one step."),
    "redo": ("Redo", "The q that was undone (Ctrl+Shift+Z or Ctrl+Y)."),
    "reset": ("Reset", "q and its view as at the start."),
    "introduction": ("Intro", "The introduction of the first visit, again."),
    "everything": (
        "all numbers and controls",
        "Also models, β, the decoder’s noise, other charts, a table of all numbers, slopes, comparison and export.",
    ),
    "glossary": ("Glossary", "All these sentences on one page."),
    "export": ("Export", "The sweep, the chart, or the Python that prints these numbers."),
}
"""By the name that marks a term on the screen: its word, and what it means."""


def glossary_html() -> str:
    """The entries as a list of definitions, each under the name of its term."""
    entries = (
        f'<dt>{escape(word)}</dt><dd data-entry="{name}">{escape(sentence)}</dd>'
        for name, (word, sentence) in GLOSSARY.items()
    )
    return "".join(entries)
