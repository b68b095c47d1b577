"""A model is fitted to other features: its connector says of the new ones what it said of the old ones."""

import json
from dataclasses import replace

import pytest
import torch

from sightline.tools.errors import BadRequest
from sightline.tools.mllm.multimodal.connector import projection
from sightline.tools.mllm.multimodal.reproject import fitted, main, paired
from sightline.tools.mllm.multimodal.sights import Sight, Sights, _packed

from . import tiny

CHANGE = torch.randn(6, 6, generator=torch.Generator().manual_seed(5))


def seen(number: int, change: torch.Tensor | None = None) -> Sight:
    """A picture as one encoder saw it, or as another did whose features are those of the first, changed."""
    truth = tiny.scene(number)
    features = torch.randn(len(truth.things), 6, generator=torch.Generator().manual_seed(number))
    letters = (torch.randn(3, 6, generator=torch.Generator().manual_seed(number + 900)),)
    if change is not None:
        features, letters = features @ change, tuple(one @ change for one in letters)
    return Sight(truth, features, truth, letters)


def kept(folder, numbers, change=None):
    """A folder of sights as looking leaves it."""
    for kind in ("stills", "prints"):
        (folder / kind).mkdir(parents=True)
        torch.save([[_packed(seen(number, change))] for number in numbers], folder / kind / "00000.pt")
    return folder


def test_things_and_letters_are_paired_by_the_pictures_that_are_in_both(tmp_path):
    before = Sights.load(kept(tmp_path / "before", [1, 2, 3]) / "stills")
    after = Sights.load(kept(tmp_path / "after", [7, 3, 1], CHANGE) / "stills")
    (old, new), (glyphs, others) = paired(before, after)
    both = [seen(number) for number in (3, 1)]
    assert torch.allclose(old, torch.cat([one.features for one in both]), atol=2e-3)
    assert torch.allclose(new, old @ CHANGE, atol=2e-2)
    assert glyphs.shape == others.shape == (6, 6)


def test_letters_of_words_read_differently_are_left_out(tmp_path):
    one = seen(1)
    shorter = replace(one, letters=(one.letters[0][:2],))
    _, (glyphs, _) = paired(Sights([[_packed(one)]]), Sights([[_packed(shorter)]]))
    assert len(glyphs) == 0


@pytest.mark.parametrize("level", [False, True])
@pytest.mark.parametrize("kind", ["linear", "mlp"])
def test_a_fitted_projection_says_of_changed_features_what_the_old_one_said(kind, level):
    torch.manual_seed(1)
    before = projection(kind, 6, 32, 8, level=level)
    old = torch.randn(600, 6)
    after, left = fitted(before, (old, old @ CHANGE), steps=400)
    assert left < (0.5 if level else 0.05)  # a norm of so few features loses some of what another norm keeps
    with torch.inference_mode():
        wrong, right = (net(old @ CHANGE) - before(old) for net in (before, after))
    assert right.square().mean() < wrong.square().mean() / 4


def test_of_too_few_pairs_nothing_is_learned():
    with pytest.raises(BadRequest, match="look at the same pictures"):
        fitted(projection("mlp", 6, 8, 8), (torch.zeros(3, 6), torch.zeros(3, 6)))


def test_the_command_leaves_weights_that_differ_in_the_projections_alone(tmp_path, capsys):
    net = tiny.model(3, letters=6)
    stage = tmp_path / "run" / "instruct"
    stage.mkdir(parents=True)
    torch.save(net.state_dict(), stage / "model.pt")
    (stage / "config.json").write_text(json.dumps({"facts": {"config": net.config.plain()}}))
    kept(tmp_path / "before", range(12))
    kept(tmp_path / "after", range(12), CHANGE)
    command = ["--run", str(tmp_path / "run"), "--before", str(tmp_path / "before"), "--out", str(tmp_path / "new.pt")]
    assert main([*command, "--after", str(tmp_path / "after")]) == 0
    told = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [one["part"] for one in told] == ["project", "glyph"]
    new = torch.load(tmp_path / "new.pt")
    changed = {name.split(".")[1] for name, value in net.state_dict().items() if not torch.equal(value, new[name])}
    assert changed == {"project", "glyph"}
    assert main([*command, "--after", str(tmp_path / "nowhere")]) == 2
    assert main([*command[:1], str(tmp_path / "none"), *command[2:], "--after", str(tmp_path / "after")]) == 2
    assert "does not hold a finished" in capsys.readouterr().err
