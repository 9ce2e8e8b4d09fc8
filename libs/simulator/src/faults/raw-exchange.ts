// For tests: one request, and exactly what came back.
import { Agent, request } from 'node:http';

export interface Exchange {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
  /** The body as it arrived. */
  readonly chunks: readonly Buffer[];
  /** `end`: a complete HTTP answer; `broken`: the connection closed before; else the error's code. */
  readonly ending: string;
  /** Until the status line, and until the end. */
  readonly firstMs: number;
  readonly totalMs: number;
}

export interface Ask {
  readonly path: string;
  readonly body?: unknown;
  readonly headers?: Record<string, string>;
  /** Leaves when this holds for the body so far. */
  readonly leaveWhen?: (body: string) => boolean;
  readonly leaveAfterMs?: number;
}

export function exchange(url: string, ask: Ask): Promise<Exchange> {
  const started = performance.now();
  const elapsed = () => performance.now() - started;
  const chunks: Buffer[] = [];
  let seen: Pick<Exchange, 'status' | 'headers' | 'firstMs'> = { status: 0, headers: {}, firstMs: 0 };
  return new Promise((resolve) => {
    const finish = (ending: string) =>
      resolve({ ...seen, body: Buffer.concat(chunks).toString(), chunks, ending, totalMs: elapsed() });
    const headers = { authorization: 'Bearer good', 'anthropic-version': '2023-06-01', 'x-goog-api-key': 'good' };
    const method = ask.body === undefined ? 'GET' : 'POST';
    const agent = new Agent({ keepAlive: false });
    const call = request(
      `${url}${ask.path}`,
      { method, headers: { ...headers, ...ask.headers }, agent },
      (response) => {
        seen = { status: response.statusCode ?? 0, headers: response.headers, firstMs: elapsed() };
        response.on('data', (chunk: Buffer) => {
          chunks.push(chunk);
          if (ask.leaveWhen?.(Buffer.concat(chunks).toString())) leave();
        });
        response.on('end', () => finish('end'));
        response.on('error', (error: NodeJS.ErrnoException) => finish(error.code ?? 'broken'));
        response.on('close', () => finish(response.complete ? 'end' : 'broken'));
      },
    );
    const leave = () => {
      call.destroy();
      finish('left');
    };
    call.on('error', (error: NodeJS.ErrnoException) => finish(error.code ?? 'broken'));
    if (ask.leaveAfterMs !== undefined) setTimeout(leave, ask.leaveAfterMs);
    call.end(ask.body === undefined ? undefined : JSON.stringify(ask.body));
  });
}
