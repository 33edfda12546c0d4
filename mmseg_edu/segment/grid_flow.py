"""Kernels of the maximum flow on a pixel grid: two search trees (Boykov and Kolmogorov), compiled by Numba.

Whoever needs a kernel imports this module inside a function: loading Numba takes a quarter of a second.

The kernels share one layout. The picture gets a row of padding above and below and a column of padding between
its rows, and is flattened: pixel (y, x) is node (y + 1) * (W + 1) + x + 1, so that a step over any edge ends in
padding and never round a corner. Of the arrays,

- ``steps[d]`` leads from a node to its neighbour in direction d; d ^ 1 is the opposite direction;
- ``cap[node * D + d]``, D = len(steps), is how much can still flow that way; 0 towards and out of padding;
- ``excess[node]`` is what the source can still give (> 0) or the sink still take (< 0);
- ``tree[node]`` is 1 in the source's tree, -1 in the sink's, 0 in neither;
- ``parent[node]`` is the direction towards the root, TERMINAL at a root, ORPHAN where it has been lost;
- ``seen[2 * node]`` is when the node's depth in its tree, ``seen[2 * node + 1]``, was last known to be right;
- ``ring`` holds the active nodes, those that may still grow, first in, first out: ``bounds`` is the position of
  the first and their number, and ``active[node]`` is 1 for those in it.

References
----------
Y. Boykov, V. Kolmogorov, "An experimental comparison of min-cut/max-flow algorithms for energy minimization
in vision", TPAMI 2004. P. Kohli, P. Torr, "Dynamic graph cuts for efficient inference in Markov random
fields", TPAMI 2007, for `carry_flow`.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

TERMINAL = 8
ORPHAN = 9
FAR = 2**30
# Told that an index is not negative, Numba leaves out the test for one: a quarter of the time of a cut.
at = np.uintp

Whole = NDArray[np.int64]
Nodes = NDArray[np.int32]
Flags = NDArray[np.int8]
Real = NDArray[np.float64]


def kernel(function: Callable[..., Any]) -> Any:
    """Compile at the first call, and keep the machine code on disk if there is a folder to write it to."""
    from numba import njit

    try:
        return njit(cache=True, nogil=True)(function)
    except RuntimeError:  # a read-only package, and no folder of the user's own either
        return njit(nogil=True)(function)


def part(function: Callable[..., Any]) -> Any:
    """Copy a function into the kernels that call it: a call with ten arrays costs more than what it does."""
    from numba import njit

    return njit(inline="always")(function)


# Filling in a problem


@kernel
def fill_pairs(
    cap: Whole, steps: Whole, stride: int, d: int, corner: int, forward: Real, backward: Real, scale: float
) -> None:
    """Write the capacities of all pairs one step apart in direction d, as whole multiples of 1 / scale.

    `corner` is the node of the first pair's first pixel.
    """
    slots = steps.size
    for y in range(forward.shape[0]):
        for x in range(forward.shape[1]):
            p = corner + y * stride + x
            cap[at(p * slots + d)] = np.int64(np.rint(forward[at(y), at(x)] * scale))
            cap[(p + steps[at(d)]) * slots + d + 1] = np.int64(np.rint(backward[at(y), at(x)] * scale))


@kernel
def fill_excess(excess: Whole, cap: Whole, steps: Whole, theta: Real, scale: float) -> None:
    """Write what each pixel prefers, cut off one unit above what all its neighbours can pay together."""
    slots = steps.size
    height, width = theta.shape
    for y in range(height):
        for x in range(width):
            p = (y + 1) * (width + 1) + x + 1
            pull = -theta[at(y), at(x)]
            room = 0
            for d in range(slots):
                room += cap[at(p * slots + d)] if pull > 0 else cap[(p + steps[at(d)]) * slots + (d ^ 1)]
            # Compared before the 1 is added: beyond 2**53 a float would lose it, and with it the tie.
            if room == 0 or abs(pull * scale) > room:
                excess[at(p)] = room + 1 if pull > 0 else -room - 1 if pull < 0 else 0
            else:
                excess[at(p)] = np.int64(np.rint(pull * scale))


@kernel
def fill_expansion(
    cap: Whole,
    excess: Whole,
    steps: Whole,
    labels: NDArray[np.int16],
    costs: Whole,
    borders: Whole,
    alpha: int,
) -> None:
    """Write the problem "keep the label (0) or take alpha (1)" for whole costs (node, K) and borders (node, D / 2).

    A pair's four prices become a directed edge and two pixel terms (Kolmogorov and Zabih 2004).
    """
    slots = steps.size
    for p in range(excess.size):
        first = labels[at(p)]
        excess[at(p)] = 0 if first < 0 else costs[at(p), at(first)] - costs[at(p), at(alpha)]
    for p in range(excess.size):
        first = labels[at(p)]
        for k in range(slots // 2):
            border = borders[at(p), at(k)]
            if border == 0:
                continue
            q = p + steps[at(2 * k)]
            second = labels[at(q)]
            both_keep = border if first != second else 0
            first_takes = border if second != alpha else 0
            second_takes = border if first != alpha else 0
            edge = first_takes + second_takes - both_keep
            # Half of it each way: as good as all of it one way, and it leaves the trees less to do.
            half = edge // 2
            cap[at(p * slots + 2 * k)] = half
            cap[at(q * slots + 2 * k + 1)] = edge - half
            excess[at(p)] -= first_takes - both_keep - half
            excess[at(q)] += first_takes - half


@kernel
def carry_flow(cap: Whole, excess: Whole, steps: Whole, flow: Whole, ratio: float) -> None:
    """Begin with an earlier problem's flow (node, D / 2): as much of it as fits, times ratio.

    Any flow between pixels, taken off the capacities and booked at both ends, leaves an equal problem.
    """
    slots = steps.size
    for p in range(excess.size):
        for k in range(slots // 2):
            if flow[at(p), at(k)] == 0:
                continue
            q = p + steps[at(2 * k)]
            there, back = p * slots + 2 * k, q * slots + 2 * k + 1
            # Cut off twice: as a float, so that it has a whole number, and in whole numbers, exactly.
            wanted = np.int64(
                min(max(flow[at(p), at(k)] * ratio, -float(cap[at(back)])), float(cap[at(there)]))
            )
            moved = min(max(wanted, -cap[at(back)]), cap[at(there)])
            cap[at(there)] -= moved
            cap[at(back)] += moved
            excess[at(p)] -= moved
            excess[at(q)] += moved


# Solving it


@kernel
def push_pairs(cap: Whole, excess: Whole, steps: Whole) -> None:
    """Send what can go straight from a pixel to its neighbour: most of the flow, in one sweep."""
    slots = steps.size
    for p in range(excess.size):
        have = excess[at(p)]
        if have == 0:
            continue
        for d in range(0, slots, 2):
            q = p + steps[at(d)]
            if q >= excess.size:
                continue
            there, back = p * slots + d, q * slots + d + 1
            if have > 0 and excess[at(q)] < 0:
                moved = min(have, -excess[at(q)], cap[at(there)])
            elif have < 0 and excess[at(q)] > 0:
                moved = max(have, -excess[at(q)], -cap[at(back)])
            else:
                continue
            cap[at(there)] -= moved
            cap[at(back)] += moved
            have -= moved
            excess[at(q)] += moved
        excess[at(p)] = have


@part
def activate(node: int, active: Flags, ring: Nodes, head: int, waiting: int) -> int:
    """Put a node at the end of the ring, once; return how many are in it now."""
    if active[at(node)] == 0:
        active[at(node)] = 1
        end = head + waiting
        ring[at(end if end < ring.size else end - ring.size)] = node
        waiting += 1
    return waiting


@part
def narrowest(x: int, side: int, cap: Whole, excess: Whole, steps: Whole, parent: Flags) -> int:
    """Return the most that can flow between x and the root of its tree."""
    slots = steps.size
    least = FAR * FAR
    while parent[at(x)] != TERMINAL:
        k = parent[at(x)]
        up = x + steps[at(k)]
        least = min(least, cap[at(up * slots + (k ^ 1))] if side > 0 else cap[at(x * slots + k)])
        x = up
    return min(least, excess[at(x)] if side > 0 else -excess[at(x)])


@part
def send(
    x: int,
    amount: int,
    count: int,
    side: int,
    cap: Whole,
    excess: Whole,
    steps: Whole,
    parent: Flags,
    orphans: Nodes,
) -> int:
    """Send an amount between x and its root. Nodes cut off by it become orphans; return their new number."""
    slots = steps.size
    before = count
    flow = amount if side > 0 else -amount
    while parent[at(x)] != TERMINAL:
        k = parent[at(x)]
        up = x + steps[at(k)]
        inward, outward = x * slots + k, up * slots + (k ^ 1)
        cap[at(inward)] += flow
        cap[at(outward)] -= flow
        if (cap[at(outward)] if side > 0 else cap[at(inward)]) == 0:
            parent[at(x)] = ORPHAN
            orphans[at(count)] = x
            count += 1
        x = up
    excess[at(x)] -= flow
    if excess[at(x)] == 0:
        parent[at(x)] = ORPHAN
        orphans[at(count)] = x
        count += 1
    # The orphan nearest to the root first: those behind it may then keep their parents.
    for i in range((count - before) // 2):
        orphans[at(before + i)], orphans[at(count - 1 - i)] = (
            orphans[at(count - 1 - i)],
            orphans[at(before + i)],
        )
    return count


@part
def depth_of(x: int, now: int, steps: Whole, parent: Flags, seen: Nodes) -> int:
    """Return how far x is from the root of its tree, or FAR if the way there ends in an orphan."""
    start, far = x, 0
    while seen[at(2 * x)] != now:
        k = parent[at(x)]
        if k == ORPHAN:
            return FAR
        if k == TERMINAL:
            seen[at(2 * x)] = now
            seen[at(2 * x + 1)] = 1
            break
        far += 1
        x += steps[at(k)]
    far += seen[at(2 * x + 1)]
    # Leave word on the way, so that the next one who asks need not walk it.
    x, left = start, far
    while seen[at(2 * x)] != now:
        seen[at(2 * x)] = now
        seen[at(2 * x + 1)] = left
        left -= 1
        x += steps[at(parent[at(x)])]
    return far


@part
def adopt(
    lost: int,
    now: int,
    head: int,
    waiting: int,
    cap: Whole,
    steps: Whole,
    tree: Flags,
    parent: Flags,
    seen: Nodes,
    orphans: Nodes,
    active: Flags,
    ring: Nodes,
) -> int:
    """Find each orphan a parent of its own tree that still hangs on the root; set free who finds none."""
    slots = steps.size
    first = 0
    while first != lost:
        x = orphans[at(first)]
        first += 1
        side = tree[at(x)]
        before = seen[at(2 * x + 1)]
        best, found = FAR, -1
        for k in range(slots):
            u = x + steps[at(k)]
            if (
                tree[at(u)] != side
                or (cap[at(u * slots + (k ^ 1))] if side > 0 else cap[at(x * slots + k)]) == 0
            ):
                continue
            far = depth_of(u, now, steps, parent, seen)
            if far < best:
                best, found = far, k
                # A parent no deeper than the old one will do: to search on costs more than it saves.
                if best < before:
                    break
        if found >= 0:
            parent[at(x)] = found
            seen[at(2 * x)] = now
            seen[at(2 * x + 1)] = best + 1
            continue
        tree[at(x)] = 0
        for k in range(slots):
            u = x + steps[at(k)]
            if tree[at(u)] != side:
                continue
            if (cap[at(u * slots + (k ^ 1))] if side > 0 else cap[at(x * slots + k)]) > 0:
                waiting = activate(u, active, ring, head, waiting)
            if parent[at(u)] == (k ^ 1):
                parent[at(u)] = ORPHAN
                orphans[at(lost)] = u
                lost += 1
    return waiting


@kernel
def reach(cap: Whole, steps: Whole, tree: Flags, queue: Nodes) -> None:
    """Extend the source's tree to all that it still reaches: of all minimum cuts, the one with the fewest ones."""
    slots = steps.size
    count = 0
    for v in range(tree.size):
        if tree[at(v)] > 0:
            queue[at(count)] = v
            count += 1
    i = 0
    while i < count:
        v = queue[at(i)]
        i += 1
        for d in range(slots):
            w = v + steps[at(d)]
            if cap[at(v * slots + d)] > 0 and tree[at(w)] <= 0:
                tree[at(w)] = 1
                queue[at(count)] = w
                count += 1


