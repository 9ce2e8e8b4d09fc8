// A call that generates: answer it, deliver it, and bill it when its connection is done.
import type { Call } from './call.ts';
import { type Meter, newMeter } from './delivery/deliver.ts';
import { isCutShort } from './delivery/plan.ts';
import type { Reply, TokenCounts } from './dialects/dialect.ts';
import { isRefusal } from './dialects/refusal.ts';
import { alterUsage } from './faults/usage-fault.ts';
import { answerPrompt } from './model/answer.ts';
import type { Prompt } from './model/prompt.ts';
import { beforeHeaders, faultOf, sendDecoy, sendFrames, sendRefusal, sendWhole } from './send.ts';
import { billAnswer, billRefusal, cacheWithin, countsUntil } from './settle.ts';
import type { Simulation } from './simulation.ts';

export async function generate(simulation: Simulation, call: Call): Promise<void> {
  const { dialect, directives, body = {} } = call;
  const prompt = dialect.readPrompt(body, call.operation, call.received);
  if (isRefusal(prompt)) {
    billRefusal(simulation, call);
    sendRefusal(call, prompt);
    return;
  }
  if (isRefusedByFault(simulation, call)) return;
  const served = directives.servedTier === undefined ? prompt : { ...prompt, serviceTier: directives.servedTier };
  const reply = replyTo(call, served, simulation.settings.seed);
  const meter = newMeter();
  billWhenClosed(simulation, call, reply, meter);
  const { firstByteMs, chunkDelayMs } = simulation.settings;
  if (needsTimeBeforeHeaders(call, firstByteMs) && (await beforeHeaders(call, firstByteMs)) === 'broken') return;
  if (served.delivery.kind === 'whole') {
    await sendWhole(call, dialect.reply(reply), meter, reply.counts.output);
  } else {
    const framing = dialect.framing(served.delivery.form);
    await sendFrames(call, dialect.frames(reply, framing), framing, { meter, chunkDelayMs });
  }
}

/** Errors and decoys on command; true if the call is over. */
export function isRefusedByFault(simulation: Simulation, call: Call): boolean {
  const refused = faultOf(call, 'refuse');
  const decoy = faultOf(call, 'decoy');
  if (refused === undefined && decoy === undefined) return false;
  billRefusal(simulation, call);
  if (refused !== undefined) sendRefusal(call, refused.refusal);
  else if (decoy !== undefined) sendDecoy(call, decoy.decoy);
  return true;
}

export function needsTimeBeforeHeaders(call: Call, defaultWaitMs: number): boolean {
  return (call.directives.firstByteMs ?? defaultWaitMs) > 0 || faultOf(call, 'break-before-headers') !== undefined;
}

export function replyTo(call: Call, prompt: Prompt, seed: number): Reply {
  const { dialect, directives } = call;
  const answer = answerPrompt(prompt, seed, directives.answer);
  const input = directives.inputTokens ?? prompt.inputTokens;
  const counts: TokenCounts = {
    input,
    cache: cacheWithin(input, prompt.cache, directives.cache),
    output: answer.outputTokens,
    reasoning: answer.reasoning.length,
  };
  return {
    id: call.id,
    requestId: call.requestId,
    model: dialect.servedModel?.(call.model) ?? call.model,
    createdAt: call.startedAt,
    prompt,
    answer,
    counts,
    usageFor: (until) => alterUsage(dialect.usage(until, prompt), directives.usage),
  };
}

function billWhenClosed(simulation: Simulation, call: Call, reply: Reply, meter: Meter): void {
  const { response, dialect, directives } = call;
  const { prompt } = reply;
  const cutShort = isCutShort(directives.faults, prompt.delivery.kind);
  response.once('close', () => {
    const isComplete = response.writableFinished && !cutShort;
    const usage = dialect.usage(countsUntil(reply.counts, meter.tokensGenerated), prompt);
    billAnswer(simulation, call, { meter, outcome: isComplete ? 'complete' : 'cut', prompt, usage });
  });
}
