"""The leaderboard: which method is best on each dataset, at which cost, with defaults and tuned parameters."""
