"""Products with the kernel features of SHK, which are read twice in each of thousands of iterations."""

import numpy as np

from mihash_bench.batch.base import Floats

# Columns whose eigenvalue is at least this share of the largest one stay in double precision.
LARGE = 1e-2
WHOLE = 2**31 - 1


class KernelProducts:
    """Products with K, shape (l, m), in coordinates ``V^T a`` in which its columns are orthogonal.

    V contains the eigenvectors of ``K^T K`` by falling eigenvalue. Descent by the gradient does not depend on the
    coordinates. The time of a product is that of reading K, so the columns of ``K V`` with small eigenvalues are kept
    as whole numbers of 32 bits with a factor for each column, which is half the memory. Their rounding is ``2^-32`` of
    the column's largest value, and a column contributes to ``K K^T g`` by its eigenvalue: products differ from those of
    double precision by about 1e-11 of their norm.
    """

    def __init__(self, K: Floats) -> None:
        values, vectors = np.linalg.eigh(K.T @ K)
        self.K, self._V = K, np.ascontiguousarray(vectors[:, ::-1])
        large = max(1, int((values >= LARGE * values[-1]).sum()))
        rotated = K @ self._V
        self._large, small = np.ascontiguousarray(rotated[:, :large]), rotated[:, large:]
        self._factors = np.abs(small).max(axis=0, initial=0.0) / WHOLE
        self._factors[self._factors == 0] = 1.0
        self._whole = np.rint(np.divide(small, self._factors, out=small)).astype(np.int32, order="C")

    def __len__(self) -> int:
        """Return l."""
        return len(self.K)

    def back(self, rotated: Floats) -> Floats:
        """Return ``V a`` of rotated coordinates, shape (m,)."""
        return np.asarray(self._V @ rotated)

    def gradient(self, by_Ka: Floats) -> Floats:
        """Return ``(K V)^T g`` of shape (m,) for a vector g of shape (l,)."""
        # Imported late so that listing parameters does not load numba.
        from mihash_bench.batch._shk_kernel import combine_rows

        small = np.empty(len(self._factors))
        combine_rows(self._whole, by_Ka, small)
        return np.concatenate([by_Ka @ self._large, self._factors * small])

    def times(self, rotated: Floats) -> Floats:
        """Return ``K V a`` of shape (l,) for rotated coordinates a of shape (m,)."""
        from mihash_bench.batch._shk_kernel import add_products

        large = self._large.shape[1]
        products = np.asarray(self._large @ rotated[:large])
        add_products(self._whole, self._factors * rotated[large:], products)
        return products
