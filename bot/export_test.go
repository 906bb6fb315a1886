package bot

// RaceEnabled tells tests outside the package whether the race detector slows everything down.
const RaceEnabled = raceEnabled
