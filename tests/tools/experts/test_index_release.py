"""A video that nobody asks about any more does not keep its index open, and its index is there when it comes back."""

from sightline.tools.experts.index_folder import IndexFolder


def test_a_released_index_is_closed_and_opens_again(tmp_path):
    folder = IndexFolder(tmp_path)
    first = folder.of("a" * 32)
    assert folder.of("a" * 32) is first
    folder.release("a" * 32)
    again = folder.of("a" * 32)
    assert again is not first
    assert again.path == first.path
    assert first.entries() == []  # whoever still holds it finds nothing, and no error
    folder.release("unknown")
    folder.close()
