"""Share students through a model hub or a shared folder: complete, and checked on both ends."""

from pyserini_optical.sharing.transfer import pull_student, push_student

__all__ = ["pull_student", "push_student"]
