"""Writes files.json: small files made by NumPy and by the reference implementation of safetensors, as base64.

    pip install numpy==2.4.6 safetensors==0.8.0
    python3 write.py           # writes files.json
    python3 write.py --check   # writes nothing; fails where the file differs

One case a line: {format, name, base64, tensors: {name: {dtype, shape, data}}, metadata, same}. `dtype` is what reading
gives here, `data` the values in row-major order (JSON has no NaN, infinities or -0: these are strings), and `same` says
that writing the tensors here gives the same bytes.
"""

import base64
import io
import json
import math
import pathlib
import sys

import numpy as np
import safetensors

DTYPES = {"f": "float32", "i": "int32", "u": "int32", "b": "bool"}
WRITTEN = {"float32", "float64", "int32", "bool"}


def number(value):
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, int) or (math.isfinite(value) and not (value == 0 and math.copysign(1, value) < 0)):
        return value
    return {"nan": "NaN", "inf": "Infinity", "-inf": "-Infinity", "-0.0": "-0"}[str(value)]


def describe(array):
    dtype = "float64" if array.dtype.itemsize == 8 and array.dtype.kind == "f" else DTYPES[array.dtype.kind]
    return {"dtype": dtype, "shape": list(array.shape), "data": [number(value) for value in array.ravel().tolist()]}


def npy(name, array, version=(1, 0)):
    buffer = io.BytesIO()
    np.lib.format.write_array(buffer, array, version=version)
    plain = version == (1, 0) and array.flags.c_contiguous and array.dtype.name in WRITTEN and array.dtype.isnative
    return case("npy", name, buffer.getvalue(), {"array": describe(array)}, {}, plain)


def case(form, name, content, tensors, metadata, same):
    encoded = base64.b64encode(content).decode()
    return {"format": form, "name": name, "base64": encoded, "tensors": tensors, "metadata": metadata, "same": same}


def safetensors_file(name, arrays, metadata=None, same=True):
    """`arrays` has arrays, or (safetensors dtype, raw array, array of its values) where NumPy lacks the dtype."""
    entries, tensors = {}, {}
    for key, value in arrays.items():
        dtype, raw, values = value if isinstance(value, tuple) else (value.dtype.name, value, value)
        entries[key] = safetensors.TensorSpec(
            dtype=dtype, shape=raw.shape, data_ptr=raw.ctypes.data, data_len=raw.nbytes
        )
        tensors[key] = describe(values)
    content = safetensors.serialize(entries, metadata)
    return case("safetensors", name, content, tensors, metadata or {}, same)


def cases():
    floats = [0.0, -0.0, 1.5, -2.25, 0.1, 1e-45, 3.4e38, math.inf, -math.inf, math.nan]
    single = np.array(floats, np.float32)
    double = np.array([*floats[:5], 5e-324, 1.7976931348623157e308, *floats[7:]], np.float64)
    half = np.array([0, 1, 0x3FF, 0x400, 0x7BFF, 0x7C00, 0x8000, 0x8001, 0xFC00, 0x3555, 0x7E00], np.uint16)
    integers = np.arange(24).reshape(2, 3, 4) - 5

    yield npy("float32", single)
    yield npy("float64", double)
    yield npy("int32", integers.astype(np.int32))
    yield npy("bool", np.array([[True, False, True], [False, False, True]]))
    yield npy("zero-dimensional", np.array(2.5, np.float32))
    yield npy("empty", np.zeros((0, 3), np.float64))
    # NumPy pads a header that ends at a multiple of 64 bytes with 64 more.
    yield npy("header-of-whole-blocks", np.zeros((0,) + (1,) * 11 + (10, 10), np.int32))
    yield npy("float16", half.view(np.float16))
    for code in ["i1", "u1", "<i2", "<u2", "<u4", "<i8", "<u8", ">i2", ">u2", ">i4", ">u4", ">i8", ">u8"]:
        low = 0 if "u" in code else -128
        yield npy(f"integers-{code}", np.array([low, 0, 1, 127], np.dtype(code)))
    yield npy("float16-big-endian", half.view(np.float16).astype(">f2"))
    yield npy("float32-big-endian", single.astype(">f4"))
    yield npy("float64-big-endian", double.astype(">f8"))
    yield npy("fortran-order", np.asfortranarray(integers.astype(np.float32)))
    yield npy("fortran-order-big-endian", np.asfortranarray(integers.astype(">f8")))
    yield npy("fortran-order-bool", np.asfortranarray(integers % 3 == 0))
    yield npy("version-2", integers.astype(np.int32), (2, 0))
    yield npy("version-3", integers.astype(np.float32), (3, 0))

    yield safetensors_file("nothing", {})
    yield safetensors_file("metadata-only", {}, {"note": 'quotes "", backslash \\, tab \t, bell \x07, é, 😀'})
    yield safetensors_file(
        "order",
        {
            "z": single,
            "a": np.array([True, False]),
            "é": np.array([[1, -2]], np.int32),
            "\uffff": np.array([3], np.int32),
            "😀": np.array([4], np.int32),
            "m": np.array(7.25, np.float64),
            "b": np.zeros((2, 0), np.float32),
            "": np.array([True]),
        },
        {"format": "np"},
    )
    words = np.array([0x3F80, 0xBFC0, 0x0001, 0x7F80, 0xFF80, 0x7FC0, 0x8000], np.uint16)
    yield safetensors_file(
        "widened",
        {
            "bf16": ("bfloat16", words, (words.astype(np.uint32) << 16).view(np.float32)),
            "f16": half.view(np.float16),
            "i8": np.array([-128, 127], np.int8),
            "u8": np.array([0, 255], np.uint8),
            "i16": np.array([-32768, 32767], np.int16),
            "u16": np.array([0, 65535], np.uint16),
            "u32": np.array([0, 2147483647], np.uint32),
            "i64": np.array([-2147483648, 2147483647], np.int64),
            "u64": np.array([0, 2147483647], np.uint64),
        },
        same=False,
    )


text = "[\n" + ",\n".join(json.dumps(entry, ensure_ascii=False) for entry in cases()) + "\n]\n"
path = pathlib.Path(__file__).with_name("files.json")
if "--check" in sys.argv:
    sys.exit(path.read_text(encoding="utf-8") != text and f"{path.name} differs")
path.write_text(text, encoding="utf-8")
