"""The part of the paper's experiments that trains whole networks on images, in full or scaled down."""

from pathlib import Path

from mihash_bench.deep.requirement import missing
from mihash_bench.registry import DATASETS
from mihash_bench.report.paper.runs import BATCH_2
from mihash_bench.studies.paper import Experiment
from mihash_bench.sweeps.files import preset_text, read_tables

# How Setting 2 is done, and the preset of each way but ``none``.
PRESETS = {"scaled": "batch-2-small", "full": "batch-2"}
LEFT_OUT = "Setting 2 is left out: {}."
# What the table must say. The poster trained VGG-F for other numbers of epochs.
NOTES = {
    "scaled": "SCALED DOWN: EfficientNet-Lite0 at {pixels} pixels, {training} training images of each class, {epochs} "
    "epochs, and a database of images that are not trained on, instead of VGG-F at 224 pixels and 5,000 training "
    "images of each class that are the database",
    "full": "EfficientNet-Lite0 at {pixels} pixels, {epochs} epochs, instead of VGG-F",
}


def setting_2_experiment(way: str, data_dir: Path) -> tuple[list[Experiment], str]:
    """Return the experiment, and why it is left out or "".

    way: ``scaled``, ``full`` or ``none``. The experiment is left out without PyTorch and without the images.
    """
    [table] = read_tables(preset_text(PRESETS[way]), f"--preset {PRESETS[way]}") if way in PRESETS else [{}]
    if not table:
        return [], ""
    name = str(table["dataset"])
    if said := missing():
        return [], LEFT_OUT.format(said)
    if not DATASETS.get(name).is_present(data_dir):
        return [], LEFT_OUT.format(
            f"there are no CIFAR-10 images in {data_dir} (see `mihash-bench datasets info {name}`)"
        )
    return [Experiment(name, table, BATCH_2)], ""


def setting_2_note(way: str, experiment: Experiment) -> str:
    """Return what the table must say about how its runs differ from the poster's."""
    return NOTES[way].format(**{"training": "all", **experiment.options})
