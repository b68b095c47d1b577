"""Where manifests, results and pages lie: by path on this machine, or by an address that fsspec reaches.

`file://` is a path. Everything else with `://` is an address: s3://bucket/rows.csv, gs://, abfs://, memory:// and what
else fsspec knows. What is put there appears whole: object stores show nothing of an upload that has not ended, and on
other file systems it is written beside and moved.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import IO
from urllib.parse import unquote, urlsplit

from ...tools.errors import BadRequest, MissingDependency, OutputFailed, SightlineError

__all__ = ["Far", "far_or_path", "work_folder"]

# Of these an upload is there as a whole or not at all, and a move would be a second copy.
_OBJECT_STORES = {"s3", "s3a", "gs", "gcs", "abfs", "abfss", "adl", "az", "oss", "oci", "hf"}
_PACKAGES = {
    "s3": "s3fs", "s3a": "s3fs", "gs": "gcsfs", "gcs": "gcsfs", "abfs": "adlfs", "abfss": "adlfs", "az": "adlfs",
    "adl": "adlfs", "oci": "ocifs", "oss": "ossfs", "hf": "huggingface_hub", "sftp": "paramiko", "ssh": "paramiko",
    "hdfs": "pyarrow", "webhdfs": "requests", "http": "aiohttp", "https": "aiohttp",
}  # fmt: skip


def far_or_path(place: str | Path) -> Path | Far:
    """A path of this machine, or what is at the address.

    Raises:
        BadRequest: when nothing knows such addresses.
        MissingDependency: when the package for them is missing.
    """
    text = str(place)
    if "://" not in text:
        return Path(place)
    if text.startswith("file://"):
        return Path(unquote(urlsplit(text).path))
    return Far(text)


def work_folder(out: Path | Far) -> Path:
    """Where the batch for these results keeps what it needs to go on: always a folder of this machine.

    Beside results by path; of an address in the user's cache folder, or in the one that SIGHTLINE_CACHE names.
    """
    if isinstance(out, Path):
        return out.with_name(out.name + ".work")
    own = os.environ.get("SIGHTLINE_CACHE")
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    folder = Path(own) if own else Path(base) / "sightline"
    digest = hashlib.sha256(out.address.encode()).hexdigest()[:16]
    return folder / "batches" / f"{out.name}.{digest}.work"


class Far:
    """A file or folder at an address.

    Raises:
        BadRequest: when nothing knows such addresses.
        MissingDependency: when the package for them is missing.
    """

    def __init__(self, address: str) -> None:
        self.address = address
        self._scheme = address.split("://")[0].rpartition("::")[2]
        try:
            import fsspec
        except ImportError as error:
            raise MissingDependency(f"reaching {address}", "fsspec", extra="batch") from error
        try:
            self._system, self._path = fsspec.core.url_to_fs(address)
        except ImportError as error:
            package = _PACKAGES.get(self._scheme, "another package")
            raise MissingDependency(f"reaching {self._scheme}:// addresses", package) from error
        except ValueError as error:
            raise BadRequest(f"{address} is no address that fsspec knows: {error}") from error

    def __str__(self) -> str:
        return self.address

    @property
    def name(self) -> str:
        return PurePosixPath(self._path).name

    def sibling(self, name: str) -> Far:
        """What lies beside it under that name."""
        return Far(f"{self.address.rpartition('/')[0]}/{name}")

    def exists(self) -> bool:
        """Whether something lies there. Raises BadRequest when the storage does not answer."""
        with self._asking(BadRequest, "cannot be reached"):
            return bool(self._system.exists(self._path))

    def is_folder(self) -> bool:
        """Whether it is a folder, which may be empty. Raises BadRequest when the storage does not answer."""
        with self._asking(BadRequest, "cannot be reached"):
            return bool(self._system.isdir(self._path))

    @contextmanager
    def opened(self) -> Iterator[IO[bytes]]:
        """The file for reading from any place in it. Raises BadRequest when it cannot be opened."""
        with self._asking(BadRequest, "cannot be read"):
            file = self._system.open(self._path, "rb")
        with file:
            yield file

    def fetch(self, copy: Path) -> None:
        """Copy the file to a path. Raises BadRequest when it cannot be read."""
        with self._asking(BadRequest, "cannot be read"):
            self._system.get_file(self._path, str(copy))

    def files(self) -> list[tuple[str, str]]:
        """All files of the folder and its subfolders, by name: each address, and the name from the folder."""
        with self._asking(BadRequest, "cannot be read"):
            found = sorted(self._system.find(self._path))
        root = self._path.rstrip("/")
        names = [str(path).removeprefix(root).lstrip("/") for path in found]
        return [(f"{self.address.rstrip('/')}/{name}", name) for name in names]

    def put(self, file: Path) -> None:
        """Make the file appear here, whole, in place of what was there. Raises OutputFailed when it cannot."""
        with self._asking(OutputFailed, "cannot be written"):
            self._system.makedirs(self._path.rpartition("/")[0] or "/", exist_ok=True)
            if self._scheme in _OBJECT_STORES:
                self._system.put_file(str(file), self._path)
                return
            folder, _, name = self._path.rpartition("/")
            beside = f"{folder}/.{name}.writing"
            try:
                self._system.put_file(str(file), beside)
                self._system.mv(beside, self._path)
            except BaseException:
                if self._system.exists(beside):
                    self._system.rm_file(beside)
                raise

    @contextmanager
    def _asking(self, kind: type[SightlineError], what: str) -> Iterator[None]:
        """Every kind of storage has errors of its own; here they become one."""
        try:
            yield
        except (SightlineError, KeyboardInterrupt):
            raise
        except Exception as error:
            raise kind(f"{self.address} {what}: {type(error).__name__}: {error}") from error
