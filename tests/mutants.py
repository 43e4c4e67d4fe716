"""Small faults put into the code one at a time: for each, a test must fail. `make mutants`, or names of faults as arguments.

mutmut and cosmic-ray make every possible change of a file and run the tests for each. Here that is thousands of changes and
tests of tens of seconds each, days of computing; mutmut moreover wraps every function, which the shape checker of the tests
and the tests of the modules' text do not survive. So this is a list of faults that would give somebody a wrong number, each
with the tests that are to notice it. They run on a copy of the working tree, one after the other.
"""
# ruff: noqa: E501 - a fault is a line of code

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ENOUGH = 0.9  # of the faults must be noticed


@dataclass(frozen=True)
class Mutant:
    """A fault: changes of one file, and the tests that are to fail."""

    name: str
    path: str
    changes: tuple[tuple[str, str], ...]  # what stands there once, and what is put in its place
    tests: str  # file, and words that a test's name must have

    def mutated(self, root: Path) -> str:
        """The file's text with the fault."""
        text = (root / self.path).read_text(encoding="utf-8")
        for old, new in self.changes:
            if text.count(old) != 1:
                raise ValueError(f"{self.name}: {self.path} must have “{old}” once; it has it {text.count(old)} times.")
            text = text.replace(old, new)
        return text


def one(name: str, path: str, old: str, new: str, tests: str) -> Mutant:
    return Mutant(name, path, ((old, new),), tests)


