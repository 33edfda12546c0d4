"""Trainings on tiny films and on trees of the benchmark: what they write, and how they go on."""

import csv
import json
import re
from pathlib import Path

import numpy as np
import pytest
from datasets.avs_trees import AVSS_CLASSES, put_avss, put_ms3, put_s4

from mmseg_edu import backend, cli
from mmseg_edu.finetuning import Pictures, finetune, finetune_network, scores, split_folder
from mmseg_edu.finetuning.beginning import beginning_from, network_to_train
from mmseg_edu.models import (
    audio_visual_unet,
    layers,
    predict,
    predict_labels,
    save_weights,
    sounding_network_shipped,
    training,
)
from mmseg_edu.models.saved import load_network
from mmseg_edu.models.weights import arrays_of
from mmseg_edu.segmenting import segment_clip

from .clips import put_clip, put_folder

pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning"),  # Keras with NumPy 2
]
SMALL = {"epochs": 3, "batch": 4, "size": 32, "rate": 0.01}


@pytest.fixture(scope="module")
def films(tmp_path_factory) -> Path:
    return put_folder(tmp_path_factory.mktemp("data") / "films")


@pytest.fixture(scope="module")
def whole(films, tmp_path_factory):
    """A training that nobody interrupted."""
    return finetune(split_folder(films), tmp_path_factory.mktemp("runs") / "whole", **SMALL, frames_of_clip=2)


def weights_of(run) -> list[np.ndarray]:
    return [each for _, each in sorted(arrays_of(load_network(run.network, 32)).items())]


