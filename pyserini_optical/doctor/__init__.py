"""What `pyserini-optical doctor` looks at, one kind a file; nothing here imports more than the standard library."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Finding:
    """What was found about one thing.

    Attributes
    ----------
    subject : str
        What was looked at, such as `Java`.
    state : {"ok", "note", "fault"}
        `note`: it works, but something is worth knowing. `fault`: something that the package promises does not work.
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
