// One call in each inbound dialect, and what its caller could see of how it ended.
import type { World } from '../e2e/world.ts';
import { askByGrpc, type GrpcMethod, grpcMethods } from './fault-calls-grpc.ts';
import { parameters, question, secondText, toolName } from './fault-question.ts';
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
  /** The text of the answer, or its vectors' numbers, as far as it came. */
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
  /** Absent where it has streams. */
  readonly isAlwaysWhole?: true;
  readonly embeds?: true;
  /** What ends a stream that is a success. */
  readonly success: RegExp;
}

const messages = [{ role: 'user', content: question }];
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
    isAlwaysWhole: true,
    success: /"success":true/,
  },
  embeddings: {
    path: '/v1/embeddings',
    body: { input: [question, secondText] },
    isAlwaysWhole: true,
    embeds: true,
    success: /"object":"list"/,
  },
} as const satisfies Record<string, HttpDialect>;

type HttpDialectName = keyof typeof httpDialects;
export type InboundDialect = HttpDialectName | GrpcMethod;

export const inboundDialects: readonly InboundDialect[] = [
  ...(Object.keys(httpDialects) as HttpDialectName[]),
  ...(Object.keys(grpcMethods) as GrpcMethod[]),
];

const dialectFacts = (dialect: InboundDialect): Partial<HttpDialect> & { readonly hasTools?: true } =>
  isGrpc(dialect) ? grpcMethods[dialect] : httpDialects[dialect];

function isGrpc(dialect: InboundDialect): dialect is GrpcMethod {
  return dialect in grpcMethods;
}

/** The dialects that have streams. */
export function hasStreams(dialect: InboundDialect): boolean {
  return dialectFacts(dialect).isAlwaysWhole !== true;
}

/** The dialects in which tools can be given. */
export function hasTools(dialect: InboundDialect): boolean {
  return dialectFacts(dialect).tool !== undefined || dialectFacts(dialect).hasTools === true;
}

/** The dialects that ask for vectors. */
export function embeds(dialect: InboundDialect): boolean {
  return dialectFacts(dialect).embeds === true;
}

/** Never rejects. */
export async function askIn(world: World, dialect: InboundDialect, asked: Asked): Promise<Ending> {
  const asking = isGrpc(dialect) ? askByGrpc(world, dialect, asked) : askByHttp(world, httpDialects[dialect], asked);
  let timer: NodeJS.Timeout | undefined;
  const hanging = new Promise<Ending>((resolve) => {
    timer = setTimeout(() => resolve({ ...nothing, ended: 'hanging' }), asked.withinMs);
  });
  return Promise.race([asking, hanging]).finally(() => clearTimeout(timer));
}

export const nothing = { attempts: undefined, provider: '', said: '', toolNames: 0, shown: '', problems: [] };

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

function isJson(text: string): boolean {
  try {
    return typeof JSON.parse(text) === 'object';
  } catch {
    return false;
  }
}
