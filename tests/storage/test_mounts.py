from pathlib import Path

import pytest

from keyreeve.storage import mounts

MOUNTINFO = r"""
22 1 254:0 / / rw,relatime - ext4 /dev/vda rw
23 22 0:21 / /proc rw - proc proc rw
30 22 0:40 / /srv/shared rw,relatime shared:1 - nfs4 server:/export rw
31 30 0:41 / /srv/shared/local rw - tmpfs tmpfs rw
32 22 0:42 / /mnt/with\040space rw - cifs //server/share rw
33 22 0:43 / /mnt/sshfs rw - fuse.sshfs host: rw
34 22 0:44 / /mnt/ntfs rw - fuseblk /dev/sdb1 rw
35 22 0:45 / /mnt/twice rw - nfs server:/a rw
36 22 0:46 / /mnt/twice rw - ext4 /dev/sdc rw
37 22 0:47 / /mnt/guest rw - virtiofs share rw
broken line
38 22 - xfs
"""


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/var/lib/keyreeve", None),
        ("/srv/shared", "nfs4"),
        ("/srv/shared/keyreeve", "nfs4"),
        ("/srv/shared/local/keyreeve", None),
        ("/srv/sharedness", None),
        ("/mnt/with space/data", "cifs"),
        ("/mnt/sshfs", "fuse.sshfs"),
        ("/mnt/ntfs", None),
        ("/mnt/twice/data", None),
        ("/mnt/guest", "virtiofs"),
    ],
)
def test_a_network_file_system_is_told_by_its_type(path: str, expected: str | None) -> None:
    assert mounts.network(Path(path), MOUNTINFO) == expected


def test_what_is_not_told_counts_as_local() -> None:
    assert mounts.network(Path("/data"), "") is None
