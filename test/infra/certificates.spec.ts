import { createPrivateKey, X509Certificate } from 'node:crypto';
import { expect, test } from '@jest/globals';
import { createAuthority, serviceNames } from './certificates.ts';

test('a leaf carries the names of its service, has its key and is signed by the authority', async () => {
  const authority = await createAuthority();
  const leaf = await authority.issue(serviceNames('selector'));
  const certificate = new X509Certificate(leaf.certificate);
  expect(certificate.subject).toBe('CN=selector');
  expect(certificate.subjectAltName).toBe(
    'URI:spiffe://waybill/selector, DNS:selector, DNS:localhost, IP Address:127.0.0.1',
  );
  expect(certificate.checkPrivateKey(createPrivateKey(leaf.key))).toBe(true);
  expect(certificate.verify(new X509Certificate(authority.certificate).publicKey)).toBe(true);
  expect(certificate.verify(new X509Certificate((await createAuthority()).certificate).publicKey)).toBe(false);
});
