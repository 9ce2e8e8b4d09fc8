// What a request is recorded under: the same for the same request, whoever asks and whichever gateway asks it.
import { createHash } from 'node:crypto';
import type { ProviderCodec, UpstreamRequest } from '@waybill/providers';

/**
 * SHA-256 over the dialect, the place and the body as they would go out, in hexadecimal. The pseudonym of the caller's
 * user is left out: each gateway has its own. Undefined for a call that the codec cannot encode.
 */
export function requestKey(codec: ProviderCodec, upstream: UpstreamRequest): string | undefined {
  const encoded = codec.encode({ ...upstream, call: { ...upstream.call, endUser: '' } });
  if (!encoded.ok) return undefined;
  const { path, query } = codec.endpoint(upstream);
  const text = JSON.stringify([codec.id, path, query ?? {}, encoded.value.body]);
  return createHash('sha256').update(text).digest('hex');
}
