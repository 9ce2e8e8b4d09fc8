// GitHub Copilot: OpenAI's dialect with a token of its own, tool calls in a choice of their own, and a chunk of filters.
import { isRecord, type JsonRecord, listOf, recordOf } from '../../json.ts';
import type { Frame, Operation, Received, Reply } from '../dialect.ts';
import type { Framing } from '../framing.ts';
import { openai, speaking } from '../openai/index.ts';
import { bearerToken } from '../reading.ts';
import { githubToken, holderOf, tokenReply } from './token.ts';

const postedTo = ['/chat/completions', '/embeddings'];
const TOKEN_PATH = '/copilot_internal/v2/token';

function operation(received: Received): Operation | undefined {
  if (received.method === 'GET' && received.path === TOKEN_PATH) return { kind: 'token' };
  const isPosted = received.method === 'POST';
  return isPosted && !postedTo.includes(received.path) ? undefined : openai.operation(received);
}

function credential(received: Received): string | undefined {
  if (received.path === TOKEN_PATH) return githubToken(received);
  const token = bearerToken(received.headers.authorization);
  return token === undefined ? undefined : holderOf(token, Date.now());
}

/** Text and tool calls are two choices of one answer. */
function reply(given: Reply): JsonRecord {
  const whole = openai.reply(given);
  const [choice] = listOf(whole.choices).map(recordOf);
  const { tool_calls: calls, ...message } = recordOf(choice?.message);
  if (choice === undefined || calls === undefined) return whole;
  const first = { ...choice, message };
  const second = { ...choice, index: 1, message: { role: 'assistant', content: null, tool_calls: calls } };
  return { ...whole, choices: [first, second] };
}

function frames(given: Reply, framing: Framing): Frame[] {
  const split: Framing = { ...framing, frame: (json, event) => framing.frame(withOwnChoice(json), event) };
  const results = [{ prompt_index: 0, content_filter_results: { hate: { filtered: false, severity: 'safe' } } }];
  const filters = { id: '', object: '', created: 0, model: '', choices: [], prompt_filter_results: results };
  return [{ text: framing.frame(JSON.stringify(filters)), tokens: 0, part: 'start' }, ...openai.frames(given, split)];
}

function withOwnChoice(json: string): string {
  if (!json.includes('"tool_calls":')) return json;
  const chunk: unknown = JSON.parse(json);
  if (!isRecord(chunk)) return json;
  const choices = listOf(chunk.choices)
    .map(recordOf)
    .map((choice) => (recordOf(choice.delta).tool_calls === undefined ? choice : { ...choice, index: 1 }));
  return JSON.stringify({ ...chunk, choices });
}

export const copilot = speaking(
  { id: 'copilot', mounts: ['/copilot'], credential, operation, tokenReply },
  { reply, frames },
);
