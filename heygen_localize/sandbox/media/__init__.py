"""The files of completed jobs: real, playable, and different for every job."""
