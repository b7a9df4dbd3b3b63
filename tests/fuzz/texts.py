"""Seeded generators of texts: what reports hold, and what nobody would write."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from decimal import Decimal
from functools import cache
from pathlib import Path

from unionie.annotation import read_annotations
from unionie.lexicon import lexicon

ROOT = Path(__file__).resolve().parents[2]

#: Characters that go wrong: controls, joiners, marks, directions, astral, full width.
ODD = [
    *map(chr, range(32)),
    "\x7f",
    "\x85",
    "\xa0",
    "\xad",
    *"\u0300\u0301\u0308\u3099\u20dd\ufe0f\u180e",
    *"\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2069\u2028\u2029",
    *"\ufeff\ufffd\ufffe\uffff\ue000",
    *"𠮷𡃁🎉👨🏽𝟗𝟘🄁\U000e0041\U0010ffff",
    *"０１２３９．，％＋－＝＠￥（）：；！？ＡＺａｚ　",
    *"①②⑳Ⅳⅻ½¼㈠㊀㎡㎏٣५໓᠐",
    *"壹贰叁肆伍陆柒捌玖拾佰仟萬億○Ｏ兩廿卅〇",
    *"“”‘’「」『』《》【】()（）[]{}<>&\"'`\\|/",
]
_SURROGATES = ["\ud800", "\udbff", "\udc00", "\udfff"]
_NUMBERS = "零〇一二三四五六七八九十百千万亿两几半0123456789.,，点、"
_FORMATS = (
    "{}人",
    "会员达{}。",
    "5年来,市总工会帮扶职工{},其中女职工{}。",
    "({})",
    "{}",
    "共{}、{}，增长{}",
)


@cache
def fragments() -> tuple[str, ...]:
    """Return the paragraphs of all annotated and real reports."""
    found = {paragraph.text for paragraph in read_annotations(ROOT / "annotations")}
    for file in (ROOT / "seeds").glob("*.txt"):
        found.update(file.read_text(encoding="utf-8").splitlines())
    return tuple(sorted(text for text in found if text.strip()))


@cache
def _words() -> dict[str, list[str]]:
    data = lexicon("quantities")
    flat = {
        name: [word for words in table.values() for word in words.split()]
        for name, table in data.items()
        if name != "counts"
    }
    return flat | {name: words.split() for name, words in data["counts"].items()}


def fragment(rng: random.Random, longest: int = 40) -> str:
    """Return a piece of a report."""
    text = rng.choice(fragments())
    start = rng.randrange(len(text))
    return text[start : start + rng.randint(1, longest)]


def edited(rng: random.Random) -> str:
    """Return a piece of a report with a few characters put in, lost, doubled or changed."""
    chars = list(fragment(rng))
    for _ in range(rng.randint(1, 6)):
        place = rng.randrange(len(chars) + 1)
        match rng.randrange(5):
            case 0:
                chars.insert(place, rng.choice(ODD))
            case 1:
                del chars[place : place + rng.randint(1, 3)]
            case 2:
                chars[place:place] = chars[max(0, place - 5) : place]
            case 3:
                chars[place : place + 1] = rng.choice(_NUMBERS)
            case 4:
                rest = chars[place:]
                chars = chars[:place] + [_full_width(char) for char in rest]
    return "".join(chars)


def _full_width(char: str) -> str:
    return chr(ord(char) + 0xFEE0) if "!" <= char <= "~" else char


def numeral(rng: random.Random) -> str:
    """Return something like a numeral."""
    match rng.randrange(7):
        case 6:
            return rng.choice(_NUMBERS) + rng.choice(["亿", "万亿", "千", "零"]) * rng.randint(
                1, 60
            )
        case 0:
            return "".join(rng.choice(_NUMBERS) for _ in range(rng.randint(1, 8)))
        case 1:
            return str(rng.randrange(10 ** rng.randint(1, 30)))
        case 2:
            return f"{rng.randrange(10**6):,}"
        case 3:
            return f"{rng.randrange(10**4)}.{rng.randrange(10**3)}{rng.choice(['', '万', '亿'])}"
        case 4:
            return chinese(rng.randrange(10 ** rng.randint(1, 12)))
        case _:
            return rng.choice("一两三几十百千数半") + rng.choice(["十", "百", "千", "万", "亿", ""])


def figure(rng: random.Random) -> str:
    """Return words of the figure reader's grammar, mostly in their places."""
    words = _words()

    def maybe(name: str, share: float) -> str:
        return rng.choice(words[name]) if rng.random() < share else ""

    unit = maybe(rng.choice(["units", "units", "currencies"]), 0.8)
    parts = [
        maybe("before", 0.3),
        maybe("currency_signs", 0.05),
        numeral(rng),
        maybe("inside", 0.15),
        rng.choice(["", "", "", "", "万", "亿", "%", "‰", "个百分点", "成", "分之"]),
        unit,
        *(["/" if rng.random() < 0.5 else "每", maybe("per", 1)] if rng.random() < 0.1 else []),
        *([rng.choice("至到-~、"), numeral(rng), unit] if rng.random() < 0.15 else []),
        maybe("after", 0.2),
    ]
    if rng.random() < 0.05:
        rng.shuffle(parts)
    if rng.random() < 0.1:
        parts.insert(rng.randrange(len(parts)), rng.choice(ODD))
    return "".join(parts)