@kernel
def max_flow(cap: Whole, excess: Whole, steps: Whole) -> Flags:
    """Saturate every way from source to sink, in place; return the trees, 1 for what the source still reaches."""
    slots = steps.size
    size = excess.size
    tree, parent = np.zeros(size, np.int8), np.full(size, ORPHAN, np.int8)
    seen = np.zeros(2 * size, np.int32)
    ring, orphans = np.empty(size, np.int32), np.empty(size, np.int32)
    active = np.zeros(size, np.int8)
    push_pairs(cap, excess, steps)
    head = waiting = 0
    for v in range(size):
        if excess[at(v)] != 0:
            tree[at(v)] = 1 if excess[at(v)] > 0 else -1
            parent[at(v)] = TERMINAL
            seen[at(2 * v + 1)] = 1
            active[at(v)] = 1
            ring[at(waiting)] = v
            waiting += 1
    now = 1
    while waiting > 0:
        v = ring[at(head)]
        met = -1
        side = tree[at(v)]
        if side != 0:
            for d in range(slots):
                w = v + steps[at(d)]
                if (cap[at(v * slots + d)] if side > 0 else cap[at(w * slots + (d ^ 1))]) > 0:
                    if tree[at(w)] == 0:
                        tree[at(w)] = side
                        parent[at(w)] = d ^ 1
                        seen[at(2 * w)] = seen[at(2 * v)]
                        seen[at(2 * w + 1)] = seen[at(2 * v + 1)] + 1
                        waiting = activate(w, active, ring, head, waiting)
                    elif tree[at(w)] != side:
                        met = d
                        break
                    elif seen[at(2 * w)] <= seen[at(2 * v)] and seen[at(2 * w + 1)] > seen[at(2 * v + 1)] + 1:
                        parent[at(w)] = d ^ 1
                        seen[at(2 * w)] = seen[at(2 * v)]
                        seen[at(2 * w + 1)] = seen[at(2 * v + 1)] + 1
        if met < 0:
            active[at(v)] = 0
            head += 1
            if head == size:
                head = 0
            waiting -= 1
            continue
        now += 1
        w = v + steps[at(met)]
        p, q, d = (v, w, met) if tree[at(v)] > 0 else (w, v, met ^ 1)
        amount = min(
            cap[at(p * slots + d)],
            narrowest(p, 1, cap, excess, steps, parent),
            narrowest(q, -1, cap, excess, steps, parent),
        )
        cap[at(p * slots + d)] -= amount
        cap[at(q * slots + (d ^ 1))] += amount
        lost = send(p, amount, 0, 1, cap, excess, steps, parent, orphans)
        lost = send(q, amount, lost, -1, cap, excess, steps, parent, orphans)
        waiting = adopt(lost, now, head, waiting, cap, steps, tree, parent, seen, orphans, active, ring)
    reach(cap, steps, tree, ring)
    return tree
