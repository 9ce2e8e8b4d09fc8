import { expect, test } from '@jest/globals';
import { AdmitRequest, ListLimitsRequest, ReleaseRequest, SettleRequest } from '@waybill/contracts';
import { tenantIn } from './tell-limits.ts';

test('what is about a tenant goes to the replica that has its limits', () => {
  const attribution = { tenantId: 'acme', projectId: 'p' };
  expect(tenantIn(AdmitRequest.fromPartial({ attemptId: 'a', attribution }))).toBe('acme');
  expect(tenantIn(SettleRequest.fromPartial({ attemptId: 'a', tenantId: 'acme' }))).toBe('acme');
  expect(tenantIn(ReleaseRequest.fromPartial({ attemptId: 'a', tenantId: 'acme' }))).toBe('acme');
  expect(tenantIn(ListLimitsRequest.create())).toBeUndefined();
});
