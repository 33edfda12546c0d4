"""What the README shows is true."""

import contextlib
import io
import re
from pathlib import Path

import pytest

from mmseg_edu import cli

README = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")
MAKEFILE = (Path(__file__).parents[1] / "Makefile").read_text(encoding="utf-8")


def test_the_pipeline_of_the_readme_runs_and_finds_what_sounds():
    block = re.findall(r"```python\n(.*?)```", README, re.S)[0]
    names: dict[str, object] = {}
    exec(block, names)
    mask, clip = names["mask"], names["clip"]
    assert mask.shape == (64, 64)
    assert set(mask[mask > 0]) & set(clip.labels[0][clip.labels[0] > 0])


@pytest.mark.parametrize("target", sorted(set(re.findall(r"make (\w+)", README))))
def test_every_make_target_of_the_readme_exists(target):
    assert re.search(rf"^{target}:", MAKEFILE, re.M)


@pytest.mark.parametrize("command", sorted(set(re.findall(r"^    mmseg-edu (.*?)(?:\s+#|$)", README, re.M))))
def test_every_command_of_the_readme_is_one_that_the_command_line_takes(command):
    words = command.split()
    text = io.StringIO()
    with contextlib.redirect_stdout(text), pytest.raises(SystemExit) as stopped:
        cli.main([words[0], "--help"])
    assert stopped.value.code == 0
    assert [word for word in words if word.startswith("-") and word not in text.getvalue()] == []
