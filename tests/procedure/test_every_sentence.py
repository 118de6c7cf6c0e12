"""Every sentence of the procedure has its proof: S1 to S41, by the names of the tests."""

import re
from itertools import chain
from pathlib import Path

PROOF = re.compile(r"def test_((?:s\d+_)+(?:to_s\d+_)?)")
NUMBER = re.compile(r"s(\d+)")


def numbers_of(name: str) -> range:
    """Return the numbers in `s3_s4_` or `s34_to_s38_`."""
    found = [int(number) for number in NUMBER.findall(name)]
    return range(found[0], found[-1] + 1)


def test_each_sentence_is_proved_by_a_test() -> None:
    sources = (path.read_text("utf-8") for path in Path(__file__).parent.glob("test_*.py"))
    names = chain.from_iterable(PROOF.findall(source) for source in sources)
    proved = set(chain.from_iterable(numbers_of(name) for name in names))

    assert set(range(1, 42)) - proved == set()
