"""The contracts of hashing methods, as checks that any package can run on its own methods.

    import pytest
    from mihash_bench.testing import BATCH_CHECKS, CHECKS

    @pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
    def test_contract(check):
        check(MyOnlineMethod)

Each check raises AssertionError if the method breaks the contract. ``CHECKS`` are the checks of online methods,
``BATCH_CHECKS`` those of batch methods.
"""

from mihash_bench.testing.batch import BATCH_CHECKS
from mihash_bench.testing.online import CHECKS

__all__ = ["BATCH_CHECKS", "CHECKS"]
