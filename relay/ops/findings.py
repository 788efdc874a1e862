"""What an examination finds: one verdict a check, worded in the language of whoever asked, with what to do about it."""

from dataclasses import dataclass, field

from relay.contract.operations import Finding, VerdictTone
from relay.contract.wording import Language, Wording


@dataclass(frozen=True, slots=True)
class Found:
    """A finding before it is worded: the sentences are `doctor.<check>.<key>.detail` and, unless good, `.action`."""

    check: str
    verdict: VerdictTone
    key: str
    values: dict[str, str | int] = field(default_factory=dict[str, str | int])

    def worded(self, language: Language) -> Finding:
        """Say it."""
        say = Wording(language).say
        stem = f"doctor.{self.check}"
        return Finding(
            check=self.check,
            verdict=self.verdict,
            title=say(f"{stem}.title"),
            detail=say(f"{stem}.{self.key}.detail", **self.values),
            action="" if self.verdict == "good" else say(f"{stem}.{self.key}.action", **self.values),
        )
