"""What other processes make in advance is what would be made here, in order."""

from itertools import islice

import pytest
import torch

from sightline.tools.mllm.training.ahead import ahead


def squares(number):
    return [torch.full((3,), number**2)]


def failing(number):
    if number == 5:
        raise ValueError("nothing is made of 5")
    return number


@pytest.mark.parametrize("workers", [0, 1, 2])
@pytest.mark.parametrize("start", [0, 7])
def test_things_come_in_order_for_any_number_of_processes(workers, start):
    made = islice(ahead(squares, start, workers=workers), 6)
    assert [one[0][0].item() for one in made] == [number**2 for number in range(start, start + 6)]


@pytest.mark.parametrize("workers", [0, 2])
def test_a_failure_comes_with_its_reason(workers):
    made = ahead(failing, 3, workers=workers)
    assert [next(made), next(made)] == [3, 4]
    with pytest.raises(ValueError, match="nothing is made of 5"):
        next(made)


def test_things_can_be_left_unmade():
    made = ahead(squares, workers=2)
    next(made)
    made.close()
