"""Binary codes: packing into 64-bit words, unpacking, and Hamming distances."""

import numpy as np
from numpy.typing import NDArray

Bits = NDArray[np.bool_]
Words = NDArray[np.uint64]


def pack(bits: Bits) -> Words:
    """Pack codes of shape (n, b) into words of shape (n, ceil(b / 64)); bit k is bit k % 64 of word k // 64.

    Unused bits of the last word are 0, so they do not affect distances. Raises ValueError unless ``bits`` is a boolean
    matrix.
    """
    if bits.ndim != 2 or bits.dtype != np.bool_:
        raise ValueError(f"codes: {bits.dtype} of shape {bits.shape} (allowed: a boolean matrix of shape (n, bits))")
    n, b = bits.shape
    octets = np.packbits(bits, axis=1, bitorder="little")
    padded = np.zeros((n, 8 * -(-b // 64)), np.uint8)
    padded[:, : octets.shape[1]] = octets
    return padded.view("<u8").astype(np.uint64, copy=False)


def unpack(words: Words, n_bits: int) -> Bits:
    """Return the codes of shape (n, n_bits) from words packed by ``pack``."""
    octets = np.ascontiguousarray(words.astype("<u8", copy=False)).view(np.uint8)
    return np.unpackbits(octets, axis=1, count=n_bits, bitorder="little").astype(np.bool_)


def hamming(a: Bits, b: Bits) -> NDArray[np.int64]:
    """Return the Hamming distances, shape (m, n), between codes of shape (m, bits) and (n, bits).

    The result has m x n entries, so use it for reservoirs rather than for complete hash tables.
    """
    counts = np.bitwise_count(pack(a)[:, None, :] ^ pack(b)[None, :, :])
    return np.asarray(counts.sum(axis=2, dtype=np.int64))
