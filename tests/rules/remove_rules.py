"""Take each rule out of the code, one at a time, and see a test turn red.

`python tests/rules/remove_rules.py` prints a line for each row of `REMOVALS`. A row names a file of
the source, the exact text that makes the rule, what stands there without the rule, and the tests
that must notice. A text that is not found once is an error: the row has outlived the code.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]
QUICK = {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTHONDONTWRITEBYTECODE": "1"}
"""Most of a row's time is that of its start: load no plugins that nothing here needs."""
ALL_PASSED, SOME_FAILED = 0, 1
"""What pytest says of tests that passed, and of tests that failed; all else is a mishap."""

DECISION = "domain/decision.py"
TABLE = ("tests/domain/test_decision.py",)
LEDGER = "judge/ledger.py"
JUDGE = "judge/judge.py"
PROVING = "judge/proving.py"
REVOCATION = "tests/judge/test_revocation.py::"
CLAIM = "tests/judge/test_ledger.py::"
PROOF = "tests/judge/test_proving.py::TestProof::"
SHORTCUT = "judge/shortcut.py"
SHORT = "tests/judge/test_shortcut.py::"
LAYOUTS = "enforcement/gate_layouts.py"
LAYOUT = "tests/enforcement/test_gate_layouts.py::"
GATE = "enforcement/gate_connection.py"
AGAIN = "tests/enforcement/test_gate_connection.py::TestAgain::"
FOREIGN = "enforcement/foreign.py"
FOREIGN_TESTS = "tests/enforcement/test_foreign.py"
OBSERVER = "tests/judge/test_observer.py::"
RECIPES = "tests/doors/test_recipes.py::"
OTHERS = "services/others_calls.py"
ASKING = "tests/services/test_others_calls.py::"
HOPS = "tests/protocol/test_hops.py::"
PRESENCE = "tests/storage/test_presence.py::"


class Removal(NamedTuple):
    """One rule, and the code without it."""

    rule: str
    file: str
    text: str
    without: str
    tests: tuple[str, ...] = TABLE


