import { expect, test } from '@jest/globals';
import { Secret } from '@waybill/kernel';
import { bodyOf, fixturesIn } from '../conformance/fixtures.ts';
import { probes, requestFor } from '../conformance/probes.ts';
import { describeConformance, fixtureNow } from '../conformance/suite.ts';
import { azureOpenAiCodec } from './index.ts';

const codec = azureOpenAiCodec({});
const classic = azureOpenAiCodec({ apiVersion: '2024-10-21' });
const folder = new URL('./fixtures/', import.meta.url);

describeConformance({ codec, folder, upstreamModel: 'house-deployment' });

const query = { 'api-version': '2024-10-21' };

test.each([
  [codec, 'chat', { path: '/openai/v1/chat/completions' }],
  [codec, 'embeddings', { path: '/openai/v1/embeddings' }],
  [classic, 'chat', { path: '/openai/deployments/a%20b/chat/completions', query }],
  [classic, 'embeddings', { path: '/openai/deployments/a%20b/embeddings', query }],
] as const)('where the deployment is asked', (asked, probe, expected) => {
  expect(asked.endpoint(requestFor(probes[probe], 'a b'))).toEqual({ method: 'POST', ...expected });
});

test('responses are asked of the resource, where the version has them', () => {
  const newer = azureOpenAiCodec({ apiVersion: '2025-04-01-preview' });
  const request = requestFor(probes.tools, 'gpt-6-sol');
  expect(newer.endpoint(request)).toMatchObject({ path: '/openai/responses' });
  expect(codec.endpoint(request).path).toBe('/openai/v1/responses');
  expect(classic.endpoint(request).path).toBe('/openai/deployments/gpt-6-sol/chat/completions');
  const encoded = classic.encode({ ...request, wire: 'responses' });
  expect(encoded).toMatchObject({ ok: false, fault: { kind: 'invalid', retryOther: true } });
});

test('the credential is a key, or a token of Entra', () => {
  const secret = new Secret('canary');
  expect(codec.authorize(secret, 0n)).toEqual({ 'api-key': 'canary' });
  expect(azureOpenAiCodec({ auth: 'bearer' }).authorize(secret, 0n)).toEqual({ authorization: 'Bearer canary' });
});

test('what the filter found in a prompt is kept', () => {
  const filtered = fixturesIn(folder, 'sse').faults.find(({ name }) => name === 'prompt filtered');
  const fault = codec.classify({ status: 400, headers: {}, body: bodyOf(filtered!) }, fixtureNow);
  expect(fault.details).toMatchObject({ provider_code: 'content_filter', provider_reason: 'violence,jailbreak' });
});
