"""SHK: kernel hash functions learned greedily, one bit at a time, from pairwise labels."""

import math
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike
from scipy.linalg import LinAlgError, cholesky, eigh, qr, solve_triangular

from mihash_bench.anchors import KernelMap
from mihash_bench.batch._kernel_products import KernelProducts
from mihash_bench.batch.base import BatchHasher, Floats, Labels, one_hot, sign
from mihash_bench.cost import Cost
from mihash_bench.encoders import KernelCodes
from mihash_bench.errors import InputError
from mihash_bench.parameters import Choice, Constraint, Integer, Real
from mihash_bench.search_space import OneOf, Span

RIDGE = 1e-6  # the parameter ``ridge`` by default
LEAST_GAIN = 1e-2  # the relaxation stops when the objective changes by less than this per point
MOST_DOUBLINGS = 50


class Residue:
    """The residue ``S_r = b S - Y Y^T`` of l labelled points, where S_ij = +1 within a class and -1 otherwise.

    Z: one-hot labels, shape (l, c). codes: Y, the r bits learned so far, shape (l, r). Since ``S = 2 Z Z^T - 1 1^T``,
    the (l, l) matrix is never formed.
    """

    def __init__(self, Z: Floats, n_bits: int) -> None:
        self.Z, self.n_bits = Z, n_bits
        self.y = Z.argmax(axis=1).astype(np.int64)
        self.codes = np.empty((len(Z), 0))

    def subtract(self, y: Floats) -> None:
        """Subtract ``y y^T`` of a learned bit."""
        # Each bit is contiguous in memory, as the compiled relaxation reads it.
        self.codes = np.vstack([self.codes.T, y]).T

    def times(self, f: Floats) -> Floats:
        """Return ``S_r f`` for a vector of shape (l,)."""
        S_f = 2 * (self.Z @ (f @ self.Z)) - f.sum()
        return np.asarray(self.n_bits * S_f - self.codes @ (f @ self.codes))

    def norm(self) -> float:
        """Return ``|b S - Y Y^T|_F^2``."""
        points = len(self.codes)
        agreement = 2 * ((self.Z.T @ self.codes) ** 2).sum() - (self.codes.sum(axis=0) ** 2).sum()
        return float(
            (self.n_bits * points) ** 2 - 2 * self.n_bits * agreement + ((self.codes.T @ self.codes) ** 2).sum()
        )


class Relaxation:
    """The relaxed loss ``g = -f^T S_r f`` with ``f = tanh(K a / 2)`` as a function of ``K a``, shape (l,)."""

    def __init__(self, residue: Residue) -> None:
        points, bits = residue.codes.shape
        # One byte for each code bit, because the codes are read several times in each iteration.
        self._of = residue.y, np.ascontiguousarray(residue.codes.T.astype(np.int8)), residue.n_bits
        self._f, self._by_class, self._by_bit = np.empty(points), np.empty(residue.Z.shape[1]), np.empty(bits)

    def value(self, Ka: Floats) -> float:
        """Return g."""
        # Imported late so that listing parameters does not load numba.
        from mihash_bench.batch._shk_kernel import relaxed_value

        return float(relaxed_value(Ka, *self._of, self._f, self._by_class, self._by_bit))

    def loss(self, Ka: Floats) -> tuple[float, Floats]:
        """Return g and its gradient ``-(S_r f) (1 - f^2)`` by ``K a``."""
        from mihash_bench.batch._shk_kernel import relaxed_slope

        value, slope = self.value(Ka), np.empty_like(Ka)
        relaxed_slope(self._f, *self._of, self._by_class, self._by_bit, slope)
        return value, slope