REMOVALS = (
    Removal(
        "1",
        DECISION,
        "if not request.proof.holds or subject is None:",
        "if subject is None:",
    ),
    Removal(
        "1 (nonce ours)",
        "protocol/nonce.py",
        "if not hmac.compare_digest(tag, _tag(key, body)):",
        "if not tag:",
        ("tests/protocol/test_nonce.py",),
    ),
    Removal(
        "1 (digest right)",
        PROVING,
        "return hmac.compare_digest(expected, credentials.response)",
        "return bool(expected)",
        (f"{PROOF}test_a_wrong_key_fails[sqlite]",),
    ),
    Removal(
        "1 (realm ours)",
        PROVING,
        "if credentials.realm != self._realm:",
        "if not credentials:",
        (f"{PROOF}test_another_realm_fails",),
    ),
    Removal(
        "1 (uri)",
        PROVING,
        "return None if credentials.uri == target else Proof.URI_MISMATCH",
        "return None",
        (f"{PROOF}test_a_uri_other_than_the_target_fails_though_the_digest_is_right[sqlite]",),
    ),
    Removal(
        "1 (method)",
        PROVING,
        "ha2 = digest.ha2(algorithm, method, credentials.uri)",
        'ha2 = digest.ha2(algorithm, "GET", credentials.uri)',
        (f"{PROOF}test_head_is_hashed_as_head_and_judged_as_get[sqlite]",),
    ),
    Removal(
        "1 (key enabled)",
        PROVING,
        "return None if key.enabled else Proof.KEY_DISABLED",
        "return None",
        (f"{PROOF}test_a_disabled_key_fails_and_is_never_told_to_be_stale[sqlite]",),
    ),
    Removal(
        "1 (user enabled)",
        PROVING,
        "if not stored.enabled:",
        "if not stored:",
        (f"{PROOF}test_a_disabled_user_fails_and_is_never_told_to_be_stale[sqlite]",),
    ),
    Removal(
        "1 (bearer unheard)",
        PROVING,
        "if not (self._bearer and call.private):",
        "if not self._bearer:",
        ("tests/judge/test_proving.py::TestBearer::test_it_is_refused_where_somebody_can[sqlite]",),
    ),
    Removal(
        "1 (nonce fresh)",
        LEDGER,
        "if ticket.issued <= self._floor or ticket.issued <= expired:",
        "if ticket.issued <= self._floor:",
        (f"{CLAIM}test_an_expired_nonce_is_stale_with_and_without_an_entry",),
    ),
    Removal(
        "1 (nonce fresh at later uses)",
        LEDGER,
        "if entry.issued <= expired:",
        "if not entry:",
        (f"{PROOF}test_a_nonce_in_use_grows_old_too[sqlite]",),
    ),
    Removal(
        "1 (nonce of this ledger)",
        LEDGER,
        "if ticket is None or ticket.generation != self.generation:",
        "if ticket is None:",
        (f"{CLAIM}test_a_nonce_of_another_generation_is_stale",),
    ),
    Removal(
        "1 (nonce not evicted)",
        LEDGER,
        "self._floor = max(self._floor, issued)",
        "self._floor = -1",
        (f"{CLAIM}test_an_evicted_nonce_is_stale_and_so_is_what_was_issued_before",),
    ),
    Removal(
        "1 (nc unseen)",
        LEDGER,
        "if seen & bit:",
        "if not bit:",
        (f"{CLAIM}test_a_count_is_new_once",),
    ),
    Removal(
        "1 (nc claimed)",
        JUDGE,
        "proven = self._proving.claimed(proven)",
        "proven = self._proving and proven",
        (f"{PROOF}test_a_replay_is_refused_and_is_not_stale[sqlite]",),
    ),
    Removal(
        "1 (still true)",
        JUDGE,
        "not (current and view.applied == epoch)",
        "epoch is None",
        (f"{REVOCATION}test_what_is_restored_is_allowed_by_the_next_decision[sqlite]",),
    ),
    Removal(
        "2",
        DECISION,
        "Deny(Reason.METHOD_NOT_ALLOWED if request.path_known else Reason.OPERATION_UNKNOWN)",
        "ALLOW",
    ),
    Removal(
        "3",
        DECISION,
        "(group.id in subject.memberships or bool(subject.everywhere))",
        "True",
    ),
    Removal(
        "3b",
        DECISION,
        "return bool(subject.everywhere) or not user.groups.isdisjoint(subject.memberships)",
        "return True",
    ),
    Removal(
        "3b (self only)",
        DECISION,
        "if operation.self_only or not operation.reads:",
        "if not operation.reads:",
    ),
    Removal(
        "3b (only to read)",
        DECISION,
        "if operation.self_only or not operation.reads:",
        "if operation.self_only:",
    ),
    Removal("4", DECISION, "if not group.public_api_enabled:", "if group is None:"),
    Removal(
        "4 (no group named)",
        DECISION,
        "m.roles for m in subject.memberships.values() if m.group.public_api_enabled",
        "m.roles for m in subject.memberships.values()",
    ),
    Removal("5", DECISION, "if not operation.permits(roles):", "if operation is None:"),
    Removal(
        "5 (no group named)",
        DECISION,
        "places = [roles for roles in places if operation.permits(roles)]",
        "places = list(places)",
    ),
    Removal(
        "6",
        DECISION,
        "if operation.whitelisted and GROUP_OWNER not in roles:",
        "if operation is None:",
    ),
    Removal(
        "6 (no group named)",
        DECISION,
        "if operation.whitelisted and not any(GROUP_OWNER in roles for roles in places):",
        "if operation is None:",
    ),
    Removal("7", DECISION, "if not subject.whitelist:", "if subject is None:"),
    Removal("8", DECISION, "if not subject.whitelist.admits(address):", "if subject is None:"),
    Removal(
        "8 (unknown address)",
        "domain/whitelist.py",
        "        if address is None:\n            return False",
        "        if address is None:\n            return True",
    ),
    Removal(
        "1 (short way: digest right)",
        SHORTCUT,
        "return int(nc, 16) if hmac.compare_digest(right.hexdigest(), response) else None",
        "return int(nc, 16) if right and response else None",
        (f"{SHORT}test_one_byte_changed_anywhere_is_never_allowed",),
    ),
    Removal(
        "1 (short way: uri)",
        SHORTCUT,
        "if tail is None or not text.startswith(aim, at):",
        "if tail is None:",
        (f"{SHORT}test_one_byte_changed_anywhere_is_never_allowed",),
    ),
    Removal(
        "1 (short way: nc unseen)",
        SHORTCUT,
        "if nc is None or self._claim(known.nonce, None, nc, key_id) is not _NEW:",
        "if nc is None:",
        (f"{SHORT}test_a_replay_is_no_less_one",),
    ),
    Removal(
        "1 (short way: fresh state)",
        SHORTCUT,
        "if known is None or known.epoch != epoch:\n            return None\n        for way",
        "if known is None:\n            return None\n        for way",
        (f"{SHORT}test_every_change_ends_what_was_learnt",),
    ),
    Removal(
        "3 (short way: the same question)",
        SHORTCUT,
        "grant = way.allowed.get(None if named_at is None else values[named_at])",
        "grant = next(iter(way.allowed.values()))",
        (f"{SHORT}test_another_question_is_asked_of_the_rule",),
    ),
    Removal(
        "8 (short way: never for whitelisted operations)",
        SHORTCUT,
        "return in_path and operation.user is None and not operation.whitelisted",
        "return in_path and operation.user is None",
        (f"{SHORT}test_whitelisted_operations_are_asked_every_time",),
    ),
    Removal(
        "1 (observing: keys required)",
        "judge/noting.py",
        "return self.everything and not self.keys_required",
        "return self.everything",
        (f"{OBSERVER}TestCallsWithoutAValidKey::test_where_keys_are_required_each_is_challenged",),
    ),
    Removal(
        "1 (observing: nor is what cannot be read let through without)",
        "judge/observer.py",
        "if proven.subject is None and self._keys_required:",
        "if proven.subject is None and not proven:",
        (
            f"{OBSERVER}TestCallsWithoutAValidKey::test_a_target_that_cannot_be_read_needs_a_key_as_well",
        ),
    ),
    Removal(
        "3 (observing: in that group alone)",
        "judge/noting.py",
        "(verdict.group is not None and verdict.group.observed)",
        "verdict.group is not None",
        ("tests/judge/test_noting.py::TestAnObservedGroup",),
    ),
    Removal(
        "4 (observing: nothing is learned of what is overlooked)",
        JUDGE,
        "self._shortcut.learn(call, verdict, proven, catalogue, epoch)\n        return",
        "noted = self._noted(call, verdict, proven)\n"
        "            self._shortcut.learn(call, noted, proven, catalogue, epoch)\n"
        "            return noted\n        return",
        ("tests/judge/test_noting.py::TestAnObservedGroup",),
    ),
    Removal(
        "2 (observing: never before our own API)",
        "app/composition.py",
        "        throttle=throttles.throttle(settings, edge),\n    )\n    url",
        "        throttle=throttles.throttle(settings, edge),\n"
        "        observing=__import__('keyreeve.judge.noting').judge.noting.Observing(True),\n"
        "    )\n    url",
        ("tests/app/test_composition.py::test_our_own_api_enforces_whatever_doors_do_elsewhere",),
    ),
    Removal(
        "gate (llhttp reads every question)",
        GATE,
        "if told is None or not strict.finds(data):",
        "if told is None:",
        (f"{AGAIN}test_what_only_llhttp_finds_malformed_is_so_too",),
    ),
    Removal(
        "gate (trusted peers only)",
        GATE,
        "if at_rest and self._trusted and self._answers_as_before(data):",
        "if at_rest and self._answers_as_before(data):",
        (f"{AGAIN}test_peers_that_are_not_trusted_are_not_let_through",),
    ),
    Removal(
        "gate (a question begins where the last one ended)",
        GATE,
        "if at_rest and self._trusted and self._answers_as_before(data):",
        "if self._trusted and self._answers_as_before(data):",
        (f"{AGAIN}test_what_looks_like_a_question_within_one_is_none",),
    ),
    Removal(
        "gate (a value ends with its line)",
        LAYOUTS,
        r'_ANY_VALUE = rb"[^\r]*+\r\n"',
        r'_ANY_VALUE = rb"[^\0]*\r\n"',
        (f"{LAYOUT}test_a_line_put_in_anywhere_is_not_passed_over",),
    ),
    Removal(
        "gate (every fact once)",
        LAYOUTS,
        "if sorted(names) != sorted([*asked.facts, *others]) or not _UNUSUAL.isdisjoint(names):",
        "if not _UNUSUAL.isdisjoint(names):",
        (f"{LAYOUT}test_a_question_out_of_the_ordinary_is_not_learnt",),
    ),
    Removal(
        "gate (nothing behind a head)",
        LAYOUTS,
        "if sorted(names) != sorted([*asked.facts, *others]) or not _UNUSUAL.isdisjoint(names):",
        "if sorted(names) != sorted([*asked.facts, *others]):",
        (f"{LAYOUT}test_a_question_out_of_the_ordinary_is_not_learnt",),
    ),
    Removal(
        "2 (an escaped slash is one to whoever routes on the decoded path)",
        FOREIGN,
        "if not raw_paths and (",
        "if not text and (",
        (FOREIGN_TESTS,),
    ),
    Removal(
        "2 (the path that is routed on is the one that is judged)",
        FOREIGN,
        "    _check_path(scope, text)\n",
        "",
        (FOREIGN_TESTS,),
    ),
    Removal(
        "8 (an address from a header is no peer)",
        FOREIGN,
        "if port and not _is_forwarded(scope, host, port):",
        "if host:",
        (FOREIGN_TESTS,),
    ),
    Removal(
        "8 (nor is one with a port from another header)",
        FOREIGN,
        "return named and with_port",
        "return False",
        (FOREIGN_TESTS,),
    ),
    Removal(
        "2 (a websocket is declared)",
        "enforcement/guard.py",
        'if refused is None and not handshakes.declared(scope["keyreeve"]):',
        "if False:",
        ("tests/enforcement/test_guard.py::TestHandshakes",),
    ),
    Removal(
        "1 (a ledger that was replaced is joined by nobody)",
        "app/joined_ledger.py",
        "if os.pread(users, 256, 0) != _identity(ledger):",
        "if not ledger:",
        ("tests/app/test_joined_ledger.py",),
    ),
    Removal(
        "1 (no process goes on with the ledger of its parent)",
        "app/late_opening.py",
        "            os.register_at_fork(after_in_child=_forked(self))\n",
        "",
        ("tests/app/test_late_opening.py",),
    ),
    Removal(
        "recipe (nginx: no field is named past the identity)",
        "enforcement/recipes/nginx.conf",
        "underscores_in_headers off;",
        "underscores_in_headers on;",
        (RECIPES + "TestTheApi::test_it_hears_who_calls_from_the_gate_alone",),
    ),
    Removal(
        "recipe (nginx: the path stays)",
        "enforcement/recipes/nginx.conf",
        "proxy_pass @SCHEME@://keyreeve_api;",
        "proxy_pass @SCHEME@://keyreeve_api/;",
        (RECIPES + "TestTheTarget",),
    ),
    Removal(
        "recipe (nginx: the address is the peer's)",
        "enforcement/recipes/nginx.conf",
        "proxy_set_header X-Real-IP         $remote_addr;\n            # Where",
        "proxy_set_header X-Real-IP         $http_x_real_ip;\n            # Where",
        (RECIPES + "TestTheQuestion::test_it_holds_the_facts_and_each_once",),
    ),
    Removal(
        "recipe (nginx: no connection to HTTP/2)",
        "enforcement/recipes/nginx.py",
        "~*^websocket$  websocket;",
        "~.             $http_upgrade;",
        (RECIPES + "TestOptions::test_no_connection_becomes_one_for_further_requests",),
    ),
    Removal(
        "recipe (Caddy: the identity is the gate's)",
        "enforcement/recipes/Caddyfile",
        "\t\trequest_header -Keyreeve*\n",
        "",
        (RECIPES + "TestTheApi::test_it_hears_who_calls_from_the_gate_alone",),
    ),
    Removal(
        "recipe (Caddy: nobody has fields dropped)",
        "enforcement/recipes/Caddyfile",
        "\t\trequest_header -Connection\n",
        "",
        (RECIPES + "TestTheApi::test_it_hears_who_calls_from_the_gate_alone",),
    ),
    Removal(
        "recipe (Caddy: the gate sees the target as sent)",
        "enforcement/recipes/Caddyfile",
        "{http.request.orig_uri}",
        "{uri}",
        (RECIPES + "TestTheTarget",),
    ),
    Removal(
        "recipe (Traefik: no field is named past the identity)",
        "enforcement/recipes/traefik.yml",
        "aliasHeadersStrategy: delete",
        "aliasHeadersStrategy: keep",
        (RECIPES + "TestTheApi::test_it_hears_who_calls_from_the_gate_alone",),
    ),
    Removal(
        "recipe (Traefik: the path stays)",
        "enforcement/recipes/traefik.yml",
        "sanitizePath: false",
        "sanitizePath: true",
        (RECIPES + "TestTheTarget",),
    ),
    Removal(
        "recipe (Envoy: without a gate nobody passes)",
        "enforcement/recipes/envoy.yaml",
        "failure_mode_allow: false",
        "failure_mode_allow: true",
        (RECIPES + "TestConnections::test_without_a_gate_nobody_passes",),
    ),
    Removal(
        "recipe (Envoy: the identity is the gate's)",
        "enforcement/recipes/envoy.yaml",
        "{ key_matcher: { prefix: keyreeve } }",
        "{ key_matcher: { prefix: keyreeve- } }",
        (RECIPES + "TestTheApi::test_it_hears_who_calls_from_the_gate_alone",),
    ),
    Removal(
        "recipe (Envoy: the path stays)",
        "enforcement/recipes/envoy.yaml",
        "merge_slashes: false",
        "merge_slashes: true",
        (RECIPES + "TestTheTarget",),
    ),
    Removal(
        "explain (another's call: for an Owner of the group it names)",
        OTHERS,
        "if group is None or GROUP_OWNER not in asking.roles_in(group.id):",
        "if group is None:",
        (ASKING + "test_nobody_else_learns_anything_and_all_by_one_answer",),
    ),
    Removal(
        "explain (another's call: about members of that group)",
        OTHERS,
        "if group.id not in subject.memberships and not asking.everywhere:",
        "if not subject.user_id:",
        (ASKING + "test_nobody_else_learns_anything_and_all_by_one_answer",),
    ),
    Removal(
        "explain (another's call: it names no user)",
        OTHERS,
        "if not isinstance(found, Match) or found.operation.user is not None:",
        "if not isinstance(found, Match):",
        (ASKING + "test_a_call_that_names_a_user_as_well_is_not_explained",),
    ),
    Removal(
        "explain (another's call: what cannot be read is told like the rest)",
        OTHERS,
        "except NotCanonical:\n        return None",
        "except NotCanonical:\n        raise",
        (ASKING + "test_nobody_else_learns_anything_and_all_by_one_answer",),
    ),
    Removal(
        "explain (another's whitelist stays his own)",
        OTHERS,
        "replace(stored.subject, whitelist=Whitelist())",
        "replace(stored.subject)",
        (ASKING + "test_keys_and_whitelist_of_another_tell_nothing",),
    ),
    Removal(
        "explain (a live key of another is supposed)",
        OTHERS,
        "explanation.explain(subject, Proof.HOLDS, call,",
        "explanation.explain("
        "subject, Proof.HOLDS if stored.enabled else Proof.USER_DISABLED, call,",
        (ASKING + "test_keys_and_whitelist_of_another_tell_nothing",),
    ),
    Removal(
        "explain (what a made-up whitelist says of another is not told as true)",
        OTHERS,
        "said.decision == Deny(Reason.WHITELIST_EMPTY))",
        "False)",
        (ASKING + "test_keys_and_whitelist_of_another_tell_nothing",),
    ),
    Removal(
        "hops (of what a caller wrote, addresses alone are kept)",
        "protocol/hops.py",
        'return "" if found is None else str(found)',
        "return hop.name if found is None else str(found)",
        (HOPS + "test_nothing_that_a_caller_wrote_is_kept_but_addresses",),
    ),
    Removal(
        "hops (only a peer is called what we call him)",
        "protocol/hops.py",
        "if is_peer and hop.name in _OUR_WORDS:",
        "if hop.name in _OUR_WORDS:",
        (HOPS + "test_a_name_is_kept_as_the_address_it_is_or_not_at_all",),
    ),
    Removal(
        "hops (no more than so many are kept)",
        "protocol/hops.py",
        "enumerate(hops[:MOST])",
        "enumerate(hops)",
        (HOPS + "test_no_more_than_so_many_are_kept_the_nearest_of_them",),
    ),
    Removal(
        "gone (the gate glances before it lets through at once)",
        GATE,
        "            gate.judge.glance()\n            answer",
        "            answer",
        (AGAIN + "test_the_judge_glances_before_each_question",),
    ),
    Removal(
        "gone (the gate glances before it judges)",
        GATE,
        "            gate.judge.glance()\n            verdict",
        "            verdict",
        (AGAIN + "test_the_judge_glances_before_each_question",),
    ),
    Removal(
        "gone (the middleware glances)",
        "enforcement/guard.py",
        "            self._judge.glance()\n",
        "",
        ("tests/enforcement/test_guard.py",),
    ),
    Removal(
        "gone (the judge asks the database)",
        JUDGE,
        "        self._database.glance()",
        "",
        ("tests/judge/test_freshness.py::test_a_glance_finds_that_the_database_is_gone",),
    ),
    Removal(
        "gone (nothing is acknowledged into a log without a name)",
        "storage/presence.py",
        "if tuple(map(_identity, self._log)) != self._log_identity:",
        "if not self._log:",
        (PRESENCE + "test_without_its_log_nothing_is_read_or_acknowledged",),
    ),
    Removal(
        "gone (a few bytes are no database)",
        "storage/presence.py",
        "if found.st_size < PAGE_BYTES:",
        "if not found.st_size:",
        (PRESENCE + "test_a_glance_is_enough_to_see_that_nothing_is_left",),
    ),
)


