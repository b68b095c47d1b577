"""Published measures of answers, boxes, texts and rankings, each from its definition or a library that others keep."""
