# Is the traffic light red or green?
def execute_command(image):
    image_patch = ImagePatch(image)
    traffic_lights = image_patch.find("traffic light")
    return traffic_lights[0].best_text_match(option_list=["red", "yellow", "green"], prefix="a traffic light that is")
