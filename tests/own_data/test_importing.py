"""What is imported is what was given, or it is refused in one line."""

import numpy as np
import pytest

from mihash_bench.errors import InputError
from mihash_bench.experiment.retrieval import draw_retrieval
from mihash_bench.own_data.citation import bibtex_of
from mihash_bench.own_data.known import dataset_class
from mihash_bench.own_data.place import path_in
from mihash_bench.own_data.source import verify_file

from .conftest import features, imported, labels

pytestmark = pytest.mark.usefixtures("own_folder")


def loaded(tmp_path, name="mine"):
    return dataset_class(name, tmp_path)().load(tmp_path, tmp_path / "cache")


def test_features_and_labels_are_those_that_were_given(tmp_path):
    imported()
    dataset = loaded(tmp_path)
    np.testing.assert_allclose(dataset.features * dataset.norms[:, None] + dataset.mean, features(), atol=1e-6)
    np.testing.assert_array_equal(dataset.labels, labels())
    assert dataset.queries.total == 6


@pytest.mark.parametrize("normalize", ["center,unit", "center", "unit", "none"])
def test_rows_are_centred_and_scaled_as_normalize_says(normalize, tmp_path):
    imported(normalize=normalize)
    dataset = loaded(tmp_path)
    rows = features().astype(np.float64)
    rows = rows - rows.mean(axis=0) if "center" in normalize else rows
    rows = rows / np.linalg.norm(rows, axis=1, keepdims=True) if "unit" in normalize else rows
    np.testing.assert_allclose(dataset.features, rows, atol=1e-6)
    np.testing.assert_allclose(dataset.features * dataset.norms[:, None] + dataset.mean, features(), atol=1e-6)


def test_whatever_changes_results_changes_the_digest_and_nothing_else_does():
    other = features()
    other[3, 1] += 1
    changes = [
        {},
        {"given": other, "labels": labels()},
        {"labels": 2 - labels()},
        {"labels": None},
        {"normalize": "none"},
        {"neighbors": "distance:5%"},
        {"neighbors": "distance:6%"},
        {"queries": 7},
    ]
    digests = [imported(replace=True, **change).about.digest for change in changes]
    # Without labels, neighbors are those within distance:5%.
    assert digests[3] == digests[5]
    assert len(set(digests)) == len(changes) - 1
    same = imported(replace=True, title="Mine", citation="Me, 2020", stream_length=10)
    assert same.about.digest == digests[0]


@pytest.mark.parametrize(
    ("citation", "entry"),
    [
        ("", ""),
        ("@misc{me2020, title = {Mine}}", "@misc{me2020, title = {Mine}}"),
        (
            "Me & {you, 50%",
            "@misc{mine,\n  title = {A\\_title},\n  note = {Me \\& \\textbraceleft{}you, 50\\%},\n}",
        ),
    ],
)
def test_a_citation_is_bibtex_or_becomes_the_note_of_an_entry(citation, entry):
    about = imported(replace=True, title="A_title", citation=citation).about
    assert bibtex_of(about) == entry


def test_text_labels_are_numbered_by_name_and_their_names_are_kept(tmp_path):
    seen = imported(labels=np.array(["dog", "ant", "cat"])[labels()])
    assert seen.about.classes == ["ant", "cat", "dog"]
    np.testing.assert_array_equal(loaded(tmp_path).labels, np.array([2, 0, 1])[labels()])


def test_texts_that_differ_are_different_labels_also_if_they_are_the_same_number(tmp_path):
    imported(labels=np.array(["01", "1", "2"])[labels()])
    np.testing.assert_array_equal(loaded(tmp_path).labels, labels())


def test_texts_that_are_whole_numbers_are_these_numbers(tmp_path):
    imported(labels=np.array(["0", "10", "9"])[labels()])
    np.testing.assert_array_equal(loaded(tmp_path).labels, np.array([0, 10, 9])[labels()])


@pytest.mark.parametrize("kind", ["U", "S"])
def test_several_labels_in_a_text_are_the_same_in_bytes(kind, tmp_path):
    seen = imported(labels=np.array(["cat;pet", "dog;pet", "elk"], kind)[labels()], label_separator=";")
    assert seen.about.classes == ["cat", "dog", "elk", "pet"]
    np.testing.assert_array_equal(
        loaded(tmp_path).labels, np.array([[1, 0, 0, 1], [0, 1, 0, 1], [0, 0, 1, 0]])[labels()]
    )


