import { expect, test } from '@jest/globals';
import { isLocalAddress } from './local-address.ts';

test.each([
  '127.0.0.1:50051',
  '127.9.9.9:1',
  'localhost:50051',
  '[::1]:50051',
  'ipv4:127.0.0.1:50051',
  'ipv6:[::1]:50051',
  'dns:///localhost:50051',
  'dns://8.8.8.8/localhost:50051',
  'unix:/run/waybill.sock',
  'unix:relative.sock',
])('%s stays on this machine', (address) => {
  expect(isLocalAddress(address)).toBe(true);
});

test.each([
  '0.0.0.0:50051',
  '[::]:50051',
  '10.0.0.1:50051',
  '127.example.com:50051',
  'localhost.example.com:50051',
  'dns:///limits.svc:50051',
  'dns://127.0.0.1/limits.svc:50051',
  'limits:50051',
  '',
])('%s does not', (address) => {
  expect(isLocalAddress(address)).toBe(false);
});