def test_a_training_learns_and_writes_what_it_promises(films, whole):
    folder = whole.network.parent
    names = {each.name for each in folder.iterdir()}
    written = {
        "arguments.json",
        "checkpoint.npz",
        "classes.txt",
        "network.keras",
        "report.html",
        "scores.csv",
    }
    assert names == written | {"loss.png", "validation.png", "frames.png"}
    assert whole.counts == {"train": (3, 6), "val": (1, 2), "test": (1, 2)}
    assert whole.classes == ("background", "square")
    assert whole.history.loss[-1] < whole.history.loss[0]
    # The best epoch is kept: what the scores say of the network is what the curve said of that epoch.
    assert whole.mean_iou("val") == pytest.approx(max(whole.history.validation))
    with open(folder / "scores.csv", newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 2 * 4 * 3
    after = next(r for r in rows if (r["split"], r["answers"], r["name"]) == ("test", "after", "mean"))
    assert float(after["iou"]) == pytest.approx(whole.mean_iou("test"), abs=1e-4)
    told = json.loads((folder / "arguments.json").read_text(encoding="utf-8"))
    sides = [set(told[split]) for split in ("train", "val", "test")]
    assert set.union(*sides) == {f"clip{k}" for k in range(5)}
    assert sum(map(len, sides)) == 5
    text = whole.report.read_text(encoding="utf-8")
    assert all((folder / name).is_file() for name in re.findall(r'src="([^"]+)"', text))


def test_the_network_segments_and_calls_the_classes_by_name(films, whole, tmp_path):
    done = segment_clip(films / "clip0.webm", tmp_path / "out.webm", weights=whole.network, size=32)
    assert done.frames == 4
    assert set(done.found) <= {"square"}
    # A network that marks every pixel: the name of its class comes from the file beside it.
    model = load_network(whole.network)
    kernel, bias = model.get_layer("logits").get_weights()
    model.get_layer("logits").set_weights([0 * kernel, np.array([0.0, 9.0], np.float32)])
    model.save(tmp_path / "network.keras")
    for names, expected in (("background\nsquare\n", "square"), ("a\nb\nc\n", "class 1")):
        (tmp_path / "classes.txt").write_text(names)
        found = segment_clip(films / "clip0.webm", tmp_path / "out.webm", weights=tmp_path / "network.keras")
        assert found.found == {expected: 4}
    assert bias.shape == (2,)


def test_a_training_that_was_stopped_in_its_first_epoch_begins_anew(films, whole, tmp_path, monkeypatch):
    def stopping(*given):
        raise KeyboardInterrupt

    again = {**SMALL, "frames_of_clip": 2}
    with monkeypatch.context() as patch:
        patch.setattr(training, "_one_epoch", stopping)
        with pytest.raises(KeyboardInterrupt):
            finetune(split_folder(films), tmp_path / "run", **again)
    assert {each.name for each in (tmp_path / "run").iterdir()} == {"arguments.json"}
    found = finetune(split_folder(films), tmp_path / "run", **again)
    assert found.history.loss == pytest.approx(whole.history.loss, rel=1e-5)
    for one, other in zip(weights_of(found), weights_of(whole), strict=True):
        np.testing.assert_allclose(one, other, atol=1e-5)
    assert [each[:3] for each in found.scores] == [each[:3] for each in whole.scores]


def test_a_finished_training_is_not_run_again_and_other_arguments_are_refused(films, whole, monkeypatch):
    monkeypatch.setattr(training, "_one_epoch", None)
    folder, before = whole.network.parent, whole.network.read_bytes()
    same = finetune(split_folder(films), folder, **SMALL, frames_of_clip=2)
    assert same.history == whole.history
    assert same.scores == whole.scores
    with pytest.raises(ValueError, match=r"rate \(0.01, not 0.02\): give the same"):
        finetune(split_folder(films), folder, **{**SMALL, "rate": 0.02}, frames_of_clip=2)
    with pytest.raises(ValueError, match=r"seed \(0, not 1\)"):
        finetune(split_folder(films, 1), folder, **SMALL, frames_of_clip=2, seed=1)
    with pytest.raises(ValueError, match=r"from \(None, not network.keras [0-9a-f]{12}\)"):
        finetune(split_folder(films), folder, **SMALL, frames_of_clip=2, begin=whole.network)
    assert load_network(whole.network).count_params() > 0
    assert len(before) > 0


def test_masks_that_changed_are_other_data(films, tmp_path):
    from PIL import Image

    put_folder(tmp_path / "films", 2)
    few = {**SMALL, "epochs": 1}
    finetune(split_folder(tmp_path / "films"), tmp_path / "run", **few)
    for mask in (tmp_path / "films").glob("*_masks/00000.png"):
        Image.fromarray(np.ones((32, 32), np.uint8)).save(mask)
    with pytest.raises(ValueError, match=r"training with other inputs|training with other targets"):
        finetune(split_folder(tmp_path / "films"), tmp_path / "run", **few)


def test_a_training_may_begin_with_a_network_of_other_classes(films, whole, tmp_path):
    begun = beginning_from(whole.network, 32)
    model = network_to_train(begun, 32, 2)
    same = load_network(whole.network)
    pictures = [np.random.default_rng(0).random((2, 32, 32, 3), np.float32), np.ones((2, 128), np.float32)]
    np.testing.assert_array_equal(predict_labels(model, pictures), predict_labels(same, pictures))
    # Five classes: all but the last layer is kept.
    wider = arrays_of(network_to_train(begun, 48, 5))
    for name, each in begun.items():
        assert name.startswith("logits/") or np.array_equal(each, wider[name])
    assert wider["logits/bias"].shape == (5,)
    small = save_weights(audio_visual_unet(32, 3, width=8, depth=2), tmp_path / "small.npz")
    done = finetune(split_folder(films), tmp_path / "run", **{**SMALL, "epochs": 1}, begin=small)
    assert load_network(done.network).get_layer("halve_1").get_weights()[0].shape[-1] == 8


def test_other_networks_are_no_beginning(tmp_path):
    gated = audio_visual_unet(32, 3, width=8, depth=2, operator=layers.Gated)
    gated.save(tmp_path / "gated.keras")
    with pytest.raises(
        ValueError, match="must hold an audio_visual_unet with FiLM in the middle or a sounding_netw"
    ):
        beginning_from(tmp_path / "gated.keras", 32)


def test_the_shipped_network_goes_on_learning(films, tmp_path):
    shipped = sounding_network_shipped(32)
    pictures = [np.random.default_rng(0).random((2, 32, 32, 3), np.float32), np.ones((2, 128), np.float32)]
    begun = beginning_from("shipped", 32)
    same = network_to_train(begun, 32, 5)
    np.testing.assert_allclose(predict(same, pictures), predict(shipped, pictures), atol=1e-6)
    fewer = arrays_of(network_to_train(begun, 32, 2))
    changed = {name.split("/")[0] for name in begun if not np.array_equal(begun[name], fewer[name])}
    assert changed == {"scores", "flag_logits"}
    few = {"epochs": 1, "batch": 4, "size": 32}
    done = finetune(split_folder(films), tmp_path / "run", **few, begin="shipped")
    assert "<td>rate</td><td>0.003</td>" in done.report.read_text(encoding="utf-8"), "the last layers are new"
    assert json.loads((tmp_path / "run" / "arguments.json").read_text(encoding="utf-8"))["from"] == "shipped"
    again = finetune(split_folder(films), tmp_path / "more", **few, begin=done.network)
    assert "<td>rate</td><td>0.0001</td>" in again.report.read_text(encoding="utf-8"), "every layer goes on"
    assert load_network(again.network).name == "sounding_network"
    assert segment_clip(films / "clip0.webm", tmp_path / "out.webm", weights=again.network).frames == 4


def test_a_network_goes_on_learning_from_arrays():
    backend.seed(0)
    model = audio_visual_unet(16, 2, width=8, depth=2)
    generator = np.random.default_rng(0)
    labels = np.zeros((8, 16, 16), np.uint8)
    labels[:, 4:12, 4:12] = 1
    labels[:, 0] = 255
    images = np.where(labels == 1, 0.8, 0.2).astype(np.float32)[..., None] + generator.uniform(
        0, 0.1, (8, 16, 16, 3)
    )
    names = [f"clip{k}" for k in range(8)]
    part = Pictures(images.astype(np.float32), np.ones((8, 128), np.float32), labels, names)
    first = model.get_weights()
    history = finetune_network(model, part, epochs=8, batch=4, rate=0.01)
    assert history.loss[-1] < history.loss[0] / 2
    assert history.validation == []
    learnt = model.get_weights()
    model.set_weights(first)
    found = finetune_network(model, part, part, epochs=8, batch=4, rate=0.01)
    assert found.loss == pytest.approx(history.loss, rel=1e-3)
    # What is kept is the best epoch of those that were seen.
    score = scores("val", "after", part, predict_labels(model, part.inputs), ["background", "square"])[0].iou
    assert score == pytest.approx(max(found.validation))
    assert len(learnt) == len(first)
    labels[0, 8, 8] = 2
    with pytest.raises(
        ValueError, match=r"classes of the network, 0 \.\. 1, or 255 where nobody knows, got 2"
    ):
        finetune_network(model, part, epochs=1)


@pytest.mark.parametrize(
    ("layout", "make", "classes"),
    [
        ("s4", put_s4, ("background", "sounding")),
        ("ms3", put_ms3, ("background", "sounding")),
        ("avss", put_avss, AVSS_CLASSES),
    ],
)
def test_the_layouts_of_the_benchmark_are_learnt_from(tmp_path, capsys, layout, make, classes):
    data = make(tmp_path / "data")
    run = tmp_path / "run"
    words = ["--data", str(data), "--layout", layout, "--out", str(run), "--epochs", "1", "--size", "16"]
    assert cli.main(["train", *words, "--frames", "2"]) == 0
    said = capsys.readouterr()
    assert re.search(r"val  mean IoU 0\.\d+ before, 0\.\d+ after, 0\.\d+ empty masks; clips: 1\n", said.out)
    assert f"--weights {run / 'network.keras'}" in said.out
    assert "reading" in said.err
    assert "learning" in said.err
    assert tuple((run / "classes.txt").read_text(encoding="utf-8").split("\n")[:-1]) == tuple(classes)
    assert load_network(run / "network.keras").output_shape == (None, 16, 16, len(classes))
    assert cli.main(["train", *words, "--frames", "3"]) == 2
    assert "frames (2, not 3)" in capsys.readouterr().err


def test_without_names_the_classes_are_counted(tmp_path):
    for seed in range(2):
        put_clip(tmp_path / "films", f"clip{seed}", seed, label=1 + seed)
    done = finetune(split_folder(tmp_path / "films"), tmp_path / "run", **{**SMALL, "epochs": 1})
    assert done.classes == ("background", "class 1", "class 2")
    assert np.isnan(done.mean_iou("test"))


def test_what_nobody_labelled_does_not_count_in_validation():
    backend.seed(0)
    model = audio_visual_unet(16, 2, width=4, depth=1)
    inputs = [np.random.default_rng(0).random((4, 16, 16, 3), np.float32), np.zeros((4, 128), np.float32)]
    labels = predict_labels(model, inputs)
    labels[:, :8] = 255
    assert training._validate(model, inputs, labels, 4, 255) == 1.0
    with pytest.raises(ValueError, match=r"labels must lie in 0 \.\. 1"):
        training._validate(model, inputs, labels, 4, None)
