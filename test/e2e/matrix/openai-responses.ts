// OpenAI's responses through the official SDK.
import type OpenAI from 'openai';
import type { World } from '../world.ts';
import { type Asked, type Driver, features, type Seen, toldIn } from './asked.ts';
import { openAiClient } from './openai-chat.ts';

type Items = OpenAI.Responses.ResponseInput;

export function openAiResponses(world: World): Driver {
  const client = openAiClient(world);
  return {
    name: '`/v1/responses`',
    client: 'openai',
    tellsReasoning: true,
    features,
    ask: (asked) => ask(client, asked, [questionOf(asked)]),
  };
}

function questionOf({ question, picture }: Asked): Items[number] {
  if (picture === undefined) return { role: 'user', content: question };
  const image_url = `data:image/png;base64,${picture}`;
  return {
    role: 'user',
    content: [
      { type: 'input_text', text: question },
      { type: 'input_image', image_url, detail: 'auto' },
    ],
  };
}

function bodyOf({ model, tools, parallel, schema, thinks }: Asked, input: Items) {
  return {
    model,
    input,
    ...(tools.length > 0 && { tools: tools.map(toolOf) }),
    ...(parallel !== undefined && { parallel_tool_calls: parallel }),
    ...(schema && { text: { format: { type: 'json_schema' as const, name: 'answer', strict: true, schema } } }),
    ...(thinks && { reasoning: { effort: 'low' as const } }),
  };
}

function toolOf({ name, schema }: Asked['tools'][number]): OpenAI.Responses.FunctionTool {
  return { type: 'function', name, parameters: schema, strict: false };
}

async function ask(client: OpenAI, asked: Asked, input: Items): Promise<Seen> {
  const body = bodyOf(asked, input);
  const read = asked.stream ? await readStreamed(client, body) : await readWhole(client, body);
  const { answer, pieces, headers } = read;
  if (answer.status !== 'completed') throw new Error(`a response that is ${answer.status}`);
  const { output, usage, output_text: text } = answer;
  const calls = output.flatMap((item) =>
    item.type === 'function_call' ? [{ id: item.call_id, name: item.name, argumentsJson: item.arguments }] : [],
  );
  const results = (result: string) =>
    calls.map(({ id }) => ({ type: 'function_call_output' as const, call_id: id, output: result }));
  const thoughts = usage?.output_tokens_details?.reasoning_tokens ?? 0;
  return {
    ...toldIn(headers),
    text,
    pieces,
    calls,
    showsReasoning: thoughts > 0 || output.some(({ type }) => type === 'reasoning'),
    inputTokens: usage?.input_tokens,
    outputTokens: usage?.output_tokens,
    goOn: (result) => ask(client, { ...asked, stream: false }, [...input, ...(output as Items), ...results(result)]),
  };
}

interface Read {
  readonly answer: OpenAI.Responses.Response;
  readonly pieces: number;
  readonly headers: Headers;
}

async function readWhole(client: OpenAI, body: ReturnType<typeof bodyOf>): Promise<Read> {
  const { data, response } = await client.responses.create(body).withResponse();
  return { answer: data, pieces: 0, headers: response.headers };
}

async function readStreamed(client: OpenAI, body: ReturnType<typeof bodyOf>): Promise<Read> {
  const { data, response } = await client.responses.create({ ...body, stream: true }).withResponse();
  let pieces = 0;
  let answer: OpenAI.Responses.Response | undefined;
  for await (const event of data) {
    if (event.type === 'response.output_text.delta' || event.type === 'response.function_call_arguments.delta') {
      pieces += 1;
    }
    if (event.type === 'response.completed') answer = event.response;
  }
  if (answer === undefined) throw new Error('a stream without response.completed');
  const text = answer.output.flatMap((item) => (item.type === 'message' ? item.content : []));
  const said = text.map((part) => (part.type === 'output_text' ? part.text : '')).join('');
  return { answer: { ...answer, output_text: said }, pieces, headers: response.headers };
}
