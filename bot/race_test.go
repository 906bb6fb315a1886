//go:build race

package bot

// raceEnabled says that this is the race detector's build, which is ten times slower.
const raceEnabled = true
