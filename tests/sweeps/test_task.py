import pickle
from dataclasses import replace
from pathlib import Path

import pytest

from mihash_bench.errors import InputError
from mihash_bench.experiment.result import unobserved
from mihash_bench.sweeps.choose import sweep_of
from mihash_bench.sweeps.sweep import Folders

SMALL = {"bits": 8, "trials": 1, "examples": 200, "checkpoints": 2}


@pytest.fixture
def task_of(tmp_path, cache_dir):
    """A function that returns the only task of a small sweep."""

    def one(**options):
        (task,) = sweep_of({**SMALL, "method": "lsh", "trigger": "on", **options}, {}).tasks(
            Folders(tmp_path, Path(), cache_dir)
        )
        return task

    return one


def test_a_task_can_be_sent_to_another_process(task_of):
    task = task_of()
    assert pickle.loads(pickle.dumps(task)) == task


def test_the_label_names_what_distinguishes_the_run(task_of):
    assert task_of().label == "sample lsh 8 bits, trigger on, trial 0"
    changed = task_of(method="mihash", set=["mihash.step_size=2"])
    assert changed.label == "sample mihash[step_size=2.0] 8 bits, trigger on, trial 0"


def test_the_record_has_the_tasks_attributes_and_says_how_table_seconds_were_measured(task_of):
    task = task_of()
    record = task.perform(unobserved)
    assert task.attributes().items() <= record.attributes.items()
    assert (
        record.attributes["table_s_is"]
        == "cost of coding the table alone, measured for one of up to 16 tables, x updates"
    )
    assert record.curve["examples"].tolist() == [0, 200]


def test_a_dataset_that_has_changed_since_the_sweep_began_is_refused(task_of):
    with pytest.raises(InputError, match="--data-dir: the files of sample have changed"):
        replace(task_of(), dataset_digest="0" * 64).perform(unobserved)
