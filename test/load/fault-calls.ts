// One call in each inbound dialect, and what its caller could see of how it ended.
import { GenerationServiceDefinition } from '@waybill/contracts';
import { FaultError } from '@waybill/kernel';
import { connectGrpc, grpcQuestion } from '../e2e/grpc-client.ts';
import type { World } from '../e2e/world.ts';

export interface Asked {
  readonly model: string;
  readonly stream: boolean;
  /** The call counts as hanging after this, milliseconds. */
  readonly withinMs: number;
}

export interface Ending {
  readonly ended: 'complete' | 'broken' | 'hanging';
  /** Undefined where the caller was not told. */
  readonly attempts: number | undefined;
  readonly provider: string;
  /** For people: the end of what came. */
  readonly shown: string;
  /** What was wrong with the way it was told. */
  readonly problems: readonly string[];
}

interface HttpDialect {
  readonly path: string;
  readonly body: object;
  /** What ends a stream that is a success. */
  readonly success: RegExp;
}

const question = 'Why is the sky blue?';
const messages = [{ role: 'user', content: question }];
const httpDialects = {
  chat: {
    path: '/v1/chat/completions',
    body: { messages, max_tokens: 200 },
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
    success: /event: response\.(completed|incomplete)/,
  },
  messages: {
    path: '/v1/messages',
    body: { messages, max_tokens: 200 },
    success: /message_stop|"stop_reason":"/,
  },
  plain: { path: '/api/ai/chat', body: { messages, maxTokens: 200 }, success: /\[DONE\]|"finishReason":"/ },
} as const satisfies Record<string, HttpDialect>;

export const inboundDialects = [...(Object.keys(httpDialects) as (keyof typeof httpDialects)[]), 'grpc'] as const;
export type InboundDialect = (typeof inboundDialects)[number];

/** Never rejects. */
export async function askIn(world: World, dialect: InboundDialect, asked: Asked): Promise<Ending> {
  const asking = dialect === 'grpc' ? askByGrpc(world, asked) : askByHttp(world, httpDialects[dialect], asked);
  let timer: NodeJS.Timeout | undefined;
  const hanging = new Promise<Ending>((resolve) => {
    timer = setTimeout(() => resolve({ ...nothing, ended: 'hanging' }), asked.withinMs);
  });
  return Promise.race([asking, hanging]).finally(() => clearTimeout(timer));
}

const nothing = { attempts: undefined, provider: '', shown: '', problems: [] };

async function askByHttp(world: World, dialect: HttpDialect, { model, stream }: Asked): Promise<Ending> {
  try {
    const answer = await fetch(`${world.url}${dialect.path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${world.key}` },
      body: JSON.stringify({ model, stream, ...dialect.body }),
    });
    const { status, headers } = answer;
    const text = await answer.text();
    const told = headers.get('x-waybill-attempts');
    const known = {
      attempts: told === null ? undefined : Number(told),
      provider: headers.get('x-waybill-provider') ?? '',
      shown: `${status} ${text.slice(-300)}`,
    };
    if (status !== 200)
      return { ...known, ended: 'broken', problems: isJson(text) ? [] : ['an error that is no JSON'] };
    if (!stream) return { ...known, ended: 'complete', problems: isJson(text) ? [] : ['an answer that is no JSON'] };
    const lastFrame = text.trimEnd().split('\n\n').at(-1) ?? '';
    const isError = /error/.test(lastFrame);
    if (dialect.success.test(text)) {
      return { ...known, ended: 'complete', problems: isError ? ['a success and an error in one'] : [] };
    }
    return { ...known, ended: 'broken', problems: isError ? [] : ['a stream that ends without a word'] };
  } catch (thrown) {
    return { ...nothing, ended: 'broken', shown: String(thrown), problems: ['the connection broke'] };
  }
}

async function askByGrpc(world: World, { model, stream, withinMs }: Asked): Promise<Ending> {
  const transport = connectGrpc(world);
  const client = transport.client(GenerationServiceDefinition);
  const options = { metadata: { authorization: `Bearer ${world.key}` }, timeoutMs: withinMs };
  const request = grpcQuestion(model, question, 200);
  let hasSummary = false;
  try {
    if (!stream) hasSummary = (await client.generate(request, options)).summary !== undefined;
    else
      for await (const { update } of client.generateStream(request, options))
        hasSummary ||= update?.$case === 'summary';
    return {
      ...nothing,
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
