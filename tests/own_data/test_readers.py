"""Every format gives the same rows, labels and queries, and what is damaged is refused in one line."""

import csv

import h5py
import numpy as np
import pandas as pd
import pytest
import scipy.io

from mihash_bench.errors import InputError

from .conftest import features, imported, labels

pytestmark = pytest.mark.usefixtures("own_folder")
NAMES = ["ant", "cat", "dog"]
QUERY = np.arange(60) % 6 == 1


def digest_of_arrays(**changes):
    return imported(replace=True, name="arrays", **changes).about.digest


def write_npz(path, compressed=True, order="C"):
    save = np.savez_compressed if compressed else np.savez
    save(path, X=np.asarray(features(), order=order), y=labels(), q=QUERY)


def write_csv(path, header=("a", "b", "class", "c", "d", "test"), separator=","):
    with path.open("w", newline="") as file:
        writer = csv.writer(file, delimiter=separator)
        if header:
            writer.writerow(header)
        for row, label, query in zip(features().tolist(), labels(), QUERY, strict=True):
            writer.writerow([*row[:2], NAMES[label], *row[2:], int(query)])


def write_parquet(path, lists=False):
    pyarrow = pytest.importorskip("pyarrow")
    from pyarrow import parquet

    rows = features()
    columns = {f"x{number}": rows[:, number] for number in range(4)}
    columns = {"x": list(rows)} if lists else columns
    columns |= {"class": [NAMES[label] for label in labels()], "test": QUERY}
    parquet.write_table(pyarrow.table(columns), path, row_group_size=13)


def write_hdf5(path, compressed=False):
    with h5py.File(path, "w") as file:
        how = {"chunks": (7, 2), "compression": "gzip"} if compressed else {}
        file.create_dataset("set/features", data=features(), **how)
        file["labels"] = [NAMES[label] for label in labels()]
        file["query"] = QUERY


def write_mat(path, version="5"):
    if version == "7.3":
        with h5py.File(path, "w", userblock_size=512) as file:
            for name, value in (("X", features()), ("y", labels()[:, None]), ("q", QUERY[:, None].astype(np.uint8))):
                file[name] = np.ascontiguousarray(value.T)
        return
    content = {"X": features(), "y": labels()[:, None], "q": QUERY[:, None], "note": "text"}
    scipy.io.savemat(path, content, do_compression=True)


def write_vecs(path, rows):
    rows = np.asarray(rows)
    counts = np.full((len(rows), 1), rows.shape[1], "<i4")
    path.write_bytes(np.hstack([counts.view(np.uint8), rows.view(np.uint8).reshape(len(rows), -1)]).tobytes())


@pytest.mark.parametrize(("compressed", "order"), [(True, "C"), (False, "C"), (True, "F")])
def test_npz(compressed, order, tmp_path):
    write_npz(tmp_path / "x.npz", compressed, order)
    check(imported(tmp_path / "x.npz", array="X", label_column="y", query_column="q"))


@pytest.mark.parametrize("ending", ["csv", "tsv"])
def test_csv_with_names(ending, tmp_path):
    path = tmp_path / f"x.{ending}"
    write_csv(path, separator="\t" if ending == "tsv" else ",")
    seen = imported(path, label_column="class", query_column="test")
    check(seen, exact=np.float64)
    assert seen.about.classes == NAMES


def test_csv_without_names(tmp_path):
    with (tmp_path / "x.csv").open("w", newline="") as file:
        csv.writer(file).writerows([[*row, label] for row, label in zip(features().tolist(), labels(), strict=True)])
    seen = imported(tmp_path / "x.csv", label_column="4")
    assert seen.about.digest == digest_of_arrays(given=features().astype(float), labels=labels())


def check(seen, exact=np.float32):
    """The stored arrays are those that were written, in the type of the format."""
    with h5py.File(seen.path) as file:
        stored = file["features"]
        assert stored.dtype == exact
        np.testing.assert_array_equal(stored[()], features().astype(exact))
        np.testing.assert_array_equal(file["labels"][()], labels())
        np.testing.assert_array_equal(file["query"][()], QUERY)


