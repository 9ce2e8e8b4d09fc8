import { describe, expect, test } from '@jest/globals';
import { FaultError } from '@waybill/kernel';
import { isAddress, targetOf } from './address.ts';

describe('what an address stands for', () => {
  test.each([
    ['127.0.0.1:50051', { is: 'place', address: '127.0.0.1:50051' }],
    ['localhost:1', { is: 'place', address: 'localhost:1' }],
    ['[::1]:65535', { is: 'place', address: '[::1]:65535' }],
    [
      'rate-limit-0.rate-limit.waybill.svc:50051',
      { is: 'place', address: 'rate-limit-0.rate-limit.waybill.svc:50051' },
    ],
    ['unix:/run/socket', { is: 'place', address: 'unix:/run/socket' }],
    ['dns:///rate-limit.waybill.svc:50051', { is: 'name', host: 'rate-limit.waybill.svc', port: 50051 }],
    ['dns:///10.0.0.1:50051', { is: 'place', address: '10.0.0.1:50051' }],
    ['dns:///[fd00::1]:50051', { is: 'place', address: '[fd00::1]:50051' }],
  ])('%s', (address, target) => {
    expect(targetOf(address)).toEqual(target);
  });

  test.each([
    '',
    'limits',
    'limits:',
    ':50051',
    'limits:0',
    'limits:65536',
    'limits:50051/path',
    'http://limits:50051',
    'dns://server/limits:50051',
    'dns:limits:50051',
    'user@limits:50051',
    '::1:50051',
    '[limits]:50051',
    'limits:50051 other:1',
    'unix:',
    `${'a'.repeat(64)}:1`,
  ])('%j is none', (address) => {
    expect(() => targetOf(address)).toThrow(FaultError);
  });
});

test.each([
  ['10.0.0.1:50051', true],
  ['[fd00::1]:50051', true],
  ['rate-limit-0.rate-limit:50051', true],
  ['unix:/run/socket', false],
  ['dns:///limits:50051', false],
  ['limits', false],
])('whether a replica may name another as %s: %p', (address, may) => {
  expect(isAddress(address)).toBe(may);
});
