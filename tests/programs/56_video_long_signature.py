# What did the dog do after the boy threw the ball?
def execute_command(video, possible_answers, query, ImagePatch, VideoSegment, llm_query, bool_to_yesno, distance, best_image_match):
    video_segment = VideoSegment(video)
    drop_detected = False
    frame_of_interest = None
    for i, frame in enumerate(video_segment.frame_iterator()):
        if frame.exists("ball") and not drop_detected:
            drop_detected = True
            index_frame = i + 1
            frame_of_interest = video_segment.frame_from_index(index_frame)
    if frame_of_interest is None:
        frame_of_interest = video_segment.frame_from_index(video_segment.num_frames // 2)
    ball = frame_of_interest.find("ball")[0]
    dog = frame_of_interest.find("dog")[0]
    info = {"distance": distance(dog, ball), "what the dog does": "chase a ball" if dog.verify_property("dog", "running") else "sit"}
    return video_segment.select_answer(info, query, possible_answers)
