"""How pictures are scaled and their colours turned, on the way in and on the way out: FFmpeg's own numbers.

The flags are those of libswscale/swscale.h. PyAV names all of them from version 18 on only, but has passed
their numbers on since long before.
"""

_AREA = 0x20  # Each new pixel is the mean of the area that it covers: anti-aliased.
_FULL_CHROMA_OUT = 0x2000  # Every pixel of the result gets its own colour.
_FULL_CHROMA_IN = 0x4000  # Every pixel's own colour is looked at.
_ACCURATE_ROUNDING = 0x40000

# The colours of standard and of high definition.
SWS_BT709, SWS_BT601 = 1, 5

TO_RGB = _AREA | _ACCURATE_ROUNDING | _FULL_CHROMA_OUT
FROM_RGB = _AREA | _ACCURATE_ROUNDING | _FULL_CHROMA_IN
