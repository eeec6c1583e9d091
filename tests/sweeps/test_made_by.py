"""What the files of runs keep about the sweep that made them."""

import hashlib
import importlib.metadata

from mihash_bench.settings.base import setting_of
from mihash_bench.sweeps.choose import chosen_sweeps
from mihash_bench.sweeps.made_by import FILE_CHARACTERS, MOST_ENTRIES, command_facts, file_fact, sweep_facts
from mihash_bench.sweeps.sweep import Folders

TOML = 'method = "lsh"\ndataset = "synthetic"\nset = ["synthetic.n=500"]\nbits = 8\nexamples = 100\n# /home/jane/x\n'


def options(**given):
    return setting_of("online").options.of(given)


def test_the_file_of_a_sweep_is_kept_with_its_name_and_digest(tmp_path, cache_dir):
    path = tmp_path / "mine.toml"
    path.write_text(TOML)
    (sweep,) = chosen_sweeps({"trials": "1"}, "quick", path)
    facts = sweep.tasks(Folders(tmp_path, tmp_path, cache_dir))[0].made_by
    preset, own = facts["sweep_files"]
    assert (preset["option"], preset["name"]) == ("--preset", "quick.toml")
    assert own["option"] == "--config"
    assert own["name"] == "mine.toml"
    assert own["text"] == TOML.replace("/home/jane/x", "x")
    assert own["sha256"] == hashlib.sha256(TOML.encode()).hexdigest()
    assert facts["made_by"] == "python"
    assert facts["options"]["examples"] == 100


def test_options_at_their_defaults_are_left_out():
    given = options(bits="8", plugin=["/srv/me/my.py"], epochs=2)
    assert sweep_facts(given, {})["options"] == {"bits": [8], "plugin": ["my.py"], "epochs": 2}


def test_versions_of_dependencies_and_the_digest_of_the_package_are_kept():
    facts = sweep_facts(options(), {})
    assert facts["packages"]["joblib"] == importlib.metadata.version("joblib")
    assert len(facts["source_digest"]) == 64


def test_the_packages_that_a_plug_in_imports_are_kept_with_their_versions():
    text = "import os\nimport matplotlib.pyplot as plt\nfrom rich import print\nfrom . import beside\n"
    facts = sweep_facts(options(), {"plugins": [{"texts": {"my.py": text, "broken.py": "import ("}}]})
    assert facts["packages"]["matplotlib"] == importlib.metadata.version("matplotlib")
    assert facts["packages"]["rich"] == importlib.metadata.version("rich")
    assert "os" not in facts["packages"]


def test_long_texts_and_lists_are_shortened():
    assert len(command_facts("a" * 10**6)["command"]) < FILE_CHARACTERS + 100
    fact = file_fact("--config", "a.toml", "#" * 10**6)
    assert len(fact["text"]) < FILE_CHARACTERS + 100
    assert fact["sha256"] == hashlib.sha256(b"#" * 10**6).hexdigest()
    kept = sweep_facts(options(set=[f"lsh.a={n}" for n in range(2 * MOST_ENTRIES)]), {})["options"]["set"]
    assert len(kept) == MOST_ENTRIES + 1
    assert kept[-1] == f"... and {MOST_ENTRIES} more"
