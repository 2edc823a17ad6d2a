"""The interpreter as a script meets it: LiteRT's verbs, TFLM's memory, and refusals that help."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import microinfer
from microinfer import (
    ArenaError,
    InputError,
    Interpreter,
    ModelBuilder,
    OpResolver,
    ProfileError,
    zoo,
)
from microinfer.operators.spec import Geometry, Node, Prepared

from support.oracle import tflm

DIGITS = zoo.load("digits")


def sample() -> np.ndarray[Any, Any]:
    return zoo.samples("digits")[0][:1].reshape(1, 8, 8, 1).astype(np.int8)


def chain() -> bytes:
    """Three ADDs, so that the input's memory is reused."""
    builder = ModelBuilder()
    x = builder.input((1, 16), scale=0.5, zero_point=0)
    one = builder.constant(np.ones((1, 16), np.int8), scale=0.5)
    for _ in range(3):
        x = builder.add(x, one, scale=0.5, zero_point=0)
    builder.output(x)
    return builder.build()


def test_a_script_changes_one_import(tmp_path: Path) -> None:
    path = tmp_path / "digits.tflite"
    path.write_bytes(Path(DIGITS).read_bytes() if not isinstance(DIGITS, bytes) else DIGITS)
    interpreter = Interpreter(model_path=str(path), num_threads=1, release="2026-10")
    interpreter.allocate_tensors()
    interpreter.allocate_tensors()
    (given,), (made,) = interpreter.get_input_details(), interpreter.get_output_details()
    interpreter.set_tensor(given["index"], sample())
    interpreter.invoke()
    expected = tflm(path.read_bytes(), [sample()])[0]
    np.testing.assert_array_equal(interpreter.get_tensor(made["index"]), expected)
    np.testing.assert_array_equal(interpreter.tensor(made["index"])(), expected)


def test_detail_dictionaries_are_litert_s() -> None:
    litert = pytest.importorskip("ai_edge_litert.interpreter", reason="ai-edge-litert is not installed")
    path = Path(microinfer.__file__).parent / "zoo/data/digits.tflite"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = litert.Interpreter(model_path=str(path), experimental_preserve_all_tensors=True)
        theirs.allocate_tensors()
    ours = Interpreter(path)
    for get in ("get_input_details", "get_output_details"):
        for mine, other in zip(getattr(ours, get)(), getattr(theirs, get)(), strict=True):
            assert set(mine) <= set(other)
            for key in ("name", "index", "dtype", "quantization", "sparsity_parameters"):
                assert mine[key] == other[key]
            for key in ("shape", "shape_signature"):
                np.testing.assert_array_equal(mine[key], other[key])
            for key in ("scales", "zero_points", "quantized_dimension"):
                np.testing.assert_array_equal(
                    mine["quantization_parameters"][key], other["quantization_parameters"][key]
                )


def test_floats_for_an_int8_input_are_refused_with_the_remedy() -> None:
    interpreter = Interpreter(DIGITS)
    index = interpreter.get_input_details()[0]["index"]
    reals = np.zeros((1, 8, 8, 1), np.float32)
    with pytest.raises(InputError, match=r"float32, expected int8; quantize_input\(\)"):
        interpreter.set_tensor(index, reals)
    interpreter.set_tensor(index, interpreter.quantize_input(reals))
    with pytest.raises(InputError, match=r"shape \(8, 8\), expected \(1, 8, 8, 1\)"):
        interpreter.set_tensor(index, np.zeros((8, 8), np.int8))
    with pytest.raises(InputError, match="no tensor 999"):
        interpreter.set_tensor(999, reals)
    with pytest.raises(InputError, match="cannot become"):
        interpreter.resize_tensor_input(index, (2, 8, 8, 1))
    interpreter.resize_tensor_input(index, (1, 8, 8, 1))


