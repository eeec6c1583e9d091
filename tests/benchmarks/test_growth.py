"""A small run of the benchmark of growth: what it writes, and that it leaves nothing behind."""

import growth
import numpy as np
import pytest
from click.testing import CliRunner


def test_clusters_are_written_in_chunks_and_every_row_is_filled(tmp_path, monkeypatch):
    monkeypatch.setattr(growth, "CHUNK_ROWS", 40)
    X, y = (np.load(path) for path in growth.write_clusters(tmp_path, 101, 6))
    assert (X.shape, X.dtype, y.shape) == ((101, 6), np.float32, (101,))
    assert np.abs(X).sum(axis=1).all()
    assert y.max() < growth.CLASSES


@pytest.mark.slow
def test_the_page_gets_time_memory_and_parts_and_the_folder_is_left_empty(tmp_path):
    page, folder = tmp_path / "page.md", tmp_path / "work"
    folder.mkdir()
    page.write_text("before\n<!-- growth: begin -->\nold\n<!-- growth: end -->\nafter\n")
    small = ["--rows", "3000", "--features", "8", "--bits", "8", "--queries", "50", "--examples", "300"]
    done = CliRunner().invoke(growth.main, [*small, "--folder", str(folder), "--page", str(page)])
    assert done.exit_code == 0, done.output + repr(done.exception)
    text = page.read_text()
    assert "3,000 rows, 8 features, 8 bits, 50 queries" in text
    for quantity in ("import: wall time, s", "run: peak memory of one process, GiB", "table_s", "eval_s", "updates"):
        assert f"| {quantity} |" in text
    assert "old" not in text
    assert list(folder.iterdir()) == []
