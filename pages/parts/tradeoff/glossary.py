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
    "best-drawing": (
        "decoder’s best",
        "What the decoder draws from the single z that fits x best. Reconstruction lost is counted from it, not from x.",
    ),
    "pictures": (
        "error and spread",
        "|x − x̂| at q’s mean, and how samples differ (square root). Both costs add up to lost. The gap’s "
        "mean and width count KL too.",
    ),
    "q": ("q", "The approximate posterior q(z|x), a Gaussian. It says which z may have produced x, and how sure we are."),
    "mean": ("μ", "The mean of q: the z that q finds most likely. Drag ● on the plane, or use the sliders."),
    "variance": (
        "σ²",
        "The variance of q: small if q is sure of z. One slider for several shows their geometric mean, and "
        "makes them equal once it is moved.",
    ),
    "prior": (
        "prior",
        "p(z) = N(0, 1), what is known of z before x is seen. If q equals the prior, q ignores x: posterior collapse.",
    ),
    "posterior": (
        "posterior",
        "p(z|x): how likely each z is once x is seen, according to the model. q approximates it.",
    ),
    "encoder": (
        "encoder",
        "The network that computes q from x in one step. It is fast, but its q is not always the best one.",
    ),
    "best": (
        "best q",
        "The Gaussian with the largest objective for this x; each dimension has its own σ². ◆ is only the best "
        "of what the slider reaches.",
    ),
    "hand": ("set by me", "q as you have set it, with the sliders, on the plane or by typing."),
    "evidence": (
        "log p(x)",
        "The log evidence: the log of the probability density that the model gives to x. It does not depend on q.",
    ),
    "reconstruction": (
        "reconstruction",
        "The average of log p(x|z) for z drawn from q: how well the decoded images explain x.",
    ),
    "kl": (
        "KL",
        "The Kullback–Leibler divergence KL(q ‖ p(z)): how far q is from the prior. It is what it costs to say where z is.",
    ),
    "elbo": (
        "ELBO",
        "The evidence lower bound: reconstruction − KL. It is never above log p(x), and training makes "
        "it as large as it can.",
    ),
    "gap": ("gap", "log p(x) − ELBO. It equals KL(q ‖ p(z|x)): how far q is from the posterior."),
    "approximation": (
        "approximation gap",
        "The gap of the best q for β = 1. Where it is not 0, the posterior is no Gaussian with independent dimensions.",
    ),
    "amortisation": (
        "amortisation gap",
        "How much larger the gap of the encoder’s q is than that of the best q: one network serves all images, "
        "trained at one σₓ.",
    ),
    "mean-share": (
        "mean (part of the gap)",
        "What disappears besides the width’s part if q gets the mean and the σ² of the best q for β = 1.",
    ),
    "width-share": (
        "width (part of the gap)",
        "The part of the gap that disappears if each dimension of q gets the σ² that is best for q’s mean.",
    ),
    "shape-share": (
        "shape (part of the gap)",
        "The gap that remains with the best q for β = 1: the posterior has another shape than such a Gaussian.",
    ),
    "lost": (
        "reconstruction lost",
        "How much smaller q’s reconstruction is than log p(x|z) of the best z. What that z draws wrongly is not counted.",
    ),
    "floor": (
        "floor",
        "What the exact posterior costs. KL + reconstruction lost of any q is at least this. “≤”: the "
        "floor is at most the number.",
    ),
    "objective": ("objective", "reconstruction − β·KL. With β = 1 it is the ELBO; with β < 1 it is no bound on log p(x)."),
    "residual": (
        "residual",
        "log p(x) − ELBO − gap, where the gap is computed separately. It tests the numbers: it should "
        "be 0, up to their errors.",
    ),
    "tradeoff": ("the trade-off", "What q costs at every σ², with its mean kept: KL (red) plus reconstruction lost (blue)."),
    "costs": (
        "costs",
        "KL and reconstruction lost, stacked from zero, against σ². At the lowest point KL falls as fast as lost rises.",
    ),
    "variance-view": (
        "terms",
        "−reconstruction, KL and −ELBO against σ². KL has a panel of its own below, unless all are near zero.",
    ),
    "rate": (
        "rate–distortion",
        "KL (rate) against −reconstruction (distortion). On a line of slope −1 the ELBO is constant.",
    ),
    "books": ("what q costs", "One cost, divided in two ways: reconstruction lost + KL, and floor + gap."),
    "numbers": (
        "numbers",
        "All terms at q. As printed they add up: the last digit of ELBO and gap may be off by one or two. "
        "Challenges use the exact gap.",
    ),
    "forces": (
        "slopes at this q",
        "How much the objective grows if μ or log σ² is raised a little, per unit. At the best q the sum is 0. "
        "Rows differ in scale.",
    ),
    "zoom": (
        "zoom in",
        "Shows costs up to 2.5 times the floor. Of what is higher, the number stands at the edge. Moving q keeps the scale.",
    ),
    "nats": ("nat", "The unit of information with natural logarithms: 1 nat = 1.44 bits, or yes/no questions."),
    "model": ("model", "Prior, decoder and encoder, trained together; a model of one number has no encoder."),
    "digit": ("digit", "The image x: an MNIST test digit that no model was trained on."),
    "example": ("example", "Another test digit of the same class."),
    "w": ("w", "The slope of the decoder f(z) = wz + b."),
    "b": ("b", "The decoder’s value at z = 0, in f(z) = wz + b."),
    "sigma_x": ("σₓ", "The decoder’s noise, a standard deviation: the smaller it is, the more each error of a pixel costs."),
    "beta": ("β", "The weight of KL in the objective. β = 1 is the ELBO; below 1 it is no bound on log p(x)."),
    "follow": ("σ² follows β", "While you move β, σ² moves along, to where the objective is largest."),
    "play": ("Play", "Moves σ² slowly from end to end and back."),
    "predict": ("Guess first", "Hides the curves until you have guessed the best σ²; then says how far you were from it."),
    "pin": ("Compare with this q", "Keeps this q as A: the table then shows what changes from A to now."),
    "noise": ("New samples", "Draws other random z for the eight samples. No number changes."),
    "codes": ("test digits", "The mean of the encoder’s q for many test digits, each drawn as a numeral."),
    "move": (
        "Change σ²",
        "Whether the slider moves the variances of all dimensions, of one, or as multiples of the encoder’s.",
    ),
    "undo": ("Undo", "Back to the q, image, β and σₓ before this one (Ctrl+Z). A whole drag is one step."),
    "redo": ("Redo", "Forward to what was undone (Ctrl+Shift+Z or Ctrl+Y)."),
    "reset": ("Reset", "q, its view, β and σₓ as at the start. Undo brings them back."),
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
