# What does the woman do after stirring the pan?
def execute_command(video, possible_answers, query)->str:
    # Reason every step
    video_segment = VideoSegment(video)
    # Find the frame in which she stirs
    stir_index = None
    for i, frame in enumerate(video_segment.frame_iterator()):
        if "stirs" in frame.caption():
            stir_index = i
    if stir_index is None:
        stir_index = video_segment.num_frames // 2
    after_frame = video_segment.frame_from_index(stir_index + 1)
    after_action = after_frame.find("woman")[0].simple_query("What is the woman doing?")
    info = {
        "What the woman does after stirring": after_action,
        "Caption of frame after stirring": after_frame.simple_query("Who is in the frame?"),
    }
    answer = video_segment.select_answer(info, query, possible_answers)
    return answer
