"""Files that are no MATLAB files are refused by their first bytes, however large they are."""

import os
from io import BytesIO

import h5py
import numpy as np
import pytest
import scipy.io

from mihash_bench.datasets._mat_signature import begins_like_matlab, is_v73
from mihash_bench.datasets._source_digest import file_digest
from mihash_bench.errors import InputError


def v5():
    content = BytesIO()
    scipy.io.savemat(content, {"x": np.eye(2)})
    return content.getvalue()


def v73(block=512):
    content = BytesIO()
    with h5py.File(content, "w", userblock_size=block) as file:
        file["x"] = np.eye(2)
    return content.getvalue()


@pytest.mark.parametrize(("content", "newer"), [(v5(), False), (v73(), True), (v73(0), True), (v73(2048), True)])
def test_files_of_each_version_are_recognised(tmp_path, content, newer):
    (tmp_path / "x.mat").write_bytes(content)
    assert begins_like_matlab(tmp_path / "x.mat")
    assert is_v73(tmp_path / "x.mat") is newer


@pytest.mark.parametrize("content", [b"", v5()[:127], b"\0" * 4096, b"x" * 4096])
def test_anything_else_is_refused_before_its_digest_is_computed(tmp_path, content):
    path = tmp_path / "x.mat"
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"--data-dir: .*x\.mat: not a readable MATLAB file"):
        file_digest(path, tmp_path)


def test_a_sparse_file_of_100_gb_is_not_read(tmp_path):
    path = tmp_path / "x.mat"
    path.touch()
    os.truncate(path, 100 << 30)
    with pytest.raises(InputError, match="not a readable MATLAB file"):
        file_digest(path, tmp_path)


def test_files_of_other_kinds_have_a_digest(tmp_path):
    (tmp_path / "x.bin").write_bytes(b"x")
    assert len(file_digest(tmp_path / "x.bin", tmp_path)) == 64
