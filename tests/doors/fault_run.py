"""One run of all fault points on one engine, in a process of its own; prints what came of it."""

import asyncio
import json
import logging
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import sqlalchemy as sa

from doors.faults import Faults, table

FAULTS = Faults()
KINDS: tuple[Any, ...] = (
    lambda: OSError(5, "injected"),
    lambda: sa.exc.OperationalError("injected", {}, Exception("injected")),
    lambda: RuntimeError("injected"),
    lambda: MemoryError("injected"),
    lambda: TimeoutError("injected"),
)
MEMORIES = ("judge.subjects", "judge.freshness", "judge.shortcut")
"""A fault in one of these might leave something in it that no change takes out again."""
FEW = 2
TRIES = 2
"""How often each point fails at each door, for calls that may pass, and for calls that may not."""
WARM = 3
"""Calls after which a judge remembers what he can."""


class Run:
    """Every scene at every door, with every point on the way failing in turn."""

    def __init__(self, stage: Any, *, lenient: bool, few: bool, often: bool) -> None:
        self._stage = stage
        self._lenient = lenient
        self._scenes = stage.scenes()[: FEW if few else None]
        self._pool = ThreadPoolExecutor(1)
        self._kind = 0
        self._often = often
        self._tried: Counter[tuple[str, bool, bool, int]] = Counter()
        self.missed = 0
        """Faults that no call came to any more."""
        self.reached: set[int] = set()
        self.wrong: list[str] = []
        self.scenes: Counter[str] = Counter()

    async def all(self) -> None:
        from doors.fault_doors import GateDoor, GuardDoor  # noqa: PLC0415 - only after `install`

        makes: dict[str, Any] = {
            "guard": lambda judge, **_: GuardDoor(judge),
            "gate": lambda judge, signed: GateDoor(judge, self._pool, signed=signed),
        }
        asyncio.get_running_loop().set_exception_handler(lambda *_: None)
        for scene in self._scenes:
            for name in ("guard",) if scene.guard_only else ("guard", "gate"):
                await self._play(scene, f"{name}, {scene.name}", makes[name])

    async def _play(self, scene: Any, title: str, make: Any) -> None:
        """Fail at the first point, then at the second, until there are no more of them."""
        door = await self._made(scene, make)
        await self._rehearse(scene, title, door)  # some things are computed once for all
        if scene.cold:
            door = await self._made(scene, make, door)
        passed = await self._rehearse(scene, title, door)
        for number in self._chosen(scene, title, passed):
            for kind in self._kinds(passed[number]):
                if scene.cold:
                    door = await self._made(scene, make, door)
                await self._fail(scene, title, door, number, kind)
        _close(door)

    async def _made(self, scene: Any, make: Any, old: Any = None) -> Any:
        """Return a door before a judge who remembers nothing, or else all he can."""
        _close(old)
        FAULTS.arm(0, None)
        judge = self._stage.judge(scene)
        door = make(_lenient(judge) if self._lenient else judge, signed=scene.signed)
        FAULTS.is_over = lambda: door.decided
        if not scene.cold:
            for _ in range(WARM):
                await door.ask(scene.call())
        return door

    async def _rehearse(self, scene: Any, title: str, door: Any) -> list[int]:
        """Return the points that a call passes when nothing fails."""
        call = await self._prepared(scene, door)
        FAULTS.arm(0, None)
        said = await door.ask(call)
        if said.let_through is not scene.allowed:
            self.wrong.append(f"{title}: {said} when nothing fails")
        return FAULTS.passed

    async def _prepared(self, scene: Any, door: Any) -> Any:
        scene.before()
        if scene.between is not None:
            await door.ask(scene.call())
            scene.between()
        return scene.call()

    def _kinds(self, point: int) -> tuple[Any, ...]:
        """Return what is raised there: at an await everything, elsewhere one after the other."""
        if FAULTS.points[point].text.startswith("await "):
            return (*KINDS, asyncio.CancelledError)
        self._kind += 1
        return (KINDS[self._kind % len(KINDS)],)

    async def _fail(self, scene: Any, title: str, door: Any, number: int, kind: Any) -> None:
        """Fail once; nothing is let through by it, and whoever calls next is judged as ever."""
        call = await self._prepared(scene, door)
        FAULTS.arm(number, kind)
        try:
            said = await door.ask(call)
        except Exception as hung:  # noqa: BLE001 - told
            self.wrong.append(f"{title}: {self._where(number)}: {hung!r}")
            return
        where, fired = self._where(number), FAULTS.fired
        self.reached.update(FAULTS.passed[number : number + 1])
        self.scenes[title] += fired
        FAULTS.arm(0, None)
        if not fired:
            # Now and then a call does more than others: every 256th change trims a list.
            self.missed += 1
        elif said.let_through or 0 < said.status < 400:
            self.wrong.append(f"{title}: {where}: {said}")
        if scene.allowed:
            await self._go_on(scene, f"{title}: {where}", door)

    async def _go_on(self, scene: Any, title: str, door: Any) -> None:
        """Look whether a right call is let through, and none with a key that is disabled."""
        said = await door.ask(scene.call())
        if not said.let_through:
            self.wrong.append(f"{title}: the next call is denied: {said}")
        if not scene.anyone and any(f": {room} " in title for room in MEMORIES):
            with self._stage.disabled_key():
                if (await door.ask(scene.call())).let_through:
                    self.wrong.append(f"{title}: a change is not heard of")
            await door.ask(scene.call())  # so that the next one has no more to hear of than others

    def _where(self, number: int) -> str:
        passed = FAULTS.passed
        return " ".join(FAULTS.points[passed[number]]) if number < len(passed) else "nowhere"

    def _chosen(self, scene: Any, title: str, passed: list[int]) -> list[int]:
        """Return where points are passed: often every time, or else where few were tried before."""
        if self._often:
            return list(range(len(passed)))
        chosen = []
        for number, point in enumerate(passed):
            key = (title.partition(",")[0], scene.allowed, scene.observing is None, point)
            self._tried[key] += 1
            if self._tried[key] <= TRIES:
                chosen.append(number)
        return chosen


