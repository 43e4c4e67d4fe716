"""What the names of numbers in a training log stand for: data term, KL, the loss itself, a weight, or nothing of these.

The vocabulary is that of the scripts and tools in use: PyTorch's and Keras' examples, Lightning, pythae, scvi-tools,
fairseq, Hugging Face's Trainer, texar and others. A name may stand for several things (nll): the sum decides.
"""

import re
from dataclasses import dataclass, field
from functools import lru_cache

_KL = {
    **dict.fromkeys(
        (
            "kl",
            "kld",
            "dkl",
            "kldiv",
            "kldivergence",
            "kullback",
            "klloss",
            "kldloss",
            "kls",
            "lkl",
            "lkld",
            "negkl",
            "negkld",
        ),
        3.0,
    ),
    **dict.fromkeys(("rate", "divergence", "latent", "regularizer", "regulariser", "regularization", "reg"), 2.0),
}
_STRONG = 2.5  # names of KL below it (rate) stand for it only if no other word is with them (dropout_rate)
_BEFORE_ITS_WEIGHT = {"raw", "unweighted", "unscaled", "unclamped"}
_OF_A_DECODER = {"generation", "gen", "decoder"}  # beside a discriminator: the other side of its game, and no data term
_LIKELIHOOD = {"likelihood", "lik", "loglikelihood", "loglik", "nll", "ll", "logpxz"}
_DATA = {
    **dict.fromkeys(
        (
            "recon",
            "recons",
            "reconst",
            "reconstr",
            "reconstruction",
            "reconstructions",
            "rec",
            "rc",
            "reco",
            "recloss",
            "reconloss",
            "lrec",
            "lrecon",
            "rekon",
        ),
        3.0,
    ),
    **dict.fromkeys(("distortion", "mse", "sse", "bce", "squares", "xent", "crossentropy", "bceloss", "mseloss"), 2.5),
    **dict.fromkeys((*_LIKELIHOOD, *_OF_A_DECODER, "pxz", "re"), 2.0),
    "l2": 1.5,  # or a weight decay
    "logpx": 0.5,  # of z or not: the sum decides
}
_TOTAL = {
    **dict.fromkeys(("loss", "total", "objective", "cost"), 2.0),
    **dict.fromkeys(("elbo", "nelbo", "negelbo", "elboloss"), 2.0),
    "nll": 1.0,
}
_WEIGHT = {
    *("weight", "weights", "w", "wt", "beta", "coef", "coefs", "coeff", "coefficient", "coefficients"),
    *("klw", "annealing", "anneal", "lambda", "lambdas", "gamma"),
}
_WEIGHT_OF_KL = {"factor", "factors", "alpha", "multiplier", "mult", "schedule", "strength"}  # with KL; not factor_vae_recon
_OTHER = {
    *("lr", "learning", "time", "seconds", "sec", "eta", "grad", "gradient", "norm", "acc", "accuracy", "ppl", "perplexity"),
    *("min", "max", "std", "stderr", "capacity", "target", "threshold", "warmup", "scale", "memory", "gpu", "fps", "speed"),
    *("runtime", "samples", "steps", "rmse", "mae", "ssim", "psnr", "fid", "best", "patience", "sigma", "var", "variance"),
    *("delta", "diff", "difference", "change", "old", "new", "prev", "previous", "last", "marginal"),
    *("active", "global", "size", "batch", "bits", "bpd", "dim", "log10", "ratio", "sq", "dw", "wise"),
    *("median", "percentile", "quantile", "p1", "p5", "p10", "p25", "p50", "p75", "p90", "p95", "p99"),
    *("approx", "reverse", "teacher", "student", "distill", "distillation", "ref", "policy"),
}
_ADVERSARIAL = {"disc", "dis", "discriminator", "adv", "adversarial", "gan", "wgan", "critic", "real", "fake"}
_OF_TWO_PLAYERS = re.compile(r"(?<![a-z])(?:[dg][_ -]?loss|loss[_ -]?[dg]|err[_ -]?[dg])(?![a-z])")
_OF_A_POLICY = {"policy", "surrogate", "clipfrac", "clip", "ppo", "trpo", "approxkl"}
_CHANGED = {"weighted", "scaled", "annealed", "clamped", "clamp", "free", "freebits", "fb", "floored", "hinge"}
HELD_OUT = {"val", "va", "valid", "validation", "test", "te", "tst", "eval", "dev", "heldout"}
TRAINING = {"train", "training", "tr", "trn"}
_DECAY = {"reg", "regularizer", "regulariser", "regularization", "penalty", "decay"}
_RETRIEVAL = {"prec", "precision", "recall"}
_PLAIN = {*TRAINING, "epoch", "step", "avg", "average", "mean", "running", "vae", "loss", "term", "value"}
_VARIANTS = (({"epoch"}, "epoch"), ({"avg", "average", "mean", "running"}, "average"), ({"step"}, "step"))
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
_GREEK = str.maketrans({"β": "_beta_", "λ": "_lambda_", "γ": "_gamma_", "Δ": "_delta_", "δ": "_delta_"})
_LOG_OF_DATA = re.compile(r"(?<![a-z0-9])(?:log|ln)[_ ](?:rec|mse|bce|sse)")  # log_recon, not log/recon
_NOT_KL = re.compile(r"(?<![a-z0-9])(?:log|ln)[_ ]?kl|kl ?- ?c(?![a-z])")  # its logarithm, its distance from a capacity
_LONGEST = 120


