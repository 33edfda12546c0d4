"""The course machinery: run lessons, tidy them, cut editions, build the book, look after the machine.

Each tool is a module that loads on first use::

    course.curriculum.LESSONS            the lessons, their questions and what they stand on
    course.run.run("notebooks")          execute lessons through papermill
    course.tidy.tidy("notebooks")        execute, then keep only what belongs in the repository
    course.editions.write_edition("notebooks", "handout")
    course.book.build("notebooks", "book")
    course.workspace.make_workspace("notebooks", "my_lessons")
    course.doctor.report()               is this machine ready?
"""

from importlib import import_module
from types import ModuleType

_TOOLS = ("book", "curriculum", "doctor", "editions", "run", "tidy", "workspace")


def __getattr__(name: str) -> ModuleType:
    if name in _TOOLS:
        return import_module(f"{__name__}.{name}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return list(_TOOLS)
