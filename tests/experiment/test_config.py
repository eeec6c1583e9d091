"""The canonical text of a config, its key, and how values added later leave both unchanged."""

import json
from dataclasses import dataclass, replace

import pytest

from mihash_bench.experiment.config import Config, added, canonical, changed, resolved, run_key
from mihash_bench.methods.lsh import LSH

CONFIG = Config(
    setting="any", dataset="sample", dataset_parameters=(("labels", True),), method="lsh", method_parameters=(),
    bits=16, trial=1, checkpoints=5, metrics=("mAP", "P@5"), seed=3,
)  # fmt: skip


def test_the_text_is_read_back_and_has_sorted_names():
    assert Config.from_json(CONFIG.to_json()) == CONFIG
    assert list(json.loads(CONFIG.to_json())) == sorted(json.loads(CONFIG.to_json()))


CHANGES = {
    "setting": "other", "dataset": "cifar10", "dataset_parameters": (), "method": "osh", "bits": 8, "trial": 0,
    "method_parameters": (("step_size", 0.5),), "checkpoints": 6, "metrics": ("mAP",), "seed": 4, "threads": 2,
    "split": "trial",
}  # fmt: skip


@pytest.mark.parametrize("change", CHANGES.items(), ids=lambda change: change[0])
def test_every_value_but_the_metrics_is_part_of_the_key(change):
    same = run_key(replace(CONFIG, **dict([change])), "digest", 1) == run_key(CONFIG, "digest", 1)
    assert same == (change[0] == "metrics")


def test_dataset_digest_and_method_version_are_part_of_the_key():
    assert len({run_key(CONFIG, "digest", 1), run_key(CONFIG, "other", 1), run_key(CONFIG, "digest", 2)}) == 3


def test_every_field_has_a_change_above():
    assert set(CHANGES) == set(vars(CONFIG))


@dataclass(frozen=True, kw_only=True)
class Later(Config):
    order: str = added("random")


def test_a_value_added_later_is_left_out_while_it_keeps_the_earlier_behaviour():
    later = Later(**vars(CONFIG))
    assert later.to_json() == CONFIG.to_json()
    assert run_key(later, "digest", 1) == run_key(CONFIG, "digest", 1)
    assert Later.from_json(CONFIG.to_json()).order == "random"
    other = replace(later, order="sorted")
    assert run_key(other, "digest", 1) != run_key(later, "digest", 1)
    assert Later.from_json(other.to_json()) == other


class Grown(LSH):
    """LSH with a parameter that it did not have when its first results were made."""

    added_parameters = {"sparsity": 0.0}  # noqa: RUF012

    def __init__(self, n_bits=32, *, sparsity=0.5, random_state=None):
        super().__init__(n_bits, random_state=random_state)
        self.sparsity = sparsity


def test_a_parameter_added_later_is_left_out_while_it_keeps_the_earlier_behaviour():
    assert canonical(Grown, {"sparsity": 0.0}) == ()
    assert canonical(Grown, {"sparsity": 0.5}) == (("sparsity", 0.5),)
    # Its default may be another value, which is then part of the key.
    assert resolved(Grown, ()) == {"sparsity": 0.0}
    assert resolved(Grown, (("sparsity", 0.5),)) == {"sparsity": 0.5}


def test_changed_values_are_written_as_set_reads_them():
    assert changed({"a": True, "b": None, "c": 2}, {"a": False, "b": 1, "c": 2}) == ["a=on", "b=none"]


def test_a_setting_without_a_trigger_counts_as_one_with_the_trigger_off():
    assert CONFIG.names == {
        "setting": "any", "dataset": "sample", "method": "lsh", "bits": 16, "trigger": "off", "trial": 1
    }  # fmt: skip
