"""Errors blame the option, the argument or the file that is wrong."""

import pytest

from .calling import call

RUN = ("run", "--method", "lsh", "--dry-run")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (
            ("tune", "--method", "lsh"),
            "--method: lsh belongs to --setting online (allowed here: dpsh, dtsh, fasthash, mihash, sdh, shk, vdsh)",
        ),
        (("tune", "--bits", "8,,16"), "'8,,16' has an empty entry"),
        (("datasets", "info", "foo"), "NAME: 'foo' is unknown (allowed: cifar10"),
        (("datasets", "prepare", "foo"), "NAME: 'foo' is unknown (allowed: cifar10"),
        (("presets", "show", "foo"), "NAME: 'foo' is unknown (allowed: batch-1"),
        ((*RUN, "--set", "lsh.x=1"), "--set lsh.x: lsh has no parameters"),
        (
            (*RUN, "--set", "okh.x=1"),
            "--set okh.x=1: okh is not among what this sweep chooses (lsh, sample, full, standard)",
        ),
        ((*RUN, "--set", "okay.x=1"), "'okay' is unknown (allowed: full, lsh, sample, standard)"),
    ],
)
def test_an_error_names_what_the_user_wrote(arguments, said):
    done = call(*arguments)
    assert done.exit_code == 2
    assert done.output.startswith("mihash-bench: ")
    assert said in done.output


@pytest.mark.parametrize(
    "arguments", [(*RUN, "-o"), (*RUN, "--cache-dir"), ("datasets", "prepare", "sample", "--cache-dir")]
)
def test_a_file_in_the_place_of_a_folder_is_named(arguments, tmp_path, cache_dir):
    (tmp_path / "file").touch()
    done = call(*arguments, tmp_path / "file" / "x")
    assert done.exit_code == 2
    assert f"{tmp_path / 'file'} is not a folder" in done.output


def test_a_folder_of_data_that_is_not_there_is_told_from_a_missing_file(tmp_path, cache_dir):
    (tmp_path / "file").touch()
    asked = ("datasets", "prepare", "cifar10", "--cache-dir", cache_dir, "--data-dir")
    for name, said in (
        ("none", f"there is no folder {tmp_path / 'none'}. Download CIFAR10_VGG16_fc7.mat from"),
        ("file", f"{tmp_path / 'file'} is not a folder (allowed: the folder that holds CIFAR10_VGG16_fc7.mat)"),
        (".", "CIFAR10_VGG16_fc7.mat is missing. Download"),
    ):
        done = call(*asked, tmp_path / name)
        assert done.exit_code == 2
        assert said in done.output
