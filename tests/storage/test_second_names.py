from pathlib import Path

import pytest

from keyreeve.storage import second_names


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "shared"


def test_a_file_is_found_again_under_its_second_name(path: Path) -> None:
    path.write_text("one")
    inode = path.stat().st_ino
    second_names.keep(path)
    path.unlink()
    second_names.restore(path)
    assert path.stat().st_ino == inode


def test_what_has_its_name_keeps_it(path: Path) -> None:
    second_names.of(path).write_text("older")
    path.write_text("one")
    second_names.restore(path)
    assert path.read_text() == "one"


def test_the_second_name_follows_a_file_that_was_made_anew(path: Path) -> None:
    for text in ("older", "newer"):
        path.unlink(missing_ok=True)
        path.write_text(text)
        second_names.keep(path)
    assert second_names.of(path).samefile(path)
    assert path.stat().st_nlink == 2


def test_what_never_was_is_not_restored(path: Path) -> None:
    second_names.restore(path)
    assert not path.exists()


def test_a_symbolic_link_leads_nowhere(path: Path, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("kept")
    second_names.of(path).symlink_to("secret")
    second_names.restore(path)
    assert path.is_symlink()
    path.unlink()
    path.write_text("ours")
    second_names.keep(path)
    assert (tmp_path / "secret").read_text() == "kept"
    assert second_names.of(path).lstat().st_ino == path.stat().st_ino
