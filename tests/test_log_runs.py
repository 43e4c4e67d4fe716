"""Logs and exports that hold several runs: one is read and named, another can be had, and no number is of two of them."""
# ruff: noqa: E501 - lines are as long as what tools export

import pytest
from streamlit.testing.v1 import AppTest

from pages.parts.loss.training_log import read_log
from tests.visiting import ROOT

FIRST, SECOND = [(30.1, 5.9), (27.4, 6.2)], [(90.0, 1.0), (80.0, 2.0)]

# Each holds two epochs of the runs "a" and "b".
EXPORTS = {
    "wandb, chart export": (
        '"Step","a - recon","a - recon__MIN","a - recon__MAX","a - kl","b - recon","b - recon__MIN","b - recon__MAX","b - kl"\n'
        '"1","30.1","0","99","5.9","90","0","99","1"\n"2","27.4","0","99","6.2","80","0","99","2"'),
    "wandb, the columns of a metric side by side": (
        '"Step","a - recon","b - recon","a - kl","b - kl"\n1,30.1,90,5.9,1\n2,27.4,80,6.2,2'),
    "wandb, runs that log at different steps": (
        '"Step","a - recon","b - recon","a - kl","b - kl"\n1,30.1,,5.9,\n1,,90,,1\n2,27.4,,6.2,\n3,,80,,2'),
    "TensorBoard, tags in rows, in the order of the tags": (
        "run,tag,step,value\na,loss/recon,1,30.1\na,loss/recon,2,27.4\na,loss/kl,1,5.9\na,loss/kl,2,6.2\n"
        "b,loss/recon,1,90\nb,loss/recon,2,80\nb,loss/kl,1,1\nb,loss/kl,2,2"),
    "TensorBoard, tags in rows, in the order of time": (
        "run,tag,step,value,wall_time\na,recon,1,30.1,17e8\nb,recon,1,90,17e8\na,kl,1,5.9,17e8\nb,kl,1,1,17e8\n"
        "b,recon,2,80,17e8\na,recon,2,27.4,17e8\na,kl,2,6.2,17e8\nb,kl,2,2,17e8"),
    "MLflow, get_metric_history as a table": (
        "run_id,key,value,timestamp,step\na,train_kl,5.9,1700000000123,1\na,train_kl,6.2,1700000000124,2\na,train_recon,30.1,1700000000123,1\n"
        "a,train_recon,27.4,1700000000124,2\nb,train_kl,1,1700000000123,1\nb,train_kl,2,1700000000124,2\nb,train_recon,90,1700000000123,1\n"
        "b,train_recon,80,1700000000124,2"),
    "a table with a column of runs": "run;epoch;recon;kl\na;1;30,1;5,9\na;2;27,4;6,2\nb;1;90,0;1,0\nb;2;80,0;2,0",
    "Aim": "run.hash,metric.name,step,value\na,recon,1,30.1\na,kl,1,5.9\na,recon,2,27.4\na,kl,2,6.2\nb,recon,1,90\nb,kl,1,1\nb,recon,2,80\nb,kl,2,2",
    "JSON lines": (
        '{"run": "a", "epoch": 1, "recon": 30.1, "kl": 5.9}\n{"run": "b", "epoch": 1, "recon": 90, "kl": 1}\n'
        '{"run": "a", "epoch": 2, "recon": 27.4, "kl": 6.2}\n{"run": "b", "epoch": 2, "recon": 80, "kl": 2}'),
    "JSON lines, a metric in each": "\n".join(
        f'{{"run_name": "{run}", "metric": "{metric}", "value": {values[at]}, "step": {step}}}'
        for metric, at in (("kl", 1), ("recon", 0))
        for run, terms in (("a", FIRST), ("b", SECOND))
        for step, values in enumerate(terms)),
    "a list of dictionaries": repr([
        {"run": run, "epoch": epoch, "recon": data, "kl": kl} for run, terms in (("a", FIRST), ("b", SECOND))
        for epoch, (data, kl) in enumerate(terms)]),
    "pandas, printed": "  run  epoch  recon   kl\n0   a      1   30.1  5.9\n1   a      2   27.4  6.2\n2   b      1   90.0  1.0\n3   b      2   80.0  2.0",
}  # fmt: skip


@pytest.mark.parametrize("source", EXPORTS)
def test_one_run_is_read_and_the_other_can_be_had(source: str) -> None:
    text = EXPORTS[source]
    for wanted, run, want in (("", "a", FIRST), ("a", "a", FIRST), ("b", "b", SECOND), ("no such run", "a", FIRST)):
        log = read_log(text, wanted)
        assert (log.runs, log.run) == (("a", "b"), run)
        assert [(terms.data, terms.kl) for terms in log.terms] == want
        assert log.unread == ()


