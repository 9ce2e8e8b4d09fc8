// Asks a recorded call once more, of the same model at the same version, and compares.

import type { WaybillClient } from '@waybill/client';
import type { Configuration } from '@waybill/config';
import { type AttemptEnded, Call, type CallSummary, Reply, type ReplyPart } from '@waybill/contracts';
import { faultOf } from '@waybill/kernel';
import { foldReply } from '@waybill/providers';
import type { Recordings } from '../ports.ts';
import { finishName, outputTokensOf } from './answer-facts.ts';
import { replyDigest } from './reply-digest.ts';

/** One side of a comparison. */
export interface AnswerFacts {
  readonly version: string;
  readonly finish: string;
  readonly outputTokens: number | undefined;
  readonly costPicoUsd: bigint | undefined;
}

/** A call that was asked again. */
export interface Repetition {
  readonly callId: string;
  readonly modelId: string;
  readonly before: AnswerFacts;
  readonly after: AnswerFacts;
  readonly newCallId: string;
  readonly sameVersion: boolean;
  readonly sameText: boolean;
  /** The answer now is a recording played back: that says nothing about the model. */
  readonly replayed: boolean;
}

/** A call that was not, and why. */
export interface NotRepeated {
  readonly callId: string;
  readonly modelId: string;
  readonly why: string;
}

export interface RerunWorld {
  readonly configuration: Pick<Configuration, 'models'>;
  readonly recordings: Recordings;
  readonly client: Pick<WaybillClient, 'stream' | 'generate' | 'embed'>;
  /** The run that the new calls belong to. */
  readonly newRun: string;
}

export async function rerunCall(ended: AttemptEnded, world: RerunWorld): Promise<Repetition | NotRepeated> {
  const { callId, modelId, attemptId } = ended;
  const not = (why: string): NotRepeated => ({ callId, modelId, why });
  const changed = changeOf(ended, world);
  if (changed !== undefined) return not(changed);
  const record = await world.recordings.ofAttempt(attemptId);
  const recording = record && (await world.recordings.load(record.key));
  if (record === undefined || recording === undefined) {
    return not(`its prompt is not kept: no recording of ${attemptId} in ${world.recordings.place}`);
  }
  const call = { ...Call.fromJSON(recording.call), model: modelId };
  try {
    const { reply, summary } = await ask(call, world);
    if (summary.modelId !== modelId) return not(`${summary.modelId} answered in its place (${summary.callId})`);
    return compared(ended, { reply, summary, digest: record.replyDigest, recorded: Reply.fromJSON(recording.reply) });
  } catch (thrown) {
    return not(faultOf(thrown).message);
  }
}

/** The same name has to mean the same model still. */
function changeOf({ modelId, upstreamModel }: AttemptEnded, { configuration }: RerunWorld): string | undefined {
  const model = configuration.models.find(({ id }) => id === modelId);
  if (model === undefined) return `${modelId} is no longer configured`;
  if (model.upstreamModel === upstreamModel) return undefined;
  return `${modelId} was ${upstreamModel} then and is ${model.upstreamModel} now`;
}

interface Answered {
  readonly reply: Reply;
  readonly summary: CallSummary;
}

/** In the way it was asked: the same request is the same recording. */
async function ask(call: Call, { client, newRun }: RerunWorld): Promise<Answered> {
  const options = { attribution: { run: newRun } };
  if (call.task?.$case !== 'chat') return client.embed(call, options);
  if (!call.task.value.stream) return client.generate(call, options);
  const parts: ReplyPart[] = [];
  let summary: CallSummary | undefined;
  for await (const update of client.stream(call, options)) {
    if (update.$case === 'part') parts.push(update.value);
    else summary = update.value;
  }
  if (summary === undefined) throw new Error('an answer without a summary is thrown by the client');
  return { reply: foldReply(parts), summary };
}

interface Compared extends Answered {
  readonly digest: string;
  /** What the recording has of the answer then: an attempt that was itself a replay has used nothing, and says so. */
  readonly recorded: Reply;
}

function compared(ended: AttemptEnded, { reply, summary, digest, recorded }: Compared): Repetition {
  const before = {
    version: ended.reportedModel || ended.upstreamModel,
    finish: finishName(ended.finish),
    outputTokens: outputTokensOf(ended.usage ?? recorded.usage),
    costPicoUsd: ended.rating?.amountPicoUsd,
  };
  const after = {
    version: reply.reportedModel || ended.upstreamModel,
    finish: finishName(reply.finish),
    outputTokens: outputTokensOf(reply.usage),
    costPicoUsd: summary.costPicoUsd,
  };
  return {
    ...{ callId: ended.callId, modelId: ended.modelId, newCallId: summary.callId, before, after },
    sameVersion: before.version === after.version,
    sameText: replyDigest(reply) === digest,
    replayed: reply.warnings.some(({ code }) => code === 'replayed'),
  };
}
