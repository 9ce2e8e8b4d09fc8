// What a provider's wire can carry, in the words of the configuration and of warnings.
import type { Call, Chat, ContentPart } from '@waybill/contracts';
import { OutputFormat_Kind } from '@waybill/contracts';

/** Everything that some wires have and others do not. The first group are the words of `models[].capabilities`. */
export const capabilities = [
  'chat',
  'streaming',
  'tools',
  'vision',
  'documents',
  'audio_input',
  'json_schema',
  'embeddings',
  // What follows degrades with a warning instead of ruling a model out.
  'json_object',
  'reasoning',
  'reasoning.replay',
  'prompt_caching',
  'tool_choice',
  'parallel_tool_calls',
  'strict_tools',
  'tool_result.is_error',
  'tool_result.images',
  'vision.url',
  'documents.url',
  'stop_sequences',
  'sampling.temperature',
  'sampling.top_p',
  'sampling.top_k',
  'sampling.frequency_penalty',
  'sampling.presence_penalty',
  'sampling.seed',
  'message.name',
  'end_user',
  'service_tier',
  'embedding.dimensions',
  'embedding.purpose',
] as const;

export type Capability = (typeof capabilities)[number];

/** The capabilities without some of them, and with others. */
export function differing(
  from: ReadonlySet<Capability>,
  { less = [], more = [] }: { less?: readonly Capability[]; more?: readonly Capability[] },
): ReadonlySet<Capability> {
  return new Set([...[...from].filter((one) => !less.includes(one)), ...more]);
}

/** Those of the capabilities that are among some. */
export function among(capabilities: ReadonlySet<Capability>, some: readonly Capability[]): ReadonlySet<Capability> {
  return new Set(some.filter((one) => capabilities.has(one)));
}

/**
 * The capabilities without which the call cannot be answered at all, for ruling models out. What a provider can leave
 * out with a warning (sampling, caching, reasoning effort, plain JSON mode) is not among them.
 */
export function capabilitiesNeeded(call: Call): Capability[] {
  if (call.task?.$case === 'embedding') return ['embeddings'];
  if (call.task?.$case !== 'chat') return [];
  const chat = call.task.value;
  const needed = new Set<Capability>(['chat']);
  if (chat.stream) needed.add('streaming');
  if (chat.tools.length > 0) needed.add('tools');
  if (chat.outputFormat?.kind === OutputFormat_Kind.JSON_SCHEMA) needed.add('json_schema');
  for (const part of partsOf(chat)) {
    const capability = capabilityOfPart(part);
    if (capability) needed.add(capability);
  }
  return [...needed];
}

function* partsOf(chat: Chat): Generator<ContentPart> {
  for (const message of chat.messages) {
    for (const part of message.parts) {
      yield part;
      if (part.part?.$case === 'toolResult') yield* part.part.value.parts;
    }
  }
}

function capabilityOfPart(part: ContentPart): Capability | undefined {
  switch (part.part?.$case) {
    case 'image':
      return 'vision';
    case 'document':
      return 'documents';
    case 'audio':
      return 'audio_input';
    case 'toolCall':
    case 'toolResult':
      return 'tools';
    default:
      return undefined;
  }
}
