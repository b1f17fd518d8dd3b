const parameters = {
  64: { offset: 0xcbf29ce484222325n, prime: 0x100000001b3n },
  128: { offset: 0x6c62272e07bb014262b821756295c58dn, prime: 0x1000000000000000000013bn },
} as const;

/** The FNV-1a digest of the UTF-8 bytes of a text, read as a big endian number. */
export function fnv1a(text: string, bits: 32 | 64 | 128): bigint {
  if (bits === 32) return BigInt(fnv1a32(text));
  const { offset, prime } = parameters[bits];
  let hash: bigint = offset;
  for (const byte of Buffer.from(text)) hash = BigInt.asUintN(bits, (hash ^ BigInt(byte)) * prime);
  return hash;
}

/** The FNV-1 digest (64 bits) of the UTF-8 bytes of a text, read as a big endian number. */
export function fnv1(text: string): bigint {
  const { offset, prime } = parameters[64];
  let hash: bigint = offset;
  for (const byte of Buffer.from(text)) hash = BigInt.asUintN(64, hash * prime) ^ BigInt(byte);
  return hash;
}

/** Of every name of an attempt: in plain numbers it is done twenty times as fast. */
function fnv1a32(text: string): number {
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(text)) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash >>> 0;
}
