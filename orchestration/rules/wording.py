"""Sentences in French and English: templates, numbers, money, lists and their typography."""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from importlib.resources import files

NO_BREAK = "\u00a0"
NARROW_NO_BREAK = "\u202f"
LANGUAGES = ("en", "fr")
SYMBOLS = {"EUR": "€", "GBP": "£", "USD": "$"}
WITHOUT_CENTS = frozenset({"JPY", "KRW", "XOF", "XAF", "XPF", "CLP", "VND"})


@dataclass(frozen=True, slots=True)
class Words:
    """One language."""

    language: str
    templates: dict[str, str]

    def has(self, key: str) -> bool:
        return key in self.templates

    def say(self, key: str, /, **params: object) -> str:
        return self.templates[key].format(**params)

    def count(self, key: str, number: int, /, **params: object) -> str:
        """Say `key.one` or `key.other`; French counts zero as one."""
        singular = number in {0, 1} if self.language == "fr" else number == 1
        form = "one" if singular else "other"
        return self.say(f"{key}.{form}", n=self.number(number), **params)

    def name(self, group: str, code: str) -> str:
        """Return the word for a code, or the code itself where there is none."""
        return self.templates.get(f"{group}.{code}", code)

    def number(self, value: float | Decimal, places: int | None = None) -> str:
        """Write a number with the language's separators; `places` None keeps what the value has."""
        amount = value if isinstance(value, Decimal) else Decimal(str(value))
        if places is not None:
            amount = amount.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)
        elif amount == amount.to_integral_value():
            amount = amount.quantize(Decimal(1))
        text = f"{amount:,f}"
        if self.language != "fr":
            return text
        return text.replace(",", NARROW_NO_BREAK).replace(".", ",")

    def money(self, amount: Decimal, currency: str) -> str:
        figure = self.number(amount, 0 if currency in WITHOUT_CENTS else 2)
        symbol = SYMBOLS.get(currency)
        if self.language == "fr":
            return f"{figure}{NO_BREAK}{symbol or currency}"
        return f"{symbol}{figure}" if symbol else f"{currency}{NO_BREAK}{figure}"

    def distance(self, km: float) -> str:
        return self.say("unit.under_km") if km < 1 else self.say("unit.km", n=self.number(km, 0))

    def moment(self, at: datetime, *, with_year: bool = False) -> str:
        month = self.say(f"month.{at.month}")
        key = "format.moment_of_year" if with_year else "format.moment"
        return self.say(key, day=at.day, month=month, year=at.year, hour=at.hour, minute=at.minute)

    def join(self, items: Sequence[str], link: str = "and") -> str:
        """Write a list: `a, b and c` (`link` is `and` or `or`)."""
        if len(items) <= 1:
            return "".join(items)
        return f"{', '.join(items[:-1])} {self.say(f'link.{link}')} {items[-1]}"

    def quote(self, text: str) -> str:
        return self.say("format.quote", text=text)


def words(language: str) -> Words:
    """Return the words of a language tag (`fr-FR`, `EN`); English for one that is not spoken."""
    base = language.replace("_", "-").split("-")[0].lower()
    return _load(base if base in LANGUAGES else "en")


def capitalise(sentence: str) -> str:
    """Raise the first letter only."""
    return sentence[:1].upper() + sentence[1:]


@cache
def _load(language: str) -> Words:
    source = files("orchestration.rules").joinpath(f"words/{language}.json").read_text(encoding="utf-8")
    typeset = _typeset_french if language == "fr" else _typeset_english
    return Words(language, {key: typeset(text) for key, text in json.loads(source).items()})


def _typeset_english(text: str) -> str:
    return re.sub(r"(?<=[}\d]) (?=(?:km|min|h|kg)\b)", NO_BREAK, text.replace("'", "\u2019"))


def _typeset_french(text: str) -> str:
    """Apply the French rules to a template, before data goes in: names are left as their owner wrote them."""
    text = text.replace("'", "\u2019").replace(" :", f"{NO_BREAK}:")
    text = re.sub(r" (?=[;?!»])", NARROW_NO_BREAK, text).replace("« ", f"«{NARROW_NO_BREAK}")
    return re.sub(r"(?<=[}\d]) (?=(?:km|min|h|kg)\b)", NO_BREAK, text)
