"""The sweeps of the paper's experiments, with and without the authors' files."""

from mihash_bench.studies.paper import QUICK, QUICK_BATCH, paper_experiments


def test_without_files_every_dataset_has_a_stand_in_and_nothing_is_compared(tmp_path):
    experiments = paper_experiments(tmp_path, quick=False)
    assert [e.part for e in experiments] == ["cifar10", "places205", "labelme", "batch", "batch"]
    cifar10, places205, labelme, batch, one_epoch = (e.options for e in experiments)
    assert (cifar10["dataset"], cifar10["trigger"]) == ("sample", ["on", "off"])
    assert (places205["dataset"], places205["set"][1:]) == (
        "places205-synthetic",
        ["places205-synthetic.n=50000"],
    )
    assert (places205["examples"], places205["trigger"]) == (20_000, "on")
    assert (labelme["dataset"], labelme["set"]) == (
        "sample",
        ["osh.boosting=on,off", "sample.labels=off"],
    )
    assert (batch["setting"], batch["dataset"], batch["bits"]) == ("batch-1", "sample", [12, 24, 32, 48])
    assert (one_epoch["method"], one_epoch["set"], one_epoch["dataset"]) == ("mihash", ["mihash.epochs=1"], "sample")
    assert all("github.com/fcakir/mihash" in e.missing and e.title.endswith("[STAND-IN]") for e in experiments)


def test_a_file_that_exists_is_used_and_adds_the_published_protocol(tmp_path):
    (tmp_path / "CIFAR10_VGG16_fc7.mat").touch()
    experiments = paper_experiments(tmp_path, quick=False)
    assert [(e.dataset, bool(e.missing), e.part) for e in experiments] == [
        ("cifar10", False, "cifar10"), ("places205", True, "places205"), ("labelme", True, "labelme"),
        ("cifar10", False, "published"), ("cifar10", False, "batch"), ("cifar10", False, "batch"),
    ]  # fmt: skip
    assert experiments[0].title == "CIFAR-10"
    published = experiments[3].options
    assert (published["examples"], published["set"]) == (2000, "mihash.gradient=released")
    assert (published["metric"], published["trigger"]) == ("mAP[ties=index]", "off")


def test_quick_shortens_every_stream_but_leaves_the_published_protocol(tmp_path):
    (tmp_path / "CIFAR10_VGG16_fc7.mat").touch()
    *experiments, published, batch, one_epoch = paper_experiments(tmp_path, quick=True)
    assert all(e.options["examples"] == QUICK["examples"] for e in experiments)
    assert all(e.options["checkpoints"] == QUICK["checkpoints"] for e in experiments)
    assert published.options["checkpoints"] == 5
    for each in (batch, one_epoch):
        assert {name: each.options[name] for name in QUICK_BATCH} == QUICK_BATCH
