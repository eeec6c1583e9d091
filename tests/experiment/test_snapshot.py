"""A snapshot that breaks the contract of a frozen encoder is refused, naming the method."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from mihash_bench.codes import unpack
from mihash_bench.encoders import LinearCodes
from mihash_bench.errors import InputError
from mihash_bench.experiment.coding import Coder
from mihash_bench.experiment.snapshot import Snapshot

X = np.random.default_rng(0).normal(size=(300, 4)).astype(np.float32)


def projection(bits: int = 8) -> Any:
    return np.random.default_rng(1).normal(size=(4, bits))


@dataclass(frozen=True)
class Lying(LinearCodes):
    """Codes that are changed on their way out, ``from_rows`` rows upward."""

    change: Any = None
    from_rows: int = 0

    def encode(self, X: Any) -> Any:
        codes = super().encode(X)
        return self.change(codes) if len(X) >= self.from_rows else codes


LIES = {
    "numbers": (lambda codes: codes.astype(np.float64), r"float64 of shape \(16, 8\)"),
    "objects": (lambda codes: codes.astype(object), r"object of shape \(16, 8\)"),
    "bytes": (lambda codes: codes.astype(np.uint8), r"uint8 of shape \(16, 8\)"),
    "twice as wide": (lambda codes: np.hstack([codes, codes]), r"bool of shape \(16, 16\)"),
    "one row too few": (lambda codes: codes[1:], r"bool of shape \(15, 8\)"),
    "flat": (lambda codes: codes.ravel(), r"bool of shape \(128,\)"),
    "a list": (lambda codes: codes.tolist(), "list"),
    "nothing": (lambda codes: None, "NoneType"),
}


@pytest.mark.parametrize("lie", LIES)
def test_codes_of_another_form_are_refused_when_the_snapshot_is_taken(lie: str) -> None:
    change, found = LIES[lie]
    with pytest.raises(InputError, match=rf"^mine: its codes are {found} \(allowed: bool of shape \(16, 8\)\)$"):
        Snapshot("mine", Lying(projection(), change), 8, X)


@pytest.mark.parametrize("lie", LIES)
def test_codes_of_another_form_are_refused_when_all_rows_are_coded(lie: str) -> None:
    snapshot = Snapshot("mine", Lying(projection(), LIES[lie][0], from_rows=17), 8, X)
    with pytest.raises(InputError, match=r"^mine: its codes are .*allowed: bool of shape \(300, 8\)"):
        Coder(X).code([snapshot])


def test_an_encoder_of_another_code_length_is_refused() -> None:
    with pytest.raises(InputError, match=r"^mine: its snapshot has n_bits 16 \(allowed: 8, as in --bits\)$"):
        Snapshot("mine", LinearCodes(projection(16)), 8, X)


@pytest.mark.parametrize(("W", "found"), [(projection().astype(object), "object"), (projection().tolist(), "list")])
def test_arrays_that_are_not_arrays_of_numbers_are_refused(W: Any, found: str) -> None:
    class Other(LinearCodes):
        def arrays(self) -> dict[str, Any]:
            return {"V": W}

    with pytest.raises(InputError, match=rf"^mine: array V of its snapshot is {found} \(allowed: arrays of numbers\)$"):
        Snapshot("mine", Other(projection()), 8, X)


def test_a_snapshot_whose_arrays_change_is_noticed() -> None:
    W = projection()
    snapshot = Snapshot("mine", LinearCodes(W), 8, X)
    snapshot.check_unchanged()
    W[0, 0] += 1e-9
    with pytest.raises(InputError, match=r"^mine: its snapshot changed after it was taken \(allowed: frozen arrays\)$"):
        snapshot.check_unchanged()


def test_a_snapshot_whose_codes_change_is_noticed_even_if_its_arrays_do_not() -> None:
    kept = projection()

    class Live(LinearCodes):
        def arrays(self) -> dict[str, Any]:
            return {"W": kept}

    W = projection()
    snapshot = Snapshot("mine", Live(W), 8, X)
    W *= -1
    with pytest.raises(InputError, match="mine: its snapshot changed"):
        snapshot.check_unchanged()


def test_a_sound_snapshot_is_coded_as_its_encoder_codes() -> None:
    encoder = LinearCodes(np.asfortranarray(projection()))
    snapshot = Snapshot("mine", encoder, 8, X)
    (words,) = Coder(X).code([snapshot])
    np.testing.assert_array_equal(unpack(words, 8), encoder.encode(X))
    snapshot.check_unchanged()
