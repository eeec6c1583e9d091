"""Shards of a sweep are disjoint, complete, of about equal cost, and the same everywhere."""

from dataclasses import replace
from pathlib import Path

import pytest

from mihash_bench.errors import InputError
from mihash_bench.settings.base import setting_of
from mihash_bench.sweeps.choose import sweep_of
from mihash_bench.sweeps.shard import Shard, cost_of
from mihash_bench.sweeps.sweep import Folders, tasks_of

VALUES = {
    "dataset": "synthetic", "method": "lsh,mihash,ridge", "bits": "8,16,64", "trials": 2, "examples": 2000,
    "set": ["synthetic.n=4000", "synthetic.d=20,200"],
}  # fmt: skip
# Where each run of a small sweep belongs, on any machine and in any later version whose formula of cost is the same.
FIXED = {
    "lsh d 20 on": 1, "lsh d 20 off": 1, "lsh d 200 on": 2, "lsh d 200 off": 2,
    "mihash d 20 on": 2, "mihash d 20 off": 2, "mihash d 200 on": 1, "mihash d 200 off": 1,
}  # fmt: skip


def tasks_in(results, cache_dir, **changed):
    return tasks_of([sweep_of({**VALUES, **changed}, {})], Folders(results, Path(), cache_dir))


@pytest.fixture(scope="module")
def tasks(cache_dir):
    return tasks_in(Path("results"), cache_dir)


def keys(tasks):
    return [task.key for task in tasks]


@pytest.mark.parametrize("of", [1, 2, 5, 8, 100])
def test_every_run_is_in_exactly_one_shard(tasks, of):
    shards = [Shard(number, of).tasks(tasks) for number in range(1, of + 1)]
    assert sorted(key for shard in shards for key in keys(shard)) == sorted(keys(tasks))


@pytest.mark.parametrize("of", [2, 5, 8])
def test_shards_differ_by_less_than_the_cost_of_one_run(tasks, of):
    costs = [sum(map(cost_of, Shard(number, of).tasks(tasks))) for number in range(1, of + 1)]
    assert max(costs) - min(costs) <= max(map(cost_of, tasks))
    assert len({cost_of(task) for task in tasks}) > 10


def test_the_cut_depends_neither_on_the_order_of_the_sweep_nor_on_the_folder_nor_on_what_can_be_done(
    tasks, tmp_path, cache_dir
):
    elsewhere = tasks_in(tmp_path, cache_dir, method="ridge,mihash,lsh", bits="64,8,16")
    skipped = [replace(task, skip="a package is missing") for task in elsewhere]
    for number in (1, 2, 3):
        assert sorted(keys(Shard(number, 3).tasks(skipped))) == sorted(keys(Shard(number, 3).tasks(tasks)))


def test_a_run_with_a_file_of_an_older_key_stays_in_its_shard(tasks):
    (first, *_) = Shard(2, 3).tasks(tasks)
    older = [replace(task, key="0" * 64) if task is first else task for task in tasks]
    assert keys(Shard(2, 3).tasks(older)) == ["0" * 64, *keys(Shard(2, 3).tasks(tasks))[1:]]


def test_the_cut_of_a_known_sweep_stays_as_it_is(cache_dir):
    small = tasks_in(Path("results"), cache_dir, method="lsh,mihash", bits=8, trials=1)
    names = {_name(task): task.key for task in small}
    found = {name: next(n for n in (1, 2) if key in keys(Shard(n, 2).tasks(small))) for name, key in names.items()}
    assert found == FIXED


def _name(task):
    return f"{task.config.method} d {task.shape.columns} {task.config.trigger}"


@pytest.mark.parametrize("text", ["", "0/2", "3/2", "2", "a/b", "1/2/3", "-1/2", "1/0", "2/8 ", "1" * 30 + "/2"])
def test_other_texts_are_refused_with_the_option(text):
    with pytest.raises(InputError, match=r"--shard: .* \(allowed: a number and how many shards there are"):
        Shard.parse(text)
    assert Shard.parse("2/8") == Shard(2, 8)


def test_costs_grow_with_what_a_run_does(tasks):
    def cost(method, **changed):
        task = next(task for task in tasks if task.config.method == method)
        config = replace(task.config, **{"trigger": "off", "bits": 16, **changed})
        return setting_of("online").cost(config, replace(task.shape, columns=200))

    assert cost("mihash", examples=4000) > cost("mihash")
    assert cost("mihash", checkpoints=10) < cost("mihash", checkpoints=20)
    assert cost("mihash", trigger="on") < cost("mihash")
    assert cost("mihash", bits=128) > cost("mihash")
    # Its time grows with the square of the number of features.
    assert cost("ridge") > cost("mihash")
