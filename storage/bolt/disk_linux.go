package bolt

import (
	"path/filepath"
	"syscall"

	"boxoffice/tickets"
)

// networked are the magic numbers of network filesystems (statfs(2)), on which neither locks nor syncs can be relied on.
var networked = map[uint32]string{
	0x6969: "NFS", 0x517B: "SMB", 0xFF534D42: "CIFS", 0xFE534D42: "SMB2", 0x5346414F: "AFS", 0x01021997: "9P",
}

// localDisk refuses, with Invalid, a file on a network filesystem.
func localDisk(path string) error {
	var st syscall.Statfs_t
	if err := syscall.Statfs(filepath.Dir(path), &st); err != nil {
		return nil // opening will say what is wrong
	}
	if name, ok := networked[uint32(st.Type)]; ok {
		return tickets.Refuse(tickets.Invalid, "%s lies on a network filesystem (%s), where locks and syncs cannot be "+
			"relied on: use a local disk", path, name)
	}
	return nil
}
