// One call in each inbound dialect, and what its caller could see of how it ended.
import { Call, GenerationServiceDefinition } from '@waybill/contracts';
import { FaultError } from '@waybill/kernel';
import { answerText } from '@waybill/providers';
import { connectGrpc, grpcQuestion } from '../e2e/grpc-client.ts';
import type { World } from '../e2e/world.ts';
import { saidIn } from './said-text.ts';

export interface Asked {
  readonly model: string;
  readonly stream: boolean;
  /** Asked with a tool at hand. */
  readonly withTool?: boolean;
  /** The call counts as hanging after this, milliseconds. */
  readonly withinMs: number;
}

export interface Ending {
  readonly ended: 'complete' | 'broken' | 'hanging';
  /** Undefined where the caller was not told. */
  readonly attempts: number | undefined;
  readonly provider: string;
  /** The text of the answer, as far as it came. */
  readonly said: string;
  /** How often the tool is named in it. */
  readonly toolNames: number;
  /** For people: the end of what came. */
  readonly shown: string;
  /** What was wrong with the way it was told. */
  readonly problems: readonly string[];
}

interface HttpDialect {
  readonly path: string;
  readonly body: object;
  /** Where the model is named; default `model`. */
  readonly modelField?: string;
  /** A tool as the dialect has it; absent where it has none. */
  readonly tool?: object;
  /** What ends a stream that is a success. */
  readonly success: RegExp;
}

const question = 'Why is the sky blue?';
const messages = [{ role: 'user', content: question }];
const toolName = 'look_up_light';
const parameters = { type: 'object', properties: { place: { type: 'string' } }, required: ['place'] };
const chatTool = { type: 'function', function: { name: toolName, parameters } };
const httpDialects = {
  chat: {
    path: '/v1/chat/completions',
    body: { messages, max_tokens: 200 },
    tool: chatTool,
    success: /\[DONE\]|"finish_reason":"/,
  },
  completions: {
    path: '/v1/completions',
    body: { prompt: question, max_tokens: 200 },
    success: /\[DONE\]|"finish_reason":"/,
  },
  responses: {
    path: '/v1/responses',
    body: { input: messages, max_output_tokens: 200 },
    tool: { type: 'function', name: toolName, parameters },
    success: /event: response\.(completed|incomplete)|^\{.*"status":"(completed|incomplete)"/,
  },
  messages: {
    path: '/v1/messages',
    body: { messages, max_tokens: 200 },
    tool: { name: toolName, input_schema: parameters },
    success: /message_stop|"stop_reason":"/,
  },
  plain: {
    path: '/api/ai/chat',
    body: { messages, maxTokens: 200 },
    tool: chatTool,
    success: /\[DONE\]|"finishReason":"/,
  },
  generate: {
    path: '/api/generate',
    body: { prompt: question, max_tokens: 200 },
    modelField: 'ai_model',
    success: /"success":true/,
  },
} as const satisfies Record<string, HttpDialect>;

export const inboundDialects = [...(Object.keys(httpDialects) as (keyof typeof httpDialects)[]), 'grpc'] as const;
export type InboundDialect = (typeof inboundDialects)[number];

/** The dialects that have streams. */
export function hasStreams(dialect: InboundDialect): boolean {
  return dialect !== 'generate';
}

/** The dialects in which tools can be given. */
export function hasTools(dialect: InboundDialect): boolean {
  return dialect === 'grpc' || 'tool' in httpDialects[dialect];
}

/** Never rejects. */
export async function askIn(world: World, dialect: InboundDialect, asked: Asked): Promise<Ending> {
  const asking = dialect === 'grpc' ? askByGrpc(world, asked) : askByHttp(world, httpDialects[dialect], asked);
  let timer: NodeJS.Timeout | undefined;
  const hanging = new Promise<Ending>((resolve) => {
    timer = setTimeout(() => resolve({ ...nothing, ended: 'hanging' }), asked.withinMs);
  });
  return Promise.race([asking, hanging]).finally(() => clearTimeout(timer));
}

const nothing = { attempts: undefined, provider: '', said: '', toolNames: 0, shown: '', problems: [] };

/** An error of its own, not the field that says there is none. */
const errorFrame = /^event: (error|response\.failed)$|"error":[^n]/m;

async function askByHttp(world: World, dialect: HttpDialect, { model, stream, withTool }: Asked): Promise<Ending> {
  try {
    const answer = await fetch(`${world.url}${dialect.path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${world.key}` },
      body: JSON.stringify({
        [dialect.modelField ?? 'model']: model,
        ...(stream && { stream }),
        ...(withTool && { tools: [dialect.tool] }),
        ...dialect.body,
      }),
    });
    const { status, headers } = answer;
    const text = await answer.text();
    const told = headers.get('x-waybill-attempts');
    const known = {
      attempts: told === null ? undefined : Number(told),
      provider: headers.get('x-waybill-provider') ?? '',
      said: status === 200 ? saidIn(text, stream) : '',
      toolNames: text.split(toolName).length - 1,
      shown: `${status} ${text.slice(-300)}`,
    };
    if (status !== 200)
      return { ...known, ended: 'broken', problems: isJson(text) ? [] : ['an error that is no JSON'] };
    if (!stream) {
      const isWhole = isJson(text) && dialect.success.test(text);
      return { ...known, ended: 'complete', problems: isWhole ? [] : ['an answer that is no whole one'] };
    }
    const lastFrame = text.trimEnd().split('\n\n').at(-1) ?? '';
    const isError = errorFrame.test(lastFrame);
    if (dialect.success.test(text)) {
      return { ...known, ended: 'complete', problems: isError ? ['a success and an error in one'] : [] };
    }
    return { ...known, ended: 'broken', problems: isError ? [] : ['a stream that ends without a word'] };
  } catch (thrown) {
    return { ...nothing, ended: 'broken', shown: String(thrown), problems: ['the connection broke'] };
  }
}

