# How far apart are 12 and 6.5?
def execute_command(image):
    return distance(12, 6.5)
