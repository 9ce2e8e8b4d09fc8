// A server that speaks OpenAI's chat completions, as far as it takes to see by which key it is asked.
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface KeyServer {
  readonly url: string;
  /** The keys it was asked by, in order. */
  readonly keys: readonly string[];
  close(): Promise<void>;
}

const completion = {
  id: 'c1',
  object: 'chat.completion',
  created: 1,
  model: 'm',
  choices: [{ index: 0, message: { role: 'assistant', content: 'ok' }, finish_reason: 'stop' }],
  usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 },
};

/** With a place it sends everybody there instead. */
export async function startKeyServer({ redirectTo }: { readonly redirectTo?: string } = {}): Promise<KeyServer> {
  const keys: string[] = [];
  const server = createServer((request, response) => {
    keys.push(request.headers.authorization ?? '');
    request.resume();
    if (redirectTo !== undefined) response.writeHead(307, { location: redirectTo }).end();
    else response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(completion));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    keys,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
