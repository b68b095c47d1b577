# Is there a knife before and after the pan appears on the stove with a spoon?
def execute_command(video):
    video_segment = VideoSegment(video)
    spoon_frames = [i for i, frame in enumerate(video_segment.frame_iterator()) if frame.exists("spoon")]
    before = video_segment.trim(end=spoon_frames[0])
    after = video_segment.trim(spoon_frames[0])
    return [any(f.exists("knife") for f in before.frame_iterator()), any(f.exists("knife") for f in after.frame_iterator())]
