# Which country does the breed of the sitting dog come from?
def execute_command(image)->str:
    image_patch = ImagePatch(image)
    for dog_patch in image_patch.find("dog"):
        if dog_patch.verify_property("dog", "sitting"):
            breed = dog_patch.simple_query("What breed is this dog?")
            return dog_patch.llm_query(f"In which country was the {breed} breed developed?", long_answer=False)
