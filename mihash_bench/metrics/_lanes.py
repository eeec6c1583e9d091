"""Bit-sliced arithmetic on vector registers, for compiled code.

A row is LANES words of 64 bits, which an array of words holds one after another. As one bit of each of 64 * LANES
items, it is worth as many numbers as it has bits: row w of a bit-sliced number holds bit w of all of them, so that an
adder made of AND, OR and XOR adds them all at once. LLVM has vectors of any width on any processor.

The environment variable MIHASH_BENCH_LANES, read when this module is imported, is the number of words instead of that
which suits the processor, so that tests can run the code for other processors.
"""

import os
from collections.abc import Callable
from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.core.datamodel import models
from numba.core.registry import cpu_target
from numba.extending import intrinsic, register_model

# What code is compiled for.
_FEATURES: str = cpu_target.target_context.codegen().magic_tuple()[2]
# Words in a vector register: wider rows would not leave enough registers for the adders.
LANES = int(os.environ.get("MIHASH_BENCH_LANES", 8 if "+avx512f" in _FEATURES.split(",") else 4))
# Rows that ``count_fifteen`` counts at once, because their sum fills a number of four bits.
FIFTEEN = 15
if LANES not in (4, 8):
    raise ValueError(f"MIHASH_BENCH_LANES: {LANES} (allowed: 4, 8)")

_in_compiled_code: Callable[[Callable[..., Any]], Any] = intrinsic
_declared: Any = cgutils.get_or_insert_function

_INDEX = ir.IntType(64)
_ROW = ir.VectorType(ir.IntType(64), LANES)
_ONES = ir.Constant(_ROW, [-1] * LANES)


class _RowType(types.Type):
    """The type of a row in compiled code."""

    def __init__(self) -> None:
        super().__init__(name=f"row_of_{LANES}_words")


_row = _RowType()


@register_model(_RowType)
class _RowModel(models.PrimitiveModel):
    def __init__(self, manager: Any, kind: Any) -> None:
        super().__init__(manager, kind, _ROW)  # type: ignore[no-untyped-call]


class _Rows:
    """The words of an array as rows, where ``at`` counts rows."""

    def __init__(self, context: Any, builder: Any, kind: Any, array: Any) -> None:
        data = context.make_array(kind)(context, builder, array).data
        self._builder, self._first = builder, builder.bitcast(data, _ROW.as_pointer())

    def _pointer(self, at: Any, more: int) -> Any:
        return self._builder.gep(self._first, [self._builder.add(at, ir.Constant(_INDEX, more))])

    def load(self, at: Any, more: int = 0) -> Any:
        return self._builder.load(self._pointer(at, more), align=8)

    def store(self, value: Any, at: Any, more: int = 0) -> None:
        self._builder.store(value, self._pointer(at, more), align=8)


def _half_adder(builder: Any, a: Any, b: Any) -> tuple[Any, Any]:
    """Return the sum and the carry of two bits."""
    return builder.xor(a, b), builder.and_(a, b)


def _full_adder(builder: Any, a: Any, b: Any, c: Any) -> tuple[Any, Any]:
    """Return the sum and the carry of three bits."""
    differ = builder.xor(a, b)
    return builder.xor(differ, c), builder.or_(builder.and_(a, b), builder.and_(differ, c))


def _add_columns(builder: Any, columns: list[list[Any]]) -> list[Any]:
    """Return the bits of a sum, the lowest first, where ``columns[w]`` holds the rows that count 2^w each."""
    bits, w = [], 0
    while w < len(columns):
        column = columns[w]
        if len(column) > 1 and w + 1 == len(columns):
            columns.append([])
        while len(column) > 1:
            adder = _full_adder if len(column) > 2 else _half_adder
            total, carry = adder(builder, *(column.pop(0) for _ in range(min(3, len(column)))))
            # The sum comes first again, so that few rows are needed at a time.
            column.insert(0, total)
            columns[w + 1].append(carry)
        bits.append(column[0])
        w += 1
    return bits


def _population_counts(builder: Any, row: Any) -> Any:
    kind = ir.FunctionType(_ROW, [_ROW])
    return builder.call(_declared(builder.module, kind, f"llvm.ctpop.v{LANES}i64"), [row])


