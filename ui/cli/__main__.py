"""`python -m sightline.ui.cli` is the `sightline` command."""

from . import main

if __name__ == "__main__":
    main()
