import { describe, expect, test } from '@jest/globals';
import { modelListOf } from './model-list.ts';

const read = (family: string, body: unknown) => modelListOf(family)?.read(Buffer.from(JSON.stringify(body)));

describe('a list of models', () => {
  test('of openai', () => {
    const data = [
      { id: 'gpt-4o', object: 'model', created: 1_715_367_049, owned_by: 'system' },
      { id: 'local', object: 'model', owned_by: 'me' },
    ];
    expect(read('openai', { object: 'list', data })).toEqual({
      models: [
        { id: 'gpt-4o', displayName: '', createdAtMicros: 1_715_367_049_000_000n, contextWindow: undefined },
        { id: 'local', displayName: '', createdAtMicros: undefined, contextWindow: undefined },
      ],
      next: undefined,
    });
  });

  test('of anthropic goes on behind its last model', () => {
    const model = { type: 'model', id: 'claude-a', display_name: 'Claude A', created_at: '2024-02-29T00:00:00Z' };
    const page = read('anthropic', { data: [model], has_more: true, first_id: 'claude-a', last_id: 'claude-a' });
    expect(page).toMatchObject({
      models: [{ id: 'claude-a', displayName: 'Claude A', createdAtMicros: 1_709_164_800_000_000n }],
      next: 'claude-a',
    });
    expect(modelListOf('anthropic')?.path(page?.next)).toBe('/v1/models?limit=1000&after_id=claude-a');
    expect(read('anthropic', { data: [model], has_more: false, last_id: 'claude-a' })?.next).toBeUndefined();
  });

  test('of gemini is without the prefix, and goes on by its token', () => {
    const model = { name: 'models/gemini-a', displayName: 'Gemini A', inputTokenLimit: 1_048_576 };
    const page = read('gemini', { models: [model], nextPageToken: 'a b' });
    expect(page).toMatchObject({ models: [{ id: 'gemini-a', contextWindow: 1_048_576 }], next: 'a b' });
    expect(modelListOf('gemini')?.path(page?.next)).toBe('/models?pageSize=1000&pageToken=a+b');
  });

  test('of ollama', () => {
    const model = { name: 'llama3.2:latest', modified_at: '2026-11-01T00:00:00Z', digest: 'x' };
    expect(read('ollama', { models: [model] })?.models).toMatchObject([{ id: 'llama3.2:latest' }]);
  });

  test.each(['openai', 'anthropic', 'ollama'])('is not in an answer that is something else: %s', (family) => {
    expect(read(family, { error: 'no' })).toBeUndefined();
    expect(modelListOf(family)?.read(Buffer.from('<html>'))).toBeUndefined();
  });

  test.each(['cohere', 'toString'])('is not to be had of a family that has none: %s', (family) => {
    expect(modelListOf(family)).toBeUndefined();
  });
});

test('a time or a size that no field can hold counts as not given', () => {
  const read = (family: string, body: object) => modelListOf(family)?.read(Buffer.from(JSON.stringify(body)))?.models;
  const unknown = { createdAtMicros: undefined, contextWindow: undefined };
  expect(read('openai', { data: [{ id: 'm', created: 1e20, context_window: 1e10 }] })).toMatchObject([unknown]);
  expect(read('anthropic', { data: [{ id: 'm', max_input_tokens: -1 }] })).toMatchObject([unknown]);
  expect(read('gemini', { models: [{ name: 'm', inputTokenLimit: 0.5 }] })).toMatchObject([unknown]);
});