def test_a_matrix_of_0_and_1_and_lists_of_labels_are_the_same_labels(tmp_path):
    matrix = np.zeros((60, 3), int)
    matrix[np.arange(60), labels()] = matrix[::7, 2] = 1
    first = imported(labels=matrix)
    lists = [np.flatnonzero(row).tolist() for row in matrix]
    second = imported(labels=lists, replace=True)
    assert first.about.digest == second.about.digest
    np.testing.assert_array_equal(loaded(tmp_path).labels, matrix)


def test_distance_does_not_use_labels_and_has_its_percentage(tmp_path):
    seen = imported(neighbors="distance:2.5%")
    assert "not used because neighbors are by distance" in str(seen)
    dataset = loaded(tmp_path)
    assert dataset.labels is None
    assert dataset.near_percent == 2.5


def test_the_import_says_what_it_saw():
    given = features()
    given[:, 2] = 4
    given[10] = given[20] = given[30] = 0
    lines = str(imported(given, labels=labels())).splitlines()
    assert lines[0] == "mine: 60 rows of 4 features, float32"
    assert lines[1] == "labels: 3 classes, one for each row; 0 20, 1 20, 2 20"
    assert "constant columns: none; rows of zeros: 3" in lines
    assert "rows that stand twice: 2 equal an earlier row (--drop-duplicates removes them)" in lines
    assert "equal rows with different labels: 1" in lines
    given[:, 2] = 4
    assert "constant columns: 1 (column 2); rows of zeros: 0" in str(imported(given, labels=labels(), replace=True))


def test_data_on_which_any_codes_are_as_good_as_others_are_warned_about():
    assert "one class only" not in str(imported())
    assert "warning: there is one class only" in str(imported(labels=np.zeros(60, int), name="single"))
    assert "warning: all rows are equal" in str(imported(np.ones((8, 4)), labels=np.arange(8) % 2, name="equal"))


def test_the_columns_of_a_table_that_became_features_are_named(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("id,a,class\n" + "".join(f"{row},{row % 3}.5,{row % 2}\n" for row in range(8)))
    assert "features: 2 (id, a)" in str(imported(path, label_column="class"))
    with pytest.raises(InputError, match=r"^--array: the features of a CSV file are all columns"):
        imported(path, array="a", label_column="class", name="other")


def test_many_classes_are_named_by_the_largest_and_the_smallest():
    sizes = str(imported(labels=np.minimum(np.arange(60), 20))).splitlines()[1]
    assert sizes.startswith("labels: 21 classes, one for each row; largest 20 40, 0 1, 1 1, 2 1, 3 1; smallest 15 1,")


def test_dropping_duplicates_keeps_the_first_of_equal_rows(tmp_path):
    given = features()
    given[50] = given[3]
    given[51] = -0.0
    given[7] = 0.0
    seen = imported(given, labels=np.arange(60), drop_duplicates=True)
    assert (seen.about.rows, seen.repeats.copies) == (58, 2)
    assert loaded(tmp_path).labels.tolist() == [*range(50), *range(52, 60)]
    verify_file(seen.path)


def test_a_name_is_used_once_unless_it_is_to_be_replaced(own_folder):
    imported()
    before = path_in(own_folder, "mine").read_bytes()
    with pytest.raises(InputError, match="--name: 'mine' was imported before, .*--replace"):
        imported(labels=None)
    assert path_in(own_folder, "mine").read_bytes() == before
    assert imported(labels=None, replace=True).labels is None


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"name": "sample"}, "--name: 'sample' is the name of a dataset"),
        ({"name": "mihash"}, "--name: 'mihash' is the name of a method"),
        ({"name": "../x"}, "--name: '../x' is not allowed"),
        ({"name": "x" * 101}, "allowed: up to 100 letters"),
        ({"normalize": "both"}, "--normalize: 'both' is unknown"),
        ({"title": None}, "--title: None is not allowed .allowed: a text"),
        ({"queries": 2.5}, "--queries: 2.5 is not allowed"),
        ({"title": "a\nb"}, "--title: 'a\\\\nb' is not allowed"),
        ({"queries": 59}, "--queries: 59 of 60 rows .allowed: 1 to 58"),
        ({"queries": 0}, "--queries: 0 is not allowed"),
        ({"stream_length": 0}, "--stream-length: 0 is not allowed"),
        ({"labels": None, "neighbors": "labels"}, "--neighbors: labels, but there are none"),
        ({"neighbors": "distance:0%"}, "--neighbors: 'distance:0%' is not allowed"),
        ({"neighbors": "distance:5"}, "--neighbors: 'distance:5' is not allowed"),
        ({"labels": np.arange(59)}, "--labels: 59 labels for 60 rows"),
        ({"labels": labels() - 1}, "--labels: negative labels"),
        ({"labels": labels() + 0.5}, "--labels: some labels are not whole numbers"),
        ({"labels": np.full((60, 2), 2)}, "--labels: a matrix of labels has values other than 0 and 1"),
        ({"labels": np.array(["a", ""] * 30)}, "--labels: a label is missing in row 1"),
    ],
)  # fmt: skip
def test_bad_input_is_refused_and_leaves_nothing(changes, said, own_folder):
    with pytest.raises(InputError, match=said):
        imported(**changes)
    assert not list(own_folder.glob("*.h5")) + list(own_folder.glob(".*.tmp"))