@pytest.mark.parametrize("lists", [False, True])
def test_parquet(lists, tmp_path):
    write_parquet(tmp_path / "x.parquet", lists)
    seen = imported(
        tmp_path / "x.parquet", array="x" if lists else None, label_column="class", query_column="test"
    )  # fmt: skip
    check(seen)
    assert seen.about.classes == NAMES


def test_a_csv_file_of_a_data_frame_without_names_has_no_row_of_its_column_numbers(tmp_path):
    pd.DataFrame(features()).to_csv(tmp_path / "x.csv", index=False)
    assert imported(tmp_path / "x.csv").about.rows == len(features())


def test_a_csv_file_with_the_row_numbers_of_a_data_frame_is_refused(tmp_path):
    pd.DataFrame(features()).assign(label=labels()).to_csv(tmp_path / "x.csv")
    with pytest.raises(InputError, match=r"x\.csv: column 0 has no name in the first line \(allowed: a name for each"):
        imported(tmp_path / "x.csv", label_column="label")


def test_parquet_with_lists_of_labels_and_missing_numbers(tmp_path):
    pyarrow = pytest.importorskip("pyarrow")
    from pyarrow import parquet

    table = {"x": [1, 2, 3, None], "tags": [["a"], ["b", "a"], [], ["c"]]}
    parquet.write_table(pyarrow.table(table), tmp_path / "x.parquet")
    with pytest.raises(InputError, match=r"x.parquet: NaN in row 3, column 0 \(x\)"):
        imported(tmp_path / "x.parquet", label_column="tags")
    table["x"][3] = 4
    parquet.write_table(pyarrow.table(table), tmp_path / "x.parquet")
    seen = imported(tmp_path / "x.parquet", label_column="tags")
    assert seen.labels.values.tolist() == [[1, 0, 0], [1, 1, 0], [0, 0, 0], [0, 0, 1]]


def test_without_pyarrow_the_extra_is_named(tmp_path, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "pyarrow", None)
    (tmp_path / "x.parquet").touch()
    with pytest.raises(InputError, match=r"pyarrow, which is not installed \(pip install 'mihash-bench\[parquet\]'\)"):
        imported(tmp_path / "x.parquet")


@pytest.mark.parametrize("compressed", [False, True])
def test_hdf5(compressed, tmp_path):
    write_hdf5(tmp_path / "x.h5", compressed)
    seen = imported(tmp_path / "x.h5", array="set/features", label_column="labels", query_column="query")
    check(seen)
    assert seen.about.classes == NAMES


@pytest.mark.parametrize("version", ["5", "7.3"])
def test_mat(version, tmp_path):
    write_mat(tmp_path / "x.mat", version)
    check(imported(tmp_path / "x.mat", array="X", label_column="y", query_column="q"))


def test_fvecs_with_queries_in_a_file_of_their_own_and_ivecs_labels(tmp_path):
    rows, numbers = features(), labels().astype("<i4")[:, None]
    for name, part in (("base", ~QUERY), ("query", QUERY)):
        write_vecs(tmp_path / f"{name}.fvecs", rows[part])
        write_vecs(tmp_path / f"{name}.ivecs", numbers[part])
    seen = imported(
        tmp_path / "base.fvecs", labels=tmp_path / "base.ivecs", queries_file=tmp_path / "query.fvecs",
        query_labels=tmp_path / "query.ivecs",
    )  # fmt: skip
    assert "queries: 10 given, 50 rows are the database" in str(seen)
    assert seen.about.files == ["base.fvecs", "base.ivecs", "query.fvecs", "query.ivecs"]
    with h5py.File(seen.path) as file:
        np.testing.assert_array_equal(file["features"][()], np.vstack([rows[~QUERY], rows[QUERY]]))
        np.testing.assert_array_equal(file["labels"][()], np.concatenate([labels()[~QUERY], labels()[QUERY]]))
        np.testing.assert_array_equal(file["query"][()], np.repeat([False, True], [50, 10]))


def test_bvecs(tmp_path):
    rows = np.random.default_rng(0).integers(0, 256, (60, 8), np.uint8)
    write_vecs(tmp_path / "x.bvecs", rows)
    seen = imported(tmp_path / "x.bvecs")
    with h5py.File(seen.path) as file:
        assert file["features"].dtype == np.uint8
        np.testing.assert_array_equal(file["features"][()], rows)


