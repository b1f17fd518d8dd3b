const units: Readonly<Record<string, number>> = {
  "": 1,
  n: 1e-9,
  u: 1e-6,
  m: 1e-3,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
  Ei: 2 ** 60,
};

/** A Kubernetes quantity (`500m`, `1.5Gi`, `1e3`) as a number; undefined when it is none. */
export function parseQuantity(text: string): number | undefined {
  const match = /^([+-]?(?:\d+\.?\d*|\.\d+))(?:[eE]([+-]?\d+)|([numkMGTPE]|[KMGTPE]i))?$/.exec(text);
  if (!match) return undefined;
  return Number(match[1]) * (match[2] === undefined ? (units[match[3] ?? ""] ?? 1) : 10 ** Number(match[2]));
}

/** Bytes for people: `1.5Gi`. */
export function formatBytes(bytes: number): string {
  for (const unit of ["Gi", "Mi", "Ki"]) {
    const size = units[unit] ?? 1;
    if (bytes >= size) return `${Math.round((bytes / size) * 100) / 100}${unit}`;
  }
  return `${bytes}`;
}
