"""`python -m pyserini_optical` is `pyserini-optical`."""

import sys

from pyserini_optical.commands import main

if __name__ == "__main__":
    sys.exit(main())