def test_a_run_that_lacks_a_term_is_not_the_one_that_is_read() -> None:
    text = '"Step","a - loss","a - recon","b - recon","b - kl"\n1,33.6,27.4,80,2'
    assert [(terms.data, terms.kl, terms.total) for terms in read_log(text).terms] == [(80.0, 2.0, None)]
    assert read_log(text).run == "b"
    (sentence,) = read_log(text, "a").unread
    assert "expected KL" in sentence


def test_terms_of_two_runs_are_never_one_record() -> None:
    log = read_log('"Step","a - recon","b - kl"\n1,27.4,6.2')
    assert log.terms == () and len(log.unread) == 1 and log.runs == ("a", "b")


def test_a_table_of_runs_has_one_row_for_each() -> None:
    log = read_log(
        '"Name","State","Runtime","recon_loss","kl_loss"\n"a","finished","120","27.4","6.2"\n"b","crashed","3","90","1"'
    )
    assert (log.runs, log.run, [(terms.data, terms.kl) for terms in log.terms]) == (("a", "b"), "a", [(27.4, 6.2)])


def test_terms_of_two_steps_are_never_one_record() -> None:
    assert read_log("tag,step,value\nrecon,1,27.4\nkl,2,6.2").terms == ()
    both = read_log("tag,step,value\nkl,1,5.9\nkl,2,6.2\nrecon,1,30.1\nrecon,2,27.4")
    assert [(terms.data, terms.kl, terms.line) for terms in both.terms] == [(30.1, 5.9, 4), (27.4, 6.2, 5)]


def test_two_values_of_a_step_without_a_column_of_runs_are_refused() -> None:
    log = read_log("tag,step,value\nrecon,1,27.4\nrecon,1,90\nkl,1,6.2\nkl,1,1")
    assert log.terms == ()
    (sentence,) = log.unread
    assert "“recon” has two values at step 1: of several runs?" in sentence


TRAINED = [(27.4, 6.2), (26.0, 6.4)]

# Two epochs of the training set, and lines about another one between or behind them.
SETS = {
    "brief": ("epoch 1 train recon 27.4 kl 6.2\nepoch 1 val recon 30 kl 7\nepoch 2 train recon 26 kl 6.4\nepoch 2 val recon 29 kl 7.1", "validation"),
    "brackets": ("[train] recon 27.4 kl 6.2\n[valid] recon 30 kl 7\n[train] recon 26 kl 6.4\n[valid] recon 29 kl 7.1", "validation"),
    "colon": ("Train: recon=27.4, kl=6.2\nTest: recon=30, kl=7\nTrain: recon=26, kl=6.4\nTest: recon=29, kl=7.1", "test"),
    "headings": ("Epoch 1\nTraining\n recon 27.4 kl 6.2\nValidation\n recon 30 kl 7\nEpoch 2\nTraining\n recon 26 kl 6.4\nValidation\n recon 29 kl 7", "validation"),
    "headings2": ("--- train ---\nrecon: 27.4\nkl: 6.2\n--- val ---\nrecon: 30\nkl: 7\n--- train ---\nrecon: 26\nkl: 6.4\n--- val ---\nrecon: 29\nkl: 7.1", "validation"),
    "json split": ("{\"split\":\"train\",\"epoch\":1,\"recon\":27.4,\"kl\":6.2}\n{\"split\":\"val\",\"epoch\":1,\"recon\":30,\"kl\":7}\n{\"split\":\"train\",\"epoch\":2,\"recon\":26,\"kl\":6.4}", "validation"),
    "csv phase": ("phase,epoch,recon,kl\ntrain,1,27.4,6.2\nval,1,30,7\ntrain,2,26,6.4", "validation"),
    "spaced table": ("epoch set recon kl\n1 train 27.4 6.2\n1 val 30 7\n2 train 26 6.4", "validation"),
    "csv phase later": ("epoch,recon,kl,phase\n1,27.4,6.2,train\n1,30,7,val\n2,26,6.4,train", "validation"),
    "pytorch ex": ("Train Epoch: 1 [0/60000 (0%)]\tLoss: 33.6 BCE: 27.4 KLD: 6.2\n====> Test set loss: 37 BCE: 30 KLD: 7\nTrain Epoch: 2 [0/60000 (0%)]\tLoss: 32.4 BCE: 26 KLD: 6.4", "test"),
    "unlabelled + val": ("Epoch 1 recon 27.4 kl 6.2\n  val recon 30 kl 7\nEpoch 2 recon 26 kl 6.4\n  val recon 29 kl 7", "validation"),
    "val names": ("epoch 1 recon 27.4 kl 6.2\nepoch 1 val_recon 30 val_kl 7\nepoch 2 recon 26 kl 6.4", "validation"),
    "phase word": ("Epoch 1 phase train: recon 27.4 kl 6.2\nEpoch 1 phase val: recon 30 kl 7\nEpoch 2 phase train: recon 26 kl 6.4", "validation"),
    "TRAIN/EVAL": ("TRAIN | recon 27.4 | kl 6.2\nEVAL | recon 30 | kl 7\nTRAIN | recon 26 | kl 6.4", "evaluation"),
    "Validation sentence": ("epoch 1: recon 27.4, kl 6.2\nValidation after epoch 1: recon 30, kl 7\nepoch 2: recon 26, kl 6.4", "validation"),
    "test at end": ("epoch 1: recon 27.4, kl 6.2\nepoch 2: recon 26, kl 6.4\nFinal test: recon 30, kl 7", "test"),
    "suffix": ("epoch 1 recon 27.4 kl 6.2 (train)\nepoch 1 recon 30 kl 7 (val)\nepoch 2 recon 26 kl 6.4 (train)", "validation"),
    "multi-line each with its set": ("train recon 27.4\ntrain kl 6.2\nval recon 30\nval kl 7\ntrain recon 26\ntrain kl 6.4", "validation"),
}  # fmt: skip


