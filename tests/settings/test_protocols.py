"""Runs under each protocol, compared with plain computations of what is learned, coded and searched."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from mihash_bench.datasets.synthetic import Synthetic
from mihash_bench.errors import InputError
from mihash_bench.experiment.config import run_key
from mihash_bench.experiment.keeping import Keeper
from mihash_bench.experiment.result import unobserved
from mihash_bench.metrics.base import parse_metric
from mihash_bench.parameters import defaults
from mihash_bench.policies.full import Full
from mihash_bench.protocols.growing import Growing
from mihash_bench.registry import METHODS
from mihash_bench.settings._online_data import data_of
from mihash_bench.settings._online_run import make_method
from mihash_bench.settings.base import setting_of
from mihash_bench.sweeps.choose import sweep_of
from mihash_bench.sweeps.code import code_digest
from mihash_bench.sweeps.sweep import Folders
from tests.settings.test_online import CONFIG

BITS, CLASSES = 16, 8
GROWING = {"protocol": "growing", "protocol_parameters": (("chunk", 100), ("queries", 50))}
ROUNDS = {"protocol": "class-incremental", "protocol_parameters": (("rounds", 4),)}
UNSEEN = {"protocol": "unseen", "protocol_parameters": (("queries", 10),), "split": "trial"}
KINDS = {"growing": GROWING, "class-incremental": ROUNDS, "unseen": UNSEEN}


@pytest.fixture(scope="module")
def dataset(cache_dir):
    return Synthetic(n=800, d=8, classes=CLASSES).load(Path(), cache_dir)


def config_of(kind, **changes):
    examples = {"growing": 750, "class-incremental": 600, "unseen": 400}[kind]
    given = {"examples": examples, "update_interval": 50, "reservoir": 20, "checkpoints": 50, "method": "ridge"}
    parameters = defaults(METHODS.get(changes.get("method", "ridge"))).items()
    parameters = tuple(sorted(pair for pair in parameters if pair[0] not in ("n_bits", "random_state")))
    metrics = ("mAP", "mAP[ties=index]", "P@10")
    own = {"bits": BITS, "trigger": "off", "method_parameters": parameters, "metrics": metrics}
    return replace(CONFIG, **{**given, **own, **KINDS[kind], **changes})


def run(config, dataset):
    return setting_of("online").run(config, dataset, unobserved, Keeper())


def ranking_ap(table, query, relevant):
    """The AP of one query with ties in database order, from its definition. table, query: codes as rows of bits."""
    order = sorted(range(len(table)), key=lambda row: (int((table[row] != query).sum()), row))
    hits, precisions = 0, []
    for rank, row in enumerate(order, start=1):
        if relevant[row]:
            hits += 1
            precisions.append(hits / rank)
    return sum(precisions) / len(precisions) if precisions else np.nan


def snapshots(config, dataset):
    """The hash functions after every 50 examples, learned without the engine; at the start those of no example."""
    data = data_of(config, dataset)
    order, rounds = data.plan.order, data.plan.rounds
    rows = data.retrieval.learned[rounds[0].rows] if rounds else data.retrieval.learned
    method = make_method(config).start(dataset.features[rows])
    found = {0: method.snapshot()}
    for start in range(0, len(order), 50):
        block = data.retrieval.learned[order[start : start + 50]]
        method.partial_fit(dataset.features[block].astype(float), dataset.labels[block])
        found[start + 50] = method.snapshot()
    return found


def expected_ap(dataset, codes, query_codes, searched, queries):
    labels = dataset.labels
    values = [
        ranking_ap(codes, code, labels[searched] == labels[query])
        for code, query in zip(query_codes, queries, strict=True)
    ]
    return np.nanmean(values)


@pytest.mark.parametrize("policy", ["full", "once"])
def test_queries_search_what_has_arrived_coded_as_the_policy_says(dataset, policy):
    config = config_of("growing", policy=policy)
    result, data, learned = run(config, dataset), data_of(config, dataset), snapshots(config, dataset)
    assert result.curve["examples"].tolist() == [100, 200, 300, 400, 500, 600, 750]
    database, queries = data.retrieval.database, data.retrieval.queries
    assert sorted([*database, *queries]) == list(range(800))
    for number, seen in enumerate(result.curve["examples"]):
        arrived = np.sort(data.plan.order[:seen])
        codes = np.empty((len(database), BITS), bool)
        for start, stop in zip([0, *result.curve["examples"]], result.curve["examples"][: number + 1], strict=False):
            rows = data.plan.order[start:stop]
            by = learned[seen if policy == "full" else stop]
            codes[rows] = by.encode(dataset.features[database[rows]])
        asked = learned[seen].encode(dataset.features[queries])
        expected = expected_ap(dataset, codes[arrived], asked, database[arrived], queries)
        assert result.curve["mAP[ties=index]"][number] == pytest.approx(expected, abs=1e-12)


def test_an_update_of_a_growing_table_costs_the_rows_that_it_has_then(dataset):
    full, once = (run(config_of("growing", policy=policy), dataset) for policy in ("full", "once"))
    assert full.trigger["updated"].all()
    # Decisions at 50, 100, ..., 750; rows enter after those at 100, 200, ..., 600.
    rows = [min((seen - 1) // 100, 6) * 100 for seen in range(50, 800, 50)]
    assert full.curve["bit_recomputations"][-1] == sum(rows) * BITS
    assert once.curve["bit_recomputations"][-1] == 0
    assert once.curve["updates"].tolist() == full.curve["updates"].tolist()
    assert once.final["code_age"].shape == (750,)
    # Rows of the first chunk were coded at the second of 15 updates.
    assert once.final["code_age"].max() == 13
    assert once.final["code_age"].min() == 0


def test_a_pool_of_a_growing_table_chooses_among_the_rows_that_are_there(dataset):
    full = run(config_of("growing"), dataset)
    everything = run(config_of("growing", policy="pool"), dataset)
    assert everything.curve["mAP"].tolist() == full.curve["mAP"].tolist()
    small = (("centres", 5), ("nearest", 10))
    pool = run(config_of("growing", policy="pool", policy_parameters=small), dataset)
    present = np.array([min((seen - 1) // 100, 6) * 100 for seen in range(50, 800, 50)])
    assert (pool.trigger["recoded"] <= np.minimum(present, 50)).all()
    assert pool.trigger["recoded"][-1] > 0


def test_learned_codes_enter_a_growing_table_with_their_rows(dataset):
    full, learned = (run(config_of("growing", policy=policy), dataset) for policy in ("full", "learned"))
    assert learned.trigger["recoded"].tolist() == [0] * 15
    assert learned.curve["mAP"][-1] > full.curve["mAP"][-1]


def test_the_queries_of_a_round_search_all_rounds_so_far(dataset):
    config = config_of("class-incremental")
    result, data, learned = run(config, dataset), data_of(config, dataset), snapshots(config, dataset)
    assert result.curve["examples"].tolist() == [150, 300, 450, 600]
    database, queries, labels = data.retrieval.database, data.retrieval.queries, dataset.labels
    falling = sorted(range(CLASSES), key=lambda label: (-(labels == label).sum(), label))
    for number, seen in enumerate(result.curve["examples"]):
        so_far, own = falling[: 2 * number + 2], falling[2 * number : 2 * number + 2]
        searched = database[np.isin(labels[database], so_far)]
        codes = learned[seen].encode(dataset.features[searched])
        for column, asked_for in (("mAP[ties=index]", own), ("mAP[ties=index] so far", so_far)):
            asked = queries[np.isin(labels[queries], asked_for)]
            asked_codes = learned[seen].encode(dataset.features[asked])
            expected = expected_ap(dataset, codes, asked_codes, searched, asked)
            assert result.curve[column][number] == pytest.approx(expected, abs=1e-12), column
    assert set(labels[result.final["queries"]]) == set(falling[-2:])
    assert result.final["ap_index"].mean() == pytest.approx(result.curve["mAP[ties=index]"][-1])


def test_unseen_classes_are_searched_and_never_learned_from(dataset):
    config = config_of("unseen", checkpoints=3)
    result, data, learned = run(config, dataset), data_of(config, dataset), snapshots(config, dataset)
    retrieval, labels = data.retrieval, dataset.labels
    unseen = set(labels[retrieval.queries])
    assert len(unseen) == 2
    assert set(labels[retrieval.database]) == unseen
    assert not unseen & set(labels[retrieval.learned[data.plan.order]])
    assert not unseen & set(labels[retrieval.learned[data.plan.reservoir_start]])
    codes, asked = (learned[400].encode(dataset.features[rows]) for rows in (retrieval.database, retrieval.queries))
    expected = expected_ap(dataset, codes, asked, retrieval.database, retrieval.queries)
    assert result.curve["mAP[ties=index]"][-1] == pytest.approx(expected, abs=1e-12)
    trials = [data_of(replace(config, trial=trial), dataset).retrieval for trial in range(4)]
    assert len({frozenset(labels[each.queries]) for each in trials}) > 1


@pytest.mark.parametrize("kind", KINDS)
def test_constant_codes_have_the_value_of_chance_at_every_checkpoint(dataset, kind):
    config = config_of(kind, method="constant")
    result, data = run(config, dataset), data_of(config, dataset)
    for number, seen in enumerate(result.curve["examples"]):
        view = data.retrieval
        if rounds := [each for each in data.plan.rounds if each.stop <= seen]:
            view = view.part(np.sort(np.concatenate([each.rows for each in rounds])), rounds[-1].queries)
        relevant = view.relevance.block(0, len(view.queries)).sum(axis=1).astype(float)
        assert relevant.min() > 0
        for metric in ("mAP", "P@10"):
            chance = parse_metric(metric).chance(len(view.database), relevant).mean()
            # The order of ties is that of the database for P@10, one order of many.
            tolerance = {"abs": 1e-9} if metric == "mAP" else {"abs": 0.12}
            assert result.curve[metric][number] == pytest.approx(chance, **tolerance)


@pytest.mark.parametrize("kind", KINDS)
def test_permuted_labels_take_a_supervised_method_to_chance(dataset, kind):
    true, permuted = (run(config_of(kind, permute_labels=which), dataset) for which in ("none", "all"))
    constant = run(config_of(kind, permute_labels="all", method="constant"), dataset)
    assert abs(permuted.curve["mAP"][-1] - constant.curve["mAP"][-1]) < 0.06
    assert true.curve["mAP"][-1] > constant.curve["mAP"][-1] + 0.1


@pytest.mark.parametrize("kind", KINDS)
def test_the_trigger_decides_on_a_reservoir_of_rows_that_have_arrived(dataset, kind):
    config = config_of(kind, trigger="on")
    result, data = run(config, dataset), data_of(config, dataset)
    assert 0 < result.curve["updates"][-1] <= len(result.trigger["updated"])
    first = data.plan.rounds[0].rows if data.plan.rounds else np.arange(len(data.retrieval.learned))
    assert np.isin(data.plan.reservoir_start, first).all()
    again = run(config, dataset)
    assert all(np.array_equal(result.curve[name], again.curve[name]) for name in ("mAP", "updates"))


def test_what_is_evaluated_at_the_end_is_the_last_round(dataset):
    config = config_of("class-incremental")
    result, at_the_end = run(config, dataset), setting_of("online").retrieval(config, dataset)
    assert np.array_equal(result.final["queries"], at_the_end.queries)
    assert len(at_the_end.database) == len(data_of(config, dataset).retrieval.database)


def test_a_method_sees_no_row_before_it_arrives(dataset, monkeypatch):
    seen = []
    ridge = METHODS.get("ridge")
    start = ridge.start
    monkeypatch.setattr(ridge, "start", lambda self, rows, **given: seen.append(rows[:]) or start(self, rows, **given))
    config = config_of("growing")
    run(config, dataset)
    data = data_of(config, dataset)
    first = dataset.features[data.retrieval.database[np.sort(data.plan.order[:100])]]
    assert np.array_equal(seen[0], first)


def test_checkpoints_are_spread_over_rounds_and_end_with_the_last(dataset):
    few = data_of(config_of("growing", checkpoints=3), dataset).plan
    assert few.checkpoints.tolist() == [200, 500, 750]
    assert data_of(config_of("growing", checkpoints=1), dataset).plan.checkpoints.tolist() == [750]


def test_the_protocol_is_part_of_the_key_and_the_usual_one_is_not(dataset):
    same = config_of("growing", examples=400, split="fixed", protocol_parameters=())
    keys = {run_key(replace(same, protocol=kind), "digest", 1) for kind in (*KINDS, "standard")}
    assert len(keys) == 4
    other = config_of("growing", protocol_parameters=(("chunk", 50), ("queries", 50)))
    assert run_key(other, "digest", 1) not in keys
    assert "protocol" not in CONFIG.to_json()


@pytest.mark.parametrize("changed", [Growing, Full])
def test_a_raised_version_of_a_protocol_or_policy_changes_the_key(monkeypatch, changed):
    config = config_of("growing")
    before = run_key(config, "digest", 1, code_digest(config))
    assert before == run_key(config, "digest", 1)
    monkeypatch.setattr(changed, "version", 2)
    assert run_key(config, "digest", 1, code_digest(config)) != before


def test_a_growing_table_has_one_pass_only(tmp_path, cache_dir):
    given = {"dataset": "synthetic", "method": "ridge", "protocol": "growing", "epochs": 2, "trials": 1}
    with pytest.raises(InputError, match=r"--epochs: 2 \(allowed with --protocol growing: 1\)"):
        sweep_of(given, {}).tasks(Folders(tmp_path, Path(), cache_dir))


def test_datasets_without_labels_have_a_growing_database_as_well(cache_dir):
    near = replace(Synthetic(n=400, d=8).load(Path(), cache_dir), labels=None)
    config = config_of("growing", method="lsh", examples=350)
    result = run(config, near)
    split = Growing(chunk=100, queries=50).split(near, np.random.default_rng(0))
    assert len(split.queries) == 50
    assert result.curve["examples"].tolist() == [100, 200, 350]
    assert result.curve["mAP"][-1] > 0.1