EVALUATE, LOSSES, PARTS = "vaecore/evaluate/", "vaecore/losses/", "pages/parts/"
CALIBRATION = "tests/test_sampling_calibration.py"
MUTANTS = (
    # Errors that are understated
    one("evidence without an error", EVALUATE + "importance.py", "return controlled.std() / (",
        "return 0 * controlled.std() / (", f"{CALIBRATION} jensen"),
    one("error of the bound halved", EVALUATE + "importance.py", "error = bounds.std(-1) / math.sqrt(replicates)",
        "error = 0.5 * bounds.std(-1) / math.sqrt(replicates)", "tests/test_sobol.py spread_over_seeds"),
    one("gap's error without the evidence's", EVALUATE + "sobol.py", "(error.square() + unsure.square()).sqrt().to(x)",
        "error.to(x)", f"{CALIBRATION} gaps_error"),
    one("error of a batch's mean too small", EVALUATE + "batch_mean.py", "STUDENT * float(means.std()) / math.sqrt(len(means))",
        "0.3 * float(means.std()) / math.sqrt(len(means))", f"{CALIBRATION} mean_of_a_batch"),
    one("spread over images without KL", EVALUATE + "batch_mean.py", "float((each - kl).std())", "float(each.std())",
        f"{CALIBRATION} whatever_the_chunk"),
    one("± 2 standard errors printed as one", PARTS + "web/number_text.py", "_rounded_up(2 * shown)", "_rounded_up(shown)",
        "tests/test_number_text.py estimate"),
    one("band of one standard error", "vaecore/figures/tradeoff.py", '"band_high": total + 2 * error',
        '"band_high": total + error', "tests/test_figures.py band"),
    one("a gap called exact that is a bound", EVALUATE + "api.py",
        "return of_evidence if of_evidence is Accuracy.LOWER_BOUND else of_q", "return of_q", "tests/test_sobol.py gap"),
    # Sampling
    one("50 draws", EVALUATE + "sampled_evidence.py", "_FEW_DRAWS = 4096, 1024", "_FEW_DRAWS = 50, 50", f"{CALIBRATION} on_the_digits"),
    one("one round of draws", EVALUATE + "sampled_evidence.py", "_ROUNDS = 4", "_ROUNDS = 1", f"{CALIBRATION} nine_of_ten"),
    one("proposal without covariances", EVALUATE + "sampled_evidence.py",
        "return optimum.variance.sqrt().diag() if failed else factor", "return optimum.variance.sqrt().diag()",
        f"{CALIBRATION} on_the_digits"),
    one("proposal too narrow", EVALUATE + "sampled_evidence.py",
        "return optimum.variance.sqrt().diag() if failed else factor",
        "return optimum.variance.sqrt().diag() if failed else 0.5 * factor", f"{CALIBRATION} even_enough"),
    one("density of the proposal", EVALUATE + "importance.py", "constant - self._log_volume - 0.5 * (self.freedom",
        "constant - 0.5 * (self.freedom", f"{CALIBRATION} draws_of_a_mixture"),
    one("control of the weights whose mean is not 0", EVALUATE + "importance.py", "constant = -0.5 * z.shape[1] *",
        "constant = -0.49 * z.shape[1] *", f"{CALIBRATION} draws_of_a_mixture"),
    one("χ² bound without its half", EVALUATE + "importance.py", "return 0.5 * ((2 * self.log_weights)",
        "return ((2 * self.log_weights)", f"{CALIBRATION} jensen"),
    one("Pareto k̂ without its shrinkage", EVALUATE + "importance.py", "return (k_hat * count + 0.5 * 10) / (count + 10)",
        "return k_hat * 2", f"{CALIBRATION} pareto_k"),
    one("mean over replicates inside the logarithm", EVALUATE + "importance.py", "logsumexp(-1) - math.log(samples)",
        "logsumexp(-1)", "tests/test_sobol.py tight_from_the_posterior"),
    one("gap from the noise of the ELBO", EVALUATE + "sobol.py", "self._expectations(OTHER, x, mean, variances)",
        "self._expectations(OWN, x, mean, variances)", "tests/test_sobol.py noise_of_its_own"),
    one("best q from a quarter of the noise", EVALUATE + "sampled_optima.py", "for some in (noise[:2], noise)",
        "for some in (noise[:2], noise[:2])", "tests/test_sobol.py thousandth_of_a_nat"),
    one("climbs without the prior", EVALUATE + "summits.py", "-products[..., -1] - z, products", "-products[..., -1], products",
        "tests/test_summits.py every_mode"),
    one("wide starts at summits", EVALUATE + "sampled_optima.py", "tops.variance.clamp_max(_WIDE)", "tops.variance",
        "tests/test_summits.py narrow_ones"),
    one("distances from a shifted image", "vaecore/core/decoding.py", "0.5 * rows.square().sum()", "0.4 * rows.square().sum()",
        "tests/test_summits.py those_of_its_images"),
    Mutant("whitened points in estimates", EVALUATE + "scrambles.py",
        (("import normal_sobol, points_for", "import points_for, whitened_sobol"),
         ("own, other = normal_sobol(", "own, other = whitened_sobol(")), f"{CALIBRATION} few_points"),
    one("control variates fitted to their own points", EVALUATE + "control_variates.py",
        "return sums.sum(0, keepdim=True) - sums", "return sums.clone()", f"{CALIBRATION} cross_fitting"),
    one("what another σₓ made of an average", EVALUATE + "scrambles.py", "return found[0] / self._dispersion + self._constant",
        "return found[0] / self._image.dispersion + self._constant", "tests/test_sobol.py elbo_of_a_linear"),
    one("points not normal", EVALUATE + "sobol_points.py", "torch.special.ndtri(uniform", "1.1 * torch.special.ndtri(uniform",
        f"{CALIBRATION} normal_one_by_one"),
    # Exact values and sums
    one("variance of the best q", EVALUATE + "closed_form.py", "(beta / precision.diagonal())", "(1 / precision.diagonal())",
        "tests/test_closed_form.py perturbation"),
    one("normalisation of the evidence", EVALUATE + "closed_form.py",
        "self._log_two_pi_noise() + torch.logdet(precision) + fit", "self._log_two_pi_noise() - torch.logdet(precision) + fit",
        "tests/test_closed_form.py three_routes"),
    one("slope in the variance", EVALUATE + "closed_form.py", "by_variance = -0.5 *", "by_variance = -1.0 *",
        "tests/test_forces.py autograds"),
    one("gap of two Gaussians", EVALUATE + "closed_form.py", "squares - len(precision) - variances.log()",
        "squares - variances.log()", "tests/test_closed_form.py torchs_divergence"),
    one("nothing is missing between nodes", "vaecore/core/interpolation.py", "_MISSING = 4.0", "_MISSING = 0.02",
        "tests/test_interpolation.py bounded_interpolation_says"),
    one("errors that are believed where kinks are dear", EVALUATE + "quadrature/doubt.py", "_DOUBT = 3.0", "_DOUBT = 1.0",
        "tests/test_convolutional_decoders.py no_error_is_smaller"),
    one("kinks that look smooth from afar", EVALUATE + "quadrature/shared_lattice.py", "too_coarse=decoder.convolves and not smooth",
        "too_coarse=False", "tests/test_convolutional_decoders.py errors_are_doubted"),
    one("a convolution that costs as little as its weights", "vaecore/core/decoding_cost.py", "counted.products + _PER_NUMBER",
        "0.0 * _PER_NUMBER", "tests/test_convolutional_decoders.py few_points"),
    one("steps taken for smooth changes", "vaecore/core/jumps.py", "_STEP = 0.3", "_STEP = 1.1",
        "tests/test_jumping_decoders.py seen_to_jump"),
    one("smooth changes taken for steps", "vaecore/core/jumps.py", "_STEP = 0.3", "_STEP = 0.05",
        "tests/test_jumping_decoders.py no_decoder_without_steps"),
    one("nothing beside a step", EVALUATE + "quadrature/beside_jumps.py", "beside = index[matters][:, None] + steps",
        "beside = index[matters][:, None] + 0 * steps", "tests/test_jumping_decoders.py not_split"),
    one("a peak between the points of a step", EVALUATE + "quadrature/beside_jumps.py", "_LOST = 1.0", "_LOST = 1e9",
        "tests/test_jumping_decoders.py missed_with_a_large_error"),
    one("the rounding of a sharp likelihood", "vaecore/core/rounding.py", "of_decoder = eps * ", "of_decoder = 0.01 * eps * ",
        "tests/test_extremes.py however_sharp"),
    one("a posterior narrower than the cells", EVALUATE + "quadrature/evidence.py", "_USUAL_LEVELS, _FEW_SPLITS = 9, 3000",
        "_USUAL_LEVELS, _FEW_SPLITS = 9, 0", "tests/test_extremes.py posterior_of_a_millionth"),
    one("a loss that averages although it was told to sum", PARTS + "loss/code_loss_calls.py",
        'text = "sum" if flag == "size_average" else "none"', "pass", "tests/test_pasted_loss.py public_loss"),
    one("errors of nodes that cancel", "vaecore/core/interpolation.py", "plan.interpolating.abs() @ unsure", "plan.interpolating @ unsure",
        "tests/test_interpolation.py bounded_interpolation_carries"),
    one("too few nodes where q is narrow", "vaecore/core/interpolation.py", "_NARROW = 1e-4", "_NARROW = 1e-2",
        "tests/test_interpolation.py wherever_a_curve_bends"),
    one("the worst power of the variance", "vaecore/core/interpolation.py", "shares.argmin(0)", "shares.argmax(0)",
        "tests/test_interpolation.py wherever_a_curve_bends"),
    one("ends of the interpolation", "vaecore/core/interpolation.py", "== 0, 0.5, 1.0)", "== 0, 1.0, 1.0)",
        "tests/test_interpolation.py direct_evaluation"),
    one("KL's slopes exchanged", EVALUATE + "sweeps.py", "Forces(by_mean, by_variance, kl[0], kl[1],",
        "Forces(by_mean, by_variance, kl[1], kl[0],", "tests/test_forces.py three_latents or slopes_of_the_elbos"),
    one("lattices shared by likelihoods", EVALUATE + "quadrature/memory.py", '("quadrature", type(likelihood), likelihood.partition_key)',
        '("quadrature", likelihood.partition_key)', "tests/test_evaluation_mode.py two_likelihoods"),
    one("log of the mean weight", EVALUATE + "weights.py", "log_weights.logsumexp(0) - math.log(len(log_weights))",
        "log_weights.logsumexp(0)", "tests/test_examples.py weights"),
    one("one weight too many", EVALUATE + "weights.py", "phi**size", "phi ** (size + 1)", "tests/test_examples.py weights"),
    one("volume of a grid's cell", EVALUATE + "naive_grid.py", "model.latent_dim * torch.log(axis[1] - axis[0])",
        "torch.log(axis[1] - axis[0]) * 2", "tests/test_examples.py naive_grid"),
    one("shares of the gap exchanged", EVALUATE + "costs.py", "GapShares(top - refitted, refitted - here,",
        "GapShares(refitted - here, top - refitted,", "tests/test_examples.py costs"),
    one("best variance of another β", EVALUATE + "best_variance.py", "precision = 1 - 2 * slope / beta",
        "precision = 1 - 2 * slope", "tests/test_costs.py linear_decoder_is_that_of_its_precision"),
    one("batch sizes that differ", EVALUATE + "inputs.py", "if len(found) != len(x):", "if False:",
        "tests/test_forces.py refused"),
    one("an infinite mean", EVALUATE + "inputs.py", "if finite and not all_finite(found):", "if False:",
        "tests/test_evaluation_mode.py not_finite"),
    # Losses
    one("β·σₓ² doubled", LOSSES + "form.py", "return 0.5 * self.ratio if fixed", "return self.ratio if fixed",
        "tests/test_losses.py these_levels"),
    one("a mean over the batch as a sum", LOSSES + "form.py",
        "return self.kl_weight / _count(self.over_latents, self.latents) / _count(self.kl_over_batch, self.batch)",
        "return self.kl_weight / _count(self.over_latents, self.latents)", "tests/test_losses.py these_levels"),
    one("β = 1.04 called 1", LOSSES + "form.py", "_CLOSE_TO_ONE = 0.005", "_CLOSE_TO_ONE = 0.05",
        "tests/test_loss_meaning.py near_one"),
    one("β = 1 only to the last digit", LOSSES + "form.py", "_CLOSE_TO_ONE = 0.005", "_CLOSE_TO_ONE = 1e-9",
        "tests/test_loss_meaning.py three_digits"),
    one("constants that are in already", LOSSES + "form.py", "            return 0.5 * math.log(2 * math.pi)\n", "            return 0.0\n",
        "tests/test_loss_meaning.py constants or sigma_vae"),
    one("range of −1 … 1", LOSSES + "form.py", "PixelRange.SYMMETRIC: 2.0", "PixelRange.SYMMETRIC: 1.0",
        "tests/test_loss_meaning.py another_range"),
    one("MNIST's spectrum for every size", LOSSES + "form.py", "return self.mnist and self.pixels == MNIST_PIXELS",
        "return self.mnist", "tests/test_loss_meaning.py 28_by_28"),
    one("KL with log σ", LOSSES + "terms.py", "WrittenKL.LOG_DEVIATION: (1.0, 0.5)", "WrittenKL.LOG_DEVIATION: (1.0, 2.0)",
        "tests/test_loss_meaning.py each_way"),
    one("variance at rest", LOSSES + "terms.py", "(b / a) ** (1 / a)", "b / a", "tests/test_loss_meaning.py at_rest"),
    one("KL of the water-filling", LOSSES + "water_filling.py", "0.5 * np.log(kept / level)", "np.log(kept / level)",
        "tests/test_water_filling.py by_hand"),
    one("more directions than latents", LOSSES + "water_filling.py", "above if latents is None else min(above, latents)",
        "above", "tests/test_water_filling.py water"),
    one("learned noise without β", LOSSES + "water_filling.py", "weight = pixels - active * beta", "weight = pixels - active",
        "tests/test_water_filling.py learns"),
    one("loss of a best variance", LOSSES + "best_variance.py",
        "lost = _through(logs, elbo, highest) - _through(logs, elbo, place)", "lost = elbo.max() - elbo[int(cost.argmin())]",
        "tests/test_loss_meaning.py between"),
    one("an end of the curve unnamed", LOSSES + "best_variance.py", "lowest_step == 0, lowest_step == last",
        "False, lowest_step == last", "tests/test_loss_meaning.py beyond_the_ends"),
    one("β on the wrong term", LOSSES + "best_variance.py", "kl - sweep.reconstruction / beta", "kl - sweep.reconstruction * beta",
        "tests/test_losses.py touch_zero"),
    one("constant of the squares", LOSSES + "batch_objective.py", "return 0.5 * pixels * math.log", "return pixels * math.log",
        "tests/test_examples.py batch_objective"),
    # Files, screens and the quiz
    one("σ stored as a deviation", "vaecore/tools/zoo.py",
        "noise_variance = float(model.likelihood.variance) if", "noise_variance = float(model.likelihood.variance) ** 0.5 if",
        "tests/test_zoo.py variance"),
    one("sign of the encoder's bias", "vaecore/tools/zoo.py", "torch.cat([-to_mean @ bias,", "torch.cat([to_mean @ bias,",
        "tests/test_zoo.py posterior"),
    one("warm-up doubled", "vaecore/tools/training.py", "_warm_cosine(batches, schedule", "_warm_cosine(2 * batches, schedule",
        "tests/test_training.py cosine"),
    one("axis called distortion", "vaecore/figures/rate_distortion.py", 'f"rate: KL (', 'f"distortion: KL (',
        "tests/test_figures.py rate_and_distortion or every_axis"),
    one("path without its mean", PARTS + "tradeoff/payload.py", "repr((setup, mean, path))", "repr((setup, path))",
        "tests/test_payload.py diagnostics"),
    one("threshold of the collapse", PARTS + "challenges/goals.py", "Standing(now.kl <= 0.2,", "Standing(now.kl <= 0.25,",
        "tests/test_challenges.py threshold"),
    Mutant("quiz: mean or sum", PARTS + "quiz/on_the_loss.py", (
        ('"KL counts too much, and the posterior collapses", True', '"KL counts too much, and the posterior collapses", False'),
        ('"Reconstruction counts too much, and q becomes too narrow", False', '"Reconstruction counts too much, and q becomes too narrow", True'),
    ), "tests/test_quiz.py computed_one"),
    Mutant("quiz: narrower", PARTS + "quiz/on_the_bound.py", (('"About 1 nat", True', '"About 1 nat", False'), ('"About 2 nats", False', '"About 2 nats", True')),
           "tests/test_quiz.py computed_one"),
    Mutant("quiz: importance", PARTS + "quiz/on_the_bound.py", (
        ('"It brings the bound closer to log p(x), from below", True', '"It brings the bound closer to log p(x), from below", False'),
        ('"It turns the bound into an upper bound", False', '"It turns the bound into an upper bound", True'),
    ), "tests/test_quiz.py computed_one"),
    Mutant("quiz: closed form", PARTS + "quiz/on_the_lesson.py", (('"2.70", True', '"2.70", False'), ('"3.81", False', '"3.81", True')),
           "tests/test_quiz.py computed_one"),
    one("a pasted vmap is taken for one image", PARTS + "loss/code_expressions.py", "marked.decorator_list = [*function.decorator_list, node.func]", "pass",
        "tests/test_pasted_loss_executed.py value_that_the_code_has"),
    one("a pasted KL without its constant", PARTS + "loss/code_kl.py", "lacks_constant=constant is None", "lacks_constant=False",
        "tests/test_pasted_loss_executed.py taken_for_granted"),
    one("a pasted loss that is wrapped", PARTS + "loss/loss_code.py", "isinstance(one.value, Unknown) and named", "False and named",
        "tests/test_pasted_loss_executed.py refused"),
    one("tiles as wide outside as in the middle", EVALUATE + "quadrature/tiles.py", "return (z / self.stretch).asinh() * (self.stretch / self.half)",
        "return z / self.half", "tests/test_tiles.py brute_forces"),
    one("rows of a triangle left out", "vaecore/core/triangles.py", "last if last < width else height, last)", "last, last)",
        "tests/test_summits.py all_of_it"),
    one("digits lost to a lattice's edge", EVALUATE + "quadrature/grids.py", "centre, extremes = values[0].amax()",
        "centre, extremes = values[0].mean()", "tests/test_strangers_networks.py exponentially"),
    one("log p(x) of the first mode alone", EVALUATE + "sobol.py", "self._optima(image, q, 1.0, True)", "self._optima(image, q, 1.0, False)",
        "tests/test_summits.py several_modes"),
    one("a log's runs are mixed", PARTS + "loss/log_tables.py", "return Pair(metric, text, value, of_column or run)", "return Pair(metric, text, value, run)",
        "tests/test_log_runs.py one_run_is_read"),
    one("a log's sets are one table", PARTS + "loss/training_log.py", "if len(sets) < 2:", "if True:", "tests/test_log_runs.py set"),
    one("terms of two sets are one record", PARTS + "loss/log_records.py", "if new and not have and", "if False and", "tests/test_log_runs.py set"),
    one("a log's KL of two policies", PARTS + "loss/log_choice.py", 'if "kl" not in name.roles or is_of_a_model(pair.name)]', "]", "tests/test_log_formats.py refuses"),
    one("a log's generator", PARTS + "loss/log_names.py", "or _OF_TWO_PLAYERS.search(lower) is not None", "", "tests/test_log_formats.py refuses"),
    one("a log's factor of KL", PARTS + "loss/log_names.py", "or (known & _WEIGHT_OF_KL and known & _KL.keys())", "", "tests/test_log_formats.py refuses"),
    one("a log's steps are mixed", PARTS + "loss/log_records.py", "if pairs and pairs[0].step:", "if not pairs:", "tests/test_log_runs.py two_steps"),
    one("a log's test set carried over", PARTS + "loss/log_choice.py", "held_out = name.held_out or (held_out and not name.training)",
        "held_out = name.held_out", "tests/test_log_formats.py posted_format"),
    one("a log's likelihood of x alone", PARTS + "loss/log_choice.py", "(has_elbo and is_likelihood(data.name))", "False",
        "tests/test_log_formats.py not_understood"),
    one("a log's KL after its weight", PARTS + "loss/log_names.py", 'roles["weighted kl"] = roles.pop("kl")', "pass",
        "tests/test_log_formats.py refuses"),
    one("a log's likelihood above zero", PARTS + "loss/log_choice.py", "if not proof and (unsure or chosen.has_unsettled_sign):",
        "if not proof and unsure:", "tests/test_log_formats.py crosses_zero"),
    one("a log's KL with two numbers", PARTS + "loss/log_choice.py", "if pair not in twins]", "]", "tests/test_log_formats.py refuses"),
    one("a pasted term without its gradient", PARTS + "loss/code_library.py", "if detaches(name, node):", "if False:",
        "tests/test_pasted_loss_executed.py refused"),
    one("a pasted term under no_grad", PARTS + "loss/code_interpreter.py", "if before.get(name) != value:", "if False:",
        "tests/test_pasted_loss_executed.py refused"),
    one("pasted pixels in rows", PARTS + "loss/code_tensor.py", "if self.layout and axes is not None:", "if False:",
        "tests/test_pasted_loss_executed.py refused"),
    one("a pasted row of everything", PARTS + "loss/code_layout.py", "return ONE_ROW if last is None", "return '' if last is None",
        "tests/test_pasted_loss_executed.py value_that_the_code_has"),
    one("a pasted loop counts once", PARTS + "loss/code_interpreter.py", "if added in before:", "if False:", "tests/test_pasted_loss_executed.py refused"),
    one("a factor of pasted code", PARTS + "loss/code_weights.py", 'values = {"factor": data_number}',
        'values = {"factor": 1.0}', "tests/test_pasted_loss.py public_loss"),
    # A class
    one("a guess without β", PARTS + "tradeoff/guesses.py", "terms.reconstruction - resolved.beta * terms.kl.sum(dim=1)",
        "terms.reconstruction - terms.kl.sum(dim=1)", "tests/test_guesses.py linear_decoder"),
    one("a guess in nats where bits are shown", PARTS + "tradeoff/guesses.py", "[unit * (highest - value)", "[(highest - value)",
        "tests/test_guesses.py linear_decoder"),
    one("an earlier question is revealed too", PARTS + "classroom/sqlite_registry.py", "lost = ?, best = ? WHERE code = ? AND open",
        "lost = ?, best = ? WHERE code = ?", "tests/test_classroom.py session_holds"),
    one("an earlier vote taken for this round's", PARTS + "classroom/sqlite_registry.py",
        'where = "code = ? AND number = ? AND round = ? AND browser = ?"', 'where = "code = ? AND number = ? AND round <= ? AND browser = ?"',
        "tests/test_classroom.py session_holds"),
)  # fmt: skip


