"""What payers have announced, as policy files that the practice can read."""

from data.synthetic.world import World


def policy_files(world: World, seed: int) -> dict[str, str]:
    """File names and contents."""
    return {}
