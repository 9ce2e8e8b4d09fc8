// JSON that goes through unchanged: numbers that a double cannot hold keep their digits.

interface RawJson {
  rawJSON(text: string): unknown;
  parse(text: string, reviver: (key: string, value: unknown, context: { source?: string }) => unknown): unknown;
}

const exactJson = JSON as unknown as RawJson;

/**
 * Parses JSON so that `JSON.stringify` writes every number with the digits it came with. Such a number may be an object
 * here, so the value is for writing only. Undefined when the text is no JSON.
 */
export function parseExactly(text: string): unknown {
  try {
    return exactJson.parse(text, (_key, value, { source }) =>
      typeof value === 'number' && source !== undefined && String(value) !== source ? exactJson.rawJSON(source) : value,
    );
  } catch {
    return undefined;
  }
}

/** The value as JSON text; undefined when it has none or is nested too deeply to write. */
export function writeJson(value: unknown): string | undefined {
  try {
    return JSON.stringify(value);
  } catch {
    return undefined;
  }
}

/** An integer that JSON.stringify writes with all its digits. */
export function exactInteger(value: bigint | undefined): unknown {
  return value === undefined ? undefined : exactJson.rawJSON(value.toString());
}
