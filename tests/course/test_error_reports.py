"""What is kept of a cell and of its error: the head and the tail of the source, the arrow, the last lines."""

import pytest

from mmseg_edu.course.run import LessonError, _last_lines


def report(lines: int) -> list[str]:
    source = "\n".join(f"line {k}" for k in range(1, lines + 1))
    return str(LessonError("05_segmentation", "cell 3 of 9", source, "ValueError: no")).splitlines()


def test_a_report_quotes_a_cell_and_then_its_error() -> None:
    assert report(2) == [
        "05_segmentation stopped at cell 3 of 9",
        "    line 1",
        "    line 2",
        "  ValueError: no",
    ]
    assert report(0) == ["05_segmentation stopped at cell 3 of 9", "  ValueError: no"]
    assert str(LessonError("05", "", "", "No kernel")) == "05 stopped before its first cell\n  No kernel"


def test_a_long_cell_keeps_its_first_nine_and_its_last_two_lines() -> None:
    assert report(12)[1:-1] == [f"    line {k}" for k in range(1, 13)]
    kept = [*range(1, 10), 12, 13]
    assert [line.strip() for line in report(13)[1:-1] if "..." not in line] == [f"line {k}" for k in kept]
    assert report(13)[10] == "    ..."


def test_an_error_keeps_its_last_four_lines_in_plain_text() -> None:
    traceback = [
        "\x1b[0;31mZeroDivisionError\x1b[0m   Traceback (most recent call last)",
        "Cell In[1], line 3\n      1 def share(n):\n\x1b[0;32m----> 3 share(0)\n",
        "\x1b[0;32m----> 2     return 1 / n\x1b[0m\n      3 share(0)\n",
        "\x1b[0;31mZeroDivisionError\x1b[0m: division by zero",
    ]
    assert _last_lines("ZeroDivisionError", "division by zero", traceback) == (
        "----> 3 share(0)\n  ----> 2     return 1 / n\n        3 share(0)\n  ZeroDivisionError: division by zero"
    )


@pytest.mark.parametrize("arrow", ["----> 2", "---> 12", "--> 123"])
def test_the_line_that_failed_stays_however_far_above_the_last_ones(arrow: str) -> None:
    traceback = [
        f"{arrow} share(0)",
        *(f"      {k} more" for k in range(6)),
        "ZeroDivisionError: division by zero",
    ]
    told = _last_lines("ZeroDivisionError", "division by zero", traceback).splitlines()
    assert told[0] == f"{arrow} share(0)"
    assert len(told) == 5


def test_an_error_of_many_lines_is_told_in_its_own_words() -> None:
    told = "\n".join(["the shapes must agree", *(f"row {k}" for k in range(9))])
    assert _last_lines("ValueError", told, ["frames", f"ValueError: {told}"]) == f"ValueError: {told}"
    assert _last_lines("KeyboardInterrupt", "", []) == "KeyboardInterrupt", "no traceback, and nothing to say"
    assert _last_lines("ValueError", "", ["ValueError: "]) == "ValueError: "
