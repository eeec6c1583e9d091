import pytest

from mihash_bench.doctor import machine, processes, speed
from mihash_bench.doctor.examination import attempt
from mihash_bench.doctor.finding import Finding
from mihash_bench.doctor.machine import check_machine
from mihash_bench.doctor.processes import check_processes
from mihash_bench.doctor.speed import check_blas, check_pass


def test_a_check_that_raises_is_a_finding_after_what_it_found():
    def check():
        yield Finding("x", "ok", "fine")
        raise ImportError("libfoo.so\nis missing")

    fine, broken = attempt("y", check)
    assert fine.state == "ok"
    assert (broken.check, broken.state) == ("y", "broken")
    assert broken.said == "ImportError: libfoo.so is missing"
    assert broken.advice


@pytest.mark.parametrize("state", ["problem", "broken"])
def test_a_finding_that_is_not_good_needs_advice(state):
    with pytest.raises(ValueError, match="needs advice"):
        Finding("x", state, "bad")


def test_the_speed_of_blas_and_of_the_pass_is_measured():
    (blas,) = check_blas()
    assert blas.facts["library"]
    assert blas.facts["gflops"] > 0
    measured, kept = check_pass()
    assert measured.facts["ns_per_pair"] > 0
    assert kept.facts == {"kept": True}


def test_a_slow_machine_is_a_problem_with_what_is_expected(monkeypatch):
    monkeypatch.setattr(speed, "_seconds", lambda work: 100.0)
    (blas,) = check_blas()
    measured = next(check_pass())
    assert (blas.state, measured.state) == ("problem", "problem")
    assert "expected: at least 2" in blas.said
    assert "expected: at most 5" in measured.said


def test_a_busy_machine_is_a_problem(monkeypatch):
    monkeypatch.setattr(machine.os, "cpu_count", lambda: 4)
    monkeypatch.setattr(machine.os, "getloadavg", lambda: (4.5, 0.0, 0.0))
    assert next(check_machine()).state == "problem"
    monkeypatch.setattr(machine.os, "getloadavg", lambda: (3.5, 9.0, 9.0))
    assert next(check_machine()).state == "ok"


def test_variables_of_threads_are_named_as_what_runs_do_not_use(monkeypatch):
    for name in machine.THREAD_VARIABLES:
        monkeypatch.delenv(name, raising=False)
    assert {each.check: each.state for each in check_machine()}["threads"] == "ok"
    monkeypatch.setenv("OMP_NUM_THREADS", "7")
    found = {each.check: each for each in check_machine()}
    assert found["threads"].state == "note"
    assert "OMP_NUM_THREADS=7" in found["threads"].said


def test_a_process_is_started_as_for_a_run():
    (finding,) = check_processes()
    assert finding.state == "ok", finding.said


class Silent:
    """A process that never answers."""

    def __init__(self, task):
        self.ended = False

    def message(self, seconds):
        return None

    def end(self):
        self.ended = True


class Gone(Silent):
    def message(self, seconds):
        raise EOFError

    def death(self):
        return "killed", "its process was ended by SIGKILL", ""


class Refused:
    def __init__(self, task):
        raise OSError("no more processes")


@pytest.mark.parametrize(
    ("kind", "said"),
    [(Silent, "did not answer"), (Gone, "ended by SIGKILL"), (Refused, "cannot be started (no more processes)")],
)
def test_a_process_that_does_not_work_is_broken(kind, said, monkeypatch):
    monkeypatch.setattr("mihash_bench.running.process.ForkedProcess", kind)
    monkeypatch.setattr(processes, "SECONDS", 0.01)
    (finding,) = check_processes()
    assert finding.state == "broken"
    assert said in finding.said