def turns_red(removal: Removal) -> bool:
    """Tell whether the tests of a row fail once its rule is taken out."""
    return _status(removal.tests, removal) == SOME_FAILED


def is_green() -> bool:
    """Tell whether all tests of the table pass on an untouched copy."""
    tests = {test: None for removal in REMOVALS for test in removal.tests}
    return _status(tuple(tests), None) == ALL_PASSED


def _status(tests: tuple[str, ...], removal: Removal | None) -> int:
    """Run tests against a copy of the source, and return what pytest says of them."""
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "src"
        shutil.copytree(ROOT / "src", source, ignore=shutil.ignore_patterns("*.egg-info"))
        if removal is not None:
            _take_out(source / "keyreeve" / removal.file, removal)
        command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider"]
        command += ["-p", "pytest_timeout"]
        command += ["-o", f"pythonpath={source} {ROOT / 'tests'}", *tests]
        environment = {**os.environ, "PYTHONPATH": str(source), **QUICK}
        done = subprocess.run(
            command, cwd=ROOT, env=environment, capture_output=True, check=False, timeout=120
        )
    if done.returncode not in {ALL_PASSED, SOME_FAILED}:
        raise RuntimeError(done.stdout.decode() + done.stderr.decode())
    return done.returncode


def _take_out(path: Path, removal: Removal) -> None:
    """Replace the text of a rule, which must stand there exactly once."""
    text = path.read_text()
    if text.count(removal.text) != 1:
        raise LookupError(f"{removal.file} does not hold once: {removal.text}")
    path.write_text(text.replace(removal.text, removal.without))


def main() -> int:
    """Print what became of each rule; 1 if a test stayed green, or was red all along."""
    if not is_green():
        print("nothing taken out: red, which proves nothing")
        return 1
    print("nothing taken out: green")
    missed = 0
    for removal in REMOVALS:
        red = turns_red(removal)
        missed += not red
        print(
            f"rule {removal.rule} taken out: {' '.join(removal.tests)} {'red' if red else 'GREEN'}"
        )
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
