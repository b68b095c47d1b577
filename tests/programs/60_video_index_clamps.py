# How long is the video and what do its ends show?
def execute_command(video):
    segment = VideoSegment(video, start=0, end=100)
    last = segment.frame_from_index(1000)
    first = segment.frame_from_index(0)
    answers = [patch.find("boy")[0].simple_query("What is he doing?") for patch in (last, first)]
    return [segment.num_frames] + answers
