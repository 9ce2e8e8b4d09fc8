// The vectors that vendors answer with.

/** The largest number that a part of an answer can hold: a 32-bit float. */
const largest = 3.4028234663852886e38;

/** A list of finite numbers, not empty; undefined when the value is no such thing. */
export function vectorOf(value: unknown): number[] | undefined {
  const isVector = Array.isArray(value) && value.length > 0 && value.every(isEntry);
  return isVector ? value : undefined;
}

/** One vector for each of so many inputs, in their order; undefined when there are more, less, or one is none. */
export function vectorsOf(values: readonly unknown[], inputs: number): number[][] | undefined {
  const vectors = values.map(vectorOf);
  const areAll = vectors.length === inputs && vectors.every((vector) => vector !== undefined);
  return areAll ? vectors : undefined;
}

function isEntry(value: unknown): boolean {
  return typeof value === 'number' && Math.abs(value) <= largest;
}
