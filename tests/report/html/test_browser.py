"""The HTML report in a real browser: no error, controls that work, and the numbers of the export."""

import shutil
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from mihash_bench.report.folder import write_export
from mihash_bench.report.html.write import write_html

from ...records import record, write

CHROMIUM, DRIVER = (shutil.which(name) for name in ("chromium", "chromedriver"))
FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
    "--disable-background-networking", "--disable-component-update", "--disable-dev-shm-usage",
)  # fmt: skip
SECONDS = 120

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not (CHROMIUM and DRIVER), reason="chromium or chromedriver is not installed"),
]


def precision(on, trial):
    """The P@2 of each query of a run."""
    return np.array([0.0, 0.5, 1.0 if on else 0.5 * trial])


def one_run(results, bits, trigger, trial):
    """Write a run whose AP values differ from those of all others."""
    made, on = record(bits=bits, trigger=trigger, trial=trial, metrics=["mAP", "P@2"]), trigger == "on"
    ap = np.array([0.1, 0.2, 0.4]) + 0.01 * trial + 0.1 * on + bits / 100
    q = {"q_current": np.array([0.2, 0.3]), "q_snapshot": np.array([0.1, 0.3])}
    nothing = dict.fromkeys(q, np.full(2, np.nan))
    changed = {
        "curve": {
            **made.curve, "mAP": np.array([0.05, ap.mean()]), "P@2": np.array([0.05, precision(on, trial).mean()]),
            "updates": np.array([0.0, 1.0 if on else 2.0]),
        },
        "per_query": {"P@2": precision(on, trial)},
        "final": {**made.final, "ap_expected": ap, "ap_index": ap},
        "trigger": {**made.trigger, "updated": np.array([True, not on]), **(q if on else nothing)},
    }  # fmt: skip
    write(results, replace(made, **changed))


@pytest.fixture(scope="module")
def export(tmp_path_factory):
    """The rows of the export, and the page about the same runs."""
    folder = tmp_path_factory.mktemp("report")
    for bits in (8, 16):
        for trigger in ("on", "off"):
            for trial in (0, 1):
                one_run(folder / "results", bits, trigger, trial)
    write_export(folder / "results", folder / "runs.csv", pytest.fail)
    write_html(folder / "results", folder / "report.html", pytest.fail)
    return pd.read_csv(folder / "runs.csv"), folder / "report.html"


@pytest.fixture(scope="module")
def browser(export, tmp_path_factory):
    from selenium import webdriver
    from selenium.webdriver.chrome.service import Service
    from selenium.webdriver.support.wait import WebDriverWait

    options = webdriver.ChromeOptions()
    options.binary_location = CHROMIUM
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    for flag in (*FLAGS, "--window-size=1200,900", f"--user-data-dir={tmp_path_factory.mktemp('profile')}"):
        options.add_argument(flag)
    driver = webdriver.Chrome(options=options, service=Service(DRIVER))
    try:
        driver.get(export[1].as_uri())
        WebDriverWait(driver, SECONDS).until(
            lambda page: page.execute_script("return document.documentElement.dataset.ready") == "yes"
        )
        yield driver
        assert driver.get_log("browser") == []
    finally:
        driver.quit()


def plotted(browser, place="curve-figures"):
    """The traces of each figure in a part of the page that are named."""
    return browser.execute_script(
        "return [...document.querySelectorAll(`#${arguments[0]} .plot`)].map((plot) => plot.data.filter((t) => t.name)"
        ".map((t) => ({name: t.name, x: t.x, y: t.y, mode: t.mode})))",
        place,
    )


def choose(browser, name, value):
    """Choose an option of a control as a reader does."""
    from selenium.webdriver.common.by import By
    from selenium.webdriver.support.select import Select

    Select(browser.find_element(By.ID, name)).select_by_value(value)


def switch(browser, name, value):
    from selenium.webdriver.common.by import By

    browser.find_element(By.CSS_SELECTOR, f'input[name="{name}"][value="{value}"]').click()


def said(browser):
    return browser.execute_script("return document.getElementById('said').textContent")


def test_curves_and_tables_have_the_numbers_of_the_export(browser, export):
    last = export[0].groupby("key").tail(1)
    means = last.groupby(["bits", "trigger"])["mAP"].mean()
    for figure, bits in zip(plotted(browser), (8, 16), strict=True):
        for trigger in ("on", "off"):
            [curve] = [trace for trace in figure if trace["name"].endswith(f"trigger {trigger}")]
            assert curve["y"][-1] == pytest.approx(means[bits, trigger], abs=1e-6)
            assert curve["x"][-1] == last["examples"].max()
    cells = browser.execute_script(
        "return [...document.querySelector('#tables table').tBodies[0].rows].map((row) => [row.cells[0].textContent,"
        "row.cells[2].textContent, row.cells[3].dataset.value])"
    )
    assert {(int(bits), trigger): float(value) for bits, trigger, value in cells} == pytest.approx(means.to_dict())


