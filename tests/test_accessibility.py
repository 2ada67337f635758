"""Nothing on any page hinders a screen reader, the keyboard or weak eyes, as far as axe-core can tell; light and dark, on a phone.

    make audit

It takes minutes, so `make test` leaves it out and CI runs it after that.
"""

from pathlib import Path

import axe_playwright_python
import pytest
from test_site import OTHERS, PAGES, PHONE, address, browser, built, planted, served  # noqa: F401  (fixtures)

AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text(encoding="utf-8")
# Each violation with the first of its places. An equation's inside is left out: it is all alike, and there is much of it.
VIOLATIONS = """async () => {
    const {violations} = await axe.run({exclude: ["math"]}, {resultTypes: ["violations"]})
    return violations.map(found => `${found.id}: ${found.nodes[0].html}`)
}"""


def violations(browser, url, scheme):  # noqa: F811
    tab = browser.new_page(viewport=PHONE, color_scheme=scheme)
    tab.goto(url, wait_until="load")
    tab.evaluate("document.fonts.ready.then(() => 0)")
    tab.evaluate(AXE)
    found = tab.evaluate(VIOLATIONS)
    tab.close()
    return found


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("page", [*PAGES, *OTHERS])
def test_a_page(browser, address, page, scheme):  # noqa: F811
    assert not violations(browser, address + page, scheme)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_planted_picture_without_words_is_found(browser, planted, scheme):  # noqa: F811
    with served(planted.parent) as address:
        assert any(found.startswith("image-alt: <img") for found in violations(browser, address + planted.name, scheme))
