import { expect, test } from '@jest/globals';
import { serviceNames } from '@waybill/config';
import * as contracts from '@waybill/contracts';
import type { ServiceDescription } from '@waybill/rpc';
import { allowedCallers } from './allowed-callers.ts';

function isService(value: unknown): value is ServiceDescription {
  return typeof value === 'object' && value !== null && 'fullName' in value && 'methods' in value;
}

/** Carries the calls of the others, each of which is asked for by itself. */
const carrier = 'waybill.rpc.v1.MultiplexService';

test('every method of every service says who may call it, and nothing else does', () => {
  const services = (Object.values(contracts) as unknown[]).filter(isService);
  const paths = services
    .filter(({ fullName }) => fullName !== carrier)
    .flatMap(({ fullName, methods }) => Object.values(methods).map(({ name }) => `/${fullName}/${name}`));
  expect(paths.length).toBeGreaterThan(10);
  expect(Object.keys(allowedCallers).sort()).toEqual(paths.sort());
});

test('only services of ours are named', () => {
  const named = new Set(Object.values(allowedCallers).flat());
  for (const name of named) expect(serviceNames).toContain(name);
  expect(allowedCallers['/waybill.ratelimit.v1.LimitService/Admit']).toEqual(['gateway']);
});
