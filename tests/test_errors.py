import pytest

from mihash_bench.errors import unknown


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("mihsh", "--method: 'mihsh' is unknown; did you mean 'mihash'? (allowed: lsh, mihash)"),
        ("MIHash", "--method: 'MIHash' is unknown; did you mean 'mihash'? (allowed: lsh, mihash)"),
        ("xyz", "--method: 'xyz' is unknown (allowed: lsh, mihash)"),
    ],
)
def test_an_unknown_name_is_refused_with_the_allowed_names_and_a_suggestion(name, said):
    assert str(unknown("--method", name, ["mihash", "lsh"])) == said
