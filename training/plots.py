"""Line charts as inline SVG: what an HTML report needs, without a file or a script beside it."""

from collections.abc import Mapping, Sequence

from markupsafe import Markup, escape

Points = Sequence[tuple[float, float]]
WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 460, 320, 48, 12, 12, 40
COLOURS = ("#1b6ca8", "#c1440e", "#3c8031", "#7a4fa3", "#8a6d1a", "#4d4d4d", "#c23a78")
TICKS = 5


def line_chart(
    series: Mapping[str, Points], x: str, y: str, *, diagonal: bool = False, top: float = 1.0
) -> Markup:
    """The series as lines with a key, both axes from 0 to `top`, in percent.

    series: points in shares by name. x, y: what the axes say. diagonal: whether the line on which
    both are equal is drawn.
    """
    across, down = WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM

    def at(point: tuple[float, float]) -> tuple[float, float]:
        return LEFT + across * point[0] / top, TOP + down * (1 - min(point[1], top) / top)

    parts = [
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(y)} by {escape(x)}">'
    ]
    for tick in range(TICKS + 1):
        share = top * tick / TICKS
        right, up = at((share, share))
        parts.append(
            f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{up:.1f}" y2="{up:.1f}"/>'
            f'<text x="{LEFT - 6}" y="{up + 4:.1f}" text-anchor="end">{share:.0%}</text>'
            f'<text x="{right:.1f}" y="{HEIGHT - BOTTOM + 16}" text-anchor="middle">'
            f"{share:.0%}</text>"
        )
    if diagonal:
        (x1, y1), (x2, y2) = at((0, 0)), at((top, top))
        parts.append(
            f'<line class="equal" x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"/>'
        )
    for number, (name, points) in enumerate(series.items()):
        colour = COLOURS[number % len(COLOURS)]
        path = " ".join(f"{px:.1f},{py:.1f}" for px, py in map(at, points))
        parts.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
        height = TOP + down - 14 * (len(series) - number) + 4
        parts.append(
            f'<text x="{WIDTH - RIGHT - 4}" y="{height}" text-anchor="end" fill="{colour}">'
            f"{escape(name)}</text>"
        )
    parts.append(
        f'<text x="{LEFT + across / 2}" y="{HEIGHT - 6}" text-anchor="middle">{escape(x)}</text>'
        f'<text x="12" y="{TOP + down / 2}" text-anchor="middle" '
        f'transform="rotate(-90 12 {TOP + down / 2})">{escape(y)}</text></svg>'
    )
    # Every word above was escaped, the rest are our own numbers.
    return Markup("".join(parts))  # noqa: S704
