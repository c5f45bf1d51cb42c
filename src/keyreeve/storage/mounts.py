"""Which file system a path lies on: memory is shared between processes of one host only."""

import re
from pathlib import Path

_NETWORK = re.compile(
    r"9p|afs|beegfs|ceph|cifs|gfs2|glusterfs|gpfs|lustre|ncpfs|nfs4?|ocfs2|orangefs|panfs|pvfs2|"
    r"smb[23]|smbfs|virtiofs|"
    r"fuse\.(glusterfs|ceph|cephfs|sshfs|s3fs|rclone|gcsfuse|blobfuse2?|juicefs|moosefs|mfs|"
    r"davfs|curlftpfs|lustre|beegfs|osxfs|grpcfuse|nfs.*|smb.*)"
)
_POINT = 4
"""Which word of a line is the mount point."""
_OCTAL = re.compile(r"\\([0-7]{3})")


def network(path: Path, mountinfo: str) -> str | None:
    """Return the type of the network file system that holds `path`; None if it is local.

    `mountinfo` is what Linux says in /proc/self/mountinfo (proc(5)).
    """
    found = _type_of(path, mountinfo)
    return found if _NETWORK.fullmatch(found) else None


def _type_of(path: Path, mountinfo: str) -> str:
    longest, found = -1, ""
    for line in mountinfo.splitlines():
        place, separator, rest = line.partition(" - ")
        words = place.split(" ")
        if not separator or len(words) <= _POINT:
            continue
        point = Path(_OCTAL.sub(lambda code: chr(int(code[1], 8)), words[_POINT]))
        # Of two mounts on one point the later hides the earlier.
        if path.is_relative_to(point) and len(point.parts) >= longest:
            longest, found = len(point.parts), rest.split(" ")[0]
    return found