@dataclass(frozen=True)
class Name:
    """What a name may stand for, each role with a score: the higher, the surer."""

    roles: dict[str, float] = field(hash=False)  # of "data", "kl", "weighted kl", "total", "weight"
    held_out: bool  # of a validation or test set
    training: bool  # of the training set, and says so
    negated: bool  # a log-likelihood or an ELBO, which is larger where the loss is smaller
    qualifier: str = ""  # the words that tell it from others of its role: kl z1 of train_kl_z1
    variant: str = ""  # "epoch", "average" or "step", if the name says of what it is the value


_NOTHING = Name({}, False, False, False)


@lru_cache(maxsize=4096)
def name_of(text: str) -> Name:
    """What a name stands for, whatever its case and separators."""
    if len(text) > _LONGEST:
        return _NOTHING
    lower = _CAMEL.sub("_", text.translate(_GREEK)).lower()
    raw = [word for word in re.split(r"[^a-z0-9]+", lower) if word]
    words = [part for word in raw for part in _parts(word)]
    known = set(words)
    held_out, training = bool(known & HELD_OUT), bool(known & TRAINING)
    if known & _WEIGHT or (known & _WEIGHT_OF_KL and known & _KL.keys()):
        return Name({"weight": 1.0} if known & (_KL.keys() | _WEIGHT) else {}, held_out, training, False)
    if known & {"l1", "l2"} and known & _DECAY:
        return _NOTHING
    if known & _OTHER and not (known & {"global"} and "kl" in known):
        return _NOTHING
    roles = {
        role: max(scores[word] for word in found)
        for role, scores in (("kl", _KL), ("data", _DATA), ("total", _TOTAL))
        if (found := known & scores.keys())
    }
    if "kl" in roles and known & _BEFORE_ITS_WEIGHT:
        roles["kl"] += 0.5
    if min(roles.get("kl", 0), roles.get("data", 0)) >= _STRONG:  # kl_reconstruction and the like: neither
        return _NOTHING
    if "kl" in roles and "data" in roles:
        del roles["data" if roles["kl"] >= roles["data"] else "kl"]
    if _is_data(words, known):
        roles.setdefault("data", 2.5)
    elif known & {"prior", "lat"} and "loss" in known:
        roles.setdefault("kl", 2.0)
    if "kl" in roles or ("data" in roles and "nll" not in known):
        roles.pop("total", None)
    elif "total" in roles and "loss" in known and not (known - _PLAIN - HELD_OUT):
        roles["data"] = 0.5  # "loss" beside a larger "total": only if the sum says so
    if ("kl" in roles and _NOT_KL.search(lower)) or ("data" in roles and _is_changed(lower, known)):
        return _NOTHING
    if "kl" in roles and known & _CHANGED:
        roles["weighted kl"] = roles.pop("kl")
    of_itself = _PLAIN | HELD_OUT | _TOTAL.keys()
    if roles.get("kl", _STRONG) < _STRONG and known - _KL.keys() - of_itself - {"nats", "z", "prior", "lat"}:
        del roles["kl"]
    qualifier = " ".join(word for word in [*words, *(word for word in raw if word not in words)] if word not in of_itself)
    if "total" in roles and (qualifier or "nll" in known):
        roles["total"] = 1.0  # tc_loss, D_loss, nll_loss: only if the sum says so
    return Name(roles, held_out, training, _is_negated(known, roles), qualifier, _variant(known))


