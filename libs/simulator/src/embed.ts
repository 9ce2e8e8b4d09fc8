// A call for embeddings.
import type { Call } from './call.ts';
import { newMeter } from './delivery/deliver.ts';
import { isCutShort } from './delivery/plan.ts';
import type { Dialect, EmbeddingRequest } from './dialects/dialect.ts';
import { isRefusal, type Refusal } from './dialects/refusal.ts';
import type { Directives } from './faults/directives.ts';
import { alterUsage } from './faults/usage-fault.ts';
import { isRefusedByFault, needsTimeBeforeHeaders } from './generate.ts';
import { embeddingDimensions, embedText } from './model/embedding.ts';
import { countTokens } from './model/tokens.ts';
import { beforeHeaders, sendRefusal, sendWhole } from './send.ts';
import { billAnswer, billRefusal } from './settle.ts';
import type { Simulation } from './simulation.ts';

export async function embed(simulation: Simulation, call: Call): Promise<void> {
  const { dialect, response } = call;
  const request = readRequest(dialect, call);
  if (isRefusal(request)) {
    billRefusal(simulation, call);
    sendRefusal(call, request);
    return;
  }
  if (isRefusedByFault(simulation, call)) return;
  const isTold = dialect.tellsEmbeddingUsage?.(call.model) ?? true;
  const directives: Directives = isTold ? call.directives : { ...call.directives, usage: 'missing' };
  const inputTokens = directives.inputTokens ?? request.texts.reduce((sum, text) => sum + countTokens(text), 0);
  const usage = dialect.embeddingUsage?.(inputTokens) ?? {};
  const meter = newMeter();
  response.once('close', () => {
    const isComplete = response.writableFinished && !isCutShort(directives.faults, 'whole');
    billAnswer(simulation, call, { meter, outcome: isComplete ? 'complete' : 'cut', prompt: {}, usage });
  });
  const { firstByteMs, seed } = simulation.settings;
  if (needsTimeBeforeHeaders(call, firstByteMs) && (await beforeHeaders(call, firstByteMs)) === 'broken') return;
  const dimensions = embeddingDimensions(call.model, request.dimensions);
  const reply = dialect.embeddingReply?.({
    id: call.id,
    model: call.model,
    vectors: request.texts.map((text) => embedText(text, dimensions, seed)),
    encoding: request.encoding,
    form: request.form,
    inputTokens,
    usage: alterUsage(usage, directives.usage),
  });
  await sendWhole({ ...call, directives }, reply ?? {}, meter, 0);
}

function readRequest(dialect: Dialect, call: Call): EmbeddingRequest | Refusal {
  const nowhere: Refusal = { refusal: 'not-found', message: 'No embeddings here.' };
  return dialect.readEmbedding?.(call.body ?? {}, call.operation) ?? nowhere;
}
