# At which second does the train first appear?
# media: video


def execute_command(video):
    for frame in video.frame_iterator():
        if frame.exists("train"):
            return round(frame.time, 1)
    return None
