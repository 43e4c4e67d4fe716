"""Where this server keeps its classes: in a file, so that they survive a restart, or in Redis for several processes."""

import os
import tempfile
from pathlib import Path

SETTING = "ELBO_ROOM_CLASSES"
"""The environment variable that names the file, or a Redis or Valkey as redis://host:port/number; "memory" for none."""

IN_MEMORY = "memory"
_REDIS = ("redis://", "rediss://", "unix://")


def is_redis(setting: str | None) -> bool:
    """Whether the setting is the address of a Redis rather than a file."""
    return (setting or "").startswith(_REDIS)


def file_of(setting: str | None, port: int) -> Path | None:
    """The file of the classes; None if there is to be none.

    Without a setting it is one for each port, in a folder for temporary files that nobody else may read.

    Args:
        setting: the value of `ELBO_ROOM_CLASSES`.
        port: at which the server listens.

    Raises:
        OSError: the folder belongs to somebody else, or cannot be made; or the setting is an address.
    """
    if setting == IN_MEMORY:
        return None
    if setting and "://" in setting:
        raise OSError(f"{SETTING} must be a file, {IN_MEMORY}, or an address that begins with {', '.join(_REDIS)}.")
    if setting:
        return Path(setting)
    owner = os.getuid() if hasattr(os, "getuid") else None
    folder = Path(tempfile.gettempdir()) / ("elbo-room" if owner is None else f"elbo-room-{owner}")
    folder.mkdir(mode=0o700, exist_ok=True)
    status = folder.lstat()
    if owner is not None and (folder.is_symlink() or status.st_uid != owner or status.st_mode & 0o077):
        raise OSError(f"{folder} must be a folder that only you can read. Remove it, or set {SETTING}.")
    return folder / f"classes-{port}.sqlite"
