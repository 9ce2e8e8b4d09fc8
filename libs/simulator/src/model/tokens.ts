// The simulator's own tokens: one per word, and one more per further 32 characters of a long word. That is never more
// than the UTF-8 bytes of the text, nor than what a byte-pair tokenizer that splits at spaces would count.

const CHARACTERS_PER_TOKEN = 32;
const BYTES_PER_TOKEN_OF_JSON = 8;
const PIECE = /\s*\S{1,32}/gu;

/** How many tokens a text has; always the length of `splitTokens(text)`. */
export function countTokens(text: string): number {
  let tokens = 0;
  let wordLength = 0;
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    if (isSpace(code)) wordLength = 0;
    else if ((code & 0xfc00) !== 0xdc00) {
      if (wordLength % CHARACTERS_PER_TOKEN === 0) tokens += 1;
      wordLength += 1;
    }
  }
  return tokens;
}

/** The text as tokens, each with the white space before it. White space at the very end is dropped. */
export function splitTokens(text: string): string[] {
  return text.match(PIECE) ?? [];
}

/** Tokens of something that goes into the prompt as JSON, such as the definition of a tool. */
export function countJsonTokens(value: unknown): number {
  return Math.floor(Buffer.byteLength(JSON.stringify(value) ?? '') / BYTES_PER_TOKEN_OF_JSON);
}

function isSpace(code: number): boolean {
  if (code <= 0x20) return code === 0x20 || (code >= 0x09 && code <= 0x0d);
  return code >= 0xa0 && /\s/.test(String.fromCharCode(code));
}
