"""The contracts that hashing methods keep, as checks that any package can run on its own methods.

    import pytest
    from mihash_bench.testing import BATCH_CHECKS, CHECKS

    @pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
    def test_contract(check):
        check(MyOnlineMethod)

Each check raises AssertionError where the contract is broken. ``CHECKS`` are for online methods, ``BATCH_CHECKS`` for
batch methods.
"""

from mihash_bench.testing.batch import BATCH_CHECKS
from mihash_bench.testing.online import CHECKS

__all__ = ["BATCH_CHECKS", "CHECKS"]
