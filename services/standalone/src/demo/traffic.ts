// Calls in three dialects, as programs make them.

export interface Made {
  readonly status: number;
  /** The answer came to its proper end. */
  readonly complete: boolean;
  readonly callId: string;
  /** Which limit refused it. */
  readonly limit: string;
}

export interface Asked {
  readonly url: string;
  readonly key: string;
  readonly model: string;
  readonly stream: boolean;
  readonly maxTokens: number;
  readonly prompt?: string;
  /** Called with each piece of the answer. */
  readonly onPiece?: () => void;
}

const question = 'Explain to a new colleague how tides depend on the moon, and why there are two of them a day.';

type Dialect = (asked: Asked) => Promise<Made>;

const openai: Dialect = (asked) =>
  post(asked, '/v1/chat/completions', {
    model: asked.model,
    stream: asked.stream,
    max_tokens: asked.maxTokens,
    messages: [{ role: 'user', content: asked.prompt ?? question }],
  });

const anthropic: Dialect = (asked) =>
  post(asked, '/v1/messages', {
    model: asked.model,
    stream: asked.stream,
    max_tokens: asked.maxTokens,
    messages: [{ role: 'user', content: asked.prompt ?? question }],
  });

const plain: Dialect = (asked) =>
  post({ ...asked, stream: false }, '/api/ai/chat', {
    model: asked.model,
    maxTokens: asked.maxTokens,
    messages: [{ role: 'user', content: asked.prompt ?? question }],
  });

export const dialects = { openai, anthropic, plain } as const;

const endings: Readonly<Record<string, string>> = {
  '/v1/chat/completions': 'data: [DONE]',
  '/v1/messages': 'message_stop',
};

async function post(asked: Asked, path: string, body: object): Promise<Made> {
  try {
    const answer = await fetch(`${asked.url}${path}`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        authorization: `Bearer ${asked.key}`,
        'anthropic-version': '2023-06-01',
      },
      body: JSON.stringify(body),
    });
    let text = '';
    for await (const piece of answer.body?.pipeThrough(new TextDecoderStream()) ?? []) {
      text += piece;
      asked.onPiece?.();
    }
    const ending = asked.stream ? endings[path] : undefined;
    return {
      status: answer.status,
      complete: answer.ok && (ending === undefined || text.includes(ending)),
      callId: answer.headers.get('x-waybill-call-id') ?? '',
      limit: answer.headers.get('x-waybill-limit') ?? '',
    };
  } catch {
    return { status: 0, complete: false, callId: '', limit: '' };
  }
}

/** Runs `count` calls, so many at a time. */
export async function many(count: number, atOnce: number, make: (index: number) => Promise<Made>): Promise<Made[]> {
  const made: Made[] = [];
  let next = 0;
  const worker = async () => {
    while (next < count) {
      const index = next;
      next += 1;
      made.push(await make(index));
    }
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  return made;
}
