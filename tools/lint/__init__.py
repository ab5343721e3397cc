"""The house rules that no ready-made linter knows: one file per rule, listed here."""

from tools.lint import get_model, inline_import, kind_exists, now, orm_write, raw_delay, size, unscoped
from tools.lint.source import Check

RULES: dict[str, Check] = {
    orm_write.NAME: orm_write.check,
    raw_delay.NAME: raw_delay.check,
    kind_exists.NAME: kind_exists.check,
    inline_import.NAME: inline_import.check,
    get_model.NAME: get_model.check,
    now.NAME: now.check,
    size.NAME: size.check,
    unscoped.NAME: unscoped.check,
}
