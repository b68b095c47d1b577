# When does the cake fall down?
# media: video


def execute_command(video):
    moments = video.find_moments("a cake falls down")
    if not moments:
        return None
    return f"{moments[0].start:.1f} to {moments[0].end:.1f} seconds"
