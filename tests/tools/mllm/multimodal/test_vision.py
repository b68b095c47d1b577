"""Vision encoders: a token for each thing that is found, or for each cell of the picture."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from sightline.tools.mllm.detector.closer import CloserConfig, CloserLook
from sightline.tools.mllm.detector.config import NetConfig
from sightline.tools.mllm.detector.detector import Detector
from sightline.tools.mllm.detector.found import Found
from sightline.tools.mllm.detector.model import DetectorNet
from sightline.tools.mllm.multimodal.scene import MOST_SEEN, Scene
from sightline.tools.mllm.multimodal.vision import Grid, Objects, encoder_for, seen_in
from sightline.tools.mllm.scenes.stream import Recipe, sample
from sightline.tools.mllm.scenes.world import WORDS

from . import tiny

SMALL = NetConfig(
    stem=4, fine=4, middle=8, coarse=6, fine_blocks=0, middle_blocks=0, coarse_blocks=0, joined=4, hidden=5
)
CLOSER = CloserConfig(side=16, first=4, second=4, third=4, hidden=3)


@pytest.fixture(scope="module")
def detector():
    """Untrained, and so easily convinced that it finds things everywhere."""
    torch.manual_seed(0)
    return Detector(DetectorNet(SMALL), CloserLook(CLOSER), threshold=0.001)


@pytest.fixture(scope="module")
def pictures():
    return [sample(2, k, Recipe(width=96, height=64)).pixels for k in range(3)]


def found(place, box=(10.0, 20.0, 40.0, 60.0)):
    chances = {key: {word: float(word == words[0]) for word in words} for key, words in WORDS.items()}
    feature = np.full(5, place[0], np.float32)
    return Found(box=box, score=0.9, center=(25, 40), ground=place, depth=9.0, chances=chances, feature=feature)


PLACES = st.lists(st.tuples(st.floats(-4, 4, width=32), st.floats(5, 14, width=32)), min_size=1, max_size=20)


@settings(max_examples=40, deadline=None)
@given(PLACES)
def test_what_was_found_stands_from_left_to_right_beside_its_features(places):
    looked = seen_in([found(place) for place in places], 100, 80)
    strongest = sorted(places[:MOST_SEEN], key=lambda place: place[0])
    assert [thing.ground for thing in looked.scene.things] == strongest
    assert looked.features.shape == (len(strongest), 5)
    assert looked.features[:, 0].tolist() == [place[0] for place in strongest]
    for thing in looked.scene.things:
        assert thing.box == pytest.approx((0.1, 0.25, 0.4, 0.75))
        assert thing.attributes == {key: words[0] for key, words in WORDS.items()}


def test_each_found_thing_is_a_token_of_both_networks_features(detector, pictures):
    encoder = Objects(detector)
    assert encoder.width == SMALL.hidden + CLOSER.hidden
    looked = encoder.look(pictures)
    for pixels, one in zip(pictures, looked, strict=True):
        things = detector.detect(pixels)
        assert len(one.scene.things) == min(len(things), MOST_SEEN) > 0
        assert one.features.shape == (len(one.scene.things), encoder.width)
    groups = [looked[:1], looked[1:]]
    visual = encoder.visual(groups)
    assert visual.content.shape[2] == encoder.width
    assert visual.present.sum(1).tolist() == [sum(len(one.scene.things) for one in group) for group in groups]
    features = torch.cat([one.features for one in looked])
    assert torch.equal(visual.content[visual.present], features)


def test_without_a_second_look_features_are_the_first_networks(detector):
    assert Objects(Detector(detector.net)).width == SMALL.hidden


def test_where_nothing_is_found_the_token_is_absent(detector):
    encoder = Objects(Detector(detector.net, detector.closer, threshold=0.99))
    looked = encoder.look([np.zeros((48, 64, 3), np.uint8)] * 2)
    assert [one.scene for one in looked] == [Scene(())] * 2
    visual = encoder.visual([looked, looked[:1]])
    assert visual.content.shape == (2, 1, encoder.width)
    assert not visual.present.any()
    net = tiny.model(features=encoder.width)
    assert torch.isfinite(net.seen(visual)).all()


@pytest.mark.parametrize(("rows", "columns"), [(2, 3), (1, 1), (3, 2)])
def test_each_cell_of_a_grid_is_a_token_in_its_place(rows, columns, detector, pictures):
    encoder = Grid(detector, rows, columns)
    looked = encoder.look(pictures)
    cells = rows * columns
    for one in looked:
        assert one.features.shape == (cells, encoder.width) == (cells, SMALL.coarse)
        assert one.scene == Scene(())
    visual = encoder.visual([looked[:2], looked[2:]])
    assert visual.content.shape == (2, 2 * cells, encoder.width)
    assert visual.present.tolist() == [[True] * 2 * cells, [True] * cells + [False] * cells]
    assert torch.equal(visual.content[0], torch.cat([one.features for one in looked[:2]]))
    assert visual.pictures[0].tolist() == [0] * cells + [1] * cells
    assert (visual.pointers == -1).all()
    boxes = (visual.geometry[0, :cells, :4] + 1) / 2
    expected = [
        (column / columns, row / rows, (column + 1) / columns, (row + 1) / rows)
        for row in range(rows)
        for column in range(columns)
    ]
    assert torch.allclose(boxes, torch.tensor(expected), atol=1e-6)
    assert not visual.geometry[..., 4:].any()
    assert not visual.geometry[1, cells:].any()
    assert not visual.content[1, cells:].any()


def test_a_cell_is_the_mean_of_its_part_of_the_map(detector):
    pixels = np.zeros((256, 320, 3), np.uint8)  # whose map is 16 by 20
    pixels[:, 160:] = 200
    (one,) = Grid(detector, 2, 2).look([pixels])
    (features,) = detector.maps([pixels])
    for cell, (row, column) in enumerate(((0, 0), (0, 1), (1, 0), (1, 1))):
        part = features[:, 8 * row : 8 * row + 8, 10 * column : 10 * column + 10]
        assert torch.allclose(one.features[cell], part.mean((1, 2)), atol=1e-5)
    assert not torch.allclose(one.features[0], one.features[1])


@pytest.mark.parametrize("kind", [Objects, lambda detector: Grid(detector, 2, 2)])
def test_a_picture_is_seen_the_same_alone_and_among_others(kind, detector, pictures):
    encoder = kind(detector)
    for alone, one in zip([encoder.look([pixels])[0] for pixels in pictures], encoder.look(pictures), strict=True):
        assert len(alone.scene.things) == len(one.scene.things)
        assert torch.allclose(alone.features, one.features, atol=1e-4)


def test_the_configuration_names_the_encoder(detector):
    assert isinstance(encoder_for(tiny.config(vision="objects"), detector), Objects)
    grid = encoder_for(tiny.config(vision="grid", grid=(3, 4)), detector)
    assert isinstance(grid, Grid)
    assert (grid.rows, grid.columns) == (3, 4)


def test_no_pictures_are_nothing_seen(detector):
    assert Objects(detector).look([]) == []
    assert Grid(detector, 1, 1).look([]) == []
