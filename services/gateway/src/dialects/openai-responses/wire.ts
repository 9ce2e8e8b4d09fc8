// Requests of OpenAI's responses, as far as Waybill serves them.
import { z } from 'zod';
import { instead, jsonObject, modelName, tokenCount } from '../reading/fields.ts';

const textPart = z.object({ type: z.enum(['input_text', 'output_text']), text: z.string() });

const imagePart = z.object({
  type: z.literal('input_image'),
  image_url: z.string({ error: 'is missing; give an address or a data URL, ids of files are not supported' }),
  detail: z.enum(['auto', 'low', 'high', 'original']).nullish(),
});

const filePart = z.object({
  type: z.literal('input_file'),
  file_data: z.string().nullish(),
  file_url: z.string().nullish(),
  filename: z.string().nullish(),
});

const refusalPart = z.object({ type: z.literal('refusal'), refusal: z.string() });

const messageItem = z.object({
  type: z.literal('message'),
  role: z.enum(['system', 'developer', 'user', 'assistant']),
  content: z.union([
    z.string(),
    z.array(z.discriminatedUnion('type', [textPart, imagePart, filePart, refusalPart])).min(1),
  ]),
});

const callItem = z.object({
  type: z.literal('function_call'),
  call_id: z.string().min(1),
  name: z.string().min(1),
  arguments: z.string(),
});

const resultItem = z.object({
  type: z.literal('function_call_output'),
  call_id: z.string().min(1),
  output: z.union([z.string(), z.array(z.discriminatedUnion('type', [textPart, imagePart, filePart]))]),
});

const traceText = z.object({ type: z.string().optional(), text: z.string() });

const reasoningItem = z.object({
  type: z.literal('reasoning'),
  summary: z.array(traceText).nullish(),
  content: z.array(traceText).nullish(),
  encrypted_content: z.string().nullish(),
});

const storedItem = z
  .object({ type: z.literal('item_reference') })
  .refine(() => false, { error: 'refers to something stored, and nothing is stored; give the item itself' });

/** A message may leave its type out. */
const item = z.preprocess(
  (sent) => (isUntypedMessage(sent) ? { ...sent, type: 'message' } : sent),
  z.discriminatedUnion('type', [messageItem, callItem, resultItem, reasoningItem, storedItem]),
);

function isUntypedMessage(sent: unknown): sent is object {
  return typeof sent === 'object' && sent !== null && !('type' in sent) && 'role' in sent;
}

const tool = z.object({
  type: z.literal('function', { error: 'is a tool that the provider runs, which is not supported; give function' }),
  name: z.string().regex(/^[a-zA-Z0-9_.:-]{1,128}$/, { error: 'is no name of a tool; give letters, digits, _ and -' }),
  description: z.string().nullish(),
  parameters: jsonObject.nullish(),
  strict: z.boolean().nullish(),
});

const toolChoice = z.union([
  z.enum(['none', 'auto', 'required']),
  z.object({ type: z.literal('function'), name: z.string().min(1) }),
]);

const format = z.discriminatedUnion('type', [
  z.object({ type: z.literal('text') }),
  z.object({ type: z.literal('json_object') }),
  z.object({
    type: z.literal('json_schema'),
    name: z.string().min(1),
    schema: jsonObject,
    strict: z.boolean().nullish(),
  }),
]);

const unstored = (what: string) => instead(`${what}, and nothing is stored; give the whole conversation in input`);

export const responsesRequest = z.object({
  model: modelName,
  input: z.union([z.string(), z.array(item).min(1)]),
  instructions: z.string().nullish(),
  stream: z.boolean().nullish(),
  stream_options: z.object({ include_obfuscation: z.boolean().nullish() }).nullish(),
  tools: z.array(tool).nullish(),
  tool_choice: toolChoice.nullish(),
  parallel_tool_calls: z.boolean().nullish(),
  text: z.object({ format: format.nullish(), verbosity: z.string().nullish() }).nullish(),
  reasoning: z
    .object({
      effort: z.enum(['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max']).nullish(),
      summary: z.string().nullish(),
    })
    .nullish(),
  max_output_tokens: tokenCount.nullish(),
  temperature: z.number().min(0).max(2).nullish(),
  top_p: z.number().min(0).max(1).nullish(),
  service_tier: z.string().max(64).nullish(),
  user: z.string().max(512).nullish(),
  safety_identifier: z.string().max(512).nullish(),
  metadata: z.record(z.string(), z.string()).nullish(),
  include: z.array(z.string()).nullish(),
  truncation: z.enum(['auto', 'disabled']).nullish(),
  store: z.boolean().nullish(),
  background: z.literal(false, { error: 'is not supported: there is nothing that keeps the answer' }).nullish(),
  previous_response_id: unstored('names an answer that was stored'),
  conversation: unstored('names a conversation that was stored'),
  prompt: unstored('names a template that was stored'),
});

export type ResponsesRequest = z.infer<typeof responsesRequest>;
export type WireItem = z.infer<typeof item>;
export type WirePart = Exclude<Extract<WireItem, { type: 'message' }>['content'], string>[number];

/** Fields of answers that clients send back with them, and that say nothing to a provider. */
export const sentBack: ReadonlySet<string> = new Set([
  'annotations',
  'id',
  'logprobs',
  'parsed',
  'parsed_arguments',
  'phase',
  'status',
]);
