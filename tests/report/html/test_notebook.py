"""What a notebook shows of the objects of the Python functions."""

import numpy as np

from mihash_bench.encoders import LinearCodes
from mihash_bench.experiment.raw_encoder import ImageEncoder, RawEncoder
from mihash_bench.report.data.statistics import summary
from mihash_bench.report.render import FORMATS, render

from ..frames import joined, run

HOSTILE = "<script>alert(1)</script> & \u202e"


def test_a_table_is_a_text_that_a_notebook_shows_as_a_table():
    rows = joined(*(run(method_title=HOSTILE, trial=trial) for trial in (0, 1)))
    for name in FORMATS:
        text = render(summary(rows, "mAP"), name)
        assert isinstance(text, str)
        shown = text._repr_html_()
        assert "<table>" in shown
        assert "<script" not in shown
        assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; \\u202e" in shown
    assert "0.500 ± 0.000" in render(summary(rows, "mAP"), "markdown")._repr_html_()


def test_encoders_are_shown_in_words():
    encoder = RawEncoder(np.zeros(1200), LinearCodes(np.ones((1200, 16))))
    assert encoder._repr_html_() == (
        "<pre>Hash functions of 16 bits for vectors of 1,200 features, centred and scaled to unit norm</pre>"
    )
    assert "for images" in ImageEncoder(encoder.encoder)._repr_html_()
