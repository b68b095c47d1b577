# What is the median height of the people in pixels?
import statistics

def execute_command(image):
    image_patch = ImagePatch(image)
    return float(statistics.median([p.height for p in image_patch.find("person")])) + float(np.mean([60, 60]))
