// Spend along one dimension, added up from the read model.
import type { GetSpendRequest, Spend } from '@waybill/contracts';
import { FaultError, fault } from '@waybill/kernel';
import type { ProjectionPartition, Query } from '@waybill/projections';
import { type Dimension, dimensions } from '../core/dimensions.ts';
import { addTallies, emptyTally, type Tally } from '../core/tally.ts';
import { collectionFor, readTally, type SpendDocument } from '../projections/spend.ts';

/** Dearest first. Throws an `invalid` fault for a dimension or a day that is none. */
export async function getSpend(spend: ProjectionPartition, request: GetSpendRequest): Promise<Spend[]> {
  const dimension = dimensionOf(request.dimension);
  const found = await spend.find(collectionFor(dimension), queryOf(request));
  const tallies = new Map<string, Tally>();
  for (const { document } of found) {
    const value = String(document[dimension]);
    tallies.set(value, addTallies(tallies.get(value) ?? emptyTally, readTally(document as SpendDocument)));
  }
  return [...tallies].sort(dearestFirst).map(([value, tally]) => ({
    ...tally,
    value,
    amountPicoUsd: tally.amountPicoUsd.toString(),
    estimatedPicoUsd: tally.estimatedPicoUsd.toString(),
  }));
}

function dimensionOf(name: string): Dimension {
  const dimension = dimensions.find((each) => each === name);
  if (dimension) return dimension;
  throw invalid('dimension', `spend is not kept by ${JSON.stringify(name)}; ask for one of ${dimensions.join(', ')}`);
}

function queryOf({ tenantId, fromDay, toDay }: GetSpendRequest): Query {
  for (const [field, day] of Object.entries({ from_day: fromDay, to_day: toDay })) {
    if (day !== '' && !isDay(day)) throw invalid(field, `${field} ${JSON.stringify(day)} is no day; write 2026-11-20`);
  }
  const range = { field: 'day', ...(fromDay !== '' && { from: fromDay }), ...(toDay !== '' && { to: toDay }) };
  return { ...(tenantId !== '' && { where: { tenant: tenantId } }), range };
}

function isDay(text: string): boolean {
  const time = Date.parse(`${text}T00:00:00Z`);
  return /^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(time) && new Date(time).toISOString().startsWith(text);
}

function dearestFirst([oneValue, one]: [string, Tally], [otherValue, other]: [string, Tally]): number {
  if (one.amountPicoUsd !== other.amountPicoUsd) return one.amountPicoUsd < other.amountPicoUsd ? 1 : -1;
  return oneValue < otherValue ? -1 : 1;
}

function invalid(field: string, message: string): FaultError {
  return new FaultError(fault('invalid', message, { details: { field } }));
}
