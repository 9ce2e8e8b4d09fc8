import { expect, test } from '@jest/globals';
import { Call } from '@waybill/contracts';
import { Secret } from '@waybill/kernel';
import { probes, requestFor } from '../conformance/probes.ts';
import { describeConformance } from '../conformance/suite.ts';
import { codecForVendor } from '../openai-compatible/index.ts';
import { openAiCodec, openAiCodecFor, openAiVendor } from './index.ts';

const codec = codecForVendor({ ...openAiVendor, wires: ['chat'], defaultWire: () => 'chat' });

describeConformance({ codec, folder: new URL('./fixtures/', import.meta.url), upstreamModel: 'gpt-5.6-terra' });

function encoded(probe: keyof typeof probes, model: string) {
  const result = codec.encode(requestFor(probes[probe], model));
  if (!result.ok) throw new Error(result.fault.message);
  return { body: JSON.parse(result.value.body), subjects: result.value.warnings.map(({ subject }) => subject) };
}

test.each(['o4-mini', 'gpt-5', 'gpt-5-mini-2025-08-07'])('%s refuses sampling, so it is withheld', (model) => {
  const { body, subjects } = encoded('sampling.temperature', model);
  expect(body).not.toHaveProperty('temperature');
  expect(subjects).toEqual(['sampling.temperature']);
});

test.each(['gpt-4o', 'gpt-5.4', 'gpt-6-sol'])('%s takes sampling', (model) => {
  expect(encoded('sampling.temperature', model)).toMatchObject({ body: { temperature: 0.5 }, subjects: [] });
});

test.each(['gpt-4o', 'o4-mini', 'gpt-6-sol'])('the cap of %s is max_completion_tokens', (model) => {
  const { body } = encoded('chat', model);
  expect(body).toMatchObject({ max_completion_tokens: 100 });
  expect(body).not.toHaveProperty('max_tokens');
});

test('a model that does not reason gets no effort', () => {
  expect(encoded('reasoning', 'gpt-4o')).toMatchObject({ subjects: ['reasoning'] });
  expect(encoded('reasoning', 'gpt-4o').body).not.toHaveProperty('reasoning_effort');
});

test('tools need the effort none on models that would refuse them otherwise', () => {
  expect(encoded('tools', 'gpt-6-sol')).toMatchObject({ body: { reasoning_effort: 'none' }, subjects: ['reasoning'] });
  expect(encoded('tools', 'gpt-6.1-sol').body).not.toHaveProperty('reasoning_effort');
  expect(encoded('tools', 'gpt-5.4').body).not.toHaveProperty('reasoning_effort');
});

test('only models with explicit caching get breakpoints', () => {
  expect(encoded('prompt_caching', 'gpt-4o').subjects).toEqual(['prompt_caching']);
  expect(encoded('prompt_caching', 'gpt-6-sol').subjects).toEqual([]);
});

test.each(['gpt-5.4', 'gpt-6-sol'])('%s takes no sampling while it reasons', (model) => {
  const sampling = { temperature: 0.5, topP: 0.5 };
  const call = (effort: string) =>
    Call.fromPartial({ task: { $case: 'chat', value: { sampling, reasoning: { effort } } } });
  const warned = (effort: string) => {
    const result = codec.encode(requestFor(call(effort), model));
    return result.ok && result.value.warnings.map(({ subject }) => subject);
  };
  expect(warned('high')).toEqual(['sampling.temperature', 'sampling.top_p']);
  expect(warned('none')).toEqual([]);
});

test.each([
  ['gpt-4o', 'tools', '/chat/completions'],
  ['gpt-5.4', 'tools', '/responses'],
  ['gpt-6.1-sol', 'tools', '/responses'],
  ['gpt-6-sol', 'chat', '/responses'],
  ['gpt-6-sol', 'stop_sequences', '/chat/completions'],
  ['gpt-audio', 'audio_input', '/chat/completions'],
  ['gpt-5.4', 'embeddings', '/embeddings'],
  ['gpt-3.5-turbo-instruct', 'chat', '/completions'],
] as const)('%s is asked about %s at %s', (model, probe, path) => {
  expect(openAiCodec.endpoint(requestFor(probes[probe], model))).toEqual({ method: 'POST', path });
});

test('a cap that responses do not take goes by chat completions', () => {
  expect(openAiCodec.endpoint({ ...requestFor(probes.chat, 'gpt-6-sol'), maxOutputTokens: 5 }).path).toBe(
    '/chat/completions',
  );
});

test('the wire that the configuration names is used', () => {
  const request = { ...requestFor(probes.tools, 'gpt-6-sol'), wire: 'chat' as const };
  expect(openAiCodec.endpoint(request).path).toBe('/chat/completions');
  const encoded = openAiCodec.encode(request);
  expect(encoded.ok && JSON.parse(encoded.value.body)).toHaveProperty('messages');
});

test('an organization and a project are named beside the key', () => {
  const key = new Secret('sk-canary');
  expect(openAiCodec.authorize(key, 0n)).toEqual({ authorization: 'Bearer sk-canary' });
  expect(openAiCodecFor({ organization: 'org-1', project: 'proj-1' }).authorize(key, 0n)).toEqual({
    authorization: 'Bearer sk-canary',
    'openai-organization': 'org-1',
    'openai-project': 'proj-1',
  });
});
