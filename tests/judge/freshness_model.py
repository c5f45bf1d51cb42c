"""An exhaustive model of the freshness protocol: every interleaving, every crash, at a small size.

Writers change one subject (or something else), count, commit and acknowledge; each may die between
any two steps and is then started once more by its client. The threads of one judge share a memory
and decide. Every state that can be reached is visited, and in each the invariants are checked:

    I1  the counter is never behind the committed epoch
    I2  what is remembered equals the database at epoch `applied`
    and the promise: no decision uses a state without a change acknowledged before it started
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from typing import NamedTuple

NOTHING = -1


class Order(Enum):
    """The order of steps. All but the first are wrong, and the model must find that out."""

    RIGHT = "count under the lock, commit, acknowledge; keep only what is of the counter's epoch"
    COMMIT_THEN_COUNT = "commit, count, acknowledge"
    STAMP_WITH_COUNTER = "stamp what is loaded with the counter read before"
    KEEP_WITHOUT_LOOKING = "keep what was loaded though the memory has moved on meanwhile"
    MOVE_ON_THEN_DROP = "move `applied` on before dropping what is outdated"
    READ_THEN_LOOK = "compare `applied` with the counter only after reading from memory"


class Broken(Exception):
    """An invariant does not hold; holds the steps that lead there."""


class Writer(NamedTuple):
    """One change on its way; `own` is its bit in the state of the subject, 0 for another's."""

    own: int
    step: str = "begin"
    epoch: int = 0
    lives: int = 2


class Thread(NamedTuple):
    """One decision after the other, by a thread of the judge."""

    left: int
    step: str = "rest"
    must: int = 0
    """The changes acknowledged when the decision started."""
    c: int = 0
    s: int = 0
    seen: int = NOTHING
    """What the snapshot shows of the subject."""
    read: int = NOTHING
    """What was read from memory."""
    outdated: bool = False


class State(NamedTuple):
    """Everything there is."""

    writers: tuple[Writer, ...]
    threads: tuple[Thread, ...]
    counter: int = 0
    history: tuple[tuple[int, int, bool], ...] = ((0, 0, False),)
    """Commits: the epoch, the subject's state, and whether the subject is what changed."""
    writing: bool = False
    """Whether somebody holds the write lock of the database."""
    acknowledged: int = 0
    memory: int = NOTHING
    applied: int = NOTHING
    locked: bool = False
    """Whether a thread is changing the memory."""


@dataclass(frozen=True)
class Explored:
    """How much was visited."""

    states: int
    decisions: int


def explore(start: State, order: Order, *, ignoring: str = "nothing") -> Explored:
    """Visit every state that can be reached; go on past an invariant that is to be ignored.

    Raises:
        Broken: in one of them an invariant does not hold.
    """
    came_from: dict[State, tuple[State, str] | None] = {start: None}
    waiting = [start]
    decisions = 0
    while waiting:
        state = waiting.pop()
        for told, following in _steps(state, order):
            decisions += told.startswith("decide")
            fault = _fault(following, told)
            if fault is not None and not fault.startswith(ignoring):
                raise Broken("\n".join([*_path(came_from, state), told, fault]))
            if following not in came_from:
                came_from[following] = (state, told)
                waiting.append(following)
    return Explored(len(came_from), decisions)


def _steps(state: State, order: Order) -> Iterator[tuple[str, State]]:
    for place, writer in enumerate(state.writers):
        for told, now, new in _write(state, writer, order):
            writers = (*state.writers[:place], new, *state.writers[place + 1 :])
            yield f"{told}, writer {place}", now._replace(writers=writers)
    for place, thread in enumerate(state.threads):
        for told, after, moved in _judge(state, thread, order):
            threads = (*state.threads[:place], moved, *state.threads[place + 1 :])
            yield f"{told}, thread {place}", after._replace(threads=threads)


def _write(state: State, w: Writer, order: Order) -> Iterator[tuple[str, State, Writer]]:
    """Take one step of a change, or die: the lock is freed and the client tries once more."""
    epoch, subject, _ = state.history[-1]
    if w.step == "begin" and not state.writing:
        if w.own and subject & w.own:
            yield "find it done already", state, w._replace(step="acknowledge")
        else:
            first = "commit" if order is Order.COMMIT_THEN_COUNT else "count"
            taken = max(epoch, state.counter) + 1
            yield "begin", state._replace(writing=True), w._replace(step=first, epoch=taken)
    elif w.step == "count":
        following = "acknowledge" if order is Order.COMMIT_THEN_COUNT else "commit"
        counted = state._replace(counter=max(state.counter, w.epoch))
        yield f"count {w.epoch}", counted, w._replace(step=following)
    elif w.step == "commit":
        following = "count" if order is Order.COMMIT_THEN_COUNT else "acknowledge"
        history = (*state.history, (w.epoch, subject | w.own, bool(w.own)))
        committed = state._replace(history=history, writing=False)
        yield f"commit {w.epoch}", committed, w._replace(step=following)
    elif w.step == "acknowledge":
        acknowledged = state._replace(acknowledged=state.acknowledged | w.own)
        yield "acknowledge", acknowledged, w._replace(step="done")
    if w.step in ("count", "commit", "acknowledge") and w.lives:
        holding = w.epoch > epoch
        freed = state._replace(writing=state.writing and not holding)
        again = Writer(w.own, "begin" if w.lives > 1 else "dead", lives=w.lives - 1)
        yield "die", freed, again


