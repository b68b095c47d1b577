# In which frame does the cat first appear?
def execute_command(video):
    video_segment = VideoSegment(video)
    for index, frame in enumerate(video_segment.frame_iterator()):
        if frame.exists("cat"):
            return index
    return -1
