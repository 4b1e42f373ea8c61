"""`python -m wirechart` is the command `wirechart`."""

from wirechart.commands import main

if __name__ == "__main__":
    main()
