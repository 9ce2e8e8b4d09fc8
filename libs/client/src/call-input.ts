import { type Call, Role } from '@waybill/contracts';

/** What to ask: a Call as in the contract, of which anything may be left out. */
export type CallInput = Parameters<typeof Call.fromPartial>[0];

/** Texts to turn into vectors, of so many dimensions if the model leaves that open. */
export function embedding(model: string, inputs: readonly string[], dimensions?: number): CallInput {
  return { model, task: { $case: 'embedding', value: { inputs: [...inputs], dimensions } } };
}

/** A question in text, with what the system is told first if anything. */
export function question(model: string, text: string, system?: string): CallInput {
  const message = (role: Role, text: string) => ({
    role,
    parts: [{ part: { $case: 'text' as const, value: { text } } }],
  });
  const messages = [...(system === undefined ? [] : [message(Role.SYSTEM, system)]), message(Role.USER, text)];
  return { model, task: { $case: 'chat', value: { messages } } };
}
