// What Anthropic's models and versions of the API refuse.
import { type JsonRecord, listOf, recordOf, textOf } from '../../json.ts';
import { invalid, type Refusal } from '../refusal.ts';

const VERSION_WITHOUT_SAMPLING = '2026-10-21';
const SAMPLING = ['temperature', 'top_p', 'top_k'] as const;

/** Opus from 4.7 on, and all of the fifth generation. */
const ADAPTIVE_ONLY = /claude-(?:opus-4-[78]|(?:opus|sonnet|haiku|fable|mythos)-[5-9])/;
const ALWAYS_THINKS = /claude-(?:opus-5-[5-9]|fable|mythos)/;
const FORCES_NO_TOOL = /claude-(?:opus-5-[5-9]|fable-5-[1-9]|mythos-5-[1-9])/;

export function refusedByVersion(body: JsonRecord, version: string | undefined): Refusal | undefined {
  if (version === undefined) return invalid('anthropic-version: header is required');
  if (version < VERSION_WITHOUT_SAMPLING) return undefined;
  const sampling = SAMPLING.find((name) => body[name] !== undefined);
  if (sampling !== undefined) return invalid(`${sampling}: Extra inputs are not permitted`);
  const spoken = listOf(body.messages)
    .map(recordOf)
    .filter(({ role }) => role === 'assistant');
  const holdsDocument = spoken.some(({ content }) =>
    listOf(content).some((block) => recordOf(block).type === 'document'),
  );
  return holdsDocument ? invalid('messages: document blocks are not permitted in assistant turns') : undefined;
}

export function refusedByModel(model: string, body: JsonRecord): Refusal | undefined {
  return refusedSampling(model, body) ?? refusedThinking(model, body) ?? refusedBreakpoints(body);
}

function refusedSampling(model: string, body: JsonRecord): Refusal | undefined {
  const given = SAMPLING.find((name) => body[name] !== undefined);
  if (given === undefined) return undefined;
  if (ADAPTIVE_ONLY.test(model)) return invalid(`${given}: is not supported by this model`);
  if (!isThinking(body)) return undefined;
  if (body.top_k !== undefined) return invalid('top_k: must be unset when thinking is enabled');
  const { temperature, top_p: topP } = body;
  if (temperature !== undefined && temperature !== 1) {
    return invalid('temperature: may only be set to 1 when thinking is enabled');
  }
  return topP !== undefined && Number(topP) < 0.95
    ? invalid('top_p: must be 0.95 or more when thinking is enabled')
    : undefined;
}

function refusedThinking(model: string, body: JsonRecord): Refusal | undefined {
  const type = textOf(recordOf(body.thinking).type);
  const isRefused =
    (type === 'enabled' && ADAPTIVE_ONLY.test(model)) || (type === 'disabled' && ALWAYS_THINKS.test(model));
  if (isRefused) return invalid(`"thinking.type.${type}" is not supported for this model.`);
  const choice = textOf(recordOf(body.tool_choice).type);
  if (choice !== 'any' && choice !== 'tool') return undefined;
  if (FORCES_NO_TOOL.test(model)) return invalid('tool_choice: forced tool use is not supported for this model');
  return isThinking(body) ? invalid('Thinking may not be enabled when tool_choice forces tool use.') : undefined;
}

function isThinking(body: JsonRecord): boolean {
  const { type } = recordOf(body.thinking);
  return type === 'enabled' || type === 'adaptive';
}

const MOST_BREAKPOINTS = 4;

function refusedBreakpoints(body: JsonRecord): Refusal | undefined {
  const contents = listOf(body.messages).flatMap((message) => listOf(recordOf(message).content));
  const blocks = [...listOf(body.tools), ...listOf(body.system), ...contents].map(recordOf);
  const found = blocks.filter((block) => block.cache_control !== undefined).length;
  if (found <= MOST_BREAKPOINTS) return undefined;
  return invalid(`A maximum of ${MOST_BREAKPOINTS} blocks with cache_control may be provided. Found ${found}.`);
}
