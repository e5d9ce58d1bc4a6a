"""Students on a model hub, or in a folder that others read: sent and fetched whole, checked on both ways."""

from pyserini_optical.sharing.transfer import pull_student, push_student

__all__ = ["pull_student", "push_student"]
