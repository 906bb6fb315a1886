//go:build unix

package main

import (
	"context"
	"net"
	"sync"
	"syscall"
)

// umask is the process's, so changing it is for one at a time.
var umask sync.Mutex

// listenPrivate listens on a unix socket that only its owner may use, from the first moment on.
func listenPrivate(ctx context.Context, path string) (net.Listener, error) {
	umask.Lock()
	defer umask.Unlock()
	old := syscall.Umask(0o177)
	defer syscall.Umask(old)
	return new(net.ListenConfig).Listen(ctx, "unix", path)
}