def _is_changed(lower: str, known: set[str]) -> bool:
    """Whether a data term has been weighted, or its logarithm taken: that of a likelihood is the data term itself."""
    of_likelihood = "lik" in lower or "prob" in lower
    return not known.isdisjoint({"weighted", "scaled"}) or (not of_likelihood and _LOG_OF_DATA.search(lower) is not None)


def _variant(known: set[str]) -> str:
    found = [(words, name) for words, name in _VARIANTS if not words.isdisjoint(known)]
    return found[0][1] if found else ""


def is_kl(word: str) -> bool:
    """Whether a word of a name stands for KL."""
    return word in _KL


def is_adversarial(text: str) -> bool:
    """Whether a name is that of a loss of a discriminator or of its opponent."""
    lower = text.lower()[:_LONGEST]
    return not _ADVERSARIAL.isdisjoint(re.split(r"[^a-z]+", lower)) or _OF_TWO_PLAYERS.search(lower) is not None


def is_of_a_policy(text: str) -> bool:
    """Whether a name is that of reinforcement learning, where KL is that of two policies."""
    return not _OF_A_POLICY.isdisjoint(re.split(r"[^a-z]+", text.lower()[:_LONGEST]))


def is_of_a_model(text: str) -> bool:
    """Whether a name says that KL is that of latents, or of a model that has them."""
    return any(word in text.lower() for word in ("vae", "latent", "model", "posterior"))


def is_retrieval(text: str) -> bool:
    """Whether a name is that of a classifier's precision or recall: rec beside it is recall."""
    return not _RETRIEVAL.isdisjoint(re.split(r"[^a-z]+", text.lower()[:_LONGEST]))


def is_recall(name: Name) -> bool:
    """Whether a name may stand for recall."""
    return name.qualifier == "rec"


def is_of_a_decoder(name: Name) -> bool:
    """Whether a name is a data term's only as long as there is no discriminator."""
    return not _OF_A_DECODER.isdisjoint(name.qualifier.split())


def is_likelihood(text: str) -> bool:
    """Whether a name is that of a likelihood, of x given z or of x alone."""
    return not (_LIKELIHOOD | {"logpx"}).isdisjoint(re.split(r"[^a-z]+", text.lower()[:_LONGEST]))


def is_elbo(text: str) -> bool:
    """Whether a name is that of the ELBO, with either sign: in it KL has the weight 1."""
    return "elbo" in text.lower()[:_LONGEST]


def _parts(word: str) -> list[str]:
    """recon of recon1, kl and loss of klloss; a word that is known as it is (l2) stays."""
    vocabulary = _KL.keys() | _DATA.keys() | _TOTAL.keys()
    if word in vocabulary:
        return [word]
    bare = word.rstrip("0123456789")
    if bare.startswith(("reconst", "rekonst")):
        return ["reconstruction", *(["loss"] if bare.endswith("loss") else [])]
    if bare.endswith("loss") and bare != "loss":
        return [bare.removesuffix("loss"), "loss"]
    return [bare] if bare in vocabulary else [word]


def _is_data(words: list[str], known: set[str]) -> bool:
    """Names that are a data term as a whole, though their words alone are not."""
    loss = "loss" in known or "term" in known
    return (
        ("r" in known and "loss" in known)
        or (loss and bool(known & {"data", "image", "images", "pixel", "pixels", "img", "output"}))
        or words in (["data"], ["mean", "squared", "error"], ["squared", "error"])
        or {"cross", "entropy"} <= known
        or {"squared", "error"} <= known
    )


def _is_negated(known: set[str], roles: dict[str, float]) -> bool:
    if "kl" in roles:
        return bool(known & {"neg", "negative", "minus", "negkl", "negkld"})
    negative = bool(known & {"neg", "negative", "minus", "nll", "nelbo", "negelbo", "loss", "cost"})
    likelihood = ("log" in known and bool(known & {"likelihood", "lik"})) or bool(
        known & {"loglikelihood", "loglik", "ll", "logpx", "logpxz", "pxz"}
    )
    return not negative and (likelihood or "elbo" in known)
