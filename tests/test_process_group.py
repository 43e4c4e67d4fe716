"""Questions are computed in processes of their own: what they answer, and what happens when they end."""

import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from functools import partial
from pathlib import Path

import psutil
import pytest
import torch
import websockets

from pages.parts.compute import cached, workers
from pages.parts.compute.fair_pool import BusyError
from pages.parts.compute.kept import ANSWERS
from pages.parts.compute.process_group import ProcessGroup
from pages.parts.derivation import sequence
from pages.parts.loss import meaning
from pages.parts.sheet import content
from pages.parts.state.setup import Setup
from pages.parts.state.state import SliderMode, State
from pages.parts.state.sweep_path import SweepPath
from pages.parts.tradeoff import answers, questions
from pages.parts.tradeoff import warm_up as warm_up_module
from tests.hostile import WORST, socket_address
from tests.own_loop import run
from tests.visiting import ROOT, running_app
from vaecore.evaluate.quadrature.memory import FEATURES, IMAGES

PATIENCE = 60
warmed_in = 0


def warm_up():
    """What the first process does before it becomes several."""
    global warmed_in
    warmed_in = os.getpid()


def divided(a, b):
    if b == 0:
        raise ValueError(f"b must not be 0; got a = {a}.")
    return a / b


def own_pid():
    return os.getpid()


def origin():
    return os.getpid(), warmed_in, sum(limit.most for limit in (FEATURES, IMAGES, ANSWERS))


def slept(seconds, path=None):
    time.sleep(seconds)
    if path:
        Path(path).touch()


class UnpicklableError(Exception):
    def __reduce__(self):
        raise TypeError("cannot be pickled")


def failed():
    raise UnpicklableError("what went wrong")


@pytest.fixture(scope="module")
def two():
    """Two processes that share what the first has made ready."""
    group = ProcessGroup(2, f"{__name__}:warm_up")
    group.wait_until_ready()
    yield group
    group.stop()


def gone(pid):
    """Whether a process ends."""
    try:
        process = psutil.Process(pid)
        return process.wait(PATIENCE) is not None or not process.is_running()
    except psutil.NoSuchProcess:
        return True


def test_results_and_errors_come_back(two):
    assert two.submit("a", partial(divided, 6, b=3)).result(PATIENCE) == 2
    with pytest.raises(ValueError, match=r"b must not be 0; got a = 6\."):
        two.submit("a", partial(divided, 6, 0)).result(PATIENCE)
    with pytest.raises(RuntimeError, match="UnpicklableError: what went wrong"):
        two.submit("a", failed).result(PATIENCE)


def test_each_client_has_its_process_and_all_processes_have_clients(two):
    pids = {f"client {number}": two.submit(f"client {number}", own_pid).result(PATIENCE) for number in range(20)}
    assert len(set(pids.values())) == 2
    assert os.getpid() not in pids.values()
    assert pids == {client: two.submit(client, own_pid).result(PATIENCE) for client in pids}


def test_a_client_whose_process_has_much_to_do_is_served_by_another(two):
    pids = {number: two.submit(f"{number}", own_pid).result(PATIENCE) for number in range(40)}
    same = [number for number, pid in pids.items() if pid == pids[0]]
    busy = [two.submit(f"{number}", partial(slept, 0.3)) for number in same[1:9]]
    assert two.submit(f"{same[0]}", own_pid).result(PATIENCE) != pids[0]
    assert not busy[-1].done()
    for answer in busy:
        answer.result(PATIENCE)


def test_all_questions_about_one_image_go_to_one_process_whoever_asks(two):
    about = [f"digits-2/{digit}/1" for digit in range(10)]
    found = {one: {two.submit(f"{n}", own_pid, about=one).result(PATIENCE) for n in range(5)} for one in about}
    assert all(len(pids) == 1 for pids in found.values())
    assert len(set.union(*found.values())) == 2
    assert two.submit("odd", own_pid, about="half a character: \ud800").result(PATIENCE)


