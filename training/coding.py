"""Trains the shipped coding model: which kind of service a text describes (`make models`)."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from training.coding_calibration import both_ways, calibrate, kinds_right
from training.coding_examples import NO_MODEL, described, invented, kinds_drawn
from training.coding_trees import fit, with_prior


def main(arguments: Sequence[str] | None = None) -> int:
    """Trains, calibrates and stores the shipped model; returns the exit status."""
    parser = argparse.ArgumentParser(description="Trains the coding model.")
    parser.add_argument("--train", type=Path, required=True, help="a corpus of invented notes")
    parser.add_argument("--held-out", type=Path, required=True, help="one of held-out voices")
    parser.add_argument("--out", type=Path, required=True, help="folder for the model's files")
    parser.add_argument("--most", type=int, default=200, help="notes of one kind that are read")
    parser.add_argument("--version", default="2")
    options = parser.parse_args(arguments)
    examples = [*described(), *invented(options.train, options.most)]
    held_out = list(invented(options.held_out))
    model = with_prior(fit(examples, options.version), examples, kinds_drawn(options.train))
    model = calibrate(model, held_out)
    model.to_disk(options.out)
    lines = [
        f"{len(examples)} examples, {len({e.writer for e in examples})} writers; "
        f"held out: {len(held_out)}, {len({e.writer for e in held_out})} writers",
        f"temperature {model.temperature}, least share {model.least_share}",
        *(
            f"kind right, {name}: {kinds_right(chosen, held_out):.3f}"
            for name, chosen in (("rules alone", NO_MODEL), ("rules and model", model))
        ),
        *(
            f"threshold {least} of half the writers; on the other half {held / max(1, of):.3f} "
            f"covered ({held}/{of}), mean size {size:.2f}"
            for least, (held, of, size) in both_ways(model, held_out)
        ),
    ]
    sys.stdout.write("\n".join(lines) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
