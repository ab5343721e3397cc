"""What connectors say in English is read in French."""

from __future__ import annotations

import re

import pytest
from django.conf import settings
from django.utils import translation

from channels.web.told import SENTENCES, told

SOURCES = "\n".join(
    path.read_text()
    for folder in ("connectors", "services", "simulators")
    for path in sorted((settings.BASE_DIR / "channels" / folder).rglob("*.py"))
)


@pytest.mark.parametrize(
    ("said", "read"),
    [
        ("Unknown SKU: MUG, CAP.", "Référence inconnue\u00a0: MUG, CAP."),
        ("WooCommerce asks to slow down (429).", "WooCommerce demande de ralentir (429)."),
        ("Shopify: Custom app was uninstalled", "Shopify: Custom app was uninstalled"),
        ("", ""),
    ],
)
def test_what_is_known_is_said_again_and_a_shops_own_words_stay(said, read):
    with translation.override("fr"):
        assert told(said) == read

    with translation.override("en"):
        assert told(said) == said


@pytest.mark.parametrize("sentence", SENTENCES)
def test_a_connector_still_says_it(sentence):
    words = [part.strip(" :.(") for part in re.split(r"%\(\w+\)s|: ", sentence)]

    assert all(part in SOURCES for part in words if len(part) > 3)


@pytest.mark.parametrize("sentence", SENTENCES)
def test_it_is_recognised_with_anything_in_its_holes(sentence):
    said = re.sub(r"%\(\w+\)s", "x (y): z.", sentence)

    with translation.override("fr"):
        assert told(said) != said
