from hypothesis import given
from hypothesis import strategies as st

from mihash_bench.report.titles import MOST_CHARACTERS, dashed, file_safe

names = st.text(st.sampled_from("aP5@[]=-./\\\0 \udcff")) | st.text()


def test_usual_metrics_have_readable_names_of_files():
    metrics = ["mAP", "mAP@10", "mAP[ties=index]", "mAP@10[ties=expected]", "P@5", "P@r2"]
    assert [file_safe(metric) for metric in metrics] == [
        "mAP", "mAP-10", "mAP-ties-index", "mAP-10-ties-expected", "P-5", "P-r2"
    ]  # fmt: skip


@given(names)
def test_every_metric_has_a_short_safe_name_of_a_file(metric):
    name = file_safe(metric)
    assert name
    assert name.replace("-", "").isalnum()
    assert name.isascii()
    assert len(name) <= MOST_CHARACTERS + 9


@given(names, names)
def test_metrics_that_differ_have_files_that_differ(one, other):
    assert (one == other) == (file_safe(one) == file_safe(other))


def test_names_that_would_be_the_same_are_told_apart():
    assert len({file_safe(name) for name in ("P@5", "P-5", "P/5", "../P@5", "P@5[=]", "日本", "中国", "")}) == 8
    assert dashed("CIFAR-10 sample (n=1)") == "CIFAR-10-sample-n-1"
