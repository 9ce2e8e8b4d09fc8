// The end of a call: what it used, what that costs, and its line on the bill.
import type { Outcome } from './bill/bill.ts';
import type { Call } from './call.ts';
import type { Meter } from './delivery/deliver.ts';
import type { TokenCounts } from './dialects/dialect.ts';
import type { JsonRecord } from './json.ts';
import type { CacheUse, Prompt } from './model/prompt.ts';
import type { Simulation } from './simulation.ts';

/** The line of an answer, whole or cut: the prompt, and what was generated until the end. */
export function billAnswer(
  simulation: Simulation,
  call: Call,
  ended: {
    meter: Meter;
    outcome: Outcome;
    prompt: Pick<Prompt, 'serviceTier' | 'speed' | 'region'>;
    usage: JsonRecord;
  },
): void {
  const { meter, outcome, usage } = ended;
  const price = simulation.prices.priceOf(call.dialect.id, call.model);
  const told = meter.usage === 'sent' && call.directives.usage !== undefined ? 'altered' : meter.usage;
  simulation.bill.add({
    ...lineStart(call),
    usage,
    amountPicoUsd: call.dialect.amountPicoUsd(usage, price, ended.prompt),
    outcome,
    tokensGenerated: meter.tokensGenerated,
    tokensDelivered: meter.tokensDelivered,
    usageTold: told,
  });
}

export function billRefusal(simulation: Simulation, call: Call): void {
  if (call.operation.kind !== 'generate' && call.operation.kind !== 'embed') return;
  simulation.bill.add({
    ...lineStart(call),
    usage: null,
    amountPicoUsd: 0n,
    outcome: 'refused',
    tokensGenerated: 0,
    tokensDelivered: 0,
    usageTold: 'not-sent',
  });
}

function lineStart(call: Call) {
  return {
    callNumber: call.callNumber,
    key: call.key,
    dialect: call.dialect.id,
    model: call.model,
    requestId: call.requestId,
    faults: call.directives.faultNames,
    gatewayCallId: call.gatewayCallId,
  };
}

/** The counts of a call that generated so much until now. */
export function countsUntil(full: TokenCounts, tokensGenerated: number): TokenCounts {
  return { ...full, output: tokensGenerated, reasoning: Math.min(full.reasoning, tokensGenerated) };
}

/** What a test asks of the cache comes first; together the classes never exceed the prompt. */
export function cacheWithin(inputTokens: number, usual: CacheUse, asked: Partial<CacheUse>): CacheUse {
  const wanted = { ...usual, ...asked };
  let left = inputTokens;
  const take = (tokens: number) => {
    const taken = Math.min(tokens, left);
    left -= taken;
    return taken;
  };
  const read = take(wanted.read);
  const write5m = take(wanted.write5m);
  const write1h = take(wanted.write1h);
  return { read, write5m, write1h, write30m: take(wanted.write30m) };
}
