// Exact token counts where a model's tokenizer is public. The tables are large, so they load when first asked for.

export type TokenizerId = 'o200k_base' | 'cl100k_base';

/** How many tokens a text has, special tokens read as plain text. */
export type CountTokens = (text: string) => number;

const o200k = /^(?:gpt-4o|gpt-4\.[1-9]|gpt-[5-9]|gpt-audio|chatgpt-4o|o[1-9])/;
const cl100k = /^(?:gpt-4(?:-|$)|gpt-3\.5|text-embedding-(?:3|ada))/;

/** The public tokenizer of an OpenAI model; undefined for others and for those that are not known. */
export function tokenizerOf(upstreamModel: string): TokenizerId | undefined {
  if (o200k.test(upstreamModel)) return 'o200k_base';
  return cl100k.test(upstreamModel) ? 'cl100k_base' : undefined;
}

/** Loads a tokenizer; the same one is loaded once. */
export async function loadTokenizer(id: TokenizerId): Promise<CountTokens> {
  const { countTokens } =
    id === 'o200k_base'
      ? await import('gpt-tokenizer/encoding/o200k_base')
      : await import('gpt-tokenizer/encoding/cl100k_base');
  const asPlainText = { disallowedSpecial: new Set<string>() };
  return (text) => countTokens(text, asPlainText);
}

/** Merging takes time that grows with the square of such a run, and text that people write has none. */
const longRun = /[\p{L}\p{M}]{256,}|\s{256,}|[^\s\p{L}\p{M}\p{N}]{256,}/gu;

/** More than this is counted by its bytes, so that one call cannot hold up all others; in UTF-16 units. */
const mostCounted = 262_144;

/** The most tokens a text can have: its count, with bytes for what would take too long to count. */
export function boundText(text: string, countTokens: CountTokens | undefined): number {
  if (!countTokens || text.length > mostCounted) return Buffer.byteLength(text);
  let ofRuns = 0;
  const rest = text.replace(longRun, (run) => {
    ofRuns += Buffer.byteLength(run) + 2;
    return ' ';
  });
  return countTokens(rest) + ofRuns;
}
