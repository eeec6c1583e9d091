"""Run files of every schema can be read."""

import h5py
import numpy as np
import pytest

from mihash_bench.store.migrations import OLDER_GROUPS, SCHEMA, groups_of, known_schemas, migrated
from mihash_bench.store.origin import origin_of
from mihash_bench.store.record import GROUPS, RunRecord
from mihash_bench.store.run_file import read_run
from tests.conftest import GOLDEN


def golden(schema):
    return GOLDEN / f"run_schema_{schema}.h5"


@pytest.mark.parametrize("schema", known_schemas())
def test_files_of_every_schema_are_converted_to_the_newest(schema):
    with h5py.File(golden(schema)) as file:
        assert file.attrs["schema"] == schema
        assert set(file) == set(groups_of(schema))
        examples = file["curve/examples"][()]
    record = read_run(golden(schema))
    assert record.attributes["schema"] == SCHEMA
    assert record.attributes["status"] == "done"
    np.testing.assert_array_equal(record.curve["examples"], examples)
    assert {"ap_expected", "ap_index", "queries", "W"} <= set(record.final)


def test_every_schema_up_to_the_newest_is_known():
    assert known_schemas() == list(range(1, SCHEMA + 1))
    assert set(OLDER_GROUPS) == set(range(1, SCHEMA))
    assert groups_of(SCHEMA) == GROUPS


def test_files_before_schema_2_have_no_preprocessing_and_newer_ones_do():
    assert read_run(golden(1)).preprocessing == {}
    assert set(read_run(golden(2)).preprocessing) == {"mean"}


def test_files_before_schema_3_have_no_origin_and_newer_ones_do():
    assert origin_of(read_run(golden(2))) == {}
    assert origin_of(read_run(golden(3))) == {"command": "mihash-bench run"}


def test_files_before_schema_4_have_no_values_of_queries_of_further_metrics_and_newer_ones_do():
    assert read_run(golden(3)).per_query == {}
    record = read_run(golden(4))
    assert record.per_query["P@r2"].shape == record.final["queries"].shape
    assert record.per_query["P@r2"].mean() == record.curve["P@r2"][-1]


def test_an_unknown_schema_has_no_migration():
    with pytest.raises(KeyError):
        migrated(RunRecord({}), 0)
