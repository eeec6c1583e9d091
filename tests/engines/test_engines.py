"""Engines of faiss against distances and buckets that are computed here by brute force."""

import builtins
from math import comb

import numpy as np
import pytest

from mihash_bench.answers.measuring import octets
from mihash_bench.codes import hamming, pack
from mihash_bench.engines.base import skew
from mihash_bench.engines.faiss_flat import FaissFlat
from mihash_bench.engines.faiss_hash import FaissHash
from mihash_bench.engines.faiss_hnsw import FaissHNSW
from mihash_bench.engines.faiss_ivf import FaissIVF
from mihash_bench.engines.faiss_multihash import FaissMultiHash
from mihash_bench.errors import InputError
from mihash_bench.registry import ENGINES

N, Q = 700, 60


def codes(bits, rows, seed):
    """Codes of which some bits are rarely set, so that buckets differ in size."""
    rng = np.random.default_rng(seed)
    return rng.random((rows, bits)) < np.linspace(0.1, 0.5, bits)


@pytest.fixture(params=[12, 24, 40], ids="{} bits".format)
def data(request):
    bits = request.param
    return codes(bits, N, 1), codes(bits, Q, 2), bits


def built(engine, table, bits):
    engine.check(len(table), bits)
    return engine.build(octets(pack(table), bits), bits)


def asked(engine, index, queries, bits, k):
    return engine.search(index, octets(pack(queries), bits), k)


def worked(engine, index, queries, bits, k=5):
    return engine.work(index, octets(pack(queries), bits), k)


def flips(table, queries, first, count):
    """The number of differing bits of a substring, for each query and row."""
    here = slice(first, first + count)
    return (table[None, :, here] != queries[:, None, here]).sum(2)


def test_flat_gives_exactly_our_own_distances(data):
    table, queries, bits = data
    engine = FaissFlat()
    index = built(engine, table, bits)
    answers = asked(engine, index, queries, bits, N)
    own = hamming(queries, table)
    assert np.array_equal(answers.distances, np.sort(own, axis=1))
    assert np.array_equal(np.take_along_axis(own, answers.positions, 1), answers.distances)
    assert worked(engine, index, queries, bits).candidates == N * Q


@pytest.mark.parametrize("nflip", [0, 1, 2])
def test_hash_returns_exactly_the_rows_of_the_buckets_that_it_looks_up(data, nflip):
    table, queries, bits = data
    engine = FaissHash(b=9, nflip=nflip)
    index = built(engine, table, bits)
    answers, near = asked(engine, index, queries, bits, N), flips(table, queries, 0, 9) <= nflip
    for found, wanted in zip(answers.positions, near, strict=True):
        assert sorted(found[found >= 0]) == np.flatnonzero(wanted).tolist()
    work = worked(engine, index, queries, bits)
    assert work.candidates == near.sum()
    assert work.lookups == Q * sum(comb(9, i) for i in range(nflip + 1))
    # A bucket that is looked up and not empty has the same substring for all of its rows.
    numbers = table[:, :9] @ (1 << np.arange(9))
    filled = sum(len(set(numbers[wanted])) for wanted in near)
    assert work.empty == work.lookups - filled


@pytest.mark.parametrize("nflip", [0, 1])
def test_multihash_compares_a_row_once_however_many_tables_it_is_found_in(nflip):
    table, queries, bits, b = codes(40, N, 1), codes(40, Q, 2), 40, 8
    engine = FaissMultiHash(nhash=4, b=b, nflip=nflip)
    index = built(engine, table, bits)
    parts = [flips(table, queries, b * number, b) <= nflip for number in range(4)]
    near = np.any(parts, axis=0)
    answers = asked(engine, index, queries, bits, N)
    for found, wanted in zip(answers.positions, near, strict=True):
        assert sorted(found[found >= 0]) == np.flatnonzero(wanted).tolist()
    work = worked(engine, index, queries, bits)
    numbers = [table[:, b * part : b * part + b] @ (1 << np.arange(b)) for part in range(4)]
    filled = sum(len(set(of[row])) for of, rows in zip(numbers, parts, strict=True) for row in rows)
    assert work.candidates == near.sum()
    assert (work.lookups, work.lookups - work.empty) == (Q * 4 * (1 + b * nflip), filled)


