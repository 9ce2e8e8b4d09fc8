// What providers say, through their codecs, and what is done about it.
import { describe, expect, test } from '@jest/globals';
import { Candidate } from '@waybill/contracts';
import { type Fault, fault } from '@waybill/kernel';
import { codecFor } from '@waybill/providers';
import type { CallOption } from './plan.ts';
import { type Failure, retryAfter } from './retry.ts';

function option(modelId: string, contextWindow = 8_000): CallOption {
  const candidate = Candidate.fromPartial({ modelId, contextWindow });
  return { candidate, inputTokensBound: 10, outputCap: 10, outputTokensBound: 10, holdPicoUsd: 5n };
}

const [a, b, large] = [option('a'), option('b'), option('large', 32_000)];
const now = 1_790_000_000_000_000n;

function failure(because: Fault, more: Partial<Failure> = {}): Failure {
  const may = { retrySame: true, retryOther: true, retryNow: false };
  return { option: a, fault: because, ...may, delivered: false, tookMs: 100, elapsedMs: 100, random: 0, ...more };
}

function next(failures: readonly Failure[], options: readonly CallOption[], retries = 5) {
  const retry = retryAfter(failures, { callId: 'c', options, retries, totalMs: 60_000 });
  return retry && { models: retry.options.map(({ candidate }) => candidate.modelId), waitMs: retry.waitMs };
}

/** As the provider's own codec reads its answer. */
function said(vendor: 'openai' | 'anthropic' | 'gemini', status: number, error: object, headers = {}): Failure {
  const body = Buffer.from(JSON.stringify({ type: 'error', error }));
  const read = codecFor(vendor)!.classify({ status, headers, body }, now);
  return failure(read, { retrySame: read.retrySame, retryOther: read.retryOther });
}

/** `same`: again after a pause; `other`: only at another candidate; `larger`: only in a larger window; else nowhere. */
type Where = 'same' | 'other' | 'larger' | 'nowhere';

function whereNext(failed: Failure): Where {
  if (next([failed], [a])) return 'same';
  if (next([failed], [a, b])) return 'other';
  return next([failed], [a, large]) ? 'larger' : 'nowhere';
}

