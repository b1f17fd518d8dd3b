import { createHash } from "node:crypto";
import { crc32 } from "node:zlib";

/** A running checksum; `digest` is in base64, as in x-amz-checksum-* headers. */
export interface Checksum {
  update(bytes: Uint8Array): void;
  digest(): string;
}

const makers: Readonly<Record<string, () => Checksum>> = {
  crc32: () => crc((value, bytes) => crc32(bytes, value)),
  crc32c: () => crc(crc32c),
  crc64nvme: crc64,
  sha1: () => hashed("sha1"),
  sha256: () => hashed("sha256"),
};

/** `algorithm` as in x-amz-checksum-<algorithm>; undefined for those not known. */
export function startChecksum(algorithm: string): Checksum | undefined {
  return Object.hasOwn(makers, algorithm) ? makers[algorithm]?.() : undefined;
}

function hashed(algorithm: string): Checksum {
  const hash = createHash(algorithm);
  return { update: (bytes) => void hash.update(bytes), digest: () => hash.digest("base64") };
}

function crc(step: (value: number, bytes: Uint8Array) => number): Checksum {
  let value = 0;
  return {
    update(bytes) {
      value = step(value, bytes);
    },
    digest() {
      const bytes = Buffer.alloc(4);
      bytes.writeUInt32BE(value >>> 0);
      return bytes.toString("base64");
    },
  };
}

// Castagnoli's polynomial, bits reversed.
const castagnoli = Uint32Array.from({ length: 256 }, (_, index) => {
  let value = index;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0x82f63b78 : value >>> 1;
  return value;
});

function crc32c(start: number, bytes: Uint8Array): number {
  let value = ~start;
  for (const byte of bytes) value = (castagnoli[(value ^ byte) & 0xff] ?? 0) ^ (value >>> 8);
  return ~value >>> 0;
}

// The polynomial of NVMe, bits reversed, in halves: there are no fast 64-bit integers.
const nvme = Array.from({ length: 256 }, (_, index) => {
  let value = BigInt(index);
  for (let bit = 0; bit < 8; bit++) value = value & 1n ? (value >> 1n) ^ 0x9a6c9329ac4bc9b5n : value >> 1n;
  return value;
});
const nvmeHigh = Int32Array.from(nvme, (value) => Number(BigInt.asIntN(32, value >> 32n)));
const nvmeLow = Int32Array.from(nvme, (value) => Number(BigInt.asIntN(32, value)));

function crc64(): Checksum {
  let high = ~0;
  let low = ~0;
  return {
    update(bytes) {
      for (const byte of bytes) {
        const index = (low ^ byte) & 0xff;
        low = (nvmeLow[index] ?? 0) ^ ((low >>> 8) | (high << 24));
        high = (nvmeHigh[index] ?? 0) ^ (high >>> 8);
      }
    },
    digest() {
      const bytes = Buffer.alloc(8);
      bytes.writeInt32BE(~high, 0);
      bytes.writeInt32BE(~low, 4);
      return bytes.toString("base64");
    },
  };
}
