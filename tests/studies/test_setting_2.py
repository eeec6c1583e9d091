"""Setting 2 as a part of the paper study."""

import pytest

from mihash_bench.report.paper.runs import BATCH_2
from mihash_bench.studies import setting_2
from mihash_bench.studies.setting_2 import setting_2_experiment, setting_2_note
from mihash_bench.sweeps.choose import sweep_of
from tests.deep.torch_here import torch  # noqa: F401


@pytest.fixture
def images(tmp_path):
    (tmp_path / "data_batch_1.bin").write_bytes(bytes(3073))
    (tmp_path / "test_batch.bin").write_bytes(bytes(3073))
    return tmp_path


def test_it_is_scaled_down_on_a_processor_and_the_table_says_so(images):
    [experiment], left_out = setting_2_experiment("scaled", images)
    assert left_out == ""
    assert experiment.part == BATCH_2
    assert experiment.title == "CIFAR-10 images"
    sweep = sweep_of(experiment.options, {})
    assert sweep.size == 3
    assert (sweep.options.device, sweep.options.database, sweep.options.bits) == ("cpu", "unseen", (32,))
    note = setting_2_note("scaled", experiment)
    assert note.startswith("SCALED DOWN: EfficientNet-Lite0 at 64 pixels, 500 training images of each class, 6 epochs")


def test_the_full_one_has_the_poster_s_code_lengths_and_needs_a_gpu(images):
    [experiment], _ = setting_2_experiment("full", images)
    assert experiment.options["bits"] == [16, 24, 32, 48]
    assert experiment.options["device"] == "cuda"
    assert "training" not in experiment.options
    assert setting_2_note("full", experiment) == "EfficientNet-Lite0 at 224 pixels, 10 epochs, instead of VGG-F"


def test_without_images_it_is_left_out_with_one_line(tmp_path):
    experiments, left_out = setting_2_experiment("scaled", tmp_path)
    assert not experiments
    assert left_out.startswith(f"Setting 2 is left out: there are no CIFAR-10 images in {tmp_path}")
    assert "\n" not in left_out


def test_without_the_extra_it_is_left_out_with_the_way_to_install_it(images, monkeypatch):
    monkeypatch.setattr(setting_2, "missing", lambda: "PyTorch is missing (pip install 'mihash-bench[deep]')")
    assert setting_2_experiment("scaled", images) == (
        [], "Setting 2 is left out: PyTorch is missing (pip install 'mihash-bench[deep]').",
    )  # fmt: skip


def test_nobody_has_to_do_it(images):
    assert setting_2_experiment("none", images) == ([], "")
