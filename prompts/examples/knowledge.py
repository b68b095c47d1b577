# In which country was the maker of this car founded?


def execute_command(image):
    cars = image.find("car")
    patch = cars[0] if cars else image
    make = patch.simple_query("What make is this car?")
    return llm_query(f"In which country was the car maker {make} founded?", long_answer=False)
