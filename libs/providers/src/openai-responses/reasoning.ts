// The model's reasoning between two turns: what the provider encrypted goes back with the id it came with.
import type { ReasoningTrace } from '@waybill/contracts';
import type { Support } from '../encoding/support.ts';
import type { WireItem } from './wire.ts';

const mark = 'response-reasoning:';

/**
 * The signature of a trace: the item's id and its encrypted content in one text, which no other provider's signature
 * looks like.
 */
export function signatureOf(id: string, encryptedContent: string): string {
  return `${mark}${id}:${encryptedContent}`;
}

/** The reasoning item of a trace; undefined for what another provider signed, since it would be refused here. */
export function reasoningItem({ text, signature }: ReasoningTrace, support: Support): WireItem | undefined {
  if (!signature.startsWith(mark)) {
    support.adjusted('reasoning.replay', 'a reasoning trace that is not of this provider was left out');
    return undefined;
  }
  const rest = signature.slice(mark.length);
  const colon = rest.indexOf(':');
  return {
    type: 'reasoning',
    id: rest.slice(0, Math.max(colon, 0)) || undefined,
    summary: text === '' ? [] : [{ type: 'summary_text', text }],
    encrypted_content: rest.slice(colon + 1),
  };
}
