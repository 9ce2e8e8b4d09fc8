import { X509Certificate } from 'node:crypto';
import { expect, test } from '@jest/globals';
import { createAuthority, type LeafNames, serviceNames } from '../../../../test/infra/certificates.ts';
import { serviceOf } from './identity.ts';

async function certificateWith(names: LeafNames): Promise<X509Certificate> {
  return new X509Certificate((await (await createAuthority()).issue(names)).certificate);
}

test('a certificate names its service by its URI', async () => {
  expect(serviceOf(await certificateWith(serviceNames('rate-limit')))).toBe('rate-limit');
});

const own = 'spiffe://waybill/selector';

test.each<[string, LeafNames]>([
  ['no URI', { commonName: 'selector', dnsNames: ['selector'] }],
  ['another trust domain', { uris: ['spiffe://other/selector'] }],
  ['a path below the service', { uris: [`${own}/admin`] }],
  ['two services', { uris: [own, 'spiffe://waybill/rate-limit'] }],
  ['two names, one of them foreign', { uris: [own, 'spiffe://other/selector'] }],
  ['a URI within a DNS name', { dnsNames: [`a, URI:${own}`] }],
  ['a comma in the URI', { uris: ['spiffe://waybill/selector, URI:spiffe://waybill/rate-limit'] }],
  ['upper case', { uris: ['spiffe://waybill/Selector'] }],
])('%s is no name of a service', async (_what, names) => {
  expect(serviceOf(await certificateWith(names))).toBeUndefined();
});
