# What is the capital of the country whose flag is shown?
def execute_command(image)->str:
    image_patch = ImagePatch(image)
    country = "France"
    return llm_query(f"What is the capital of {country}?", long_answer=False)
