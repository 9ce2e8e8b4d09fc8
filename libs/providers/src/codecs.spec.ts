import { expect, test } from '@jest/globals';
import { Call, Role } from '@waybill/contracts';
import { capabilitiesNeeded } from './capability.ts';
import { codecFor, codecs } from './codecs.ts';
import { probes, requestFor } from './conformance/probes.ts';

test('a codec is found by its kind, with its settings', () => {
  expect(Object.keys(codecs)).toEqual([
    ...['openai', 'openai-compatible', 'azure-openai', 'lm-studio', 'vllm', 'mistral', 'xai', 'hugging-face'],
    ...['anthropic', 'gemini', 'ollama', 'cohere', 'github-copilot'],
  ]);
  expect(codecFor('simulator')).toBeUndefined();
  expect(codecFor('toString')).toBeUndefined();
  const newer = codecFor('anthropic', { apiVersion: '2026-10-21' })!;
  expect(newer.capabilities.has('sampling.temperature')).toBe(false);
  expect(codecs.anthropic!.capabilities.has('sampling.temperature')).toBe(true);
});

test('a kind of call that a provider does not have goes elsewhere', () => {
  const encoded = codecs.anthropic!.encode(requestFor(probes.embeddings, 'm'));
  expect(encoded).toMatchObject({ ok: false, fault: { kind: 'invalid', retryOther: true, mayHaveBilled: false } });
  expect(codecs.openai!.encode(requestFor(Call.create(), 'm')).ok).toBe(false);
});

test.each([
  ['openai', 2_048],
  ['azure-openai', 2_048],
  ['gemini', 100],
  ['cohere', 96],
] as const)('%s embeds at most %i texts a request, and says so of more', (kind, most) => {
  const codec = codecs[kind]!;
  const asked = (count: number) => {
    const value = { inputs: Array<string>(count).fill('a') };
    return codec.encode(requestFor(Call.fromPartial({ task: { $case: 'embedding', value } }), 'm'));
  };
  expect(codec.mostEmbeddingInputs).toBe(most);
  expect(asked(most).ok).toBe(true);
  const refused = asked(most + 1);
  expect(refused).toMatchObject({
    fault: { kind: 'invalid', retryOther: true, retrySame: false, mayHaveBilled: false, providerAtFault: false },
  });
  const told = new RegExp(`^${kind} embeds at most ${most} texts a call, and there are ${most + 1}`);
  expect(!refused.ok && refused.fault.message).toMatch(told);
});

test.each([
  ['chat', ['chat']],
  ['streaming', ['chat', 'streaming']],
  ['tools', ['chat', 'tools']],
  ['tool_result.images', ['chat', 'tools', 'vision']],
  ['vision', ['chat', 'vision']],
  ['documents', ['chat', 'documents']],
  ['audio_input', ['chat', 'audio_input']],
  ['json_schema', ['chat', 'json_schema']],
  ['json_object', ['chat']],
  ['sampling.top_k', ['chat']],
  ['embeddings', ['embeddings']],
] as const)('the call for %s needs %p', (probe, needed) => {
  expect(capabilitiesNeeded(probes[probe])).toEqual(needed);
});

test('no codec throws for a call with holes', () => {
  const holes: Parameters<typeof Call.fromPartial>[0][] = [
    { task: { $case: 'chat' as const, value: {} } },
    { task: { $case: 'chat' as const, value: { messages: [{ role: Role.UNSPECIFIED, parts: [{}] }] } } },
    {
      task: {
        $case: 'chat' as const,
        value: { messages: [{ parts: [{ part: { $case: 'image' as const, value: {} } }] }] },
      },
    },
    { task: { $case: 'chat' as const, value: { tools: [{ parametersJson: 'not JSON' }], toolChoice: {} } } },
    { task: { $case: 'embedding' as const, value: {} } },
  ];
  for (const codec of Object.values(codecs)) {
    for (const hole of holes) expect(() => codec.encode(requestFor(Call.fromPartial(hole), 'm'))).not.toThrow();
  }
});
