"""Vectors of real numbers with the operators of Python, for formulas that numba's compiler is to have.

What is built are LLVM's own vectors, which become AVX-512 or AVX2; no product is contracted with a sum but by
`fused`. Comparisons are false where a side is no number.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from llvmlite import ir

from . import _bytes
from ._bytes import I32, I64, cgutils
from ._processor import has_wide_reals

__all__ = ["REAL", "Lanes"]

_PERMUTE = "llvm.x86.avx512.vpermi2var.pd.512"
REAL, WIDE = ir.FloatType(), ir.DoubleType()
_NAMES = {str(REAL): "f32", str(WIDE): "f64", str(I32): "i32", str(I64): "i64"}


@dataclass(frozen=True, slots=True, eq=False)
class Lanes:
    """A vector of float32, float64, int32 or int64, or what a comparison of such says."""

    builder: Any
    value: Any

    def _made(self, value: Any) -> Lanes:
        return Lanes(self.builder, value)

    def same(self, constant: float) -> Lanes:
        """The number in every lane of a vector like this one."""
        return self._made(ir.Constant(self.value.type, [constant] * self.value.type.count))

    def _other(self, other: Any) -> Any:
        return (other if isinstance(other, Lanes) else self.same(other)).value

    def _is_real(self) -> bool:
        return str(self.value.type.element) in (str(REAL), str(WIDE))

    def _either(self, name: str, other: Any) -> Lanes:
        return self._made(
            getattr(self.builder, f"f{name}" if self._is_real() else name)(self.value, self._other(other))
        )

    def __add__(self, other: Any) -> Lanes:
        return self._either("add", other)

    def __sub__(self, other: Any) -> Lanes:
        return self._either("sub", other)

    def __mul__(self, other: Any) -> Lanes:
        return self._either("mul", other)

    def __rsub__(self, other: float) -> Lanes:
        return self.same(other) - self

    def __rtruediv__(self, other: float) -> Lanes:
        return self.same(other) / self

    def __truediv__(self, other: Any) -> Lanes:
        return self._made(self.builder.fdiv(self.value, self._other(other)))

    def __neg__(self) -> Lanes:
        return self._made(self.builder.fneg(self.value))

    def __and__(self, other: Any) -> Lanes:
        return self._made(self.builder.and_(self.value, self._other(other)))

    def __or__(self, other: Any) -> Lanes:
        return self._made(self.builder.or_(self.value, self._other(other)))

    def __xor__(self, other: Any) -> Lanes:
        return self._made(self.builder.xor(self.value, self._other(other)))

    def __lshift__(self, count: int) -> Lanes:
        return self._made(self.builder.shl(self.value, self._other(count)))

    def __rshift__(self, count: int) -> Lanes:
        """The sign fills the left."""
        return self._made(self.builder.ashr(self.value, self._other(count)))

    def _compared(self, operator: str, other: Any) -> Lanes:
        compare = self.builder.fcmp_ordered if self._is_real() else self.builder.icmp_signed
        return self._made(compare(operator, self.value, self._other(other)))

    def __lt__(self, other: Any) -> Lanes:
        return self._compared("<", other)

    def __gt__(self, other: Any) -> Lanes:
        return self._compared(">", other)

    def __ge__(self, other: Any) -> Lanes:
        return self._compared(">=", other)

    def equals(self, other: Any) -> Lanes:
        return self._compared("==", other)

    def then(self, one: Any, other: Any) -> Lanes:
        """Of a comparison: `one` where it holds, else `other`; at least one of them a vector."""
        like = one if isinstance(one, Lanes) else other
        return self._made(self.builder.select(self.value, like._other(one), like._other(other)))

    def holds_anywhere(self) -> Any:
        """Of a comparison, as LLVM's i1."""
        bits = self.builder.bitcast(self.value, ir.IntType(self.value.type.count))
        return self.builder.icmp_unsigned("!=", bits, bits.type(0))

    def fused(self, factor: Any, addend: Any) -> Lanes:
        """self x factor + addend in one rounding."""
        kind = self.value.type
        name = f"llvm.fma.v{kind.count}{_NAMES[str(kind.element)]}"
        return self._made(
            _bytes.call(self.builder, name, kind, self.value, self._other(factor), self._other(addend))
        )

    def _vector(self, element: Any) -> Any:
        return _bytes.vector(element, self.value.type.count)

    def wide(self) -> Lanes:
        """float32 as float64."""
        return self._made(self.builder.fpext(self.value, self._vector(WIDE)))

    def narrow(self) -> Lanes:
        """float64, rounded to float32."""
        return self._made(self.builder.fptrunc(self.value, self._vector(REAL)))

    def bits(self) -> Lanes:
        """Of a real number, as an integer."""
        element = I64 if str(self.value.type.element) == str(WIDE) else I32
        return self._made(self.builder.bitcast(self.value, self._vector(element)))

    def of_bits(self) -> Lanes:
        """The real number that has these bits."""
        element = WIDE if str(self.value.type.element) == str(I64) else REAL
        return self._made(self.builder.bitcast(self.value, self._vector(element)))

    def cut(self) -> Lanes:
        """A real number without its fraction, as an int32."""
        return self._made(self.builder.fptosi(self.value, self._vector(I32)))

    def real(self) -> Lanes:
        """An int32 as float32."""
        return self._made(self.builder.sitofp(self.value, self._vector(REAL)))

    def wide_real(self) -> Lanes:
        """An int32 as float64."""
        return self._made(self.builder.sitofp(self.value, self._vector(WIDE)))

    def long(self) -> Lanes:
        """int32 as int64."""
        return self._made(self.builder.sext(self.value, self._vector(I64)))

    def pick(self, table: Sequence[float]) -> Lanes:
        """Elements of a table of 16 or 32 float64, by the low bits of int64."""
        if has_wide_reals():
            return self._permuted(table)
        builder, count = self.builder, self.value.type.count
        numbers = ir.Constant(ir.ArrayType(WIDE, len(table)), list(table))
        start = builder.bitcast(cgutils.global_constant(builder, "table", numbers), WIDE.as_pointer())
        index = (self & (len(table) - 1)).value
        found = ir.Constant(_bytes.vector(WIDE, count), ir.Undefined)
        for lane in range(count):
            at = builder.gep(start, [builder.extract_element(index, I32(lane))])
            found = builder.insert_element(found, builder.load(at), I32(lane))
        return self._made(found)

    def _permuted(self, table: Sequence[float]) -> Lanes:
        kind, eight = _bytes.vector(WIDE, 8), range(8)
        parts = [
            tuple(ir.Constant(kind, list(table[first + half : first + half + 8])) for half in (0, 8))
            for first in range(0, len(table), 16)
        ]
        found = []
        for start in range(0, self.value.type.count, 8):
            index = _bytes.shuffle(self.builder, self.value, None, [start + lane for lane in eight])
            picked = [
                self._made(_bytes.call(self.builder, _PERMUTE, kind, low, index, high)) for low, high in parts
            ]
            low_half = (self._made(index) & 16).equals(0)
            found.append((low_half.then(*picked) if len(picked) > 1 else picked[0]).value)
        while len(found) > 1:
            size = found[0].type.count
            found = [
                _bytes.shuffle(self.builder, low, high, range(2 * size))
                for low, high in zip(found[::2], found[1::2], strict=True)
            ]
        return self._made(found[0])
