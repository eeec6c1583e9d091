"""Which runs count as diverged: tiny methods that grow, stand still, or give NaN, and healthy ones."""

import numpy as np
import pytest

from mihash_bench.encoders import AffineCodes
from mihash_bench.errors import DivergedError
from mihash_bench.experiment.divergence import Watch, without_update
from mihash_bench.experiment.retrieval import Retrieval
from mihash_bench.experiment.trial import Trial
from mihash_bench.methods.base import OnlineHasher
from mihash_bench.methods.lsh import LSH
from mihash_bench.methods.mihash import MIHash
from mihash_bench.neighbors import SharedLabels
from mihash_bench.stream.plan import StreamPlan
from mihash_bench.stream.trigger import AlwaysUpdate, TriggerUpdate

NAN = float("nan")
LOSS = (100, 0.2, 0.3, False)
W = {"W": np.ones((4, 2))}


class Growing(OnlineHasher):
    """Multiplies its projection in each step, which is divergence, or adds to it, which is not."""

    name, title, citation = "growing", "Growing", "none"

    def __init__(self, n_bits=8, *, factor=1.0, shift=0.0, random_state=None):
        self.n_bits, self.factor, self.shift, self.random_state = n_bits, factor, shift, random_state

    def _step(self, X, y, *, neighbors, reservoir):
        with np.errstate(over="ignore", invalid="ignore"):
            self.W_ = self.factor * self.W_ + self.shift * X.T


def result_of(method, policy=None, examples=400):
    rng = np.random.default_rng(0)
    y = rng.integers(0, 3, 500)
    X = rng.normal(size=(3, 6))[y] + 0.3 * rng.normal(size=(500, 6))
    X /= np.linalg.norm(X, axis=1, keepdims=True)
    retrieval = Retrieval(X, y, np.arange(50), np.arange(50, 500), SharedLabels())
    plan = StreamPlan(
        rng.permutation(450)[:examples], np.array([0, examples]), rng.choice(450, 20, replace=False), rng.random(20),
        rng.random(examples),
    )  # fmt: skip
    return Trial(method, retrieval, plan, policy or TriggerUpdate(), update_interval=100).run()


@pytest.mark.parametrize("policy", [TriggerUpdate(), AlwaysUpdate()], ids=["trigger on", "trigger off"])
def test_healthy_methods_do_not_diverge(policy):
    for method in (MIHash(8, random_state=0), LSH(8, random_state=0)):
        assert result_of(method, policy).diverged == ""


def test_a_projection_that_grows_linearly_does_not_diverge():
    assert result_of(Growing(shift=10.0, random_state=0), AlwaysUpdate()).diverged == ""


@pytest.mark.parametrize("factor", [1.1, 3.0])
def test_a_projection_without_bound_diverges(factor):
    said = result_of(Growing(factor=factor, random_state=0)).diverged
    assert said.startswith("the norm of its hash functions is ")
    assert said.endswith(
        "times the first after 200 examples" if factor == 1.1 else "times the first after 100 examples"
    )


def test_a_projection_whose_norm_overflows_diverges_although_it_is_finite():
    watch = Watch()
    watch.see(W, "at the start")
    watch.see({"W": np.full((4, 2), 1e200)}, "after 100 examples")
    assert watch.reason == "its hash functions grow without bound after 100 examples"


@pytest.mark.parametrize("policy", [TriggerUpdate(), AlwaysUpdate()], ids=["trigger on", "trigger off"])
def test_a_method_that_learns_nothing_diverges_unless_it_says_so(policy):
    said = "no update: none of 4 decisions rebuilds the table, because its hash functions never change"
    assert result_of(Growing(random_state=0), policy).diverged == said
    assert result_of(LSH(8, random_state=0), policy).diverged == ""


def test_hash_functions_that_are_not_finite_fail_as_divergence():
    with pytest.raises(DivergedError, match="growing: its hash functions are no longer finite after 400 examples"):
        result_of(Growing(factor=10.0, random_state=0))


def test_the_bound_is_the_largest_norm_of_the_first_hash_functions_that_are_not_zero():
    watch = Watch()
    zero = {"W": np.zeros((2, 2)), "bias": np.zeros(2)}
    for arrays in (zero, {"W": np.eye(2), "bias": np.full(2, 1e-9)}, {"W": np.eye(2), "bias": np.full(2, 1e5)}):
        watch.see(arrays, "now")
    assert watch.reason == ""
    assert watch.changed
    watch.see({"W": np.eye(2), "bias": np.full(2, 1.1e6)}, "at last")
    assert watch.reason == "the norm of its hash functions is 1.1e+06 times the first at last"


def test_the_first_reason_stays():
    watch = Watch()
    watch.see(W, "at the start")
    watch.see_objective(1e300, "after epoch 1")
    assert watch.reason == ""
    watch.see_objective(NAN, "after epoch 2")
    watch.see({"W": np.full((4, 2), NAN)}, "after epoch 3")
    assert watch.reason == "its objective is not finite after epoch 2"


def test_equal_arrays_are_no_change_and_arrays_of_other_names_are_one():
    watch = Watch()
    watch.see(W, "at the start")
    watch.see({"W": np.ones((4, 2))}, "later")
    assert not watch.changed
    watch.see({"V": np.ones((4, 2))}, "later")
    assert watch.changed


@pytest.mark.parametrize(
    ("decisions", "diverges"),
    [
        ([LOSS] * 10, True),
        ([LOSS] * 9, False),
        ([*[LOSS] * 10, (200, 0.4, 0.3, True)], False),
        ([*[LOSS] * 10, (200, 0.4, 0.3, False)], False),
        ([(100, NAN, NAN, False)] * 10, True),
        ([*[(100, NAN, NAN, False)] * 10, (200, NAN, NAN, True)], False),
    ],
    ids=[
        "no gain",
        "few decisions",
        "an update",
        "a gain below the threshold",
        "trigger off",
        "trigger off, an update",
    ],
)
def test_a_run_without_update_diverges_unless_the_threshold_prevented_one(decisions, diverges):
    said = f"no update: none of {len(decisions)} decisions rebuilds the table"
    assert without_update(decisions, changed=True) == (said if diverges else "")


def test_all_arrays_of_an_encoder_count():
    watch = Watch()
    watch.see(AffineCodes(np.eye(2), np.zeros(2)).arrays(), "at the start")
    watch.see(AffineCodes(np.eye(2), np.full(2, 1e7)).arrays(), "later")
    assert "times the first later" in watch.reason
