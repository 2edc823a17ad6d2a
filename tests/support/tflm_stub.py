"""Headers that declare what an export uses of TFLM, and no more, for machines without TFLM.

Tensors are the test's: it points `stub_inputs` and `stub_outputs` at its own memory.
"""

from __future__ import annotations

from pathlib import Path

__all__ = ["ADD_METHODS", "write_stub"]

_METHODS = """
AddAbs AddAdd AddAddN AddArgMax AddArgMin AddAssignVariable AddAveragePool2D AddBatchMatMul
AddBatchToSpaceNd AddBroadcastArgs AddBroadcastTo AddCallOnce AddCast AddCeil AddCircularBuffer
AddConcatenation AddConv2D AddCos AddCumSum AddDecode AddDelay AddDepthToSpace AddDepthwiseConv2D
AddDequantize AddDetectionPostprocess AddDiv AddDynamicUpdateSlice AddElu AddEmbeddingLookup
AddEnergy AddEqual AddEthosU AddExp AddExpandDims AddFftAutoScale AddFill AddFilterBank
AddFilterBankLog AddFilterBankSpectralSubtraction AddFilterBankSquareRoot AddFloor AddFloorDiv
AddFloorMod AddFramer AddFullyConnected AddGather AddGatherNd AddGreater AddGreaterEqual
AddHardSwish AddIf AddIrfft AddL2Normalization AddL2Pool2D AddLeakyRelu AddLess AddLessEqual AddLog
AddLogSoftmax AddLogicalAnd AddLogicalNot AddLogicalOr AddLogistic AddMaxPool2D AddMaximum AddMean
AddMinimum AddMirrorPad AddMul AddNeg AddNotEqual AddOverlapAdd AddPCAN AddPack AddPad AddPadV2
AddPrelu AddQuantize AddReadVariable AddReduceAll AddReduceMax AddReduceMin AddRelu AddRelu6
AddReshape AddResizeBilinear AddResizeNearestNeighbor AddReverseV2 AddRfft AddRound AddRsqrt
AddSelectV2 AddShape AddSin AddSlice AddSoftmax AddSpaceToBatchNd AddSpaceToDepth AddSplit AddSplitV
AddSqrt AddSquare AddSquaredDifference AddSqueeze AddStacker AddStridedSlice AddSub AddSum AddSvdf
AddTanh AddTranspose AddTransposeConv AddUnidirectionalSequenceLSTM AddUnpack AddVarHandle AddWhile
AddWindow AddZerosLike
"""
ADD_METHODS = tuple(_METHODS.split())
"""The methods of TFLM's MicroMutableOpResolver (commit 90b983c2) that take no argument."""

_COMMON = """
#pragma once
#include <cstddef>
#include <cstdint>
enum TfLiteStatus { kTfLiteOk, kTfLiteError };
enum TfLiteType { kTfLiteInt8, kTfLiteUInt8, kTfLiteInt16, kTfLiteInt32, kTfLiteFloat32, kTfLiteBool };
union TfLitePtrUnion { int8_t* int8; void* data; };
struct TfLiteTensor { TfLiteType type; TfLitePtrUnion data; size_t bytes; };
struct TFLMRegistration;
"""
_SCHEMA = """
#pragma once
#include <cstdint>
namespace tflite {
struct Model { uint32_t version() const { return 3; } };
inline const Model* GetModel(const void* bytes) {
  return reinterpret_cast<uintptr_t>(bytes) % 16 == 0 ? static_cast<const Model*>(bytes) : nullptr;
}
}
"""
_RESOLVER = """
#pragma once
#include <set>
#include <string>
#include "tensorflow/lite/common_stub.h"
namespace tflite {
struct MicroOpResolver { std::set<std::string> added; };
template <unsigned int tOpCount> struct MicroMutableOpResolver : MicroOpResolver {
  TfLiteStatus Add(const char* name) {
    return added.size() < tOpCount && added.insert(name).second ? kTfLiteOk : kTfLiteError;
  }
  TfLiteStatus AddCustom(const char* name, const TFLMRegistration*) { return Add(name); }
%s
};
}
"""
_INTERPRETER = """
#pragma once
#include "tensorflow/lite/micro/micro_allocator.h"
#include "tensorflow/lite/micro/micro_mutable_op_resolver.h"
#include "tensorflow/lite/micro/micro_resource_variable.h"
#include "tensorflow/lite/schema/schema_generated.h"
#define TFLITE_SCHEMA_VERSION (3)
extern TfLiteTensor stub_inputs[4], stub_outputs[4];
extern int stub_resets;
namespace tflite {
struct MicroInterpreter {
  MicroInterpreter(const Model*, const MicroOpResolver&, uint8_t* arena, size_t)
      : aligned(reinterpret_cast<uintptr_t>(arena) % 16 == 0) {}
  MicroInterpreter(const Model*, const MicroOpResolver&, MicroAllocator* allocator,
                   MicroResourceVariables* variables = nullptr)
      : aligned(allocator != nullptr && allocator->aligned && variables != nullptr && variables->count > 0) {}
  TfLiteStatus AllocateTensors() { return aligned ? kTfLiteOk : kTfLiteError; }
  TfLiteStatus Invoke() { return kTfLiteOk; }
  TfLiteStatus Reset() { ++stub_resets; return kTfLiteOk; }
  TfLiteTensor* input(size_t index) { return &stub_inputs[index]; }
  TfLiteTensor* output(size_t index) { return &stub_outputs[index]; }
  template <class T> T* typed_input_tensor(int index) { return static_cast<T*>(input(index)->data.data); }
  template <class T> T* typed_output_tensor(int index) { return static_cast<T*>(output(index)->data.data); }
  bool aligned;
};
}
"""
_ALLOCATOR = """
#pragma once
#include <cstddef>
#include <cstdint>
namespace tflite {
struct MicroAllocator {
  static MicroAllocator* Create(uint8_t* arena, size_t) {
    static MicroAllocator made;
    made.aligned = reinterpret_cast<uintptr_t>(arena) % 16 == 0;
    return &made;
  }
  bool aligned;
};
}
"""
_VARIABLES = """
#pragma once
#include "tensorflow/lite/micro/micro_allocator.h"
namespace tflite {
struct MicroResourceVariables {
  static MicroResourceVariables* Create(MicroAllocator*, int count) {
    static MicroResourceVariables made;
    made.count = count;
    return &made;
  }
  int count;
};
}
"""
_LOG = """
#pragma once
void MicroPrintf(const char* format, ...);
"""


def write_stub(folder: Path) -> Path:
    """The headers, under `folder`, which is the include path."""
    methods = "\n".join(f'  TfLiteStatus {name}() {{ return Add("{name}"); }}' for name in ADD_METHODS)
    files = {
        "common_stub.h": _COMMON,
        "schema/schema_generated.h": _SCHEMA,
        "micro/micro_mutable_op_resolver.h": _RESOLVER % methods,
        "micro/micro_interpreter.h": _INTERPRETER,
        "micro/micro_log.h": _LOG,
        "micro/micro_allocator.h": _ALLOCATOR,
        "micro/micro_resource_variable.h": _VARIABLES,
    }
    for path, text in files.items():
        target = folder / "tensorflow/lite" / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, "utf-8")
    return folder
