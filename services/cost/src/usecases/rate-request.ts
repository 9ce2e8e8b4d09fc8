// One line for `waybill rate`, read strictly: callers learn what is wrong with it.
import { FaultError, fault, type Micros } from '@waybill/kernel';
import { parseExactJson } from '@waybill/rating';
import { readInstant } from '../core/instant.ts';

export interface RateRequest {
  /** A provider's kind, a vendor, or the id of a configured provider. */
  readonly provider: string;
  readonly model: string;
  readonly at: Micros;
  /** As the provider sent it. */
  readonly usage: unknown;
  readonly response: Readonly<Record<string, unknown>>;
  readonly batch: boolean;
  /** With every number as the text that stood there; undefined where the price list is meant. */
  readonly prices: unknown;
}

const fields = ['provider', 'model', 'at', 'usage', 'response', 'batch', 'prices'];

/** Throws an `invalid` fault that says what is wrong and what belongs there. */
export function readRateRequest(line: string, now: Micros): RateRequest {
  const given = parseObject(line);
  for (const name of Object.keys(given)) {
    if (!fields.includes(name)) throw invalid(name, `is not known; there are ${fields.join(', ')}`);
  }
  const { provider, model, at, usage, response = {}, batch = false } = given;
  if (typeof provider !== 'string' || provider === '')
    throw invalid('provider', 'is missing; give text such as openai');
  if (typeof model !== 'string' || model === '') throw invalid('model', 'is missing; give text such as gpt-4o-mini');
  if (!isObject(response)) throw invalid('response', 'is no object; give fields such as {"service_tier":"priority"}');
  if (typeof batch !== 'boolean') throw invalid('batch', 'is neither true nor false');
  const { prices } = parseExactJson(line) as { prices?: unknown };
  return { provider, model, at: instantOf(at, now), usage, response, batch, prices };
}

function parseObject(line: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (thrown) {
    throw invalid('line', `is no JSON (${thrown instanceof Error ? thrown.message : thrown}); give one object a line`);
  }
  if (!isObject(value)) throw invalid('line', 'is no JSON object; give one object a line');
  return value;
}

function instantOf(at: unknown, now: Micros): Micros {
  if (at === undefined) return now;
  const instant = typeof at === 'string' ? readInstant(at) : undefined;
  if (instant === undefined) throw invalid('at', 'is no time; write 2026-11-20 or 2026-11-20T00:00:00Z');
  return instant;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function invalid(field: string, message: string): FaultError {
  return new FaultError(fault('invalid', `${field} ${message}`, { details: { field } }));
}
