import { type Capability, differing } from '../capability.ts';

const notHere: readonly Capability[] = [
  'audio_input',
  'stop_sequences',
  'sampling.top_k',
  'sampling.frequency_penalty',
  'sampling.presence_penalty',
  'sampling.seed',
  'message.name',
  'embeddings',
  'embedding.dimensions',
];

/** What the responses wire takes of a vendor whose chat completions take this. */
export function responsesCapabilities(ofChat: ReadonlySet<Capability>): ReadonlySet<Capability> {
  const more: Capability[] = ['reasoning.replay'];
  if (ofChat.has('vision')) more.push('tool_result.images');
  if (ofChat.has('documents')) more.push('documents.url');
  return differing(ofChat, { less: notHere, more });
}
