// A preset put into a call that asks for it by name.
import type { PresetConfiguration, ToolConfiguration } from '@waybill/config';
import { type Call, type Chat, type Message, Role, type Tool } from '@waybill/contracts';

/**
 * What the caller says goes before what the preset says: temperature and cap are the caller's where it gives them, and a
 * tool of the caller replaces the preset's of the same name. Instructions are combined: the preset's come first.
 */
export function applyPreset(call: Call, presets: ReadonlyMap<string, PresetConfiguration>): Call {
  const preset = presets.get(call.model);
  if (preset === undefined || call.task?.$case !== 'chat') return call;
  return { ...call, task: { $case: 'chat', value: withPreset(call.task.value, preset) } };
}

function withPreset(chat: Chat, { systemPrompt, temperature, maxTokens, tools }: PresetConfiguration): Chat {
  const sampling = chat.sampling ?? {};
  return {
    ...chat,
    messages: systemPrompt === '' ? chat.messages : [instruction(systemPrompt), ...chat.messages],
    sampling:
      temperature === undefined ? chat.sampling : { ...sampling, temperature: sampling.temperature ?? temperature },
    maxOutputTokens: chat.maxOutputTokens ?? maxTokens,
    tools: combined(tools.map(toolOf), chat.tools),
  };
}

function instruction(text: string): Message {
  return {
    role: Role.SYSTEM,
    name: '',
    parts: [{ part: { $case: 'text', value: { text } }, cacheBreakpoint: undefined }],
  };
}

function toolOf({ name, description, parametersJson, strict }: ToolConfiguration): Tool {
  return { name, description, parametersJson, strict, cacheBreakpoint: undefined };
}

function combined(ofPreset: readonly Tool[], ofCaller: readonly Tool[]): Tool[] {
  const own = new Set(ofCaller.map(({ name }) => name));
  return [...ofPreset.filter(({ name }) => !own.has(name)), ...ofCaller];
}
