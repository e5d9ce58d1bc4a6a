"""The checks of `pyserini-optical doctor`, one kind per file; this module imports only the standard library."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Finding:
    """The result of one check.

    Attributes
    ----------
    subject : str
        What was checked, such as `Java`.
    state : {"ok", "note", "fault"}
        `note`: works, with something worth knowing. `fault`: something that the package promises does not work.
    detail : str
        What was seen.
    remedy : str
        What to do; never empty for a fault.
    """

    subject: str
    state: str
    detail: str
    remedy: str = ""

    def __str__(self) -> str:
        return f"{self.state:<6} {self.subject:<16} {self.detail}" + (
            f"\n{' ' * 24}-> {self.remedy}" * bool(self.remedy)
        )