def test_images_are_shared_out_evenly(two):
    new = [f"digits-2/{4 * number}" for number in range(30)]  # by a hash of their names it would be 18 and 12
    pids = {one: two.submit("class", own_pid, about=one).result(PATIENCE) for one in new}
    few, many = sorted(Counter(pids.values()).values())
    assert many - few <= 2
    for number in range(300):
        two.submit("other", own_pid, about=f"number/{number}").result(PATIENCE)
        assert two.submit("class", own_pid, about=new[0]).result(PATIENCE) == pids[new[0]], "what is asked about stays"


def test_a_link_and_a_question_are_about_the_same_image():
    link = {"digit": "4", "beta": "2"}
    assert questions.image_asked_for(json.dumps({**link, "part": "rest"})) == questions.image_of(link)
    assert questions.image_of(link) == State.from_link(link)[0].setup.image
    assert questions.image_of({}) == State.from_link({})[0].setup.image
    assert questions.image_of({"digit": "4", "example": "2"}) != questions.image_of(link) != questions.image_of({})
    for none in ("", "{", "[1]", '{"digit": 4}', "[" * 20_000):
        assert questions.image_asked_for(none) == ""


def test_whoever_asks_much_keeps_one_process_busy_alone(two):
    pids = {f"{number}": two.submit(f"{number}", own_pid).result(PATIENCE) for number in range(20)}
    flood = [two.submit("0", partial(slept, 0.2)) for _ in range(10)]
    here, there = (two.submit("0", own_pid), two.submit(next(c for c in pids if pids[c] != pids["0"]), own_pid))
    assert there.result(PATIENCE) != pids["0"]
    assert not flood[-1].done()
    assert here.result(PATIENCE) == pids["0"]


def test_what_is_warmed_up_is_shared_and_the_rest_of_what_caches_may_hold_is_divided(two):
    found = {two.submit(f"client {number}", origin).result(PATIENCE) for number in range(20)}
    assert len({pid for pid, _, _ in found}) == 2
    assert {first for _, first, _ in found} <= {pid for pid, _, _ in found}
    assert len({first for _, first, _ in found}) == 1
    # Nothing was held when the processes parted.
    assert {most for _, _, most in found} == {(300e6 + 50e6 + 20e6) / 2}


def test_what_nobody_waits_for_is_not_computed(two, tmp_path):
    pids = {f"{number}": two.submit(f"{number}", own_pid).result(PATIENCE) for number in range(20)}
    one, other = (next(client for client in pids if pids[client] == pid) for pid in set(pids.values()))
    # All threads of both processes are at work, so that neither takes what the other has not begun.
    held = [two.submit(client, partial(slept, 1)) for _ in range(2) for client in (one, other)]
    given_up = two.submit(one, partial(slept, 0, str(tmp_path / "computed")))
    wanted = two.submit(one, partial(slept, 0, str(tmp_path / "wanted")))
    assert given_up.cancel()
    for answer in (*held, wanted):
        answer.result(PATIENCE)
    assert (tmp_path / "wanted").exists()
    assert not (tmp_path / "computed").exists()


def test_who_asks_too_much_is_refused_with_a_sentence(two):
    asked = [two.submit("greedy", partial(slept, 0.01)) for _ in range(60)]
    refused = [answer for answer in asked if isinstance(answer.exception(PATIENCE), BusyError)]
    assert refused
    assert "too many questions are waiting" in str(refused[0].exception())
    assert len(refused) < len(asked)


@pytest.mark.parametrize("which", [0, 1])
def test_a_process_that_ends_is_replaced_and_whoever_waits_is_told(which):
    group = ProcessGroup(2)
    group.wait_until_ready()
    try:
        pids = sorted({group.submit(f"{number}", own_pid).result(PATIENCE) for number in range(20)})
        waiting = [group.submit(f"{number}", partial(slept, 30)) for number in range(6)]
        os.kill(pids[which], signal.SIGKILL)
        for answer in waiting:
            with pytest.raises(BusyError, match="Try again in a moment"):
                answer.result(PATIENCE)
        assert all(map(gone, pids))  # the others too: they are started together
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            try:
                assert group.submit("anybody", own_pid).result(PATIENCE) not in pids
                break
            except BusyError:
                time.sleep(0.1)
        else:
            pytest.fail("nobody answers")
    finally:
        group.stop()


