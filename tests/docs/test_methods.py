"""Pages of methods."""

from pathlib import Path

import pytest
from making import methods
from making.methods import method_pages

from mihash_bench.about.citations import entries_of
from mihash_bench.registry import BATCH_METHODS, METHODS


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    """The pages, with the names of figures instead of figures, which take a minute."""
    folder = tmp_path_factory.mktemp("methods")
    with pytest.MonkeyPatch.context() as patch:
        drawn = lambda sweep, method: (f"mihash-bench plot {sweep.name}", Path(f"{sweep.setting}-{method}.svg"))  # noqa: E731
        patch.setattr(methods, "method_figure", drawn)
        method_pages(folder)
    return folder


def test_each_name_has_a_page_that_the_list_of_methods_links(pages):
    names = {*METHODS.names(), *BATCH_METHODS.names()}
    assert {file.stem for file in pages.glob("*.md")} == {*names, "index"}
    index = (pages / "index.md").read_text()
    assert all(f"({name}.md)" in index and f"\n{name}\n" in index for name in names)


@pytest.mark.parametrize("name", METHODS.names())
def test_a_page_has_every_parameter_the_figure_and_the_publication(name, pages):
    page, method = (pages / f"{name}.md").read_text(), METHODS.get(name)
    assert all(f"| `{parameter}` |" in page for parameter in method.constraints)
    assert f"](../figures/online-{name}.svg)" in page
    assert all(entry in page for entry in entries_of(method.citation))


def test_a_name_of_several_settings_has_a_part_for_each(pages):
    page = (pages / "mihash.md").read_text()
    for kind, setting in (("Online", "online"), ("Batch", "batch-1"), ("End-to-end", "batch-2")):
        assert f"## {kind} method" in page
        assert f"--setting {setting} --method mihash" in page


def test_a_page_of_the_documentation_that_a_docstring_names_is_a_link(pages):
    assert "[batch.md](../../batch.md)" in (pages / "fasthash.md").read_text()


def test_a_sweep_that_cannot_run_is_said_to_be_missing(monkeypatch, tmp_path):
    monkeypatch.setattr("making.sample._NEEDS", {"batch-2": "a_module_that_nobody_has"})
    drawn = lambda sweep, method: ("mihash-bench plot", Path("x.svg"))  # noqa: E731
    monkeypatch.setattr(methods, "method_figure", drawn)
    method_pages(tmp_path)
    assert "There is no figure here" in (tmp_path / "dpsh.md").read_text()
    assert "There is no figure here" not in (tmp_path / "shk.md").read_text()
