"""WordNet is read from wherever it lies, and the measures that ask it count by hand on a small one."""

import gc
import shutil
import warnings
from pathlib import Path

import pytest
from tests.support.wordnet_files import write_wordnet

from sightline.agent.eval.metrics import wordnet as places
from sightline.agent.eval.metrics.meanings import OpenAnswers, of_wordnet, wups
from sightline.agent.eval.metrics.texts import knows_synonyms, meteor
from sightline.agent.eval.metrics.wordnet import load_wordnet
from sightline.tools.errors import ExpertUnavailable

nltk = pytest.importorskip("nltk")
REAL = Path("/usr/share/wordnet")


def forget():
    """Drop every WordNet that is open; NLTK leaves its files to the garbage collector."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        places._reader.cache_clear()
        gc.collect()


@pytest.fixture(autouse=True)
def nowhere(tmp_path, monkeypatch):
    """No WordNet of this machine is found."""
    monkeypatch.delenv("WNSEARCHDIR", raising=False)
    monkeypatch.setattr(nltk.data, "path", [str(tmp_path / "nltk_data")])
    monkeypatch.setattr(places, "_PACKAGED", tmp_path / "packaged")
    forget()
    yield tmp_path
    forget()


@pytest.fixture
def small(nowhere, monkeypatch):
    monkeypatch.setenv("WNSEARCHDIR", str(write_wordnet(nowhere / "small")))


@pytest.mark.parametrize("place", ["nltk_data/corpora/wordnet", "packaged"])
def test_it_is_found_where_nltk_and_where_distributions_put_it(nowhere, place):
    write_wordnet(nowhere / place)
    assert [meaning.name() for meaning in load_wordnet().synsets("automobile")] == ["car.n.01"]


def test_it_is_found_in_nltks_archive(nowhere):
    write_wordnet(nowhere / "made" / "wordnet")
    shutil.make_archive(str(nowhere / "nltk_data" / "corpora" / "wordnet"), "zip", nowhere / "made", "wordnet")
    assert load_wordnet().morphy("children", "n") == "child"


def test_without_it_the_commands_that_fetch_it_are_named(nowhere, monkeypatch):
    with pytest.raises(ExpertUnavailable, match=r"python -m nltk.downloader wordnet` or `apt install wordnet-base"):
        load_wordnet()
    monkeypatch.setenv("WNSEARCHDIR", str(nowhere))
    with pytest.raises(ExpertUnavailable, match="WNSEARCHDIR names"):
        load_wordnet()


def test_a_damaged_one_is_a_typed_error(nowhere, monkeypatch):
    folder = write_wordnet(nowhere / "small")
    (folder / "index.noun").unlink()
    monkeypatch.setenv("WNSEARCHDIR", str(folder))
    with pytest.raises(ExpertUnavailable, match="cannot be read"):
        load_wordnet()


def test_nearness_is_wu_and_palmers(small):
    near = of_wordnet()
    # entity stands 1 deep, animal and artifact 2, the others 3: twice the depth of what both are, over both depths
    assert near("dog", "cat") == pytest.approx(2 * 2 / (3 + 3))
    assert near("dog", "animal") == pytest.approx(2 * 2 / (3 + 2))
    assert near("dog", "car") == pytest.approx(2 * 1 / (3 + 3))
    assert near("car", "automobile") == 1
    assert near("dog", "zzz") == 0
    assert wups("dog", ["cat"], near) == pytest.approx(2 / 3)
    assert wups("dog", ["cat"], near, threshold=0.9) == pytest.approx(2 / 30)
    assert wups("automobile", ["car"], near, threshold=0.9) == 1


def test_open_answers_are_compared_in_base_forms_without_grammar(small):
    judge = OpenAnswers()
    assert judge.words("The children ran on it!") == ["child", "run", "on"]
    assert judge.score("the kids", ["children"], threshold=0.9) == 1
    assert judge.score("a dog", ["cats"]) == pytest.approx(2 / 3)
    # "zzz" is near to nothing and does not count; "dog" is two thirds of a cat
    assert judge.score("dog zzz", ["cat"]) == pytest.approx(2 / 3)
    assert judge.score("dogs", ["car", "cat"]) == pytest.approx(2 / 3)
    assert judge.score("", ["cat"]) == judge.score("zzz", ["cat"]) == 0
    assert (judge.score("a dog", ["cat"], literal=True), judge.score("Cats", ["a cat"], literal=True)) == (0, 1)


def test_meteor_knows_synonyms_where_wordnet_is(small):
    assert knows_synonyms()
    # both words match, one by meaning, in one chunk: the penalty is 0.5 * (1 / 2) ** 3
    assert meteor(["red automobile"], [["red car"]]) == pytest.approx(1 - 0.5 / 8)
    assert meteor(["red cars"], [["red automobiles"]]) == pytest.approx(1 - 0.5 / 8)


def test_meteor_without_it_counts_forms_and_stems_alone():
    assert not knows_synonyms()
    # one of two words matches: precision and recall are a half, the penalty 0.5
    assert meteor(["red automobile"], [["red car"]]) == pytest.approx(0.5 * 0.5)


@pytest.mark.slow
@pytest.mark.skipif(not (REAL / "data.noun").is_file(), reason="needs the package wordnet-base")
def test_the_published_database_gives_the_published_value(monkeypatch):
    monkeypatch.setattr(places, "_PACKAGED", REAL)
    dog, cat = (load_wordnet().synset(name) for name in ("dog.n.01", "cat.n.01"))
    assert dog.wup_similarity(cat) == pytest.approx(6 / 7)  # as in NLTK's documentation
    assert OpenAnswers().score("it is a dog", ["the cats"]) == pytest.approx(6 / 7)
