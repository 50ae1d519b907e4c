#!/usr/bin/env python3
"""What a Python file can hold."""
from __future__ import annotations

import os
import os.path as osp, sys
import package.deep.module
from . import sibling
from .sibling import helper as h, other
from ..parent import (
    thing,
    more,
)
from package import *
from package.deep import module

LIMIT = 10
_hidden: int = 3
count: "int"
A, B = 1, 2
first = second = None
Vector = list[float]
type Alias = list[int]

try:
    import json
except ImportError:
    json = None

if sys.platform == "win32":
    import winreg

    def platform():
        return 1
elif TYPE_CHECKING:
    from typing import Any
else:
    def platform():
        return 0


def plain(a, b: int = 1, *args, **kwargs) -> None:
    """Docs."""
    local = a
    import lazy

    class Scratch:
        at: int = 0

    def inner():
        return local

    return inner


async def later() -> int:
    return 1


def _private():
    pass


@decorated(1)
def wrapped():
    yield 1


@dataclass(frozen=True)
class Node(Base, metaclass=Meta):
    """A node."""

    next: Optional["Node"]
    name: str = "x"
    LIMIT = 3
    _cache: dict[str, int] = field(default_factory=dict)

    class Inner:
        value: int

    def __init__(self, name):
        self.name = name
        self.count: int = 0

    @property
    def size(self) -> int:
        return 1

    @staticmethod
    def make():
        return Node("x")

    def _hidden(self):
        pass


class Empty: pass


def test_node():
    assert Node.make()


lambda_function = lambda x: x
importlib.import_module("package.dynamic")

if __name__ == "__main__":
    main()
