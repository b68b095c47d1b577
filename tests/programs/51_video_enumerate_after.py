# What does the dog do while the boy throws the ball?
def execute_command(video, possible_answers, query) -> str:
    video_segment = VideoSegment(video)
    throw_frame = None
    for i, frame in enumerate(video_segment.frame_iterator()):
        if frame.exists("boy") and frame.find("boy")[0].verify_property("boy", "throwing a ball"):
            throw_frame = frame
            break
    # If no frame is found, use the middle one
    if throw_frame is None:
        throw_frame = video_segment.frame_from_index(video_segment.num_frames // 2)
    dog_patch = throw_frame.find("dog")[0]
    return dog_patch.best_text_match(possible_answers, prefix="a dog that is")