def _judge(state: State, t: Thread, order: Order) -> Iterator[tuple[str, State, Thread]]:
    """Take one step of a decision."""
    step = t.step
    if step == "rest" and t.left:
        started = Thread(t.left - 1, "glance", state.acknowledged, state.counter)
        yield f"start at {state.counter}", state, started
    elif step == "glance":
        current = state.applied == t.c or order is Order.READ_THEN_LOOK
        yield "glance", state, t._replace(step="read" if current else "look")
    elif step == "read":
        step = "look" if state.memory == NOTHING else "check"
        yield f"read {state.memory}", state, t._replace(read=state.memory, step=step)
    elif step == "check":
        if state.applied == t.c:
            yield _decide(state, t, t.read)
        else:
            yield "find it moved", state, t._replace(step="look", read=NOTHING)
    elif step == "look":
        epoch, subject, _ = state.history[-1]
        stamped = order is Order.STAMP_WITH_COUNTER
        looked = t._replace(s=epoch, seen=subject, step="keep" if stamped else "compare")
        yield f"look at {epoch}", state, looked
    else:
        yield from _catch_up(state, t, order)


def _catch_up(state: State, t: Thread, order: Order) -> Iterator[tuple[str, State, Thread]]:
    """Take one step of bringing the memory up to a snapshot, and of loading through that."""
    early = order is Order.MOVE_ON_THEN_DROP
    if t.step == "compare":
        outdated = _outdated(state, state.applied, t.s)
        yield "compare", state, t._replace(outdated=outdated, step="lock")
    elif t.step == "lock" and not state.locked:
        behind = t.s > state.applied
        following = ("move" if early else "drop") if behind else "recall"
        yield "lock", state._replace(locked=behind), t._replace(step=following)
    elif t.step == "drop":
        memory = NOTHING if t.outdated else state.memory
        dropped = state._replace(memory=memory, locked=not early)
        yield "drop", dropped, t._replace(step="recall" if early else "move")
    elif t.step == "move":
        moved = state._replace(applied=t.s, locked=early)
        yield f"move on to {t.s}", moved, t._replace(step="drop" if early else "recall")
    elif t.step == "recall":
        step = "load" if state.memory == NOTHING else "recheck"
        yield f"recall {state.memory}", state, t._replace(read=state.memory, step=step)
    elif t.step == "recheck":
        if state.applied == t.s:
            yield _decide(state, t, t.read)
        else:
            yield "find it elsewhere", state, t._replace(step="load")
    elif t.step in ("load", "keep") and not state.locked:
        yield _decide(_kept(state, t, order), t, t.seen)


def _outdated(state: State, applied: int, s: int) -> bool:
    """Tell whether the subject is to be dropped. The list of changes keeps only the newest row."""
    rows = [(epoch, ours) for epoch, _, ours in state.history[1:] if epoch <= s][-1:]
    if applied == NOTHING or (rows and rows[0][0] > applied + 1):
        return True
    return any(ours for epoch, ours in rows if epoch > applied)


def _kept(state: State, t: Thread, order: Order) -> State:
    """Return the state once a thread has kept what it loaded, if it may."""
    if order is Order.STAMP_WITH_COUNTER:
        return state._replace(memory=t.seen, applied=t.c)
    if order is Order.KEEP_WITHOUT_LOOKING or state.applied == t.s == t.c:
        return state._replace(memory=t.seen)
    return state


def _decide(state: State, t: Thread, used: int) -> tuple[str, State, Thread]:
    told = f"decide with {used} where {t.must} was acknowledged"
    # What a thread at rest remembers of its last decision would only multiply the states.
    return told, state, Thread(t.left)


def _fault(state: State, told: str) -> str | None:
    """Name the invariant that this state, or the step into it, breaks."""
    if told.startswith("decide"):
        used, must = int(told.split()[2]), int(told.split()[4])
        if must & ~used:
            return "the promise is broken"
    if state.counter < state.history[-1][0]:
        return "I1 is broken"
    if state.memory != NOTHING and not state.locked:
        stored = [subject for epoch, subject, _ in state.history if epoch <= state.applied]
        if not stored or stored[-1] != state.memory:
            return "I2 is broken"
    return None


def _path(came_from: dict[State, tuple[State, str] | None], state: State) -> list[str]:
    told: list[str] = []
    step = came_from[state]
    while step is not None:
        told.append(step[1])
        step = came_from[step[0]]
    return told[::-1]


def world(*writers: int, decisions: tuple[int, ...]) -> State:
    """Return the beginning: writers by the bit they set, threads by how often they decide."""
    return State(tuple(map(Writer, writers)), tuple(map(Thread, decisions)))
