"""What made a run is read back as it was written, or refused in one line."""

import json

import numpy as np
import pytest

from mihash_bench.errors import InputError
from mihash_bench.store import origin
from mihash_bench.store.origin import MOST_BYTES, origin_columns, origin_of
from mihash_bench.store.record import RunRecord
from mihash_bench.store.run_file import read_run, write_run

from .records import record

FACTS = {
    "made_by": "command", "command": "mihash-bench run", "options": {"bits": [8]}, "source_digest": "a" * 64,
    "packages": {"joblib": "1.4"}, "sweep_files": [{"option": "--config", "name": "a.toml", "text": "ä = 1\n"}],
    "plugins": [
        {"used_for": "method", "name": "my.py", "digest": "b", "digests": {"my.py": "c"}, "texts": {"my.py": "\ud800"}}
    ],
    "anything": [1, None, {"x": 2.5}],
}  # fmt: skip


def with_json(content):
    if not isinstance(content, np.ndarray):
        content = np.frombuffer(content if isinstance(content, bytes) else json.dumps(content).encode(), np.uint8)
    return RunRecord({}, origin={"json": content})


def test_facts_are_read_back_from_a_file(tmp_path):
    made = record()
    write_run(tmp_path / "run.h5", RunRecord(made.attributes, made.curve, origin=origin_columns(FACTS)))
    assert origin_of(read_run(tmp_path / "run.h5")) == FACTS


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (np.zeros(3), "its origin is not a text"),
        (np.zeros((2, 2), np.uint8), "its origin is not a text"),
        (b"{", "its origin is not JSON"),
        (b"\xff\xfe{}", "its origin is not JSON"),
        (b'{"a": NaN}', "its origin is not JSON ('NaN is no number')"),
        (b"1" * 5_000, "its origin is not JSON"),
        (b"[" * 200_000, "its origin is not JSON"),
        ([], "its origin is not a JSON object"),
        (np.full(MOST_BYTES + 1, 32, np.uint8), "its origin has 16,777,217 bytes (allowed: up to 16,777,216)"),
        ({"command": ["mihash-bench"]}, "its origin has a command that is not a text"),
        ({"made_by": None}, "its origin has a made_by that is not a text"),
        ({"options": "bits"}, "its origin has a options that is not an object"),
        ({"options": {"plugin": [1]}}, "its origin has a options that is not an object, with texts as plug-ins"),
        ({"packages": {"numpy": 2}}, "its origin has a packages that is not an object of texts"),
        ({"sweep_files": [{"name": "a.toml"}]}, "its origin has a sweep_files that is not a list of objects of texts"),
        ({"plugins": {"name": "a"}}, "its origin has a plugins that is not a list of plug-ins"),
        ({"plugins": [{"name": "a", "digest": "b", "used_for": "c", "digests": 1}]}, "a plugins that is not a list"),
    ],
)
def test_what_is_not_such_facts_is_refused_in_one_line(content, said):
    with pytest.raises(InputError) as refused:
        origin_of(with_json(content))
    assert said in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_lack_of_memory_is_refused_in_one_line(monkeypatch):
    def fail(*_, **__):
        raise MemoryError

    monkeypatch.setattr(origin.json, "loads", fail)
    with pytest.raises(InputError, match="its origin is not JSON \\('MemoryError'\\)"):
        origin_of(with_json({}))


def test_facts_that_are_too_large_are_not_written():
    with pytest.raises(InputError, match="its origin has .* bytes"):
        origin_columns({"text": "a" * MOST_BYTES})
