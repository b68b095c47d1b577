# Which of these products is the cheapest?
def execute_command(image)->str:
    image_patch = ImagePatch(image)
    return llm_query("Which of these is the cheapest?", context=image_patch.read_text(), long_answer=False)
