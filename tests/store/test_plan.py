import json
from dataclasses import replace

import pytest

from mihash_bench.errors import InputError
from mihash_bench.store.cache_file import with_digest
from mihash_bench.store.plan import KIND, PlannedRun, add_to_plan, forget_plan, plan_path, planned_run, read_plan

RUN = PlannedRun("online", "sample", "lsh", "", 8, "on", 0, "", "a" * 64)
OTHER = replace(RUN, trial=1, key="b" * 64)


def test_planned_runs_add_up_and_equal_names_count_once(tmp_path):
    assert read_plan(tmp_path) == []
    assert add_to_plan(tmp_path, [RUN]) == ""
    assert add_to_plan(tmp_path, [OTHER, RUN]) == ""
    assert read_plan(tmp_path) == [RUN, OTHER]
    # A run of the same names has another key when its method or data have changed.
    changed = replace(RUN, key="c" * 64)
    add_to_plan(tmp_path, [changed])
    assert read_plan(tmp_path) == [changed, OTHER]


def test_a_plan_that_would_not_change_is_not_written(tmp_path):
    add_to_plan(tmp_path, [RUN, OTHER])
    before = plan_path(tmp_path).stat()
    add_to_plan(tmp_path, [OTHER])
    after = plan_path(tmp_path).stat()
    # Reading changes the time of access only.
    assert (after.st_ino, after.st_mtime_ns, after.st_ctime_ns) == (
        before.st_ino,
        before.st_mtime_ns,
        before.st_ctime_ns,
    )


@pytest.mark.parametrize("place", [0, 30, 91, 150, -1])
def test_every_damaged_byte_is_found_and_a_new_plan_takes_the_place(tmp_path, place):
    add_to_plan(tmp_path, [RUN])
    content = bytearray(plan_path(tmp_path).read_bytes())
    content[place] ^= 1
    plan_path(tmp_path).write_bytes(content)
    with pytest.raises(InputError, match=f"^{plan_path(tmp_path)}: not a plan that can be used"):
        read_plan(tmp_path)
    assert add_to_plan(tmp_path, [OTHER]).endswith("; a new plan is made")
    assert read_plan(tmp_path) == [OTHER]


@pytest.mark.parametrize(
    "content",
    [b"", b"[1]", b"{}", b'{"runs": 1}', b"[{}]", b"[" * 100_000, b"\xff", b"null",
     json.dumps([{**RUN.__dict__, "bits": "8"}]).encode(), json.dumps([{**RUN.__dict__, "trial": True}]).encode()],
)  # fmt: skip
def test_a_sealed_file_that_is_no_plan_is_refused_in_one_line(tmp_path, content):
    plan_path(tmp_path).parent.mkdir()
    plan_path(tmp_path).write_bytes(with_digest(KIND, content))
    with pytest.raises(InputError, match="not a plan that can be used"):
        read_plan(tmp_path)


@pytest.mark.parametrize(
    ("name", "value"),
    [("setting", "../.."), ("method", "a/b"), ("dataset", "."), ("trigger", "on/../x"), ("method", "m" * 300),
     ("method", "\x1b[2J"), ("dataset", "\udcff"), ("bits", 10**400), ("bits", 0), ("trial", -1), ("key", "../evil")],
)  # fmt: skip
def test_a_plan_whose_runs_could_have_no_file_is_refused(tmp_path, name, value):
    plan_path(tmp_path).parent.mkdir()
    plan_path(tmp_path).write_bytes(with_digest(KIND, json.dumps([{**RUN.__dict__, name: value}]).encode()))
    with pytest.raises(InputError, match="not a plan that can be used"):
        read_plan(tmp_path)


def test_a_link_is_not_followed(tmp_path):
    add_to_plan(tmp_path / "a", [RUN])
    plan_path(tmp_path / "b").parent.mkdir(parents=True)
    plan_path(tmp_path / "b").symlink_to(plan_path(tmp_path / "a"))
    with pytest.raises(InputError, match="cannot be read"):
        read_plan(tmp_path / "b")
    assert forget_plan(tmp_path / "b")
    assert read_plan(tmp_path / "a") == [RUN]


def test_a_forgotten_plan_is_gone(tmp_path):
    add_to_plan(tmp_path, [RUN])
    assert forget_plan(tmp_path)
    assert not forget_plan(tmp_path)
    assert read_plan(tmp_path) == []


def test_an_entry_needs_every_name_in_its_type():
    assert planned_run({**RUN.__dict__, "reason": "not kept"}) == RUN
    with pytest.raises(TypeError, match="key is 1"):
        planned_run({**RUN.__dict__, "key": 1})
    with pytest.raises(KeyError):
        planned_run({})