describe('by status and code', () => {
  test.each<[number, object, Where]>([
    [400, { type: 'invalid_request_error' }, 'nowhere'],
    [400, { type: 'invalid_request_error', code: 'context_length_exceeded' }, 'larger'],
    [400, { type: 'invalid_request_error', code: 'unsupported_parameter' }, 'nowhere'],
    [400, { type: 'invalid_request_error', code: 'content_policy_violation' }, 'nowhere'],
    [401, { type: 'invalid_request_error', code: 'invalid_api_key' }, 'other'],
    [403, { code: 'unsupported_country_region_territory' }, 'other'],
    [404, { code: 'model_not_found' }, 'other'],
    [408, {}, 'same'],
    [409, {}, 'same'],
    [413, {}, 'nowhere'],
    [422, {}, 'nowhere'],
    [429, { type: 'tokens', code: 'rate_limit_exceeded' }, 'same'],
    [429, { type: 'rate_limit_error', code: 'slow_down' }, 'same'],
    [429, { type: 'insufficient_quota', code: 'insufficient_quota' }, 'other'],
    [429, { type: 'insufficient_quota', code: 'credit_balance_exhausted' }, 'other'],
    [429, { type: 'insufficient_quota', code: 'organization_spend_limit_exceeded' }, 'other'],
    [429, { type: 'insufficient_quota', code: 'project_spend_limit_exceeded' }, 'other'],
    [429, { type: 'insufficient_quota', code: 'organization_usage_limit_exceeded' }, 'other'],
    [500, { type: 'server_error' }, 'same'],
    [502, {}, 'same'],
    [503, { type: 'service_unavailable_error', code: 'server_is_overloaded' }, 'same'],
    [504, {}, 'same'],
  ])('OpenAI %i %j: %s', (status, error, where) => {
    expect(whereNext(said('openai', status, error))).toBe(where);
  });

  test.each<[number, object, Where]>([
    [400, { type: 'invalid_request_error' }, 'nowhere'],
    [401, { type: 'authentication_error' }, 'other'],
    [402, { type: 'billing_error' }, 'other'],
    [403, { type: 'permission_error' }, 'other'],
    [404, { type: 'not_found_error' }, 'other'],
    [408, { type: 'invalid_request_error' }, 'same'],
    [409, { type: 'conflict_error' }, 'same'],
    [413, { type: 'request_too_large' }, 'nowhere'],
    [429, { type: 'rate_limit_error' }, 'same'],
    [429, { type: 'rate_limit_error', details: { error_code: 'ramp_limit_exceeded' } }, 'same'],
    [429, { type: 'rate_limit_error', details: { error_code: 'enforced_spend_limit_reached' } }, 'other'],
    [429, { type: 'rate_limit_error', details: { error_code: 'contract_spend_limit_reached' } }, 'other'],
    [500, { type: 'api_error' }, 'same'],
    [504, { type: 'timeout_error' }, 'same'],
    [529, { type: 'overloaded_error' }, 'same'],
  ])('Anthropic %i %j: %s', (status, error, where) => {
    expect(whereNext(said('anthropic', status, error))).toBe(where);
  });

  test.each<[number, object, Where]>([
    [400, { status: 'INVALID_ARGUMENT' }, 'nowhere'],
    [400, { status: 'INVALID_ARGUMENT', details: [{ reason: 'API_KEY_INVALID' }] }, 'other'],
    [400, { status: 'FAILED_PRECONDITION' }, 'other'],
    [401, { status: 'UNAUTHENTICATED' }, 'other'],
    [402, { status: 'RESOURCE_EXHAUSTED' }, 'other'],
    [403, { status: 'PERMISSION_DENIED' }, 'other'],
    [404, { status: 'NOT_FOUND' }, 'other'],
    [408, { status: 'INVALID_ARGUMENT' }, 'same'],
    [409, { status: 'ABORTED' }, 'same'],
    [429, { status: 'RESOURCE_EXHAUSTED' }, 'same'],
    [429, { status: 'RESOURCE_EXHAUSTED', details: [{ violations: [{ quotaId: 'RequestsPerDay' }] }] }, 'other'],
    [500, { status: 'INTERNAL' }, 'same'],
    [503, { status: 'UNAVAILABLE' }, 'same'],
    [504, { status: 'DEADLINE_EXCEEDED' }, 'same'],
  ])('Gemini %i %j: %s', (status, error, where) => {
    expect(whereNext(said('gemini', status, error))).toBe(where);
  });

  test('a request that is refused without the reason, and may be too long for the window, goes on to a larger one', () => {
    const full = { ...a, inputTokensBound: 7_995 };
    const refused = { ...said('anthropic', 400, { type: 'invalid_request_error' }), option: full };
    expect(whereNext(refused)).toBe('larger');
    expect(whereNext({ ...refused, option: { ...full, inputTokensBound: 7_990 } })).toBe('nowhere');
  });

  test('a conflict is tried again once', () => {
    const conflict = said('anthropic', 409, { type: 'conflict_error' });
    expect(next([conflict], [a])?.models).toEqual(['a']);
    expect(next([conflict, conflict], [a])).toBeUndefined();
  });

  test('a provider that took long to time out is not waited for twice', () => {
    const slow = { ...said('openai', 504, {}), tookMs: 30_000, elapsedMs: 30_000 };
    expect(next([slow], [a])).toBeUndefined();
    expect(next([slow], [a, b])).toEqual({ models: ['b'], waitMs: 0 });
  });
});

