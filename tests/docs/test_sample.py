"""The small sweeps, from which the figures of methods are drawn, cover every method."""

import pytest
from making.pictures import PER_CLASS, SHAPES, draw_pictures
from making.sample import small_sweeps, sweep_of

from mihash_bench.settings.base import listed_settings

METHODS = [
    (setting.name, name)
    for setting in listed_settings()
    for name in setting.methods.names()
    if setting.methods.is_built_in(name)
]


@pytest.mark.parametrize(("setting", "method"), METHODS)
def test_every_method_of_every_setting_is_in_a_small_sweep(setting, method):
    assert sweep_of(setting, method)


def test_a_method_is_looked_for_in_its_setting():
    assert sweep_of("online", "mihash").name == "online"
    assert sweep_of("batch-1", "mihash").name == "batch-1"
    assert sweep_of("batch-1", "osh") is None


def test_only_whole_networks_need_more_than_the_extra():
    assert all(sweep.can_run for sweep in small_sweeps() if sweep.setting != "batch-2")


def test_pictures_are_the_same_each_time(tmp_path):
    for folder in ("a", "b"):
        draw_pictures(tmp_path / folder)
    files = sorted((tmp_path / "a").rglob("*.png"))
    assert len(files) == len(SHAPES) * PER_CLASS
    for file in files:
        assert file.read_bytes() == (tmp_path / "b" / file.relative_to(tmp_path / "a")).read_bytes()
