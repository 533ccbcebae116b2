from __future__ import annotations

import time

import pytest

from workers.review.drawings import is_drawing

HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>\n<!-- Made by hand -->\n'
    '<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd">\n'
)


def svg(inside: str, attributes: str = "") -> str:
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"{attributes}>\n{inside}\n</svg>\n'


@pytest.mark.parametrize(
    "inside",
    [
        '<path class="a-b" d="M0 0h24v24H0z" fill="none"/>',
        "<g fill='#fff' stroke-width='2'><circle cx='1' cy='2' r='3' /></g>",
        '<defs><linearGradient id="a"><stop offset="0" stop-color="red"/></linearGradient></defs>',
        '<rect fill="url(#a)" style="opacity:.5" aria-label="A description"/>',
        '<title>Cart &amp; till</title><text x="1">5 &gt; 4</text>',
        '<symbol id="s"><path d="M0"/></symbol><use xlink:href="#s"/><use href="#s"/>',
        '<image href="data:image/png;base64,iVBORw0KGgo=" width="1"/>',
    ],
)
def test_shapes_and_words_are_a_drawing(inside: str) -> None:
    assert is_drawing(svg(inside))
    assert is_drawing(HEAD + svg(inside))


@pytest.mark.parametrize(
    "inside",
    [
        "<script>steal()</script>",
        '<path onclick="steal()" d="M0"/>',
        "<path\nonload='steal()'/>",
        '<a href="javascript:steal()"><path d="M0"/></a>',
        '<use href="https://evil.example/a.svg#x"/>',
        '<use xlink:href="&#106;avascript:steal()"/>',
        '<image href="https://evil.example/pixel.png"/>',
        '<image href="data:image/svg+xml;base64,AAAA"/>',
        "<foreignObject><body/></foreignObject>",
        "<style>@import 'https://evil.example/a.css';</style>",
        '<rect style="fill:url(https://evil.example/a)"/>',
        '<rect fill="url( //evil.example/a )"/>',
        '<set attributeName="href" to="javascript:steal()"/>',
        '<animate attributeName="x" values="1"/>',
        "<![CDATA[<script>steal()</script>]]>",
        '<?xml-stylesheet href="https://evil.example/a.xsl"?>',
        '<html:script xmlns:html="http://www.w3.org/1999/xhtml">steal()</html:script>',
        '<path d="M0" o"nload="x"/>',
        "<path d=M0 onload=steal()>",
        "{{ steal() }}",
        "<?php steal(); ?>",
        "<% steal %>",
        '<path ONLOAD="steal()" d="M0"/>',
        '<g xml:base="//evil.example/"><use href="#s"/></g>',
        '<rect style="fill:URL (//evil.example/a)"/>',
        '<rect fill="{{ steal }}"/>',
    ],
)
def test_what_may_run_or_fetch_is_no_drawing(inside: str) -> None:
    assert not is_drawing(svg(inside))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "steal()",
        '<!DOCTYPE svg [<!ENTITY a "b">]><svg>&a;</svg>',
        "<svg>",
        "<html><svg></svg></html>",
        svg("", ' onload="steal()"'),
        svg("") + "<script>steal()</script>",
        svg("").replace(">", "", 1),
    ],
)
def test_what_is_not_all_shapes_is_no_drawing(text: str) -> None:
    assert not is_drawing(text)


@pytest.mark.parametrize("piece", ["<path ", 'a="', "<!--", "<path a='b' ", "<svg>", "&", "<?xml "])
def test_a_long_text_costs_time_by_its_length_alone(piece: str) -> None:
    start = time.process_time()
    assert not is_drawing(svg(piece * 40_000) + "<")
    assert time.process_time() - start < 2
