// State that only the provider that made it understands, such as signatures over reasoning: it is marked with the kind of
// provider on its way to the caller, and given back to no other kind, which would refuse the call for it.
import type { Call, Chat, ContentPart, ReplyPart, Warning } from '@waybill/contracts';

const mark = 'wb1.';

/** The part as the caller gets it. */
export function markState(reply: ReplyPart, kind: string): ReplyPart {
  const { part } = reply;
  if (part?.$case === 'toolCallStarted' && part.value.providerState.length > 0) {
    const providerState = Buffer.concat([Buffer.from(`${mark}${kind}.`), part.value.providerState]);
    return { part: { $case: 'toolCallStarted', value: { ...part.value, providerState } } };
  }
  if (part?.$case !== 'reasoning' || (part.value.signature === '' && part.value.redacted === '')) return reply;
  const { text, signature, redacted } = part.value;
  const value = { text, signature: marked(signature, kind), redacted: marked(redacted, kind) };
  return { part: { $case: 'reasoning', value } };
}

function marked(state: string, kind: string): string {
  return state === '' ? '' : `${mark}${kind}.${state}`;
}

/** The call as a provider of a kind may see it, and what was left out. State without a mark goes as it is. */
export function callWithState(
  call: Call,
  kind: string,
): { readonly call: Call; readonly warnings: readonly Warning[] } {
  if (call.task?.$case !== 'chat' || !hasState(call.task.value)) return { call, warnings: [] };
  const seen = { leftOut: false };
  const messages = call.task.value.messages.map((message) => ({
    ...message,
    parts: message.parts.flatMap((part) => partFor(part, kind, seen)),
  }));
  const task = { $case: 'chat', value: { ...call.task.value, messages } } as const;
  return { call: { ...call, task }, warnings: seen.leftOut ? [leftOut] : [] };
}

const leftOut: Warning = {
  code: 'adjusted',
  subject: 'messages.reasoning',
  message: 'state that another kind of provider made in an earlier turn was left out',
};

function hasState({ messages }: Chat): boolean {
  return messages.some(({ parts }) =>
    parts.some(({ part }) => {
      if (part?.$case === 'toolCall') return part.value.providerState.length > 0;
      return part?.$case === 'reasoning' && (part.value.signature !== '' || part.value.redacted !== '');
    }),
  );
}

function partFor(entry: ContentPart, kind: string, seen: { leftOut: boolean }): ContentPart[] {
  const { part } = entry;
  if (part?.$case === 'toolCall') {
    const state = unmarked(part.value.providerState.toString('latin1'), kind);
    seen.leftOut ||= state === undefined;
    const providerState = Buffer.from(state ?? '', 'latin1');
    return [{ ...entry, part: { $case: 'toolCall', value: { ...part.value, providerState } } }];
  }
  if (part?.$case !== 'reasoning') return [entry];
  const signature = unmarked(part.value.signature, kind);
  const redacted = unmarked(part.value.redacted, kind);
  if (signature === undefined || redacted === undefined) {
    seen.leftOut = true;
    return [];
  }
  return [{ ...entry, part: { $case: 'reasoning', value: { text: part.value.text, signature, redacted } } }];
}

/** The state without its mark; undefined when another kind made it. */
function unmarked(state: string, kind: string): string | undefined {
  if (!state.startsWith(mark)) return state;
  const own = `${mark}${kind}.`;
  return state.startsWith(own) ? state.slice(own.length) : undefined;
}
