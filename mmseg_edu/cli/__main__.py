"""`python -m mmseg_edu.cli`."""

import sys

from mmseg_edu.cli import main

if __name__ == "__main__":
    sys.exit(main())
