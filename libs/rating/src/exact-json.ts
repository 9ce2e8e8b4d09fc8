type SourceReviver = (key: string, value: unknown, context: { readonly source: string }) => unknown;

/** Reads JSON with every number as the text that stood there, since a float would lose digits. Throws a SyntaxError. */
export function parseExactJson(text: string): unknown {
  const keepSource: SourceReviver = (_key, value, context) => (typeof value === 'number' ? context.source : value);
  return JSON.parse(text, keepSource as Parameters<typeof JSON.parse>[1]);
}
