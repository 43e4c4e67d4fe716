"""Whether the package's files are as they were made, by their SHA-256."""

import hashlib
from pathlib import Path

ASSETS = Path(__file__).parent.parent / "assets"
MANIFEST = ASSETS / "SHA256SUMS"
"""In the format of sha256sum: `sha256sum -c SHA256SUMS` checks it as well."""


def check_assets(assets: Path = ASSETS) -> None:
    """Compare every file of the manifest.

    Raises:
        ValueError: a file is missing or not as it was made; the sentence names it.
    """
    for line in (assets / MANIFEST.name).read_text("utf-8").splitlines():
        expected, name = line.split(maxsplit=1)
        path = assets / name.lstrip("*")
        if not path.is_file():
            raise ValueError(f"{path} is missing. Install ELBO Room again, or restore the file.")
        found = _digest(path)
        if found != expected:
            raise ValueError(
                f"{path} is damaged: its SHA-256 begins with {found[:12]} and should begin with {expected[:12]}. "
                "Install ELBO Room again, or restore the file."
            )


def write_manifest(assets: Path = ASSETS) -> None:
    """Write the manifest of the files as they are now, in the order of their names."""
    files = sorted(path for path in assets.rglob("*") if path.suffix in (".safetensors", ".npz"))
    lines = [f"{_digest(path)}  {path.relative_to(assets).as_posix()}\n" for path in files]
    (assets / MANIFEST.name).write_text("".join(lines), "utf-8")


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
