# the cat in the frame with the most objects
def execute_command(video):
    video_segment = VideoSegment(video)
    counts = [len(frame.find("object")) for frame in video_segment.frame_iterator()]
    busiest = video_segment.frame_from_index(np.argmax(counts))
    return busiest.find("cat")[0]
