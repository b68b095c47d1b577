# Is the man under the umbrella?
def execute_command(image, possible_answers, query, ImagePatch, VideoSegment, llm_query, bool_to_yesno, distance, best_image_match):
    image_patch = ImagePatch(image)
    man, umbrella = image_patch.find("man")[0], image_patch.find("umbrella")[0]
    return bool_to_yesno(man.vertical_center < umbrella.vertical_center and distance(man, umbrella) < 0)
