"""The rules of a site about its own barcodes: the first that fits a scan says which order or action it is.

A pattern has to fit the whole scan. It is matched with a time-out, so that no pattern, however written, can hold up
the bench: 50 ms for one rule, 150 ms for all, which is looked at now and then, so that 0.2 s were measured. A rule
that runs out of time decides all the same: the scan is refused by its name. Letting a later rule have it would show
another document when the machine is busy.
"""

import string
from collections.abc import Sequence
from dataclasses import dataclass
from time import perf_counter
from typing import Literal

import regex

from app.scan.gs1 import Elements
from app.scanner_settings import RuleSettings
from relay.contract.controls import ControlVerb

SECONDS_A_RULE = 0.050
SECONDS_IN_ALL = 0.150
LONGEST_TEXT = 600

BadRuleReason = Literal[
    "pattern_or_gs1", "order_or_action", "pattern", "placeholder", "display", "display_missing"
]


class BadRule(ValueError):
    """Rule `number` (counted from 1) cannot be used; `reason` is a key under `scanner.rule.`, `detail` its object."""

    def __init__(self, number: int, reason: BadRuleReason, detail: str = "") -> None:
        """Say which rule, and why."""
        super().__init__(f"rule {number}: {reason} {detail}".strip())
        self.number = number
        self.reason: BadRuleReason = reason
        self.detail = detail


@dataclass(frozen=True)
class RuleSaysOrder:
    """The scan is this order."""

    rule: int
    order: str
    document_number: int | None = None


@dataclass(frozen=True)
class RuleSaysAction:
    """The scan asks for something; `ignore` for nothing at all."""

    rule: int
    action: ControlVerb | Literal["ignore"]
    display: int | None = None


@dataclass(frozen=True)
class RuleTooSlow:
    """The rules took too long over this scan."""

    rule: int


RuleSays = RuleSaysOrder | RuleSaysAction | RuleTooSlow


@dataclass(frozen=True)
class _Rule:
    number: int
    settings: RuleSettings
    pattern: "regex.Pattern[str] | None"

    def fit(self, text: str, elements: Elements | None, seconds: float) -> dict[str, str] | None:
        """Return what the scan fills in, or None. Raises TimeoutError."""
        if self.pattern is None:
            assert self.settings.gs1 is not None, "a rule has a pattern or an identifier"
            value = elements.get(self.settings.gs1) if elements is not None else None
            return {"value": value} if value is not None else None
        found = self.pattern.fullmatch(text, timeout=seconds)
        if found is None:
            return None
        return {"value": text, **{name: part for name, part in found.groupdict().items() if part is not None}}


class RuleTable:
    """The rules in their order; empty, it knows nothing."""

    def __init__(self, rules: Sequence[RuleSettings] = ()) -> None:
        """Compile them. Raises BadRule for the first that cannot be used."""
        self._rules = tuple(_compile(number, rule) for number, rule in enumerate(rules, start=1))

    def read(self, text: str, elements: Elements | None = None) -> RuleSays | None:
        """Say what the first rule that fits makes of a scan; None if none does, or the text is longer than 600."""
        if len(text) > LONGEST_TEXT:
            return None
        began = perf_counter()
        for rule in self._rules:
            left = SECONDS_IN_ALL - (perf_counter() - began)
            try:
                values = rule.fit(text, elements, min(SECONDS_A_RULE, max(left, 0.001)))
            except TimeoutError:
                return RuleTooSlow(rule.number)
            if values is not None:
                return _decide(rule, values)
        return None


def line_of_rule(toml: str, number: int) -> int | None:
    """Tell in which line of a settings file a rule begins, counted from 1; None if it is not there."""
    headers = [
        place
        for place, line in enumerate(toml.splitlines(), start=1)
        if line.replace(" ", "").startswith("[[scanner.rules]]")
    ]
    return headers[number - 1] if 0 < number <= len(headers) else None


def _compile(number: int, rule: RuleSettings) -> _Rule:
    if (rule.pattern is None) == (rule.gs1 is None):
        raise BadRule(number, "pattern_or_gs1")
    if rule.order is not None and rule.action is not None:
        raise BadRule(number, "order_or_action")
    pattern, names = None, {"value"}
    if rule.pattern is not None:
        try:
            pattern = regex.compile(rule.pattern)
        except regex.error as error:
            raise BadRule(number, "pattern", str(error)) from error
        names |= set(pattern.groupindex)
    if rule.display is not None and rule.action != "display":
        raise BadRule(number, "display")
    if rule.action == "display" and rule.display is None and "display" not in names:
        raise BadRule(number, "display_missing")
    if rule.action is None and rule.order is None and rule.pattern is not None and "order" not in names:
        raise BadRule(number, "order_or_action")
    for name in _placeholders(number, rule.order or ""):
        if name not in names:
            raise BadRule(number, "placeholder", name)
    return _Rule(number, rule, pattern)


def _placeholders(number: int, template: str) -> list[str]:
    try:
        parts = list(string.Formatter().parse(template))
    except ValueError as error:
        raise BadRule(number, "placeholder", template) from error
    for _text, name, form, conversion in parts:
        if name is not None and (not name.isidentifier() or form or conversion):
            raise BadRule(number, "placeholder", name)
    return [name for _text, name, _form, _conversion in parts if name is not None]


def _decide(rule: _Rule, values: dict[str, str]) -> RuleSays:
    settings = rule.settings
    if settings.action is not None:
        named = values.get("display", "")
        number = settings.display or (int(named) if named.isdecimal() and len(named) <= 2 else None)
        return RuleSaysAction(rule.number, settings.action, number)
    template = settings.order or ("{order}" if "order" in values else "{value}")
    order = template.format_map(dict.fromkeys(_placeholders(rule.number, template), "") | values)
    document = values.get("document", "")
    number = int(document) if document.isdecimal() and len(document) <= 3 else None
    return RuleSaysOrder(rule.number, order.strip(), number or None)
