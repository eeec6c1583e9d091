import numpy as np
import pandas as pd
import pytest

from mihash_bench.registry import BATCH_METHODS
from mihash_bench.report.data.published import beside, published, published_figures
from mihash_bench.report.data.statistics import summary

from ..frames import batch_run, joined


def test_published_figures_are_found_by_experiment_setting_method_and_bits():
    assert published_figures("online", "cifar10", "MIHash", 32)["map"].tolist() == [0.45064]
    assert published_figures("online", "cifar10", "MIHash", 16).empty
    assert published_figures("online", "labelme", "MIHash", 32).empty
    assert published_figures("batch", "1", "SHK", 24)["map"].tolist() == [0.615]
    assert published_figures("batch", "2", "SHK", 24).empty
    assert set(published()["experiment"]) == {"online", "batch"}


def test_published_figures_of_other_images_or_metrics_are_not_shown():
    methods, lengths = ("sdh", "shk"), (12, 32)
    parts = [batch_run(name, bits=bits, method_title=name.upper()) for name in methods for bits in lengths]
    runs = joined(*parts)
    assert beside(summary(runs, "mAP"))["published"].notna().all()
    other = runs.assign(dataset="synthetic")
    assert beside(summary(other, "mAP"))["published"].isna().all()
    precision = runs.rename(columns={"mAP": "P@100"})
    assert beside(summary(precision, "P@100"))["published"].isna().all()


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"variant": "epochs=1,learning_rate=0.2"}, 0.597),
        ({"variant": "epochs=5"}, None),
        ({"variant": "learning_rate=0.2"}, 0.72766),
        ({"metric": "mAP@1000"}, None),
        ({"metric": "mAP[ties=index]"}, 0.72766),
        ({"dataset": "sample (seed=1)"}, 0.72766),
        ({"setting": "online", "dataset": "sample"}, None),
        ({"setting": "online", "dataset": "cifar10"}, 0.45064),
        ({"setting": "online", "dataset": "cifar10 (reservoir=20)"}, None),
        ({"setting": "tuning-1"}, None),
    ],
)
def test_a_published_figure_is_shown_only_for_its_own_experiment(changed, expected):
    row = {
        "setting": "batch-1",
        "dataset": "cifar10",
        "metric": "mAP",
        "variant": "",
        "method_title": "MIHash",
        "bits": 32,
    }
    [found] = beside(pd.DataFrame([{**row, **changed}]))["published"]
    assert np.isnan(found) if expected is None else found == expected


def test_the_network_in_the_style_of_vdsh_keeps_its_own_title_beside_the_figures_of_vdsh():
    title = BATCH_METHODS.get("vdsh").title
    assert title == "VDSH-style"
    rows = joined(*(batch_run("vdsh", bits=bits, method_title=title) for bits in (12, 48)))
    found = beside(summary(rows, "mAP")).set_index("bits")
    assert found["published"].to_dict() == {12: 0.523, 48: 0.554}
    assert set(found["method_title"]) == {"VDSH-style"}


def test_one_epoch_of_mihash_is_compared_with_the_published_figure_of_one_epoch():
    rows = joined(*(batch_run("mihash", variant=v, method_title="MIHash", bits=32) for v in ("", "epochs=1")))
    by_variant = beside(summary(rows, "mAP")).set_index("variant")["published"]
    assert by_variant.to_dict() == {"": 0.72766, "epochs=1": 0.597}
