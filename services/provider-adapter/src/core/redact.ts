// Takes keys out of what is recorded, without changing its length: places in it stay where they were.

/** What keys of providers and clouds look like, wherever they stand. */
const patterns = [
  /\b(?:sk|pk|rk)-[A-Za-z0-9_-]{16,}/g,
  /\bwk-[A-Za-z0-9_-]{16,}/g,
  /\bAIza[A-Za-z0-9_-]{30,}/g,
  /\bgh[opsru]_[A-Za-z0-9]{20,}/g,
  /\b(?:AKIA|ASIA)[A-Z0-9]{16}\b/g,
  /\bxai-[A-Za-z0-9]{20,}/g,
  /\bhf_[A-Za-z0-9]{20,}/g,
  /\beyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}/g,
];

/** The text with `x` in the place of each character of a key; `known` are keys that have to go whatever they look like. */
export function redactText(text: string, known: readonly string[]): string {
  const withoutKnown = known
    .filter((key) => key !== '')
    .reduce((left, key) => left.replaceAll(key, 'x'.repeat(key.length)), text);
  return patterns.reduce((left, pattern) => left.replace(pattern, (key) => 'x'.repeat(key.length)), withoutKnown);
}

/** The same over bytes that came in pieces; a key is found across the seams, and every piece keeps its length. */
export function redactPieces(pieces: readonly Uint8Array[], known: readonly string[]): Buffer[] {
  const whole = Buffer.from(redactText(Buffer.concat(pieces).toString('latin1'), known), 'latin1');
  let from = 0;
  return pieces.map(({ length }) => {
    from += length;
    return whole.subarray(from - length, from);
  });
}

/** Headers of an answer that tell how it is read and how it went; whatever may name an account or a session is not. */
const keptHeaders =
  /^(?:content-type|retry-after(?:-ms)?|x-request-id|request-id|apim-request-id|x-goog-request-id|openai-processing-ms|x-ratelimit-[a-z-]+)$/;

export function keptOf(headers: Readonly<Record<string, string>>, known: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      keptHeaders.test(name) ? [[name, redactText(value, known)]] : [],
    ),
  );
}
