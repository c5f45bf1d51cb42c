"""Subjects: what a user may be in a group."""

import made


def test_a_member_has_the_roles_of_his_membership() -> None:
    caller = made.subject({"g": ["GROUP_READ_ONLY"]})
    assert caller.roles_in("g") == {"GROUP_READ_ONLY"}
    assert caller.roles_in("h") == frozenset()


def test_a_global_role_counts_in_every_group() -> None:
    caller = made.subject({"g": ["GROUP_READ_ONLY"]}, global_roles=["GLOBAL_OWNER"])
    assert caller.roles_in("g") == {"GROUP_READ_ONLY", "GROUP_OWNER"}
    assert caller.roles_in("h") == {"GROUP_OWNER"}


def test_what_is_equal_in_all_its_parts_is_equal() -> None:
    assert made.subject({"g": []}, networks=["::1"]) == made.subject({"g": []}, networks=["::1"])
    assert made.subject({"g": []}, networks=["::1"]) != made.subject(
        {"g": []}, networks=["fe80::/10"]
    )