@pytest.mark.parametrize(
    ("value", "said"), [(np.nan, "NaN"), (np.inf, "infinity"), (-np.inf, "infinity"), (1e300, "1e.300")]
)
def test_a_number_that_is_not_finite_is_named_by_row_and_column(value, said, own_folder):
    given = features().astype(np.float64)
    given[17, 2] = value
    with pytest.raises(InputError, match=f"X: {said} in row 17, column 2, both counted from 0"):
        imported(given)
    assert not list(own_folder.glob("*.h5")) + list(own_folder.glob(".*.tmp"))


@pytest.mark.parametrize(
    "given", [np.zeros(5), np.zeros((1, 3)), np.zeros((3, 0)), np.zeros((3, 2), complex), np.array([["a"], ["b"]])]
)
def test_what_is_no_matrix_of_numbers_is_refused(given):
    with pytest.raises(InputError, match="X: .*allowed: "):
        imported(given)


@pytest.mark.parametrize("dtype", ["<f2", ">f4", "f8", "?", "u1", "<i2", ">i8"])
def test_numbers_of_any_real_type_are_kept_exactly(dtype, tmp_path):
    given = (np.arange(240).reshape(60, 4) % 2 + np.eye(60, 4)).astype(dtype)
    seen = imported(given, normalize="none")
    verify_file(seen.path)
    np.testing.assert_array_equal(loaded(tmp_path).features, given.astype(np.float32))


def test_files_in_fortran_order_and_larger_than_a_chunk_are_read(tmp_path, monkeypatch):
    monkeypatch.setattr("mihash_bench.own_data.rows.CHUNK_ROWS", 7)
    np.save(tmp_path / "X.npy", np.asfortranarray(features()))
    np.save(tmp_path / "y.npy", labels()[:, None])
    seen = imported(tmp_path / "X.npy", labels=tmp_path / "y.npy")
    assert seen.about.digest == imported(replace=True).about.digest
    assert seen.about.files == ["X.npy", "y.npy"]


def test_far_more_labels_than_rows_and_far_more_texts_than_classes_are_not_read_to_the_end(tmp_path, monkeypatch):
    monkeypatch.setattr("mihash_bench.own_data.rows.CHUNK_ROWS", 50)
    np.save(tmp_path / "y.npy", np.arange(1000))
    with pytest.raises(InputError, match="y.npy: more than 60 labels for 60 rows"):
        imported(labels=tmp_path / "y.npy")
    monkeypatch.setattr("mihash_bench.own_data.labels.MOST_TEXTS", 20)
    with pytest.raises(InputError, match="--labels: more than 20 different texts"):
        imported(labels=np.arange(60).astype(str))


def test_centred_rows_that_overflow_single_precision_are_refused(tmp_path):
    given = features().astype(np.float64)
    given[:, 1] = 3e38
    given[0, 1] = -3e38
    imported(given, normalize="center")
    with pytest.raises(InputError, match="mine: centred rows are too large"):
        loaded(tmp_path)


def test_neighbors_are_the_asked_percentage_of_pairs(tmp_path):
    for percent in (1, 30):
        imported(neighbors=f"distance:{percent}%", replace=True, queries=10)
        retrieval = draw_retrieval(loaded(tmp_path), 0)
        rows = retrieval.features[retrieval.database]
        pairs = retrieval.neighbors.between(rows, None, rows, None)[np.triu_indices(len(rows), 1)]
        assert abs(pairs.mean() - percent / 100) <= 1 / len(pairs)
