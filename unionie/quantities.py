"""The figure reader: from the surface of a MONEY, COUNT or PERCENT span to numbers.

Reading order: :class:`Quantity` says what comes out, :func:`read_quantity` is the
whole grammar from left to right, :class:`_Numeral` holds the arithmetic of Arabic and
Chinese numerals. The words are data, in ``lexicon/quantities.toml``.

The reader sees the surface alone and either accounts for every character of it or
gives the surface up as unread: it never guesses.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Context, Decimal
from functools import cache
from typing import Literal

from unionie.lexicon import lexicon

Approx = Literal["exact", "about", "at_least", "at_most", "between", "unread"]

#: Longer surfaces are no figures; the bound also keeps the arithmetic exact.
MAX_LENGTH = 64
_EXACT = Context(prec=4 * MAX_LENGTH)


@dataclass(frozen=True, slots=True)
class Quantity:
    """What a figure's surface says.

    Attributes:
        value: the number said, in base units (yuan, ones, per cent); None for ranges
            and for what could not be read.
        low: the least value the surface allows, None if it names no lower bound.
        high: the greatest value the surface allows, None if it names no upper bound.
        unit: 元 or another currency's name, a classifier or unit of measure as
            written, ``%`` or ``个百分点``; None for a bare number.
        per: what a rate is per, joined by strokes (``人/年``), else None.
        currency: the ISO 4217 code of an amount of money, else None.
        approx: how exactly the surface says it, or ``unread``.

    """

    value: Decimal | None
    low: Decimal | None
    high: Decimal | None
    unit: str | None
    per: str | None
    currency: str | None
    approx: Approx


UNREAD = Quantity(None, None, None, None, None, None, "unread")


def read_quantity(surface: str) -> Quantity:
    """Read the surface of a figure.

    Full-width forms count as half-width; spaces and invisible characters inside are
    skipped, as OCR and typesetting leave them.

    >>> read_quantity("近5000万元").high
    Decimal('50000000')
    >>> read_quantity("3至5万元").low, read_quantity("600元/户").per
    (Decimal('30000'), '户')
    """
    if not isinstance(surface, str):
        raise TypeError(f"a figure's surface must be a str, not {type(surface).__name__}")
    if _TWO_NUMBERS.search(surface.strip()):
        return UNREAD
    text = _normalise(surface)
    if not text or len(text) > MAX_LENGTH or _FIVE_YEAR_PLAN.fullmatch(text):
        return UNREAD
    reader = _Reader(text)
    try:
        return reader.read()
    except _UnreadableError:
        return UNREAD


def read_quantity_at(text: str, start: int, end: int) -> Quantity:
    """Read ``text[start:end]`` where it stands: unread if an edge cuts through a number.

    >>> read_quantity_at("收入9.1亿元", 2, 7).value, read_quantity_at("收入9.1亿元", 4, 7).value
    (Decimal('910000000'), None)
    """
    if _CUT_BEFORE.search(
        _around(text[max(0, start - 3) : start] + _EDGE + text[start : start + 4])
    ):
        return UNREAD
    if _CUT_AFTER.search(_around(text[max(start, end - 1) : end] + _EDGE + text[end : end + 5])):
        return UNREAD
    return read_quantity(text[start:end])


class _UnreadableError(Exception):
    """The surface does not fit the grammar."""


# White space between digits is OCR noise where it stands for a thousands separator or
# spreads out every digit; anywhere else there may be two numbers.
_TWO_NUMBERS = re.compile(
    r"""(?<![0-9０-９\s])(?!
            [0-9０-９]{1,3}(?:\s+[0-9０-９]{3})+(?![0-9０-９\s])
          | [0-9０-９](?:\s+[0-9０-９]){2,}(?![0-9０-９])
        )[0-9０-９]+\s+[0-9０-９]""",
    re.VERBOSE,
)
_INVISIBLE = dict.fromkeys([0xAD, 0xFEFF, *range(0x200B, 0x2010), *range(0x2060, 0x2065)])
_FULL_WIDTH = {0xFF01 + i: 0x21 + i for i in range(94)}
_SAME_CHARACTER = str.maketrans(
    "壹贰叁肆伍陆柒捌玖拾佰仟萬億○Ｏ兩俩餘約−～〜∕／﹪٪",
    "一二三四五六七八九十百千万亿〇〇两两余约-~~//%%",
) | str.maketrans({"廿": "二十", "卅": "三十"})


def _normalise(surface: str) -> str:
    text = "".join(surface.split()).translate(_INVISIBLE)
    return text.translate(_SAME_CHARACTER).translate(_FULL_WIDTH)


# What goes on across the edge of a span: 3|5, 3.|5, 1,|000, 5至|8, 三|百, 九点|一, 百分之|十, 5|%
# and a sign outside, -|5.
_EDGE = "\0"
_CHINESE_NUMERAL = "零〇一二三四五六七八九十百千万亿两"
_BETWEEN = "[.·/~–—至到-]"
_CUT_BEFORE = re.compile(
    rf"""(?:[0-9]{_BETWEEN}?|[0-9],(?=\0[0-9]{{3}}(?![0-9])))\0[0-9]
       | [0-9几数{_CHINESE_NUMERAL}]\0[十百千万亿]
       | (?:[{_CHINESE_NUMERAL}]点|分之)\0[0-9{_CHINESE_NUMERAL}]
       | (?:(?<![—–-])[—–-]|[为是]负)\0[0-9{_CHINESE_NUMERAL}]""",
    re.VERBOSE,
)
_CUT_AFTER = re.compile(
    rf"""[0-9]\0(?:{_BETWEEN}?[0-9]|,[0-9]{{3}}(?![0-9]))
       | [0-9几数{_CHINESE_NUMERAL}]\0(?:[十百千万亿%‰]|点[{_CHINESE_NUMERAL}]|分之)
       | 点\0[0-9{_CHINESE_NUMERAL}]""",
    re.VERBOSE,
)


def _around(text: str) -> str:
    return text.translate(_SAME_CHARACTER).translate(_FULL_WIDTH)


# --- numerals ---------------------------------------------------------------------

_DIGITS = {char: value for value, char in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
_POWERS = {"十": 1, "百": 2, "千": 3, "万": 4, "亿": 8}
_SECTIONS = ("亿", "万")
_ARABIC = re.compile(r"(?:[0-9]{1,3}(?:,[0-9]{3})+|[0-9]+)(?:\.[0-9]+)?(?![0-9.,])")
_CHINESE_DECIMALS = re.compile(r"点([零〇一二三四五六七八九]+)")
# 千 opens a unit in 千米, 百 one in 百分点: there they are no magnitudes.
_UNIT_AHEAD = re.compile(r"千(?=[米克瓦伏])|百(?=分)")
_ADJACENT: set[tuple[object, object]] = {(a, a + 1) for a in range(1, 9)} | {(3, 5), (3, 2)}

_Token = Decimal | str


class _Numeral:
    """A numeral as tokens: Decimals (digits) and powers of ten (characters)."""

    def __init__(self, tokens: list[_Token], *, negative: bool = False) -> None:
        self.tokens = tokens
        self.negative = negative

    def bounds(self) -> tuple[Decimal, Decimal]:
        """Return (low, high): equal for one number, apart for 三五百 and 七八."""
        digits = [isinstance(token, Decimal) for token in self.tokens]
        pairs = [index for index in range(len(digits) - 1) if digits[index] and digits[index + 1]]
        if len(pairs) == 1:
            index = pairs[0]
            left, right = self.tokens[index : index + 2]
            if _is_digit(left) and _is_digit(right) and (left, right) in _ADJACENT:
                first = _value(self.tokens[: index + 1] + self.tokens[index + 2 :])
                second = _value(self.tokens[:index] + self.tokens[index + 1 :])
                return self._signed(min(first, second), max(first, second))
        number = _value(self.tokens)
        return self._signed(number, number)

    def _signed(self, low: Decimal, high: Decimal) -> tuple[Decimal, Decimal]:
        # Minus would round to the digits of the context at hand.
        return (high.copy_negate(), low.copy_negate()) if self.negative else (low, high)

    def multipliers(self) -> list[_Token]:
        """Return the powers of ten at the end of the numeral: 百亿 of 九百亿."""
        index = len(self.tokens)
        while index > 0 and isinstance(self.tokens[index - 1], str):
            index -= 1
        return self.tokens[index:]


class _ChineseDigit(Decimal):
    """A digit written in Chinese; only these pair up to ranges or stand for tens (一百二)."""


def _is_digit(token: _Token) -> bool:
    return isinstance(token, _ChineseDigit) and token != 0


def _value(tokens: list[_Token]) -> Decimal:
    """Evaluate a numeral.

    Raises:
        _UnreadableError: its parts do not descend, or do not fit together.

    """
    if not tokens:
        raise _UnreadableError
    for section in _SECTIONS:
        if section in tokens:
            cut = len(tokens) - 1 - tokens[::-1].index(section)
            return _join(tokens[:cut], _POWERS[section], tokens[cut + 1 :])
    for power in ("千", "百", "十"):
        if power in tokens:
            cut = tokens.index(power)
            if any(isinstance(token, str) for token in tokens[:cut]):
                raise _UnreadableError
            return _join(tokens[:cut], _POWERS[power], tokens[cut + 1 :])
    if len(tokens) == 1:
        return Decimal(tokens[0])
    digits = [token for token in tokens if isinstance(token, _ChineseDigit)]
    if len(digits) < len(tokens) or digits[0] == 0 or 0 not in digits:
        raise _UnreadableError
    number = Decimal("".join(str(digit) for digit in digits))  # 一〇八
    if number in _YEARS:
        raise _UnreadableError  # 二〇二一
    return number


def _join(left: list[_Token], power: int, right: list[_Token]) -> Decimal:
    coefficient = _value(left) if left else Decimal(1)
    high = _EXACT.scaleb(coefficient, power)
    if not right:
        return high
    if coefficient != coefficient.to_integral_value(context=_EXACT):
        raise _UnreadableError  # 3.5万2000
    zero = isinstance(right[0], _ChineseDigit) and right[0] == 0
    rest = right[1:] if zero else right
    low = _value(rest)
    if len(rest) == 1 and power > 1 and not zero and isinstance(rest[0], _ChineseDigit):
        low = _EXACT.scaleb(low, power - 1)  # 一百二, 三万五
    elif not zero and len(rest) == 1 and low < Decimal(10) ** (power - 1):
        raise _UnreadableError  # 1万5: 10005 or 15000?
    if low <= 0 or low >= Decimal(10) ** power:
        raise _UnreadableError
    return _EXACT.add(high, low)


# --- the grammar ------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Words:
    """Word lists of the grammar, each a pattern with the longest words first."""

    before: dict[str, Approx]
    after: dict[str, Approx]
    inside: dict[str, Approx]
    currencies: dict[str, str]
    signs: dict[str, str]
    currency_units: dict[str, str]
    patterns: dict[str, re.Pattern[str]]


def _kinds(table: dict[Approx, str]) -> dict[str, Approx]:
    return {
        word: kind
        for kind, words in table.items()
        if not kind.endswith("_before_magnitude")
        for word in words.split()
    }


def _codes(table: dict[str, str]) -> dict[str, str]:
    return {_normalise(word): code for code, words in table.items() for word in words.split()}


def _alternatives(words: Iterable[str]) -> str:
    return "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))


@cache
def _words() -> _Words:
    data = lexicon("quantities")
    before, after = _kinds(data["before"]), _kinds(data["after"])
    inside = _kinds(data["inside"])
    currencies, signs = _codes(data["currencies"]), _codes(data["currency_signs"])
    upward = _alternatives(data["before"]["at_least_before_magnitude"].split())
    per = _alternatives(map(_normalise, data["counts"]["per"].split()))
    units = {_normalise(unit) for unit in data["counts"]["units"].split()}
    patterns = {
        "before": _alternatives(before),
        "upward": rf"(?:{upward})(?=[十百千万亿]|[一二三四五六七八九0-9]成)",
        "each": rf"每(?:{per})(?=每|[^0-9]*[0-9零〇一二两三四五六七八九十百千万亿])",
        "sign": _alternatives(signs),
        "inside": _alternatives(inside),
        "currency": _alternatives(currencies),
        "unit": rf"(?:{_alternatives(units)})(?:\([次户人家件]\))?",
        "rate": rf"(?:[/每·]|/每)\(?(?:{per})(?:·(?:{per}))?\)?",
        "after": _alternatives(after),
    }
    return _Words(
        before=before,
        after=after,
        inside=inside,
        currencies=currencies,
        signs=signs,
        currency_units={code: words.split()[0] for code, words in data["currencies"].items()},
        patterns={name: re.compile(pattern) for name, pattern in patterns.items()},
    )


_RANGE = re.compile(r"至|到|[-~—–―]{1,2}")
_PERCENT_POINTS = re.compile(r"个?([余多])?百分点")
_PERCENT_SIGN = re.compile(r"[%‰]")
_OUT_OF = re.compile(r"(百|千|万)分之")
_TENTHS = re.compile(r"成([一二三四五六七八九半]?)")
_HALF = re.compile(r"一半|半数|过半数?|半(?=$|以)")
_FRACTION = re.compile(r"([二三四五六七八九十])分之([一二两三四五六七八九])")
_FIVE_YEAR_PLAN = re.compile(r"十[一二三四五]五")
_DIME, _CENT = re.compile("角"), re.compile("分")
_YEARS = range(1900, 2101)
_WIDEST = 100  # no range reaches from a number to more than so many times it


@dataclass(frozen=True, slots=True)
class _Unit:
    name: str | None = None
    currency: str | None = None
    power: int = 0  # the unit's numbers are scaled by ten to this power
    extra: Decimal = Decimal(0)  # added after scaling: the five of 九成五


class _Reader:
    """One pass over one normalised surface."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.position = 0
        self.words = _words()
        self.kinds: set[Approx] = set()
        self.per: list[str] = []
        self.sign: str | None = None

    def read(self) -> Quantity:
        self.prefixes()
        if share := self.share():
            low = high = share
            unit = _Unit("%")
        else:
            low, high, unit = self.numbers()
        self.suffixes()
        if self.position != len(self.text):
            raise _UnreadableError
        if self.sign:
            if unit.currency not in (None, self.sign) or (unit.name and not unit.currency):
                raise _UnreadableError
            unit = _Unit(self.words.currency_units[self.sign], self.sign)
        return self.quantity(low, high, unit)

    # Each method below consumes what it names from ``position`` on, if it is there.

    def take(self, pattern: re.Pattern[str]) -> str | None:
        match = pattern.match(self.text, self.position)
        if match is None or not match.group():
            return None
        self.position = match.end()
        return match.group()

    def prefixes(self) -> None:
        patterns = self.words.patterns
        while True:
            if _HALF.match(self.text, self.position):
                return
            if word := self.take(patterns["before"]):
                self.kinds.add(self.words.before[word])
            elif self.take(patterns["upward"]):
                self.kinds.add("at_least")
            elif word := self.take(patterns["each"]):
                self.per.append(word[1:])
            elif self.sign is None and (word := self.take(patterns["sign"])):
                self.sign = self.words.signs[word]
            else:
                return

    def share(self) -> Decimal | None:
        """Read a fraction that is an exact number of per cent."""
        if word := self.take(_HALF):
            if word.startswith("过"):
                self.kinds.add("at_least")
            return Decimal(50)
        if match := _FRACTION.match(self.text, self.position):
            whole, part = _DIGITS.get(match[1], 10), _DIGITS[match[2]]
            if 1000 * part % whole or part > whole:
                raise _UnreadableError  # two thirds are no exact number of per cent
            self.position = match.end()
            return _EXACT.scaleb(Decimal(1000 * part // whole), -1)
        return None

    def numbers(self) -> tuple[Decimal, Decimal, _Unit]:
        share = self.out_of()
        left = self.numeral()
        unit = share or self.unit(left)
        if not self.take(_RANGE):
            bare = left.tokens[0] in ("百", "千", "万", "亿") and not self.kinds - {"exact"}
            if bare and not share:
                raise _UnreadableError  # 万元 alone heads a column; 上万元 is a figure
            low, high = left.bounds()
            if unit == _Unit("元", "CNY"):
                change = self.small_change()
                low, high = _EXACT.add(low, change), _EXACT.add(high, change)
            return _scale(low, unit), _scale(high, unit), unit
        if share and self.out_of() not in (None, share):
            raise _UnreadableError
        right = self.numeral()
        if right.tokens[0] in ("百", "千", "万", "亿"):
            raise _UnreadableError
        right_unit = share or self.unit(right)
        if unit.name is None:
            candidates = list(_inheriting(left, right))
            unit = right_unit
        else:
            candidates = [left]
        if unit != right_unit:
            raise _UnreadableError
        high, same = right.bounds()
        for candidate in candidates:
            low, also = candidate.bounds()
            # 8000至1万元 is a range, 5至3万元 a slip.
            if low == also and high == same and low < high and (low <= 0 or high <= low * _WIDEST):
                return _scale(low, unit), _scale(high, unit), unit
        raise _UnreadableError

    def small_change(self) -> Decimal:
        """Read the 角 and 分 after 元: 5角 is half a yuan."""
        amount = Decimal(0)
        for power, pattern in ((-1, _DIME), (-2, _CENT)):
            start = self.position
            if start < len(self.text) and self.text[start] in "123456789一二三四五六七八九":
                (digit,) = self.numeral().tokens[:1]
                if not (isinstance(digit, Decimal) and digit < 10 and self.take(pattern)):
                    raise _UnreadableError
                amount = _EXACT.add(amount, _EXACT.scaleb(digit, power))
        return amount

    def out_of(self) -> _Unit | None:
        match = _OUT_OF.match(self.text, self.position)
        if match is None:
            return None
        self.position = match.end()
        return _Unit("%", power=2 - _POWERS[match[1]])

    def numeral(self) -> _Numeral:
        negative = self.text.startswith(("-", "负"), self.position)
        self.position += negative
        tokens: list[_Token] = []
        while self.position < len(self.text):
            if self.take_inside(tokens):
                continue
            token = self.token(tokens)
            if token is None:
                break
            tokens.append(token)
        if not tokens:
            raise _UnreadableError
        return _Numeral(tokens, negative=negative)

    def token(self, tokens: list[_Token]) -> _Token | None:
        char = self.text[self.position]
        if "0" <= char <= "9":
            number = self.take(_ARABIC)
            if number is None or (len(number) > 1 and number[0] == "0" and number[1] != "."):
                raise _UnreadableError
            return Decimal(number.replace(",", ""))
        if char in _DIGITS:
            if char == "两" and tokens and self.position + 1 == len(self.text):
                return None  # the unit of weight
            self.position += 1
            digit: Decimal = _ChineseDigit(_DIGITS[char])
            if match := _CHINESE_DECIMALS.match(self.text, self.position):
                self.position = match.end()
                decimals = "".join(str(_DIGITS[c]) for c in match[1])
                return Decimal(f"{digit}.{decimals}")
            return digit
        if char in _POWERS and not _UNIT_AHEAD.match(self.text, self.position):
            self.position += 1
            return char
        if char == "、" and tokens and _is_digit(tokens[-1]):  # 三、五百
            following = self.text[self.position + 1 : self.position + 2]
            if (tokens[-1], _DIGITS.get(following)) in _ADJACENT:
                self.position += 1
                return self.token(tokens)
        return None

    def take_inside(self, tokens: list[_Token]) -> bool:
        """Take 余 多 来 after a number, 几 only after a power of ten (十几)."""
        if not tokens:
            return False
        start = self.position
        word = self.take(self.words.patterns["inside"])
        if word is None:
            return False
        if word == "几" and not isinstance(tokens[-1], str):
            self.position = start
            return False
        self.kinds.add(self.words.inside[word])
        return True

    def unit(self, numeral: _Numeral) -> _Unit:
        patterns = self.words.patterns
        if points := self.take(_PERCENT_POINTS):
            if points[1] in "余多":
                self.kinds.add("at_least")
            return _Unit("个百分点")
        if sign := self.take(_PERCENT_SIGN):
            return _Unit("%", power=0 if sign == "%" else -1)
        if self.take(_DIME):
            return _Unit("元", "CNY", power=-1)
        if word := self.take(patterns["currency"]):
            code = self.words.currencies[word]
            return _Unit(self.words.currency_units[code], code)
        if match := _TENTHS.match(self.text, self.position):
            self.position = match.end()
            if not all(0 < bound <= 10 for bound in numeral.bounds()):
                raise _UnreadableError
            return _Unit(
                "%", power=1, extra=Decimal(5 if match[1] == "半" else _DIGITS.get(match[1], 0))
            )
        if word := self.take(patterns["unit"]):
            return _Unit(word)
        return _Unit()

    def suffixes(self) -> None:
        patterns = self.words.patterns
        while True:
            if word := self.take(patterns["after"]):
                self.kinds.add(self.words.after[word])
            elif word := self.take(patterns["rate"]):
                self.per += re.findall(r"[^/每·()]+", word)
            else:
                return

    def quantity(self, low: Decimal, high: Decimal, unit: _Unit) -> Quantity:
        kinds = self.kinds - {"exact"}
        per = "/".join(self.per) or None
        if max(low.adjusted(), high.adjusted()) > 2 * MAX_LENGTH:
            raise _UnreadableError  # 亿 over and over: beyond exact arithmetic
        low, high = _plain(low), _plain(high)
        if unit.name == "年" and (low in _YEARS or high in _YEARS):
            raise _UnreadableError  # a date
        if low != high:
            return Quantity(None, low, high, unit.name, per, unit.currency, "between")
        value = low
        # 近百余名, 约300余人: the writer means thereabouts.
        kind: Approx = "exact"
        if kinds:
            kind = kinds.pop() if len(kinds) == 1 else "about"
        return Quantity(
            value=value,
            low=value if kind in ("exact", "at_least") else None,
            high=value if kind in ("exact", "at_most") else None,
            unit=unit.name,
            per=per,
            currency=unit.currency,
            approx=kind,
        )


def _inheriting(left: _Numeral, right: _Numeral) -> Iterable[_Numeral]:
    """Yield ``left`` with the magnitudes that 3至5万元 leaves to its right side, then bare."""
    powers = right.multipliers()
    if powers and not any(isinstance(token, str) for token in left.tokens):
        yield _Numeral(left.tokens + powers, negative=left.negative)
    large = [power for power in powers if power in _SECTIONS]
    if large and not any(section in left.tokens for section in _SECTIONS):
        yield _Numeral(left.tokens + large, negative=left.negative)
    yield left


def _scale(number: Decimal, unit: _Unit) -> Decimal:
    return _EXACT.add(_EXACT.scaleb(number, unit.power), unit.extra)


def _plain(number: Decimal) -> Decimal:
    """Drop trailing zeros and exponents, so that equal numbers print alike."""
    number = number.normalize(_EXACT)
    return (
        number.quantize(Decimal(1), context=_EXACT)
        if number == number.to_integral_value(context=_EXACT)
        else number
    )
