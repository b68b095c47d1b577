# How high are the clothes on average, and is the typical one taller than the boots?
def execute_command(image):
    image_patch = ImagePatch(image)
    heights = [image_patch.find(name)[0].height for name in ("dress", "jeans", "shoe")]
    tall = np.median(heights) > image_patch.find("boot")[0].height
    return [float(np.mean(heights)), bool(tall)]
