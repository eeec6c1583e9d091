import os
from pathlib import Path

import pytest

from mihash_bench import anonymous as module
from mihash_bench.anonymous import anonymous, anonymous_path


@pytest.fixture(autouse=True)
def somebody(tmp_path, monkeypatch):
    """The working directory of a user zoe on the host wombat.example.org."""
    folder = tmp_path / "zoe" / "my work"
    folder.mkdir(parents=True)
    monkeypatch.chdir(folder)
    monkeypatch.setenv("PWD", str(folder))
    monkeypatch.setenv("HOME", str(tmp_path / "zoe"))
    for variable in ("USER", "LOGNAME"):
        monkeypatch.setenv(variable, "zoe")
    monkeypatch.setattr(module.socket, "gethostname", lambda: "wombat.example.org")
    return folder


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("--method", "--method"),
        ("mihash,lsh", "mihash,lsh"),
        ("mihash.step_size=0.5,1", "mihash.step_size=0.5,1"),
        ("mAP[ties=index],P@r2", "mAP[ties=index],P@r2"),
        ("sweeps/mine.toml", "sweeps/mine.toml"),
        ("/srv/data/other/x.toml", "x.toml"),
        ("--config=/srv/data/x.toml", "--config=x.toml"),
        ("own.file=/srv/data/x.npy,y", "own.file=x.npy,y"),
        ("../secret/x.toml", "x.toml"),
        ("~jane/x.toml", "x.toml"),
        ("zoe/results", "USER/results"),
        ("wombat.example.org:runs wombat", "HOST:runs HOST"),
        ("zoe_3", "USER_3"),
        ("zoetrope", "zoetrope"),
        ('plugin = ["/srv/a b/my.py"]  # by zoe', 'plugin = ["a b/my.py"]  # by USER'),
        ("https://example.com/page", "https://example.com/page"),
        ("/", ""),
    ],
)
def test_a_text_loses_folders_user_and_host_and_nothing_else(text, left):
    assert anonymous(text) == left


def test_paths_in_the_working_directory_become_relative_to_it(somebody):
    assert anonymous(f"--results={somebody}/results/a") == "--results=results/a"
    assert anonymous(f"file = '{somebody}/x.toml'") == "file = 'x.toml'"
    assert anonymous_path(somebody / "my data") == "my data"
    assert anonymous_path(somebody) == "."
    assert anonymous_path(f"{somebody}/../x") == "x"


def test_a_path_with_spaces_outside_of_the_working_directory_is_its_name():
    assert anonymous_path("/home/jane roe/my results") == "my results"
    assert anonymous_path(Path("results")) == "results"


def test_a_user_with_the_name_of_this_package_is_left_because_the_name_says_nothing(monkeypatch):
    monkeypatch.setenv("USER", "mihash")
    assert anonymous("mihash-bench run") == "mihash-bench run"


def test_a_working_directory_that_is_gone_leaves_names(somebody, monkeypatch):
    os.rmdir(somebody)  # noqa: PTH106
    monkeypatch.delenv("PWD")
    assert anonymous(f"-o {somebody.parent}/results") == "-o results"
