//go:build unix

package main

import (
	"net"
	"sync"
	"syscall"
)

// umask is the process's, so changing it is for one at a time.
var umask sync.Mutex

// listenPrivate listens on a unix socket that only its owner may use, from the first moment on.
func listenPrivate(path string) (net.Listener, error) {
	umask.Lock()
	defer umask.Unlock()
	old := syscall.Umask(0o177)
	defer syscall.Umask(old)
	return net.Listen("unix", path)
}
