import asyncio

from keyreeve.enforcement.deadline import Deadline


def test_it_expires_once_and_setting_it_again_does_not_move_it() -> None:
    async def run() -> list[str]:
        expired: list[str] = []
        deadline = Deadline(asyncio.get_running_loop(), lambda: expired.append("late"))
        deadline.set(0.05)
        deadline.set(60)
        await asyncio.sleep(0.15)
        return expired

    assert asyncio.run(run()) == ["late"]


def test_a_cleared_one_never_comes_and_can_be_set_anew() -> None:
    async def run() -> list[str]:
        expired: list[str] = []
        deadline = Deadline(asyncio.get_running_loop(), lambda: expired.append("late"))
        deadline.set(0.02)
        deadline.clear()
        deadline.clear()
        await asyncio.sleep(0.05)
        assert not expired
        deadline.set(0.02)
        await asyncio.sleep(0.05)
        return expired

    assert asyncio.run(run()) == ["late"]
