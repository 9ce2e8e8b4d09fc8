// The model's reasoning between two turns: what the provider encrypted goes back with the id it came with.
import type { ReasoningTrace } from '@waybill/contracts';
import type { Support } from '../encoding/support.ts';
import { itemBehind } from '../encoding/trace.ts';
import type { WireItem } from './wire.ts';

/** The reasoning item of a trace; undefined for what another provider signed, since it would be refused here. */
export function reasoningItem({ text, signature }: ReasoningTrace, support: Support): WireItem | undefined {
  const item = itemBehind(signature);
  if (item === undefined) {
    support.adjusted('reasoning.replay', 'a reasoning trace that is not of this provider was left out');
    return undefined;
  }
  return {
    type: 'reasoning',
    id: item.id || undefined,
    summary: text === '' ? [] : [{ type: 'summary_text', text }],
    encrypted_content: item.encryptedContent,
  };
}
