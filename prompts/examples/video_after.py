# What does the boy do after he picks up the ball?
# media: video
# options: run | sit down | throw it | laugh | sleep


def execute_command(video, possible_answers, query):
    frames = list(video.frame_iterator())
    picked = None
    for index, frame in enumerate(frames):
        if frame.exists("boy") and frame.simple_query("Is the boy picking up a ball?").lower() == "yes":
            picked = index
            break
    after = frames[min(picked + 1, len(frames) - 1)] if picked is not None else frames[len(frames) // 2]
    info = {
        "what happens after the boy picks up the ball": after.caption(),
        "what the boy does then": after.simple_query("What is the boy doing?"),
    }
    return video.select_answer(info, query, possible_answers)
