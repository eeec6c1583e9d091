"""A compiled exponential, several times as fast as that of NumPy in loops over arrays."""

import math
from typing import Any

from mihash_bench.compiling import bits_of, compiled, from_bits

LARGEST = 708.0
PER_OCTAVE = 1 / math.log(2)
# log 2 in two parts; the product of the first with a whole number below 2^20 is exact.
OCTAVE = 0.6931471803691238
REST = 1.9082149292705877e-10
# Adding this moves the units of a number to the lowest bits of its mantissa, and so rounds to whole numbers.
SHIFT = 1.5 * 2.0**52
BIAS, MANTISSA = 1023, 52


# Without "reassoc", which would cancel the addition of SHIFT.
@compiled("float64(float64)", nogil=True, fastmath={"contract"})
def exponential(x: Any) -> Any:
    """Return ``exp(x)`` with a relative error below 1e-15; x is cut off at -708 and 708.

    With ``x = k log 2 + r`` and a whole number k, ``exp(x) = 2^k exp(r)``. exp(r) is a polynomial that equals it at the
    Chebyshev points of degree 12 of slightly more than [-log 2 / 2, log 2 / 2]. There are no branches and no calls, so
    a loop over an array is compiled to vector instructions.
    """
    cut = min(max(x, -LARGEST), LARGEST)
    shifted = cut * PER_OCTAVE + SHIFT
    k = shifted - SHIFT
    r = (cut - k * OCTAVE) - k * REST
    s = 2.5110049204818658e-08
    s = s * r + 2.763265472252779e-07
    s = s * r + 2.755724088722987e-06
    s = s * r + 2.4801485441561313e-05
    s = s * r + 0.00019841269890076403
    s = s * r + 0.0013888888952352863
    s = s * r + 0.008333333333319589
    s = s * r + 0.04166666666648795
    s = s * r + 0.1666666666666668
    s = s * r + 0.5000000000000019
    s = s * r + 1.0
    s = s * r + 1.0
    return s * from_bits((bits_of(shifted) + BIAS) << MANTISSA)  # type: ignore[call-arg]


@compiled("void(float64[::1], float64[::1])", nogil=True)
def exponentials(x: Any, out: Any) -> None:
    """Write ``exp(x)`` to ``out``, which may be longer; see ``exponential``. If it is x itself, this takes longer."""
    for j in range(len(x)):
        out[j] = exponential(x[j])
