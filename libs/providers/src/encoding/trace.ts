// Reasoning that OpenAI's dialect encrypts: marked, so that no other provider is sent what it would refuse.

const mark = 'response-reasoning:';

/** The signature of a trace: the item's id and its encrypted content in one text. */
export function responsesSignature(id: string, encryptedContent: string): string {
  return `${mark}${id}:${encryptedContent}`;
}

/** The item behind a signature; undefined for what is signed by others. */
export function itemBehind(signature: string): { id: string; encryptedContent: string } | undefined {
  if (!signature.startsWith(mark)) return undefined;
  const rest = signature.slice(mark.length);
  const colon = rest.indexOf(':');
  return { id: rest.slice(0, Math.max(colon, 0)), encryptedContent: rest.slice(colon + 1) };
}
