"""The engine says what was last accepted, in any order and in any process."""

import os
import subprocess
import sys

import pytest

from tests.accept_derivations import KINDS, accepted, difference

ANOTHER_ORDER = """
import random
from tests.accept_derivations import KINDS, accepted
for kind, make in KINDS.items():
    made, before = make(), accepted(kind)
    for heading in random.Random(1).sample(list(made), len(made) // 20):
        assert made[heading]() == before[heading], heading
"""


@pytest.mark.parametrize("kind", KINDS)
def test_the_engine_says_what_was_accepted(kind):
    found = difference(kind).splitlines()
    if found:
        more = [f"... {len(found) - 80} lines more"] if len(found) > 80 else []
        hint = "If all of it is as good as before or better, `make accept` records it. A checksum alone differs where only steps or docstrings do."
        pytest.fail("\n".join([*found[:80], *more, "", hint]), pytrace=False)


def test_neither_order_nor_process_makes_a_difference():
    run = subprocess.run([sys.executable, "-c", ANOTHER_ORDER], env={**os.environ, "PYTHONHASHSEED": "1"}, capture_output=True, text=True)
    assert not run.returncode, run.stderr


@pytest.mark.parametrize("kind", KINDS)
def test_no_heading_stands_twice(kind):
    assert list(accepted(kind)) == list(KINDS[kind]())
