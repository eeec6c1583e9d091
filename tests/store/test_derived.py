from mihash_bench.store.derived import Derived

FILES = {"a": (1, 2, 3, 4, 5), "b": (1, 2, 3, 4, 6), "restless": None}


def test_a_value_is_known_for_the_same_files_in_the_same_order(tmp_path):
    derived = Derived(tmp_path / "kept", FILES)
    derived.put("sum", ["a", "b"], [1.5, float("inf")])
    derived.save()
    again = Derived(tmp_path / "kept", FILES)
    assert again.get("sum", ["a", "b"]) == [1.5, float("inf")]
    assert again.get("sum", ["b", "a"]) is None
    assert again.get("product", ["a", "b"]) is None


def test_a_value_is_forgotten_when_a_file_changes(tmp_path):
    derived = Derived(tmp_path / "kept", FILES)
    derived.put("sum", ["a", "b"], 1)
    derived.save()
    assert Derived(tmp_path / "kept", {**FILES, "b": (1, 2, 3, 4, 7)}).get("sum", ["a", "b"]) is None


def test_nothing_is_kept_from_files_that_may_change_unnoticed(tmp_path):
    derived = Derived(tmp_path / "kept", FILES)
    derived.put("sum", ["a", "restless"], 1)
    assert derived.get("sum", ["a", "restless"]) is None
    assert derived.get("sum", ["unknown"]) is None
    derived.save()
    assert not (tmp_path / "kept").exists()


def test_damage_counts_as_empty_and_none_keeps_nothing(tmp_path):
    (tmp_path / "kept").write_bytes(b"something else")
    assert Derived(tmp_path / "kept", FILES).get("sum", ["a"]) is None
    without = Derived(None, FILES)
    without.put("sum", ["a"], 1)
    without.save()
    assert Derived(None, FILES).get("sum", ["a"]) is None
