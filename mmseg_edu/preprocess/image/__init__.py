"""Pictures, label maps and boxes: read, resize, crop, normalize, colour spaces, denoise, augment."""

from mmseg_edu.preprocess.image.augmenting import Augmented, augment
from mmseg_edu.preprocess.image.colors import (
    adjust_colors,
    gray_to_rgb,
    hsv_to_rgb,
    lab_to_rgb,
    rgb_to_gray,
    rgb_to_hsv,
    rgb_to_lab,
)
from mmseg_edu.preprocess.image.cropping import center_rectangle, crop, crop_boxes, random_rectangle
from mmseg_edu.preprocess.image.denoising import (
    denoise_gaussian,
    denoise_median,
    denoise_non_local_means,
    denoise_total_variation,
    psnr,
)
from mmseg_edu.preprocess.image.normalizing import channel_statistics, normalize, standardize
from mmseg_edu.preprocess.image.reading import to_rgb
from mmseg_edu.preprocess.image.resizing import resize_image, resize_labels, resize_labels_by_majority
from mmseg_edu.preprocess.image.warping import affine_matrix, warp_boxes, warp_image, warp_labels

__all__ = [
    "Augmented",
    "adjust_colors",
    "affine_matrix",
    "augment",
    "center_rectangle",
    "channel_statistics",
    "crop",
    "crop_boxes",
    "denoise_gaussian",
    "denoise_median",
    "denoise_non_local_means",
    "denoise_total_variation",
    "gray_to_rgb",
    "hsv_to_rgb",
    "lab_to_rgb",
    "normalize",
    "psnr",
    "random_rectangle",
    "resize_image",
    "resize_labels",
    "resize_labels_by_majority",
    "rgb_to_gray",
    "rgb_to_hsv",
    "rgb_to_lab",
    "standardize",
    "to_rgb",
    "warp_boxes",
    "warp_image",
    "warp_labels",
]
