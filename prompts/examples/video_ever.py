# Is there ever a cat on the sofa?
# media: video


def execute_command(video):
    for frame in video.frame_iterator():
        sofas = frame.find("sofa")
        for cat in frame.find("cat"):
            if any(cat.overlaps_with(sofa.left, sofa.lower, sofa.right, sofa.upper) for sofa in sofas):
                return "yes"
    return "no"
