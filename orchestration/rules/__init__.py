"""Pure decisions: conditions, filters, ranking, splitting, plans and their explanation.

Owns: the JSON form of rulesets and decisions, the engine, the sentences people read.
Promises: no clock, no settings, no database; `plan` is a function of its arguments.
Knows nothing of: Django, HTTP, who calls.
"""
