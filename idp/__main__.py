"""`python -m idp`: the same as the command `idp`."""

from idp.cli.main import main

if __name__ == "__main__":
    main()
