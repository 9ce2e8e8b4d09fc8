// A conducted call's answer -> the client, whole or as it comes.
import type { ServerResponse } from 'node:http';
import { type Citation, type Finish, FinishReason, type ReplyPart, type Usage, type Warning } from '@waybill/contracts';
import { type Fault, FaultError, fault, faultOf } from '@waybill/kernel';
import { foldReply } from '@waybill/providers';
import type { ConductedCall } from '../conduct.ts';
import { citationsLeftOut } from '../dialects/citations.ts';
import type { AnswerEnding, AnswerFrames, AnswerLabel, ReadRequest } from '../dialects/dialect.ts';
import { answerHeaders } from './answer-headers.ts';
import { endWithin, openTextStream } from './send-stream.ts';

export interface Answering {
  readonly call: ConductedCall;
  readonly request: ReadRequest;
  /** What the edge has to say besides the journey's warnings. */
  readonly warnings: readonly Warning[];
  readonly response: ServerResponse;
  readonly stallMs: number;
}

/** Sends the answer once it is complete. Throws the fault of an answer that broke off. */
export async function answerWhole(answering: Answering): Promise<void> {
  const { call, request, response, stallMs } = answering;
  const parts: ReplyPart[] = [];
  for await (const part of call.parts) parts.push(part);
  const reply = foldReply(parts);
  const ending = endingOf(answering, reply, reply.citations.some(isUnshown(request)));
  const body = request.answer.whole(reply, labelOf(answering), ending);
  response.writeHead(200, {
    ...answerHeaders(call, ending.warnings, ending.summary),
    'content-type': 'application/json; charset=utf-8',
    'content-length': Buffer.byteLength(body),
  });
  endWithin(response, body, stallMs);
}

type OpenFrames = (label: AnswerLabel) => AnswerFrames;

/**
 * Sends the answer as it comes. What goes wrong before its first visible part is thrown, so that it can be an error
 * with a status; after that it is a frame of the stream, which then has no success terminator. Returns that fault.
 */
export async function answerStream(answering: Answering, open: OpenFrames): Promise<Fault | undefined> {
  const { call, request, response, stallMs } = answering;
  const stream = openTextStream(response, () => answerHeaders(call, warningsOf(answering)), stallMs);
  const frames = open(labelOf(answering));
  const begin = () => (stream.hasBegun ? '' : frames.begin());
  const said: Said = { usage: undefined, finish: undefined };
  const isLeftOut = isUnshown(request);
  let leavesOut = false;
  try {
    for await (const part of call.parts) {
      if (response.destroyed) throw new FaultError(fault('cancelled', 'the caller has left'));
      if (part.part?.$case === 'usage') said.usage = part.part.value;
      if (part.part?.$case === 'finish') said.finish = part.part.value;
      if (part.part?.$case === 'citation') leavesOut ||= isLeftOut(part.part.value);
      const text = frames.part(part);
      if (text !== '') await stream.write(begin() + text);
    }
    const ending = endingOf(answering, said, leavesOut);
    stream.end(begin() + frames.end(ending));
    return undefined;
  } catch (thrown) {
    if (!stream.hasBegun) throw thrown;
    const because = faultOf(thrown);
    stream.end(frames.fail(withCallId(because, call)));
    return because;
  }
}

/** The fault with the id of its call among the details. */
export function withCallId(because: Fault, { callId }: Pick<ConductedCall, 'callId'>): Fault {
  return { ...because, details: { ...because.details, call_id: callId } };
}

function labelOf({ call }: Answering): AnswerLabel {
  const { callId, providerId, reportedModel, modelId } = call;
  const createdAtSeconds = Number(call.createdAtMicros / 1_000_000n);
  return { callId, providerId, model: reportedModel || modelId, createdAtSeconds };
}

function warningsOf({ call, warnings }: Answering): Warning[] {
  return [...warnings, ...call.warnings];
}

function isUnshown({ answer }: ReadRequest): (citation: Citation) => boolean {
  return (citation) => answer.shows?.(citation) !== true;
}

/** How the answer ended, as far as it was said. */
interface Said {
  usage: Usage | undefined;
  finish: Finish | undefined;
}

/** An answer without a finish, or that its provider gave up, is none: it must not look like a success. */
function endingOf(answering: Answering, { finish, usage }: Readonly<Said>, leavesOutCitations: boolean): AnswerEnding {
  if (finish === undefined) throw new FaultError(fault('upstream', 'the answer ended before it was complete'));
  if (finish.reason === FinishReason.ERROR) {
    const details = { reason: 'finish_error', raw_reason: finish.rawReason };
    throw new FaultError(fault('upstream', `the provider gave the answer up: ${finish.rawReason}`, { details }));
  }
  const warnings = [...warningsOf(answering), ...(leavesOutCitations ? [citationsLeftOut] : [])];
  return { finish, usage, summary: answering.call.summary(), warnings };
}
