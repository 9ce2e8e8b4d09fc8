// How tests read a codec's stream and add up a usage.
import type { ReplyPart, Usage } from '@waybill/contracts';
import type { ProviderCodec, StreamEnd, StreamFrame, UpstreamRequest } from '../codec.ts';
import type { ProviderFault } from '../provider-fault.ts';

/** Runs a stream through the decoder. */
export function readStream(codec: ProviderCodec, request: UpstreamRequest, frames: readonly StreamFrame[]) {
  const state = codec.decoder.initial(request, {});
  const parts: ReplyPart[] = [];
  let done = false;
  let fault: ProviderFault | undefined;
  for (const frame of frames) {
    const step = codec.decoder.step(state, frame);
    parts.push(...step.parts);
    done ||= step.done;
    fault ??= step.fault;
  }
  const end: StreamEnd = codec.decoder.end(state);
  parts.push(...end.parts);
  return { parts, done, fault, end };
}

/** Every class of the prompt together. */
export function inputTotal(usage: Usage): number {
  const written =
    usage.cacheWrite5mTokens + usage.cacheWrite30mTokens + usage.cacheWrite1hTokens + usage.cacheWrite12hTokens;
  return usage.inputTokens + usage.cacheReadTokens + written + usage.audioInputTokens + usage.imageInputTokens;
}

/** Every class of the answer together. */
export function outputTotal(usage: Usage): number {
  return usage.outputTokens + usage.reasoningTokens + usage.audioOutputTokens + usage.imageOutputTokens;
}
