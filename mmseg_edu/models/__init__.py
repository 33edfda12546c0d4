"""Networks: the only home of Keras models. Keras loads when a network is built, not on entering this room."""

from importlib import import_module
from types import ModuleType

from mmseg_edu.models.article import article_network, article_segmenter
from mmseg_edu.models.audio_visual import audio_visual_unet
from mmseg_edu.models.border_loss import border, border_cross_entropy
from mmseg_edu.models.encoder import image_encoder
from mmseg_edu.models.fcn import bilinear_kernel, fcn, fcn_classifier, inherit, upsample
from mmseg_edu.models.gradients import Gradients, loss_gradients
from mmseg_edu.models.losses import cross_entropy, cross_entropy_and_dice, dice_loss
from mmseg_edu.models.muon import muon
from mmseg_edu.models.prediction import predict, predict_labels
from mmseg_edu.models.shipped import (
    fcn_classifier_shipped,
    image_encoder_shipped,
    image_unet,
    object_unet,
    sound_tagger_shipped,
    sounding_network_shipped,
)
from mmseg_edu.models.sounding_network import sounding_network
from mmseg_edu.models.subpixel_unet import subpixel_unet
from mmseg_edu.models.tagger import event_tagger, sound_tagger
from mmseg_edu.models.train import (
    train_audio_visual,
    train_encoder,
    train_experts,
    train_fcn_classifier,
    train_sounding,
)
from mmseg_edu.models.training import History, fit
from mmseg_edu.models.unet import unet
from mmseg_edu.models.weights import load_weights, save_weights

__all__ = [
    "Gradients",
    "History",
    "article_network",
    "article_segmenter",
    "audio_visual_unet",
    "bilinear_kernel",
    "border",
    "border_cross_entropy",
    "cross_entropy",
    "cross_entropy_and_dice",
    "dice_loss",
    "event_tagger",
    "fcn",
    "fcn_classifier",
    "fcn_classifier_shipped",
    "fit",
    "image_encoder",
    "image_encoder_shipped",
    "image_unet",
    "inherit",
    "load_weights",
    "loss_gradients",
    "muon",
    "object_unet",
    "predict",
    "predict_labels",
    "save_weights",
    "sound_tagger",
    "sound_tagger_shipped",
    "sounding_network",
    "sounding_network_shipped",
    "subpixel_unet",
    "train_audio_visual",
    "train_encoder",
    "train_experts",
    "train_fcn_classifier",
    "train_sounding",
    "unet",
    "upsample",
]


def __getattr__(name: str) -> ModuleType:
    if name == "layers":  # its classes are Keras layers, so that entering it loads Keras
        return import_module(f"{__name__}.layers")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
