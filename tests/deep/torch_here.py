"""PyTorch for tests of the deep room, which are skipped without it."""

import pytest

torch = pytest.importorskip("torch", reason="needs the extra deep: pip install 'mihash-bench[deep]'")
