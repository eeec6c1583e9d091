"""Signatures in the reference."""

from making.signatures import as_written

from mihash_bench.methods.base import OnlineHasher, check_rows
from mihash_bench.methods.mihash import MIHash
from mihash_bench.metrics import base as metrics_base
from mihash_bench.metrics.base import Metric
from mihash_bench.neighbors import SharedLabels


def written(what, documented):
    return as_written(None, what, "name", documented, None, "(...)", None)


def test_aliases_stand_as_in_the_code():
    assert written("function", check_rows) == ("(X: ArrayLike, n_features: int | None=None)", "Floats")


def test_self_and_cls_are_left_out():
    arguments, returns = written("method", OnlineHasher.encode)
    assert arguments == "(X: NDArray[Any])"
    assert returns.startswith("NDArray")
    assert not written("method", Metric.parse.__func__)[0].startswith("(cls")


def test_a_class_has_the_arguments_of_its_constructor():
    arguments, returns = written("class", MIHash)
    assert arguments.startswith("(n_bits: int=32, *, n_bins: int=16")
    assert returns is None


def test_a_constructor_without_source_is_left_to_sphinx():
    # A dataclass, whose constructor nobody has written.
    assert written("class", SharedLabels) is None
    assert written("function", len) is None


def test_modules_and_properties_have_no_signature():
    assert written("module", metrics_base) is None
    assert written("property", SharedLabels) is None