def test_quantize_input_rounds_as_the_quantize_operator() -> None:
    reals = np.array([-3, -0.5, -0.25, 0, 0.25, 0.249999985, 0.49, 0.5, 0.75, 63, 1e9, -1e9], np.float32)
    builder = ModelBuilder()
    x = builder.input(reals.shape, "float32")
    builder.output(builder.quantize(x, scale=0.5, zero_point=3))
    expected = tflm(builder.build(), [reals])[0]
    builder = ModelBuilder()
    builder.output(builder.relu(builder.input(reals.shape, scale=0.5, zero_point=3), scale=0.5, zero_point=3))
    np.testing.assert_array_equal(Interpreter(builder.build()).quantize_input(reals), expected)


def test_outputs_become_reals() -> None:
    interpreter = Interpreter(DIGITS)
    interpreter.set_tensor(interpreter.get_input_details()[0]["index"], sample())
    interpreter.invoke()
    stored = interpreter.get_tensor(interpreter.get_output_details()[0]["index"])
    np.testing.assert_allclose(interpreter.dequantize_output(), (stored.astype(float) + 128) / 256)
    with pytest.raises(InputError, match="no output 1"):
        interpreter.dequantize_output(1)


@pytest.mark.parametrize("library", ["tflm-reference", "tflm-cmsis-nn", "bare-c"])
def test_the_smallest_arena_works_and_less_does_not(library: str) -> None:
    needed = Interpreter(DIGITS, "cortex-m4", library=library).plan.min_arena_bytes
    Interpreter(DIGITS, "cortex-m4", library=library, arena_size=needed).invoke()
    with pytest.raises(ArenaError, match=r"Failed to resize buffer\. Requested: \d+, available") as caught:
        Interpreter(DIGITS, "cortex-m4", library=library, arena_size=needed - 1)
    assert (caught.value.missing, caught.value.requested) == (1, needed)
    assert "at the peak it holds" in str(caught.value)


def test_a_larger_arena_changes_no_bit() -> None:
    outputs = []
    for size in (None, 1 << 20):
        interpreter = Interpreter(DIGITS, arena_size=size)
        interpreter.set_tensor(interpreter.get_input_details()[0]["index"], sample())
        interpreter.invoke()
        outputs.append(interpreter.get_tensor(interpreter.get_output_details()[0]["index"]))
    np.testing.assert_array_equal(*outputs)


def test_intermediate_tensors_only_where_they_are_kept() -> None:
    interpreter = Interpreter(chain())
    middle = interpreter.steps[0].node.outputs[0].index
    with pytest.raises(InputError, match="preserve_all_tensors=True"):
        interpreter.get_tensor(middle)
    keeping = Interpreter(chain(), preserve_all_tensors=True)
    keeping.set_tensor(keeping.get_input_details()[0]["index"], np.full((1, 16), 5, np.int8))
    keeping.invoke()
    got = [int(keeping.get_tensor(step.node.outputs[0].index)[0, 0]) for step in keeping.steps]
    assert got == [6, 7, 8]
    constant = next(tensor for tensor in keeping.subgraph.tensors if tensor.is_constant)
    np.testing.assert_array_equal(interpreter.get_tensor(constant.index), constant.data)


def test_an_input_whose_memory_is_reused_must_be_set_again() -> None:
    interpreter = Interpreter(chain())
    index = interpreter.get_input_details()[0]["index"]
    interpreter.set_tensor(index, np.zeros((1, 16), np.int8))
    np.testing.assert_array_equal(interpreter.get_tensor(index), 0)
    interpreter.invoke()
    with pytest.raises(InputError, match="what it held is gone"):
        interpreter.get_tensor(index)
    with pytest.warns(UserWarning, match="has not been set again"):
        interpreter.invoke()
    interpreter.set_tensor(index, np.zeros((1, 16), np.int8))
    interpreter.invoke()


