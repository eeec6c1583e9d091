"""The compiled kernels of DPSH: sigmoids and softplus of millions of inner products."""

from typing import Any

import numpy as np

from mihash_bench.batch._exponential import exponential
from mihash_bench.compiling import compiled

_MATRIX = "float64[:, ::1]"
# A product of as many factors of at most 2 is finite.
MOST_FACTORS = 1000


@compiled(f"void({_MATRIX})", nogil=True, error_model="numpy")
def sigmoid_of_minus(values: Any) -> None:
    """Replace each v by ``1 / (1 + exp(v))``."""
    for i in range(len(values)):
        row = values[i]
        for j in range(len(row)):
            row[j] = 1.0 / (1.0 + exponential(row[j]))


@compiled(f"float64({_MATRIX})", nogil=True, error_model="numpy", fastmath={"reassoc", "contract"})
def sum_softplus(values: Any) -> Any:
    """Return the sum of ``log(1 + exp(v)) = max(v, 0) + log(1 + exp(-|v|))``.

    The last terms are summed as logarithms of products of many factors, each of them between 1 and 2.
    """
    columns = values.shape[1]
    products = np.ones(columns)
    total = 0.0
    for i in range(len(values)):
        row = values[i]
        for j in range(columns):
            total += max(row[j], 0.0)
            products[j] *= 1.0 + exponential(-abs(row[j]))
        if i % MOST_FACTORS == MOST_FACTORS - 1:
            total += np.log(products).sum()
            products[:] = 1.0
    return total + np.log(products).sum()
