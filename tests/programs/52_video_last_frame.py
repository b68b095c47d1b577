# What does the boy do at the end of the video?
def execute_command(video):
    video_segment = VideoSegment(video)
    last_frame = video_segment.frame_from_index(-1)
    boy_patch = last_frame.find("boy")[0]
    return boy_patch.simple_query("What is the boy doing?")
