"""``models.unet`` once more in plain PyTorch, written as one writes it there: the peer of the training step."""

from __future__ import annotations

import sys
from collections.abc import Callable

import numpy as np
import torch
from torch import nn


def level(inputs: int, outputs: int, convolutions: int = 2) -> nn.Sequential:
    """Twice: convolve 3x3 without a bias, normalise, rectify."""
    layers: list[nn.Module] = []
    for i in range(convolutions):
        layers += [
            nn.Conv2d(inputs if i == 0 else outputs, outputs, 3, padding=1, bias=False),
            nn.BatchNorm2d(outputs, eps=1e-3, momentum=0.1),
            nn.ReLU(inplace=True),
        ]
    return nn.Sequential(*layers)


class UNet(nn.Module):
    """The layers of ``models.unet(64)``: width 16, depth 3, max pooling, nearest upsampling, concatenated skips."""

    def __init__(self, classes: int = 5, channels: int = 3, width: int = 16, depth: int = 3) -> None:
        super().__init__()
        wide = [width * 2**i for i in range(depth + 1)]
        self.down = nn.ModuleList(level(a, b) for a, b in zip([channels, *wide], wide, strict=False))
        self.up = nn.ModuleList(level(wide[i + 1] + wide[i], wide[i]) for i in reversed(range(depth)))
        self.logits = nn.Conv2d(width, classes, 1)

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        maps = []
        for i, encode in enumerate(self.down):
            features = encode(features if i == 0 else nn.functional.max_pool2d(features, 2))
            maps.append(features)
        for decode, kept in zip(self.up, reversed(maps[:-1]), strict=True):
            doubled = nn.functional.interpolate(features, scale_factor=2, mode="nearest")
            features = decode(torch.cat([kept, doubled], dim=1))
        return self.logits(features)


def stepper(images: np.ndarray, labels: np.ndarray, rate: float) -> tuple[Callable[[], None], int]:
    """A function that takes one training step per batch of 16, and the number of weights that learn."""
    torch.manual_seed(0)
    model = UNet().to(memory_format=torch.channels_last)
    optimizer = torch.optim.AdamW(model.parameters(), lr=rate, weight_decay=0.0)
    loss = nn.CrossEntropyLoss()
    pictures = torch.from_numpy(np.ascontiguousarray(images.transpose(0, 3, 1, 2)))
    pictures = pictures.contiguous(memory_format=torch.channels_last)
    truth = torch.from_numpy(labels.astype(np.int64))

    def steps() -> None:
        model.train()
        for start in range(0, len(pictures), 16):
            optimizer.zero_grad(set_to_none=True)
            loss(model(pictures[start : start + 16]), truth[start : start + 16]).backward()
            optimizer.step()

    return steps, sum(weight.numel() for weight in model.parameters())


def main() -> None:
    """Take the steps whenever a line comes in, and say so: PyTorch and TensorFlow do not bear one process."""
    from benchmarks.bench_training import RATE, examples

    steps, weights = stepper(*examples(), RATE)
    print(weights, flush=True)
    for _ in sys.stdin:
        steps()
        print("taken", flush=True)


if __name__ == "__main__":
    main()
