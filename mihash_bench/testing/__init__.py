"""The contracts of methods, datasets, backbones, policies, protocols and metrics, as checks to run on any class::

    import pytest
    from mihash_bench.testing import BATCH_CHECKS, CHECKS

    @pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
    def test_contract(check):
        check(MyOnlineMethod)

Each check raises AssertionError if the class breaks the contract. ``CHECKS`` are the checks of online methods,
``BATCH_CHECKS`` those of batch methods, ``POLICY_CHECKS`` those of table policies, ``PROTOCOL_CHECKS`` those of
protocols, and ``METRIC_CHECKS`` those of metrics. ``DATASET_CHECKS`` are those of datasets, which are also given the
folders of data files and of prepared datasets, and ``BACKBONE_CHECKS`` those of backbones, which are also given the
folder of data files and need PyTorch.
``mihash-bench check`` runs them all.
"""

from mihash_bench.testing.backbones import BACKBONE_CHECKS
from mihash_bench.testing.batch import BATCH_CHECKS
from mihash_bench.testing.datasets import DATASET_CHECKS
from mihash_bench.testing.metrics import METRIC_CHECKS
from mihash_bench.testing.online import CHECKS
from mihash_bench.testing.policies import POLICY_CHECKS
from mihash_bench.testing.protocols import PROTOCOL_CHECKS

__all__ = [
    "BACKBONE_CHECKS",
    "BATCH_CHECKS",
    "CHECKS",
    "DATASET_CHECKS",
    "METRIC_CHECKS",
    "POLICY_CHECKS",
    "PROTOCOL_CHECKS",
]