def test_ivecs_of_several_lengths_are_lists_of_labels(tmp_path):
    lists = [[3], [3, 8], [], [11, 3]]
    content = b"".join(np.array([len(each), *each], "<i4").tobytes() for each in lists)
    (tmp_path / "y.ivecs").write_bytes(content)
    seen = imported(np.eye(4), labels=tmp_path / "y.ivecs")
    assert seen.labels.values.tolist() == [[1, 0, 0], [1, 1, 0], [0, 0, 0], [1, 0, 1]]
    assert seen.labels.names == ("3", "8", "11")


def test_labels_in_text_files(tmp_path):
    (tmp_path / "y.txt").write_text("\n".join(NAMES[label] for label in labels()) + "\n")
    (tmp_path / "y.csv").write_text("id,class\n" + "".join(f"{i},{NAMES[y]}\n" for i, y in enumerate(labels())))
    (tmp_path / "tags.csv").write_text("tags\n" + "".join(f"{NAMES[y]}; all\n" for y in labels()))
    (tmp_path / "matrix.csv").write_text("".join(f"{int(y == 0)},{int(y == 1)},1\n" for y in labels()))
    one = imported(labels=tmp_path / "y.txt", replace=True)
    assert one.about.classes == NAMES
    column = imported(labels=tmp_path / "y.csv", label_column="class", replace=True)
    assert column.about.digest == one.about.digest
    several = imported(labels=tmp_path / "tags.csv", label_separator=";", replace=True)
    assert several.about.classes == ["all", *NAMES]
    assert several.labels.values[:3].tolist() == [[1, 1, 0, 0], [1, 0, 1, 0], [1, 0, 0, 1]]
    matrix = imported(labels=tmp_path / "matrix.csv", replace=True)
    assert matrix.labels.values[:3].tolist() == [[1, 0, 1], [0, 1, 1], [0, 0, 1]]


def test_queries_that_are_also_in_the_database_are_counted_and_leave_the_database(tmp_path):
    queries = features()[[3, 4, 4]]
    seen = imported(queries_file=queries, query_labels=np.array([0, 1, 2]))
    assert "queries that are also in the database: 3" in str(seen)
    assert "equal rows with different labels: 1" in str(seen)
    dropped = imported(queries_file=queries, query_labels=np.array([0, 1, 2]), drop_duplicates=True, replace=True)
    assert "queries: 2 given, 58 rows are the database" in str(dropped)
    assert dropped.about.rows == 60


SMALL = "a,b\n1,2\n3,4\n5,6\n"


