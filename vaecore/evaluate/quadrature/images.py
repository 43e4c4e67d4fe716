"""What is known of one image, for the next question about it: log p(x|z) on the shared lattice and on tiles, log p(x)."""

from collections.abc import Callable, Hashable
from typing import TypeVar

import torch
from jaxtyping import Float
from torch import Tensor

from vaecore.core.decoding import PointDecoder, ProjectedImage
from vaecore.evaluate.quadrature.evidence import Integral, integrate
from vaecore.evaluate.quadrature.graded import GradedLattice
from vaecore.evaluate.quadrature.grids import LogLikelihoodGrids
from vaecore.evaluate.quadrature.lattice import SHIFTS, DecodedLattice
from vaecore.evaluate.quadrature.memory import ModelMemory, bytes_of
from vaecore.evaluate.quadrature.patch import TILED, TilePatch
from vaecore.evaluate.quadrature.tiles import ImageTiles, Tile, TileGrid

_TILED = 2.5e6  # bytes that a decoded tile may take; where features are larger, tiles would not fit into memory for long
_MOST_LAST = 4  # graded lattices, and small ones about a mean, that are kept of an image: up to 3 MB of each

Kept = TypeVar("Kept")


class UnscaledImage:
    """x · f(z) − log_partition of one image, which σₓ does not change: on the shared lattice, and on tiles if it has any."""

    def __init__(self, lattice: DecodedLattice, image: ProjectedImage, decoder: PointDecoder, memory: ModelMemory) -> None:
        self.lattice = lattice
        grid = TileGrid.on(lattice.axis)
        fits = grid.bytes_of_tile(decoder) <= _TILED
        self.tiles = ImageTiles(grid, image, memory) if lattice.dimensions == 2 and lattice.smooth and fits else None
        self._first: LogLikelihoodGrids | None = None
        self._all: LogLikelihoodGrids | None = None

    def grids(self, decoder: PointDecoder, image: ProjectedImage, *, all_strands: bool) -> LogLikelihoodGrids:
        """On the first strand of the shared lattice, or on all of them."""
        whole, first = self._all, self._first  # while this one computes, another thread may replace the one by the other
        if whole is not None:
            return whole if all_strands else whole.first(1)
        if first is None:
            first = self._first = self._of(self.lattice.values(decoder, image, range(1)))
        if not all_strands:
            return first
        others = self.lattice.values(decoder, image, range(1, len(SHIFTS[self.lattice.dimensions])))
        whole = self._of(torch.cat([first.values, others]))
        self._all, self._first = whole, None
        return whole

    def _of(self, values: Float[Tensor, "strands ..."]) -> LogLikelihoodGrids:
        axes = [axis[: len(values)].to(values) for axis in self.lattice.axes]
        return LogLikelihoodGrids.of(axes, [self.lattice.axis.spacing_at(axis) for axis in axes], values)


class ImageOnLattice:
    """One image at one σₓ, in float64: each made when first asked for, and kept in memory as long as there is room.

    Args:
        unscaled: the image without σₓ.
        projected: the image.
        memory: of the model.
        key: of the image and σₓ in that memory.
    """

    def __init__(self, unscaled: UnscaledImage, projected: ProjectedImage, memory: ModelMemory, key: Hashable) -> None:
        self.unscaled = unscaled
        self.projected = projected
        self.lattice = unscaled.lattice
        self._memory = memory
        self._key = key

    def grids(self, decoder: PointDecoder, *, all_strands: bool = True) -> LogLikelihoodGrids:
        """log p(x|z) on the shared lattice's first strand or on all."""
        return self.unscaled.grids(decoder, self.projected, all_strands=all_strands).scaled(self.projected)

    def patch(self, decoder: PointDecoder, mean: list[float], deviations: list[float], widest: float) -> TilePatch:
        """log p(x|z) on the tiles around a mean, for standard deviations up to these, and up to `widest` half-tiles."""
        tiles = self.unscaled.tiles
        assert tiles is not None, "this model has no tiles"
        needed = tiles.grid.within(mean, [TILED * deviation for deviation in deviations])
        store, key = self._memory.images, (self._key, "patch", widest)
        last: tuple[list[Tile], TilePatch] | None = store.found(key)
        if last is None or last[0] != needed:
            last = needed, TilePatch.of(decoder, self.projected, tiles, needed, widest)
            store.put(key, last, bytes_of(last))
        return last[1]

    def graded(self, decoder: PointDecoder, lattice: GradedLattice) -> LogLikelihoodGrids:
        """log p(x|z) on a graded lattice, decoded now or shortly before."""
        return self._one_of_the_last("graded", lattice.key, lambda: lattice.decoded(decoder, self.projected))

    def about(
        self, decoder: PointDecoder, centre: Tensor, half_width: Tensor, spacing: Tensor, strands: int | None = None
    ) -> LogLikelihoodGrids:
        """log p(x|z) on an evenly spaced lattice about a centre, decoded now or shortly before."""
        key = (*torch.stack([centre, half_width, spacing]).flatten().tolist(), strands)
        return self._one_of_the_last(
            "about", key, lambda: LogLikelihoodGrids.about(decoder, self.projected, centre, half_width, spacing, strands)
        )

    def _one_of_the_last(self, what: str, key: Hashable, make: Callable[[], LogLikelihoodGrids]) -> LogLikelihoodGrids:
        """The last few are kept, since slopes are asked for after values."""
        store, place = self._memory.images, (self._key, what)
        last: dict[Hashable, LogLikelihoodGrids] = store.found(place) or {}
        found = last.get(key)
        if found is None:
            found = make()
            last = dict([*last.items(), (key, found)][-_MOST_LAST:])
            store.put(place, last, bytes_of(last))
        return found

    def integral(self, decoder: PointDecoder) -> Integral:
        """log p(x)."""
        return self._kept("integral", lambda: integrate(decoder, self))

    def _kept(self, what: Hashable, make: Callable[[], Kept]) -> Kept:
        store, key = self._memory.images, (self._key, what)
        found: Kept | None = store.found(key)
        if found is None:
            found = make()
            store.put(key, found, bytes_of(found))
        return found


def image_on_lattice(
    decoder: PointDecoder, memory: ModelMemory, lattice: DecodedLattice, projected: ProjectedImage
) -> ImageOnLattice:
    """The image on the lattice, with what is known of it."""
    x, scale = (lattice.axis, projected.key[0]), projected.key[1]

    def made(_: list) -> list[UnscaledImage]:
        return [UnscaledImage(lattice, projected, decoder, memory)]

    def size(_: UnscaledImage) -> int:
        return 8 * len(SHIFTS[lattice.dimensions]) * lattice.strand_size

    return ImageOnLattice(memory.images.get([x], made, size)[0], projected, memory, (x, scale))
