import { expect, test } from '@jest/globals';
import { readCallerHeaders } from './caller-headers.ts';

const caller = { keyId: 'k', tenantId: 'acme', projectId: 'search' };
const read = (headers: Record<string, string | string[]>) => readCallerHeaders(headers, caller, (user) => `u_${user}`);

test('whom a call is charged to comes from the key, by what it is grouped from the headers', () => {
  const result = read({
    'x-waybill-user': 'ann',
    'x-waybill-agent-type': 'coder',
    'x-waybill-run': 'run-7',
    'x-waybill-tags': ' blue, ,green',
    'x-waybill-max-cost-usd': '0.05',
    'idempotency-key': 'once',
    'x-waybill-tenant': 'other',
  });
  expect(result).toEqual({
    ok: true,
    value: {
      attribution: { ...caller, user: 'u_ann', agentType: 'coder', runId: 'run-7', tags: ['blue', 'green'] },
      idempotencyKey: 'once',
      maxCostPicoUsd: 50_000_000_000n,
    },
  });
});

test('what is not sent is not set', () => {
  const result = read({ 'idempotency-key': '' });
  expect(result).toMatchObject({ ok: true, value: { idempotencyKey: undefined, maxCostPicoUsd: undefined } });
});

test.each([
  ['x-waybill-max-cost-usd', 'much'],
  ['x-waybill-max-cost-usd', '-1'],
  ['x-waybill-run', 'r'.repeat(256)],
  ['x-waybill-agent-type', 'a\u0007b'],
  ['x-waybill-tags', Array.from({ length: 17 }, (_, index) => `t${index}`).join()],
])('%s: %s is refused and named', (field, value) => {
  expect(read({ [field]: value })).toMatchObject({ ok: false, fault: { kind: 'invalid', details: { field } } });
});