def test_choices_change_figures_and_tables_and_are_told_to_screen_readers(browser):
    assert said(browser) == "4 curves in 2 figures: mAP over examples seen."
    switch(browser, "trigger", "off")
    assert said(browser) == "2 curves in 2 figures: mAP over examples seen."
    switch(browser, "bits", "16")
    assert [len(figure) for figure in plotted(browser)] == [1]
    rows = "[...document.querySelector('#tables table').tBodies[0].rows]"
    visible = f"return {rows}.filter((row) => row.offsetParent).length"
    assert browser.execute_script(visible) == 1
    switch(browser, "trigger", "off")
    switch(browser, "bits", "16")
    choose(browser, "x", "updates")
    assert said(browser) == "4 curves in 2 figures: mAP over hash table updates."
    choose(browser, "x", "bits")
    [figure] = plotted(browser)
    assert [trace["x"] for trace in figure] == [[8, 16], [8, 16]]
    choose(browser, "x", "examples")


def test_a_table_is_sorted_in_both_orders_and_says_so(browser):
    from selenium.webdriver.common.by import By

    table = browser.find_element(By.CSS_SELECTOR, "#tables table")
    button = table.find_elements(By.CSS_SELECTOR, "thead button")[3]
    for order, turned in (("ascending", False), ("descending", True)):
        button.click()
        values = [
            float(cell.get_attribute("data-value"))
            for cell in table.find_elements(By.CSS_SELECTOR, "tbody tr td:nth-child(4)")
        ]
        assert values == sorted(values, reverse=turned)
        heads = table.find_elements(By.CSS_SELECTOR, "thead th")
        assert [head.get_attribute("aria-sort") for head in heads if head.get_attribute("aria-sort")] == [order]
    assert said(browser) == "Sorted by mAP, largest first."


def test_queries_are_compared_and_the_trigger_is_followed(browser):
    _, [points] = browser.execute_script(
        "return [...document.querySelectorAll('#query-figures .plot')].map((plot) => plot.data.map((t) => [t.x, t.y]))"
    )
    assert points[0] == pytest.approx([0.185, 0.285, 0.485], abs=1e-6)
    assert points[1] == pytest.approx([0.285, 0.385, 0.585], abs=1e-6)
    [[snapshot, current, updates]] = plotted(browser, "trigger-figures")
    assert snapshot["y"] == pytest.approx([0.1, 0.3])
    assert current["y"] == pytest.approx([0.2, 0.3])
    assert updates["x"] == [100]


def query_figures(browser):
    """The traces of the two figures about single queries."""
    return browser.execute_script(
        "return [...document.querySelectorAll('#query-figures .plot')].map((plot) => plot.data)"
    )


def test_queries_are_compared_by_the_metric_that_the_reader_chooses(browser, export):
    from selenium.webdriver.common.by import By

    choose(browser, "query-metric", "P@2")
    assert said(browser) == "Single queries: P@2, CIFAR-10 sample (checkpoints=2), 8 bits."
    boxes, [points] = query_figures(browser)
    last = export[0].groupby("key").tail(1)
    means = last[last["bits"] == 8].groupby("trigger")["P@2"].mean()
    assert {box["name"].split()[-1]: box["mean"][0] for box in boxes} == pytest.approx(means.to_dict())
    on, off = ((precision(on, 0) + precision(on, 1)) / 2 for on in (True, False))
    assert (points["y"], points["x"]) == (pytest.approx(on.tolist()), pytest.approx(off.tolist()))
    texts = [each.text for each in browser.find_elements(By.CSS_SELECTOR, "#query-figures figcaption p")]
    assert texts[1] == "A has the larger value for 1 of 3 queries, B for 0."
    assert [len(figure) for figure in plotted(browser)] == [2, 2]
    assert said(browser).startswith("Single queries")
    choose(browser, "query-metric", "mAP")


def test_the_metric_of_the_curves_is_also_that_of_the_queries_when_it_changes(browser):
    titles = "return [...document.querySelectorAll('#query-figures .plot')].map((plot) => plot.layout.xaxis.title.text)"
    choose(browser, "metric", "P@2")
    assert browser.execute_script(titles)[0] == "P@2"
    choose(browser, "metric", "mAP")
    assert browser.execute_script(titles)[0] == "AP (mAP)"


def test_each_figure_has_its_numbers_as_a_table_and_the_theme_can_be_chosen(browser):
    from selenium.webdriver.common.by import By

    browser.find_element(By.CSS_SELECTOR, "#curve-figures summary").click()
    rows = browser.find_elements(By.CSS_SELECTOR, "#curve-figures details[open] tbody tr")
    assert [cell.text for cell in rows[-1].find_elements(By.CSS_SELECTOR, "th, td")][1:3] == ["2,000", "0.3183"]
    paper = "return document.querySelector('.plot').layout.paper_bgcolor"
    choose(browser, "theme", "dark")
    assert browser.execute_script(paper) == "#14171a"
    choose(browser, "theme", "light")
    assert browser.execute_script(paper) == "#ffffff"


def test_every_control_has_a_name_and_every_table_a_caption(browser):
    nameless = browser.execute_script(
        "return [...document.querySelectorAll('select, input, button')].filter((each) => !(each.labels?.length || "
        "each.textContent.trim() || each.getAttribute('aria-label'))).length"
    )
    assert nameless == 0
    assert browser.execute_script("return [...document.querySelectorAll('table')].every((each) => each.caption)")
