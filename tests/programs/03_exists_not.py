# Is there a cat or a horse?
def execute_command(image)->str:
    image_patch = ImagePatch(image)
    is_cat = image_patch.exists("cat")
    is_horse = image_patch.exists("horse")
    return bool_to_yesno(is_cat or is_horse)