@pytest.mark.parametrize(
    ("name", "content", "changes", "said"),
    [
        ("x.npy", b"no array", {}, "x.npy: not a readable .npy file"),
        ("x.npy", b"", {}, "x.npy: not a readable .npy file"),
        ("x.npz", b"no archive", {}, "x.npz: not a readable .npz file"),
        ("x.h5", b"no HDF5", {}, "x.h5: not a readable HDF5 file"),
        ("x.mat", b"no matrix", {}, "x.mat: not a readable MATLAB file, or truncated"),
        ("x.fvecs", b"\5\0\0\0abc", {}, "x.fvecs: truncated, or its rows have not all 5 entries"),
        ("x.fvecs", b"", {}, "x.fvecs: it has no rows"),
        ("x.bvecs", b"\xff\xff\xff\xff", {}, "x.bvecs: -1 columns"),
        ("x.txt", b"1\n2\n3\n", {}, "x.txt: a text file has labels only"),
        ("x.csv", b"", {}, "x.csv: its first line is empty"),
        ("x.csv", b"\xff\xfe1,2\n", {}, "x.csv: not a readable CSV file"),
        ("x.csv", b"a,b\n1,2\n3,x\n5,6\n", {}, r"x.csv: 'x' in row 1, column 1 \(b\), both counted from 0"),
        ("x.csv", b"a,b\n1,2\n3,\n5,6\n", {}, r"x.csv: '' in row 1, column 1 \(b\)"),
        ("x.csv", b"a,b\n1,2\n3,nan\n5,6\n", {}, r"x.csv: NaN in row 1, column 1 \(b\)"),
        ("x.csv", b"a,b\n1,2\n3\n5,6\n", {}, "x.csv: row 1, counted from 0, has 1 fields"),
        ("x.csv", b"a,b\n1,2\n3,4,5\n5,6\n", {}, "x.csv: row 1, counted from 0, has 3 fields .allowed: 2"),
        ("x.csv", b"a,b\n1,2,3\n3,4,5\n5,6,7\n", {}, "x.csv: row 0, counted from 0, has 3 fields"),
        ("x.csv", SMALL.encode(), {"label_column": "c"}, "x.csv: column: 'c' is unknown .*allowed: a, b"),
        ("x.csv", b"a,a\n1,2\n", {"label_column": "a"}, "x.csv: 2 columns are called 'a'"),
        ("x.csv", b"a\n1\n2\n", {"label_column": "a"}, "x.csv: 0 columns of features"),
        ("x.csv", SMALL.encode(), {"query_column": "b"}, "x.csv: '2' in row 0 marks no query"),
        ("x.csv", b"a,b\n1,0\n2,0\n3,0\n", {"query_column": "b"}, "--query-column: 0 of 3 rows"),
        ("x.csv", b"a,b\n1,2\n", {}, "X: 1 rows .allowed: at least 3"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_one_line_that_names_the_file(name, content, changes, said, tmp_path, own_folder):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(InputError, match=said) as caught:
        imported(tmp_path / name, **changes)
    assert "\n" not in str(caught.value)
    assert not list(own_folder.glob("*.h5")) + list(own_folder.glob(".*.tmp"))


@pytest.mark.parametrize("write", [write_npz, write_hdf5, write_mat, write_csv, write_parquet])
def test_a_truncated_file_is_refused(write, tmp_path):
    ending = {write_npz: "npz", write_hdf5: "h5", write_mat: "mat", write_csv: "csv", write_parquet: "parquet"}[write]
    path = tmp_path / f"x.{ending}"
    write(path)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    names = {"npz": "X", "h5": "set/features", "mat": "X"}
    with pytest.raises(InputError, match=f"x.{ending}"):
        imported(path, array=names.get(ending), label_column="class" if ending in ("csv", "parquet") else None)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, r"x.npz: it has 3 arrays \(allowed with --array: X, y, q\)"),
        ({"array": "Z"}, "x.npz: array: 'Z' is unknown"),
        ({"array": "y"}, "x.npz: y: int64 of shape .60,. .allowed: a matrix of real numbers"),
        ({"array": "X", "label_column": "x"}, "--label-column: .*x.npz: array: 'x' is unknown; did you mean 'X'"),
        ({"array": "X", "query_column": "y"}, "--query-column: .*x.npz: y: '2' in row 2 marks no query"),
        ({"array": "X", "queries_file": np.ones((2, 3))}, "--queries-file: an array has no columns"),
    ],
)
def test_the_array_has_to_be_clear(changes, said, tmp_path):
    write_npz(tmp_path / "x.npz")
    with pytest.raises(InputError, match=said):
        imported(tmp_path / "x.npz", **changes)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"queries": 5, "queries_file": np.ones((2, 4))}, "--queries-file: given together with --queries"),
        ({"queries_file": np.ones((2, 3)), "query_labels": [1, 2]}, "--queries-file: 3 columns, but X has 4"),
        ({"queries_file": np.ones((2, 4))}, "--query-labels: missing"),
        ({"queries_file": np.ones((2, 4)), "query_labels": [1]}, "--query-labels: 1 labels for 2 rows"),
        ({"query_labels": [1]}, "--query-labels: given without --queries-file"),
        ({"labels": None, "label_separator": ";"}, "--label-separator: given without labels"),
        ({"label_column": "y", "labels": None}, "--label-column: an array has no columns with names .'y'"),
    ],
)
def test_options_that_do_not_fit_together_are_refused(changes, said):
    with pytest.raises(InputError, match=said):
        imported(**changes)


def test_a_link_to_another_file_is_not_followed(tmp_path):
    write_hdf5(tmp_path / "secret.h5")
    with h5py.File(tmp_path / "x.h5", "w") as file:
        file["X"] = h5py.ExternalLink("secret.h5", "set/features")
        file["group"] = h5py.ExternalLink("secret.h5", "set")
    for name in ("X", "group/features"):
        with pytest.raises(InputError, match=f"x.h5: array: '{name}' is unknown"):
            imported(tmp_path / "x.h5", array=name)
