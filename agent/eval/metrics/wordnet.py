"""WordNet (Miller, 1995, https://doi.org/10.1145/219717.219748), which knows what words mean, for WUPS and METEOR.

NLTK's reader reads it from where it lies: a folder that the variable WNSEARCHDIR of WordNet's own programs names,
NLTK's data, or the place where Linux distributions put it. Nothing is downloaded here.
"""

from __future__ import annotations

import io
import os
import warnings
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

from ....tools.errors import ExpertUnavailable, MissingDependency

__all__ = ["load_wordnet", "wordnet_or_none"]

_PACKAGED = Path("/usr/share/wordnet")  # of Debian's and Ubuntu's package wordnet-base
_LEXNAMES = "\n".join(f"{number:02d} file-{number} 0" for number in range(45))


def load_wordnet() -> Any:
    """NLTK's reader of WordNet: `synsets(word, pos)`, `morphy(word)` and the rest of its interface.

    Raises:
        MissingDependency: without NLTK.
        ExpertUnavailable: without WordNet itself; the text names the commands that fetch it.
    """
    return _reader(os.environ.get("WNSEARCHDIR"))


def wordnet_or_none() -> Any | None:
    """As `load_wordnet`, None without WordNet itself."""
    try:
        return load_wordnet()
    except ExpertUnavailable:
        return None


@cache
def _reader(named: str | None) -> Any:
    try:
        from nltk.corpus.reader.wordnet import WordNetCorpusReader
    except ImportError as error:
        raise MissingDependency("WordNet", "nltk", extra="eval") from error

    class Reader(WordNetCorpusReader):  # type: ignore[misc]  # NLTK has no types
        """Reads English alone, also where the database comes without the files that no measure asks for."""

        def open(self, file: str) -> Any:
            try:
                return super().open(file)
            except OSError:
                if file != "lexnames":  # the names of WordNet's source files, which distributions leave out
                    raise
                return io.StringIO(_LEXNAMES)

        def map_wn(self, version: str = "wordnet") -> None:
            """No mapping to other versions, which would need index.sense."""

    place = _place(named)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # that other languages are not there
            return Reader(place, None)
    except (OSError, ValueError, AssertionError, IndexError) as error:
        raise ExpertUnavailable(f"the WordNet in {place} cannot be read: {error}") from error


def _place(named: str | None) -> Any:
    """Where the database is, as NLTK takes it: a folder, or a place inside an archive."""
    import nltk

    if named and not (Path(named) / "data.noun").is_file():
        raise ExpertUnavailable(f"WNSEARCHDIR names {named}, and no WordNet is there: it needs data.noun")
    if not named:
        for name in ("corpora/wordnet", "corpora/wordnet.zip/wordnet/"):
            with suppress(LookupError):
                return nltk.data.find(name)
        if not (_PACKAGED / "data.noun").is_file():
            raise ExpertUnavailable(
                "this measure needs WordNet: fetch it with `python -m nltk.downloader wordnet` or `apt install "
                "wordnet-base`, or name the folder that holds data.noun in the variable WNSEARCHDIR"
            )
    place = str(Path(named or _PACKAGED).resolve())
    if place not in nltk.data.path:
        nltk.data.path.append(place)  # NLTK reads files of its data's folders alone
    return place
