"""The protocol holds over all interleavings and crashes; orders that only look right do not."""

import pytest

from judge import freshness_model
from judge.freshness_model import Broken, Order

BY_ITSELF = 0
"""A writer who changes something else than the subject."""


@pytest.mark.parametrize(
    ("writers", "decisions"),
    [((1,), (2, 2)), ((1,), (3, 1)), ((1, 2), (2,)), ((1, BY_ITSELF), (2,))],
)
def test_the_protocol_keeps_its_promise(
    writers: tuple[int, ...], decisions: tuple[int, ...]
) -> None:
    explored = freshness_model.explore(
        freshness_model.world(*writers, decisions=decisions), Order.RIGHT
    )

    assert explored.states > 50_000
    assert explored.decisions > 10_000


@pytest.mark.hunt
@pytest.mark.parametrize(
    ("writers", "decisions"), [((1,), (1, 1, 1)), ((1, 2), (1, 1)), ((1, BY_ITSELF), (1, 1))]
)
def test_the_protocol_keeps_its_promise_in_larger_worlds(
    writers: tuple[int, ...], decisions: tuple[int, ...]
) -> None:
    world = freshness_model.world(*writers, decisions=decisions)

    assert freshness_model.explore(world, Order.RIGHT).states > 900_000


@pytest.mark.parametrize("order", [order for order in Order if order is not Order.RIGHT])
def test_every_wrong_order_is_found_out(order: Order) -> None:
    with pytest.raises(Broken):
        freshness_model.explore(freshness_model.world(1, decisions=(2, 1)), order)


def test_to_commit_before_counting_breaks_the_promise_by_a_crash() -> None:
    world = freshness_model.world(1, decisions=(2,))

    told = _story(world, Order.COMMIT_THEN_COUNT, ignoring="I1")

    assert "die" in told
    assert told.endswith("the promise is broken")


def test_to_stamp_with_the_counter_breaks_the_promise_without_a_crash() -> None:
    world = freshness_model.world(1, decisions=(2,))
    sturdy = world._replace(writers=tuple(w._replace(lives=0) for w in world.writers))

    told = _story(sturdy, Order.STAMP_WITH_COUNTER, ignoring="I2")

    assert "die" not in told
    assert told.endswith("the promise is broken")


def _story(world: freshness_model.State, order: Order, *, ignoring: str) -> str:
    """Return the steps that break the promise itself, past the invariant broken before."""
    with pytest.raises(Broken) as broken:
        freshness_model.explore(world, order, ignoring=ignoring)
    return str(broken.value)
