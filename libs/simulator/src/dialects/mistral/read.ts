// Requests to Mistral: every field has to be one that it knows, every id of a tool call nine letters and digits.
import { type JsonRecord, listOf, recordOf, textOf } from '../../json.ts';
import type { Prompt } from '../../model/prompt.ts';
import type { EmbeddingRequest } from '../dialect.ts';
import { readEmbedding as readOpenAiEmbedding } from '../openai/embeddings.ts';
import { readChat as readOpenAiChat } from '../openai/read.ts';
import { invalid, isRefusal, type Refusal } from '../refusal.ts';

const ofChat = [
  ...['model', 'messages', 'temperature', 'top_p', 'max_tokens', 'stream', 'stop', 'random_seed', 'metadata'],
  ...['response_format', 'tools', 'tool_choice', 'presence_penalty', 'frequency_penalty', 'n', 'prediction'],
  ...['parallel_tool_calls', 'reasoning_effort', 'prompt_mode', 'guardrails', 'prompt_cache_key', 'service_tier'],
  'safe_prompt',
];
const ofEmbedding = ['model', 'input', 'metadata', 'output_dimension', 'output_dtype', 'encoding_format'];

export function readChat(body: JsonRecord): Prompt | Refusal {
  const wrong = unknownField(body, ofChat) ?? wrongId(body);
  if (wrong !== undefined) return wrong;
  const prompt = readOpenAiChat({ ...body, tool_choice: body.tool_choice === 'any' ? 'required' : body.tool_choice });
  if (isRefusal(prompt) || prompt.delivery.kind === 'whole') return prompt;
  return { ...prompt, delivery: { ...prompt.delivery, usage: 'included' } };
}

export function readEmbedding(body: JsonRecord): EmbeddingRequest | Refusal {
  return unknownField(body, ofEmbedding) ?? readOpenAiEmbedding({ ...body, dimensions: body.output_dimension });
}

function unknownField(body: JsonRecord, known: readonly string[]): Refusal | undefined {
  const unknown = Object.keys(body).find((name) => !known.includes(name));
  if (unknown === undefined) return undefined;
  return { refusal: 'unprocessable', message: 'Extra inputs are not permitted', param: unknown };
}

function wrongId(body: JsonRecord): Refusal | undefined {
  const messages = listOf(body.messages).map(recordOf);
  const ids = messages.flatMap((message) => [
    ...listOf(message.tool_calls).map((call) => recordOf(call).id),
    ...(message.role === 'tool' ? [message.tool_call_id] : []),
  ]);
  const wrong = ids.find((id) => !/^[a-zA-Z0-9]{9}$/.test(textOf(id)));
  if (wrong === undefined) return undefined;
  return invalid(`Tool call id was ${wrong} but must be a-z, A-Z, 0-9, with a length of 9.`);
}
