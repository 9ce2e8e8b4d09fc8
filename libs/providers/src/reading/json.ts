// Loose reading of what vendors send: a field of another type than expected counts as absent.

export type JsonObject = Readonly<Record<string, unknown>>;

/** The value JSON text stands for; undefined when it is no JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const emptyObject: JsonObject = Object.freeze({});

/** The object, or an empty one. */
export function objectOf(value: unknown): JsonObject {
  return isObject(value) ? value : emptyObject;
}

const emptyList: readonly unknown[] = Object.freeze([]);

/** The list, or an empty one. */
export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : emptyList;
}

/** The text, or an empty one. */
export function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

/** The bytes as text; malformed UTF-8 becomes replacement characters, a byte order mark is left out. */
export function decodeUtf8(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}