def test_lists_are_searched_as_their_sizes_say(data):
    table, queries, bits = data
    engine = FaissIVF(nlist=10, nprobe=3)
    index = built(engine, table, bits)
    faiss = pytest.importorskip("faiss")
    counted = faiss.cvar.indexIVF_stats
    counted.reset()
    asked(engine, index, queries, bits, 5)
    work = worked(engine, index, queries, bits)
    assert (work.candidates, work.lookups) == (counted.ndis, 3 * Q)
    [sizes] = engine.bucket_sizes(index, octets(pack(table), bits), bits)
    assert sizes.sum() == N


@pytest.mark.parametrize("engine", [FaissIVF(nlist=10, nprobe=10), FaissHNSW(efSearch=400)], ids=lambda e: e.name)
def test_with_enough_effort_the_nearest_codes_are_found(engine, data):
    table, queries, bits = data
    answers = asked(engine, built(engine, table, bits), queries, bits, 10)
    nearest = np.sort(hamming(queries, table), axis=1)[:, :10]
    assert (answers.distances == nearest).mean() > 0.99


def test_buckets_have_the_sizes_of_the_groups_of_equal_first_bits(data):
    table, _, bits = data
    engine = FaissHash(b=9)
    index = built(engine, table, bits)
    [sizes] = engine.bucket_sizes(index, octets(pack(table), bits), bits)
    numbers = table[:, :9] @ (1 << np.arange(9))
    assert sorted(sizes) == sorted(np.unique(numbers, return_counts=True)[1])
    assert index.hashtable_size() == len(sizes)


def test_skew_is_how_many_times_more_rows_share_a_bucket():
    assert skew([np.array([5, 5, 5])]) == 1
    assert skew([np.array([9, 1])]) == pytest.approx(2 * 0.82)
    assert np.isnan(skew([]))


@pytest.mark.parametrize("name", ENGINES.names())
def test_the_usual_efforts_are_possible_for_any_code_length(name):
    for bits in (1, 7, 8, 33, 256):
        engine = ENGINES.get(name)()
        for effort in engine.efforts(N, bits):
            type(engine)(**{engine.effort: effort}).check(N, bits)
        engine.build(octets(pack(codes(bits, N, 3)), bits), bits)


@pytest.mark.parametrize(
    ("engine", "said"),
    [
        (FaissHash(b=16), "faiss-hash.b: 16 (allowed at 12 bits: at most 12)"),
        (FaissHash(b=4, nflip=5), "faiss-hash.nflip: 5 (allowed with buckets of 4 bits: at most 4)"),
        (FaissMultiHash(nhash=2, b=8), "2 tables of 8 bits (allowed at 12 bits: nhash * b of at most 12)"),
        (FaissIVF(nlist=900), "faiss-ivf.nlist: 900 (allowed with 700 rows: at most 700)"),
        (FaissIVF(nlist=4, nprobe=5), "faiss-ivf.nprobe: 5 (allowed with 4 lists: at most 4)"),
        (FaissHNSW(M=1), "faiss-hnsw.M: 1 is not allowed"),
    ],
)
def test_what_an_index_cannot_do_is_refused_in_one_line(engine, said):
    with pytest.raises(InputError) as refused:
        engine.check(N, 12)
    assert said in str(refused.value)


def test_without_faiss_an_engine_says_what_to_install(monkeypatch):
    real = builtins.__import__

    def missing(name, *rest):
        if name == "faiss":
            raise ImportError(name)
        return real(name, *rest)

    monkeypatch.setattr(builtins, "__import__", missing)
    with pytest.raises(InputError, match=r"--engine: faiss-hash needs faiss.*pip install 'mihash-bench\[search\]'"):
        FaissHash().check_installed()