def _sum_of_words(builder: Any, row: Any) -> Any:
    parts = [builder.extract_element(row, ir.Constant(ir.IntType(32), lane)) for lane in range(LANES)]
    while len(parts) > 1:
        parts = [builder.add(*parts[i : i + 2]) for i in range(0, len(parts), 2)]
    return parts[0]


@_in_compiled_code
def count_bits(typing_context: Any, word: Any) -> Any:
    """In compiled code, return the number of bits of a word that are 1."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.ctpop(arguments[0])

    return types.uint64(types.uint64), generate


@_in_compiled_code
def no_row(typing_context: Any) -> Any:
    """In compiled code, return a row without a bit."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return ir.Constant(_ROW, [0] * LANES)

    return _row(), generate


@_in_compiled_code
def load_row(typing_context: Any, words: Any, at: Any) -> Any:
    """In compiled code, return row ``at`` of an array of words."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return _Rows(context, builder, signature.args[0], arguments[0]).load(arguments[1])

    return _row(words, types.intp), generate


@_in_compiled_code
def store_row(typing_context: Any, words: Any, at: Any, row: Any) -> Any:
    """In compiled code, write row ``at`` of an array of words."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        _Rows(context, builder, signature.args[0], arguments[0]).store(arguments[2], arguments[1])
        return context.get_dummy_value()

    return types.void(words, types.intp, _row), generate


@_in_compiled_code
def either(typing_context: Any, a: Any, b: Any) -> Any:
    """In compiled code, return the bits that are in one of two rows or in both."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.or_(*arguments)

    return _row(_row, _row), generate


@_in_compiled_code
def keep_equal(typing_context: Any, row: Any, bits: Any, wanted: Any) -> Any:
    """In compiled code, return the bits of ``row`` where those of ``bits`` are ``wanted``, 0 or 1."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        row, bits, wanted = arguments
        # 1 becomes a word of zeros and 0 one of ones.
        flip = builder.sub(wanted, ir.Constant(_INDEX, 1))
        first = builder.insert_element(ir.Constant(_ROW, ir.Undefined), flip, ir.Constant(ir.IntType(32), 0))
        lanes = ir.Constant(ir.VectorType(ir.IntType(32), LANES), [0] * LANES)
        return builder.and_(row, builder.xor(bits, builder.shuffle_vector(first, first, lanes)))

    return _row(_row, _row, types.int64), generate


@_in_compiled_code
def is_empty(typing_context: Any, row: Any) -> Any:
    """In compiled code, return whether no bit of a row is 1."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        number = builder.bitcast(arguments[0], ir.IntType(64 * LANES))
        return builder.icmp_unsigned("==", number, ir.Constant(number.type, 0))

    return types.boolean(_row), generate


@_in_compiled_code
def store_sums_of_three(typing_context: Any, planes: Any, at: Any, sums: Any, to: Any) -> Any:
    """In compiled code, write how many of three bits differ from those of a query, for all 8 queries.

    Row 2p of ``sums``, counted from ``to``, is the low bit of the number for query p, and row 2p + 1 the high bit.
    """

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        source = _Rows(context, builder, signature.args[0], arguments[0])
        target = _Rows(context, builder, signature.args[2], arguments[2])
        bits = [source.load(arguments[1], j) for j in range(3)]
        for p in range(8):
            differing = [builder.xor(bit, _ONES) if p >> j & 1 else bit for j, bit in enumerate(bits)]
            for j, row in enumerate(_full_adder(builder, *differing)):
                target.store(row, arguments[3], 2 * p + j)
        return context.get_dummy_value()

    return types.void(planes, types.intp, sums, types.intp), generate


@_in_compiled_code
def store_difference(typing_context: Any, planes: Any, at: Any, sums: Any, to: Any) -> Any:
    """In compiled code, write whether a bit differs from that of a query, for queries 0 and 1."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        bit = _Rows(context, builder, signature.args[0], arguments[0]).load(arguments[1])
        target = _Rows(context, builder, signature.args[2], arguments[2])
        target.store(bit, arguments[3])
        target.store(builder.xor(bit, _ONES), arguments[3], 1)
        return context.get_dummy_value()

    return types.void(planes, types.intp, sums, types.intp), generate