def run_tests(folder: Path, tests: str) -> subprocess.CompletedProcess[str]:
    """pytest on some tests of a copy, until the first that fails."""
    file, _, words = tests.partition(" ")
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", file, *(["-k", words] if words else [])]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def all_pass(copy: Path, mutants: Sequence[Mutant]) -> bool:
    """Whether the tests pass without a fault; those that do not are printed."""
    words: dict[str, list[str]] = {}
    for mutant in mutants:
        file, _, some = mutant.tests.partition(" ")
        words.setdefault(file, []).append(f"({some})")
    for file, each in words.items():
        result = run_tests(copy, f"{file} {' or '.join(dict.fromkeys(each))}")
        if result.returncode:
            print(f"tests must pass without a fault, and in {file} they do not:\n{result.stdout[-2000:]}")
            return False
    return True


def main(names: list[str]) -> int:
    """Put every fault in, print which tests noticed it, and the score."""
    chosen = [mutant for mutant in MUTANTS if not names or mutant.name in names]
    with tempfile.TemporaryDirectory() as temporary:
        copy = Path(temporary) / "copy"
        shutil.copytree(ROOT, copy, ignore=shutil.ignore_patterns(".git", ".venv", "__pycache__", ".*_cache"))
        found: dict[str, bool] = {}
        if not all_pass(copy, chosen):
            return 1
        for mutant in chosen:
            path = copy / mutant.path
            text = mutant.mutated(copy)
            original = path.read_text(encoding="utf-8")
            path.write_text(text, encoding="utf-8")
            found[mutant.name] = run_tests(copy, mutant.tests).returncode == 1  # others are errors of pytest itself
            path.write_text(original, encoding="utf-8")
            print(f"{'noticed ' if found[mutant.name] else 'SURVIVED'}  {mutant.name}  ({mutant.tests})", flush=True)
    share = sum(found.values()) / len(found)
    print(f"{sum(found.values())} of {len(found)} faults noticed: {share:.0%}")
    return 0 if share >= ENOUGH else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
