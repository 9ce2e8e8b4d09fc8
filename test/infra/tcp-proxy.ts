// A way to a server that can be made to fail, as networks do.
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

export interface TcpProxy {
  /** Where it listens on 127.0.0.1. */
  readonly port: number;
  /** Cuts so many times, each time a request with that text in it is answered: the server has done it, nobody hears. */
  cutAnswersTo(text: string, times: number): void;
  /** On the connections that there are, nothing arrives any more on either side; new ones are well. */
  fallSilent(): void;
  close(): void;
}

export async function startTcpProxy(target: number): Promise<TcpProxy> {
  const sockets = new Set<Socket>();
  let text = '';
  let left = 0;
  let silenced = new AbortController();
  const proxy = createServer((client) => {
    const server = connect({ port: target, host: '127.0.0.1' });
    const { signal: silence } = silenced;
    let isAsked = false;
    const end = () => {
      client.destroy();
      server.destroy();
    };
    for (const socket of [client, server]) sockets.add(socket.on('error', end).on('close', end));
    client.on('data', (bytes) => {
      isAsked = left > 0 && bytes.includes(text);
      if (!silence.aborted) server.write(bytes);
    });
    server.on('data', (bytes) => {
      if (silence.aborted) return;
      if (!isAsked || left === 0) return void client.write(bytes);
      left -= 1;
      end();
    });
  });
  await once(proxy.listen(0, '127.0.0.1'), 'listening');
  return {
    port: (proxy.address() as AddressInfo).port,
    cutAnswersTo(wanted, times) {
      [text, left] = [wanted, times];
    },
    fallSilent() {
      silenced.abort();
      silenced = new AbortController();
    },
    close() {
      proxy.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}
