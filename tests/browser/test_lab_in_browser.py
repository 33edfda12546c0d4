"""The student's workspace in a real JupyterLab: opened, run, saved, and opened again."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from mmseg_edu.course.saving import WIDGET
from mmseg_edu.course.workspace import lab_command, make_workspace

pytestmark = pytest.mark.slow

SLIDER = """\
import numpy as np
from mmseg_edu import play
def draw(near_level, shots, start, lag, doubled):
    return np.full((40, 40), near_level)
play.slider(draw, alt="A square gets lighter.", question="How light does it get?",
            near_level=(0.0, 1.0), shots=(1, 64), start=["prior", "last"], lag=[2, 3, 5, 7, 11, 13, 17],
            doubled=True)"""
NAME = "08_weighted_fusion"
TOKEN = "lesson"
SECONDS = 1000  # what Playwright counts in


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    root = tmp_path_factory.mktemp("lab")
    spoiler = [new_output("stream", name="stdout", text="the answer is 42\n")]
    cells = [
        new_markdown_cell("# Whom should we trust?"),
        new_markdown_cell("Take 20 minutes for this.", metadata={"tags": ["instructor"]}),
        new_code_cell("check('08.1', ...)", metadata={"tags": ["exercise"], "exercise": "08.1"}),
        new_code_cell(
            "print('the answer is', 42)",
            outputs=spoiler,
            execution_count=2,
            metadata={"tags": ["solution"], "exercise": "08.1"},
        ),
        new_code_cell(SLIDER, id="slider", metadata={"tags": ["widget"]}),
    ]
    kernel = {"name": "python3", "display_name": "Python 3 (ipykernel)", "language": "python"}
    (root / "notebooks").mkdir()
    nbformat.write(
        new_notebook(cells=cells, metadata={"kernelspec": kernel}), root / "notebooks" / f"{NAME}.ipynb"
    )
    with pytest.MonkeyPatch.context() as patch:
        for kind in ("CONFIG", "DATA", "RUNTIME"):
            patch.setenv(f"JUPYTER_{kind}_DIR", str(root / kind.lower()))
        make_workspace(root / "notebooks", root / "my_lessons")
        yield root / "my_lessons"


@pytest.fixture(scope="module")
def lab(workspace: Path) -> Iterator[str]:
    """A running JupyterLab; its address takes a path."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    more = (
        "--no-browser",
        f"--port={port}",
        f"--IdentityProvider.token={TOKEN}",
        "--ServerApp.log_level=ERROR",
    )
    command = lab_command(workspace, *more)
    root = str(Path(__file__).parents[2])
    paths = [root, *filter(None, [os.environ.get("PYTHONPATH")])]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(paths)}
    with subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL) as server:
        address = f"http://127.0.0.1:{port}"
        try:
            for _ in range(1200):  # two minutes: a machine with other work starts it slowly
                assert server.poll() is None, "JupyterLab did not start"
                try:
                    urllib.request.urlopen(f"{address}/api", timeout=5).close()
                    break
                except OSError:
                    time.sleep(0.1)
            else:
                pytest.fail("JupyterLab did not answer within two minutes")
            yield address
        finally:
            server.terminate()
            server.wait(20)


def asked(address: str, method: str = "GET") -> str:
    request = urllib.request.Request(address, method=method, headers={"Authorization": f"token {TOKEN}"})
    with urllib.request.urlopen(request, timeout=20) as answer:
        return str(answer.read().decode())


def end_sessions(lab: str) -> None:
    """What a page left running is gone, kernels and all: a dying kernel that the next page meets is lost to both."""
    for session in json.loads(asked(f"{lab}/api/sessions")):
        asked(f"{lab}/api/sessions/{session['id']}", method="DELETE")
    for kernel in json.loads(asked(f"{lab}/api/kernels")):
        asked(f"{lab}/api/kernels/{kernel['id']}", method="DELETE")
    for _ in range(400):
        if not json.loads(asked(f"{lab}/api/kernels")):
            return
        time.sleep(0.1)
    pytest.fail("a kernel outlived its session by 40 s")


def choose_the_kernel(dialog: Any) -> None:
    """On a busy machine JupyterLab may lose the kernel's channel and ask which kernel is meant: a reader chooses."""
    kernels = dialog.locator("select")
    if kernels.count():
        kernels.select_option(label="Python 3 (ipykernel)")
    dialog.locator(".jp-mod-accept").click()