def relax(features: KernelProducts, start: Floats, residue: Residue, iterations: int) -> Floats:
    """Minimise g by accelerated gradient descent from ``start`` and return the last a, shape (m,).

    With ``v = a_t + (theta_{t-1} - 1)/theta_t (a_t - a_{t-1})``, each iteration sets ``a_{t+1} = v - grad g(v) / L``,
    where L is doubled until ``g(a_{t+1}) <= g(v) - |grad|^2 / (2 L)``. The descent stops when g changes by at most 0.01
    per point, when no L satisfies the condition, or after ``iterations``.
    """
    # The distance from the start, in rotated coordinates.
    before = a = np.zeros_like(start)
    K_before = Ka = features.K @ start
    theta_before, theta, L = 0.0, 1.0, 1.0
    relaxation = Relaxation(residue)
    g = relaxation.value(Ka)
    for _ in range(iterations):
        push = (theta_before - 1) / theta
        # K v is computed from known products, because products with K dominate the cost of an iteration.
        v, Kv = a + push * (a - before), Ka + push * (Ka - K_before)
        g_v, by_Kv = relaxation.loss(Kv)
        slope = features.gradient(by_Kv)
        K_slope, squared = features.times(slope), slope @ slope
        for doublings in range(MOST_DOUBLINGS + 1):
            step = 1 / (L * 2.0**doublings)
            g_next = relaxation.value(Kv - step * K_slope)
            if g_next <= g_v - 0.5 * step * squared:
                break
        else:
            break
        L *= 2.0**doublings
        before, a, K_before, Ka = a, v - step * slope, Ka, Kv - step * K_slope
        theta_before, theta = theta, (1 + math.sqrt(1 + 4 * theta * theta)) / 2
        change, g = abs(g_next - g), g_next
        if change <= LEAST_GAIN * len(features):
            break
    return np.asarray(start + features.back(a))


