# How many shots does the clip have?
# media: video


def execute_command(video):
    return len(video.shots())
