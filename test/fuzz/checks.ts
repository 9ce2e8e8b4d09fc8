// What has to hold whatever a provider sends: for a fault, for a whole answer and for a stream.
import { type ReplyPart, ReplyPart as ReplyParts } from '@waybill/contracts';
import { faultKinds } from '@waybill/kernel';
import { foldReply, maxRetryHintMs, type ProviderFault, type StreamFrame } from '@waybill/providers';

const longestMessage = 1_000;

/** What is wrong with a fault as others have to work with it. */
export function faultProblems(fault: ProviderFault): string[] {
  const { kind, message, details, retryAfterMs: hint } = fault;
  const problems: string[] = [];
  if (!faultKinds.includes(kind)) problems.push(`a fault of kind ${kind}`);
  if (message.length > longestMessage) problems.push('a fault with an endless message');
  if (hint !== undefined && !(Number.isInteger(hint) && hint >= 0 && hint <= maxRetryHintMs)) {
    problems.push(`a retry hint of ${hint}`);
  }
  const values = Object.values(details);
  if (values.some((value) => typeof value !== 'string' || value.length > 200)) problems.push('an endless detail');
  return problems;
}

/** What is wrong with the parts of a complete answer. */
export function replyProblems(parts: readonly ReplyPart[]): string[] {
  const finishes = parts.filter(({ part }) => part?.$case === 'finish').length;
  const problems = partProblems(parts);
  if (finishes !== 1) problems.push(`a complete answer with ${finishes} finishes`);
  if (parts.at(-1)?.part?.$case !== 'finish') problems.push('a finish that is not the end');
  foldReply(parts);
  return problems;
}

/** Every part goes over gRPC, and every figure into the books. */
export function partProblems(parts: readonly ReplyPart[]): string[] {
  const problems: string[] = [];
  for (const part of parts) {
    ReplyParts.encode(part).finish();
    if (part.part?.$case !== 'usage') continue;
    const counts = Object.values(part.part.value).filter((value) => typeof value === 'number');
    const isCount = (value: number) => Number.isInteger(value) && value >= 0 && value <= 4_294_967_295;
    if (!counts.every(isCount)) problems.push(`a usage with ${counts.join(' ')}`);
  }
  return problems;
}

const terminators: Readonly<Record<string, (frame: StreamFrame) => boolean>> = {
  openai: ({ data }) => data === '[DONE]' || /"response\.(completed|incomplete)"/.test(data),
  anthropic: ({ data }) => data.includes('message_stop'),
  gemini: ({ data }) => /"(finishReason|blockReason)"/.test(data),
  ollama: ({ data }) => /"done"\s*:\s*true/.test(data),
  cohere: ({ data }) => data.includes('message-end'),
};

/** Whether a stream holds what ends a success in its dialect, by a look that knows nothing of the decoders. */
export function hasTerminator(family: string, frames: readonly StreamFrame[]): boolean {
  return frames.some(terminators[family]!);
}

const ownOfPrototype = Reflect.ownKeys(Object.prototype).length;
const ownOfArrays = Reflect.ownKeys(Array.prototype).length;

/** Whether something has put a member on what every object has. */
export function isPolluted(): boolean {
  return (
    Reflect.ownKeys(Object.prototype).length !== ownOfPrototype ||
    Reflect.ownKeys(Array.prototype).length !== ownOfArrays
  );
}