def test_stopping_ends_every_wait_and_every_process():
    group = ProcessGroup(2)
    group.wait_until_ready()
    pids = {group.submit(f"{number}", own_pid).result(PATIENCE) for number in range(20)}
    waiting = [group.submit(f"{number}", partial(slept, 30)) for number in range(6)]
    group.stop()
    for answer in waiting:
        with pytest.raises(BusyError, match="stopping"):
            answer.result(1)
    with pytest.raises(BusyError, match="stopping"):
        group.submit("late", own_pid)
    assert all(map(gone, pids))


def test_numbers_are_the_same_wherever_they_are_computed(two, monkeypatch):
    setup, mean = Setup("digits-2", digit=4), (0.3, -0.7)
    path = SweepPath.along(SliderMode.ALL, (0.1, 0.1), 0, None)
    here = cached.sweep(setup, mean, path), cached.numbers_at_q(setup, mean, (0.1, 0.2)), cached.evidence(setup)
    monkeypatch.setattr(workers, "_group", two)
    for question in (cached.sweep, cached.evidence):  # or what is kept here would be compared with itself
        monkeypatch.setattr(cached, question.__name__, question.__wrapped__)
    there = cached.sweep(setup, mean, path), cached.numbers_at_q(setup, mean, (0.1, 0.2)), cached.evidence(setup)
    assert here[0] is not there[0]
    assert torch.equal(here[0].reconstruction, there[0].reconstruction)
    assert here[1] == there[1]
    assert torch.equal(here[2].value, there[2].value)


@pytest.mark.parametrize("setting", ["two", "-1", "1.5", " "])
def test_a_setting_that_is_no_number_is_refused_with_a_sentence(setting, monkeypatch):
    monkeypatch.setenv("ELBO_ROOM_PROCESSES", setting)
    with pytest.raises(ValueError, match="ELBO_ROOM_PROCESSES must be a number of processes"):
        workers.count()


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT])
def test_no_process_outlives_the_server(number):
    with running_app(warm_up=False) as app:
        children = psutil.Process(app.pid).children(recursive=True)
        assert children
        os.kill(app.pid, number)
        assert all(gone(child.pid) for child in children)


def test_a_page_that_is_open_goes_on_after_the_processes_have_ended():
    """What is asked meanwhile is refused with a sentence; the same connection then answers again."""

    async def asked(socket, question):
        await socket.send(json.dumps(question))
        return json.loads(await socket.recv())

    async def live(app):
        async with websockets.connect(socket_address(app.address), proxy=None, max_size=None) as socket:
            assert "refused" not in await asked(socket, {"part": "sweep"})
            await socket.send(json.dumps(WORST))
            for child in psutil.Process(app.pid).children(recursive=True):
                child.kill()
            assert "Try again in a moment" in json.loads(await socket.recv())["refused"]
            end = time.monotonic() + PATIENCE
            while "refused" in (answer := await asked(socket, {"part": "sweep"})):
                assert "Try again in a moment" in answer["refused"]
                assert time.monotonic() < end
                time.sleep(0.1)

    with running_app(warm_up=False) as app:
        run(live(app))


def test_what_the_processes_load_does_without_streamlit_and_starlette():
    """Each would take some 50 MB more."""
    questions_of = [path for path in (ROOT / "pages").rglob("*.py") if "@in_process" in path.read_text("utf-8")]
    modules = [".".join(path.relative_to(ROOT).with_suffix("").parts) for path in questions_of]
    assert len(modules) > 3
    modules += [module.__name__ for module in (answers, warm_up_module, sequence, meaning, content)]
    lines = [*(f"import {module}" for module in modules), "import sys"]
    lines.append("print([name for name in ('streamlit', 'starlette') if name in sys.modules])")
    said = subprocess.run([sys.executable, "-c", "\n".join(lines)], cwd=ROOT, capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "[]"


def test_a_link_can_be_asked_for_what_there_is_an_answer_to():
    assert tuple(answers.FILES) == questions.FILES
