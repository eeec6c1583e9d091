"""The curves of the page."""

from mihash_bench.report.html.curves import views_of
from mihash_bench.report.html.numbers import Numbers
from mihash_bench.report.html.series import choices_of

from ..frames import batch_run, joined


def test_a_view_over_epochs_says_what_an_epoch_is():
    rows = joined(batch_run("sdh"), batch_run("shk"))
    notes = {view["x"]: view["note"] for view in views_of(rows, ["mAP"], choices_of(rows), Numbers())}
    assert notes["epoch"].startswith("An epoch of SHK is one bit. An epoch of SDH is a round")
    assert notes["train_s"] == ""
