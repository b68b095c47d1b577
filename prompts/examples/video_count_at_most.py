# How many dogs are in the video at the same time, at most?
# media: video


def execute_command(video):
    return max(len(frame.find("dog")) for frame in video.frame_iterator())
