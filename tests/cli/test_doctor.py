"""``mihash-bench doctor``: one line for each finding, and the exit code."""

import json

from .calling import call


def test_a_working_installation_has_exit_code_0_and_a_line_for_each_finding(tmp_path, cache_dir):
    done = call("doctor", "-o", tmp_path / "results", "--cache-dir", cache_dir)
    assert done.exit_code == 0, done.output
    checks = [line[9:].split(":")[0] for line in done.output.splitlines() if not line.startswith(" ")]
    wanted = ["versions", "cores", "threads", "memory", "BLAS", "popcount pass", "compiled code", "results folder"]
    wanted += ["file locks", "atomic rename", "cache", "temporary folder", "processes"]
    assert checks[: len(wanted)] == wanted
    assert {name.split()[0] for name in checks[len(wanted) :]} == {"extra"}
    assert not (tmp_path / "results").exists()


def test_what_is_broken_has_a_line_of_advice_and_exit_code_1(tmp_path, cache_dir):
    (tmp_path / "file").touch()
    done = call("doctor", "-o", tmp_path / "file" / "x", "--cache-dir", cache_dir)
    assert done.exit_code == 1
    lines = done.output.splitlines()
    (place,) = [place for place, line in enumerate(lines) if line.startswith("broken")]
    assert "results folder" in lines[place]
    assert lines[place + 1].startswith("         -> name another folder with -o")


def test_json_has_the_same_findings_with_their_facts(tmp_path, cache_dir):
    (tmp_path / "file").touch()
    done = call("doctor", "--json", "-o", tmp_path / "file" / "x", "--cache-dir", cache_dir)
    assert done.exit_code == 1
    said = json.loads(done.stdout)
    assert said["works"] is False
    found = {each["check"]: each for each in said["findings"]}
    assert found["results folder"]["state"] == "broken"
    assert found["results folder"]["advice"]
    assert found["popcount pass"]["facts"]["ns_per_pair"] > 0
    assert found["cache"]["facts"]["folder"] == str(cache_dir)
