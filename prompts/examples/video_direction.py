# Does the bus move to the left or to the right?
# media: video


def execute_command(video):
    tracks = video.track("bus")
    if not tracks:
        return None
    longest = max(tracks, key=lambda track: len(track.patches))
    moved = longest.patches[-1].horizontal_center - longest.patches[0].horizontal_center
    return "right" if moved > 0 else "left"
