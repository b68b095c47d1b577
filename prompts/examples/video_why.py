# Why does the woman laugh in the middle of the video?
# media: video
# options: she is tickled | the dog jumps | she reads a joke


def execute_command(video, possible_answers, query):
    info = {}
    for index, frame in enumerate(video.sample(4)):
        info[f"scene {index + 1}"] = frame.caption()
    middle = video.frame_from_index(video.num_frames // 2)
    info["in the middle"] = middle.simple_query("Why is the woman laughing?")
    return video.select_answer(info, query, possible_answers)
