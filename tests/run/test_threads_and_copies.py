"""One interpreter in several threads, and copies of what the package makes."""

from __future__ import annotations

import copy
import pickle
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest

from microinfer import (
    InputError,
    Interpreter,
    MicroinferError,
    Model,
    ModelBuilder,
    OpResolver,
    load,
    zoo,
)
from microinfer.checks import check
from microinfer.comparison.side_by_side import compare
from microinfer.errors import ConcurrentUseError
from microinfer.memory.optimise import optimise
from microinfer.operators import relu
from microinfer.parts.profile import load_profile, profile_names

from support.open_network import network as open_network

COPIES: tuple[Callable[[Any], Any], ...] = (copy.deepcopy, lambda one: pickle.loads(pickle.dumps(one)))
EVERY_COPY = pytest.mark.parametrize("copied", COPIES, ids=["deepcopy", "pickle"])
X, _ = zoo.samples("digits")


def interpreter(**settings: Any) -> Interpreter:
    return Interpreter(zoo.load("digits"), **settings)


def in_thread(function: Callable[[], Any]) -> Any:
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(function).result()


class TestThreads:
    def test_nobody_gets_a_wrong_answer(self) -> None:
        shared, single = interpreter(), interpreter()
        source, target = single.subgraph.inputs[0], single.subgraph.outputs[0]
        right = []
        for x in X[:16]:
            single.set_tensor(source, x.reshape(single.subgraph.tensors[source].shape))
            single.invoke()
            right.append(single.get_tensor(target))
        counts = {"right": 0, "wrong": 0, "refused": 0}

        def work(first: int) -> None:
            for turn in range(400):
                index = (first + turn) % len(right)
                try:
                    shared.set_tensor(source, X[index].reshape(shared.subgraph.tensors[source].shape))
                    shared.invoke()
                    good = np.array_equal(shared.get_tensor(target), right[index])
                except ConcurrentUseError:
                    counts["refused"] += 1
                else:
                    counts["right" if good else "wrong"] += 1

        threads = [threading.Thread(target=work, args=(5 * k,)) for k in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert counts["wrong"] == 0
        assert sum(counts.values()) == 1600

    def test_an_input_that_another_thread_set_anew_is_not_run(self) -> None:
        shared = interpreter()
        source = shared.subgraph.inputs[0]
        x = zoo.sample("digits")
        shared.set_tensor(source, x)
        in_thread(lambda: shared.set_tensor(source, x))
        with pytest.raises(ConcurrentUseError, match="before this one's was run"):
            shared.invoke()
        shared.set_tensor(source, x)
        shared.invoke()

    def test_a_result_that_another_thread_replaced_is_not_read(self) -> None:
        shared = interpreter()
        source, target = shared.subgraph.inputs[0], shared.subgraph.outputs[0]
        x = zoo.sample("digits")
        shared.set_tensor(source, x)
        shared.invoke()
        in_thread(lambda: shared.set_tensor(source, x))
        with pytest.raises(ConcurrentUseError, match="before this one read its result"):
            shared.get_tensor(target)

    def test_two_inside_at_once_are_refused(self) -> None:
        entered, leave = threading.Event(), threading.Event()
        shared = interpreter()
        first, *others = shared._machine._joined

        def waits() -> None:
            entered.set()
            leave.wait(60)

        shared._machine._joined = ((waits, *first), *others)
        with ThreadPoolExecutor(1) as pool:
            running = pool.submit(shared.invoke)
            assert entered.wait(60)
            try:
                for use in (
                    shared.invoke,
                    shared.reset,
                    lambda: shared.get_tensor(shared.subgraph.outputs[0]),
                    lambda: shared.set_tensor(shared.subgraph.inputs[0], zoo.sample("digits")),
                ):
                    with pytest.raises(ConcurrentUseError, match="an Interpreter of its own"):
                        use()
            finally:
                leave.set()
            running.result()
        assert issubclass(ConcurrentUseError, (MicroinferError, RuntimeError))

    def test_it_may_be_handed_on_and_shared_in_turns(self) -> None:
        shared, lock = interpreter(), threading.Lock()
        source, target = shared.subgraph.inputs[0], shared.subgraph.outputs[0]
        x = zoo.sample("digits")
        shared.set_tensor(source, x)
        in_thread(shared.invoke)
        first = in_thread(lambda: shared.get_tensor(target))

        def whole(_: int) -> Any:
            with lock:
                shared.set_tensor(source, x)
                shared.invoke()
                return shared.get_tensor(target)

        with ThreadPoolExecutor(4) as pool:
            for found in pool.map(whole, range(100)):
                np.testing.assert_array_equal(found, first)
        np.testing.assert_array_equal(whole(0), first)

    def test_an_operator_may_look_at_the_interpreter_that_runs_it(self) -> None:
        own = interpreter()
        first, *others = own._machine._joined
        looks = lambda: own.get_tensor(own.subgraph.outputs[0]) is None  # noqa: E731
        own._machine._joined = ((looks, *first), *others)
        own.invoke()

    def test_it_costs_less_than_a_microsecond(self) -> None:
        turns = interpreter()._turns

        def once() -> None:
            turns.enter()
            turns.ran()
            turns.leave()

        best = float("inf")
        for _ in range(50):
            start = time.perf_counter()
            for _ in range(1000):
                once()
            best = min(best, (time.perf_counter() - start) / 1000)
        assert best < 1e-6


class TestCopies:
    @EVERY_COPY
    def test_models(self, copied: Callable[[Any], Any]) -> None:
        model = load(zoo.load("ds_cnn"))
        again: Model = copied(model)
        assert bytes(again.data) == bytes(model.data)
        assert (again.name, again.sha256) == (model.name, model.sha256)
        for one, other in zip(again.subgraphs[0].tensors, model.subgraphs[0].tensors, strict=True):
            assert (one.name, one.shape, one.dtype) == (other.name, other.shape, other.dtype)
            assert (one.data is None) == (other.data is None)
            if one.data is not None:
                assert not one.data.flags.writeable
                np.testing.assert_array_equal(one.data, other.data)
        quantization = copied(model.subgraphs[0].tensors[0].quantization)
        np.testing.assert_array_equal(quantization.scale, model.subgraphs[0].tensors[0].quantization.scale)

    @EVERY_COPY
    @pytest.mark.parametrize("name", profile_names())
    def test_profiles(self, copied: Callable[[Any], Any], name: str) -> None:
        profile = load_profile(name)
        assert copied(profile) == profile
        with pytest.raises(TypeError):
            copied(profile).sources["x"] = "y"

    @EVERY_COPY
    @pytest.mark.parametrize("preserve", [False, True])
    def test_interpreters_with_what_they_hold(self, copied: Callable[[Any], Any], preserve: bool) -> None:
        first = interpreter(preserve_all_tensors=preserve, library="tflm-reference", arena_size=8192)
        source, target = first.subgraph.inputs[0], first.subgraph.outputs[0]
        first.set_tensor(source, zoo.sample("digits"))
        ready = copied(first)
        first.invoke(record=True)
        done = copied(first)
        right = first.get_tensor(target)
        np.testing.assert_array_equal(done.get_tensor(target), right)
        assert (done.arena_size, done.library, done.invoked) == (8192, "tflm-reference", True)
        assert done.recorded_crc32 == first.recorded_crc32
        assert done.report().to_dict() == first.report().to_dict()
        ready.invoke()
        np.testing.assert_array_equal(ready.get_tensor(target), right)
        first.set_tensor(source, np.zeros_like(zoo.sample("digits")))
        first.invoke()
        np.testing.assert_array_equal(done.get_tensor(target), right)
        if not preserve:
            with pytest.raises(InputError):
                copied(done).get_tensor(first.steps[0].node.outputs[0].index)

    @EVERY_COPY
    def test_interpreters_with_operators_of_the_users_own(self, copied: Callable[[Any], Any]) -> None:
        b = ModelBuilder("c")
        x = b.input((1, 8), scale=0.05, zero_point=0)
        t = b.tensor((1, 8), "int8", 0.05, 0)
        b.operator("CUSTOM", [x], [t], custom_code="MINE")
        b.output(t)
        resolver = OpResolver.builtin()
        resolver.register("MINE", relu.prepare)
        first = Interpreter(b.build(), resolver=resolver)
        first.set_tensor(0, np.arange(-4, 4, dtype=np.int8).reshape(1, 8))
        again = copied(first)
        again.invoke()
        assert again.get_tensor(again.subgraph.outputs[0]).ravel().tolist() == [0] * 5 + [1, 2, 3]

    @EVERY_COPY
    def test_plans_and_reports(self, copied: Callable[[Any], Any]) -> None:
        first = interpreter()
        first.invoke(record=True)
        part = load_profile("cortex-m4")
        better = optimise(first.model, first.steps, first.library, part.target)
        for one in (
            first.plan,
            first.report(),
            check(first.model, part),
            compare(first.model, [part]),
            better,
        ):
            assert repr(copied(one)) == repr(one)

    @EVERY_COPY
    def test_a_folded_model_stays_folded(self, copied: Callable[[Any], Any]) -> None:
        first = Interpreter(open_network(), "arduino-uno")
        again = copied(first)
        assert again.operators == first.operators
        assert len(again.operators) < len(load(open_network()).subgraphs[0].operators)