def opened(browser: Any, lab: str) -> Any:
    end_sessions(lab)
    page = browser.new_page(viewport={"width": 1200, "height": 1000})
    page.set_default_timeout(40 * SECONDS)
    page.add_locator_handler(page.locator(".jp-Dialog"), choose_the_kernel)
    page.goto(f"{lab}/lab/tree/{NAME}.ipynb?reset&token={TOKEN}")
    page.wait_for_selector(".jp-NotebookPanel .jp-CodeCell")
    page.wait_for_selector(".jp-Notebook-ExecutionIndicator[data-status=idle]")
    return page


def test_a_lesson_opens_unchanged_with_its_solutions_folded(browser: Any, lab: str, workspace: Path) -> None:
    page = opened(browser, lab)
    # The kernel has told what language it speaks, which is what used to count as a change.
    page.wait_for_function(
        "() => document.querySelector('.jp-NotebookPanel-toolbar').innerText.includes('Python 3')"
    )
    assert page.locator(".jp-mod-dirty").count() == 0
    assert not page.get_by_text("Take 20 minutes").is_visible()
    assert not page.get_by_text("the answer is 42").is_visible()
    before = (workspace / f"{NAME}.ipynb").read_bytes()
    page.keyboard.press("Control+s")
    page.wait_for_selector("text=Saving completed", state="attached")
    assert (workspace / f"{NAME}.ipynb").read_bytes() == before
    page.close()


def run_the_slider(page: Any) -> Any:
    api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    cell = page.locator(".jp-CodeCell").last
    picture = cell.locator(".widget-vbox .widget-image")
    # What is run while a busy server opens the kernel's channel anew is lost: then a reader runs the cell again.
    for seconds in (15, 15, 40):
        cell.locator(".cm-content").click()
        page.keyboard.press("Control+Enter")
        try:
            picture.wait_for(timeout=seconds * SECONDS)
            return cell
        except api.TimeoutError:
            continue
    return pytest.fail("the slider's picture did not appear after three runs of its cell")


def test_a_slider_run_and_saved_is_seen_as_its_twin_when_opened_again(
    browser: Any, lab: str, workspace: Path
) -> None:
    page = opened(browser, lab)
    cell = run_the_slider(page)
    page.wait_for_selector(".jp-Notebook-ExecutionIndicator[data-status=idle]")
    page.keyboard.press("Control+s")
    page.wait_for_selector("text=Saving completed", state="attached")
    assert cell.locator(".widget-vbox").is_visible(), "the open page keeps its slider"
    saved = json.loads((workspace / f"{NAME}.ipynb").read_text(encoding="utf-8"))
    [output] = next(each for each in saved["cells"] if each["id"] == "slider")["outputs"]
    assert WIDGET not in output["data"]
    page.close()
    page = opened(browser, lab)
    strip = page.locator(".jp-CodeCell").last.locator(".jp-OutputArea-output img")
    strip.wait_for()
    assert strip.bounding_box()["width"] > 100
    assert page.get_by_text("model not found").count() == 0
    assert page.locator(".jp-mod-dirty").count() == 0
    page.close()


def test_every_control_has_a_name_and_says_its_value(browser: Any, lab: str) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    page = opened(browser, lab)
    cell = run_the_slider(page)
    for name in ("near level", "shots", "lag"):
        cell.get_by_role("slider", name=name, exact=True).wait_for()
        assert cell.get_by_role("textbox", name=name, exact=True).count() == 1
    cell.get_by_role("checkbox", name="doubled", exact=True).wait_for()
    cell.get_by_role("img", name="A square gets lighter.", exact=True).wait_for()
    assert cell.get_by_role("slider").count() == 3, "no slider is left without a name"
    lag = cell.get_by_role("slider", name="lag")
    lag.press("ArrowRight")
    lag.press("ArrowRight")
    cell.locator(".widget-readout").last.get_by_text("5", exact=True).wait_for()
    assert lag.get_attribute("aria-valuetext") == "5", "the value, not its place in the list"
    last = cell.get_by_role("group", name="start").get_by_role("button", name="last")
    assert last.get_attribute("aria-pressed") == "false"
    last.click()
    cell.get_by_role("button", name="last", pressed=True).wait_for()
    labels = cell.locator(".widget-vbox > :not(.widget-html) > .widget-label:visible")
    seen = labels.evaluate_all("all => all.map((one) => [one.title, one.scrollWidth <= one.clientWidth])")
    assert seen == [[name, True] for name in ("near level", "shots", "start", "lag")]
    output = {"include": [[".jp-Notebook .jp-OutputArea .widget-vbox"]]}
    found = axe.run(page, context=output, options={"resultTypes": ["violations"]}).response["violations"]
    assert [f"{each['id']}: {node['html'][:200]}" for each in found for node in each["nodes"]] == []
    page.close()
