# What is the woman's mood at the end?
def execute_command(video):
    segment = VideoSegment(video, 4, 6)
    options = ["angry", "smiling", "sad"]
    return segment.frame_from_index(segment.num_frames - 1).find("woman")[0].best_text_match(options)
