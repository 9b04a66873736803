"""Numbers of networks too large to commit: hashes of places, the same float32 in every language. See README.md."""

import math
import zlib

import numpy as np


def mix(bits):
    """Chris Wellons' lowbias32 (https://github.com/skeeto/hash-prospector) on an array of uint32."""
    bits = bits ^ (bits >> np.uint32(16))
    bits = bits * np.uint32(0x7FEB352D)
    bits = bits ^ (bits >> np.uint32(15))
    bits = bits * np.uint32(0x846CA68B)
    return bits ^ (bits >> np.uint32(16))


def hashes(seed, count):
    """mix(mix(place) xor seed) for each place: 32 bits that look random."""
    return mix(mix(np.arange(count, dtype=np.uint32)) ^ np.uint32(seed))


def seed_of(network, name, draw):
    return zlib.crc32(f"{network}.{name}.{draw}".encode())


def signed(exponent):
    """Numbers from -2^exponent to 2^exponent"""
    return {"values": "signed", "exponent": exponent}


def unit():
    """Numbers from 0 to 1"""
    return {"values": "unit"}


def classes(count):
    """Whole numbers below count"""
    return {"values": "classes", "classes": count}


def hashed(recipe):
    """The array of a recipe {shape, seed, values, ...}: float32, or int64 for classes."""
    shape = recipe["shape"]
    bits = hashes(recipe["seed"], math.prod(shape))
    if recipe["values"] == "classes":
        return (bits % np.uint32(recipe["classes"])).astype(np.int64).reshape(shape)
    # 24 bits, one of them the sign: whole numbers that float32 holds, times a power of two.
    whole = (bits >> np.uint32(8)).astype(np.float64)
    if recipe["values"] == "unit":
        numbers = whole * 2.0**-24
    else:
        numbers = (whole - 2**23) * 2.0 ** (recipe["exponent"] - 23)
    return numbers.astype(np.float32).reshape(shape)
