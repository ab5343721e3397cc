"""Refusal of rules that cannot be understood."""

from orchestration.rules.wording import words


class InvalidRules(ValueError):
    """Rules or conditions that do not parse: `where` is the path in the JSON, `code` and `params` say what."""

    def __init__(self, where: str, code: str, /, **params: str) -> None:
        self.where = where
        self.code = code
        self.params = params
        super().__init__(f"{where}: {self.what()}")

    def what(self, language: str = "en") -> str:
        """Say what is wrong and what to do, without the path."""
        return words(language).say(f"error.{self.code}", **self.params)
