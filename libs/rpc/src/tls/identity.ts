// Whose certificate it is.
import type { X509Certificate } from 'node:crypto';

/**
 * The service that a certificate of ours was issued to: it carries exactly one SAN of type URI, which is
 * spiffe://waybill/<service>. Common name and DNS names say nothing here: they name machines, and several services may
 * share one. Undefined for any other certificate.
 */
export function serviceOf({ subjectAltName = '' }: Pick<X509Certificate, 'subjectAltName'>): string | undefined {
  // Node puts names that hold a comma or a quote into quotes, so that none can look like two.
  const uris = subjectAltName.split(', ').filter((name) => name.startsWith('URI:'));
  const [, service] = /^URI:spiffe:\/\/waybill\/([a-z][a-z0-9-]{0,62})$/.exec(uris[0] ?? '') ?? [];
  return uris.length === 1 ? service : undefined;
}
