import { describe, expect, test } from '@jest/globals';
import { answerPrompt } from './answer.ts';
import { noCache, type Prompt, type Turn } from './prompt.ts';

const weather = {
  name: 'get_weather',
  description: '',
  parameters: { type: 'object', properties: { city: { type: 'string' } } },
};
const clock = { name: 'getTime', description: '', parameters: {} };

function asked(text: string, given: Partial<Prompt> = {}): Prompt {
  return {
    model: 'm',
    turns: [said('user', text)],
    tools: [],
    toolChoice: { mode: 'auto' },
    parallelTools: 'allowed',
    inputTokens: 20,
    cache: noCache,
    reasoningTokens: 0,
    stopSequences: [],
    format: { kind: 'text' },
    delivery: { kind: 'whole' },
    ...given,
  };
}

function said(role: Turn['role'], text: string): Turn {
  return { role, text, tokens: 5 };
}

describe('text', () => {
  test('is the same for the same seed, model and question, and differs with each of them', () => {
    const question = asked('Why is the sky blue at noon?');
    const text = (prompt: Prompt, seed: number) => answerPrompt(prompt, seed).pieces.join('');
    expect(text(question, 1)).toBe(text(question, 1));
    const others = [2, 3, 4, 5, 6].map((seed) => text(question, seed));
    expect(new Set([text(question, 1), ...others]).size).toBeGreaterThan(3);
    expect(text({ ...question, model: 'n' }, 1)).not.toBe(text(question, 1));
  });

  test('speaks about the question', () => {
    const text = answerPrompt(asked('How do volcanoes form islands?'), 1).pieces.join('');
    expect(text).toContain('volcanoes');
    expect(text).toContain('islands');
  });

  test('has exactly as many tokens as a test wishes, and never more than the cap', () => {
    expect(answerPrompt(asked('hello'), 1, { outputTokens: 500 }).outputTokens).toBe(500);
    const capped = answerPrompt(asked('hello', { maxOutputTokens: 7 }), 1, { outputTokens: 500 });
    expect(capped).toMatchObject({ outputTokens: 7, finish: 'length' });
  });

  test('ends before the first stop sequence', () => {
    const prompt = asked('hello', { stopSequences: ['never there', 'two'] });
    const answer = answerPrompt(prompt, 1, { text: 'one two three' });
    expect(answer).toMatchObject({ pieces: ['one'], finish: 'stop-sequence', stopSequence: 'two' });
  });

  test('is JSON where that is asked for, by the schema if there is one', () => {
    const schema = { type: 'object', properties: { city: { type: 'string' } } };
    const withSchema = answerPrompt(asked('Where is Oslo?', { format: { kind: 'json', schema } }), 1);
    expect(JSON.parse(withSchema.pieces.join(''))).toEqual({ city: 'Oslo' });
    const without = answerPrompt(asked('Where is Oslo?', { format: { kind: 'json' } }), 1);
    expect(JSON.parse(without.pieces.join(''))).toHaveProperty('answer');
  });
});

describe('reasoning', () => {
  test('is part of the output and leaves less room under the cap', () => {
    expect(answerPrompt(asked('hi', { reasoningTokens: 16 }), 1, { outputTokens: 4 }).outputTokens).toBe(20);
    const starved = answerPrompt(asked('hi', { reasoningTokens: 16, maxOutputTokens: 16 }), 1);
    expect(starved).toMatchObject({ pieces: [], outputTokens: 16, finish: 'length' });
  });
});

describe('tools', () => {
  test('are called when the question speaks of them', () => {
    const answer = answerPrompt(asked('What is the weather in Rome?', { tools: [clock, weather] }), 1);
    expect(answer.finish).toBe('tool-calls');
    expect(answer.toolCalls).toMatchObject([{ name: 'get_weather', arguments: { city: 'Rome' } }]);
    expect(answer.toolCalls[0]?.pieces.join('')).toBe('{"city":"Rome"}');
  });

  test('are left alone when it does not, when forbidden, and after their result', () => {
    const tools = [weather];
    expect(answerPrompt(asked('Tell me a joke', { tools }), 1).toolCalls).toEqual([]);
    expect(answerPrompt(asked('weather?', { tools, toolChoice: { mode: 'none' } }), 1).toolCalls).toEqual([]);
    const turns = [said('user', 'weather?'), said('assistant', ''), said('tool', 'sunny, 21 degrees')];
    const after = answerPrompt(asked('', { tools, turns }), 1);
    expect(after.pieces.join('')).toContain('sunny, 21 degrees');
  });

  test('are called as the choice says', () => {
    const tools = [clock, weather];
    const choose = (toolChoice: Prompt['toolChoice']) =>
      answerPrompt(asked('Tell me a joke', { tools, toolChoice }), 1).toolCalls.map((call) => call.name);
    expect(choose({ mode: 'required' })).toEqual(['getTime']);
    expect(choose({ mode: 'named', name: 'get_weather' })).toEqual(['get_weather']);
  });

  test('are called in parallel, unless that is forbidden', () => {
    const prompt = asked('weather and time?', { tools: [clock, weather] });
    expect(answerPrompt(prompt, 1).toolCalls).toHaveLength(2);
    expect(answerPrompt(prompt, 1, { toolCalls: 3 }).toolCalls).toHaveLength(3);
    expect(answerPrompt({ ...prompt, parallelTools: 'forbidden' }, 1).toolCalls).toHaveLength(1);
  });

  test('are not called where the cap has no room for the call', () => {
    const answer = answerPrompt(asked('weather in Rome?', { tools: [weather], maxOutputTokens: 2 }), 1);
    expect(answer).toMatchObject({ toolCalls: [], outputTokens: 2, finish: 'length' });
  });
});
