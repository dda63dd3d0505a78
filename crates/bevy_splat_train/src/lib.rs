//! Training runs as entities; training passes in Bevy's render schedule.