async function askByGrpc(world: World, { model, stream, withTool, withinMs }: Asked): Promise<Ending> {
  const transport = connectGrpc(world);
  const client = transport.client(GenerationServiceDefinition);
  const options = { metadata: { authorization: `Bearer ${world.key}` }, timeoutMs: withinMs };
  const request = grpcQuestion(model, question, 200);
  if (withTool && request.call?.task?.$case === 'chat') {
    const tool = { name: toolName, parametersJson: JSON.stringify(parameters) };
    request.call = Call.fromPartial({
      ...request.call,
      task: { $case: 'chat', value: { ...request.call.task.value, tools: [tool] } },
    });
  }
  let hasSummary = false;
  let said = '';
  let toolNames = 0;
  try {
    if (!stream) {
      const { summary, reply } = await client.generate(request, options);
      hasSummary = summary !== undefined;
      said = reply === undefined ? '' : answerText(reply);
      toolNames = JSON.stringify(reply ?? '').split(toolName).length - 1;
    } else
      for await (const { update } of client.generateStream(request, options)) {
        hasSummary ||= update?.$case === 'summary';
        if (update?.$case === 'part' && update.value.part?.$case === 'toolCallStarted') toolNames += 1;
        if (update?.$case === 'part' && update.value.part?.$case === 'text') said += update.value.part.value.text;
      }
    return {
      ...nothing,
      said,
      toolNames,
      ended: hasSummary ? 'complete' : 'broken',
      problems: hasSummary ? [] : ['an end without a word'],
    };
  } catch (thrown) {
    const because = thrown instanceof FaultError ? thrown.fault : undefined;
    const told = because?.details.attempts;
    const problems = [
      ...(because === undefined ? ['an error that is no fault'] : []),
      ...(hasSummary ? ['a success and an error in one'] : []),
    ];
    return {
      ...nothing,
      said,
      ended: 'broken',
      attempts: told === undefined ? undefined : Number(told),
      shown: String(thrown),
      problems,
    };
  } finally {
    await transport.close();
  }
}

function isJson(text: string): boolean {
  try {
    return typeof JSON.parse(text) === 'object';
  } catch {
    return false;
  }
}
