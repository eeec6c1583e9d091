"""The curves of the page."""

import base64

import numpy as np

from mihash_bench.report.data.reference import Reference
from mihash_bench.report.html.curves import views_of
from mihash_bench.report.html.numbers import Numbers
from mihash_bench.report.html.series import choices_of

from ..frames import batch_run, joined, run


def test_a_view_over_epochs_says_what_an_epoch_is():
    rows = joined(batch_run("sdh"), batch_run("shk"))
    notes = {view["x"]: view["note"] for view in views_of(rows, ["mAP"], choices_of(rows), Numbers())}
    assert notes["epoch"].startswith("An epoch of SHK is one bit. An epoch of SDH is a round")
    assert notes["train_s"] == ""


def references(rows, values):
    """The reference lines by axis: the values of x, None if there are none, and those of the line."""
    reference = Reference(
        "float", lambda config, digest, metric: values, rows.drop_duplicates("key").assign(config="{}")
    )
    numbers = Numbers()
    views = views_of(rows, ["mAP"], choices_of(rows), numbers, reference=reference)
    kinds = {"Float64Array": "<f8", "Float32Array": "<f4"}
    arrays = [
        np.frombuffer(base64.b64decode(text), kinds[kind]).tolist() for kind, text in numbers.listed() if kind in kinds
    ]
    found = {view["x"]: view["references"] for view in views}
    assert {line["name"] for lines in found.values() for line in lines} == {"float cosine, no codes"}
    return {
        x: [(arrays[line["x"]] if "x" in line else None, arrays[line["mean"]]) for line in lines]
        for x, lines in found.items()
    }


def test_a_reference_that_is_always_the_same_has_one_value_over_every_axis():
    found = references(joined(run(), run("osh")), {"": 0.25})
    assert {"examples", "train_s", "bit_recomputations", "bits"} <= set(found)
    assert set(map(str, found.values())) == {"[(None, [0.25])]"}


def test_a_reference_that_changes_is_a_line_over_the_examples():
    rows = joined(run(), run("osh")).assign(dataset="sample (protocol=growing)")
    found = references(rows, {"0": 0.25, "100": 0.5, "200": 0.75})
    assert found["examples"] == [([0.0, 100.0, 200.0], [0.25, 0.5, 0.75])]
    assert found["bits"] == [(None, [0.75])]
    assert found["train_s"] == []


def test_without_a_reference_there_are_no_lines():
    rows = joined(run(), run("osh"))
    assert [view["references"] for view in views_of(rows, ["mAP"], choices_of(rows), Numbers())] == [[]] * 6