def noise(rng: random.Random) -> str:
    """Return characters from all of Unicode, and the odd ones."""

    def char() -> str:
        point = rng.choice([rng.randrange(0x3000), rng.randrange(0x110000)])
        return rng.choice(ODD) if rng.random() < 0.6 or 0xD800 <= point < 0xE000 else chr(point)

    return "".join(char() for _ in range(rng.randint(0, 24)))


def surrogate(rng: random.Random) -> str:
    """Return a piece of a report with a lone surrogate in it."""
    text = fragment(rng, 20)
    place = rng.randrange(len(text) + 1)
    return text[:place] + rng.choice(_SURROGATES) + text[place:]


def sentence(rng: random.Random) -> str:
    """Return figures in the sentences that reports put them in."""
    form = rng.choice(_FORMATS)
    return form.format(*(figure(rng) for _ in range(form.count("{}"))))


def long(rng: random.Random) -> str:
    """Return a long text: one character, a word or a numeral over and over, or a paragraph."""
    unit = rng.choice(
        [
            rng.choice(ODD),
            rng.choice(_NUMBERS),
            figure(rng),
            fragment(rng),
            "(",
            "”",
            "1.",
            "每",
            " 1",
        ]
    )
    length = rng.choice([200, 500, 1_000, 2_000, 10_000])
    return (unit * (length // max(len(unit), 1) + 1))[:length]


#: Strategy -> its generator and how many of ten thousand inputs come from it.
STRATEGIES: dict[str, tuple[Callable[[random.Random], str], int]] = {
    "fragment": (fragment, 1000),
    "edited": (edited, 2500),
    "figure": (figure, 3500),
    "sentence": (sentence, 1300),
    "noise": (noise, 1498),
    "surrogate": (surrogate, 200),
    "long": (long, 2),
}


def choose(rng: random.Random) -> tuple[str, str]:
    """Return a strategy's name and an input of it."""
    names = list(STRATEGIES)
    (name,) = rng.choices(names, [STRATEGIES[name][1] for name in names])
    return name, STRATEGIES[name][0](rng)


# --- surfaces whose number is known ---------------------------------------------------

_DIGITS = "零一二三四五六七八九"


def chinese(number: int) -> str:
    """Write a whole number below 10**12 in Chinese, as 一千零二十万零三."""
    if number == 0:
        return "零"
    parts: list[str] = []
    for power, name in ((8, "亿"), (4, "万"), (0, "")):
        group, number = divmod(number, 10**power)
        if not group:
            continue
        text = _group(group)
        parts.append(("零" if parts and group < 1000 else "") + text + name)
    return "".join(parts)


def _group(number: int) -> str:
    out = ""
    gap = False
    for power, name in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit, number = divmod(number, power)
        if digit:
            out += ("零" if gap and out else "") + _DIGITS[digit] + name
            gap = False
        else:
            gap = True
    return out


def known(rng: random.Random) -> tuple[str, Decimal]:
    """Return a surface and the number that it says, in base units."""
    whole = rng.randrange(1, 10 ** rng.randint(1, 11))
    unit = rng.choice(["人", "元", "个", "户", "家", "人次", "场次", "美元"])
    power, magnitude = rng.choice([(0, ""), (3, "千"), (4, "万"), (8, "亿")])
    match rng.randrange(7):
        case 0:
            return f"{whole}{unit}", Decimal(whole)
        case 1:
            return f"{whole:,}{unit}", Decimal(whole)
        case 2:
            text = chinese(whole)
            if re.match("一十", text) and rng.random() < 0.7:
                text = text[1:]
            return text + unit, Decimal(whole)
        case 3:
            places = rng.randint(1, 4)
            number = Decimal(rng.randrange(1, 10**6)).scaleb(-places)
            return f"{number}{magnitude}{unit}", number.scaleb(power)
        case 4:
            number = Decimal(rng.randrange(1, 10**5)).scaleb(-2)
            return f"{number}%", number
        case 5:
            text = "".join(map(_full_width, f"{whole}{magnitude}"))
            return text + unit, Decimal(whole).scaleb(power)
        case _:
            group = rng.randrange(1, 10_000)
            large = rng.choice(["万", "亿"])
            value = Decimal(group).scaleb(4 if large == "万" else 8)
            return f"{_group(group)}{large}{unit}", value