describe('how long to wait', () => {
  const limited = (headers: Record<string, string>, error: object = {}) =>
    next([said('openai', 429, { code: 'rate_limit_exceeded', ...error }, headers)], [a])?.waitMs;
  const inSeconds = (seconds: number) => new Date(Number(now / 1000n) + seconds * 1000).toUTCString();

  test.each([
    [{ 'retry-after-ms': '1500', 'retry-after': '9' }, 1_500],
    [{ 'retry-after': '2' }, 2_000],
    [{ 'retry-after': inSeconds(3) }, 3_000],
    [{ 'retry-after': inSeconds(-60) }, 125],
    [{ 'retry-after': '-1' }, 125],
    [{ 'retry-after': 'soon' }, 125],
    [{ 'x-ratelimit-reset-requests': '1s200ms', 'x-ratelimit-remaining-requests': '0' }, 1_200],
    [{}, 125],
    // Longer than a caller is to wait: told instead.
    [{ 'retry-after': '3600' }, undefined],
    [{ 'retry-after': '1000000000000' }, undefined],
  ])('%j', (headers, waitMs) => {
    expect(limited(headers as Record<string, string>)).toBe(waitMs);
  });

  test('as Gemini says it, in the body', () => {
    const details = [{ '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: '2.5s' }];
    expect(next([said('gemini', 429, { status: 'RESOURCE_EXHAUSTED', details })], [a])?.waitMs).toBe(2_500);
  });

  test('doubles with each attempt up to a bound, and half of it is left to chance', () => {
    const overloaded = fault('unavailable', 'overloaded');
    const waits = (random: number) =>
      [1, 2, 3, 4, 5, 6, 7, 8].map(
        (attempts) =>
          next(
            Array.from({ length: attempts }, () => failure(overloaded, { random })),
            [a],
            9,
          )?.waitMs,
      );
    expect(waits(0)).toEqual([125, 250, 500, 1_000, 2_000, 4_000, 4_000, 4_000]);
    expect(waits(1)).toEqual([250, 500, 1_000, 2_000, 4_000, 8_000, 8_000, 8_000]);
  });
});

describe('where several candidates failed', () => {
  const busy = (retryAfterMs: number, more: Partial<Failure> = {}) =>
    failure(fault('limited', 'busy', { retryAfterMs }), more);
  const refused = failure(fault('unavailable', 'key'), { option: b, retrySame: false });

  test('one that may work later is gone back to, even if it was not the last', () => {
    expect(next([busy(1_000), refused], [a, b])).toEqual({ models: ['a'], waitMs: 1_000 });
  });

  test('the one that is free again first comes first, and what has passed of its wait counts', () => {
    const second = busy(1_000, { option: b, elapsedMs: 400 });
    expect(next([busy(5_000), second], [a, b])).toEqual({ models: ['b'], waitMs: 1_000 });
    expect(next([busy(1_000), { ...second, elapsedMs: 600 }], [a, b])).toEqual({ models: ['a'], waitMs: 500 });
  });

  test('a request that one of them calls wrong is not taken back to another', () => {
    const wrong = failure(fault('invalid', 'no'), { option: b, retrySame: false, retryOther: false });
    expect(next([busy(1_000), wrong], [a, b])).toBeUndefined();
  });

  test('a window that was too small stays so, whatever happens in larger ones', () => {
    const long = failure(fault('too_large', 'long'), { retrySame: false });
    const broken = failure(fault('upstream', 'no'), { option: large, retrySame: false });
    expect(next([long], [a, b, large])?.models).toEqual(['large']);
    expect(next([long, broken], [a, b, large])).toBeUndefined();
  });

  test('another key of the same provider goes before another candidate, at once', () => {
    const key = failure(fault('unavailable', 'key'), { retrySame: false, retryNow: true });
    expect(next([key], [a, b])).toEqual({ models: ['a'], waitMs: 0 });
    expect(next([key, key], [a, b], 1)).toBeUndefined();
  });
});

test.each([
  ['exponential', 3, [125, 375, 1_125, 3_375, 4_000]],
  ['exponential', 1e300, [125, 4_000, 4_000, 4_000, 4_000]],
  ['linear', 2, [125, 250, 375, 500, 625]],
  ['fixed', 2, [125, 125, 125, 125, 125]],
] as const)('waits that are %s by %d grow so, within the bounds', (growth, factor, expected) => {
  const waits = expected.map((_, before) => {
    const failures = Array.from({ length: before + 1 }, () => failure(fault('unavailable', 'overloaded')));
    const plan = { callId: 'c', options: [a], retries: 9, totalMs: 60_000, backOff: { growth, factor } };
    return retryAfter(failures, plan)?.waitMs;
  });
  expect(waits).toEqual(expected);
});
