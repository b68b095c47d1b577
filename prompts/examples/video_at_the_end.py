# What is the man holding at the end of the video?
# media: video


def execute_command(video):
    frame = video.frame_from_index(-1)
    men = frame.find("man")
    patch = men[0] if men else frame
    return patch.simple_query("What is the man holding?")
