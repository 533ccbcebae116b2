"""Which files hold no text, by their names: pictures, fonts, archives, media, office, compiled, data.

Git calls a file binary for one NUL byte in it, or because `.gitattributes` says so, and a change can bring
both. So what git says counts only where the name says the same, which people can see. Names under which
tools look for text as well (`.plist`, `.key`, `.crt`, `.dot`, `.obj`, `.ppm`) are none of these, nor are
pickles, which run when they are loaded.
What is *not* here: names of lock files and the like (workers.review.exclusions).
"""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from typing import Final

_PICTURES = (
    "png jpg jpeg jpe jfif gif webp avif heic heif bmp dib ico icns cur tif tiff jp2 j2k jxl tga dds ktx ktx2"
    " hdr exr psd psb xcf ai sketch fig indd afdesign afphoto cr2 nef arw dng svgz icc"
    " blend fbx glb 3ds stl usdz uasset umap unitypackage"
)
_FONTS = "ttf otf ttc woff woff2 eot pfb pfm pcf dfont"
_ARCHIVES = (
    "zip tar gz tgz bz2 tbz tbz2 xz txz zst tzst lz lz4 lzma br 7z rar cab cpio iso dmg img pkg deb rpm apk"
    " aab ipa appimage msi jar war ear aar whl egg gem nupkg vsix crx xpi crate"
)
_MEDIA = (
    "mp3 mp4 m4a m4v aac ac3 flac ogg oga ogv opus wav aif aiff caf amr wma wmv avi mov mkv webm mpg mpeg 3gp"
    " mid midi flv swf"
)
_OFFICE = (
    "pdf doc docx docm dotx xls xlsx xlsm xlsb ppt pptx pptm pps ppsx odt ods odp odg odf pages numbers"
    " vsd vsdx epub mobi azw3 djvu chm xps mdb accdb"
)
_COMPILED = (
    "exe dll so dylib lib a o ko sys elf efi rom uf2 wasm class dex odex pyc pyo pyd beam node luac elc"
    " mo gmo pdb ilk winmd nib car"
)
_DATA = (
    "bin dat db db3 sqlite sqlite3 rdb ldb sst parquet avro orc feather arrow npy npz mat h5 hdf5 nc onnx"
    " safetensors gguf tflite sas7bdat dta sav shp shx dbf gpkg mbtiles las mmdb pcap pcapng pak idx pack"
    " der p12 pfx p7b jks keystore bks"
)
SUFFIXES: Final = frozenset(
    suffix
    for kind in (_PICTURES, _FONTS, _ARCHIVES, _MEDIA, _OFFICE, _COMPILED, _DATA)
    for suffix in kind.split()
)
"""In small letters, without the dot."""
_NAMES: Final = frozenset({".ds_store", "thumbs.db"})
_SHARED_OBJECT: Final = re.compile(r".+\.so(?:\.\d{1,6}){1,4}")


def holds_no_text(path: str) -> bool:
    """Whether a file of this name is binary, as far as its name says. Any text is a path."""
    file = PurePosixPath(path.lower())
    return (
        file.name in _NAMES
        or file.suffix.removeprefix(".") in SUFFIXES
        or _SHARED_OBJECT.fullmatch(file.name) is not None
    )