@pytest.mark.parametrize("source", SETS)
def test_lines_about_another_set_are_a_run_of_their_own(source: str) -> None:
    text, other = SETS[source]
    log = read_log(text)
    assert (log.runs, log.run) == (("training", other), "training")
    assert [(terms.data, terms.kl) for terms in log.terms] == TRAINED
    held_out = read_log(text, other)
    assert held_out.run == other and not {terms.line for terms in held_out.terms} & {terms.line for terms in log.terms}
    assert (held_out.terms[0].data, held_out.terms[0].kl) == (30.0, 7.0)


@pytest.mark.parametrize(
    "text",
    [
        "epoch 1 train recon 27.4 kl 6.2 | val recon 30 kl 7\nepoch 2 train recon 26 kl 6.4 | val recon 29 kl 7",
        "recon 27.4 kl 6.2\nloading val.pt\nrecon 26 kl 6.4",
        "val recon 27.4 kl 6.2\nval recon 26 kl 6.4",
    ],
)
def test_lines_about_one_set_are_no_runs(text: str) -> None:
    log = read_log(text)
    assert log.runs == () and [(terms.data, terms.kl) for terms in log.terms] == TRAINED


def test_a_run_that_has_lines_of_two_sets_is_two() -> None:
    text = "run,set,epoch,recon,kl\na,train,1,27.4,6.2\na,val,1,30,7\nb,train,1,80,2"
    assert read_log(text).runs == ("a / training", "a / validation", "b")
    assert [terms.data for terms in read_log(text, "a / validation").terms] == [30.0]


def test_terms_of_two_sets_are_never_one_record() -> None:
    (terms,) = read_log("train recon 27.4\nval recon 30\ntrain kl 6.2\nval kl 7").terms
    assert (terms.data, terms.kl) == (27.4, 6.2)
    assert read_log("train recon 27.4\nval kl 7").terms == ()


def test_the_screen_says_how_many_runs_there_are_and_reads_the_one_that_is_chosen() -> None:
    app = AppTest.from_file(str(ROOT / "pages" / "loss.py"), default_timeout=120).run()
    log = next(area for area in app.text_area if area.label.startswith("Lines with"))
    log.set_value(EXPORTS["wandb, chart export"]).run()
    chosen = next(box for box in app.selectbox if "runs" in box.label)
    assert chosen.label == "This log holds 2 runs. Read the run"
    assert (chosen.options, chosen.value) == (["a", "b"], "a")
    assert "27.40" in tables(app) and "80.00" not in tables(app)
    chosen.set_value("b").run()
    assert "80.00" in tables(app) and "27.40" not in tables(app)
    log.set_value("recon 27.4 kl 6.2").run()
    assert not any("runs" in box.label for box in app.selectbox)
    assert not app.exception


def tables(app: AppTest) -> str:
    return " ".join(element.proto.body for element in app.get("html"))