def _close(door: Any) -> None:
    if hasattr(door, "close"):
        door.close()


def _lenient(judge: Any) -> Any:
    """Return the positive control: a judge who lets through whatever he cannot decide."""
    from keyreeve.domain.decision import ALLOW  # noqa: PLC0415 - only after `install`
    from keyreeve.judge.verdict import Verdict  # noqa: PLC0415
    from made import subject  # noqa: PLC0415

    class Lenient:
        def __getattr__(self, name: str) -> Any:
            return getattr(judge, name)

        def hit(self, call: Any) -> Any:
            try:
                return judge.hit(call)
            except Exception:  # noqa: BLE001 - the defect that must be found
                return Verdict(ALLOW, subject=subject(), key_id="k")

    return Lenient()


def main(url: str, folder: str, *flags: str) -> None:
    FAULTS.install()
    # Only now, so that what lies on the way is compiled with its questions.
    from doors.fault_scenes import stage  # noqa: PLC0415
    from keyreeve import settings  # noqa: PLC0415

    logging.disable()
    given = {"KEYREEVE_DATABASE_URL": url, "KEYREEVE_DATA_DIR": folder}
    with stage(settings.load(given)) as set_up:
        run = Run(
            set_up, lenient="--lenient" in flags, few="--few" in flags, often="--often" in flags
        )
        asyncio.run(run.all())
    lines = table(FAULTS.points, run.reached)
    told = {"wrong": run.wrong, "scenes": run.scenes, "missed": run.missed, "table": lines}
    print(json.dumps(told))


if __name__ == "__main__":
    main(*sys.argv[1:])