def test_arrays_handed_out_are_copies() -> None:
    interpreter = Interpreter(DIGITS)
    given = interpreter.get_input_details()[0]["index"]
    interpreter.set_tensor(given, sample())
    interpreter.get_tensor(given)[...] = 0
    np.testing.assert_array_equal(interpreter.get_tensor(given), sample())


def negate(node: Node) -> Prepared:
    """An operator of the user's own: y = -x, without saturation."""

    def bind(inputs: Any, outputs: Any) -> Any:
        return lambda: np.negative(inputs[0], out=outputs[0])

    node.expect_counts(1, 1)
    return Prepared(Geometry(), bind)


def test_an_operator_of_the_user_s_own() -> None:
    builder = ModelBuilder()
    x = builder.input((1, 4), scale=1.0, zero_point=0)
    y = builder.tensor((1, 4), scale=1.0, zero_point=0)
    builder.operator("CUSTOM", [x], [y], custom_code="NEGATE")
    builder.output(y)
    model = builder.build()
    with pytest.raises(microinfer.UnsupportedError, match=r"op code CUSTOM \('NEGATE'\).*register"):
        Interpreter(model)
    resolver = OpResolver.builtin()
    resolver.register("NEGATE", negate)
    interpreter = Interpreter(model, resolver=resolver)
    interpreter.set_tensor(interpreter.get_input_details()[0]["index"], np.array([[1, -2, 3, 0]], np.int8))
    interpreter.invoke()
    result = interpreter.get_tensor(interpreter.get_output_details()[0]["index"])
    np.testing.assert_array_equal(result, [[-1, 2, -3, 0]])
    report = interpreter.report()
    assert report.time.cycles is None
    assert any("NEGATE" in warning for warning in report.warnings)


def test_a_resolver_can_be_restricted() -> None:
    resolver = OpResolver.builtin().subset(["CONV_2D", "SOFTMAX"])
    assert len(resolver) == 2
    assert "CONV_2D" in resolver
    with pytest.raises(microinfer.UnsupportedError, match="Didn't find op for builtin opcode 'ADD'"):
        Interpreter(chain(), resolver=resolver)
    with pytest.raises(InputError, match="'CONV_3D' is not in the resolver"):
        OpResolver.builtin().subset(["CONV_3D"])


def test_wrong_arguments_are_named() -> None:
    with pytest.raises(InputError, match="exactly one of"):
        Interpreter()
    with pytest.raises(InputError, match="exactly one of"):
        Interpreter(DIGITS, model_path="digits.tflite")
    with pytest.raises(ProfileError, match="cortex-m4"):
        Interpreter(DIGITS, "cortex-m44")
    with pytest.raises(microinfer.MicroinferError, match="tflm-cmsis-nn"):
        Interpreter(DIGITS, "cortex-m4", library="cmsis")


def test_two_interpreters_do_not_share_memory() -> None:
    first, second = Interpreter(chain()), Interpreter(chain())
    index, out = first.get_input_details()[0]["index"], first.get_output_details()[0]["index"]
    for value, interpreter in ((1, first), (2, second)):
        interpreter.set_tensor(index, np.full((1, 16), value, np.int8))
    first.invoke()
    second.invoke()
    assert (int(first.get_tensor(out)[0, 0]), int(second.get_tensor(out)[0, 0])) == (4, 5)


def test_an_input_that_an_operator_changes_in_place_is_an_output_as_well() -> None:
    b = ModelBuilder()
    x = b.input((2, 3), "int8", 0.1, 0)
    b.operator("RELU", [x], [x])
    b.output(x)
    made = b.build()
    interpreter = Interpreter(made, release="2026-10")
    given = np.arange(-3, 3, dtype=np.int8).reshape(2, 3)
    interpreter.set_tensor(interpreter.get_input_details()[0]["index"], given)
    interpreter.invoke()
    found = interpreter.get_tensor(interpreter.get_output_details()[0]["index"])
    np.testing.assert_array_equal(found, tflm(made, [given])[0])
