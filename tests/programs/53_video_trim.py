# What happens in the fourth second?
def execute_command(video):
    video_segment = VideoSegment(video)
    part = video_segment.trim(3, 5)
    assert part.num_frames == 2 and part.start == 3 and part.end == 5
    inner = part.trim(0, 1)
    return inner.frame_from_index(0).caption()
