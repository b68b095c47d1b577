# What is the phone number?
import re

def execute_command(image):
    image_patch = ImagePatch(image)
    match = re.search(r"\d{3}-\d{4}", image_patch.read_text())
    return match.group() if match else "no number"
