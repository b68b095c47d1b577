"""Every published measure against values that were worked out by hand."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sightline.agent.eval.metrics.boxes import Found, average_precision, iou, mean_average_precision, share_at
from sightline.agent.eval.metrics.choices import chosen
from sightline.agent.eval.metrics.meanings import wups
from sightline.agent.eval.metrics.ranking import mean_average_precision as ranked_map
from sightline.agent.eval.metrics.ranking import recall_at
from sightline.agent.eval.metrics.texts import bleu, character_error_rate, cider, meteor, word_error_rate
from sightline.agent.eval.metrics.vqa import normalised, soft_accuracy
from sightline.tools.errors import BadRequest

# -- VQA --


@pytest.mark.parametrize(
    ("answer", "plain"),
    [
        ("Two", "2"),
        ("none", "0"),
        ("the red one.", "red 1"),
        ("An apple", "apple"),
        ("dont know", "don't know"),
        ("3.5", "3.5"),
        ("1,000", "1000"),
        ("black/white", "black white"),
        ("black / white", "black white"),
        ("yes, it is!", "yes it is"),
        ("T-shirt", "t shirt"),
        (" yes\n", "yes"),
        ("", ""),
    ],
)
def test_answers_are_compared_without_what_does_not_matter(answer, plain):
    assert normalised(answer) == plain


@given(st.text(max_size=30))
def test_what_is_normalised_stays_free_of_articles_and_marks(text):
    words = normalised(text).split()
    assert not {"a", "an", "the"} & set(words)
    assert not set(";!?[]") & set("".join(words))


@pytest.mark.parametrize(
    ("agree", "accuracy"),
    # of ten people n said so. One of those n is left out n times, when n - 1 others did; else n did.
    [(0, 0.0), (1, 0.9 / 3), (2, (2 * 1 + 8 * 2) / 30), (3, (3 * 2 + 7 * 3) / 30), (4, 1.0), (10, 1.0)],
)
def test_an_answer_counts_by_how_many_people_gave_it(agree, accuracy):
    answers = ["red"] * agree + [f"other {k}" for k in range(10 - agree)]
    assert soft_accuracy("Red.", answers) == pytest.approx(accuracy)


def test_one_persons_answer_is_all_or_nothing_and_nobodys_is_refused():
    assert (soft_accuracy("two", ["2"]), soft_accuracy("3", ["2"])) == (1.0, 0.0)
    with pytest.raises(BadRequest):
        soft_accuracy("x", [])


# -- boxes --


@pytest.mark.parametrize(
    ("one", "other", "overlap"),
    [
        ((0, 0, 10, 10), (0, 0, 10, 10), 1.0),
        ((0, 0, 10, 10), (5, 0, 15, 10), 50 / 150),
        ((0, 0, 10, 10), (5, 5, 15, 15), 25 / 175),
        ((0, 0, 10, 10), (10, 0, 20, 10), 0.0),
        ((0, 0, 10, 10), (20, 20, 30, 30), 0.0),
        ((0, 0, 4, 4), (1, 1, 3, 3), 4 / 16),
        ((3, 3, 3, 3), (0, 0, 9, 9), 0.0),
        (None, (0, 0, 9, 9), 0.0),
    ],
)
def test_overlap_is_shared_over_joint_area(one, other, overlap):
    assert iou(one, other) == pytest.approx(overlap)
    assert iou(other, one) == pytest.approx(overlap)


def test_shares_count_the_threshold_itself():
    assert share_at([0.5, 0.49, 0.7, 0.9], 0.5) == 0.75
    assert share_at([0.5, 0.49, 0.7, 0.9], 0.7) == 0.5
    assert share_at([], 0.5) == 0


def test_average_precision_of_a_worked_case():
    true = [Found("a", "cat", (0, 0, 10, 10)), Found("b", "cat", (0, 0, 10, 10))]
    found = [
        Found("a", "cat", (0, 0, 10, 10), 0.9),  # right: precision 1, recall 1/2
        Found("a", "cat", (0, 0, 10, 9), 0.8),  # the same one again: wrong
        Found("b", "cat", (0, 0, 10, 10), 0.7),  # right: precision 2/3, recall 1
    ]
    assert average_precision(found, true) == pytest.approx(0.5 * 1 + 0.5 * 2 / 3)
    assert average_precision([], true) == 0
    dogs = [Found("a", "dog", (0, 0, 4, 4))]
    assert mean_average_precision(found, true + dogs) == pytest.approx((0.5 + 1 / 3) / 2)
    # at 0.95 the second box of "a" would fail anyway; nothing changes for exact boxes
    assert mean_average_precision(found, true, thresholds=(0.5, 0.95)) == pytest.approx(0.5 + 1 / 3)


# -- choices --


@pytest.mark.parametrize(
    ("said", "index"),
    [
        ("Red", 0),
        ("red.", 0),
        ("B", 1),
        ("(b)", 1),
        ("option C", 2),
        ("1", 1),
        ("7", None),
        ("It is the dark blue one", 1),
        ("red or green", None),
        ("yellow", None),
        ("", None),
    ],
)
def test_the_option_is_found_that_an_answer_means(said, index):
    assert chosen(said, ["red", "dark blue", "green"]) == index


def test_an_option_that_is_a_letter_or_number_is_itself():
    assert chosen("2", ["3", "2", "1"]) == 1
    assert chosen("b", ["b", "a"]) == 0


# -- WUPS --


def nearness(one, other):
    return {frozenset(("cat", "dog")): 0.8, frozenset(("cat", "car")): 0.3}.get(frozenset((one, other)), 0.0)


def test_wups_of_worked_cases():
    assert wups("cat", ["cat"], nearness) == 1
    assert wups("cat", ["dog"], nearness) == pytest.approx(0.8)
    assert wups("cat", ["dog"], nearness, threshold=0.9) == pytest.approx(0.08)
    assert wups("cat", ["car", "dog"], nearness) == pytest.approx(0.8)  # the better of two right answers
    # each word of the one takes its nearest of the other; the worse direction counts
    assert wups("cat", ["cat dog"], nearness) == pytest.approx(min(1.0, 1.0 * 0.8))
    assert wups("cat car", ["cat dog"], nearness) == pytest.approx(min(1 * 0.3, 1 * 0.8))
    assert wups("", ["cat"], nearness) == 0


# -- texts --


def test_bleu_of_a_worked_case():
    pytest.importorskip("sacrebleu")
    assert bleu(["a red cube is left of it"], [["a red cube is left of it"]]) == pytest.approx(1)
    # 7 of 8 words, 5 of 7 pairs, 3 of 6 triples and 2 of 5 fours are right; of the same length, so no penalty
    given, right = "the cat sat on the mat at home", "the cat lay on the mat at home"
    grams = [[tuple(t.split()[k : k + n]) for k in range(9 - n)] for t in (given, right) for n in (1, 2, 3, 4)]
    hits = [sum(g in grams[4 + n] for g in grams[n]) for n in range(4)]
    assert hits == [7, 5, 3, 2]
    expected = math.prod(hit / (8 - n) for n, hit in enumerate(hits)) ** 0.25
    assert bleu([given], [[right]]) == pytest.approx(expected)
    assert bleu([given], [[right, given]]) == pytest.approx(1)


def test_meteor_of_a_worked_case():
    pytest.importorskip("nltk")
    # three of three words match in one chunk: the penalty is 0.5 * (1 / 3) ** 3
    assert meteor(["red cubes roll"], [["red cube rolls"]]) == pytest.approx(1 - 0.5 / 27)
    assert meteor(["zzz"], [["red cube"]]) == 0


def test_cider_of_worked_cases():
    # Two pictures: words of one alone weigh log 2, those of both nothing. A text like its answer has cosine 1 at each
    # length that it has n-grams of; of four words all four lengths.
    answers = [["red cube rolls away"], ["blue ball stands still"]]
    assert cider(["red cube rolls away", "blue ball stands still"], answers) == pytest.approx(10)
    assert cider(["red cube rolls away", "zzz"], answers) == pytest.approx(5)
    # words alone in common, 2 of 4: cosine 1/2 at n = 1, "red cube" 1/3 at n = 2, nothing longer
    assert cider(["red cube stays here", "zzz"], answers) == pytest.approx(10 * (1 / 2 + 1 / 3) / 4 / 2)
    # the right start, half as long: cosine sqrt(2)/2 at n = 1, 1/sqrt(3) at n = 2, less for the length
    short = (math.sqrt(2 / 4) + math.sqrt(1 / 3)) / 4 * math.exp(-4 / 72)
    assert cider(["red cube", "zzz"], answers) == pytest.approx(10 * short / 2)
    assert cider(["red"], [["red"]]) == 0  # a word that is everywhere tells nothing


def test_error_rates_of_worked_cases():
    pytest.importorskip("jiwer")
    # one changed and one missing of eight words; case and marks do not count
    assert word_error_rate(["The red cube", "is left of it"], ["the blue cube!", "is left of it now"]) == 2 / 8
    assert character_error_rate(["abd"], ["abcd"]) == 1 / 4
    with pytest.raises(BadRequest, match="words"):
        word_error_rate(["x"], ["!"])


@pytest.mark.parametrize("measure", [bleu, meteor, cider])
def test_measures_of_texts_refuse_what_does_not_pair(measure):
    for given_texts, answers in (([], []), (["a"], []), (["a"], [[]])):
        with pytest.raises(BadRequest):
            measure(given_texts, answers)


# -- rankings --


def test_recall_and_precision_of_rankings_by_hand():
    ranked, wanted = [["a", "b", "c", "d"], ["x", "y"]], [{"a", "d"}, {"z"}]
    assert recall_at(1, ranked, wanted) == (1 / 2 + 0) / 2
    assert recall_at(4, ranked, wanted) == (1 + 0) / 2
    assert ranked_map(ranked, wanted) == ((1 / 1 + 2 / 4) / 2 + 0) / 2
    for bad in ((ranked, wanted[:1]), ([["a", "a"]], [{"a"}]), ([["a"]], [set()])):
        with pytest.raises(BadRequest):
            recall_at(1, *bad)
    with pytest.raises(BadRequest):
        recall_at(0, ranked, wanted)
