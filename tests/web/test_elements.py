from datetime import UTC, datetime, timedelta

import pytest
from django.template import engines
from django.utils import translation

from oms.web import elements
from oms.web.charts import bar, line_points
from oms.web.deadlines import Deadline
from oms.web.states import STATES, TONES

NOW = datetime(2026, 11, 19, 10, 42, tzinfo=UTC)


def render(source, **context):
    return engines["django"].from_string("{% load baton %}" + source).render(context)


def test_every_state_has_a_tone_an_icon_and_a_word():
    for state in STATES.values():
        assert state.tone in TONES
        assert state.icon
        assert str(state.label)


def test_a_pill_is_quiet_unless_a_person_must_act():
    assert "bt-pill-quiet" in elements.pill("picking", quiet=True)
    assert "bt-pill-quiet" not in elements.pill("REFUSED", quiet=True)


def test_what_has_no_column_on_a_phone_is_said_below():
    assert elements.folded("TRF-1", "Rennes <Nord>") == 'TRF-1<span class="bt-folded bt-3">Rennes &lt;Nord&gt;</span>'
    assert elements.folded("<b>", "") == "&lt;b&gt;"


def test_an_unknown_state_is_a_bug():
    with pytest.raises(KeyError):
        elements.pill("lost")


def test_names_are_escaped():
    assert "<b>x" not in elements.channel("<b>x</b>")
    assert "<script>" not in elements.ref("CMD-<script>", "/x")
    assert "<i>" not in elements.tag("<i>")


@pytest.mark.parametrize(("name", "letters"), [("La Redoute", "LR"), ("Amazon", "Am"), ("shopify", "Sh")])
def test_monogram(name, letters):
    assert elements.initials(name) == letters


@pytest.mark.parametrize(
    ("deadline", "words"),
    [
        (Deadline(NOW + timedelta(minutes=78)), "1 h 18"),
        (Deadline(NOW - timedelta(minutes=42)), "42 min late"),
        (Deadline(NOW + timedelta(minutes=4), answer=True), "4 min left"),
        (Deadline(NOW, done=NOW - timedelta(minutes=30)), "kept, 10:12"),
        (Deadline(NOW - timedelta(minutes=30), done=NOW), "done 30 min late"),
    ],
)
def test_countdown_words(deadline, words):
    with translation.override("en"):
        assert elements.countdown_words(deadline, NOW) == words


def test_a_countdown_carries_the_time_left_and_no_date_of_the_device():
    shown = elements.countdown(Deadline(NOW + timedelta(minutes=10), answer=True), NOW)

    assert 'data-left="600"' in shown
    assert "data-answer" in shown
    assert "data-left" not in elements.countdown(Deadline(NOW, done=NOW), NOW)


@pytest.mark.parametrize(
    ("quantity", "low", "kind"),
    [(None, None, "unk"), (-2, None, "neg"), (0, 3, "0"), (2, 3, "low"), (3, 3, ""), (9, None, "")],
)
def test_stock_cell(quantity, low, kind):
    assert elements.Stock(quantity, low).kind == kind
    assert (f"bt-sc-{kind}" in elements.stock(quantity, low_below=low)) is bool(kind)


@pytest.mark.parametrize(("minutes", "tone"), [(1, None), (6, "warn"), (31, "bad")])
def test_age_of_a_source(minutes, tone):
    shown = elements.source_age(NOW - timedelta(minutes=minutes), NOW)

    assert ("bt-age-" in shown) is (tone is not None)
    assert tone is None or f"bt-age-{tone}" in shown


def test_a_line_of_equal_values_is_level():
    assert line_points([5, 5, 5]) == "0.0,16.0 60.0,16.0 120.0,16.0"
    assert line_points([]) == ""


def test_a_bar_stays_inside_its_track():
    assert 'width="100.0"' in bar(250)
    assert 'width="0.0"' in bar(-3)


def test_attributes_that_a_component_passes_on_are_escaped():
    shown = render("{% attributes given %}", given={"data-name": '"><script>', "hidden": True, "title": None})

    assert shown == ' data-name="&quot;&gt;&lt;script&gt;" hidden'


def test_components_escape_what_they_are_given():
    source = '<c-banner title="{{ text }}">{{ text }}</c-banner><c-kpi label="{{ text }}" href="{{ text }}" />'
    shown = engines["django"].from_string("x")
    from django_cotton.compiler_regex import CottonCompiler  # noqa: PLC0415 -- only this test compiles by hand

    shown = engines["django"].from_string(CottonCompiler().process(source)).render({"text": '<img src=x onerror="1">'})

    assert "<img" not in shown
    assert shown.count("&lt;img") == 4
