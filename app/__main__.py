"""`python -m app`, and the installed command `benchcast`."""

import sys

from app.main import main

__all__ = ["main"]

if __name__ == "__main__":
    sys.exit(main())