@_in_compiled_code
def add_sixteen(typing_context: Any, sums: Any, base: Any, chosen: Any, number: Any, at: Any) -> Any:
    """In compiled code, add how many of 16 bits differ from those of a query to numbers of four bits or more.

    ``chosen`` has, for each of the five numbers of ``store_sums_of_three`` and then for the one bit of
    ``store_difference``, the row after ``base`` in ``sums``. Rows ``at`` to ``at + 3`` of ``number`` become the sum.
    The return value is the carry.
    """

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        source = _Rows(context, builder, signature.args[0], arguments[0])
        target = _Rows(context, builder, signature.args[3], arguments[3])
        offsets = context.make_array(signature.args[2])(context, builder, arguments[2]).data
        rows = [
            builder.add(arguments[1], builder.load(builder.gep(offsets, [ir.Constant(_INDEX, j)]))) for j in range(6)
        ]
        columns = [[source.load(row, w) for row in rows[:5]] for w in range(2)]
        carry = source.load(rows[5])
        for w, bit in enumerate(_add_columns(builder, columns)):
            total, carry = _full_adder(builder, bit, target.load(arguments[4], w), carry)
            target.store(total, arguments[4], w)
        return carry

    return _row(sums, types.intp, chosen, number, types.intp), generate


@_in_compiled_code
def add_carry(typing_context: Any, carry: Any, number: Any, at: Any) -> Any:
    """In compiled code, add the carry to row ``at`` of a number and return the carry of that."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        target = _Rows(context, builder, signature.args[1], arguments[1])
        total, carry = _half_adder(builder, arguments[0], target.load(arguments[2]))
        target.store(total, arguments[2])
        return carry

    return _row(_row, number, types.intp), generate


@_in_compiled_code
def store_eight_masks(typing_context: Any, row: Any, number: Any, at: Any, masks: Any, to: Any) -> Any:
    """In compiled code, divide the bits of a row by the three lowest bits of a number.

    Those where the three bits are v are written to row ``to + 15 v`` of ``masks``.
    """

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        source = _Rows(context, builder, signature.args[1], arguments[1])
        target = _Rows(context, builder, signature.args[3], arguments[3])
        parts = [arguments[0]]
        for w in (2, 1, 0):
            bits = source.load(arguments[2], w)
            ones = [builder.and_(part, bits) for part in parts]
            zeros = [builder.xor(part, one) for part, one in zip(parts, ones, strict=True)]
            parts = [part for pair in zip(zeros, ones, strict=True) for part in pair]
        for value, part in enumerate(parts):
            target.store(part, arguments[4], FIFTEEN * value)
        return context.get_dummy_value()

    return types.void(_row, number, types.intp, masks, types.intp), generate


@_in_compiled_code
def count_fifteen(typing_context: Any, masks: Any, at: Any) -> Any:
    """In compiled code, return the number of bits in rows ``at`` to ``at + 14``."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        source = _Rows(context, builder, signature.args[0], arguments[0])
        bits = _add_columns(builder, [[source.load(arguments[1], j) for j in range(FIFTEEN)]])
        total = _population_counts(builder, bits[-1])
        for bit in reversed(bits[:-1]):
            total = builder.add(builder.add(total, total), _population_counts(builder, bit))
        return _sum_of_words(builder, total)

    return types.int64(masks, types.intp), generate


@_in_compiled_code
def store_preceding(typing_context: Any, masks: Any, at: Any, before: Any, to: Any, seen: Any) -> Any:
    """In compiled code, write how many bits precede each word of rows ``at`` to ``at + 14``, after ``seen`` others.

    The numbers are written to ``before`` from ``to``. The return value is ``seen`` and the number of bits in all words.
    """

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        words = context.make_array(signature.args[0])(context, builder, arguments[0]).data
        numbers = context.make_array(signature.args[2])(context, builder, arguments[2]).data
        first = builder.gep(words, [builder.mul(arguments[1], ir.Constant(_INDEX, LANES))])
        target = builder.gep(numbers, [arguments[3]])
        seen = arguments[4]
        for word in range(FIFTEEN * LANES):
            place = [ir.Constant(_INDEX, word)]
            builder.store(builder.trunc(seen, ir.IntType(32)), builder.gep(target, place))
            seen = builder.add(seen, builder.ctpop(builder.load(builder.gep(first, place))))
        return seen

    return types.int64(masks, types.intp, before, types.intp, types.int64), generate
