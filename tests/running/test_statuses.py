import pytest

from mihash_bench.running.statuses import RERUNS, is_due

DUE = {
    "missing": {None, "failed", "killed", "timeout"},
    "failed": {"failed", "killed", "timeout"},
    "all": {None, "failed", "killed", "timeout", "done", "skipped"},
}


@pytest.mark.parametrize("rerun", RERUNS)
@pytest.mark.parametrize("status", [None, "done", "skipped", "failed", "killed", "timeout"])
def test_which_runs_are_due_depends_on_the_status_of_their_file_and_on_rerun(rerun, status):
    assert is_due(status, rerun) == (status in DUE[rerun])
