"""Who computes it, and when: engines, the schedule, checkpoints, progress, and the model."""
