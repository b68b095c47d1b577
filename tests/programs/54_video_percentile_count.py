# How many people are in the kitchen?
def execute_command(video):
    video_segment = VideoSegment(video)
    people_per_frame = []
    for frame in video_segment.frame_iterator():
        people_per_frame.append(len(frame.find("person")))
    return int(np.ceil(np.percentile(people_per_frame, 90)))
