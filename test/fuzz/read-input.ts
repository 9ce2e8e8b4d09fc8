// One input through the framing and a codec, and which promises it broke.
import { Call, CountTokensResponse, type ReplyPart, UpstreamModel } from '@waybill/contracts';
import { createFramer, FrameTooLarge, FrameUnreadable } from '@waybill/provider-adapter';
import {
  codecs,
  limitsLeft,
  modelListOf,
  type ProviderCodec,
  type StreamFrame,
  type UpstreamRequest,
  type Wire,
} from '@waybill/providers';
import { faultProblems, hasTerminator, partProblems, replyProblems } from './checks.ts';
import type { SeedForm } from './seeds.ts';

/** A thing that a provider might send. */
export interface Input {
  readonly kind: string;
  readonly wire?: Wire | undefined;
  readonly form: SeedForm;
  /** Whether vectors were asked for, and not a chat. */
  readonly embeds: boolean;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly bytes: Uint8Array;
  /** Where the bytes are split on their way, in order. */
  readonly cuts: readonly number[];
}

export interface Outcome {
  readonly end: 'answer' | 'fault';
  readonly problems: readonly string[];
}

const chat = Call.fromPartial({ model: 'm', task: { $case: 'chat', value: { messages: [] } } });
const embedding = Call.fromPartial({ model: 'm', task: { $case: 'embedding', value: { inputs: ['a', 'b'] } } });
const now = 1_763_596_800_000_000n;

/** Never throws. */
export function readInput(input: Input): Outcome {
  const codec = codecs[input.kind]!;
  try {
    return readers[input.form](codec, input);
  } catch (thrown) {
    return { end: 'fault', problems: [`threw ${thrown instanceof Error ? (thrown.stack ?? thrown.message) : thrown}`] };
  }
}

const readers: Readonly<Record<SeedForm, (codec: ProviderCodec, input: Input) => Outcome>> = {
  answer: readAnswer,
  stream: readStream,
  error: readError,
  list: readList,
  count: readCount,
};

function requestOf({ wire, embeds, form }: Input): UpstreamRequest {
  const call = embeds ? embedding : chat;
  return { attemptId: 'a', call, upstreamModel: 'm', maxOutputTokens: 9, stream: form === 'stream', wire };
}

function readError(codec: ProviderCodec, { status, headers, bytes }: Input): Outcome {
  const share = limitsLeft(headers, now)?.share ?? 0;
  const problems = share >= 0 && share <= 1 ? [] : [`a share of ${share} left`];
  const because = codec.classify({ status, headers, body: bytes }, now);
  return { end: 'fault', problems: [...problems, ...faultProblems(because)] };
}

function readList({ family }: ProviderCodec, { bytes }: Input): Outcome {
  const page = modelListOf(family)?.read(bytes);
  for (const model of page?.models ?? []) UpstreamModel.encode(UpstreamModel.fromPartial(model)).finish();
  return { end: page === undefined ? 'fault' : 'answer', problems: [] };
}

function readCount({ counter }: ProviderCodec, { status, headers, bytes }: Input): Outcome {
  const inputTokens = counter?.decode({ status, headers, body: bytes });
  CountTokensResponse.encode({ inputTokens }).finish();
  return { end: inputTokens === undefined ? 'fault' : 'answer', problems: [] };
}

function readAnswer(codec: ProviderCodec, input: Input): Outcome {
  const decoded = codec.decode(requestOf(input), { status: 200, headers: input.headers, body: input.bytes });
  if (!decoded.ok) return { end: 'fault', problems: faultProblems(decoded.fault) };
  const { parts, rawUsage, usage } = decoded.value;
  return { end: 'answer', problems: [...replyProblems(parts), ...usageProblems(rawUsage, usage)] };
}

function readStream(codec: ProviderCodec, input: Input): Outcome {
  const whole = framesOf(input.bytes, [], codec.framing);
  const framed = input.cuts.length === 0 ? whole : framesOf(input.bytes, input.cuts, codec.framing);
  const problems = sameFrames(whole, framed) ? [] : ['other frames when the bytes are split otherwise'];
  const { parts, fault, rawUsage, usage, hasMore } = decodeFrames(codec, input, framed.frames);
  if (hasMore) problems.push('more parts after the end');
  problems.push(...usageProblems(rawUsage, usage));
  if (fault !== undefined) {
    if (parts.some(({ part }) => part?.$case === 'finish')) problems.push('a finish beside a fault');
    return { end: 'fault', problems: [...problems, ...faultProblems(fault), ...partProblems(parts)] };
  }
  if (!hasTerminator(codec.family, framed.frames)) problems.push('a success without its terminator');
  return { end: 'answer', problems: [...problems, ...replyProblems(parts)] };
}

function decodeFrames(codec: ProviderCodec, input: Input, frames: readonly StreamFrame[]) {
  const state = codec.decoder.initial(requestOf(input), input.headers);
  const parts: ReplyPart[] = [];
  let isOver = false;
  let hasMore = false;
  for (const frame of frames) {
    const step = codec.decoder.step(state, frame);
    if (isOver && step.parts.length > 0) hasMore = true;
    parts.push(...step.parts);
    isOver = step.done || step.fault !== undefined;
  }
  const { parts: rest, ...end } = codec.decoder.end(state);
  parts.push(...rest);
  return { parts, hasMore, ...end };
}

interface Framed {
  readonly frames: readonly StreamFrame[];
  /** Bytes came that are no text: what is after them is not read. */
  readonly isBroken: boolean;
}

function framesOf(bytes: Uint8Array, cuts: readonly number[], framing: ProviderCodec['framing']): Framed {
  const framer = createFramer(framing);
  const frames: StreamFrame[] = [];
  let from = 0;
  try {
    for (const cut of [...cuts, bytes.length]) {
      for (const frame of framer.push(bytes.subarray(from, cut))) frames.push(frame);
      from = cut;
    }
    frames.push(...framer.end());
    return { frames, isBroken: false };
  } catch (thrown) {
    if (thrown instanceof FrameUnreadable || thrown instanceof FrameTooLarge) return { frames, isBroken: true };
    throw thrown;
  }
}

/** Where bytes are no text, as many frames may have been ready before them as the split allows. */
function sameFrames(one: Framed, other: Framed): boolean {
  if (one.isBroken !== other.isBroken) return false;
  if (!one.isBroken && one.frames.length !== other.frames.length) return false;
  const shorter = one.frames.length < other.frames.length ? one.frames : other.frames;
  return shorter.every((_, index) => sameFrame(one.frames[index]!, other.frames[index]!));
}

function sameFrame(one: StreamFrame, other: StreamFrame): boolean {
  return one.data === other.data && one.event === other.event;
}

function usageProblems(rawUsage: string | undefined, usage: unknown): string[] {
  if (usage !== undefined && rawUsage === undefined) return ['usage without its source'];
  if (rawUsage === undefined) return [];
  try {
    JSON.parse(rawUsage);
    return [];
  } catch {
    return ['a raw usage that is no JSON'];
  }
}
