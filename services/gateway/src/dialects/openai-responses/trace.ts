// A reasoning trace <-> a reasoning item: the text is its summary, and what the provider needs back is its encrypted
// content, which clients that keep no state on a server send back anyway.
import type { ReasoningTrace } from '@waybill/contracts';

const signatureMark = 'signature.';

export interface WireTrace {
  readonly summary?: readonly { readonly text: string }[] | null | undefined;
  readonly content?: readonly { readonly text: string }[] | null | undefined;
  readonly encrypted_content?: string | null | undefined;
}

export function readTrace({ summary, content, encrypted_content: encrypted }: WireTrace): ReasoningTrace {
  const text = [...(summary ?? []), ...(content ?? [])].map((piece) => piece.text).join('');
  if (!encrypted) return { text, signature: '', redacted: '' };
  if (!encrypted.startsWith(signatureMark)) return { text, signature: '', redacted: encrypted };
  return { text, signature: encrypted.slice(signatureMark.length), redacted: '' };
}

/** Null where there is nothing to send back. */
export function encryptedContent({ signature, redacted }: ReasoningTrace): string | null {
  if (redacted !== '') return redacted;
  return signature === '' ? null : `${signatureMark}${signature}`;
}
