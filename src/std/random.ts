import { randomBytes } from "node:crypto";

/** Randomness, handed in. */
export interface Random {
  bytes(length: number): Uint8Array;
}

export const systemRandom: Random = { bytes: (length) => randomBytes(length) };

/** Reproducible: the same seed gives the same bytes (xorshift32, not for secrets). */
export function seededRandom(seed: number): Random {
  let state = seed | 0 || 0x9e3779b9;
  const next = (): number => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state & 0xff;
  };
  return { bytes: (length) => Uint8Array.from({ length }, next) };
}

/** The alphabet of Kubernetes' generated names: no vowels, so no words, and nothing easily misread. */
export const kubernetesAlphabet = "bcdfghjklmnpqrstvwxz2456789";

/** `length` characters of `alphabet`, each equally likely. */
export function randomText(random: Random, length: number, alphabet: string = kubernetesAlphabet): string {
  const limit = 256 - (256 % alphabet.length);
  let text = "";
  while (text.length < length) {
    for (const byte of random.bytes(length)) {
      if (byte < limit && text.length < length) text += alphabet[byte % alphabet.length];
    }
  }
  return text;
}

/** A version 4 UUID in lower case with hyphens. */
export function randomUuid(random: Random): string {
  const bytes = Buffer.from(random.bytes(16));
  bytes[6] = (bytes[6]! & 0x0f) | 0x40;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  const hex = bytes.toString("hex");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}
