// Requests of OpenAI's chat completions, as far as Waybill serves them.
import { z } from 'zod';
import { base64, instead, jsonObject, modelName, tokenCount } from '../reading/fields.ts';

const cacheBreakpoint = z.object({ ttl: z.string().nullish() }).nullish();

const textPart = z.object({ type: z.literal('text'), text: z.string(), prompt_cache_breakpoint: cacheBreakpoint });

const imagePart = z.object({
  type: z.literal('image_url'),
  image_url: z.object({ url: z.string(), detail: z.enum(['auto', 'low', 'high', 'original']).nullish() }),
  prompt_cache_breakpoint: cacheBreakpoint,
});

const audioPart = z.object({
  type: z.literal('input_audio'),
  input_audio: z.object({ data: base64, format: z.enum(['wav', 'mp3']) }),
  prompt_cache_breakpoint: cacheBreakpoint,
});

const filePart = z.object({
  type: z.literal('file'),
  file: z.object({
    file_data: z.string({ error: 'is missing; give the file as a data URL, ids of files are not supported' }),
    filename: z.string().nullish(),
  }),
  prompt_cache_breakpoint: cacheBreakpoint,
});

const refusalPart = z.object({ type: z.literal('refusal'), refusal: z.string() });

const userContent = z.union([
  z.string(),
  z.array(z.discriminatedUnion('type', [textPart, imagePart, audioPart, filePart])).min(1),
]);
const textContent = z.union([z.string(), z.array(textPart).min(1)]);
const assistantContent = z.union([
  z.string(),
  z.null(),
  z.array(z.discriminatedUnion('type', [textPart, refusalPart])),
]);

const name = z.string().max(256).nullish();

const toolCall = z.object({
  id: z.string().min(1),
  type: z.literal('function').optional(),
  function: z.object({ name: z.string().min(1), arguments: z.string() }),
});

/** A trace that its provider wants to see again; in the shape that OpenRouter's clients know. */
const reasoningDetail = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('reasoning.text'),
    text: z.string().nullish(),
    signature: z.string().nullish(),
    index: z.int().min(0).nullish(),
  }),
  z.object({ type: z.literal('reasoning.encrypted'), data: z.string(), index: z.int().min(0).nullish() }),
  z.object({ type: z.literal('reasoning.summary'), index: z.int().min(0).nullish() }),
]);

const wireMessage = z.discriminatedUnion('role', [
  z.object({ role: z.enum(['system', 'developer']), content: textContent, name }),
  z.object({ role: z.literal('user'), content: userContent, name }),
  z.object({
    role: z.literal('assistant'),
    content: assistantContent.optional(),
    refusal: z.string().nullish(),
    tool_calls: z.array(toolCall).nullish(),
    reasoning_details: z.array(reasoningDetail).nullish(),
    name,
  }),
  z.object({ role: z.literal('tool'), content: textContent, tool_call_id: z.string().min(1) }),
]);

const tool = z.object({
  type: z.literal('function'),
  function: z.object({
    name: z
      .string()
      .regex(/^[a-zA-Z0-9_.:-]{1,128}$/, { error: 'is no name of a tool; give letters, digits, _ and -' }),
    description: z.string().nullish(),
    parameters: jsonObject.nullish(),
    strict: z.boolean().nullish(),
  }),
});

const toolChoice = z.union([
  z.enum(['none', 'auto', 'required']),
  z.object({ type: z.literal('function'), function: z.object({ name: z.string().min(1) }) }),
]);

const responseFormat = z.discriminatedUnion('type', [
  z.object({ type: z.literal('text') }),
  z.object({ type: z.literal('json_object') }),
  z.object({
    type: z.literal('json_schema'),
    json_schema: z.object({
      name: z.string().min(1),
      schema: jsonObject.nullish(),
      strict: z.boolean().nullish(),
    }),
  }),
]);

export const chatRequest = z.object({
  model: modelName,
  messages: z.array(wireMessage).min(1),
  stream: z.boolean().nullish(),
  stream_options: z.object({ include_usage: z.boolean().nullish() }).nullish(),
  tools: z.array(tool).nullish(),
  tool_choice: toolChoice.nullish(),
  parallel_tool_calls: z.boolean().nullish(),
  response_format: responseFormat.nullish(),
  stop: z.union([z.string(), z.array(z.string()).max(4)]).nullish(),
  temperature: z.number().min(0).max(2).nullish(),
  top_p: z.number().min(0).max(1).nullish(),
  frequency_penalty: z.number().min(-2).max(2).nullish(),
  presence_penalty: z.number().min(-2).max(2).nullish(),
  seed: z.int().nullish(),
  max_tokens: tokenCount.nullish(),
  max_completion_tokens: tokenCount.nullish(),
  reasoning_effort: z.enum(['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max']).nullish(),
  service_tier: z.string().max(64).nullish(),
  user: z.string().max(512).nullish(),
  safety_identifier: z.string().max(512).nullish(),
  n: z.literal(1, { error: 'has to be 1; ask once for each answer' }).nullish(),
  functions: instead('is not supported; give tools'),
  function_call: instead('is not supported; give tool_choice'),
  audio: instead('is not supported; answers are text'),
  modalities: z.array(z.literal('text', { error: 'is not supported; answers are text' })).nullish(),
});

export type ChatRequest = z.infer<typeof chatRequest>;
export type WireMessage = z.infer<typeof wireMessage>;
export type WireContent = z.infer<typeof userContent>;
export type WireReasoningDetail = z.infer<typeof reasoningDetail>;
export type WireTool = z.infer<typeof tool>;

/** Fields of answers that clients send back with them, and that say nothing to a provider. */
export const sentBack: ReadonlySet<string> = new Set([
  'annotations',
  'index',
  'parsed',
  'parsed_arguments',
  'reasoning',
  'reasoning_content',
]);
