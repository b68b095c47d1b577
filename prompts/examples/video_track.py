# How many different cars drive past?
# media: video


def execute_command(video):
    return len(video.track("car"))
