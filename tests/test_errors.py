"""The error tree."""

from helmlite import errors


def test_every_family_is_a_helmlite_error() -> None:
    """Every error that the house raises on purpose has the same root."""
    families = [each for each in vars(errors).values() if isinstance(each, type) and issubclass(each, Exception)]
    assert all(issubclass(each, errors.HelmliteError) for each in families)
