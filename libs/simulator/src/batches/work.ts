// Works a batch off: every entry answered as a call of its own would be, and billed at half its price.

import type { ModelPrice, PriceTable } from '../bill/prices.ts';
import { type Call, directivesIn, splitModel } from '../call.ts';
import { isRefusal, statusOf } from '../dialects/refusal.ts';
import { replyTo } from '../generate.ts';
import { type JsonRecord, recordOf, textOf } from '../json.ts';
import { faultOf } from '../send.ts';
import type { Simulation } from '../simulation.ts';
import type { Batch, BatchEntry, EntryResult } from './book.ts';

/** Ends the batch if it was cancelled or its time has come; `call` is whoever looks at it. */
export function workOff(simulation: Simulation, call: Call, batch: Batch): void {
  if (batch.endedAt !== undefined) return;
  const { cancelledAt, createdAt, entries } = batch;
  const isDue = call.startedAt.getTime() - createdAt.getTime() >= simulation.settings.batchMs;
  if (cancelledAt === undefined && !isDue) return;
  const dialect = call.dialect.batches?.entryDialect?.(batch) ?? call.dialect;
  const answered = entries.map((entry): EntryResult => {
    if (cancelledAt) return { customId: entry.customId, type: 'canceled' };
    return answerEntry(simulation, { ...call, dialect }, entry);
  });
  batch.results = answered.toReversed();
  batch.endedAt = call.startedAt;
}

function answerEntry(simulation: Simulation, looking: Call, { customId, params }: BatchEntry): EntryResult {
  const call = entryCall(simulation, looking, params);
  const { dialect } = call;
  const prompt = dialect.readPrompt(call.body ?? {}, call.operation, call.received);
  const refusal = isRefusal(prompt) ? prompt : faultOf(call, 'refuse')?.refusal;
  // An entry that takes too long is one that the provider did not come to.
  if (refusal?.refusal === 'timeout') return { customId, type: 'expired' };
  if (refusal !== undefined || isRefusal(prompt)) {
    const { status, body } = dialect.refuse(
      refusal ?? { refusal: 'invalid', message: '' },
      call.requestId,
      call.startedAt,
    );
    return { customId, type: 'errored', error: recordOf(JSON.parse(body)), status: status ?? statusOf.invalid };
  }
  const reply = replyTo(call, prompt, simulation.settings.seed);
  const usage = asBatch(dialect.usage(reply.counts, prompt));
  const price = halfOf(simulation.prices.priceOf(dialect.id, call.model));
  simulation.bill.add({
    callNumber: call.callNumber,
    key: call.key,
    dialect: dialect.id,
    model: call.model,
    requestId: call.requestId,
    usage,
    amountPicoUsd: dialect.amountPicoUsd(usage, price, prompt),
    outcome: 'complete',
    tokensGenerated: reply.counts.output,
    tokensDelivered: reply.counts.output,
    usageTold: 'sent',
    faults: call.directives.faultNames,
    gatewayCallId: customId,
  });
  const told = { ...reply, usageFor: () => usage };
  return { customId, type: 'succeeded', reply: dialect.reply(told), requestId: call.requestId };
}

/** The entry as a call; what its model's name says holds for it alone. */
function entryCall(simulation: Simulation, looking: Call, params: JsonRecord): Call {
  const { callNumber, id } = simulation.nextCall();
  const { model, directives } = splitModel(textOf(params.model));
  return {
    ...looking,
    callNumber,
    id,
    requestId: `req_${id}`,
    operation: { kind: 'generate' },
    model,
    body: { ...params, model },
    directives: directivesIn(directives),
  };
}

/** Where the dialect names a tier, it is the batch's. */
function asBatch(usage: JsonRecord): JsonRecord {
  return 'service_tier' in usage ? { ...usage, service_tier: 'batch' } : usage;
}

/** Half of every price: what both providers of batches charge. */
function halfOf({ above, factors, ...table }: ModelPrice): ModelPrice {
  return { ...halfTable(table), above: above && { tokens: above.tokens, table: halfTable(above.table) }, factors };
}

function halfTable(table: PriceTable): PriceTable {
  const half = (price: bigint | undefined) => {
    if (price === undefined) return undefined;
    if (price % 2n !== 0n) throw new TypeError(`half of ${price} pico-USD is no whole amount`);
    return price / 2n;
  };
  return {
    input: half(table.input) ?? 0n,
    cachedInput: half(table.cachedInput),
    cacheWrite5m: half(table.cacheWrite5m),
    cacheWrite1h: half(table.cacheWrite1h),
    cacheWrite30m: half(table.cacheWrite30m),
    output: half(table.output) ?? 0n,
    audioInput: half(table.audioInput),
    audioOutput: half(table.audioOutput),
  };
}
