"""Cross-check with an independent implementation (python3-msgpack).

decode:   stdin has one encoded value per line (hex); answers its notation and the value packed again.
generate: stdin is ignored; argv[2] is a seed, argv[3] a count; answers packed value and notation per line.
"""
import random
import struct
import sys

import msgpack


class Pairs(list):
    """A map as its pairs in order; keys need not be hashable."""


def notation(v):
    if v is None:
        return "n"
    if v is True:
        return "t"
    if v is False:
        return "f"
    if isinstance(v, int):
        return "i%d" % v
    if isinstance(v, float):
        return "d" + struct.pack(">d", v).hex()
    if isinstance(v, str):
        return "s" + v.encode("utf-8").hex()
    if isinstance(v, bytes):
        return "b" + v.hex()
    if isinstance(v, Pairs):
        return "{" + ",".join(notation(k) + ":" + notation(w) for k, w in v) + "}"
    if isinstance(v, msgpack.ExtType):
        return "x%d/%s" % (v.code, v.data.hex())
    if isinstance(v, msgpack.Timestamp):
        return "T%d/%d" % (v.seconds, v.nanoseconds)
    if isinstance(v, list):
        return "[" + ",".join(notation(w) for w in v) + "]"
    raise TypeError(type(v))


def pack(v):
    packer = msgpack.Packer(use_bin_type=True, autoreset=False)

    def put(w):
        if isinstance(w, Pairs):
            packer.pack_map_header(len(w))
            for k, x in w:
                put(k)
                put(x)
        elif isinstance(w, list):
            packer.pack_array_header(len(w))
            for x in w:
                put(x)
        else:
            packer.pack(w)

    put(v)
    return packer.bytes()


def unpack(data):
    return msgpack.unpackb(
        data, raw=False, strict_map_key=False, timestamp=0, object_pairs_hook=Pairs)


def value(rng, depth):
    kind = rng.randrange(8 if depth == 0 else 12)
    length = rng.choice([0, 1, 2, 4, 5, 8, 15, 16, 17, 31, 32, 33, 255, 256, 300])
    if kind == 0:
        return rng.choice([None, True, False])
    if kind in (1, 2):
        n = (1 << rng.randrange(65)) + rng.randrange(-2, 3)
        n = -n if rng.random() < 0.5 else n
        return min(max(n, -(1 << 63)), (1 << 64) - 1)
    if kind == 3:
        return rng.choice([0.0, -0.0, 1.5, float("inf"), float("nan"), rng.random() * 10.0 ** rng.randrange(-300, 300)])
    if kind == 4:
        return "".join(rng.choice("aß€😀\0") for _ in range(length))
    if kind == 5:
        return bytes(rng.randrange(256) for _ in range(length))
    if kind == 6:
        return msgpack.ExtType(rng.randrange(128), bytes(rng.randrange(256) for _ in range(length)))
    if kind == 7:
        seconds = rng.choice([0, 1, 2**32 - 1, 2**32, 2**34 - 1, 2**34, -1, -2**63, 2**63 - 1])
        return msgpack.Timestamp(seconds, rng.choice([0, 1, 999999999]))
    count = rng.choice([0, 1, 2, 3, 15, 16, 17])
    if kind in (8, 9):
        return [value(rng, depth - 1) for _ in range(count)]
    return Pairs((value(rng, depth - 1), value(rng, depth - 1)) for _ in range(count))


def main():
    if sys.argv[1] == "decode":
        for line in sys.stdin:
            v = unpack(bytes.fromhex(line.strip()))
            print(notation(v), pack(v).hex())
    else:
        rng = random.Random(int(sys.argv[2]))
        for _ in range(int(sys.argv[3])):
            v = value(rng, 3)
            print(pack(v).hex(), notation(v))


main()
