import pytest

from mihash_bench.codes import hamming, pack
from mihash_bench.evaluation import GivenRelevance
from mihash_bench.metrics import _levels as levels
from tests.metrics.cases import random_case


@pytest.mark.parametrize("bits", [1, 63, 64, 65, 200, 256])
def test_any_number_of_bits_up_to_256_counts_right(bits):
    table, queries, near = random_case(bits, n=80, bits=bits)
    counts = levels.level_counts(pack(queries), pack(table), GivenRelevance(near), bits)
    distance = hamming(queries, table)
    for level in range(bits + 1):
        assert (counts.items[:, level] == (distance == level).sum(1)).all()
        assert (counts.hits[:, level] == ((distance == level) & near).sum(1)).all()


@pytest.mark.parametrize(("bits", "said"), [(64, "words per code"), (0, "0 bits"), (257, "257 bits")])
def test_codes_of_another_length_are_refused(bits, said):
    table, queries, near = random_case(0, bits=65)
    words = pack(table)[:, :1] if bits == 64 else pack(table)
    with pytest.raises(ValueError, match=said):
        levels.level_counts(pack(queries), words, GivenRelevance(near), bits)
