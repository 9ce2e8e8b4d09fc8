// Where the values and the names of a JSON text are, so that one can be replaced without writing the rest anew.

export interface Span {
  readonly from: number;
  readonly to: number;
}

export interface JsonSpans {
  readonly values: readonly Span[];
  /** With their quotes. */
  readonly names: readonly Span[];
}

const token = /"(?:[^"\\]|\\.)*"|[[\]{},:]|[^\s[\]{},:"]+/g;

/** Of valid JSON; of anything else what can be told apart. */
export function jsonSpans(text: string): JsonSpans {
  const values: Span[] = [];
  const names: Span[] = [];
  const open: number[] = [];
  for (const { 0: word, index: from } of text.matchAll(token)) {
    const to = from + word.length;
    if (word === '{' || word === '[') open.push(from);
    else if (word === '}' || word === ']') values.push({ from: open.pop() ?? 0, to });
    else if (word === ',' || word === ':') continue;
    else if (word.startsWith('"') && /^\s*:/.test(text.slice(to, to + 8))) names.push({ from, to });
    else values.push({ from, to });
  }
  return { values, names };
}
