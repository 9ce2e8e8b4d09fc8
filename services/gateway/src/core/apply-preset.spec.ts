import { describe, expect, test } from '@jest/globals';
import type { PresetConfiguration } from '@waybill/config';
import { Call, type Chat, Role } from '@waybill/contracts';
import { applyPreset } from './apply-preset.ts';

const weather = { name: 'get_weather', description: 'Weather.', parametersJson: '{}', strict: undefined };
const clock = { name: 'get_time', description: 'Time.', parametersJson: '{}', strict: undefined };

const preset: PresetConfiguration = {
  name: 'helper',
  description: '',
  model: 'fast',
  temperature: 0.7,
  maxTokens: 400,
  systemPrompt: 'Be brief.',
  tools: [weather, clock],
};

const asked = { role: Role.USER, parts: [{ part: { $case: 'text' as const, value: { text: 'Hello' } } }] };

function applied(
  chat: Parameters<typeof Chat.fromPartial>[0],
  presets: readonly PresetConfiguration[] = [preset],
): Chat {
  const call = Call.fromPartial({ model: 'helper', task: { $case: 'chat', value: { messages: [asked], ...chat } } });
  const { task } = applyPreset(call, new Map(presets.map((each) => [each.name, each])));
  if (task?.$case !== 'chat') throw new Error('no chat');
  return task.value;
}

const textsOf = ({ messages }: Chat) =>
  messages.map(({ role, parts }) => [role, parts[0]?.part?.$case === 'text' ? parts[0].part.value.text : '']);

describe('a preset', () => {
  test('fills in what the caller leaves out', () => {
    const chat = applied({});
    expect(textsOf(chat)).toEqual([
      [Role.SYSTEM, 'Be brief.'],
      [Role.USER, 'Hello'],
    ]);
    expect(chat).toMatchObject({ sampling: { temperature: 0.7 }, maxOutputTokens: 400, tools: [weather, clock] });
  });

  test('leaves what the caller sets', () => {
    const chat = applied({ sampling: { temperature: 0, topP: 0.5 }, maxOutputTokens: 5 });
    expect(chat).toMatchObject({ sampling: { temperature: 0, topP: 0.5 }, maxOutputTokens: 5 });
  });

  test('keeps the rest of the sampling', () => {
    expect(applied({ sampling: { topP: 0.5 } }).sampling).toMatchObject({ temperature: 0.7, topP: 0.5 });
  });

  test("comes before the caller's own instructions", () => {
    const system = { role: Role.SYSTEM, parts: [{ part: { $case: 'text' as const, value: { text: 'Rhyme.' } } }] };
    expect(textsOf(applied({ messages: [system, asked] })).map(([, text]) => text)).toEqual([
      'Be brief.',
      'Rhyme.',
      'Hello',
    ]);
  });

  test('gives way to a tool of the same name', () => {
    const own = { ...weather, description: 'My own.' };
    expect(applied({ tools: [own] }).tools.map(({ name, description }) => [name, description])).toEqual([
      ['get_time', 'Time.'],
      ['get_weather', 'My own.'],
    ]);
  });

  test('that says nothing changes nothing', () => {
    const silent = { ...preset, temperature: undefined, maxTokens: undefined, systemPrompt: '', tools: [] };
    expect(applied({}, [silent])).toEqual(applied({}, []));
  });

  test('is for chats: vectors are asked for as they are', () => {
    const call = Call.fromPartial({ model: 'helper', task: { $case: 'embedding', value: { inputs: ['a'] } } });
    expect(applyPreset(call, new Map([['helper', preset]]))).toBe(call);
  });
});
