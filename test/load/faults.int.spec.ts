import { expect, test } from '@jest/globals';
import { faultCases } from './fault-plan.ts';
import { runFaults } from './faults.ts';
import { runProviderOutage } from './provider-outage.ts';

/** One or two of each kind of fault. */
const share = [
  'fault=rate-limit:milliseconds:1',
  'fault=rate-limit:absurd',
  'fault=server-error',
  'fault=invalid',
  'fault=reset-after:9',
  'fault=end-after:9',
  'fault=malformed-frame:9',
  'fault=error-frame:9',
  'fault=html-200',
  'fault=stall-after:9',
  'split=3&newline=crlf&bom=&fault=comments',
  'usage=negative',
];

test('faults of a provider, in two dialects: none is a success, none hangs, and the books add up', async () => {
  const cases = faultCases.filter(({ directives }) => share.includes(directives));
  expect(cases).toHaveLength(share.length);
  const report = await runFaults({ cases, dialects: ['chat', 'messages'], like: ['gpt-4o-mini'], seed: 7 });
  expect(report.problems).toEqual([]);
  expect(report.broken).toBeGreaterThan(20);
  expect(report.complete).toBeGreaterThan(10);
}, 120_000);

test('faults of JSON lines and of vectors, over HTTP and gRPC: the same holds', async () => {
  const few = share.filter((directives) => !/rate-limit|invalid|html/.test(directives));
  const cases = faultCases.filter(({ directives }) => few.includes(directives));
  const like = ['llama3.2', 'embed-v4.0'] as const;
  const report = await runFaults({ cases, dialects: ['generate', 'grpc', 'embeddings', 'grpc.embed'], like, seed: 7 });
  expect(report.problems).toEqual([]);
  expect(report.broken).toBeGreaterThan(20);
  expect(report.complete).toBeGreaterThan(10);
}, 120_000);

test('a provider that is down costs its callers no second attempt, and is used again once it is back', async () => {
  const { problems, counted, attemptsPerCall } = await runProviderOutage({ calls: 300, seed: 7 });
  expect(problems).toEqual([]);
  expect(counted).toBeGreaterThan(100);
  expect(attemptsPerCall).toBeGreaterThanOrEqual(1);
}, 120_000);
