# What color is the smallest boat?
import numpy as np

def execute_command(image):
    image_patch = ImagePatch(image)
    boats = image_patch.find("boat")
    order = np.argsort([boat.width * boat.height for boat in boats])
    return boats[order[0]].simple_query("What color is the boat?")
