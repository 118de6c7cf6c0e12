"""Every measurement in one run: `make bench` (`make bench BENCH='token login'` for some)."""

import subprocess
import sys

PARTS = ("argon2", "start", "token", "login")


def main() -> int:
    """Run the parts one after the other; each prints its own table."""
    wanted = [part for part in sys.argv[1:] if not part.startswith("-")] or list(PARTS)
    unknown = [part for part in wanted if part not in PARTS]
    if unknown or "--help" in sys.argv:
        print(f"python -m bench [{' '.join(PARTS)}]")
        return 2 if unknown else 0
    for part in wanted:
        print(f"\n## {part}\n", flush=True)
        if subprocess.run([sys.executable, "-m", f"bench.{part}"], check=False).returncode:
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
