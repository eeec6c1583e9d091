"""A task that has nothing to do with hashing, from process and messages to file and status."""

from mihash_bench.running.local import LocalExecutor
from mihash_bench.running.statuses import recorded_status
from mihash_bench.store.run_file import read_run

from .tasks import Events, Sum


def test_any_task_can_be_run(tmp_path):
    task, events = Sum(tmp_path / "runs" / "sum.h5"), Events()
    (outcome,) = LocalExecutor().run([task], tmp_path, events)
    assert outcome.status == "done", outcome.reason
    assert events.seen == ["started", (1, 2, {"total": 1.0}), (2, 2, {"total": 3.0}), "done"]
    record = read_run(task.path)
    assert record.curve["total"].tolist() == [1.0, 3.0]
    assert {"versions", "machine", "threads", "started", "ended", "peak_memory_bytes"} <= set(record.attributes)
    assert recorded_status(task) == "done"
