package bot

import (
	"sync"
	"time"
)

// job is one stored update on its way through the queue.
type job struct {
	envelope
	raw    []byte
	at     time.Time // when it was stored
	tries  int
	blocks int           // how many of its keys have an earlier job
	behind chan struct{} // closed when a later job shares a key; made when the job starts
	closed bool
}

// queue hands out jobs so that of any two that share a key the earlier is finished before the later starts. A job
// waits for all its keys; since it joins all their lines at one moment, jobs cannot wait for each other in a circle.
type queue struct {
	mu    sync.Mutex
	lines map[int64][]*job // by key, the first is running or ready
	ready []*job
	size  int
	wake  chan struct{} // of capacity 1: there may be something ready
}

func newQueue() *queue {
	return &queue{lines: map[int64][]*job{}, wake: make(chan struct{}, 1)}
}

func (q *queue) push(j *job) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.size++
	for _, k := range j.keys {
		line := q.lines[k]
		if len(line) > 0 {
			j.blocks++
			line[0].overtaken()
		}
		q.lines[k] = append(line, j)
	}
	if j.blocks == 0 {
		q.start(j)
	}
}

// again makes a started job ready once more, keeping its place in line.
func (q *queue) again(j *job) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.start(j)
}

// start needs the lock.
func (q *queue) start(j *job) {
	q.ready = append(q.ready, j)
	q.signal()
}

func (q *queue) signal() {
	select {
	case q.wake <- struct{}{}:
	default:
	}
}

// pop takes the job that has been ready the longest, or nil.
func (q *queue) pop() *job {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.ready) == 0 {
		return nil
	}
	j := q.ready[0]
	q.ready[0] = nil
	q.ready = q.ready[1:]
	j.behind, j.closed = make(chan struct{}), false
	for _, k := range j.keys {
		if len(q.lines[k]) > 1 {
			j.overtaken()
		}
	}
	return j
}

// done lets the jobs behind j go on.
func (q *queue) done(j *job) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.size--
	for _, k := range j.keys {
		line := q.lines[k]
		line[0] = nil
		line = line[1:]
		if len(line) == 0 {
			delete(q.lines, k)
			continue
		}
		q.lines[k] = line
		if line[0].blocks--; line[0].blocks == 0 {
			q.start(line[0])
		}
	}
	q.signal()
}

func (q *queue) depth() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.size
}

// overtaken tells the running handler that another update of its chat or person waits.
func (j *job) overtaken() {
	if j.behind != nil && !j.closed {
		j.closed = true
		close(j.behind)
	}
}