class SHK(BatchHasher):
    """Supervised Hashing with Kernels (Liu, Wang, Ji, Jiang, Chang, CVPR 2012).

    The method minimises ``|b S - Y Y^T|_F^2`` over l labelled training points, with ``Y = sgn(K A)``. K contains the
    Gaussian kernel features ``exp(-|x - x_k|^2 / (2 s))`` for m random training points x_k, minus their mean over all
    training points; s is the mean squared distance between training points and anchors. Bits are learned one at a time
    with the residue ``S_r``: the top eigenvector a of ``K^T S_r K a = lambda K^T K a``, scaled to ``a^T K^T K a = l``,
    is the starting point for minimising ``-f^T S_r f`` (``relax``), whose result is used if its signs y have the larger
    ``y^T S_r y``. An epoch is one bit.

    The authors' code has no ridge, which is ``ridge=0`` here. The ridge keeps ``K^T K`` positive definite where anchors
    nearly coincide. It changes the eigenvectors slightly; as each bit depends on the signs of all earlier bits, codes
    agree at first and differ from some bit on.

    The reported objective is ``|b S - Y Y^T|_F^2 / (b l)^2``, which is 1 before the first bit.

    ``fit`` accepts ``anchors``, positions of training points, and ``labelled``, positions of the labelled training
    points (instead of ``n_labelled``), instead of drawing them. It raises InputError if ``K^T K`` with its ridge is not
    positive definite.

    Parameters
    ----------
    n_anchors : number m of anchors of the kernel features.
    n_labelled : number l of training points whose labels are used; none means all of them.
    iterations : largest number of iterations of the descent for each bit; 0 leaves the eigenvector as it is.
    start : ``top`` begins with the eigenvector of the largest eigenvalue, ``modulus`` with that of the eigenvalue with
        the largest modulus, as the authors' code does under Octave.
    ridge : what is added to the diagonal of ``K^T K``, as a fraction of its mean eigenvalue; 0 adds nothing.
    """

    name = "shk"
    title = "SHK"
    citation = "liu2012ksh"
    version = 4
    cost = Cost(
        "O(n m d + l m^2 + m^3) once, O(l t (m + b) + m (m + (b + c)^2)) a bit, with m anchors, c classes, "
        "t iterations",
        "O(n (d + m)) for the training points and their kernel features, O(m^2)",
    )
    epoch_note = "An epoch of SHK is one bit."
    constraints: ClassVar[Mapping[str, Constraint]] = {
        "n_anchors": Integer(1),
        "n_labelled": Integer(2, none=True),
        "iterations": Integer(0),
        "start": Choice(("top", "modulus")),
        "ridge": Real(0),
    }
    added_parameters: ClassVar[Mapping[str, Any]] = {"ridge": RIDGE}
    search: ClassVar[Mapping[str, Span]] = {"n_anchors": OneOf((300, 1000))}

    def __init__(
        self,
        n_bits: int = 32,
        *,
        n_anchors: int = 300,
        n_labelled: int | None = None,
        iterations: int = 500,
        start: str = "top",
        ridge: float = RIDGE,
        random_state: Any = None,
    ) -> None:
        self.n_bits = n_bits
        self.n_anchors = n_anchors
        self.n_labelled = n_labelled
        self.iterations = iterations
        self.start = start
        self.ridge = ridge
        self.random_state = random_state

    @property
    def n_epochs(self) -> int:
        """The number of bits."""
        return self.n_bits

    def check(self, n_points: int, n_features: int) -> None:
        """Raise InputError if a parameter is not allowed, in general or for this number of training points."""
        super().check(n_points, n_features)
        for name, wanted in (("n_anchors", self.n_anchors), ("n_labelled", self.n_labelled or 0)):
            if wanted > n_points:
                raise InputError(f"shk.{name}: {wanted} (allowed: at most the {n_points} training points)")

    def _learn(
        self, X: Floats, y: Labels, *, anchors: ArrayLike | None = None, labelled: ArrayLike | None = None, **given: Any
    ) -> Iterator[int]:
        if given:
            raise TypeError(f"shk: fit got unexpected arguments: {', '.join(given)}")
        drawn = np.sort(self.random_.choice(len(X), self.n_anchors, replace=False))
        rows = drawn if anchors is None else np.asarray(anchors)
        squared = KernelMap(X[rows], 1.0).squared_distances(X)
        self.kernel_ = KernelMap(X[rows], 2 * float(squared.mean()))
        features = np.exp(-squared / self.kernel_.width)
        self.mean_ = features.mean(axis=0)
        drawn_labelled = np.sort(self.random_.permutation(len(X))[: self.n_labelled or len(X)])
        chosen = drawn_labelled if labelled is None else np.asarray(labelled)
        self._K = features[chosen] - self.mean_
        self._products = KernelProducts(self._K)
        self._residue = Residue(one_hot(y)[chosen], self.n_bits)
        self.A_ = np.zeros((len(rows), self.n_bits))
        self._root = self._root_of(self._K.T @ self._K)
        self._whitened = self._whiten(self._K.T @ self._residue.Z)
        yield 0
        for bit in range(self.n_bits):
            self.A_[:, bit] = self._next_bit()
            code = sign(self._K @ self.A_[:, bit])
            self._residue.subtract(code)
            self._whitened = np.column_stack([self._whitened, self._whiten(code @ self._K)])
            yield bit + 1

    def _root_of(self, gram: Floats) -> Floats:
        """Return L with ``L L^T = K^T K`` plus its ridge. Raises InputError unless that is positive definite."""
        ridge = self.ridge * np.trace(gram) / len(gram)
        try:
            return np.asarray(cholesky(gram + ridge * np.eye(len(gram)), lower=True))
        except LinAlgError:
            raise InputError(
                f"shk.ridge: {self.ridge:g} (allowed: a larger one, such as {RIDGE:g}, because K^T K of these anchors "
                f"is singular)"
            ) from None

    def _whiten(self, columns: Floats) -> Floats:
        return np.asarray(solve_triangular(self._root, columns, lower=True))

    def _next_bit(self) -> Floats:
        spectral = self._spectral()
        relaxed = relax(self._products, spectral, self._residue, self.iterations)
        values = [self._agreement(sign(self._K @ a)) for a in (spectral, relaxed)]
        return relaxed if values[1] > values[0] else spectral

    def _agreement(self, code: Floats) -> float:
        return float(code @ self._residue.times(code))

    def _spectral(self) -> Floats:
        """Return the generalised eigenvector that is the starting point of the relaxation.

        With ``L L^T = K^T K``, ``P = L^-1 K^T [Z, Y]`` and the middle matrix D of S_r, it is ``L^-T`` times an
        eigenvector of ``P D P^T``, which is zero outside of the span of P. So a problem of the size of P's few columns
        is solved instead of one of the size of K^T K. (If all eigenvalues with eigenvectors in the span are negative,
        the largest of them counts rather than the eigenvalue 0 of all other directions, which determines no vector.)
        """
        classes, n_bits = self._residue.Z.shape[1], self.n_bits
        span, R = qr(self._whitened, mode="economic")
        own, coded = R[:, :classes], R[:, classes:]
        total = own.sum(axis=1)
        values, vectors = eigh(n_bits * (2 * own @ own.T - np.outer(total, total)) - coded @ coded.T)
        lowest = self.start == "modulus" and abs(values[0]) > abs(values[-1])
        direction = span @ vectors[:, 0 if lowest else -1]
        return np.asarray(np.sqrt(len(self._K)) * solve_triangular(self._root, direction, lower=True, trans=1))

    def objective(self) -> float:
        """Return ``|b S - Y Y^T|_F^2 / (b l)^2`` for the bits learned so far."""
        return self._residue.norm() / (self.n_bits * len(self._K)) ** 2

    def snapshot(self) -> KernelCodes:
        """Return a frozen encoder; bits not learned yet are 0. The last row of its W accounts for the centring."""
        return KernelCodes(np.vstack([self.A_, -(self.mean_ @ self.A_)]), self.kernel_)
