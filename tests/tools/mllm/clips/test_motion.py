"""Things on a table obey their laws: friction stops them, hits hand speed over, nothing overlaps."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sightline.tools.mllm.clips.motion import Kick, friction, girth, simulate
from sightline.tools.mllm.scenes.world import Thing

TIMES = np.arange(0, 6, 0.05)


def thing(x=0.0, y=0.0, shape="cylinder", size="large", material="rubber"):
    return Thing(shape=shape, size=size, color="red", material=material, x=x, y=y)


def test_nothing_moves_that_is_not_kicked():
    motion = simulate([thing(), thing(2.0)], [], TIMES)
    assert (motion.poses == motion.poses[0]).all()
    assert motion.contacts == ()


@settings(max_examples=15, deadline=None)
@given(st.sampled_from(["cube", "cylinder", "sphere"]), st.floats(0.5, 2.0), st.floats(0, 6.28))
def test_a_kicked_thing_goes_straight_as_far_as_friction_lets_it(shape, speed, angle):
    one = thing(shape=shape)
    kick = Kick(thing=0, time_s=0.5, velocity=(speed * np.cos(angle), speed * np.sin(angle)))
    times = np.arange(0, 8, 0.1)
    motion = simulate([one], [kick], times)
    way = motion.poses[-1, 0, :2]
    assert np.hypot(*way) == pytest.approx(speed**2 / (2 * friction(one)), rel=0.05, abs=0.01)
    assert np.hypot(way[0] - np.hypot(*way) * np.cos(angle), way[1] - np.hypot(*way) * np.sin(angle)) < 1e-6
    assert motion.speeds[-1, 0] == 0
    assert (motion.speeds[times < 0.45, 0] == 0).all()


def test_a_head_on_hit_between_equals_hands_the_speed_over():
    pair = [thing(shape="sphere"), thing(1.6, shape="sphere")]
    motion = simulate(pair, [Kick(thing=0, time_s=0, velocity=(2.0, 0.0))], np.arange(0, 2, 0.01))
    (contact,) = motion.contacts
    assert contact.things == (0, 1)
    after = np.searchsorted(np.arange(0, 2, 0.01), contact.time_s) + 1
    assert motion.speeds[after, 1] > 8 * motion.speeds[after, 0]
    assert motion.speeds[after].sum() == pytest.approx(contact.speed, rel=0.05)


@settings(max_examples=15, deadline=None)
@given(
    st.lists(st.tuples(st.floats(-2, 2), st.floats(-2, 2)), min_size=4, max_size=4),
    st.sampled_from(["metal", "rubber"]),
)
def test_things_never_end_up_inside_each_other(velocities, material):
    spots = [(-1.5, -1.5), (1.5, -1.5), (-1.5, 1.5), (1.5, 1.5)]
    group = [thing(x, y, size="large" if k % 2 else "small", material=material) for k, (x, y) in enumerate(spots)]
    kicks = [Kick(thing=k, time_s=0.0, velocity=v) for k, v in enumerate(velocities)]
    motion = simulate(group, kicks, TIMES)
    for a in range(4):
        for b in range(a):
            gap = np.hypot(*(motion.poses[:, a, :2] - motion.poses[:, b, :2]).T)
            assert gap.min() > girth(group[a]) + girth(group[b]) - 0.05


def test_a_small_thing_barely_moves_a_large_heavy_one():
    group = [thing(size="small"), thing(1.5, material="metal")]
    motion = simulate(group, [Kick(thing=0, time_s=0, velocity=(3.0, 0.0))], np.arange(0, 3, 0.02))
    assert len(motion.contacts) == 1
    assert motion.poses[-1, 1, 0] - 1.5 < 0.2
    assert motion.poses[-1, 0, 0] < 1.5 - girth(group[0]) - girth(group[1])
