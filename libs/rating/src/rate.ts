// Usage + price card -> lines in whole pico-USD. The only place where an amount is rounded.
import type { PriceCard, PriceRow, RatedLine, Rating, Usage } from '@waybill/contracts';
import { UsageSource } from '@waybill/contracts';
import { addPico, type Fault, fault, int64Max, multiplyHalfEven, type Ratio, type Result } from '@waybill/kernel';
import { entryOf, priceClasses, priceOf, tokensOf } from './price-classes.ts';
import { isOne, one } from './ratio.ts';
import { type SelectedTable, selectTable } from './table.ts';
import { RATER_VERSION } from './version.ts';

const freeTable: SelectedTable = { name: 'free', prices: {}, factor: one };

/**
 * Prices usage by the card that was pinned for the call. Null when the usage is unknown: that is no amount, not zero.
 * A class, tier, factor or use that the usage has and the card does not price is an `invalid` fault whose detail
 * `missing` names it; `modelId` is for the message.
 */
export function rate(usage: Usage, card: PriceCard, modelId = 'this model'): Result<Rating | null> {
  if (usage.source !== UsageSource.REPORTED && usage.source !== UsageSource.ESTIMATED) return { ok: true, value: null };
  const row = card.row;
  if (row === undefined) return refused(missing(`the card of ${modelId} has no prices`, 'row'), modelId);
  const table: Result<SelectedTable> = row.free ? { ok: true, value: freeTable } : selectTable(row, usage);
  if (!table.ok) return refused(table.fault, modelId);
  const lines: RatedLine[] = [];
  for (const demand of demandsOf(usage, row, table.value)) {
    const line = rateLine(demand);
    if (!line.ok) return refused(line.fault, modelId);
    lines.push(line.value);
  }
  const amount = addPico(lines.map((line) => line.amountPicoUsd));
  if (amount > int64Max) return refused(tooLarge('the sum', amount), modelId);
  const rating = { lines, amountPicoUsd: amount, table: table.value.name };
  return { ok: true, value: { ...rating, priceVersion: card.priceVersion, raterVersion: RATER_VERSION } };
}

interface Demand {
  readonly lineClass: string;
  readonly quantity: number;
  readonly unitPrice: bigint | undefined;
  readonly factor: Ratio;
}

/** What has to be priced, always in the same order: token classes, then uses by name. */
function demandsOf(usage: Usage, row: PriceRow, table: SelectedTable): Demand[] {
  const knownZero = row.free ? 0n : undefined;
  const tokens = priceClasses.map((each) => ({
    lineClass: each,
    quantity: tokensOf(usage, each),
    unitPrice: knownZero ?? priceOf(table.prices, each),
    factor: table.factor,
  }));
  const uses = Object.keys(usage.uses)
    .sort()
    .map((name) => ({
      lineClass: `use.${name}`,
      quantity: usage.uses[name]!,
      unitPrice: knownZero ?? entryOf(row.perUse, name),
      factor: one,
    }));
  return [...tokens, ...uses].filter((demand) => demand.quantity !== 0);
}

function rateLine({ lineClass, quantity, unitPrice, factor }: Demand): Result<RatedLine> {
  if (!Number.isSafeInteger(quantity) || quantity < 0) {
    return { ok: false, fault: fault('invalid', `the usage counts ${quantity} of ${lineClass}, which is no count`) };
  }
  if (unitPrice === undefined)
    return { ok: false, fault: missing(`the price row has no price for ${lineClass}`, lineClass) };
  const amount = multiplyHalfEven(BigInt(quantity) * unitPrice, factor);
  if (amount > int64Max || factor.numerator > int64Max || factor.denominator > int64Max) {
    return { ok: false, fault: tooLarge(lineClass, amount) };
  }
  const line = { class: lineClass, quantity: BigInt(quantity), unitPricePicoUsd: unitPrice, amountPicoUsd: amount };
  return { ok: true, value: { ...line, factor: isOne(factor) ? undefined : factor } };
}

function missing(message: string, what: string): Fault {
  return fault('invalid', `${message}; add it to the model's prices`, { details: { missing: what } });
}

function tooLarge(what: string, amount: bigint): Fault {
  return fault('invalid', `${what} comes to ${amount} pico-USD, more than a ledger line can hold`);
}

function refused(because: Fault, modelId: string): Result<never> {
  return {
    ok: false,
    fault: { ...because, message: `${modelId}: ${because.message}`, details: { ...because.details, model: modelId } },
  };
}
